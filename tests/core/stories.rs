//! Stories of two users, two codes and a bad network: whatever happens, what the phone is told is true
//! by the server's own account.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::TimeDelta;
use genauth::{Code, Fault, FaultKind, Recorded, Setup, Status};
use proptest::prelude::*;
use scan_login::{
    ApiVersion, Client, Config, Decision, Error, LoginCode, LoginState, PendingLogin,
};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::support::{ALICE, BOB, Wallet, World, config_for, polled, run};

/// Something that happens. The first number is that of a code.
#[derive(Clone, Debug)]
enum Step {
    Scan(usize),
    /// The caller stops waiting after so many polls.
    ScanDropped(usize, usize),
    Decide(usize, Decision),
    DecideDropped(usize, Decision, usize),
    DecideBothWays(usize),
    Refresh(usize),
    SignIn(&'static str),
    /// The token is not taken any more, and the app has a fresh one.
    TokenExpires,
    /// Time passes, awake or asleep.
    Sleep(u64),
    /// The app's process dies, and is started again.
    Restart,
    NetworkChanged,
    Fault {
        kind: usize,
        place: usize,
        after_effect: bool,
        times: u32,
    },
    WrongDate(i64),
    /// So many seconds from now on.
    CheckLags(i64),
    /// Bob's own phone scans the code.
    ScannedByBob(usize),
    /// The login is decided on another phone of its user.
    DecidedElsewhere(usize, Decision),
}

/// What a server and a phone are like.
#[derive(Clone, Debug)]
struct Setting {
    api: ApiVersion,
    rescan: bool,
    /// Whether a decision that is sent twice is done twice. Its `check` does not lag then, for what
    /// is told as not done has to be sent again.
    redecide: bool,
    /// How far the phone's clock is behind the server's, in hours.
    clock: i64,
}

fn decision() -> impl Strategy<Value = Decision> {
    prop_oneof![3 => Just(Decision::Confirm), 1 => Just(Decision::Cancel)]
}

fn code() -> impl Strategy<Value = usize> {
    prop_oneof![4 => Just(0_usize), 1 => Just(1_usize)]
}

fn step() -> impl Strategy<Value = Step> {
    let fault = (0..FAULTS.len(), 0..PLACES.len(), any::<bool>(), 1_u32..4);
    prop_oneof![
        4 => code().prop_map(Step::Scan),
        2 => (code(), 0_usize..12).prop_map(|(code, polls)| Step::ScanDropped(code, polls)),
        6 => (code(), decision()).prop_map(|(code, decision)| Step::Decide(code, decision)),
        2 => (code(), decision(), 0_usize..6)
            .prop_map(|(code, decision, polls)| Step::DecideDropped(code, decision, polls)),
        1 => code().prop_map(Step::DecideBothWays),
        2 => code().prop_map(Step::Refresh),
        2 => prop_oneof![Just(ALICE), Just(BOB)].prop_map(Step::SignIn),
        1 => Just(Step::TokenExpires),
        2 => prop_oneof![Just(1_u64), Just(7), Just(50), Just(113)].prop_map(Step::Sleep),
        1 => Just(Step::Restart),
        1 => Just(Step::NetworkChanged),
        6 => fault.prop_map(|(kind, place, after_effect, times)| Step::Fault {
            kind, place, after_effect, times,
        }),
        2 => prop_oneof![Just(180_i64), Just(-3600), Just(90_000)].prop_map(Step::WrongDate),
        1 => prop_oneof![Just(0_i64), Just(1), Just(5)].prop_map(Step::CheckLags),
        1 => code().prop_map(Step::ScannedByBob),
        1 => (code(), decision()).prop_map(|(code, decision)| Step::DecidedElsewhere(code, decision)),
    ]
}

fn setting(api: ApiVersion) -> impl Strategy<Value = Setting> {
    let clock = prop_oneof![3 => Just(0_i64), 1 => Just(24), 1 => Just(-24)];
    (any::<bool>(), any::<bool>(), clock).prop_map(move |(rescan, redecide, clock)| Setting {
        api,
        rescan,
        redecide,
        clock,
    })
}

const PLACES: [&str; 3] = ["scan", "decision", "check"];
const FAULTS: [fn() -> Fault; 8] = [
    Fault::drop,
    Fault::drop,
    Fault::hang,
    || Fault::html(502),
    || Fault::html(404),
    || Fault::new(FaultKind::Truncated),
    || Fault::new(FaultKind::Delay(Duration::from_millis(1700))),
    || Fault::json(200, json!({ "statusCode": 200, "apiCode": 2020 })),
];

struct Story {
    world: World,
    setting: Setting,
    client: Client,
    codes: [(Code, LoginCode); 2],
    logins: [Option<PendingLogin>; 2],
    /// Who was signed in when the phone was told that the code was scanned.
    scanned_as: [Option<&'static str>; 2],
    /// Whether somebody else than this process has done something to the code, which it cannot know
    /// before it asks.
    is_touched: [bool; 2],
    signed_in: &'static str,
    tokens: Arc<Mutex<HashMap<String, &'static str>>>,
    lags: bool,
    /// How many requests were looked at.
    seen: usize,
}

impl Story {
    async fn new(setting: Setting, setup: Setup) -> Self {
        let api = setting.api;
        let world =
            World::with(setup, |config| Config { api, timeout: Duration::from_secs(6), ..config })
                .await;
        world.server.set_clock_offset(TimeDelta::hours(setting.clock));
        let code = || {
            let code = world.web_code();
            let read = world.read(&code);
            (code, read)
        };
        let codes = [code(), code()];
        let mut story = Self {
            client: world.client.clone(),
            world,
            setting,
            codes,
            logins: [None, None],
            scanned_as: [None, None],
            is_touched: [false, false],
            signed_in: ALICE,
            tokens: Arc::default(),
            lags: false,
            seen: 0,
        };
        story.sign_in(ALICE);
        story
    }

