//! Asking how a login stands.

use std::time::Duration;

use genauth::{Fault, FaultKind, Status};
use scan_login::{Decision, LoginState, PendingLogin};
use serde_json::json;
use tokio::time::{Instant, advance, sleep};

use crate::support::{World, outcome, polled};

/// How a login may stand when it is asked about.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Start {
    Scanned,
    /// A confirm was lost, and `check` said that it was not done.
    NotDone,
    Unknown,
    CodeGone,
    /// Both clocks say so.
    OverdueByTheClocks,
    Decided,
    Expired,
}

/// What the server says then.
#[derive(Clone, Copy, Debug)]
enum Said {
    Status(Status),
    OtherUser,
    NoSuchCode,
    Nothing,
    Nonsense,
}

async fn started(start: Start) -> (World, PendingLogin, String) {
    let world = World::new().await;
    let (login, random) = world.scanned().await;
    match start {
        Start::Scanned => {}
        Start::NotDone => {
            world.server.inject(Fault::drop().on("confirm").times(3));
            assert_eq!(outcome(&login.confirm().await), "network_interrupted");
        }
        Start::Unknown => {
            world.server.inject(Fault::drop().times(99));
            assert_eq!(outcome(&login.confirm().await), "outcome_unknown");
        }
        Start::CodeGone => {
            world.server.inject(Fault::json(200, json!({ "code": 500 })).on("confirm"));
            assert_eq!(outcome(&login.confirm().await), "code_gone");
        }
        Start::OverdueByTheClocks => {
            advance(Duration::from_secs(122)).await;
            assert_eq!(login.state(), LoginState::Expired);
        }
        Start::Decided => login.cancel().await.unwrap(),
        Start::Expired => {
            world.server.set_status(&random, Status::Expired);
            assert_eq!(outcome(&login.confirm().await), "expired");
        }
    }
    world.server.clear_faults();
    (world, login, random)
}

#[tokio::test(start_paused = true)]
async fn refreshing_takes_over_what_the_server_says() {
    use LoginState as State;
    use Said::{NoSuchCode, Nonsense, Nothing, OtherUser, Status as Is};
    use Start::{CodeGone, Decided, Expired, NotDone, OverdueByTheClocks, Unknown};

    let starts = [Start::Scanned, NotDone, Unknown, CodeGone, OverdueByTheClocks];
    for start in starts {
        let before = started(start).await.1.state();
        // Deciding by the clocks is not final either.
        let open = if start == OverdueByTheClocks { State::Expired } else { State::Scanned };
        // A server may forget codes that are decided, or say that they have expired.
        let is_in_doubt = matches!(start, NotDone | Unknown);
        let in_doubt_or = |state| if is_in_doubt { State::OutcomeUnknown } else { state };
        for (said, told, after) in [
            (Is(Status::Pending), "ok", open),
            (Is(Status::Scanned), "ok", open),
            (Is(Status::MfaRequired), "ok", open),
            (Is(Status::Confirmed), "ok", State::Confirmed),
            (Is(Status::Cancelled), "ok", State::Cancelled),
            (Is(Status::Expired), "ok", in_doubt_or(State::Expired)),
            (Is(Status::Failed), "refused", before),
            (OtherUser, "ok", State::TakenByAnotherUser),
            (NoSuchCode, "ok", in_doubt_or(State::CodeGone)),
            (Nothing, "network_interrupted", before),
            (Nonsense, "network_bad_answer", before),
        ] {
            check_refresh(start, said, told, after).await;
        }
    }
    for start in [Decided, Expired] {
        let (world, login, _) = started(start).await;
        let before = world.calls().len();
        assert_eq!(login.refresh().await, Ok(login.state()));
        assert_eq!(world.calls().len(), before, "{start:?}");
    }
}

async fn check_refresh(start: Start, said: Said, told: &str, after: LoginState) {
    let (world, login, random) = started(start).await;
    let other = json!({ "code": 200, "data": { "status": 1, "scannedUserId": "user-bob" } });
    match said {
        // The server's own clock makes an open code an expired one.
        Said::Status(status @ (Status::Pending | Status::Scanned | Status::MfaRequired)) => {
            let status = match status {
                Status::Pending => 0,
                Status::Scanned => 1,
                _ => 4,
            };
            let data = json!({ "code": 200, "data": { "status": status } });
            world.server.inject(Fault::json(200, data).on("check"));
        }
        Said::Status(status) => world.server.set_status(&random, status),
        Said::OtherUser => world.server.inject(Fault::json(200, other).on("check")),
        Said::NoSuchCode => world.server.forget_code(&random),
        Said::Nothing => world.server.inject(Fault::drop().on("check").times(99)),
        Said::Nonsense => world.server.inject(Fault::html(200).on("check").times(99)),
    }
    let (before, asked) = (world.calls().len(), world.tokens.pocket().asked);
    let result = login.refresh().await;
    assert_eq!(outcome(&result), told, "{start:?} {said:?}");
    assert_eq!(login.state(), after, "{start:?} {said:?}");
    if let Ok(state) = result {
        assert_eq!(state, after);
    }
    // It asks, and does nothing else.
    let calls = world.calls().split_off(before);
    assert!(!calls.is_empty() && calls.iter().all(|call| call == "check"), "{calls:?}");
    assert_eq!(world.tokens.pocket().asked, asked);
}

