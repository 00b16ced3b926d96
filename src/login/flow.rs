use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout_at};

use super::user_id::is_other;
use crate::api::{Api, Check, CodeStatus, Failure, Tries};
use crate::consent::ConfirmGuard;
use crate::error::{CodeFlaw, Decision, Error};
use crate::login_code::LoginCode;

/// A login code and what has become of it. There is one for each code, however many handles.
pub(crate) struct Login {
    pub(super) api: Arc<Api>,
    pub(super) code: LoginCode,
    pub(super) guard: Option<Arc<dyn ConfirmGuard>>,
    phase: Mutex<Phase>,
    phase_changes: watch::Sender<()>,
    /// Held while the code is being marked scanned, so that it is marked once.
    pub(super) scan: tokio::sync::Mutex<Scan>,
    /// The user who has marked the code scanned, if the app says who that is.
    pub(super) scanned_as: OnceLock<Option<String>>,
    decisions_begun: AtomicU64,
}

/// What this phone did to mark the code scanned.
#[derive(Clone, Default)]
pub(super) struct Scan {
    /// A request was sent, and what became of it is not known.
    pub(super) in_doubt: bool,
    /// The user who sent it, if the app says who that is. Nobody else may go on.
    pub(super) user_id: Option<String>,
}

/// How far a login has come.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum LoginState {
    /// Marked scanned; the user may decide.
    Scanned,
    /// The user agreed, and the app's [`ConfirmGuard`](crate::ConfirmGuard) verifies that it is them.
    /// Nothing was sent, and the login may still be declined.
    Verifying,
    /// The user agreed, and the server is being told.
    Confirming,
    /// The user declined, and the server is being told.
    Cancelling,
    /// The web page is signed in.
    Confirmed,
    /// The login was declined.
    Cancelled,
    /// A decision was sent, and it could not be learned whether it was done. Deciding again asks
    /// first.
    OutcomeUnknown,
    /// The code expired before a decision was made: by the server's word; or by its clock and the
    /// phone's, and then `refresh` may still learn otherwise.
    Expired,
    /// The server did not know the code when it was last told of a decision. Deciding again asks
    /// again.
    CodeGone,
    /// Another user took the code.
    TakenByAnotherUser,
}

impl LoginState {
    /// Whether the login has ended. Nothing changes such a state but `refresh`, where only the clocks
    /// say that the code expired.
    pub fn is_final(self) -> bool {
        match self {
            Self::Confirmed | Self::Cancelled | Self::Expired | Self::TakenByAnotherUser => true,
            Self::Scanned
            | Self::Verifying
            | Self::Confirming
            | Self::Cancelling
            | Self::OutcomeUnknown
            | Self::CodeGone => false,
        }
    }
}

pub(super) enum Phase {
    /// Not marked scanned.
    New,
    /// The user may decide. If a decision was sent before, it was not done when the server was last
    /// asked, but may still be on its way.
    Scanned { in_doubt: Option<Decision> },
    /// A confirm waits for the guard's consent. A cancel can take its place, and withdraw the question
    /// if it was asked already.
    Verifying { question: Option<AbortHandle>, outcome: Ending },
    /// A decision is being carried out.
    Deciding { decision: Decision, outcome: Ending },
    /// A decision was done.
    Decided(Decision),
    /// A decision was sent; whether it was done is not known.
    Unknown(Decision),
    /// The server did not know the code when a decision was sent.
    CodeGone,
    /// No decision can be made any more, by the server's word.
    Ended(Error),
}

pub(super) type Outcome = Result<(), Error>;
/// Where it will be told which decision ended, and how.
pub(super) type Ending = watch::Receiver<Option<(Decision, Outcome)>>;

impl Login {
    pub(crate) fn new(
        api: Arc<Api>,
        code: LoginCode,
        guard: Option<Arc<dyn ConfirmGuard>>,
    ) -> Self {
        Self::with(api, code, guard, Scan::default())
    }

    fn with(
        api: Arc<Api>,
        code: LoginCode,
        guard: Option<Arc<dyn ConfirmGuard>>,
        scan: Scan,
    ) -> Self {
        Self {
            api,
            code,
            guard,
            phase: Mutex::new(Phase::New),
            phase_changes: watch::Sender::new(()),
            scan: tokio::sync::Mutex::new(scan),
            scanned_as: OnceLock::new(),
            decisions_begun: AtomicU64::new(0),
        }
    }

