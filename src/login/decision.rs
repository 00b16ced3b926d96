//! Carrying out a decision: sent once, and again only when it is known that it was not done.

use tokio::time::Instant;

use super::flow::{Login, Outcome, Phase};
use crate::api::{Action, Actor, CodeStatus, Failure, Tries};
use crate::consent::Consent;
use crate::error::{Decision, Error, NetworkFailure};

impl Login {
    /// Carries out the decision. Returns which one it was in the end, its outcome, and the login's next
    /// phase.
    pub(super) async fn carry_out(
        &self,
        mut decision: Decision,
        mut in_doubt: Option<Decision>,
    ) -> (Decision, Outcome, Phase) {
        let mut by_clocks = false;
        let outcome = self.make(&mut decision, &mut in_doubt, &mut by_clocks).await;
        let next = match &outcome {
            Ok(()) => Phase::Decided(decision),
            Err(Error::AlreadyDecided { decision }) => Phase::Decided(*decision),
            Err(Error::OutcomeUnknown { decision }) => Phase::Unknown(*decision),
            Err(Error::CodeGone) => Phase::CodeGone,
            Err(error @ Error::TakenByAnotherUser) => Phase::Ended(error.clone()),
            Err(error @ Error::Expired) if !by_clocks => Phase::Ended(error.clone()),
            Err(_) => Phase::Scanned { in_doubt },
        };
        let told = outcome.as_ref().err().map_or("done", Error::code);
        tracing::info!(?decision, outcome = told, "a decision ended");
        (decision, outcome, next)
    }

    /// Makes the decision; a confirm with the user's consent. A cancel may have taken its place by then.
    async fn make(
        &self,
        decision: &mut Decision,
        in_doubt: &mut Option<Decision>,
        by_clocks: &mut bool,
    ) -> Outcome {
        if *decision == Decision::Cancel {
            return self.send(None, in_doubt, by_clocks).await;
        }
        // The user is not asked for what is done already.
        if self.guard.is_some()
            && self.is_settled(*decision, *in_doubt, self.api.deadline()).await?
        {
            return Ok(());
        }
        let consent = match self.consent().await {
            Err(Error::Expired) => return Err(expired(*in_doubt, by_clocks)),
            consent => consent?,
        };
        if consent.is_none() {
            *decision = Decision::Cancel;
        }
        self.send(consent, in_doubt, by_clocks).await
    }

    /// Sends the decision: a confirm if there is consent to it, else a cancel. Notes what stays in
    /// doubt, and whether it ended by what the clocks alone say, which is not final.
    async fn send(
        &self,
        consent: Option<Consent>,
        in_doubt: &mut Option<Decision>,
        by_clocks: &mut bool,
    ) -> Outcome {
        let (decision, action) = match &consent {
            Some(consent) => (Decision::Confirm, Action::Confirm(consent)),
            None => (Decision::Cancel, Action::Cancel),
        };
        let deadline = self.api.deadline();
        // The last third is for finding out what became of a decision whose answer was lost.
        let send_by = deadline - self.api.config.timeout / 3;
        let mut tries = Tries::until(send_by);
        let user_id = self.scanned_as.get().cloned().flatten();
        let mut actor = Actor { user_id, has_sent: false };
        if self.is_settled(decision, *in_doubt, deadline).await? {
            return Ok(());
        }
        loop {
            if self.api.checker.check(&self.code).is_err() {
                return Err(expired(*in_doubt, by_clocks));
            }
            let within_life = self.api.checker.within_life(&self.code, send_by);
            let failure = match self.api.act(action, &self.code, &mut actor, within_life).await {
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
        let outcome = self.explain(decision, failure.error, deadline).await;
        match (outcome, in_doubt) {
            // The server refuses a decision that it may have taken, and `check` does not say that
            // it has: one of the two is behind.
            (Err(Error::CodeGone | Error::Refused { .. } | Error::Expired), Some(sent)) => {
                Err(Error::OutcomeUnknown { decision: sent })
            }
            (outcome, _) => outcome,
        }
    }

    /// [`is_done`](Self::is_done) before anything is sent.
    async fn is_settled(
        &self,
        decision: Decision,
        in_doubt: Option<Decision>,
        deadline: Instant,
    ) -> Result<bool, Error> {
        match self.is_done(decision, in_doubt, deadline).await {
            // That may be seen to by now.
            Err(Error::MfaRequired) => Ok(false),
            told => told,
        }
    }

    /// Whether the decision is done already. Asks only if one was sent whose outcome is `in_doubt`, or
    /// if only the server can say whether the code is alive. Fails with [`Error::OutcomeUnknown`]
    /// when a doubt cannot be settled.
    async fn is_done(
        &self,
        decision: Decision,
        in_doubt: Option<Decision>,
        deadline: Instant,
    ) -> Result<bool, Error> {
        if in_doubt.is_none() && !self.api.checker.must_ask_server(&self.code) {
            return Ok(false);
        }
        let unless_in_doubt =
            |error| in_doubt.map_or(error, |decision| Error::OutcomeUnknown { decision });
        match self.ask(Tries::unlimited_until(deadline), deadline).await {
            Ok(CodeStatus::Decided(done)) if done == decision => Ok(true),
            Ok(CodeStatus::Decided(other)) => Err(Error::AlreadyDecided { decision: other }),
            Ok(CodeStatus::Pending | CodeStatus::Scanned) => Ok(false),
            Ok(CodeStatus::MfaRequired) => Err(Error::MfaRequired),
            // How long a code that is done can be asked for is not established (PROTOCOL 12): it may
            // be said to have expired, or be forgotten.
            Ok(CodeStatus::Ended(Error::Expired)) => Err(unless_in_doubt(Error::Expired)),
            Ok(CodeStatus::Ended(error)) => Err(error),
            Err(failure) => Err(unless_in_doubt(failure.error)),
        }
    }

    /// What a refusal comes from, when it can mean several things and `check` knows better. The
    /// documents have one code, 500, for codes that are invalid for any reason (PROTOCOL 4.4).
    async fn explain(&self, decision: Decision, refusal: Error, deadline: Instant) -> Outcome {
        let can_mean_several = matches!(
            refusal,
            Error::CodeGone | Error::Network { failure: NetworkFailure::ServerBusy, .. }
        );
        if !can_mean_several {
            return Err(refusal);
        }
        match self.ask(Tries::until(deadline), deadline).await {
            Ok(CodeStatus::Decided(done)) if done == decision => Ok(()),
            Ok(CodeStatus::Decided(decision)) => Err(Error::AlreadyDecided { decision }),
            Ok(CodeStatus::Pending | CodeStatus::Scanned) => Err(refusal),
            Ok(CodeStatus::MfaRequired) => Err(Error::MfaRequired),
            Ok(CodeStatus::Ended(error)) => Err(error),
            Err(failure) if failure.error == Error::CodeGone => Err(Error::CodeGone),
            // What was refused may be the second copy of a decision that was done: a gateway repeats
            // what it has no answer for.
            Err(_) if refusal == Error::CodeGone => Err(Error::OutcomeUnknown { decision }),
            Err(_) => Err(refusal),
        }
    }
}

/// What an expiry means that the clocks alone report.
fn expired(in_doubt: Option<Decision>, by_clocks: &mut bool) -> Error {
    *by_clocks = true;
    // `check` did not say that it expired undecided: one is behind.
    in_doubt.map_or(Error::Expired, |decision| Error::OutcomeUnknown { decision })
}
