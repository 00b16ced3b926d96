use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use crate::api::{Action, Api, CodeStatus, Failure, Tries};
use crate::error::{Decision, Error, NetworkFailure};
use crate::login_code::LoginCode;

/// A login code and what has become of it. There is one for each code, however many handles.
pub(crate) struct Login {
    api: Arc<Api>,
    code: LoginCode,
    phase: Mutex<Phase>,
    phase_changes: watch::Sender<()>,
    /// Held while the code is being marked scanned, so that it is marked once.
    marking: tokio::sync::Mutex<()>,
}

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
    /// The code expired before a decision was made.
    Expired,
    /// The server did not know the code when it was last told of a decision. Deciding again asks
    /// again.
    CodeGone,
    /// Another user took the code.
    TakenByAnotherUser,
}

impl LoginState {
    /// Whether the state will never change again.
    pub fn is_final(self) -> bool {
        match self {
            Self::Confirmed | Self::Cancelled | Self::Expired | Self::TakenByAnotherUser => true,
            Self::Scanned
            | Self::Confirming
            | Self::Cancelling
            | Self::OutcomeUnknown
            | Self::CodeGone => false,
        }
    }
}

enum Phase {
    /// Not marked scanned.
    New,
    /// The user may decide. If a decision was sent before, it was not done when the server was last
    /// asked, but may still be on its way.
    Scanned { in_doubt: Option<Decision> },
    /// A decision is being carried out.
    Deciding { decision: Decision, outcome: watch::Receiver<Option<Outcome>> },
    /// A decision was done.
    Decided(Decision),
    /// A decision was sent; whether it was done is not known.
    Unknown(Decision),
    /// The server did not know the code when a decision was sent.
    CodeGone,
    /// No decision can be made any more.
    Ended(Error),
}

type Outcome = Result<(), Error>;
type Begun = (Decision, watch::Receiver<Option<Outcome>>);

impl Login {
    pub(crate) fn new(api: Arc<Api>, code: LoginCode) -> Self {
        Self {
            api,
            code,
            phase: Mutex::new(Phase::New),
            phase_changes: watch::Sender::new(()),
            marking: tokio::sync::Mutex::default(),
        }
    }

    pub(crate) fn code(&self) -> &LoginCode {
        &self.code
    }

    pub(crate) fn server_time(&self) -> Option<DateTime<Utc>> {
        self.api.checker.server_time()
    }

