use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use crate::api::{Action, Api, Tries};
use crate::error::{Decision, Error, NetworkFailure};
use crate::login_code::LoginCode;

/// A login that was marked scanned and waits for the user's decision. Clones are the same login.
///
/// The first decision counts. Making the same one again, also at the same time, gives the same
/// result without another request; the other one is refused with [`Error::AlreadyDecided`].
///
/// A decision goes on when its caller stops waiting: whether it was done can be asked afterwards,
/// with [`state`](Self::state) or by making it again.
#[derive(Clone)]
pub struct PendingLogin(Arc<Login>);

/// How far a login has come.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum LoginState {
    /// Marked scanned; the user may decide.
    Scanned,
    /// The user agreed, and the server is being told.
    Confirming,
    /// The user declined, and the server is being told.
    Cancelling,
    /// The web page is signed in.
    Confirmed,
    /// The web page was told no.
    Cancelled,
    /// A decision was sent, and it could not be learned whether it was done. Deciding again asks
    /// first.
    OutcomeUnknown,
    /// The code expired before a decision.
    Expired,
    /// The server no longer knows the code, or another user took it.
    Gone,
}

impl PendingLogin {
    pub(crate) fn new(login: Arc<Login>) -> Self {
        Self(login)
    }

    /// Signs the web page in.
    ///
    /// Within the configured timeout it returns what is true: done, or not done and why. When an
    /// answer is lost, the server is asked what became of it; when that cannot be learned
    /// either, it fails with [`Error::OutcomeUnknown`]. Fails with [`Error::AlreadyDecided`]
    /// after a cancel, with [`Error::Expired`], and with every [`Error`] that an answer of the
    /// server can mean.
    pub async fn confirm(&self) -> Result<(), Error> {
        self.0.clone().decide(Decision::Confirm).await
    }

    /// Tells the web page no. Behaves as [`confirm`](Self::confirm) does.
    pub async fn cancel(&self) -> Result<(), Error> {
        self.0.clone().decide(Decision::Cancel).await
    }

    /// How far the login has come, as far as is known without asking the server.
    pub fn state(&self) -> LoginState {
        let expired = || self.0.api.judge(&self.0.code).is_err();
        match &*self.0.phase() {
            Phase::New | Phase::Scanned { .. } if expired() => LoginState::Expired,
            Phase::New | Phase::Scanned { .. } => LoginState::Scanned,
            Phase::Deciding { decision: Decision::Confirm, .. } => LoginState::Confirming,
            Phase::Deciding { decision: Decision::Cancel, .. } => LoginState::Cancelling,
            Phase::Decided(Decision::Confirm) => LoginState::Confirmed,
            Phase::Decided(Decision::Cancel) => LoginState::Cancelled,
            Phase::Unknown => LoginState::OutcomeUnknown,
            Phase::Over(Error::Expired) => LoginState::Expired,
            Phase::Over(_) => LoginState::Gone,
        }
    }

    /// When the code expires, by the server's clock, if the code says so.
    pub fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.code.expires_at()
    }

    /// How much time is left to decide, by the server's clock; zero once the code has expired.
    /// `None` when the code does not say when it expires.
    pub fn remaining(&self) -> Option<Duration> {
        let now = self.0.api.server_time().unwrap_or_else(Utc::now);
        self.0.code.expires_at().map(|end| (end - now).to_std().unwrap_or_default())
    }

    /// What the code says.
    pub fn code(&self) -> &LoginCode {
        &self.0.code
    }
}

impl fmt::Debug for PendingLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingLogin")
            .field("code", self.code())
            .field("state", &self.state())
            .finish()
    }
}

/// A login code and what has become of it.
pub(crate) struct Login {
    api: Arc<Api>,
    code: LoginCode,
    phase: Mutex<Phase>,
    /// Held while the code is being marked scanned, so that it is marked once.
    marking: tokio::sync::Mutex<()>,
}

