//! What each phone was told, against what the server did.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use genauth::{Code, Recorded, Status};
use scan_login::{ApiVersion, Decision, Error, LoginState};
use serde_json::Value;

use crate::plan::{Setting, What};

/// What is known of a run, by the server's account and by what was written.
#[derive(Default)]
pub(crate) struct Model {
    pub(crate) codes: Vec<Played>,
    /// Each token's user.
    pub(crate) tokens: HashMap<String, &'static str>,
    requests: Vec<Request>,
    dealings: HashMap<(usize, usize), Dealing>,
    /// What is wrong.
    pub(crate) wrong: Vec<String>,
    /// Requests that a phone made after it was told the end, or for a code that it refused.
    pub(crate) after_refusal: u64,
    pub(crate) lags: bool,
    pub(crate) token_trouble: bool,
    /// Whether the server may say that it did nothing, as it is too busy.
    pub(crate) is_busy: bool,
    /// Whether some answers tell no time, or a wrong one.
    pub(crate) has_wrong_dates: bool,
    /// Whether a gateway repeats requests.
    pub(crate) has_copies: bool,
}

/// A code, and how the server has it.
#[derive(Clone)]
pub(crate) struct Played {
    pub(crate) truth: Code,
    /// Whether the server has forgotten it.
    pub(crate) is_forgotten: bool,
}

/// A request that came to the server.
struct Request {
    at: DateTime<Utc>,
    process: usize,
    code: Option<usize>,
    kind: Kind,
    user: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Scan,
    Decide(Decision),
    Check,
    Other,
}

/// What one process did about one code.
#[derive(Default)]
pub(crate) struct Dealing {
    /// What its user decided.
    called: Vec<Decision>,
    /// How many of its calls have not ended.
    running: u32,
    is_final: bool,
    /// A caller has stopped waiting.
    pub(crate) is_left: bool,
    /// When a decision was last written, by the server's clock.
    decision_written: Option<DateTime<Utc>>,
}

/// Who was told something about what.
pub(crate) struct Told<'a> {
    pub(crate) process: usize,
    /// Who was signed in since the process began, the one who is now last.
    pub(crate) users: &'a [&'static str],
    pub(crate) api: ApiVersion,
    pub(crate) code: usize,
    pub(crate) what: What,
    pub(crate) began: DateTime<Utc>,
    pub(crate) result: &'a Result<Option<LoginState>, Error>,
}

impl Model {
    pub(crate) fn dealing(&mut self, process: usize, code: usize) -> &mut Dealing {
        self.dealings.entry((process, code)).or_default()
    }

    pub(crate) fn begins(&mut self, process: usize, code: usize, what: What) {
        let dealing = self.dealing(process, code);
        dealing.running += 1;
        if let What::Decide(decision) = what {
            dealing.called.push(decision);
        }
    }

    /// A call has ended, or its caller has stopped waiting.
    pub(crate) fn ends(&mut self, process: usize, code: usize) {
        self.dealing(process, code).running -= 1;
    }

    /// What a phone has put on the wire.
    pub(crate) fn is_written(&mut self, process: usize, text: &str, now: DateTime<Utc>) {
        if text.contains(REFUSED) {
            self.after_refusal += 1;
            self.wrong.push(format!("a request for a refused code: {text}"));
        }
        let of = |played: &Played| text.contains(&played.truth.random);
        let Some(code) = self.codes.iter().position(of) else { return };
        let dealing = self.dealing(process, code);
        let (is_over, called) = (dealing.is_final && dealing.running == 0, dealing.called.clone());
        let decides = |words: [&str; 2]| words.iter().any(|word| text.contains(word));
        let decision = match () {
            () if decides(["/confirm ", "\"CONFIRM\""]) => Some(Decision::Confirm),
            () if decides(["/cancel ", "\"CANCEL\""]) => Some(Decision::Cancel),
            () => None,
        };
        if decision.is_some() {
            dealing.decision_written = Some(now);
        }
        if let Some(decision) = decision.filter(|decision| !called.contains(decision)) {
            self.wrong.push(format!("{decision:?} of code {code} is sent, which no user wanted"));
        }
        if is_over {
            self.after_refusal += 1;
            self.wrong.push(format!("a request of process {process} after the end of code {code}"));
        }
    }