    fn issue(&self, user: &'static str) -> String {
        let token = self.world.server.issue_token(user);
        self.tokens.lock().unwrap().insert(token.clone(), user);
        token
    }

    fn sign_in(&mut self, user: &'static str) {
        let (token, fresh) = (self.issue(user), self.issue(user));
        let mut pocket = self.world.tokens.pocket();
        pocket.token = Ok(token);
        pocket.fresh = Ok(fresh);
        pocket.user_id = Some(user.to_owned());
        drop(pocket);
        self.signed_in = user;
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::Scan(code) => self.scan(code).await,
            Step::ScanDropped(code, polls) => {
                let read = self.codes[code].1.clone();
                if let Some(Ok(login)) = polled(polls, self.client.scanned(&read)).await {
                    self.is_scanned(code, login);
                }
            }
            Step::Decide(code, decision) => {
                if let Some(login) = self.logins[code].clone() {
                    let told = decide(&login, decision).await;
                    self.judge(code, Some(decision), &told);
                }
            }
            Step::DecideDropped(code, decision, polls) => {
                if let Some(login) = self.logins[code].clone() {
                    let _ = polled(polls, decide(&login, decision)).await;
                }
            }
            Step::DecideBothWays(code) => {
                if let Some(login) = self.logins[code].clone() {
                    let (confirm, cancel) = tokio::join!(login.confirm(), login.cancel());
                    self.judge(code, Some(Decision::Confirm), &confirm);
                    self.judge(code, Some(Decision::Cancel), &cancel);
                }
            }
            Step::Refresh(code) => {
                if let Some(login) = self.logins[code].clone() {
                    let told = login.refresh().await.map(drop);
                    self.judge(code, None, &told);
                }
            }
            Step::SignIn(user) => self.sign_in(user),
            Step::TokenExpires => {
                let token = self.world.tokens.pocket().token.clone().unwrap();
                self.world.server.revoke_token(&token);
                let fresh = self.issue(self.signed_in);
                self.world.tokens.pocket().fresh = Ok(fresh);
            }
            Step::Sleep(seconds) => sleep(Duration::from_secs(seconds)).await,
            Step::Restart => {
                // What was under way has ended with the process.
                sleep(Duration::from_secs(7)).await;
                self.client = self.world.restarted();
                self.logins = [None, None];
                self.scanned_as = [None, None];
                self.is_touched = [true, true];
            }
            Step::NetworkChanged => self.client.network_changed(),
            Step::Fault { kind, place, after_effect, times } => {
                let fault = FAULTS[kind]().times(times);
                let fault = if after_effect { fault.after_effect() } else { fault };
                for on in self.paths(PLACES[place]) {
                    self.world.server.inject(fault.clone().on(on));
                }
            }
            Step::WrongDate(seconds) => {
                let error = TimeDelta::seconds(seconds);
                self.world.server.inject(Fault::new(FaultKind::WrongDate(error)));
            }
            Step::CheckLags(_) if self.setting.redecide => {}
            Step::CheckLags(seconds) => {
                self.world.server.set_check_lag(TimeDelta::seconds(seconds));
                self.lags |= seconds > 0;
            }
            Step::ScannedByBob(code) => {
                let wallet = Wallet::holding(self.world.server.issue_token(BOB), BOB);
                let other = Client::new(config_for(&self.world.server), wallet).unwrap();
                let _ = other.scanned(&self.codes[code].1).await;
                self.is_touched[code] = true;
            }
            Step::DecidedElsewhere(code, decision) => {
                let random = &self.codes[code].0.random;
                if self.world.status(random) == Status::Scanned {
                    self.world.server.set_status(random, status_of(decision));
                    self.is_touched[code] = true;
                }
            }
        }
        self.look_at_requests();
        for code in 0..2 {
            self.look_at_state(code);
        }
    }

