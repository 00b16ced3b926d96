//! Marking a code scanned.

use tokio::time::{Instant, timeout_at};

use super::flow::{Login, Outcome, Phase, Scan};
use super::user_id::is_same;
use crate::api::{Action, Actor, CodeStatus, Tries};
use crate::error::{Error, NetworkFailure};

impl Login {
    /// Tells the server that the code was scanned, unless it knows.
    pub(crate) async fn mark_scanned(&self) -> Outcome {
        let deadline = self.api.deadline();
        let Ok(mut scan) = timeout_at(deadline, self.scan.lock()).await else {
            let reason = "the code is still being marked scanned".to_owned();
            return Err(Error::Network { failure: NetworkFailure::TimedOut, reason });
        };
        match &*self.phase() {
            Phase::New => {}
            Phase::Scanned { .. }
            | Phase::Verifying { .. }
            | Phase::Deciding { .. }
            | Phase::Unknown(_)
            | Phase::CodeGone => {
                return Ok(());
            }
            Phase::Decided(decision) => return Err(Error::AlreadyDecided { decision: *decision }),
            Phase::Ended(error) => return Err(error.clone()),
        }
        let user_id = self.send_scanned(&mut scan, deadline).await?;
        let _ = self.scanned_as.set(user_id);
        *self.phase() = Phase::Scanned { in_doubt: None };
        self.tell_change();
        Ok(())
    }

    /// Sends it, as the user that it returns. `scan` stays in doubt when the caller stops waiting.
    async fn send_scanned(
        &self,
        scan: &mut Scan,
        deadline: Instant,
    ) -> Result<Option<String>, Error> {
        self.api.checker.check(&self.code)?;
        if self.api.checker.must_ask_server(&self.code) {
            let asked = self.ask(Tries::until(deadline), deadline).await;
            match asked.map_err(|failure| failure.error)? {
                CodeStatus::Pending | CodeStatus::Scanned => {}
                CodeStatus::Decided(decision) => return Err(Error::AlreadyDecided { decision }),
                CodeStatus::MfaRequired => return Err(Error::MfaRequired),
                CodeStatus::Ended(error) => return Err(error),
            }
        }
        let mut tries = Tries::until(deadline);
        let mut user_id = scan.user_id.clone();
        loop {
            self.api.checker.check(&self.code)?;
            // Half of the time, so that a connection that died unnoticed leaves time for another.
            let try_by = deadline.min(Instant::now() + self.api.config.timeout / 2);
            let within_life = self.api.checker.within_life(&self.code, try_by);
            let mut attempt = ScanAttempt { actor: Actor { user_id, has_sent: false }, scan };
            let acted =
                self.api.act(Action::Scanned, &self.code, &mut attempt.actor, within_life).await;
            let failure = match acted {
                Ok(()) => return Ok(attempt.end(false)),
                Err(failure) => failure,
            };
            // What refuses, in whatever words, is no sign that the scan that `check` shows is this one.
            let refuses = matches!(failure.error, Error::Refused { .. });
            user_id = attempt.end(failure.may_have_happened && !refuses);
            if !tries.wait_to_retry(&failure).await {
                return self.explain_scan(failure.error, scan.in_doubt, user_id, deadline).await;
            }
        }
    }

    /// What a refusal means, when it can mean several things and `check` knows better. What an
    /// earlier attempt did, the server may not accept a second time: an attempt of this call, of
    /// one that was interrupted, or of a process that has ended. The documents have one code, 500,
    /// for codes that are invalid for any reason (PROTOCOL 4.4).
    async fn explain_scan(
        &self,
        refusal: Error,
        in_doubt: bool,
        user_id: Option<String>,
        deadline: Instant,
    ) -> Result<Option<String>, Error> {
        let can_mean_several = matches!(
            refusal,
            Error::CodeGone
                | Error::Refused { .. }
                | Error::Network { failure: NetworkFailure::ServerBusy, .. }
        );
        if !can_mean_several {
            return Err(refusal);
        }
        let asked = self.ask_as(user_id.as_deref(), Tries::until(deadline), deadline).await;
        let check = match asked {
            Ok(check) => check,
            Err(failure) if in_doubt || failure.error == Error::CodeGone => {
                return Err(failure.error);
            }
            Err(_) => return Err(refusal),
        };
        let own = user_id.as_deref().zip(check.scanned_by.as_deref());
        let is_own = own.is_some_and(|(own, by)| is_same(own, by));
        match check.status {
            CodeStatus::Scanned if in_doubt || is_own => Ok(user_id),
            CodeStatus::Pending if in_doubt && refusal == Error::CodeGone => {
                let reason = "the server refuses a code that it says is open".to_owned();
                Err(Error::Network { failure: NetworkFailure::BadAnswer, reason })
            }
            CodeStatus::Pending | CodeStatus::Scanned => Err(refusal),
            CodeStatus::Decided(decision) => Err(Error::AlreadyDecided { decision }),
            CodeStatus::MfaRequired => Err(Error::MfaRequired),
            CodeStatus::Ended(error) => Err(error),
        }
    }
}

/// An attempt to mark a code scanned. One that is interrupted may have been sent.
struct ScanAttempt<'a> {
    actor: Actor,
    scan: &'a mut Scan,
}

impl ScanAttempt<'_> {
    /// Ends it, and returns the user who made it.
    fn end(mut self, may_have_happened: bool) -> Option<String> {
        self.actor.has_sent = may_have_happened;
        self.actor.user_id.clone()
    }
}

impl Drop for ScanAttempt<'_> {
    fn drop(&mut self) {
        if self.actor.has_sent {
            self.scan.in_doubt = true;
            self.scan.user_id = self.actor.user_id.take();
        }
    }
}