    /// What has come to the server.
    pub(crate) fn note_request(&mut self, request: &Recorded) {
        let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
        let action = body["action"].as_str();
        let kind = match (request.path.rsplit('/').next().unwrap_or_default(), action) {
            ("scanned", _) | (_, Some("SCAN")) => Kind::Scan,
            ("confirm", _) | (_, Some("CONFIRM")) => Kind::Decide(Decision::Confirm),
            ("cancel", _) | (_, Some("CANCEL")) => Kind::Decide(Decision::Cancel),
            ("check" | "get-qrcode-status", _) => Kind::Check,
            _ => Kind::Other,
        };
        let text = format!("{} {}", request.query, request.body);
        let code = self.codes.iter().position(|played| text.contains(&played.truth.random));
        let app = request.headers.get("x-authing-app-id").map_or("", String::as_str);
        let process = app.rsplit('-').next().and_then(|number| number.parse().ok());
        let token = request.headers.get("authorization");
        let token = token.map(|token| token.strip_prefix("Bearer ").unwrap_or(token));
        let user = token.and_then(|token| self.tokens.get(token)).copied();
        let acts = matches!(kind, Kind::Scan | Kind::Decide(_));
        if acts != token.is_some() || acts != user.is_some() {
            self.wrong.push(format!("a token too many, or none: {request:?}"));
        }
        let request =
            Request { at: request.at, process: process.unwrap_or(usize::MAX), code, kind, user };
        if let (Kind::Decide(_), Some(code)) = (kind, code) {
            let own = self.scanned_as(request.process, code);
            if own.is_some() && own != user {
                let process = request.process;
                self.wrong.push(format!(
                    "process {process} scanned code {code} as {own:?} and decides as {user:?}"
                ));
            }
        }
        self.requests.push(request);
    }

