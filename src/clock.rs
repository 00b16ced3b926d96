use std::sync::OnceLock;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

#[cfg(feature = "simulation")]
use crate::simulation;

/// A moment on a clock that cannot be set and keeps running while the phone sleeps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// Stands still while the phone sleeps, on most systems.
    awake: Instant,
    /// How long the phone has slept since the process began, where the system says so.
    slept: TimeDelta,
}

impl Moment {
    pub(crate) fn now() -> Self {
        #[cfg(feature = "simulation")]
        if let Some(world) = simulation::world() {
            return Self { awake: Instant::now(), slept: world.slept() };
        }
        Self { awake: Instant::now(), slept: slept() }
    }

    pub(crate) fn since(self, earlier: Self) -> TimeDelta {
        let awake = self.awake.saturating_duration_since(earlier.awake);
        TimeDelta::from_std(awake).unwrap_or(TimeDelta::MAX) + (self.slept - earlier.slept)
    }
}

/// How far a clock that counts sleep is ahead of the standard library's.
#[cfg(any(target_os = "android", target_os = "linux", target_vendor = "apple"))]
fn slept() -> TimeDelta {
    use rustix::time::{ClockId, clock_gettime};

    #[cfg(not(target_vendor = "apple"))]
    const COUNTS_SLEEP: ClockId = ClockId::Boottime;
    // Apple's keeps running during sleep; the one that does not is CLOCK_UPTIME_RAW (clock_gettime(3)).
    #[cfg(target_vendor = "apple")]
    const COUNTS_SLEEP: ClockId = ClockId::Monotonic;
    static START: OnceLock<(std::time::Instant, TimeDelta)> = OnceLock::new();

    let time = clock_gettime(COUNTS_SLEEP);
    let nanos = u32::try_from(time.tv_nsec).unwrap_or_default();
    let with_sleep = TimeDelta::new(time.tv_sec, nanos).unwrap_or_default();
    let (start, with_sleep_at_start) =
        *START.get_or_init(|| (std::time::Instant::now(), with_sleep));
    let awake = TimeDelta::from_std(start.elapsed()).unwrap_or(TimeDelta::MAX);
    with_sleep - with_sleep_at_start - awake
}

#[cfg(not(any(target_os = "android", target_os = "linux", target_vendor = "apple")))]
fn slept() -> TimeDelta {
    TimeDelta::zero()
}

/// The time by two clocks: the server's, as its answers tell it, and the
/// phone's, as it was when this one was made. Neither changes when somebody sets the phone's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    start: Moment,
    phone_at_start: DateTime<Utc>,
    server_at_start: Option<Range>,
}

/// A time that is not known exactly: not before `earliest` and not after `latest`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Range {
    pub(crate) earliest: DateTime<Utc>,
    pub(crate) latest: DateTime<Utc>,
}

impl Clock {
    /// `phone` is what the phone's clock shows at `start`.
    pub(crate) fn new(start: Moment, phone: DateTime<Utc>) -> Self {
        Self { start, phone_at_start: phone, server_at_start: None }
    }

    #[expect(clippy::disallowed_methods, reason = "the one place where the phone's clock is read")]
    pub(crate) fn start() -> Self {
        #[cfg(feature = "simulation")]
        if let Some(world) = simulation::world() {
            return Self::new(Moment::now(), world.time());
        }
        Self::new(Moment::now(), Utc::now())
    }

    /// Takes in the `date` of an answer to a request that was sent at `sent` and answered at
    /// `received`. The answers together narrow the server's time down; one that contradicts them
    /// replaces what was known.
    pub(crate) fn observe(&mut self, date: DateTime<Utc>, sent: Moment, received: Moment) {
        // The header was written at some time between the two, and holds whole seconds only (RFC
        // 9110, 5.6.7).
        let earliest = date.checked_sub_signed(received.since(self.start));
        let latest = date.checked_sub_signed(sent.since(self.start));
        let latest = latest.and_then(|latest| latest.checked_add_signed(DATE_RESOLUTION));
        let Some((earliest, latest)) = earliest.zip(latest) else { return };
        let seen = Range { earliest, latest };
        let narrowed = self.server_at_start.and_then(|known| known.narrowed_by(seen));
        self.server_at_start = Some(narrowed.unwrap_or(seen));
    }

    /// The likeliest time by the server's clock; by the phone's, before the first answer.
    pub(crate) fn now(&self, at: Moment) -> DateTime<Utc> {
        self.server(at).map_or_else(|| self.phone(at), Range::middle)
    }

    /// The time by the server's clock. `None` before the first answer.
    pub(crate) fn server(&self, at: Moment) -> Option<Range> {
        let Range { earliest, latest } = self.server_at_start?;
        let passed = at.since(self.start);
        Some(Range { earliest: later(earliest, passed), latest: later(latest, passed) })
    }

    /// The time by the phone's clock.
    pub(crate) fn phone(&self, at: Moment) -> DateTime<Utc> {
        later(self.phone_at_start, at.since(self.start))
    }
}

