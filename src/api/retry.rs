use std::time::Duration;

use ring::rand::{SecureRandom, SystemRandom};
use tokio::time::{Instant, sleep};

use crate::error::{Error, NetworkFailure};

/// Why a call failed, and what follows from that for another try.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: Error,
    /// The server may have done what it was asked, even so.
    pub(crate) may_have_happened: bool,
    pub(super) retry_after: Option<Duration>,
}

impl From<Error> for Failure {
    /// The server has not done it: the call was never sent, or refused.
    fn from(error: Error) -> Self {
        Self { error, may_have_happened: false, retry_after: None }
    }
}

impl Failure {
    pub(super) fn in_doubt(error: Error) -> Self {
        Self { error, may_have_happened: true, retry_after: None }
    }

    /// Whether the answer to `check` could not be understood. Asking again does no harm.
    pub(crate) fn is_garbled(&self) -> bool {
        matches!(self.error, Error::Network { failure: NetworkFailure::BadAnswer, .. })
    }

    fn is_transient(&self) -> bool {
        use NetworkFailure::{Interrupted, Offline, ServerBusy, TimedOut};
        matches!(
            self.error,
            Error::Network { failure: Offline | TimedOut | Interrupted | ServerBusy, .. }
        )
    }
}

/// Counts the tries of a call, and spaces them out.
pub(crate) struct Tries {
    deadline: Instant,
    left: u32,
    pause: Duration,
}

impl Tries {
    /// A few tries.
    pub(crate) fn until(deadline: Instant) -> Self {
        Self { deadline, left: MAX_TRIES, pause: FIRST_PAUSE }
    }

    /// As many tries as fit in.
    pub(crate) fn unlimited_until(deadline: Instant) -> Self {
        Self { left: u32::MAX, ..Self::until(deadline) }
    }

    /// Waits until it is time for another try after `failure`. False when there is none: it would
    /// fail the same way, the tries are used up, or there is not enough time.
    pub(crate) async fn wait_to_retry(&mut self, failure: &Failure) -> bool {
        // There is a pause even if the server asks for none.
        let pause = failure.retry_after.unwrap_or_default().max(self.pause);
        // Phones that lost the network together must not come back together.
        let pause = pause.saturating_add(jitter(self.pause));
        self.left = self.left.saturating_sub(1);
        self.pause = self.pause.saturating_mul(2);
        let time_left = self.deadline.saturating_duration_since(Instant::now());
        if !failure.is_transient() || self.left == 0 || pause >= time_left {
            return false;
        }
        sleep(pause).await;
        true
    }
}

/// A random part of half of a pause.
fn jitter(pause: Duration) -> Duration {
    let mut random = [0];
    // Without random bytes there is no jitter, which is harmless here.
    let _ = SystemRandom::new().fill(&mut random);
    #[cfg(feature = "simulation")]
    if let Some(world) = crate::simulation::world() {
        random = [world.random()];
    }
    pause / 2 * u32::from(random[0]) / 256
}

const MAX_TRIES: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
