use std::time::{Duration, Instant};

/// When a search ends with what it has found.
#[derive(Clone, Copy)]
pub(super) enum Deadline {
    /// At a time that somebody waits for.
    At(Instant),
    /// When this thread has worked for so long. A phone that is busy with other things, and lets the
    /// thread wait, does not make it find less.
    Worked(Duration),
}

impl Deadline {
    /// Once this thread has worked for `limit` more.
    pub(super) fn after_work(limit: Duration) -> Self {
        Self::Worked(worked() + limit)
    }

    pub(super) fn is_over(self) -> bool {
        match self {
            Self::At(time) => Instant::now() >= time,
            Self::Worked(time) => worked() >= time,
        }
    }
}

/// How long a processor has worked on this thread.
#[cfg(any(target_os = "android", target_os = "linux", target_vendor = "apple"))]
fn worked() -> Duration {
    use rustix::time::{ClockId, clock_gettime};

    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or_default(),
        u32::try_from(time.tv_nsec).unwrap_or_default(),
    )
}

/// Where nothing tells, the time that passes.
#[cfg(not(any(target_os = "android", target_os = "linux", target_vendor = "apple")))]
fn worked() -> Duration {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}
