//! Whether the user agrees: a confirm is not sent without a [`Consent`].

use std::fmt;

use async_trait::async_trait;
use chrono::TimeDelta;
use ring::rand::{SecureRandom, SystemRandom};

use crate::clock::Moment;
use crate::error::{Error, VerificationFailure};
use crate::login_code::LoginCode;

/// The app's own code that verifies, before a confirm is sent, that it is the user who agrees: with
/// biometrics or the phone's PIN.
///
/// A client that was made [with a guard](crate::Client::with_guard) asks it for each
/// [`confirm`](crate::PendingLogin::confirm). Only a consent that was made from the same request, and
/// not longer ago than [`Config::consent_max_age`](crate::Config::consent_max_age), lets the confirm
/// be sent. Whatever else the guard does, no request is made, and the confirm fails with
/// [`Error::UserNotVerified`]. Declining a login never asks it.
#[async_trait]
pub trait ConfirmGuard: Send + Sync + 'static {
    /// Verifies the user, and returns what [`request.approve()`](ConfirmRequest::approve) makes once
    /// that has succeeded.
    ///
    /// It has two minutes, and not longer than the code lives; then the future is dropped. It is also dropped
    /// when the user declines the login meanwhile. It runs in a task of its own, and must not block the
    /// runtime's thread.
    async fn verify_user(&self, request: ConfirmRequest) -> Result<Consent, GuardError>;
}

/// Why a [`ConfirmGuard`] does not consent.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum GuardError {
    /// The user said no, or closed the question.
    #[error("the user declined")]
    Declined,
    /// The user could not be verified.
    #[error("{reason}")]
    Failed {
        /// What went wrong, without secrets: it ends up in logs.
        reason: String,
    },
}

/// What a [`ConfirmGuard`] is asked to consent to: one confirm of one login.
#[derive(Clone, Debug)]
pub struct ConfirmRequest {
    id: String,
    code: LoginCode,
    max_age: Option<TimeDelta>,
}

impl ConfirmRequest {
    /// Its consent lasts for `max_age`, or for as long as the confirm takes.
    pub(crate) fn new(code: LoginCode, max_age: Option<TimeDelta>) -> Result<Self, Error> {
        let mut id = [0; 16];
        SystemRandom::new().fill(&mut id).map_err(|_| Error::Internal)?;
        let id = id.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { id, code, max_age })
    }

    /// The request's own id: 32 hexadecimal digits, random. For example as the challenge that a key
    /// signs which the phone releases for the user alone.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What the code of the login says, as the user was shown it.
    pub fn code(&self) -> &LoginCode {
        &self.code
    }

    /// The consent to this request. To be made once the user was verified: it begins to age here.
    pub fn approve(&self) -> Consent {
        Consent { request: self.id.clone(), given: Moment::now(), max_age: self.max_age }
    }
}

/// The consent to one [`ConfirmRequest`].
#[derive(Clone)]
pub struct Consent {
    request: String,
    given: Moment,
    max_age: Option<TimeDelta>,
}

impl Consent {
    pub(crate) fn is_to(&self, request: &ConfirmRequest) -> bool {
        self.request == request.id
    }

    /// Fails with [`Error::UserNotVerified`] when it was given too long ago. The time that the phone
    /// sleeps counts.
    pub(crate) fn check_age(&self) -> Result<(), Error> {
        let age = Moment::now().since(self.given);
        if self.max_age.is_some_and(|max_age| age > max_age) {
            return Err(not_verified(VerificationFailure::TooOld, "it was given too long ago"));
        }
        Ok(())
    }
}

impl fmt::Debug for Consent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consent").finish_non_exhaustive()
    }
}

impl From<GuardError> for Error {
    fn from(error: GuardError) -> Self {
        match error {
            GuardError::Declined => not_verified(VerificationFailure::Declined, "the user said no"),
            GuardError::Failed { reason } => not_verified(VerificationFailure::Failed, reason),
        }
    }
}

pub(crate) fn not_verified(failure: VerificationFailure, reason: impl Into<String>) -> Error {
    Error::UserNotVerified { failure, reason: reason.into() }
}
