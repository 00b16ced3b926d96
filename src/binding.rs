use std::fmt;
use std::time::Duration;

use chrono::TimeDelta;
use ring::rand::{SecureRandom, SystemRandom};

use crate::clock::{Clock, Moment};
use crate::error::{BindingFlaw, Error};
use crate::login_code::LoginCode;

/// A one-time PIN that ties a login to the user of this phone: the user reads it here, and types it into the
/// web page, which puts it into the code that it makes then (PROTOCOL 15.2).
///
/// `Debug` leaves the digits out: they are as good as a key to the screen that asks.
#[derive(Clone, Eq, PartialEq)]
pub struct BindingPin {
    /// Six decimal digits. For the user's eyes: not for logs.
    pub digits: String,
    /// How long it may be used, from now on.
    pub valid_for: Duration,
}

impl fmt::Debug for BindingPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BindingPin").field("valid_for", &self.valid_for).finish_non_exhaustive()
    }
}

/// The PIN that was issued last, and what has become of it. Those before it are void.
#[derive(Default)]
pub(crate) struct Binding(Option<Issued>);

struct Issued {
    digits: String,
    at: Moment,
    /// The `random` of the code that it was used for.
    used_for: Option<String>,
    /// Others that codes came with: guesses, each counted once however often it is seen.
    wrong: Vec<String>,
}

impl Binding {
    /// A new PIN, by chance that nobody can foresee.
    pub(crate) fn issue(&mut self, now: Moment) -> Result<BindingPin, Error> {
        let digits = random_digits()?;
        self.0 =
            Some(Issued { digits: digits.clone(), at: now, used_for: None, wrong: Vec::new() });
        Ok(BindingPin { digits, valid_for: VALID_FOR })
    }

    /// Whether `code` was made by someone who knew the PIN, since it was issued.
    pub(crate) fn check(
        &mut self,
        code: &LoginCode,
        clock: &Clock,
        now: Moment,
    ) -> Result<(), BindingFlaw> {
        let issued = self.0.as_mut().ok_or(BindingFlaw::NoPin)?;
        let is_open = match &issued.used_for {
            Some(random) => random == code.random(),
            None => now.since(issued.at) < TIME_VALID && issued.wrong.len() < MAX_WRONG,
        };
        if !is_open {
            return Err(BindingFlaw::NoPin);
        }
        let pin = code.binding_pin().ok_or(BindingFlaw::MissingPin)?;
        // In constant time it need not be: whoever made the code does not see how long this takes, and has
        // few guesses.
        if pin != issued.digits {
            if !issued.wrong.contains(&pin) {
                issued.wrong.push(pin);
            }
            return Err(BindingFlaw::WrongPin);
        }
        // The latest that it may have been by the server's clock: in doubt the code is the older one.
        let issued_at = clock.server(issued.at).map(|range| range.latest);
        let is_newer = issued_at.zip(code.created_at()).is_some_and(|(pin, code)| pin <= code);
        if is_newer { Ok(()) } else { Err(BindingFlaw::MadeBeforePin) }
    }

    /// Uses the PIN for `code`: no other code is taken with it.
    pub(crate) fn bind(
        &mut self,
        code: &LoginCode,
        clock: &Clock,
        now: Moment,
    ) -> Result<(), BindingFlaw> {
        self.check(code, clock, now)?;
        if let Some(issued) = &mut self.0 {
            issued.used_for = Some(code.random().to_owned());
        }
        Ok(())
    }
}

/// Six digits, each number of them equally likely.
fn random_digits() -> Result<String, Error> {
    let random = SystemRandom::new();
    loop {
        let mut bytes = [0; 4];
        random.fill(&mut bytes).map_err(|_| Error::Internal)?;
        let number = u32::from_be_bytes(bytes);
        // What is left over of the numbers of four bytes would make low PINs likelier.
        if number < u32::MAX - u32::MAX % PINS {
            return Ok(format!("{:06}", number % PINS));
        }
    }
}

const PINS: u32 = 1_000_000;
// To read and type it, to wait for the code, and to scan that. NIST SP 800-63B-4 (3.1.3) allows 10 minutes.
const VALID_FOR: Duration = Duration::from_secs(300);
const TIME_VALID: TimeDelta = TimeDelta::seconds(300);
// A page that shows one code after the other guesses right in 5 of a million cases, and no more often.
const MAX_WRONG: usize = 5;
