//! A scan whose outcome is not known, and two codes with one id.

use std::time::Duration;

use chrono::TimeDelta;
use genauth::{Code, Fault, FaultKind, Setup, Status};
use scan_login::{ApiVersion, CodeFlaw, Config, Decision, Error, LoginState, NetworkFailure};
use serde_json::json;
use tokio::time::sleep;

use crate::support::{ALICE, BOB, World, outcome, polled};

/// A server that takes no scan of a code twice, not even the same user's.
async fn strict_world(api: ApiVersion) -> World {
    let setup = Setup { rescan: false, ..Setup::default() };
    World::with(setup, |config| Config { api, ..config }).await
}

fn scan(api: ApiVersion) -> &'static str {
    if api == ApiVersion::V3 { "SCAN" } else { "scanned" }
}

#[tokio::test(start_paused = true)]
async fn a_scan_whose_answers_were_lost_is_found_out_by_the_next_one() {
    for api in [ApiVersion::V2, ApiVersion::V3] {
        let world = strict_world(api).await;
        let code = world.web_code();
        let read = world.read(&code);
        world.server.inject(Fault::drop().on(scan(api)).after_effect());
        // Until the caller gives up, there is no answer at all.
        world.server.inject(Fault::drop().times(99));
        assert_eq!(outcome(&world.client.scanned(&read).await), "network_interrupted");
        assert_eq!(world.status(&code.random), Status::Scanned);

        world.server.clear_faults();
        let login = world.client.scanned(&read).await.unwrap();
        assert_eq!(login.confirm().await, Ok(()));
        assert_eq!(world.server.code(&code.random).unwrap().decisions, 1);
    }
}

/// Wherever the caller of `scanned` stops waiting: the next one goes on, and so does one after the
/// app's process died, if the server says who scanned.
#[tokio::test(start_paused = true)]
async fn a_scan_whose_caller_was_dropped_at_any_point_is_found_out_by_the_next_one() {
    for (api, restarts) in
        [(ApiVersion::V2, false), (ApiVersion::V3, false), (ApiVersion::V2, true)]
    {
        let (mut polls, mut met) = (0, Vec::new());
        loop {
            let world = strict_world(api).await;
            let code = world.web_code();
            let read = world.read(&code);
            // Not in one go, so that there are points to stop at.
            let slow = Fault::new(FaultKind::Delay(Duration::from_millis(5)));
            world.server.inject(slow.clone());
            let ended = polled(polls, world.client.scanned(&read)).await.is_some();
            // What was sent arrives.
            sleep(Duration::from_secs(1)).await;
            met.push(world.status(&code.random));

            let client = if restarts { world.restarted() } else { world.client.clone() };
            let login = client.scanned(&read).await;
            let login = login.unwrap_or_else(|error| panic!("{api:?}, {polls} polls: {error}"));
            assert_eq!(login.state(), LoginState::Scanned);
            assert_eq!(login.confirm().await, Ok(()));
            let scanned = world.server.code(&code.random).unwrap();
            assert_eq!((scanned.scanned_by.as_deref(), scanned.decisions), (Some(ALICE), 1));
            if ended {
                break;
            }
            polls += 1;
        }
        // Before it was sent, and after.
        assert!(met.contains(&Status::Pending) && polls > 3, "{polls} {met:?}");
        assert!(met[..met.len() - 1].contains(&Status::Scanned), "{met:?}");
    }
}

