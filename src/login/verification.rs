//! Having the app's guard verify the user before a confirm is sent.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, timeout_at};

use super::flow::{Login, Phase};
use crate::clock::Moment;
use crate::code_checker::CodeChecker;
use crate::consent::{ConfirmGuard, ConfirmRequest, Consent, not_verified};
use crate::error::{Decision, Error, VerificationFailure};

impl Login {
    /// The consent to a confirm that is about to be sent: the guard's, if there is one. `None` when
    /// the user has declined meanwhile, which is the decision then.
    pub(super) async fn consent(&self) -> Result<Option<Consent>, Error> {
        let max_age = TimeDelta::from_std(self.api.config.consent_max_age).ok();
        let max_age = max_age.filter(|_| self.guard.is_some());
        let request = ConfirmRequest::new(self.code.clone(), max_age)?;
        let Some(guard) = &self.guard else { return Ok(Some(request.approve())) };
        self.api.checker.check(&self.code)?;
        let Some(question) = self.start_asking(guard, request) else { return Ok(None) };
        let answer = question.await;
        // What comes first counts: the guard's answer, or that the user declines.
        if !self.stop_asking() {
            return Ok(None);
        }
        answer.unwrap_or_else(|_| Err(failed("the question was interrupted"))).map(Some)
    }

    /// Asks the guard, in a way that a cancel can withdraw. `None` if there was one already.
    fn start_asking(
        &self,
        guard: &Arc<dyn ConfirmGuard>,
        request: ConfirmRequest,
    ) -> Option<JoinHandle<Result<Consent, Error>>> {
        let mut phase = self.phase();
        let Phase::Verifying { question, .. } = &mut *phase else { return None };
        let asking = tokio::spawn(ask(guard.clone(), request, self.api.checker.clone()));
        *question = Some(asking.abort_handle());
        Some(asking)
    }

    /// From here on a cancel waits for the confirm. False if there was one already.
    fn stop_asking(&self) -> bool {
        let mut phase = self.phase();
        let Phase::Verifying { outcome, .. } = &*phase else { return false };
        let outcome = outcome.clone();
        self.start_deciding(&mut phase, Decision::Confirm, outcome);
        true
    }
}

/// The guard's consent to `request`, if it comes in time.
async fn ask(
    guard: Arc<dyn ConfirmGuard>,
    request: ConfirmRequest,
    checker: Arc<CodeChecker>,
) -> Result<Consent, Error> {
    tracing::info!("the app's guard is asked to verify the user");
    let (asked, give_up) = (Moment::now(), Instant::now() + MAX_QUESTION);
    let question = request.clone();
    // A task of its own, so that a guard that panics or blocks its thread harms no call; it ends with
    // the one that waits for it.
    let mut task = JoinSet::new();
    task.spawn(async move { guard.verify_user(question).await });
    let answer = loop {
        let patience = checker.within_life(request.code(), give_up);
        match timeout_at(patience, task.join_next()).await {
            Ok(answer) => break answer.and_then(Result::ok),
            Err(_) if patience == give_up => return Err(timed_out()),
            // The clocks may not agree that the code has expired.
            Err(_) => checker.check(request.code())?,
        }
    };
    let consent = answer.ok_or_else(|| failed("the guard panicked"))??;
    // While the phone slept, no timer ran.
    if TimeDelta::from_std(MAX_QUESTION).is_ok_and(|most| Moment::now().since(asked) > most) {
        return Err(timed_out());
    }
    if !consent.is_to(&request) {
        let reason = "the guard returned what another request's `approve` made";
        return Err(not_verified(VerificationFailure::OtherRequest, reason));
    }
    consent.check_age()?;
    Ok(consent)
}

fn failed(reason: &str) -> Error {
    not_verified(VerificationFailure::Failed, reason)
}

fn timed_out() -> Error {
    not_verified(VerificationFailure::TimedOut, "the guard did not answer")
}

// Longer than the systems' own prompts stay.
const MAX_QUESTION: Duration = Duration::from_secs(120);
