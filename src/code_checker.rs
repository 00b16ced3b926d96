use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use crate::binding::{Binding, BindingPin};
use crate::clock::{Clock, Moment, Range};
use crate::code_source::CodeSource;
use crate::config::{Config, config_error};
use crate::context::{Context, ContextKeys};
use crate::error::{ContextFlaw, Error, NetworkFailure, foreign_text};
use crate::link;
use crate::login_code::{Age, LoginCode, MAX_LIFE};
use crate::qr::{ImagePoint, QrCode};

/// Decides which codes may be used: user pool, the configured policies, expiry, and which one of
/// several. (The scene is checked where a code is parsed.) Shared by whatever reads a code and whatever
/// sends one.
///
/// What one clock says is never final. A code is expired when the server's clock and the phone's
/// agree on the time and on that, or when the server says so; where they disagree, one of them is
/// wrong, and the server is asked.
pub(crate) struct CodeChecker {
    user_pool_id: String,
    allowed_sources: Vec<CodeSource>,
    link_origins: Vec<String>,
    max_life: Duration,
    /// Only where codes have to be bound by a PIN.
    binding: Option<Mutex<Binding>>,
    context_keys: ContextKeys,
    requires_context: bool,
    clock: Mutex<Clock>,
}

impl CodeChecker {
    pub(crate) fn new(config: &Config) -> Result<Self, Error> {
        Ok(Self {
            user_pool_id: config.user_pool_id.clone(),
            allowed_sources: config.allowed_sources.clone(),
            link_origins: config.checked_link_origins()?,
            max_life: config.max_code_life,
            binding: config.require_binding_pin.then(Mutex::default),
            context_keys: config.checked_context_keys()?,
            requires_context: config.require_verified_context,
            clock: Mutex::new(Clock::start()),
        })
    }

    /// Reads the text of a code and checks what it says.
    pub(crate) fn read(&self, source: CodeSource, text: &[u8]) -> Result<LoginCode, Error> {
        let code = self.admit(&LoginCode::parse_from(source, text)?)?;
        if let Some(mut binding) = self.binding() {
            binding.check(&code, &self.clock(), Moment::now())?;
        }
        self.check(&code)?;
        Ok(code)
    }

    /// Reads the code that a link carries, and checks what it says.
    pub(crate) fn read_link(&self, link: &str) -> Result<LoginCode, Error> {
        self.allow(CodeSource::Link)?;
        let text = link::code_text(link, &self.link_origins)?;
        self.read(CodeSource::Link, text.as_bytes())
    }

    /// Whether the code may be used, so that nobody needs to search for another.
    pub(crate) fn accepts(&self, source: CodeSource, qr: &QrCode) -> bool {
        self.read(source, &qr.bytes).is_ok()
    }

    /// The one login code among `codes` that can be used, and where it is. If there is none, the
    /// reason why the one that comes closest cannot.
    pub(crate) fn choose(
        &self,
        source: CodeSource,
        codes: Vec<QrCode>,
    ) -> Result<(LoginCode, [ImagePoint; 4]), Error> {
        let mut usable: Vec<(LoginCode, QrCode)> = Vec::new();
        let mut refusal = Error::NoCode;
        for qr in codes {
            match self.read(source, &qr.bytes) {
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

    /// Whether codes may be read from `found`.
    pub(crate) fn allow(&self, found: CodeSource) -> Result<(), Error> {
        if self.allowed_sources.contains(&found) {
            Ok(())
        } else {
            Err(Error::SourceNotAllowed { found })
        }
    }

    /// The code as this client takes it: of the configured user pool, within the configured policies, and
    /// with its context verified. What about a code does not change with time.
    pub(crate) fn admit(&self, code: &LoginCode) -> Result<LoginCode, Error> {
        if code.user_pool_id() != self.user_pool_id {
            return Err(Error::WrongUserPool { found: foreign_text(code.user_pool_id()) });
        }
        self.allow(code.source())?;
        // Only by default may a code live for as long as it does not say.
        let is_too_long = match code.life() {
            Some(life) => life > self.max_life,
            None => TimeDelta::from_std(self.max_life).is_ok_and(|max| max < MAX_LIFE),
        };
        if is_too_long {
            return Err(Error::LifeTooLong);
        }
        Ok(code.with_context(self.verified_context(code)?))
    }

    /// What the code's signed context says. One that cannot be believed is refused, also where none is
    /// required: it was made to be believed. Without keys there is nothing to tell one from the other.
    fn verified_context(&self, code: &LoginCode) -> Result<Option<Context>, ContextFlaw> {
        if self.context_keys.is_empty() {
            return Ok(None);
        }
        match code.signed_context()? {
            Some(jws) => {
                self.context_keys.verify(&jws, code.random(), code.user_pool_id()).map(Some)
            }
            None if self.requires_context => Err(ContextFlaw::Missing),
            None => Ok(None),
        }
    }

    /// Issues a PIN that codes have to be made with from now on. Its time has to be known by the server's
    /// clock, which says when a code was made.
    pub(crate) fn issue_pin(&self) -> Result<BindingPin, Error> {
        let Some(mut binding) = self.binding() else {
            return Err(config_error("binding PINs are issued only when codes must have them"));
        };
        let now = Moment::now();
        if self.clock().server(now).is_none() {
            let reason = "the server does not say what time it is".to_owned();
            return Err(Error::Network { failure: NetworkFailure::BadAnswer, reason });
        }
        binding.issue(now)
    }

    /// Uses the PIN for `code`, where codes must have one.
    pub(crate) fn bind(&self, code: &LoginCode) -> Result<(), Error> {
        if let Some(mut binding) = self.binding() {
            binding.bind(code, &self.clock(), Moment::now())?;
        }
        Ok(())
    }

    /// Whether `code` has not expired by both clocks.
    pub(crate) fn check(&self, code: &LoginCode) -> Result<(), Error> {
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

    fn binding(&self) -> Option<MutexGuard<'_, Binding>> {
        Some(self.binding.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner))
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
        Error::Expired
        | Error::SourceNotAllowed { .. }
        | Error::LifeTooLong
        | Error::NotBound { .. }
        | Error::ContextNotVerified { .. } => 4,
        Error::WrongUserPool { .. } => 3,
        Error::WrongScene { .. } => 2,
        Error::NotALoginCode { .. } => 1,
        _ => 0,
    }
}