/// The same for what happened before the process died, whatever it was.
#[tokio::test(start_paused = true)]
async fn a_new_process_goes_on_where_the_server_says_the_login_stands() {
    for (status, expected) in [
        (Status::Pending, Ok(LoginState::Scanned)),
        (Status::Scanned, Ok(LoginState::Scanned)),
        (Status::Confirmed, Err(Error::AlreadyDecided { decision: Decision::Confirm })),
        (Status::Cancelled, Err(Error::AlreadyDecided { decision: Decision::Cancel })),
        (Status::Expired, Err(Error::Expired)),
    ] {
        let world = strict_world(ApiVersion::V2).await;
        let code = world.web_code();
        if status != Status::Pending {
            world.client.scanned(&world.read(&code)).await.unwrap();
        }
        world.server.set_status(&code.random, status);
        let told = world.restarted().scanned(&world.read(&code)).await;
        assert_eq!(told.map(|login| login.state()), expected, "{status:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_scan_in_doubt_that_check_does_not_show_yet_may_be_tried_again() {
    let world = strict_world(ApiVersion::V2).await;
    let code = world.web_code();
    sleep(Duration::from_secs(60)).await;
    world.server.set_check_lag(TimeDelta::seconds(30));
    world.server.inject(Fault::drop().on("scanned").after_effect());
    let error = world.client.scanned(&world.read(&code)).await.unwrap_err();
    assert!(
        matches!(error, Error::Network { failure: NetworkFailure::BadAnswer, .. }),
        "{error:?}"
    );
    assert!(error.is_retryable());

    sleep(Duration::from_secs(31)).await;
    assert_eq!(world.client.scanned(&world.read(&code)).await.unwrap().confirm().await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_scan_in_doubt_is_not_called_gone_because_check_was_lost() {
    let world = strict_world(ApiVersion::V2).await;
    let code = world.web_code();
    world.server.inject(Fault::drop().on("scanned").after_effect());
    world.server.inject(Fault::drop().on("check").times(99));
    let told = world.client.scanned(&world.read(&code)).await;
    assert_eq!(outcome(&told), "network_interrupted");
    world.server.clear_faults();
    assert_eq!(world.client.scanned(&world.read(&code)).await.unwrap().confirm().await, Ok(()));
}

/// V3 does not say who has scanned a code; a scan that was refused is not taken for one's own.
#[tokio::test(start_paused = true)]
async fn a_refused_scan_is_not_explained_by_somebody_elses() {
    for refusal in [
        json!({ "statusCode": 200, "data": { "success": false } }),
        json!({ "message": "no" }),
        json!({ "statusCode": 403, "apiCode": 1576 }),
        json!({ "statusCode": 403, "apiCode": 500 }),
    ] {
        let world = strict_world(ApiVersion::V3).await;
        let code = world.web_code();
        let read = world.read(&code);
        world.sign_in(BOB);
        world.restarted().scanned(&read).await.unwrap();
        world.sign_in(ALICE);
        let status = if refusal["statusCode"].is_null() { 403 } else { 200 };
        world.server.inject(Fault::json(status, refusal.clone()).on("SCAN").times(9));
        for _ in 0..3 {
            let told = world.client.scanned(&read).await;
            assert!(matches!(outcome(&told), "refused" | "code_gone"), "{refusal}: {told:?}");
        }
    }
}

/// A code that says the same as `code`, and claims something else.
fn forged(code: &Code) -> String {
    code.text.replace("\"customData\":{}", "\"customData\":{\"device\":\"yours\"}")
}

const CONFLICTING: Error = Error::NotALoginCode { flaw: CodeFlaw::Conflicting };

#[tokio::test(start_paused = true)]
async fn before_the_scan_the_newer_of_two_codes_with_one_id_counts() {
    for failure in [
        None,
        Some(Fault::drop().times(9)),
        Some(Fault::drop().on("scanned").after_effect().times(3)),
        Some(Fault::json(200, json!({ "code": 1576 })).on("scanned")),
    ] {
        let world = strict_world(ApiVersion::V2).await;
        let code = world.web_code();
        assert_ne!(code.text, forged(&code));
        let forged = world.client.read_text(forged(&code)).unwrap();
        // It was read, or did not get as far as being marked scanned.
        if let Some(fault) = failure {
            world.server.inject(fault);
            world.client.scanned(&forged).await.unwrap_err();
        }
        world.server.clear_faults();
        let login = world.client.scanned(&world.read(&code)).await.unwrap();
        assert_eq!(login.code().custom_data(), Some("{}"));
        assert_eq!(login.confirm().await, Ok(()));
    }
}

#[tokio::test(start_paused = true)]
async fn during_the_scan_the_other_of_two_codes_with_one_id_is_refused() {
    let world = World::new().await;
    let code = world.web_code();
    let (genuine, forged) = (world.read(&code), world.client.read_text(forged(&code)).unwrap());
    world.server.inject(Fault::new(FaultKind::Delay(Duration::from_secs(2))).on("scanned"));
    let other = async {
        sleep(Duration::from_secs(1)).await;
        world.client.scanned(&forged).await.err()
    };
    let (login, refused) = tokio::join!(world.client.scanned(&genuine), other);
    assert_eq!(refused, Some(CONFLICTING));
    assert_eq!(login.unwrap().code().custom_data(), Some("{}"));
    assert_eq!(world.calls(), ["scanned"]);
}

#[tokio::test(start_paused = true)]
async fn after_the_scan_a_code_with_its_id_that_says_something_else_is_refused() {
    let world = World::new().await;
    let code = world.web_code();
    let forged = world.client.read_text(forged(&code)).unwrap();
    let login = world.client.scanned(&world.read(&code)).await.unwrap();
    assert_eq!(world.client.scanned(&forged).await.err(), Some(CONFLICTING));
    // The one that the user was shown goes on, also while it is being decided.
    world.server.inject(Fault::drop().on("confirm"));
    let (told, refused) = tokio::join!(login.confirm(), world.client.scanned(&forged));
    assert_eq!((told, refused.err()), (Ok(()), Some(CONFLICTING)));
    assert_eq!(world.client.scanned(&forged).await.err(), Some(CONFLICTING));
    assert_eq!(world.calls(), ["scanned", "confirm", "check", "confirm"]);
}

/// The two documented shapes of one code are one code.
#[tokio::test(start_paused = true)]
async fn a_code_that_says_the_same_in_other_words_is_the_same_login() {
    let world = World::new().await;
    let code = world.web_code();
    let login = world.client.scanned(&world.read(&code)).await.unwrap();
    let expires_at = login.expires_at().unwrap().to_rfc3339();
    let other_words =
        code.text.replace("\"expiresIn\":120", &format!("\"expireAt\":\"{expires_at}\""));
    assert_ne!(code.text, other_words);
    let again = world.client.scanned(&world.client.read_text(other_words).unwrap()).await.unwrap();
    again.confirm().await.unwrap();
    assert_eq!(login.state(), LoginState::Confirmed);
    assert_eq!(world.calls(), ["scanned", "confirm"]);
}