impl Range {
    pub(crate) fn exactly(time: DateTime<Utc>) -> Self {
        Self { earliest: time, latest: time }
    }

    /// Whether the two may be the same time, by clocks that are set and that nobody sets exactly.
    pub(crate) fn is_near(self, other: Self) -> bool {
        self.earliest - other.latest <= MAX_APART && other.earliest - self.latest <= MAX_APART
    }

    fn middle(self) -> DateTime<Utc> {
        self.earliest + (self.latest - self.earliest) / 2
    }

    /// `None` when the two cannot both be true: the server's clock was set, or an answer was wrong.
    fn narrowed_by(self, other: Self) -> Option<Self> {
        let earliest = self.earliest.max(other.earliest);
        let latest = self.latest.min(other.latest);
        (earliest <= latest).then_some(Self { earliest, latest })
    }
}

fn later(time: DateTime<Utc>, passed: TimeDelta) -> DateTime<Utc> {
    time.checked_add_signed(passed).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

const DATE_RESOLUTION: TimeDelta = TimeDelta::seconds(1);
// A phone's clock that the network sets is off by less.
const MAX_APART: TimeDelta = TimeDelta::seconds(30);

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// So many seconds after the start, of which the phone slept some.
    fn moment(start: Moment, awake: i64, slept: i64) -> Moment {
        Moment {
            awake: start.awake + Duration::from_secs(awake as u64),
            slept: start.slept + TimeDelta::seconds(slept),
        }
    }

    fn date(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap_or_default()
    }

    fn range(earliest: i64, latest: i64) -> Option<Range> {
        Some(Range { earliest: date(earliest), latest: date(latest) })
    }

    #[test]
    fn half_the_round_trip_and_half_a_second_are_added() {
        let start = Moment::now();
        let mut clock = Clock::new(start, date(9_000));
        assert_eq!((clock.server(start), clock.now(start)), (None, date(9_000)));

        let received = moment(start, 3, 0);
        clock.observe(date(0), start, received);
        assert_eq!(clock.server(received), range(0, 4));
        assert_eq!(clock.now(received), date(2));
        assert_eq!(clock.now(moment(start, 63, 0)), date(62));
    }

    #[test]
    fn a_quick_answer_narrows_a_slow_one() {
        let start = Moment::now();
        let mut clock = Clock::new(start, date(0));
        clock.observe(date(0), start, moment(start, 9, 0));
        let later = moment(start, 10, 0);
        clock.observe(date(5), later, later);
        assert_eq!(clock.server(later), range(5, 6));
    }

    #[test]
    fn an_answer_that_contradicts_replaces_what_was_known() {
        let start = Moment::now();
        let mut clock = Clock::new(start, date(0));
        clock.observe(date(0), start, start);
        clock.observe(date(86_400), start, start);
        assert_eq!(clock.server(start), range(86_400, 86_401));
    }

    #[test]
    fn answers_may_be_taken_in_out_of_order() {
        let start = Moment::now();
        let mut clock = Clock::new(start, date(0));
        let (first, second, third) =
            (moment(start, 1, 0), moment(start, 9, 0), moment(start, 20, 0));
        clock.observe(date(9), second, second);
        clock.observe(date(1), first, first);
        assert_eq!(clock.server(third), range(20, 21));
    }

    #[test]
    fn times_are_near_up_to_half_a_minute_apart() {
        let time = |seconds| Range::exactly(date(seconds));
        let range = Range { earliest: date(0), latest: date(10) };
        for (other, is_near) in [(-31, false), (-30, true), (5, true), (40, true), (41, false)] {
            assert_eq!(range.is_near(time(other)), is_near, "{other}");
            assert_eq!(time(other).is_near(range), is_near, "{other}");
        }
    }

    #[test]
    fn sleep_counts() {
        let start = Moment::now();
        let mut clock = Clock::new(start, date(0));
        clock.observe(date(100), start, start);
        let woken = moment(start, 10, 1800);
        assert_eq!(clock.server(woken), range(1910, 1911));
        assert_eq!(clock.phone(woken), date(1810));
    }

    #[test]
    fn a_process_that_is_awake_has_not_slept() {
        let (start, slept) = (Moment::now(), slept());
        std::hint::black_box((0..1_000_000).sum::<u64>());
        assert!((Moment::now().slept - slept).abs() < TimeDelta::milliseconds(500));
        assert!(Moment::now().since(start) < TimeDelta::seconds(60));
    }

    #[test]
    fn a_date_at_the_end_of_time_is_no_panic() {
        let start = Moment::now();
        let mut clock = Clock::new(start, date(0));
        clock.observe(DateTime::<Utc>::MAX_UTC, start, start);
        assert_eq!(clock.server(start), None);
        clock.observe(DateTime::<Utc>::MIN_UTC, moment(start, 5, 0), moment(start, 5, 0));
        assert_eq!(clock.server(start), None);
        clock.observe(DateTime::<Utc>::MAX_UTC - TimeDelta::seconds(2), start, start);
        assert!(clock.server(moment(start, 60, 0)).is_some());
    }
}