#[tokio::test(start_paused = true)]
async fn a_login_whose_outcome_was_unknown_is_decided_after_a_refresh() {
    for lost_after_effect in [true, false] {
        let world = World::new().await;
        let (login, random) = world.scanned().await;
        let lost = Fault::drop().on("confirm");
        world.server.inject(if lost_after_effect { lost.after_effect() } else { lost });
        world.server.inject(Fault::drop().on("check").times(99));
        assert_eq!(outcome(&login.confirm().await), "outcome_unknown");
        world.server.clear_faults();

        let told = login.refresh().await.unwrap();
        if lost_after_effect {
            assert_eq!(told, LoginState::Confirmed);
        } else {
            assert_eq!(told, LoginState::Scanned);
            assert_eq!(login.cancel().await, Ok(()));
        }
        assert_eq!(world.server.code(&random).unwrap().decisions, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refresh_waits_for_a_decision_that_is_under_way() {
    let world = World::new().await;
    let (login, _) = world.scanned().await;
    world.server.inject(Fault::new(FaultKind::Delay(Duration::from_secs(2))).on("confirm"));
    let (told, state) = tokio::join!(login.confirm(), login.refresh());
    assert_eq!((told, state), (Ok(()), Ok(LoginState::Confirmed)));
    assert_eq!(world.calls(), ["scanned", "confirm"]);
}

/// The answer to the question is older than the decision, and comes later.
#[tokio::test(start_paused = true)]
async fn a_refresh_that_a_decision_overtakes_does_not_undo_it() {
    for (decision, after) in
        [(Decision::Confirm, LoginState::Confirmed), (Decision::Cancel, LoginState::Cancelled)]
    {
        let world = World::new().await;
        let (login, _) = world.scanned().await;
        let late = Fault::new(FaultKind::Delay(Duration::from_secs(3))).after_effect();
        world.server.inject(late.on("check"));
        let decide = async {
            sleep(Duration::from_secs(1)).await;
            match decision {
                Decision::Confirm => login.confirm().await,
                Decision::Cancel => login.cancel().await,
            }
        };
        let (state, told) = tokio::join!(login.refresh(), decide);
        assert_eq!((state, told, login.state()), (Ok(after), Ok(()), after));
        assert_eq!(world.calls().len(), 3);
    }
}

/// What the decision was told is newer than what was asked before it.
#[tokio::test(start_paused = true)]
async fn a_refresh_that_a_refused_decision_overtakes_does_not_undo_it_either() {
    let world = World::new().await;
    let (login, _) = world.scanned().await;
    let late = Fault::new(FaultKind::Delay(Duration::from_secs(3))).after_effect();
    world.server.inject(late.on("check"));
    world.server.inject(Fault::json(200, json!({ "code": 500 })).on("confirm"));
    let decide = async {
        sleep(Duration::from_secs(1)).await;
        outcome(&login.confirm().await)
    };
    let (state, told) = tokio::join!(login.refresh(), decide);
    assert_eq!((state, told), (Ok(LoginState::CodeGone), "code_gone"));
}

#[tokio::test(start_paused = true)]
async fn a_refresh_costs_the_configured_timeout_and_no_more() {
    let world = World::new().await;
    let (login, _) = world.scanned().await;
    world.server.inject(Fault::hang().times(99));
    let refresh = async {
        sleep(Duration::from_secs(3)).await;
        let start = Instant::now();
        let told = outcome(&login.refresh().await);
        (told, start.elapsed())
    };
    let (_, (told, took)) = tokio::join!(login.confirm(), refresh);
    assert_eq!(told, "network_timed_out");
    assert!(took <= Duration::from_secs(15), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_refresh_whose_caller_was_dropped_at_any_point_leaves_the_login_as_it_was() {
    let mut polls = 0;
    loop {
        let (world, login, random) = started(Start::Unknown).await;
        let ended = polled(polls, login.refresh()).await.is_some();
        assert_eq!(login.confirm().await, Ok(()), "{polls} polls");
        assert_eq!(world.server.code(&random).unwrap().decisions, 1);
        if ended {
            break;
        }
        polls += 1;
    }
    assert!(polls > 1);
}
