//! One decision, once, and the truth about it when an answer is lost.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use genauth::{Fault, FaultKind, Setup, Status};
use scan_login::{ApiVersion, Client, Config, Decision, Error, LoginState, NetworkFailure};
use serde_json::json;

use crate::support::{BOB, World, config_for, outcome, polled};

const CONFIRMED: Error = Error::AlreadyDecided { decision: Decision::Confirm };

#[tokio::test(start_paused = true)]
async fn two_taps_are_one_request_with_one_result() {
    let world = World::new().await;
    let (login, random) = world.scanned().await;
    let (first, second) = tokio::join!(login.confirm(), login.confirm());
    assert_eq!((first, second, login.confirm().await), (Ok(()), Ok(()), Ok(())));
    assert_eq!(world.calls(), ["scanned", "confirm"]);
    assert_eq!(world.server.code(&random).unwrap().decisions, 1);
}

#[tokio::test(start_paused = true)]
async fn the_first_decision_wins_and_the_other_is_refused() {
    let world = World::new().await;
    let (login, _) = world.scanned().await;
    let (confirm, cancel) = tokio::join!(login.confirm(), login.cancel());
    assert_eq!((confirm, cancel), (Ok(()), Err(CONFIRMED)));
    assert_eq!(login.cancel().await, Err(CONFIRMED));
    assert_eq!(world.calls(), ["scanned", "confirm"]);
}

#[tokio::test(start_paused = true)]
async fn a_decided_code_is_not_scanned_again() {
    let world = World::new().await;
    let code = world.web_code();
    let read = world.read(&code);
    world.client.scanned(&read).await.unwrap().confirm().await.unwrap();
    assert_eq!(world.client.scanned(&read).await.err(), Some(CONFIRMED));
    assert_eq!(world.calls(), ["scanned", "confirm"]);
}

