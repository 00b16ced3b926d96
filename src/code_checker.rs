use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use crate::clock::{Clock, Moment, Range};
use crate::error::{Error, foreign_text};
use crate::login_code::{Age, LoginCode};
use crate::qr::{ImagePoint, QrCode};

/// Decides which codes may be used: scene, user pool, expiry, and which one of several. Shared by
/// whatever reads a code and whatever sends one.
///
/// What one clock says is never final. A code is expired when the server's clock and the phone's
/// agree on the time and on that, or when the server says so; where they disagree, one of them is
/// wrong, and the server is asked.
pub(crate) struct CodeChecker {
    user_pool_id: String,
    clock: Mutex<Clock>,
}

impl CodeChecker {
    pub(crate) fn new(user_pool_id: String) -> Self {
        Self { user_pool_id, clock: Mutex::new(Clock::start()) }
    }

    /// Reads the text of a code and checks what it says.
    pub(crate) fn read(&self, text: &[u8]) -> Result<LoginCode, Error> {
        let code = LoginCode::parse(text)?;
        self.check(&code)?;
        Ok(code)
    }

    /// Whether the code may be used, so that nobody needs to search for another.
    pub(crate) fn accepts(&self, qr: &QrCode) -> bool {
        self.read(&qr.bytes).is_ok()
    }

    /// The one login code among `codes` that can be used, and where it is. If there is none, the
    /// reason why the one that comes closest cannot.
    pub(crate) fn choose(&self, codes: Vec<QrCode>) -> Result<(LoginCode, [ImagePoint; 4]), Error> {
        let mut usable: Vec<(LoginCode, QrCode)> = Vec::new();
        let mut refusal = Error::NoCode;
        for qr in codes {
            match self.read(&qr.bytes) {
                Ok(code) if usable.iter().all(|(known, _)| *known != code) => {
                    usable.push((code, qr));
                }
                Ok(_) => {}
                Err(error) if closeness(&error) > closeness(&refusal) => refusal = error,
                Err(_) => {}
            }
        }
        if usable.len() > 1 {
            let corners = usable.iter().map(|(_, qr)| qr.corners).collect();
            return Err(Error::SeveralLoginCodes { corners });
        }
        usable.pop().map(|(code, qr)| (code, qr.corners)).ok_or(refusal)
    }

    /// Whether `code` may be used: it is of the configured user pool, and not expired by both
    /// clocks.
    pub(crate) fn check(&self, code: &LoginCode) -> Result<(), Error> {
        if code.user_pool_id() != self.user_pool_id {
            return Err(Error::WrongUserPool { found: foreign_text(code.user_pool_id()) });
        }
        match self.verdict(code) {
            Verdict::Expired => Err(Error::Expired),
            Verdict::Alive | Verdict::AskServer => Ok(()),
        }
    }

    /// Whether only the server can say if `code` is alive.
    pub(crate) fn must_ask_server(&self, code: &LoginCode) -> bool {
        self.verdict(code) == Verdict::AskServer
    }

    /// Takes in the server's time as an answer told it.
    pub(crate) fn observe(&self, date: DateTime<Utc>, sent: Moment, received: Moment) {
        self.clock().observe(date, sent, received);
    }

    /// The time by the server's clock; by the phone's, before the first answer.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock().now(Moment::now())
    }

    /// `deadline`, or when `code` expires by both clocks if that is sooner.
    pub(crate) fn within_life(&self, code: &LoginCode, deadline: Instant) -> Instant {
        let clock = *self.clock();
        let now = Moment::now();
        let earliest = clock.server(now).map(|server| server.earliest.min(clock.phone(now)));
        let left = code.expires_at().zip(earliest).map(|(end, now)| end - now);
        // A life that has ended has no `Duration`; `check` reports that.
        let left = left.and_then(|left| left.to_std().ok());
        let end = left.and_then(|left| Instant::now().checked_add(left));
        end.map_or(deadline, |end| end.min(deadline))
    }

    fn verdict(&self, code: &LoginCode) -> Verdict {
        let clock = *self.clock();
        let now = Moment::now();
        let (server, phone) = (clock.server(now), Range::exactly(clock.phone(now)));
        let phone_says = code.age(phone);
        match server.map(|server| (code.age(server), server.is_near(phone))) {
            Some((Age::Alive, _)) => Verdict::Alive,
            Some((Age::Expired, true)) if phone_says == Age::Expired => Verdict::Expired,
            None if phone_says == Age::Alive => Verdict::Alive,
            _ => Verdict::AskServer,
        }
    }

    fn clock(&self) -> MutexGuard<'_, Clock> {
        self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the clocks say of a code.
#[derive(PartialEq)]
enum Verdict {
    Alive,
    Expired,
    AskServer,
}

/// How close a refused code came to being a login code.
fn closeness(refusal: &Error) -> u8 {
    match refusal {
        Error::Expired => 4,
        Error::WrongUserPool { .. } => 3,
        Error::WrongScene { .. } => 2,
        Error::NotALoginCode { .. } => 1,
        _ => 0,
    }
}
