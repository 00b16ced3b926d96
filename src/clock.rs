use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

/// What is known of the server's time.
///
/// Each answer's `Date` header says between which two moments the server's clock stood when the
/// answer arrived; the answers together narrow that down. The monotonic clock carries it on, so
/// that a phone whose wall clock is wrong, or is set during the flow, judges a code's age correctly
/// all the same.
///
/// The monotonic clock may stand still while the phone sleeps. An estimate is then behind the
/// server's time, never before it, and an expired code costs a request that the server refuses.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ServerClock {
    known: Option<Span>,
}

/// The server's time at `at` is not before `earliest` and not after `latest`.
#[derive(Clone, Copy, Debug)]
struct Span {
    at: Instant,
    earliest: DateTime<Utc>,
    latest: DateTime<Utc>,
}

impl ServerClock {
    /// Takes in the `date` of an answer to a request that was sent at `sent` and answered at
    /// `received`.
    pub(crate) fn observe(&mut self, date: DateTime<Utc>, sent: Instant, received: Instant) {
        // The header was written at some time between the two, and holds whole seconds only (RFC
        // 9110, 5.6.7).
        let round_trip = delta(sent, received);
        let Some(latest) = date.checked_add_signed(round_trip + DATE_RESOLUTION) else {
            return;
        };
        let seen = Span { at: received, earliest: date, latest };
        self.known = Some(match self.known.and_then(|known| known.moved_to(received)) {
            Some(known) => known.narrowed_by(seen).unwrap_or(seen),
            None => seen,
        });
    }

    /// The server's time, in the middle of what is possible. `None` before the first answer.
    pub(crate) fn now(&self, at: Instant) -> Option<DateTime<Utc>> {
        let span = self.known?.moved_to(at)?;
        span.earliest.checked_add_signed((span.latest - span.earliest) / 2)
    }

    /// The earliest time that the server's clock can show. `None` before the first answer.
    pub(crate) fn earliest(&self, at: Instant) -> Option<DateTime<Utc>> {
        Some(self.known?.moved_to(at)?.earliest)
    }
}

impl Span {
    fn moved_to(self, at: Instant) -> Option<Self> {
        let passed = delta(self.at, at);
        Some(Self {
            at,
            earliest: self.earliest.checked_add_signed(passed)?,
            latest: self.latest.checked_add_signed(passed)?,
        })
    }

    /// `None` when the two cannot both be true: the server's clock was set, or the phone slept.
    fn narrowed_by(self, newer: Self) -> Option<Self> {
        let earliest = self.earliest.max(newer.earliest);
        let latest = self.latest.min(newer.latest);
        (earliest <= latest).then_some(Self { at: newer.at, earliest, latest })
    }
}

fn delta(from: Instant, to: Instant) -> TimeDelta {
    TimeDelta::from_std(to.saturating_duration_since(from)).unwrap_or(TimeDelta::MAX)
}

const DATE_RESOLUTION: TimeDelta = TimeDelta::seconds(1);

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn date(text: &str) -> DateTime<Utc> {
        text.parse().expect("a date")
    }

    #[test]
    fn half_the_round_trip_and_half_a_second_are_added() {
        let sent = Instant::now();
        let received = sent + Duration::from_secs(3);
        let mut clock = ServerClock::default();
        assert_eq!(clock.now(sent), None);

        clock.observe(date("2026-01-01T00:00:00Z"), sent, received);
        assert_eq!(clock.now(received), Some(date("2026-01-01T00:00:02Z")));
        assert_eq!(clock.earliest(received), Some(date("2026-01-01T00:00:00Z")));
        assert_eq!(
            clock.now(received + Duration::from_secs(60)),
            Some(date("2026-01-01T00:01:02Z"))
        );
    }

    #[test]
    fn a_quick_answer_narrows_a_slow_one() {
        let start = Instant::now();
        let mut clock = ServerClock::default();
        clock.observe(date("2026-01-01T00:00:00Z"), start, start + Duration::from_secs(9));
        let later = start + Duration::from_secs(10);
        clock.observe(date("2026-01-01T00:00:05Z"), later, later);
        assert_eq!(clock.now(later), Some(date("2026-01-01T00:00:05.500Z")));
    }

    #[test]
    fn an_answer_that_contradicts_replaces_what_was_known() {
        let start = Instant::now();
        let mut clock = ServerClock::default();
        clock.observe(date("2026-01-01T00:00:00Z"), start, start);
        clock.observe(date("2026-01-02T00:00:00Z"), start, start);
        assert_eq!(clock.earliest(start), Some(date("2026-01-02T00:00:00Z")));
    }

    #[test]
    fn a_date_at_the_end_of_time_is_no_panic() {
        let start = Instant::now();
        let mut clock = ServerClock::default();
        clock.observe(DateTime::<Utc>::MAX_UTC, start, start);
        assert_eq!(clock.now(start + Duration::from_secs(1)), None);
    }
}