    /// Whose token the process has last scanned the code with.
    pub(crate) fn scanned_as(&self, process: usize, code: usize) -> Option<&'static str> {
        self.of(process, code).rev().find(|request| request.kind == Kind::Scan)?.user
    }

    /// Whether the process may still decide, by the server's account.
    pub(crate) fn is_own_and_open(&self, process: usize, code: usize) -> bool {
        let Played { truth, is_forgotten } = &self.codes[code];
        let own = self.scanned_as(process, code);
        truth.status == Status::Scanned && truth.scanned_by.as_deref() == own && !is_forgotten
    }

    fn of(&self, process: usize, code: usize) -> impl DoubleEndedIterator<Item = &Request> {
        let of = move |request: &&Request| request.process == process && request.code == Some(code);
        self.requests.iter().filter(of)
    }

    /// Whether another process has done something to the code, too.
    fn is_touched(&self, process: usize, code: usize) -> bool {
        self.requests.iter().any(|request| {
            request.code == Some(code)
                && request.process != process
                && matches!(request.kind, Kind::Scan | Kind::Decide(_))
        })
    }

    /// What holds for each code, whoever was told what.
    pub(crate) fn judge_codes(&mut self) {
        for (code, played) in self.codes.iter().enumerate() {
            if played.truth.decisions > 1 {
                self.wrong.push(format!("code {code} was decided more than once"));
            }
        }
    }

    /// Whether what a call told is true.
    pub(crate) fn judge(&mut self, told: &Told<'_>, setting: &Setting, now: DateTime<Utc>) {
        if let Some(why) = self.falsehood(told, setting, now) {
            let Told { process, code, what, result, .. } = told;
            let truth = &self.codes[*code].truth;
            self.wrong.push(format!(
                "process {process}, code {code}, {what:?} is told {result:?}: {why}; it is {:?} by {:?}",
                truth.status, truth.scanned_by,
            ));
        }
    }

    fn falsehood(
        &self,
        told: &Told<'_>,
        setting: &Setting,
        now: DateTime<Utc>,
    ) -> Option<&'static str> {
        let Told { process, code, .. } = *told;
        let Played { truth, is_forgotten } = &self.codes[code];
        let own = self.scanned_as(process, code);
        let is_touched = self.is_touched(process, code);
        let did_decide = is_decided(truth.status) && !is_touched;
        let is_of_another =
            truth.scanned_by.as_deref().is_some_and(|by| told.users.iter().all(|own| *own != by))
                || own.is_some() && truth.scanned_by.as_deref() != own;
        let is_false = |is_false: bool, why: &'static str| is_false.then_some(why);
        match told.result {
            Ok(state) => match (told.what, state) {
                (What::Decide(decision), _) => {
                    is_false(truth.status != status_of(decision), "that was not done")
                }
                (What::Scan, _) => {
                    let by = truth.scanned_by.as_deref();
                    let is_own = told.users.iter().any(|own| by == Some(own));
                    // V3 does not say who has scanned. A scan whose answer was lost counts as done there.
                    let is_left = self.dealings.get(&(process, code)).is_some_and(|d| d.is_left);
                    let may_be_another =
                        told.api == ApiVersion::V3 && (is_left || !setting.is_calm);
                    let is_true = is_own || may_be_another && by.is_some();
                    is_false(!is_true, "that was not done")
                }
                (What::Refresh, Some(state)) => {
                    let is_fresh = self.lags || truth.decided_at.is_none_or(|at| at >= told.began);
                    if *state == LoginState::Scanned && !is_fresh {
                        return Some("it was decided before the call");
                    }
                    self.false_state(*state, told, now)
                }
                (What::Refresh, None) => None,
            },
            Err(Error::AlreadyDecided { decision }) => {
                is_false(truth.status != status_of(*decision), "that is not what was decided")
            }
            Err(Error::Expired) => {
                if now < truth.expires_at {
                    return Some("it is not old enough");
                }
                is_false(did_decide, "it was decided by this very process")
            }
            Err(Error::TakenByAnotherUser) => is_false(!is_of_another, "nobody else has it"),
            Err(Error::UserChanged) => is_false(told.users.len() < 2, "nobody else has signed in"),
            Err(Error::CodeGone) => {
                let may_go_on = match (truth.status, told.what) {
                    (Status::Pending, What::Scan) => true,
                    (Status::Scanned, What::Scan) => setting.setup.rescan && !is_of_another,
                    (Status::Scanned, _) => !is_of_another && !is_touched,
                    _ => false,
                };
                if may_go_on && !is_forgotten {
                    return Some("the server knows it");
                }
                // The copy of a decision is refused, and `check` is behind and says that the code is open: so it
                // is with a code that another user has, where V3 does not say so.
                let can_be_known = !(self.has_copies && self.lags);
                is_false(did_decide && can_be_known, "it was decided by this very process")
            }
            Err(Error::Refused { .. }) => is_false(did_decide, "it was done"),
            Err(Error::Network { .. }) if setting.is_calm => Some("nothing goes wrong here"),
            Err(Error::Network { .. }) => self.false_not_done(told),
            Err(Error::OutcomeUnknown { .. }) => {
                is_false(setting.is_calm, "nothing goes wrong here")
            }
            Err(Error::SignedOut | Error::TokenFailed { .. }) => {
                is_false(!self.token_trouble, "the token is good")
            }
            Err(_) => Some("that cannot be"),
        }
    }

    /// A decision that was told as not done was not, when the server was last asked; and the server was asked if
    /// it was sent.
    fn false_not_done(&self, told: &Told<'_>) -> Option<&'static str> {
        let Told { process, code, what: What::Decide(_), .. } = *told else { return None };
        let written = self.dealings.get(&(process, code))?.decision_written?;
        let checks = || self.of(process, code).filter(|request| request.kind == Kind::Check);
        if !self.is_busy && !checks().any(|check| check.at >= written) {
            return Some("the server was not asked whether it is true");
        }
        let truth = &self.codes[code].truth;
        if self.lags || self.is_touched(process, code) || !is_decided(truth.status) {
            return None;
        }
        let decided_at = truth.decided_at?;
        let asked_before = checks().any(|check| check.at <= decided_at && check.at >= told.began);
        (!asked_before).then_some("it was done when the server was asked")
    }

    /// Whether a login's state is true.
    pub(crate) fn judge_state(&mut self, state: LoginState, told: &Told<'_>, now: DateTime<Utc>) {
        if let Some(why) = self.false_state(state, told, now) {
            let truth = self.codes[told.code].truth.status;
            let (process, code) = (told.process, told.code);
            self.wrong.push(format!(
                "process {process} shows code {code} as {state:?}: {why}; it is {truth:?}"
            ));
        }
        let dealing = self.dealing(told.process, told.code);
        // By clocks alone it is not, which an answer may correct.
        dealing.is_final |= state.is_final() && state != LoginState::Expired;
    }

    /// Whether the time that is left is shown as it is, give or take how long the network takes.
    pub(crate) fn judge_remaining(
        &mut self,
        left: Option<Duration>,
        told: &Told<'_>,
        now: DateTime<Utc>,
        slept: Duration,
    ) {
        let true_left = (self.codes[told.code].truth.expires_at - now).to_std().unwrap_or_default();
        // An answer that came after a sleep was written at any time before.
        let uncertain = NETWORK_TIME + slept / 2;
        let Some(left) = left.filter(|left| left.abs_diff(true_left) > uncertain) else {
            return;
        };
        if !self.has_wrong_dates {
            let (process, code) = (told.process, told.code);
            self.wrong.push(format!(
                "process {process} says that code {code} has {left:?}, and it has {true_left:?}"
            ));
        }
    }

    fn false_state(
        &self,
        state: LoginState,
        told: &Told<'_>,
        now: DateTime<Utc>,
    ) -> Option<&'static str> {
        let truth = &self.codes[told.code].truth;
        let is_touched = self.is_touched(told.process, told.code);
        let is_false = |is_false: bool, why: &'static str| is_false.then_some(why);
        match state {
            LoginState::Confirmed => is_false(truth.status != Status::Confirmed, "that is false"),
            LoginState::Cancelled => is_false(truth.status != Status::Cancelled, "that is false"),
            LoginState::Expired if now < truth.expires_at => Some("it is not old enough"),
            LoginState::Expired => {
                let did_decide = is_decided(truth.status) && !is_touched;
                is_false(did_decide, "it was decided by this very process")
            }
            LoginState::TakenByAnotherUser => {
                let own = self.scanned_as(told.process, told.code);
                let by = truth.scanned_by.as_deref();
                is_false(by.is_none() || by == own, "nobody else has it")
            }
            LoginState::Scanned
            | LoginState::Verifying
            | LoginState::Confirming
            | LoginState::Cancelling
            | LoginState::OutcomeUnknown
            | LoginState::CodeGone => None,
        }
    }
}

pub(crate) fn status_of(decision: Decision) -> Status {
    match decision {
        Decision::Confirm => Status::Confirmed,
        Decision::Cancel => Status::Cancelled,
    }
}

fn is_decided(status: Status) -> bool {
    matches!(status, Status::Confirmed | Status::Cancelled)
}

const NETWORK_TIME: Duration = Duration::from_secs(10);
/// What the ids of codes begin with that no phone may ask for.
pub(crate) const REFUSED: &str = "refused-";