    /// Told of each change of the state but those that time makes.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.phase_changes.subscribe()
    }

    pub(crate) fn state(&self) -> LoginState {
        match &*self.phase() {
            Phase::New | Phase::Scanned { in_doubt: None } => {
                match self.api.checker.check(&self.code) {
                    Ok(()) => LoginState::Scanned,
                    Err(_) => LoginState::Expired,
                }
            }
            Phase::Scanned { in_doubt: Some(_) } => LoginState::Scanned,
            Phase::Deciding { decision: Decision::Confirm, .. } => LoginState::Confirming,
            Phase::Deciding { decision: Decision::Cancel, .. } => LoginState::Cancelling,
            Phase::Decided(Decision::Confirm) => LoginState::Confirmed,
            Phase::Decided(Decision::Cancel) => LoginState::Cancelled,
            Phase::Unknown(_) => LoginState::OutcomeUnknown,
            Phase::CodeGone => LoginState::CodeGone,
            Phase::Ended(Error::TakenByAnotherUser) => LoginState::TakenByAnotherUser,
            Phase::Ended(_) => LoginState::Expired,
        }
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
            Phase::Scanned { .. }
            | Phase::Deciding { .. }
            | Phase::Unknown(_)
            | Phase::CodeGone => {
                return Ok(());
            }
            Phase::Decided(decision) => return Err(Error::AlreadyDecided { decision: *decision }),
            Phase::Ended(error) => return Err(error.clone()),
        }
        self.tell_scanned(deadline).await?;
        *self.phase() = Phase::Scanned { in_doubt: None };
        self.phase_changes.send_replace(());
        Ok(())
    }

    async fn tell_scanned(&self, deadline: Instant) -> Outcome {
        self.api.checker.check(&self.code)?;
        if self.api.checker.needs_server_time(&self.code) {
            let asked = self.ask(Tries::until(deadline), deadline).await;
            match asked.map_err(|failure| failure.error)? {
                CodeStatus::Pending | CodeStatus::Scanned => {}
                CodeStatus::Decided(decision) => return Err(Error::AlreadyDecided { decision }),
                CodeStatus::Ended(error) => return Err(error),
            }
        }
        let mut tries = Tries::until(deadline);
        let mut in_doubt = false;
        loop {
            self.api.checker.check(&self.code)?;
            // Half of the time, so that a connection that died unnoticed leaves time for another.
            let try_by = deadline.min(Instant::now() + self.api.config.timeout / 2);
            let within_life = self.api.checker.within_life(&self.code, try_by);
            match self.api.act(Action::Scanned, &self.code, within_life).await {
                Ok(()) => return Ok(()),
                Err(failure) => {
                    in_doubt |= failure.may_have_happened;
                    if !tries.wait_to_retry(&failure).await {
                        // What an earlier try did, the server may not take a second time.
                        let done = |status: &CodeStatus| in_doubt && *status == CodeStatus::Scanned;
                        return self.explain(failure.error, done, deadline).await;
                    }
                }
            }
        }
    }

    /// Carries out the user's decision, or joins in if that was started before.
    pub(crate) async fn decide(self: Arc<Self>, decision: Decision) -> Outcome {
        let (first, mut outcome) = match self.begin(decision)? {
            Some(begun) => begun,
            None => return Ok(()),
        };
        let outcome = match outcome.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone().unwrap_or(Err(Error::Internal)),
            // The runtime was shut down.
            Err(_) => Err(Error::OutcomeUnknown { decision: first }),
        };
        match outcome {
            Ok(()) if first != decision => Err(Error::AlreadyDecided { decision: first }),
            outcome => outcome,
        }
    }

    /// The decision that is being carried out, and where its outcome will be told. `None` if
    /// `decision` is done.
    fn begin(self: &Arc<Self>, decision: Decision) -> Result<Option<Begun>, Error> {
        let mut phase = self.phase();
        let in_doubt = match &*phase {
            Phase::New => return Err(Error::Internal),
            Phase::Scanned { in_doubt } => *in_doubt,
            Phase::Unknown(sent) => Some(*sent),
            Phase::CodeGone => None,
            Phase::Deciding { decision: first, outcome } => {
                return Ok(Some((*first, outcome.clone())));
            }
            Phase::Decided(first) if *first == decision => return Ok(None),
            Phase::Decided(first) => return Err(Error::AlreadyDecided { decision: *first }),
            Phase::Ended(error) => return Err(error.clone()),
        };
        let (tell, outcome) = watch::channel(None);
        *phase = Phase::Deciding { decision, outcome: outcome.clone() };
        // Without a runtime the task, and its guard, are dropped at once.
        drop(phase);
        self.phase_changes.send_replace(());
        let mut guard = Deciding { login: self.clone(), next: Phase::Unknown(decision) };
        // A task of its own: it must end with a known outcome though the caller may stop waiting.
        tokio::spawn(async move {
            let (outcome, next) = guard.login.carry_out(decision, in_doubt).await;
            guard.next = next;
            drop(guard);
            tell.send_replace(Some(outcome));
        });
        Ok(Some((decision, outcome)))
    }

    async fn carry_out(
        &self,
        decision: Decision,
        mut in_doubt: Option<Decision>,
    ) -> (Outcome, Phase) {
        let outcome = self.send(decision, &mut in_doubt).await;
        let next = match &outcome {
            Ok(()) => Phase::Decided(decision),
            Err(Error::AlreadyDecided { decision }) => Phase::Decided(*decision),
            Err(Error::OutcomeUnknown { decision }) => Phase::Unknown(*decision),
            Err(Error::CodeGone) => Phase::CodeGone,
            Err(error @ (Error::Expired | Error::TakenByAnotherUser)) => {
                Phase::Ended(error.clone())
            }
            Err(_) => Phase::Scanned { in_doubt },
        };
        tracing::info!(
            ?decision,
            outcome = outcome.as_ref().err().map_or("done", Error::code),
            "decision carried out"
        );
        (outcome, next)
    }

    /// Sends the decision, and again only once it is known that it was not done.
    async fn send(&self, decision: Decision, in_doubt: &mut Option<Decision>) -> Outcome {
        let deadline = self.api.deadline();
        // The last third is for finding out what became of a decision whose answer was lost.
        let send_by = deadline - self.api.config.timeout / 3;
        let mut tries = Tries::until(send_by);
        if self.is_done(decision, *in_doubt, deadline).await? {
            return Ok(());
        }
        loop {
            self.api.checker.check(&self.code)?;
            let within_life = self.api.checker.within_life(&self.code, send_by);
            let failure =
                match self.api.act(Action::Decide(decision), &self.code, within_life).await {
                    Ok(()) => return Ok(()),
                    Err(failure) => failure,
                };
            if failure.may_have_happened {
                *in_doubt = Some(decision);
            }
            let again = tries.wait_to_retry(&failure).await;
            if self.is_done(decision, *in_doubt, deadline).await? {
                return Ok(());
            }
            if !again {
                return self.give_up(decision, failure, *in_doubt, deadline).await;
            }
        }
    }

    /// The outcome of a decision that will not be sent again.
    async fn give_up(
        &self,
        decision: Decision,
        failure: Failure,
        in_doubt: Option<Decision>,
        deadline: Instant,
    ) -> Outcome {
        // A server that did not answer in time may still be at it.
        let timed_out =
            matches!(failure.error, Error::Network { failure: NetworkFailure::TimedOut, .. });
        let mut looks = Tries::unlimited_until(deadline);
        while timed_out && in_doubt.is_some() && looks.wait_to_retry(&failure).await {
            if self.is_done(decision, in_doubt, deadline).await? {
                return Ok(());
            }
        }
        let done = |status: &CodeStatus| *status == CodeStatus::Decided(decision);
        self.explain(failure.error, done, deadline).await
    }

    /// Whether the decision is done already. Asks only if one was sent whose outcome is `in_doubt`, and
    /// fails with [`Error::OutcomeUnknown`] when that cannot be learned.
    async fn is_done(
        &self,
        decision: Decision,
        in_doubt: Option<Decision>,
        deadline: Instant,
    ) -> Result<bool, Error> {
        let Some(sent) = in_doubt else { return Ok(false) };
        match self.ask(Tries::unlimited_until(deadline), deadline).await {
            Ok(CodeStatus::Decided(done)) if done == decision => Ok(true),
            Ok(CodeStatus::Decided(other)) => Err(Error::AlreadyDecided { decision: other }),
            Ok(CodeStatus::Pending | CodeStatus::Scanned) => Ok(false),
            Ok(CodeStatus::Ended(error)) => Err(error),
            // Also when the server no longer knows the code: it may forget those that are done.
            Err(_) => Err(Error::OutcomeUnknown { decision: sent }),
        }
    }

    /// What a refusal comes from, when it can mean several things and `check` knows better; `Ok` when
    /// that says what is `done`. The documents have one code, 500, for codes that are invalid for
    /// any reason (PROTOCOL 4.4).
    async fn explain(
        &self,
        refusal: Error,
        done: impl Fn(&CodeStatus) -> bool,
        deadline: Instant,
    ) -> Outcome {
        let can_mean_several = matches!(
            refusal,
            Error::CodeGone | Error::Network { failure: NetworkFailure::ServerBusy, .. }
        );
        if !can_mean_several {
            return Err(refusal);
        }
        match self.api.check(&self.code, deadline).await {
            Ok(status) if done(&status) => Ok(()),
            Ok(CodeStatus::Decided(decision)) => Err(Error::AlreadyDecided { decision }),
            Ok(CodeStatus::Pending | CodeStatus::Scanned) => Err(refusal),
            Ok(CodeStatus::Ended(error)) => Err(error),
            Err(failure) if failure.error == Error::CodeGone => Err(Error::CodeGone),
            Err(_) => Err(refusal),
        }
    }

    /// Asks for the code's status, as often as `tries` allow.
    async fn ask(&self, mut tries: Tries, deadline: Instant) -> Result<CodeStatus, Failure> {
        loop {
            match self.api.check(&self.code, deadline).await {
                Err(failure) if tries.wait_to_retry(&failure).await => {}
                asked => return asked,
            }
        }
    }

    fn phase(&self) -> MutexGuard<'_, Phase> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A login whose decision is being carried out, and the phase that it goes on in: an unknown one, if
/// the work is broken off.
struct Deciding {
    login: Arc<Login>,
    next: Phase,
}

impl Drop for Deciding {
    fn drop(&mut self) {
        std::mem::swap(&mut *self.login.phase(), &mut self.next);
        self.login.phase_changes.send_replace(());
    }
}