enum Phase {
    New,
    /// The user may decide. With `ask_first`, an earlier decision was not done when the server was
    /// asked, but may still be on its way.
    Scanned {
        ask_first: bool,
    },
    Deciding {
        decision: Decision,
        outcome: watch::Receiver<Option<Outcome>>,
    },
    Decided(Decision),
    /// A decision was sent; whether it was done is not known.
    Unknown,
    /// No decision can be made any more.
    Over(Error),
}

type Outcome = Result<(), Error>;

impl Login {
    pub(crate) fn new(api: Arc<Api>, code: LoginCode) -> Self {
        Self { api, code, phase: Mutex::new(Phase::New), marking: tokio::sync::Mutex::default() }
    }

    /// Tells the server that the code was scanned, unless it knows.
    pub(crate) async fn mark_scanned(&self) -> Outcome {
        let deadline = self.api.deadline();
        let Ok(_alone) = timeout_at(deadline, self.marking.lock()).await else {
            let reason = "the code is still being marked scanned".to_owned();
            return Err(Error::Network { failure: NetworkFailure::TimedOut, reason });
        };
        match &*self.phase() {
            Phase::New => {}
            Phase::Scanned { .. } | Phase::Deciding { .. } | Phase::Unknown => return Ok(()),
            Phase::Decided(decision) => return Err(Error::AlreadyDecided { decision: *decision }),
            Phase::Over(error) => return Err(error.clone()),
        }
        if self.api.server_time().is_none() && self.code.judge(Utc::now()).is_err() {
            // By the phone's clock the code cannot be used, but that clock may be wrong: the server
            // knows.
            if let Some(decision) =
                self.api.check(&self.code, deadline).await.map_err(|f| f.error)??
            {
                return Err(Error::AlreadyDecided { decision });
            }
        }
        let mut tries = Tries::until(deadline);
        loop {
            self.api.judge(&self.code)?;
            let within_life = self.api.within_life(&self.code, deadline);
            match self.api.act(Action::Scanned, &self.code, within_life).await {
                Ok(()) => break,
                // It does no harm to mark a code twice.
                Err(failure) if tries.again_after(&failure).await => {}
                Err(failure) => return Err(self.explain(failure.error, deadline).await),
            }
        }
        *self.phase() = Phase::Scanned { ask_first: false };
        Ok(())
    }