    /// The login to use when `code` has the same id but says something else: anyone can make such
    /// a code. Before the scan the newer code counts; after it, the one whose claims the user was
    /// shown.
    pub(crate) fn replaced_by(&self, code: &LoginCode) -> Result<Self, Error> {
        let conflict = || Error::from(CodeFlaw::Conflicting);
        let scan = self.scan.try_lock().map_err(|_| conflict())?.clone();
        let mut phase = self.phase();
        if !matches!(*phase, Phase::New) {
            return Err(conflict());
        }
        // For a call that holds this one, and has not begun yet.
        *phase = Phase::Ended(conflict());
        self.tell_change();
        Ok(Self::with(self.api.clone(), code.clone(), self.guard.clone(), scan))
    }

    pub(crate) fn code(&self) -> &LoginCode {
        &self.code
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.api.checker.now()
    }

    /// Learns of each change of the state but those that time makes.
    pub(super) fn changes(&self) -> watch::Receiver<()> {
        self.phase_changes.subscribe()
    }

    pub(super) fn tell_change(&self) {
        self.phase_changes.send_replace(());
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
            Phase::Verifying { .. } => LoginState::Verifying,
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

    /// Asks the server for the code's status, and takes it over. Sends nothing else. A decision that
    /// is being carried out finds out by itself, and is waited for; the guard is not.
    pub(crate) async fn refresh(&self) -> Result<LoginState, Error> {
        let deadline = self.api.deadline();
        let deciding = match &*self.phase() {
            Phase::Deciding { outcome, .. } => Some(outcome.clone()),
            _ => None,
        };
        if let Some(mut outcome) = deciding {
            let _ = timeout_at(deadline, outcome.wait_for(Option::is_some)).await;
        }
        if matches!(*self.phase(), Phase::Decided(_) | Phase::Ended(_)) {
            return Ok(self.state());
        }
        let begun = self.decisions_begun.load(Relaxed);
        let asked = self.ask(Tries::until(deadline), deadline).await;
        // What was learned is older than what a decision does meanwhile.
        if self.decisions_begun.load(Relaxed) == begun {
            self.take_over(asked)?;
        }
        Ok(self.state())
    }

    fn take_over(&self, asked: Result<CodeStatus, Failure>) -> Outcome {
        let mut phase = self.phase();
        let in_doubt = match *phase {
            Phase::Scanned { in_doubt } => in_doubt,
            Phase::Unknown(sent) => Some(sent),
            Phase::CodeGone => None,
            // A confirm that waits for the guard asks by itself.
            Phase::New
            | Phase::Verifying { .. }
            | Phase::Deciding { .. }
            | Phase::Decided(_)
            | Phase::Ended(_) => {
                return Ok(());
            }
        };
        *phase = match asked {
            Ok(CodeStatus::Pending | CodeStatus::Scanned | CodeStatus::MfaRequired) => {
                Phase::Scanned { in_doubt }
            }
            Ok(CodeStatus::Decided(decision)) => Phase::Decided(decision),
            Ok(CodeStatus::Ended(error @ Error::TakenByAnotherUser)) => Phase::Ended(error),
            // A server may forget the codes that are decided, or say that they have expired.
            Ok(CodeStatus::Ended(error @ Error::Expired)) => {
                in_doubt.map_or(Phase::Ended(error), Phase::Unknown)
            }
            Err(failure) if failure.error == Error::CodeGone => {
                in_doubt.map_or(Phase::CodeGone, Phase::Unknown)
            }
            Ok(CodeStatus::Ended(error)) => return Err(error),
            Err(failure) => return Err(failure.error),
        };
        self.tell_change();
        Ok(())
    }

    /// Carries out the user's decision, or waits for it if that was started before.
    pub(crate) async fn decide(self: Arc<Self>, decision: Decision) -> Outcome {
        let Some(mut outcome) = self.begin(decision)? else { return Ok(()) };
        let ended = match outcome.wait_for(Option::is_some).await {
            Ok(ended) => ended.clone(),
            // The runtime was shut down.
            Err(_) => None,
        };
        let (first, outcome) = ended.unwrap_or((decision, Err(Error::OutcomeUnknown { decision })));
        let done = match &outcome {
            Ok(()) => first,
            Err(Error::AlreadyDecided { decision }) => *decision,
            Err(_) => return outcome,
        };
        if done == decision { Ok(()) } else { Err(Error::AlreadyDecided { decision: done }) }
    }

    /// Where the outcome of the decision that is being carried out will be told. `None` if `decision`
    /// is done.
    fn begin(self: &Arc<Self>, decision: Decision) -> Result<Option<Ending>, Error> {
        let mut phase = self.phase();
        let in_doubt = match &*phase {
            Phase::New => return Err(Error::Internal),
            Phase::Scanned { in_doubt } => *in_doubt,
            Phase::Unknown(sent) => Some(*sent),
            Phase::CodeGone => None,
            Phase::Verifying { question, outcome } => {
                let outcome = outcome.clone();
                if decision == Decision::Cancel {
                    if let Some(question) = question {
                        question.abort();
                    }
                    self.start_deciding(&mut phase, decision, outcome.clone());
                }
                return Ok(Some(outcome));
            }
            Phase::Deciding { outcome, .. } => return Ok(Some(outcome.clone())),
            Phase::Decided(first) if *first == decision => return Ok(None),
            Phase::Decided(first) => return Err(Error::AlreadyDecided { decision: *first }),
            Phase::Ended(error) => return Err(error.clone()),
        };
        let (tell, outcome) = watch::channel(None);
        if decision == Decision::Confirm && self.guard.is_some() {
            *phase = Phase::Verifying { question: None, outcome: outcome.clone() };
            self.tell_change();
        } else {
            self.start_deciding(&mut phase, decision, outcome.clone());
        }
        // Without a runtime the task, and its guard, are dropped at once.
        drop(phase);
        let mut guard = Deciding { login: self.clone(), next: Phase::Unknown(decision) };
        // A task of its own: it must end with a known outcome though the caller may stop waiting.
        tokio::spawn(async move {
            let (decision, outcome, next) = guard.login.carry_out(decision, in_doubt).await;
            guard.next = next;
            drop(guard);
            tell.send_replace(Some((decision, outcome)));
        });
        Ok(Some(outcome))
    }

    /// The decision will be sent; what was asked before that is old from here on.
    pub(super) fn start_deciding(&self, phase: &mut Phase, decision: Decision, outcome: Ending) {
        *phase = Phase::Deciding { decision, outcome };
        self.decisions_begun.fetch_add(1, Relaxed);
        self.tell_change();
    }

    /// Asks for the code's status, as [`ask_as`](Self::ask_as) the user who scanned it.
    pub(super) async fn ask(&self, tries: Tries, deadline: Instant) -> Result<CodeStatus, Failure> {
        let own = self.scanned_as.get().and_then(Option::as_deref);
        Ok(self.ask_as(own, tries, deadline).await?.status)
    }

    /// Asks for the code's status, as often as `tries` allow. What was garbled is asked for once
    /// more. Somebody else than the `own` user who has scanned the code has ended it.
    pub(super) async fn ask_as(
        &self,
        own: Option<&str>,
        mut tries: Tries,
        deadline: Instant,
    ) -> Result<Check, Failure> {
        let mut was_garbled = false;
        loop {
            let failure = match self.api.check(&self.code, deadline).await {
                Ok(check) => {
                    let by = check.scanned_by.as_deref();
                    // Whatever an open code names, nobody has scanned it.
                    let is_taken = check.status != CodeStatus::Pending
                        && own.zip(by).is_some_and(|(own, by)| is_other(own, by));
                    let taken = CodeStatus::Ended(Error::TakenByAnotherUser);
                    return Ok(if is_taken { Check { status: taken, ..check } } else { check });
                }
                Err(failure) => failure,
            };
            if failure.is_garbled() && !was_garbled {
                was_garbled = true;
            } else if !tries.wait_to_retry(&failure).await {
                return Err(failure);
            }
        }
    }

    pub(super) fn phase(&self) -> MutexGuard<'_, Phase> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A login whose decision is being carried out, and its next phase: an unknown outcome, if the work
/// is interrupted.
struct Deciding {
    login: Arc<Login>,
    next: Phase,
}

impl Drop for Deciding {
    fn drop(&mut self) {
        std::mem::swap(&mut *self.login.phase(), &mut self.next);
        self.login.tell_change();
    }
}
