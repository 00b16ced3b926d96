use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

/// What is known of the server's time.
///
/// Each answer's `Date` header says between which two moments the server's clock stood when the
/// answer arrived; the answers together narrow that down. The monotonic clock carries it on, so that
/// a phone whose wall clock is wrong, or is set during the flow, judges a code's age correctly all
/// the same.
///
/// The monotonic clock may stand still while the phone sleeps; the wall clock then shows that more
/// time has passed. What is certain is therefore two bounds: it is not [`earlier`](Self::earliest)
/// than the monotonic clock says, and not [`later`](Self::latest) than either clock allows.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ServerClock {
    known: Option<Span>,
}

/// What the phone's two clocks show.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) monotonic: Instant,
    pub(crate) wall: DateTime<Utc>,
}

/// The server's time at a moment is not before `earliest` and not after `latest`.
#[derive(Clone, Copy, Debug)]
struct Span {
    at: Moment,
    earliest: DateTime<Utc>,
    latest: DateTime<Utc>,
}

impl ServerClock {
    /// Takes in the `date` of an answer to a request that was sent at `sent` and answered at
    /// `received`.
    pub(crate) fn observe(&mut self, date: DateTime<Utc>, sent: Moment, received: Moment) {
        // The header was written at some time between the two, and holds whole seconds only (RFC
        // 9110, 5.6.7).
        let round_trip = received.awake_since(sent);
        let Some(latest) = date.checked_add_signed(round_trip + DATE_RESOLUTION) else {
            return;
        };
        let mut seen = Span { at: received, earliest: date, latest };
        if let Some(mut known) = self.known {
            // Answers are not always taken in in the order in which they arrived.
            if known.at.monotonic < received.monotonic {
                known = known.moved_to(received);
            } else {
                seen = seen.moved_to(known.at);
            }
            seen = known.narrowed_by(seen).unwrap_or(seen);
        }
        self.known = Some(seen);
    }

    /// The likeliest time. `None` before the first answer.
    pub(crate) fn now(&self, at: Moment) -> Option<DateTime<Utc>> {
        let Span { at: then, earliest, latest } = self.known?;
        let middle = earliest + (latest - earliest) / 2;
        Some(later(middle, at.since(then)))
    }

    /// The earliest time that the server's clock can show. `None` before the first answer.
    pub(crate) fn earliest(&self, at: Moment) -> Option<DateTime<Utc>> {
        Some(self.known?.moved_to(at).earliest)
    }

    /// The latest time that the server's clock can show. `None` before the first answer.
    pub(crate) fn latest(&self, at: Moment) -> Option<DateTime<Utc>> {
        Some(self.known?.moved_to(at).latest)
    }
}

impl Moment {
    #[expect(clippy::disallowed_methods, reason = "what server time is measured against")]
    pub(crate) fn now() -> Self {
        Self { monotonic: Instant::now(), wall: Utc::now() }
    }

    /// The time since `earlier` that the phone was awake.
    fn awake_since(self, earlier: Self) -> TimeDelta {
        let passed = self.monotonic.saturating_duration_since(earlier.monotonic);
        TimeDelta::from_std(passed).unwrap_or(TimeDelta::MAX)
    }

    /// The time since `earlier`, with what the phone slept.
    fn since(self, earlier: Self) -> TimeDelta {
        self.awake_since(earlier).max(self.wall - earlier.wall)
    }
}

impl Span {
    fn moved_to(self, at: Moment) -> Self {
        Self {
            at,
            earliest: later(self.earliest, at.awake_since(self.at)),
            latest: later(self.latest, at.since(self.at)),
        }
    }

    /// `None` when the two cannot both be true: the server's clock was set.
    fn narrowed_by(self, newer: Self) -> Option<Self> {
        let earliest = self.earliest.max(newer.earliest);
        let latest = self.latest.min(newer.latest);
        (earliest <= latest).then_some(Self { at: newer.at, earliest, latest })
    }
}

fn later(time: DateTime<Utc>, passed: TimeDelta) -> DateTime<Utc> {
    time.checked_add_signed(passed).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

const DATE_RESOLUTION: TimeDelta = TimeDelta::seconds(1);

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// So many seconds after the start, of which the phone slept some.
    fn moment(start: Moment, awake: u64, slept: i64) -> Moment {
        Moment {
            monotonic: start.monotonic + Duration::from_secs(awake),
            wall: start.wall + TimeDelta::seconds(awake as i64 + slept),
        }
    }

    fn date(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap_or_default()
    }

    #[test]
    fn half_the_round_trip_and_half_a_second_are_added() {
        let start = Moment::now();
        let mut clock = ServerClock::default();
        assert_eq!(clock.now(start), None);

        let received = moment(start, 3, 0);
        clock.observe(date(0), start, received);
        assert_eq!(clock.now(received), Some(date(2)));
        assert_eq!(clock.earliest(received), Some(date(0)));
        assert_eq!(clock.latest(received), Some(date(4)));
        assert_eq!(clock.now(moment(start, 63, 0)), Some(date(62)));
    }

    #[test]
    fn a_quick_answer_narrows_a_slow_one() {
        let start = Moment::now();
        let mut clock = ServerClock::default();
        clock.observe(date(0), start, moment(start, 9, 0));
        let later = moment(start, 10, 0);
        clock.observe(date(5), later, later);
        assert_eq!((clock.earliest(later), clock.latest(later)), (Some(date(5)), Some(date(6))));
    }

    #[test]
    fn an_answer_that_contradicts_replaces_what_was_known() {
        let start = Moment::now();
        let mut clock = ServerClock::default();
        clock.observe(date(0), start, start);
        clock.observe(date(86_400), start, start);
        assert_eq!(clock.earliest(start), Some(date(86_400)));
    }

    #[test]
    fn answers_may_be_taken_in_out_of_order() {
        let start = Moment::now();
        let mut clock = ServerClock::default();
        let (first, second, third) =
            (moment(start, 1, 0), moment(start, 9, 0), moment(start, 20, 0));
        clock.observe(date(9), second, second);
        clock.observe(date(1), first, first);
        assert_eq!((clock.earliest(third), clock.latest(third)), (Some(date(20)), Some(date(21))));
    }

    #[test]
    fn sleep_is_seen_by_the_wall_clock() {
        let start = Moment::now();
        let mut clock = ServerClock::default();
        clock.observe(date(0), start, start);
        let woken = moment(start, 10, 1800);
        assert_eq!(clock.earliest(woken), Some(date(10)));
        assert_eq!(clock.latest(woken), Some(date(1811)));
        assert_eq!(clock.now(woken), Some(date(1810) + TimeDelta::milliseconds(500)));

        // The next answer narrows it down again.
        clock.observe(date(1810), woken, woken);
        assert_eq!(clock.earliest(woken), Some(date(1810)));
    }

    #[test]
    fn a_wall_clock_that_is_set_back_changes_nothing() {
        let start = Moment::now();
        let mut clock = ServerClock::default();
        clock.observe(date(0), start, start);
        let set_back = moment(start, 10, -86_400);
        assert_eq!(clock.now(set_back), Some(date(10) + TimeDelta::milliseconds(500)));
    }

    #[test]
    fn a_date_at_the_end_of_time_is_no_panic() {
        let start = Moment::now();
        let mut clock = ServerClock::default();
        clock.observe(DateTime::<Utc>::MAX_UTC, start, start);
        assert_eq!(clock.now(start), None);
        clock.observe(DateTime::<Utc>::MAX_UTC - TimeDelta::seconds(2), start, start);
        assert!(clock.now(moment(start, 60, 0)).is_some());
    }
}
