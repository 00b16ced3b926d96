//! What happens in a run: all of it follows from the seed.

use std::time::Duration;

use chrono::TimeDelta;
use fastrand::Rng;
use genauth::{Fault, FaultKind, PayloadShape, Setup};
use scan_login::{ApiVersion, Decision};
use serde_json::json;

use crate::network::{Cut, Direction, End};

#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) setting: Setting,
    pub(crate) steps: Vec<Step>,
}

/// What the server and the phones are like.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) setup: Setup,
    pub(crate) apis: [ApiVersion; PHONES],
    pub(crate) users: [&'static str; PHONES],
    pub(crate) timeout: Duration,
    /// How far each phone's clock is off.
    pub(crate) clock_errors: [TimeDelta; PHONES],
    /// Nothing goes wrong.
    pub(crate) is_calm: bool,
    /// The server knows V3's call by its older name only.
    pub(crate) is_older_v3: bool,
}

/// Something that happens. The first number is that of a phone.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Call(Call),
    WarmUp(usize),
    SignIn(usize, &'static str),
    /// The token is not taken any more, and the app can get a fresh one, or not.
    TokenExpires(usize, bool),
    Wallet(usize, Trouble),
    Pause(Duration),
    /// The phones sleep. Their clocks that count only what they are awake stand still.
    Sleep(TimeDelta, Option<End>),
    /// The process dies, and the app is started again.
    Restart(usize),
    NetworkChanged(usize),
    /// What it is called, where and how often it comes, and the same for the server.
    Server(&'static str, String, Vec<Fault>),
    Lag(TimeDelta),
    /// The server forgets the code of that number.
    Forget(usize),
    Cut(usize, Cut),
    Refused(usize, u32),
    Unanswered(usize, u32),
    Slow(usize, u64),
    /// A text that is no code for this phone.
    BadInput(usize, usize),
}

/// A call that an app makes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    pub(crate) phone: usize,
    pub(crate) code: usize,
    pub(crate) what: What,
    pub(crate) patience: Patience,
    /// Whether nothing else happens before it ends.
    pub(crate) alone: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum What {
    Scan,
    Decide(Decision),
    Refresh,
}

/// How long the caller waits.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Patience {
    ToTheEnd,
    Polls(usize),
    Millis(u64),
}

/// What a token provider does once.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trouble {
    Fails,
    Takes(Duration),
}

impl Plan {
    pub(crate) fn of(seed: u64) -> Self {
        let mut chance = Rng::with_seed(seed);
        let setting = Setting::of(&mut chance);
        let first = Call {
            phone: 0,
            code: 0,
            what: What::Scan,
            patience: Patience::ToTheEnd,
            alone: chance.u8(..4) > 0,
        };
        let mut steps = vec![Step::Call(first)];
        // What goes wrong often goes wrong at once.
        if chance.bool() {
            steps.insert(0, step(&mut chance, &setting));
        }
        for _ in 0..chance.usize(3..16) {
            match step(&mut chance, &setting) {
                Step::Restart(phone) => steps.extend(death(&mut chance, phone)),
                step => steps.push(step),
            }
        }
        Self { setting, steps }
    }
}

impl Setting {
    /// Everything is as it is by default.
    pub(crate) fn plain(api: ApiVersion) -> Self {
        Self {
            setup: Setup::default(),
            apis: [api; PHONES],
            users: [ALICE, BOB],
            timeout: Duration::from_secs(6),
            clock_errors: [TimeDelta::zero(); PHONES],
            is_calm: false,
            is_older_v3: false,
        }
    }

    fn of(chance: &mut Rng) -> Self {
        let redecide = chance.u8(..4) == 0;
        let payload = [PayloadShape::ExpiresIn, PayloadShape::ExpireAt, PayloadShape::NoExpiry];
        let setup = Setup {
            payload: payload[[0, 0, 0, 1, 1, 1, 2][chance.usize(..7)]],
            post_status: [200, 201][chance.usize(..2)],
            rescan: chance.bool(),
            redecide,
            ..Setup::default()
        };
        let api = |chance: &mut Rng| [ApiVersion::V2, ApiVersion::V3][chance.usize(..2)];
        let clock_error = |chance: &mut Rng| {
            let seconds = [0, 0, 0, 20, -20, 86_400, -86_400][chance.usize(..7)];
            TimeDelta::seconds(seconds)
        };
        Self {
            setup,
            apis: [api(chance), api(chance)],
            users: [ALICE, [ALICE, BOB, BOB][chance.usize(..3)]],
            timeout: Duration::from_secs([3, 6, 15][chance.usize(..3)]),
            clock_errors: [clock_error(chance), clock_error(chance)],
            is_calm: chance.u8(..10) == 0,
            is_older_v3: chance.u8(..8) == 0,
        }
    }

    /// On a server on which a decision that comes twice is done twice, a decision that was told as not done, and
    /// comes later, would be done twice, whatever a phone does: its requests come in time or not at all, and one
    /// phone has it for itself.
    fn is_strict(&self) -> bool {
        !self.setup.redecide
    }
}