    fn paths(&self, place: &str) -> &'static [&'static str] {
        match (self.setting.api, place) {
            (ApiVersion::V3, "scan") => &["SCAN"],
            (ApiVersion::V3, "decision") => &["CONFIRM", "CANCEL"],
            (ApiVersion::V3, _) => &["get-qrcode-status"],
            (_, "scan") => &["scanned"],
            (_, "decision") => &["confirm", "cancel"],
            _ => &["check"],
        }
    }

    async fn scan(&mut self, code: usize) {
        let read = self.codes[code].1.clone();
        match self.client.scanned(&read).await {
            Ok(login) => self.is_scanned(code, login),
            Err(error) => self.judge(code, None, &Err(error)),
        }
    }

    fn is_scanned(&mut self, code: usize, login: PendingLogin) {
        if self.scanned_as[code].is_none() {
            self.scanned_as[code] = Some(self.signed_in);
            let truth = self.truth(code);
            // V3 does not say who scanned.
            if !(self.is_touched[code] && self.setting.api == ApiVersion::V3) {
                assert_eq!(truth.scanned_by.as_deref(), Some(self.signed_in));
            }
        }
        self.logins[code] = Some(login);
    }

    fn truth(&self, code: usize) -> Code {
        self.world.server.code(&self.codes[code].0.random).unwrap()
    }

    /// Whether what the phone was told is true.
    fn judge(&self, code: usize, decision: Option<Decision>, told: &Result<(), Error>) {
        let truth = self.truth(code);
        let own = self.scanned_as[code].unwrap_or(self.signed_in);
        match told {
            Ok(()) => {
                if let Some(decision) = decision {
                    assert_eq!(truth.status, status_of(decision));
                }
            }
            Err(Error::AlreadyDecided { decision }) => {
                assert_eq!(truth.status, status_of(*decision));
            }
            Err(Error::Expired) => {
                assert!(self.is_touched[code] || truth.status == Status::Expired, "{truth:?}");
            }
            Err(Error::TakenByAnotherUser) => {
                assert!(truth.scanned_by.is_some_and(|by| by != own), "taken by {own} itself");
            }
            Err(Error::UserChanged) => assert!(
                self.scanned_as[code].is_none() || own != self.signed_in,
                "{own} is still there"
            ),
            Err(Error::CodeGone | Error::Refused { .. }) => {
                assert!(self.is_touched[code] || !is_decided(truth.status), "{told:?}, {truth:?}");
            }
            // It was not done when `check` said so, which is true now unless that lags.
            Err(Error::Network { .. }) if decision.is_some() => {
                let may_be_behind = self.lags || self.is_touched[code];
                assert!(may_be_behind || !is_decided(truth.status), "{told:?}, {truth:?}");
            }
            Err(Error::Network { .. } | Error::OutcomeUnknown { .. } | Error::SignedOut) => {}
            Err(error) => panic!("{error:?}, {truth:?}"),
        }
    }

