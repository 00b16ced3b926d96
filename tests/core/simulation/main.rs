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
mod phone;
mod plan;
mod report;
mod run;
mod sim;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use genauth::{Fault, FaultKind, Setup};
use scan_login::{ApiVersion, Decision};
use serde_json::{Value, json};

use crate::plan::{Call, Patience, Plan, Setting, Step, What};
use crate::report::{Counts, Report};
use crate::run::run;

/// Makes the run of a seed, and counts the panics in it, also those of the library's tasks.
fn judged(seed: u64) -> Report {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |panic| {
            PANICS.set(PANICS.get() + 1);
            usual(panic);
        }));
    });
    PANICS.set(0);
    let report = catch_unwind(AssertUnwindSafe(|| run(seed, Plan::of(seed))));
    let mut report = report.unwrap_or_default();
    report.counts.seeds = 1;
    report.counts.panics = PANICS.get();
    report
}

fn is_good(report: &Report) -> bool {
    report.counts.panics == 0 && report.wrong.is_empty()
}

/// Makes the runs of so many seeds, and returns those that failed.
fn run_all(seeds: u64) -> (Counts, Vec<u64>) {
    let next = AtomicU64::new(0);
    let work = || {
        let (mut counts, mut failed) = (Counts::default(), Vec::new());
        loop {
            let seed = next.fetch_add(1, Relaxed);
            if seed >= seeds {
                return (counts, failed);
            }
            let report = judged(seed);
            if !is_good(&report) {
                failed.push(seed);
            }
            counts.add(report.counts);
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let (mut counts, mut failed) = (Counts::default(), Vec::new());
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            let (more, also_failed) = worker.join().unwrap();
            counts.add(more);
            failed.extend(also_failed);
        }
    });
    failed.sort_unstable();
    (counts, failed)
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} must be a number, not {text:?}")))
}

/// `SEEDS=100000` takes so many, `SEED=17` that one, and shows what happens in it.
#[test]
fn whatever_happens_what_a_phone_is_told_is_true() {
    if let Some(seed) = number("SEED") {
        let report = judged(seed);
        println!("{:?}", Plan::of(seed).setting);
        report.trace.iter().for_each(|line| println!("{line}"));
        report.wrong.iter().for_each(|line| println!("wrong: {line}"));
        assert!(is_good(&report));
        return;
    }
    let (counts, failed) = run_all(number("SEEDS").unwrap_or(500));
    let Counts { seeds, calls, requests, refused_inputs, wrong, panics, after_refusal, .. } =
        counts;
    let faults: u64 = counts.faults.values().sum();
    println!("faults: {:?}", counts.faults);
    println!("verdicts: {:?}", counts.verdicts);
    println!(
        "simulation: {seeds} seeds, {calls} calls, {requests} requests, {faults} faults, {refused_inputs} refused \
         inputs, {wrong} wrong verdicts, {panics} panics, {after_refusal} requests after a refusal"
    );
    for seed in failed.iter().take(10) {
        println!(
            "replay: SEED={seed} cargo test --locked --test simulation whatever -- --nocapture"
        );
        judged(*seed).wrong.iter().for_each(|line| println!("  wrong: {line}"));
    }
    assert_eq!(failed, Vec::<u64>::new());
    for fault in FAULTS.into_iter().filter(|_| seeds >= 500) {
        assert!(counts.faults.contains_key(fault), "no {fault} in {seeds} seeds");
    }
}

#[test]
fn the_same_seed_is_the_same_run() {
    for seed in 0..number("SEEDS").unwrap_or(100) {
        let (first, again) = (judged(seed), judged(seed));
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

/// What must have gone wrong at least once.
const FAULTS: [&str; 22] = [
    "busy",
    "contradiction",
    "cut",
    "death",
    "dropped",
    "forgotten",
    "from a cache",
    "gateway page",
    "lag",
    "late",
    "no answer",
    "no code",
    "refused",
    "repeated",
    "silent",
    "sleep",
    "slow",
    "slow body",
    "token",
    "truncated",
    "unanswered",
    "wrong date",
];

thread_local! {
    static PANICS: Cell<u64> = const { Cell::new(0) };
}
