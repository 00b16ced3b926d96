//! Runs of the whole world under a seed: two phones, a server, the network between them, and time. A model judges
//! everything that a phone is told. The same seed is the same run.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

mod inputs;
mod model;
mod network;
mod plan;
mod world;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use genauth::{Fault, FaultKind, Setup};
use scan_login::{ApiVersion, Decision};
use serde_json::{Value, json};

use crate::plan::{Call, Patience, Plan, Setting, Step, What};
use crate::world::{Report, run};

/// What many runs came to.
#[derive(Default)]
struct Total {
    seeds: u64,
    calls: u64,
    requests: u64,
    bad_inputs: u64,
    faults: BTreeMap<&'static str, u64>,
    verdicts: BTreeMap<&'static str, u64>,
    panics: u64,
    wrong: u64,
    after_refusal: u64,
    failed: Vec<u64>,
}

impl Total {
    fn add(&mut self, seed: u64, report: Report, panics: u64) {
        self.seeds += 1;
        self.calls += report.calls;
        self.requests += report.requests;
        self.bad_inputs += report.bad_inputs;
        self.panics += panics;
        self.wrong += report.wrong.len() as u64;
        self.after_refusal += report.after_refusal;
        add_all(&mut self.faults, report.faults);
        add_all(&mut self.verdicts, report.verdicts);
        if panics > 0 || !report.wrong.is_empty() {
            self.failed.push(seed);
        }
    }

    fn merge(&mut self, other: Self) {
        self.seeds += other.seeds;
        self.calls += other.calls;
        self.requests += other.requests;
        self.bad_inputs += other.bad_inputs;
        self.panics += other.panics;
        self.wrong += other.wrong;
        self.after_refusal += other.after_refusal;
        add_all(&mut self.faults, other.faults);
        add_all(&mut self.verdicts, other.verdicts);
        self.failed.extend(other.failed);
    }
}

fn add_all(to: &mut BTreeMap<&'static str, u64>, from: BTreeMap<&'static str, u64>) {
    for (name, count) in from {
        *to.entry(name).or_default() += count;
    }
}

/// Makes the run of a seed. The number is that of the panics in it, also of tasks of the library.
fn judged(seed: u64) -> (Report, u64) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |panic| {
            PANICS.set(PANICS.get() + 1);
            usual(panic);
        }));
    });
    let before = PANICS.get();
    let report = catch_unwind(AssertUnwindSafe(|| run(seed, Plan::of(seed)))).unwrap_or_default();
    (report, PANICS.get() - before)
}

fn run_all(seeds: u64) -> Total {
    let next = AtomicU64::new(0);
    let work = || {
        let mut total = Total::default();
        loop {
            let seed = next.fetch_add(1, Relaxed);
            if seed >= seeds {
                return total;
            }
            let (report, panics) = judged(seed);
            total.add(seed, report, panics);
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let mut total = Total::default();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().for_each(|worker| total.merge(worker.join().unwrap()));
    });
    total.failed.sort_unstable();
    total
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} must be a number, not {text:?}")))
}

/// `SEEDS=100000` takes so many, `SEED=17` that one, and shows what happens in it.
#[test]
fn whatever_happens_what_a_phone_is_told_is_true() {
    if let Some(seed) = number("SEED") {
        let (report, panics) = judged(seed);
        println!("{:?}", Plan::of(seed).setting);
        report.trace.iter().for_each(|line| println!("{line}"));
        report.wrong.iter().for_each(|line| println!("wrong: {line}"));
        assert!(panics == 0 && report.wrong.is_empty());
        return;
    }
    let total = run_all(number("SEEDS").unwrap_or(500));
    let faults: u64 = total.faults.values().sum();
    println!("faults: {:?}", total.faults);
    println!("verdicts: {:?}", total.verdicts);
    println!(
        "simulation: {} seeds, {} calls, {} requests, {faults} faults, {} refused inputs, {} wrong verdicts, \
         {} panics, {} requests after a refusal",
        total.seeds,
        total.calls,
        total.requests,
        total.bad_inputs,
        total.wrong,
        total.panics,
        total.after_refusal,
    );
    for seed in total.failed.iter().take(10) {
        println!(
            "replay: SEED={seed} cargo test --locked --test simulation whatever -- --nocapture"
        );
        judged(*seed).0.wrong.iter().for_each(|line| println!("  wrong: {line}"));
    }
    assert_eq!(total.failed, Vec::<u64>::new());
}

#[test]
fn the_same_seed_is_the_same_run() {
    for seed in 0..number("SEEDS").unwrap_or(100) {
        let (first, again) = (judged(seed).0, judged(seed).0);
        assert!(first.trace.len() > 10);
        assert_eq!(first.trace, again.trace, "seed {seed}");
    }
}

/// The model bites: what is false is found, and what is true is not.
#[test]
fn a_server_that_lies_is_found() {
    let json = |body: Value| Fault::json(200, body);
    let says = |status: i64| json(json!({ "code": 200, "data": { "status": status } })).on("check");
    let again = Fault::new(FaultKind::Again(Duration::ZERO)).after_effect();
    let confirm = What::Decide(Decision::Confirm);
    let lies = [
        ("", vec![], confirm),
        ("", vec![], What::Refresh),
        ("it was done", vec![json(json!({ "code": 1576 })).after_effect().on("confirm")], confirm),
        ("that was not done", vec![json(json!({ "code": 200 })).on("confirm")], confirm),
        ("that was not done", vec![Fault::drop().on("confirm"), says(2)], confirm),
        ("that is not what was decided", vec![Fault::drop().on("confirm"), says(3)], confirm),
        ("that is false", vec![says(2)], What::Refresh),
        ("it is not old enough", vec![says(-1)], What::Refresh),
        ("more than once", vec![again.on("confirm")], confirm),
    ];
    for (found, lie, what) in lies {
        let redecide = found == "more than once";
        let setup = Setup { redecide, ..Setup::default() };
        let setting = Setting { setup, ..Setting::plain(ApiVersion::V2) };
        let call = |what| {
            Step::Call(Call { phone: 0, code: 0, what, patience: Patience::ToTheEnd, alone: true })
        };
        let lie = Step::Server("lie", String::new(), lie);
        let steps = vec![call(What::Scan), lie, call(what)];
        let wrong = run(0, Plan { setting, steps }).wrong;
        let is_found = wrong.iter().any(|wrong| wrong.contains(found));
        assert_eq!(is_found, !found.is_empty(), "{found:?}: {wrong:?}");
        assert!(is_found || wrong.is_empty(), "{wrong:?}");
    }
}

thread_local! {
    static PANICS: Cell<u64> = const { Cell::new(0) };
}
