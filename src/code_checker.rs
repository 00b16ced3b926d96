use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use crate::clock::{Moment, ServerClock};
use crate::error::{Error, foreign_text};
use crate::login_code::LoginCode;
use crate::qr::{ImagePoint, QrCode};

/// Decides which codes may be used: scene, user pool, expiry by the server's time, and which one of
/// several. Shared by whatever reads a code and whatever sends one.
pub(crate) struct CodeChecker {
    user_pool_id: String,
    clock: Mutex<ServerClock>,
}

impl CodeChecker {
    pub(crate) fn new(user_pool_id: String) -> Self {
        Self { user_pool_id, clock: Mutex::default() }
    }

    /// Reads the text of a code and checks what it says.
    pub(crate) fn read(&self, text: &[u8]) -> Result<LoginCode, Error> {
        let code = LoginCode::parse(text)?;
        self.check(&code)?;
        Ok(code)
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

    /// Whether `code` may be used: it is of the configured user pool and, as far as is known, has not
    /// expired.
    pub(crate) fn check(&self, code: &LoginCode) -> Result<(), Error> {
        if code.user_pool_id() != self.user_pool_id {
            return Err(Error::WrongUserPool { found: foreign_text(code.user_pool_id()) });
        }
        let (clock, now) = (*self.clock(), Moment::now());
        match clock.earliest(now).zip(clock.latest(now)) {
            Some((earliest, latest)) => code.check_times(earliest, latest),
            None => Ok(()),
        }
    }

    /// Whether the server must say if `code` can be used: by the phone's clock it cannot, but that
    /// clock may be wrong, and the server's time is not known.
    pub(crate) fn needs_server_time(&self, code: &LoginCode) -> bool {
        let now = Moment::now();
        self.server_time().is_none() && code.check_times(now.wall, now.wall).is_err()
    }

    /// Takes in the server's time as an answer told it.
    pub(crate) fn observe(&self, date: DateTime<Utc>, sent: Moment, received: Moment) {
        self.clock().observe(date, sent, received);
    }

    /// The server's time. `None` before the first answer.
    pub(crate) fn server_time(&self) -> Option<DateTime<Utc>> {
        self.clock().now(Moment::now())
    }

    /// The end of the code's life, if that is known and sooner than `deadline`.
    pub(crate) fn within_life(&self, code: &LoginCode, deadline: Instant) -> Instant {
        let now = Moment::now();
        let earliest = self.clock().earliest(now);
        let left = code.expires_at().zip(earliest).map(|(end, now)| end - now);
        // A life that is over has no `Duration`; that is for `check` to say.
        let left = left.and_then(|left| left.to_std().ok());
        let end = left.and_then(|left| now.monotonic.checked_add(left));
        end.map_or(deadline, |end| end.min(deadline))
    }

    fn clock(&self) -> MutexGuard<'_, ServerClock> {
        self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