/// What becomes of a confirm whose answer is lost, the calls that it takes, and the state after it.
#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_settled_by_asking() {
    let lost = [
        Fault::drop(),
        Fault::hang(),
        Fault::html(502),
        Fault::html(200),
        Fault::new(FaultKind::Truncated),
        Fault::new(FaultKind::Endless),
        Fault::new(FaultKind::Drip(Duration::from_secs(1))),
        Fault::json(500, json!({ "code": 500 })),
        Fault::json(200, json!({ "code": 500 })),
        Fault::json(200, json!({ "statusCode": 503 })),
        Fault::redirect(307, "/api/v2/qrcode/cancel"),
    ];
    for api in [ApiVersion::V2, ApiVersion::V3] {
        for fault in &lost {
            let world = World::with(Setup::default(), |config| Config { api, ..config }).await;
            let (login, random) = world.scanned().await;
            let name = if api == ApiVersion::V3 { "CONFIRM" } else { "confirm" };
            world.server.inject(fault.clone().on(name).after_effect());
            assert_eq!(login.confirm().await, Ok(()), "{api:?}, {fault:?}");
            assert_eq!(login.state(), LoginState::Confirmed);
            assert_eq!(world.server.code(&random).unwrap().decisions, 1);
            let calls = match api {
                ApiVersion::V3 => ["set-qrcode-status", "set-qrcode-status", "get-qrcode-status"],
                _ => ["scanned", "confirm", "check"],
            };
            assert_eq!(world.calls(), calls, "{fault:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_request_is_sent_again_once_it_is_known_that_nothing_happened() {
    for fault in [Fault::drop(), Fault::html(503)] {
        let world = World::new().await;
        let (login, random) = world.scanned().await;
        world.server.inject(fault.on("confirm"));
        assert_eq!(login.confirm().await, Ok(()));
        assert_eq!(world.calls(), ["scanned", "confirm", "check", "confirm"]);
        assert_eq!(world.server.code(&random).unwrap().decisions, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_lost_each_time_is_reported_as_not_done() {
    let world = World::new().await;
    let (login, random) = world.scanned().await;
    world.server.inject(Fault::drop().on("confirm").times(3));
    let error = login.confirm().await.unwrap_err();
    assert!(matches!(error, Error::Network { failure: NetworkFailure::Interrupted, .. }));
    assert!(error.is_retryable());
    assert_eq!((login.state(), world.status(&random)), (LoginState::Scanned, Status::Scanned));

    // The user taps again. The first thing is to ask: what was lost may have come through since.
    let before = world.calls().len();
    assert_eq!(login.confirm().await, Ok(()));
    assert_eq!(world.calls()[before..], ["check", "confirm"]);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_comes_through_late_is_found_before_the_next_decision() {
    let world = World::new().await;
    let (login, random) = world.scanned().await;
    world.server.inject(Fault::hang().on("confirm").times(9));
    let error = login.confirm().await.unwrap_err();
    assert!(matches!(error, Error::Network { failure: NetworkFailure::TimedOut, .. }), "{error}");
    let sent = world.calls().iter().filter(|call| *call == "confirm").count();

    world.server.set_status(&random, Status::Confirmed);
    assert_eq!(login.cancel().await, Err(CONFIRMED));
    assert_eq!(login.state(), LoginState::Confirmed);
    let calls = world.calls();
    assert_eq!(calls.iter().filter(|call| *call == "confirm").count(), sent);
    assert!(!calls.contains(&"cancel".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_slow_server_is_waited_for_before_it_is_called_not_done() {
    let world = World::new().await;
    let (login, random) = world.scanned().await;
    // The confirm is given up after ten seconds, and done after twelve.
    world.server.inject(Fault::new(FaultKind::Delay(Duration::from_secs(12))).on("confirm"));
    assert_eq!(login.confirm().await, Ok(()));
    assert_eq!(world.server.code(&random).unwrap().decisions, 1);
}

#[tokio::test(start_paused = true)]
async fn the_server_is_asked_after_the_pause_and_not_before() {
    let world = World::new().await;
    let (login, random) = world.scanned().await;
    let busy = Fault::json(503, json!({})).with_header("retry-after", "4");
    world.server.inject(busy.on("confirm"));
    let done_meanwhile = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        world.server.set_status(&random, Status::Confirmed);
    };
    let (told, ()) = tokio::join!(login.confirm(), done_meanwhile);
    assert_eq!(told, Ok(()));
    assert_eq!(world.calls(), ["scanned", "confirm", "check"]);
}

#[tokio::test(start_paused = true)]
async fn the_other_decision_is_not_called_decided_before_it_is() {
    let world = World::new().await;
    let (login, _) = world.scanned().await;
    world.tokens.pocket().token = Ok("stale".to_owned());
    let (confirm, cancel) = tokio::join!(login.confirm(), login.cancel());
    assert_eq!((confirm, cancel), (Err(Error::SignedOut), Err(Error::SignedOut)));
    assert_eq!(login.state(), LoginState::Scanned);

    world.tokens.pocket().token = Ok(world.server.issue_token(crate::support::ALICE));
    assert_eq!(login.cancel().await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn an_unknown_outcome_names_what_was_sent() {
    let world = World::new().await;
    let (login, _) = world.scanned().await;
    world.server.inject(Fault::drop().on("confirm"));
    world.server.inject(Fault::drop().on("check").times(99));
    let unknown = Err(Error::OutcomeUnknown { decision: Decision::Confirm });
    assert_eq!(login.confirm().await, unknown);
    assert_eq!(login.cancel().await, unknown);
    assert!(!world.calls().contains(&"cancel".to_owned()));

    world.server.clear_faults();
    assert_eq!(login.cancel().await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_lost_scan_counts_though_the_server_takes_none_twice() {
    let world = World::with(Setup { rescan: false, ..Setup::default() }, |config| config).await;
    let code = world.web_code();
    world.server.inject(Fault::drop().on("scanned").after_effect());
    let login = world.client.scanned(&world.read(&code)).await.unwrap();
    assert_eq!(world.calls(), ["scanned", "scanned", "check"]);
    assert_eq!(login.confirm().await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn when_even_asking_fails_the_outcome_is_unknown_until_it_can_be_learned() {
    for after_effect in [true, false] {
        let world = World::new().await;
        let (login, random) = world.scanned().await;
        let drop = Fault::drop().on("confirm");
        world.server.inject(if after_effect { drop.after_effect() } else { drop });
        world.server.inject(Fault::drop().on("check").times(99));
        let unknown = Error::OutcomeUnknown { decision: Decision::Confirm };
        assert_eq!(login.confirm().await, Err(unknown.clone()));
        assert!(unknown.is_retryable());
        assert_eq!(login.state(), LoginState::OutcomeUnknown);
        assert_eq!(world.calls().iter().filter(|call| *call == "confirm").count(), 1);

        // The network is back, and the user taps again.
        world.server.clear_faults();
        assert_eq!(login.confirm().await, Ok(()));
        let code = world.server.code(&random).unwrap();
        assert_eq!((code.status, code.decisions), (Status::Confirmed, 1));
        let confirms = world.calls().iter().filter(|call| *call == "confirm").count();
        assert_eq!(confirms, if after_effect { 1 } else { 2 });
    }
}

#[tokio::test(start_paused = true)]
async fn a_code_that_the_server_forgets_leaves_the_outcome_unknown() {
    let world = World::new().await;
    let (login, random) = world.scanned().await;
    world.server.inject(Fault::drop().on("confirm").after_effect());
    world.server.inject(Fault::json(200, json!({ "code": 2241 })).on("check"));
    let unknown = Error::OutcomeUnknown { decision: Decision::Confirm };
    assert_eq!(login.confirm().await, Err(unknown));
    assert_eq!(world.status(&random), Status::Confirmed);
}

/// The confirm was done, and every evidence that is left says otherwise.
#[tokio::test(start_paused = true)]
async fn evidence_that_contradicts_itself_leaves_the_outcome_unknown() {
    let unknown = Err(Error::OutcomeUnknown { decision: Decision::Confirm });
    let refusals = [json!({ "code": 500 }), json!({ "code": 2241 }), json!({ "code": 1576 })];
    for api in [ApiVersion::V2, ApiVersion::V3] {
        for refusal in &refusals {
            let world = World::with(Setup::default(), |config| Config { api, ..config }).await;
            let (name, check) = match api {
                ApiVersion::V3 => ("CONFIRM", "get-qrcode-status"),
                _ => ("confirm", "check"),
            };
            let (login, random) = world.scanned().await;
            tokio::time::sleep(Duration::from_secs(30)).await;
            world.server.set_check_lag(chrono::TimeDelta::seconds(25));
            world.server.inject(Fault::drop().on(name).after_effect());
            world.server.inject(Fault::json(200, refusal.clone()).on(name));
            assert_eq!(login.confirm().await, unknown, "{api:?} {refusal}");
            assert_eq!(login.state(), LoginState::OutcomeUnknown);
            assert!(world.calls().iter().any(|call| call == check));

            // Once `check` has caught up, it is known.
            tokio::time::sleep(Duration::from_secs(26)).await;
            assert_eq!(login.confirm().await, Ok(()));
            assert_eq!(world.server.code(&random).unwrap().decisions, 1);
        }
    }
}

/// The confirm was done in the code's last second; the clocks say that it expired, and `check` has
/// not caught up.
#[tokio::test(start_paused = true)]
async fn a_decision_in_doubt_has_not_expired_by_the_clocks() {
    let world = World::new().await;
    let (login, random) = world.scanned().await;
    tokio::time::sleep(Duration::from_millis(119_500)).await;
    world.server.set_check_lag(chrono::TimeDelta::seconds(60));
    let busy = Fault::json(503, json!({})).with_header("retry-after", "2");
    world.server.inject(busy.on("confirm").after_effect());
    let unknown = Err(Error::OutcomeUnknown { decision: Decision::Confirm });
    assert_eq!(login.confirm().await, unknown);
    assert_eq!(login.state(), LoginState::OutcomeUnknown);
    assert_eq!(world.status(&random), Status::Confirmed);

    tokio::time::sleep(Duration::from_secs(61)).await;
    assert_eq!(login.confirm().await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_cancel_that_joins_a_confirm_which_finds_it_cancelled_has_what_it_wanted() {
    let world = World::new().await;
    let (login, random) = world.scanned().await;
    world.server.inject(Fault::drop().on("confirm"));
    world.server.set_status(&random, Status::Cancelled);
    let cancelled = Error::AlreadyDecided { decision: Decision::Cancel };
    let (confirm, cancel) = tokio::join!(login.confirm(), login.cancel());
    assert_eq!((confirm, cancel), (Err(cancelled), Ok(())));
    assert_eq!(world.calls(), ["scanned", "confirm", "check"]);
}

/// Wherever the caller of `confirm` stops waiting, the decision goes on, and is one.
#[tokio::test(start_paused = true)]
async fn a_decision_whose_caller_was_dropped_at_any_point_is_made_once() {
    for lost in [None, Some(Fault::drop()), Some(Fault::drop().after_effect())] {
        let mut polls = 0;
        loop {
            let world = World::new().await;
            let (login, random) = world.scanned().await;
            if let Some(fault) = &lost {
                world.server.inject(fault.clone().on("confirm"));
            }
            let ended = polled(polls, login.confirm()).await.is_some();
            if !ended && polls > 0 {
                assert!(matches!(login.state(), LoginState::Confirming | LoginState::Confirmed));
            }
            // Nobody waits for it, and it is done all the same.
            tokio::time::sleep(Duration::from_secs(16)).await;
            let made = if polls == 0 { 0 } else { 1 };
            assert_eq!(world.server.code(&random).unwrap().decisions, made);
            assert_eq!(login.confirm().await, Ok(()), "{polls} polls, {lost:?}");
            assert_eq!(world.server.code(&random).unwrap().decisions, 1);
            if ended {
                break;
            }
            polls += 1;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_decision_elsewhere_is_found_out() {
    let world = World::new().await;
    let (login, random) = world.scanned().await;
    world.server.set_status(&random, Status::Cancelled);
    let cancelled = Error::AlreadyDecided { decision: Decision::Cancel };
    assert_eq!(login.confirm().await, Err(cancelled));
    assert_eq!(login.state(), LoginState::Cancelled);
}

#[tokio::test(start_paused = true)]
async fn a_code_that_another_user_took_is_told() {
    let world = World::new().await;
    let code = world.web_code();
    let read = world.read(&code);
    let alice = world.tokens.pocket().token.clone();
    world.tokens.pocket().token = Ok(world.server.issue_token(BOB));
    let bob = Client::new(config_for(&world.server), world.tokens.clone());
    bob.unwrap().scanned(&read).await.unwrap();

    world.tokens.pocket().token = alice;
    let error = world.client.scanned(&read).await.err();
    assert_eq!(error, Some(Error::TakenByAnotherUser));

    // Without the user's id the library cannot know more than that the code is of no use.
    world.tokens.pocket().user_id = None;
    let client = Client::new(config_for(&world.server), world.tokens.clone()).unwrap();
    assert_eq!(client.scanned(&read).await.err(), Some(Error::CodeGone));
}

#[tokio::test(start_paused = true)]
async fn a_code_that_is_gone_is_told_each_time_as_the_server_says() {
    let world = World::new().await;
    let (login, random) = world.scanned().await;
    world.server.inject(Fault::json(200, json!({ "code": 500 })).on("confirm"));
    assert_eq!(login.confirm().await, Err(Error::CodeGone));
    assert_eq!(login.state(), LoginState::CodeGone);
    // It was the server's mistake.
    assert_eq!(login.confirm().await, Ok(()));
    assert_eq!(world.status(&random), Status::Confirmed);

    let (login, random) = world.scanned().await;
    world.server.forget_code(&random);
    assert_eq!(login.confirm().await, Err(Error::CodeGone));
    assert_eq!(login.cancel().await, Err(Error::CodeGone));
}

/// A gateway sends a decision once more when it got no answer. The server does it, and refuses the copy.
#[tokio::test(start_paused = true)]
async fn a_decision_whose_copy_is_refused_is_not_told_as_gone() {
    let unknown = Err(Error::OutcomeUnknown { decision: Decision::Confirm });
    for (lost, told) in [(0, Ok(())), (2, Ok(())), (99, unknown)] {
        let world = World::new().await;
        let (login, random) = world.scanned().await;
        let again = FaultKind::Again(Duration::ZERO);
        world.server.inject(Fault::new(again).on("confirm").after_effect());
        world.server.inject(Fault::drop().on("check").times(lost));
        assert_eq!(login.confirm().await, told);
        assert_eq!(world.status(&random), Status::Confirmed);

        world.server.clear_faults();
        assert_eq!(login.confirm().await, Ok(()));
        assert_eq!(world.server.code(&random).unwrap().decisions, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_leaves_the_decision_open() {
    let world = World::new().await;
    let (login, _) = world.scanned().await;
    for code in [1636, 1576] {
        world.server.inject(Fault::json(200, json!({ "code": code })).on("confirm"));
        assert!(matches!(outcome(&login.confirm().await), "mfa_required" | "refused"));
        assert_eq!(login.state(), LoginState::Scanned);
    }
    // A refusal is no doubt: nothing is asked.
    login.confirm().await.unwrap();
    assert_eq!(world.calls(), ["scanned", "confirm", "confirm", "confirm"]);
}

#[tokio::test(start_paused = true)]
async fn a_decision_goes_on_when_its_caller_stops_waiting() {
    let world = World::new().await;
    let (login, random) = world.scanned().await;
    world.server.inject(Fault::new(FaultKind::Delay(Duration::from_secs(2))).on("confirm"));
    let waited = tokio::time::timeout(Duration::from_secs(1), login.confirm()).await;
    assert!(waited.is_err());
    assert_eq!(login.state(), LoginState::Confirming);
    assert_eq!(login.cancel().await, Err(CONFIRMED));
    assert_eq!(login.confirm().await, Ok(()));
    assert_eq!(world.status(&random), Status::Confirmed);
    assert_eq!(world.calls(), ["scanned", "confirm"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_that_its_runtime_breaks_off_is_unknown_and_can_be_settled() {
    let world = World::new().await;
    let (login, random) = world.scanned().await;
    world.server.inject(Fault::hang().on("confirm").after_effect());
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let confirmed = async {
                    while world.status(&random) != Status::Confirmed {
                        tokio::task::yield_now().await;
                    }
                };
                tokio::select! {
                    _ = login.confirm() => panic!("the answer never comes"),
                    () = confirmed => {}
                }
            });
        });
    });
    assert_eq!(login.state(), LoginState::OutcomeUnknown);
    assert_eq!(login.confirm().await, Ok(()));
    assert_eq!(world.server.code(&random).unwrap().decisions, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runtime_that_is_shut_down_is_an_unknown_outcome_and_no_deadlock() {
    let world = World::new().await;
    let (login, _) = world.scanned().await;
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let gone = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let handle = gone.handle().clone();
            gone.shutdown_background();
            let _inside = handle.enter();
            let confirm = pin!(login.confirm());
            let told = confirm.poll(&mut Context::from_waker(Waker::noop()));
            let unknown = Error::OutcomeUnknown { decision: Decision::Confirm };
            assert_eq!(told, Poll::Ready(Err(unknown)));
        });
    });
    assert_eq!(login.confirm().await, Ok(()));
}

/// A refusal is definite: nothing needs to be asked, however the taps fall.
#[tokio::test(flavor = "multi_thread")]
async fn taps_that_follow_each_other_closely_are_one_decision_at_a_time() {
    let world = Arc::new(World::new().await);
    let (login, _) = world.scanned().await;
    world.server.inject(Fault::json(200, json!({ "code": 1576 })).on("confirm").times(u32::MAX));
    let taps = (0..8).map(|_| {
        let login = login.clone();
        tokio::spawn(async move {
            for _ in 0..100 {
                assert_eq!(outcome(&login.confirm().await), "refused");
            }
        })
    });
    for tap in taps.collect::<Vec<_>>() {
        tap.await.unwrap();
    }
    assert!(!world.calls().contains(&"check".to_owned()));
}
