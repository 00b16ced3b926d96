//! What `check` is asked, and what of its answer is believed.

use std::time::Duration;

use chrono::TimeDelta;
use genauth::{Fault, Status};
use scan_login::{Decision, Error, LoginState};
use serde_json::json;

use crate::support::{World, outcome};

/// An answer to `confirm` is lost, and `check` is all there is to go by.
async fn confirmed_unheard() -> (World, scan_login::PendingLogin, String) {
    let world = World::new().await;
    let (login, random) = world.scanned().await;
    world.server.inject(Fault::drop().on("confirm").after_effect());
    (world, login, random)
}

#[tokio::test(start_paused = true)]
async fn check_asks_for_no_cached_answer_and_sends_no_token() {
    let (world, login, _) = confirmed_unheard().await;
    login.confirm().await.unwrap();
    for request in world.server.requests() {
        let is_check = request.path.ends_with("check");
        let cache = request.headers.get("cache-control").map(String::as_str);
        assert_eq!(cache, is_check.then_some("no-cache"), "{}", request.path);
        assert_eq!(request.headers.contains_key("authorization"), !is_check);
    }
}

/// RFC 9111, 5.1: an answer with an `Age` was not made for this request.
#[tokio::test(start_paused = true)]
async fn what_a_cache_answers_is_no_evidence() {
    for age in ["0", "5", "nonsense"] {
        let (world, login, random) = confirmed_unheard().await;
        let pending = json!({ "code": 200, "data": { "status": 1 } });
        let cached = Fault::json(200, pending).with_header("age", age);
        world.server.inject(cached.on("check").times(99));
        let unknown = Error::OutcomeUnknown { decision: Decision::Confirm };
        assert_eq!(login.confirm().await, Err(unknown), "Age: {age}");
        assert_eq!(world.server.code(&random).unwrap().decisions, 1);
        assert_eq!(world.calls().iter().filter(|call| *call == "confirm").count(), 1);

        world.server.clear_faults();
        assert_eq!(login.confirm().await, Ok(()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_check_that_cannot_be_read_is_asked_again_once() {
    let garbled = [
        Fault::html(200),
        Fault::json(200, json!({ "code": 200, "data": [1] })),
        Fault::json(200, json!({ "code": 200, "data": { "status": 7 } })),
        Fault::json(200, json!({ "code": 200, "statusCode": 403, "data": { "status": 2 } })),
        Fault::new(genauth::FaultKind::Endless),
        // It was asked without a token: what is said of a user is not the service's.
        Fault::html(401),
        Fault::json(401, json!({ "code": 2020 })),
        Fault::json(200, json!({ "code": 1636 })),
        Fault::json(200, json!({ "code": 2004 })),
    ];
    for fault in garbled {
        let (world, login, _) = confirmed_unheard().await;
        world.server.inject(fault.clone().on("check"));
        assert_eq!(login.confirm().await, Ok(()), "{fault:?}");
        assert_eq!(world.calls(), ["scanned", "confirm", "check", "check"]);

        let (world, login, _) = confirmed_unheard().await;
        world.server.inject(fault.on("check").times(99));
        assert_eq!(outcome(&login.confirm().await), "outcome_unknown");
        assert_eq!(world.calls(), ["scanned", "confirm", "check", "check"]);
    }
}

/// A refused scan is explained by a `check`, too.
#[tokio::test(start_paused = true)]
async fn a_check_that_explains_a_scan_is_asked_again_once() {
    let world = World::new().await;
    let code = world.web_code();
    world.server.set_status(&code.random, Status::Cancelled);
    world.server.inject(Fault::html(200).on("check"));
    let told = world.client.scanned(&world.read(&code)).await.err();
    assert_eq!(told, Some(Error::AlreadyDecided { decision: Decision::Cancel }));
    assert_eq!(world.calls(), ["scanned", "check", "check"]);
}

#[tokio::test(start_paused = true)]
async fn a_check_that_lags_behind_a_confirm_is_no_refusal() {
    for lag in [1, 4, 60] {
        let (world, login, random) = confirmed_unheard().await;
        world.server.set_check_lag(TimeDelta::seconds(lag));
        // The web page shows the code for a while before it is scanned.
        let told = login.confirm().await;
        let code = world.server.code(&random).unwrap();
        assert_eq!((code.status, code.decisions), (Status::Confirmed, 1));
        match told {
            Ok(()) => assert_eq!(login.state(), LoginState::Confirmed),
            Err(Error::OutcomeUnknown { decision: Decision::Confirm }) => {
                assert_eq!(login.state(), LoginState::OutcomeUnknown);
            }
            other => panic!("{lag} s: {other:?}"),
        }
        tokio::time::advance(Duration::from_secs(61)).await;
        assert_eq!(login.confirm().await, Ok(()), "{lag} s");
        assert_eq!(world.server.code(&random).unwrap().decisions, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_factor_after_a_lost_confirm_leaves_a_way_on() {
    let (world, login, random) = {
        let world = World::new().await;
        let (login, random) = world.scanned().await;
        world.server.inject(Fault::drop().on("confirm"));
        (world, login, random)
    };
    world.server.set_status(&random, Status::MfaRequired);
    assert_eq!(login.confirm().await, Err(Error::MfaRequired));
    assert!(!login.state().is_final());

    // The user has shown it, and the code is open again.
    world.server.set_status(&random, Status::Scanned);
    assert_eq!(login.confirm().await, Ok(()));
    assert_eq!(world.status(&random), Status::Confirmed);
}

/// A server that goes on to say "second factor" is told the decision all the same: it may have been
/// seen to.
#[tokio::test(start_paused = true)]
async fn a_second_factor_that_is_still_asked_for_does_not_keep_a_decision_back() {
    let world = World::new().await;
    let (login, random) = world.scanned().await;
    world.server.inject(Fault::drop().on("confirm"));
    let mfa = json!({ "code": 200, "data": { "status": 4 } });
    world.server.inject(Fault::json(200, mfa).on("check").times(2));
    assert_eq!(login.confirm().await, Err(Error::MfaRequired));
    assert_eq!(login.confirm().await, Ok(()));
    assert_eq!(world.calls(), ["scanned", "confirm", "check", "check", "confirm"]);
    assert_eq!(world.status(&random), Status::Confirmed);
}
