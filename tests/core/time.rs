//! Expiry, by the server's clock.

use std::time::Duration;

use chrono::TimeDelta;
use genauth::{Fault, FaultKind, PayloadShape, Setup, Status};
use scan_login::{Client, Config, Decision, Error, LoginState};
use tokio::time::advance;

use crate::support::{World, config_for};

/// The phone's clock is off by a day, this way or that: all that matters is the server's.
#[tokio::test(start_paused = true)]
async fn a_clock_that_is_a_day_off_changes_nothing() {
    for payload in [PayloadShape::ExpireAt, PayloadShape::ExpiresIn] {
        for offset in [TimeDelta::days(1), TimeDelta::days(-1)] {
            for warm in [true, false] {
                let world = World::with(Setup { payload, ..Setup::default() }, |c| c).await;
                world.server.set_clock_offset(offset);
                let code = world.web_code();
                if warm {
                    world.client.warm_up().await.unwrap();
                }
                let login = world.client.scanned(&world.read(&code)).await.unwrap();
                let left = login.remaining().unwrap();
                assert!((115..=120).contains(&left.as_secs()), "{offset}: {left:?}");

                advance(Duration::from_secs(60)).await;
                let left = login.remaining().unwrap();
                assert!((55..=60).contains(&left.as_secs()), "{offset}: {left:?}");
                assert_eq!(login.confirm().await, Ok(()));

                // An old code is refused, whatever the phone's clock says. Where that and the
                // server's are a day apart, the server is asked.
                let code = world.web_code();
                advance(Duration::from_secs(125)).await;
                let before = world.calls().len();
                let told = world.client.scanned(&world.read(&code)).await.err();
                assert_eq!(told, Some(Error::Expired));
                assert_eq!(world.calls()[before..], ["check"]);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_code_that_looks_expired_is_settled_by_asking_the_server_first() {
    let world = World::new().await;
    let code = world.web_code();
    // It really is old, by both clocks, but the phone does not know the server's yet.
    world.server.set_clock_offset(TimeDelta::days(-1));
    let old = world.web_code();
    world.server.set_clock_offset(TimeDelta::zero());
    let read = world.client.read_text(&old.text).expect("not for the phone's clock to say");
    assert_eq!(world.client.scanned(&read).await.err(), Some(Error::Expired));
    assert_eq!(world.calls(), ["check"]);
    assert!(!world.server.requests()[0].headers.contains_key("authorization"));

    // Now the time is known, and nothing needs to be asked.
    assert_eq!(world.client.read_text(&old.text).err(), Some(Error::Expired));
    world.client.scanned(&world.read(&code)).await.unwrap();
    assert_eq!(world.calls(), ["check", "scanned"]);
}

#[tokio::test(start_paused = true)]
async fn asking_for_the_age_is_tried_again_and_only_for_a_code_of_the_pool() {
    let world = World::new().await;
    world.server.set_clock_offset(TimeDelta::days(-1));
    let old = world.web_code();
    let theirs = world.server.make_code(crate::support::OTHER_POOL, None);
    world.server.inject(Fault::drop().on("check").times(2));
    world.client.scanned(&world.read(&old)).await.unwrap();
    assert_eq!(world.calls(), ["check", "check", "check", "scanned"]);

    let world = World::new().await;
    let theirs = scan_login::LoginCode::parse(theirs.text).unwrap();
    let result = world.client.scanned(&theirs).await;
    assert_eq!(crate::support::outcome(&result), "wrong_user_pool");
    assert_eq!(world.calls(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_code_that_is_decided_already_is_told_when_its_age_is_asked_for() {
    let world = World::new().await;
    world.server.set_clock_offset(TimeDelta::days(-1));
    let old = world.web_code();
    world.server.set_status(&old.random, Status::Cancelled);
    let result = world.client.scanned(&world.read(&old)).await;
    let decision = Decision::Cancel;
    assert_eq!(result.err(), Some(Error::AlreadyDecided { decision }));
    assert_eq!(world.calls(), ["check"]);
}

#[tokio::test(start_paused = true)]
async fn a_code_that_expires_while_the_user_thinks_is_not_sent() {
    let world = World::new().await;
    let (login, random) = world.scanned().await;
    advance(Duration::from_secs(122)).await;
    assert_eq!(login.state(), LoginState::Expired);
    assert_eq!(login.remaining(), Some(Duration::ZERO));
    assert_eq!(login.confirm().await, Err(Error::Expired));
    assert_eq!(login.cancel().await, Err(Error::Expired));
    assert_eq!(world.calls(), ["scanned"]);
    assert_eq!(world.status(&random), Status::Expired);
}

#[tokio::test(start_paused = true)]
async fn a_call_lasts_no_longer_than_the_code_lives() {
    let timeout = Duration::from_secs(60);
    let world = World::with(Setup::default(), |config| Config { timeout, ..config }).await;
    let (login, _) = world.scanned().await;
    advance(Duration::from_secs(116)).await;
    let before = tokio::time::Instant::now();
    world.server.inject(Fault::hang().on("confirm"));
    // It may have come through in the last second.
    let unknown = Error::OutcomeUnknown { decision: Decision::Confirm };
    assert_eq!(login.confirm().await, Err(unknown));
    assert!(before.elapsed() < Duration::from_secs(8), "{:?}", before.elapsed());
    assert_eq!(login.state(), LoginState::OutcomeUnknown);
}

#[tokio::test(start_paused = true)]
async fn a_code_without_expiry_lives_until_the_server_says_no() {
    let setup = Setup { payload: PayloadShape::NoExpiry, ..Setup::default() };
    let world = World::with(setup, |config| config).await;
    let (login, _) = world.scanned().await;
    assert_eq!((login.expires_at(), login.remaining()), (None, None));
    advance(Duration::from_secs(3600)).await;
    assert_eq!(login.state(), LoginState::Scanned);
    assert_eq!(login.confirm().await, Err(Error::Expired));
    assert_eq!(login.state(), LoginState::Expired);
}

/// Times that are far ahead say that a clock is wrong, and not whose.
#[tokio::test(start_paused = true)]
async fn a_code_from_the_future_is_settled_by_asking_the_server() {
    let world = World::new().await;
    world.server.set_clock_offset(TimeDelta::hours(2));
    let future = world.web_code();
    world.server.set_clock_offset(TimeDelta::zero());
    world.client.warm_up().await.unwrap();
    let for_ever = future
        .text
        .replace("createdAt", "made")
        .replace("expiresIn\":120", "expireAt\":\"2999-01-01T00:00:00Z\"");
    for text in [future.text, for_ever] {
        let world_calls = world.calls().len();
        let client = Client::new(config_for(&world.server), world.tokens.clone()).unwrap();
        client.warm_up().await.unwrap();
        let code = client.read_text(&text).unwrap();
        let login = client.scanned(&code).await.unwrap();
        assert_eq!(login.state(), LoginState::Scanned);
        assert_eq!(world.calls()[world_calls..], ["public-config", "check", "scanned"]);
    }
}

/// A gateway with a clock of its own answers once. Where in a login that happens, and how the phone's
/// clock is set, matters to nothing but how often the server is asked.
#[tokio::test(start_paused = true)]
async fn one_wrong_date_ends_no_login_wherever_it_comes() {
    // Not by the same as the phone's: two clocks that say the same are believed.
    let errors = [TimeDelta::minutes(3), TimeDelta::hours(-1), TimeDelta::hours(25)];
    for offset in [TimeDelta::zero(), TimeDelta::days(1), -TimeDelta::days(1)] {
        for error in errors {
            for wrong in 0..5 {
                let world = World::new().await;
                world.server.set_clock_offset(offset);
                for answer in 0..5 {
                    let error = if answer == wrong { error } else { TimeDelta::zero() };
                    world.server.inject(Fault::new(FaultKind::WrongDate(error)));
                }
                world.client.warm_up().await.unwrap();
                for decision in [Decision::Confirm, Decision::Cancel] {
                    let case = format!("{offset} {error} {wrong} {decision:?}");
                    let code = world.web_code();
                    let read = world.client.read_text(&code.text);
                    let read = read.unwrap_or_else(|error| panic!("{case}: {error}"));
                    let login = world.client.scanned(&read).await;
                    let login = login.unwrap_or_else(|error| panic!("{case}: {error}"));
                    advance(Duration::from_secs(30)).await;
                    assert_eq!(login.state(), LoginState::Scanned, "{case}");
                    let told = match decision {
                        Decision::Confirm => login.confirm().await,
                        Decision::Cancel => login.cancel().await,
                    };
                    assert_eq!(told, Ok(()), "{case}");
                    assert_eq!(world.server.code(&code.random).unwrap().decisions, 1);
                }
                // The next answer has healed it.
                let (login, _) = world.scanned().await;
                let left = login.remaining().unwrap();
                assert!(
                    (118..=120).contains(&left.as_secs()),
                    "{offset} {error} {wrong}: {left:?}"
                );
            }
        }
    }
}

/// It never ends by clocks that disagree: what ends is ended by the server's word.
#[tokio::test(start_paused = true)]
async fn dates_that_are_always_wrong_cost_a_question_and_no_login() {
    for offset in [TimeDelta::zero(), TimeDelta::days(1), -TimeDelta::days(1)] {
        for error in [TimeDelta::minutes(3), TimeDelta::hours(-1), TimeDelta::hours(25)] {
            let world = World::new().await;
            world.server.set_clock_offset(offset);
            world.server.inject(Fault::new(FaultKind::WrongDate(error)).times(u32::MAX));
            for _ in 0..3 {
                let (login, random) = world.scanned().await;
                advance(Duration::from_secs(30)).await;
                assert_ne!(login.state(), LoginState::Expired, "{offset} {error}");
                assert_eq!(login.confirm().await, Ok(()), "{offset} {error}");
                assert_eq!(world.status(&random), Status::Confirmed);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn warming_up_asks_for_what_the_vendors_sdks_ask_for_without_the_token() {
    let world = World::new().await;
    world.client.warm_up().await.unwrap();
    let request = &world.server.requests()[0];
    assert_eq!(request.method, "HEAD");
    assert_eq!(request.path, "/api/v2/applications/65a1b2c3d4e5f60718293a01/public-config");
    assert!(!request.headers.contains_key("authorization"));
    assert_eq!(world.tokens.pocket().asked, 0);
}