    fn look_at_state(&self, code: usize) {
        let Some(login) = &self.logins[code] else { return };
        let truth = self.truth(code);
        assert!(truth.decisions <= 1, "{truth:?}");
        match login.state() {
            LoginState::Confirmed => assert_eq!(truth.status, Status::Confirmed),
            LoginState::Cancelled => assert_eq!(truth.status, Status::Cancelled),
            LoginState::Expired => {
                assert!(self.is_touched[code] || truth.status == Status::Expired, "{truth:?}");
            }
            LoginState::TakenByAnotherUser => {
                assert!(
                    truth.scanned_by.is_some_and(|by| Some(by.as_str()) != self.scanned_as[code])
                );
            }
            LoginState::Scanned
            | LoginState::Verifying
            | LoginState::Confirming
            | LoginState::Cancelling
            | LoginState::OutcomeUnknown
            | LoginState::CodeGone => {}
        }
    }

    /// A decision goes out with the token of the user who scanned.
    fn look_at_requests(&mut self) {
        let requests = self.world.server.requests();
        for request in &requests[self.seen..] {
            let Some(code) = self.decided_code(request) else { continue };
            let token = request.headers["authorization"].strip_prefix("Bearer ").unwrap();
            let user = self.tokens.lock().unwrap()[token];
            assert_eq!(Some(user), self.scanned_as[code], "{request:?}");
        }
        self.seen = requests.len();
    }

    fn decided_code(&self, request: &Recorded) -> Option<usize> {
        let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
        let decides = ["confirm", "cancel"].iter().any(|name| request.path.ends_with(name))
            || ["CONFIRM", "CANCEL"].iter().any(|name| body["action"] == **name);
        let random = body["random"].as_str().or(body["qrcodeId"].as_str())?;
        decides.then(|| self.codes.iter().position(|(code, _)| code.random == random)).flatten()
    }

    /// On a good network every login comes to an end, and the phone knows it.
    async fn end(&mut self) {
        self.world.server.clear_faults();
        self.world.server.set_check_lag(TimeDelta::zero());
        sleep(Duration::from_secs(20)).await;
        for code in 0..2 {
            let Some(login) = self.logins[code].clone() else { continue };
            self.sign_in(self.scanned_as[code].unwrap());
            let told = login.cancel().await;
            self.judge(code, Some(Decision::Cancel), &told);
            let told = login.refresh().await.map(drop);
            self.judge(code, None, &told);
            if !self.is_settled(code, &login) {
                // Somebody else has it, and the server does not say so.
                assert!(self.is_touched[code], "{:?}: {:?}", login.state(), self.truth(code));
                sleep(Duration::from_secs(200)).await;
                login.refresh().await.unwrap();
                assert!(self.is_settled(code, &login), "{:?}", login.state());
            }
            self.look_at_state(code);
        }
        self.look_at_requests();
    }

    /// A decision that was sent to a code which then expired may have been made first, for all that a
    /// server says.
    fn is_settled(&self, code: usize, login: &PendingLogin) -> bool {
        let is_unknown = login.state() == LoginState::OutcomeUnknown;
        login.state().is_final() || is_unknown && self.truth(code).status == Status::Expired
    }
}

async fn decide(login: &PendingLogin, decision: Decision) -> Result<(), Error> {
    match decision {
        Decision::Confirm => login.confirm().await,
        Decision::Cancel => login.cancel().await,
    }
}

fn status_of(decision: Decision) -> Status {
    match decision {
        Decision::Confirm => Status::Confirmed,
        Decision::Cancel => Status::Cancelled,
    }
}

fn is_decided(status: Status) -> bool {
    matches!(status, Status::Confirmed | Status::Cancelled)
}

fn tell(setting: Setting, steps: Vec<Step>) {
    run(async {
        let Setting { rescan, redecide, .. } = setting;
        let setup = Setup { rescan, redecide, ..Setup::default() };
        let mut story = Story::new(setting, setup).await;
        story.scan(0).await;
        for step in steps {
            story.take(step).await;
        }
        story.end().await;
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2600))]

    #[test]
    fn what_a_phone_is_told_by_v2_is_true(
        setting in setting(ApiVersion::V2),
        steps in prop::collection::vec(step(), 1..12),
    ) {
        tell(setting, steps);
    }

    #[test]
    fn what_a_phone_is_told_by_v3_is_true(
        setting in setting(ApiVersion::V3),
        steps in prop::collection::vec(step(), 1..12),
    ) {
        tell(setting, steps);
    }
}