    async fn decide(self: Arc<Self>, decision: Decision) -> Outcome {
        let Some(mut outcome) = self.begin(decision)? else { return Ok(()) };
        match outcome.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone().unwrap_or(Err(Error::Internal)),
            // The runtime was shut down.
            Err(_) => Err(Error::OutcomeUnknown { decision }),
        }
    }

    /// Starts to carry out the decision, or joins in if that was started before. `None` if it is
    /// done.
    fn begin(
        self: &Arc<Self>,
        decision: Decision,
    ) -> Result<Option<watch::Receiver<Option<Outcome>>>, Error> {
        let mut phase = self.phase();
        let in_doubt = match &*phase {
            Phase::New => false,
            Phase::Scanned { ask_first } => *ask_first,
            Phase::Unknown => true,
            Phase::Deciding { decision: first, outcome } if *first == decision => {
                return Ok(Some(outcome.clone()));
            }
            Phase::Decided(first) if *first == decision => return Ok(None),
            Phase::Deciding { decision: first, .. } | Phase::Decided(first) => {
                return Err(Error::AlreadyDecided { decision: *first });
            }
            Phase::Over(error) => return Err(error.clone()),
        };
        let (tell, outcome) = watch::channel(None);
        *phase = Phase::Deciding { decision, outcome: outcome.clone() };
        // A task of its own: it must end with a known outcome though the caller may stop waiting.
        let task = Deciding(self.clone());
        tokio::spawn(async move {
            let (outcome, next) = task.0.carry_out(decision, in_doubt).await;
            *task.0.phase() = next;
            tell.send_replace(Some(outcome));
        });
        Ok(Some(outcome))
    }

    async fn carry_out(&self, decision: Decision, mut in_doubt: bool) -> (Outcome, Phase) {
        let outcome = self.send(decision, &mut in_doubt).await;
        let next = match &outcome {
            Ok(()) => Phase::Decided(decision),
            Err(Error::AlreadyDecided { decision }) => Phase::Decided(*decision),
            Err(Error::OutcomeUnknown { .. }) => Phase::Unknown,
            Err(error @ (Error::Expired | Error::CodeGone | Error::TakenByAnotherUser)) => {
                Phase::Over(error.clone())
            }
            Err(_) => Phase::Scanned { ask_first: in_doubt },
        };
        tracing::info!(?decision, outcome = outcome.as_ref().err().map_or("done", Error::code));
        (outcome, next)
    }

    /// Sends the decision, and again only once it is known that it was not done.
    async fn send(&self, decision: Decision, in_doubt: &mut bool) -> Outcome {
        let deadline = self.api.deadline();
        // The last third is for finding out what became of a decision whose answer was lost.
        let send_by = deadline - self.api.config.timeout / 3;
        let mut tries = Tries::until(send_by);
        let mut failed = None;
        loop {
            if *in_doubt && self.is_done(decision, deadline).await? {
                return Ok(());
            }
            if let Some(failure) = failed
                && !tries.again_after(&failure).await
            {
                return Err(self.explain(failure.error, deadline).await);
            }
            self.api.judge(&self.code)?;
            let within_life = self.api.within_life(&self.code, send_by);
            match self.api.act(Action::Decide(decision), &self.code, within_life).await {
                Ok(()) => return Ok(()),
                Err(failure) => {
                    *in_doubt |= failure.may_have_happened;
                    failed = Some(failure);
                }
            }
        }
    }

    /// Asks whether a decision that may have arrived was done. Fails with [`Error::OutcomeUnknown`]
    /// when that cannot be learned.
    async fn is_done(&self, decision: Decision, deadline: Instant) -> Result<bool, Error> {
        let mut tries = Tries::unlimited_until(deadline);
        loop {
            match self.api.check(&self.code, deadline).await {
                Ok(standing) => {
                    return match standing? {
                        Some(done) if done == decision => Ok(true),
                        Some(other) => Err(Error::AlreadyDecided { decision: other }),
                        None => Ok(false),
                    };
                }
                Err(failure) if tries.again_after(&failure).await => {}
                // Also when the server no longer knows the code: it may forget those that are done.
                Err(_) => return Err(Error::OutcomeUnknown { decision }),
            }
        }
    }

    /// Why the server refused, when its refusal can mean several things and `check` knows better.
    /// The documents have one code, 500, for codes that are invalid for any reason (PROTOCOL
    /// 4.4).
    async fn explain(&self, refusal: Error, deadline: Instant) -> Error {
        let can_mean_several = matches!(
            refusal,
            Error::CodeGone | Error::Network { failure: NetworkFailure::ServerBusy, .. }
        );
        if !can_mean_several {
            return refusal;
        }
        match self.api.check(&self.code, deadline).await {
            Ok(Ok(None)) => refusal,
            Ok(Ok(Some(decision))) => Error::AlreadyDecided { decision },
            Ok(Err(error)) => error,
            Err(failure) if failure.error == Error::CodeGone => Error::CodeGone,
            Err(_) => refusal,
        }
    }

    fn phase(&self) -> MutexGuard<'_, Phase> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A login whose decision is being carried out. If that is broken off, the outcome is not known.
struct Deciding(Arc<Login>);

impl Drop for Deciding {
    fn drop(&mut self) {
        let mut phase = self.0.phase();
        if matches!(*phase, Phase::Deciding { .. }) {
            *phase = Phase::Unknown;
        }
    }
}
