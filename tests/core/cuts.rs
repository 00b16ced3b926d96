//! The connection is cut at any byte of a decision's request and answer.

use genauth::Status;
use scan_login::{ApiVersion, Client, Config, Decision, Error, LoginState};

use crate::support::relay::{Cut, Direction, End, Relay};
use crate::support::{World, config_for, run};

/// What came of the cuts.
#[derive(Debug, Default)]
struct Counts {
    cuts: u32,
    /// The decision was sent again, as it had not arrived.
    sent_again: u32,
    /// It had arrived, and `check` said so.
    found_by_check: u32,
    /// What was answered was all that was needed.
    answered: u32,
    /// Told as not done, and it was not.
    not_done: u32,
    /// Told otherwise than it was, or decided more than once.
    false_verdicts: u32,
}

#[derive(Clone, Copy, Debug)]
struct Case {
    tls: bool,
    api: ApiVersion,
    decision: Decision,
    /// Whether the decision goes over the connection that the scan was sent on, or over a new one,
    /// whose TLS handshake may be cut, too.
    keeps_connection: bool,
    direction: Direction,
    end: End,
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (tls, keeps_connection) in [(false, true), (true, true), (true, false)] {
        for api in [ApiVersion::V2, ApiVersion::V3] {
            for direction in [Direction::Up, Direction::Down] {
                for end in [End::Fin, End::Rst, End::Stall] {
                    for decision in [Decision::Confirm, Decision::Cancel] {
                        cases.push(Case { tls, api, decision, keeps_connection, direction, end });
                    }
                }
            }
        }
    }
    cases
}

/// Cuts at every `step`th byte, from the first one on.
async fn cut_at_every(step: usize, first: usize, case: Case, counts: &mut Counts) {
    let with_api = |config| Config { api: case.api, ..config };
    let world = if case.tls {
        World::with_tls_and(with_api).await
    } else {
        World::with(genauth::Setup::default(), with_api).await
    };
    let relay = Relay::to(&world.server.url());
    let base_url = relay.url.clone();
    let config = Config { base_url, ..with_api(config_for(&world.server)) };
    let client = Client::new(config, world.tokens.clone()).unwrap();
    for after in (first..).step_by(step) {
        let code = world.web_code();
        let login = client.scanned(&world.read(&code)).await.unwrap();
        if !case.keeps_connection {
            client.network_changed();
        }
        relay.cut(Cut { direction: case.direction, after, end: case.end });
        let told = match case.decision {
            Decision::Confirm => login.confirm().await,
            Decision::Cancel => login.cancel().await,
        };
        // There are no more bytes.
        if relay.take_cut() {
            assert!(after > 100, "{case:?} was not cut at {after}");
            return;
        }
        let state = match (&told, case.decision) {
            // A new connection that falls silent is waited for until there is time for asking only.
            (Err(Error::Network { .. }), _) => LoginState::Scanned,
            (_, Decision::Confirm) => LoginState::Confirmed,
            (_, Decision::Cancel) => LoginState::Cancelled,
        };
        let is_true = login.state() == state && state == state_of(world.status(&code.random));
        // After the scan. Of all codes together there are many.
        let calls = world.calls_of(&code.random).split_off(1);
        let again = match case.decision {
            Decision::Confirm => login.confirm().await,
            Decision::Cancel => login.cancel().await,
        };
        let decisions = world.server.code(&code.random).unwrap().decisions;
        if !is_true || again != Ok(()) || decisions != 1 {
            counts.false_verdicts += 1;
            println!(
                "{case:?} at {after}: {told:?}, {state:?}, then {again:?}, {decisions} decisions"
            );
        }
        counts.cuts += 1;
        let is_check = |call: &String| call == "check" || call == "get-qrcode-status";
        let checks = calls.iter().filter(|call| is_check(call)).count();
        match calls.len() - checks {
            _ if told.is_err() => counts.not_done += 1,
            1 if checks == 0 => counts.answered += 1,
            1 if calls.last().is_some_and(is_check) => counts.found_by_check += 1,
            _ => counts.sent_again += 1,
        }
    }
}

fn state_of(status: Status) -> LoginState {
    match status {
        Status::Confirmed => LoginState::Confirmed,
        Status::Cancelled => LoginState::Cancelled,
        _ => LoginState::Scanned,
    }
}

fn cut_all(step: usize) -> Counts {
    let mut counts = Counts::default();
    for (number, case) in cases().into_iter().enumerate() {
        // Each at other bytes.
        run(cut_at_every(step, number % step, case, &mut counts));
    }
    counts
}

/// At a sample of them; with `CUTS=all`, at each, which takes some minutes.
#[test]
fn a_cut_at_any_byte_leaves_no_false_verdict() {
    let step = if std::env::var("CUTS").is_ok_and(|cuts| cuts == "all") { 1 } else { 29 };
    let counts = cut_all(step);
    println!("{counts:?}");
    assert_eq!(counts.false_verdicts, 0);
    assert!(
        counts.cuts > 1000 && counts.sent_again > 100 && counts.found_by_check > 100,
        "{counts:?}"
    );
}