fn step(chance: &mut Rng, setting: &Setting) -> Step {
    let phone = if setting.is_strict() && chance.u8(..4) == 0 { 1 } else { 0 };
    match chance.u8(..100) {
        ..34 => call(chance, phone),
        34..38 => Step::Pause(Duration::from_millis([50, 700, 7_000, 50_000][chance.usize(..4)])),
        38..41 => {
            let user = [ALICE, BOB, setting.users[phone]][chance.usize(..3)];
            Step::SignIn(phone, user)
        }
        41..45 => Step::BadInput(phone, chance.usize(..)),
        45..47 => Step::WarmUp(phone),
        47..49 => Step::NetworkChanged(phone),
        49..52 => {
            let seconds = TimeDelta::seconds([1, 30, 100, 600][chance.usize(..4)]);
            let end = [None, Some(End::Closed), Some(End::Silent)][chance.usize(..3)];
            Step::Sleep(seconds, end.filter(|_| !setting.is_calm))
        }
        _ if setting.is_calm => call(chance, phone),
        52..55 => Step::Restart(phone),
        55..58 => Step::TokenExpires(phone, chance.u8(..4) > 0),
        58..60 if chance.bool() => Step::Wallet(phone, Trouble::Fails),
        58..60 => Step::Wallet(phone, Trouble::Takes(Duration::from_secs(chance.u64(1..20)))),
        60..63 => {
            // Not by the same as a phone's: two clocks that say the same are believed.
            let seconds = [180, -3600, 90_000][chance.usize(..3)];
            let date = FaultKind::WrongDate(TimeDelta::seconds(seconds));
            let times = chance.u32(1..4);
            let how = format!("off by {seconds} s, {times} times");
            Step::Server("wrong date", how, vec![Fault::new(date).times(times)])
        }
        63..65 if setting.is_strict() => {
            Step::Lag(TimeDelta::seconds([0, 1, 5][chance.usize(..3)]))
        }
        65..66 if setting.is_strict() => Step::Forget(chance.usize(..CODES)),
        66..75 => {
            let cut = Cut {
                direction: if chance.bool() { Direction::Up } else { Direction::Down },
                after: chance.usize(..800),
                end: if chance.bool() { End::Closed } else { End::Silent },
            };
            Step::Cut(phone, cut)
        }
        75..78 => Step::Refused(phone, chance.u32(1..6)),
        78..81 => Step::Unanswered(phone, chance.u32(1..6)),
        81..83 if setting.is_strict() => Step::Slow(phone, chance.u64(500..4_000)),
        _ => server_fault(chance, setting),
    }
}

/// The process dies at any await of a call, and the app that is started again begins anew.
fn death(chance: &mut Rng, phone: usize) -> Vec<Step> {
    let Step::Call(call) = call(chance, phone) else { return Vec::new() };
    let patience = match chance.bool() {
        true => Patience::Polls(chance.usize(..20)),
        false => Patience::Millis(chance.u64(..500)),
    };
    let last = Call { patience, alone: true, ..call };
    let next =
        Call { what: What::Scan, patience: Patience::ToTheEnd, alone: chance.bool(), ..call };
    vec![Step::Call(last), Step::Restart(phone), Step::Call(next)]
}

fn call(chance: &mut Rng, phone: usize) -> Step {
    let what = match chance.u8(..10) {
        ..3 => What::Scan,
        3..7 => What::Decide(Decision::Confirm),
        7..8 => What::Decide(Decision::Cancel),
        _ => What::Refresh,
    };
    let patience = match chance.u8(..8) {
        0 => Patience::Polls(chance.usize(..20)),
        1 => Patience::Millis(chance.u64(..4_000)),
        _ => Patience::ToTheEnd,
    };
    let code = if chance.u8(..5) == 0 { chance.usize(..CODES) } else { 0 };
    Step::Call(Call { phone, code, what, patience, alone: chance.bool() })
}

fn server_fault(chance: &mut Rng, setting: &Setting) -> Step {
    let late = |part: u32| Fault::new(FaultKind::Delay(setting.timeout * part / 6));
    // One part in six is in time for each step of a call.
    let (name, fault, may_follow_effect) = match chance.u8(..16) {
        0..3 => ("dropped", Fault::drop(), true),
        3 => ("no answer", Fault::hang(), true),
        4 => ("late", late(1), true),
        5 if setting.is_strict() => ("late", late(3), true),
        6 if setting.is_strict() => ("late", late(10), true),
        7..9 if setting.is_strict() => {
            let pause = Duration::from_millis(chance.u64(1..20_000));
            ("repeated", Fault::new(FaultKind::Again(pause)), true)
        }
        9 => ("gateway page", Fault::html(502), true),
        10 => ("gateway page", Fault::html(404), true),
        11 => ("truncated", Fault::new(FaultKind::Truncated), true),
        12 => {
            ("contradiction", Fault::json(200, json!({ "statusCode": 200, "apiCode": 2020 })), true)
        }
        13 => ("no code", Fault::json(403, json!({})), true),
        // It says that nothing was done.
        14 => ("busy", Fault::json(429, json!({})), false),
        15 => ("from a cache", Fault::new(FaultKind::Header("age", "60".to_owned())), true),
        _ => ("slow body", Fault::new(FaultKind::Drip(Duration::from_millis(200))), true),
    };
    let on = PLACES[chance.usize(..PLACES.len())];
    let after_effect = may_follow_effect && chance.bool();
    let times = chance.u32(1..4);
    let fault = if after_effect { fault.after_effect() } else { fault };
    let faults = on.iter().map(|on| fault.clone().times(times).on(on)).collect();
    let when = if after_effect { "after" } else { "before" };
    Step::Server(name, format!("at {}, {when} the effect, {times} times", on[0]), faults)
}

pub(crate) const PHONES: usize = 2;
pub(crate) const CODES: usize = 3;
pub(crate) const ALICE: &str = "user-alice";
pub(crate) const BOB: &str = "user-bob";
/// By the names of both generations.
const PLACES: [[&str; 2]; 4] = [
    ["scanned", "SCAN"],
    ["confirm", "CONFIRM"],
    ["cancel", "CANCEL"],
    ["check", "get-qrcode-status"],
];
