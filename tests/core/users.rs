//! A decision is the user's who scanned, and nobody is taken for somebody else.

use genauth::{Fault, Setup, Status};
use scan_login::{ApiVersion, Client, Config, Error, LoginState, UserToken};

use crate::support::{ALICE, BOB, Says, World, config_for, outcome};

#[tokio::test(start_paused = true)]
async fn a_decision_of_another_user_is_not_sent() {
    let world = World::new().await;
    let (login, random) = world.scanned().await;
    world.sign_in(BOB);
    assert_eq!(login.confirm().await, Err(Error::UserChanged));
    assert_eq!(login.cancel().await, Err(Error::UserChanged));
    assert_eq!(world.calls(), ["scanned"]);
    assert_eq!((login.state(), world.status(&random)), (LoginState::Scanned, Status::Scanned));

    // The one who scanned is back.
    world.sign_in(ALICE);
    assert_eq!(login.confirm().await, Ok(()));
    assert_eq!(world.status(&random), Status::Confirmed);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_brings_another_user_sends_nothing_as_that_user() {
    for (scans, expected) in [(true, vec!["confirm"]), (false, vec!["scanned"])] {
        let world = World::new().await;
        let (alice, bob) = (world.server.issue_token(ALICE), world.server.issue_token(BOB));
        let (old, other) = (alice.clone(), bob.clone());
        let says = move |refresh: bool| {
            let (token, id) = if refresh { (&other, BOB) } else { (&old, ALICE) };
            Ok(UserToken::new(token).with_user_id(id))
        };
        let client = Client::new(config_for(&world.server), Says(says)).unwrap();
        let code = client.read_text(world.web_code().text).unwrap();
        let mut before = 0;
        let told = if scans {
            let login = client.scanned(&code).await.unwrap();
            before = 1;
            world.server.revoke_token(&alice);
            login.confirm().await
        } else {
            world.server.revoke_token(&alice);
            client.scanned(&code).await.map(drop)
        };
        assert_eq!(told, Err(Error::UserChanged));
        assert_eq!(world.calls()[before..], expected);
        for request in world.server.requests() {
            assert_eq!(request.headers["authorization"], format!("Bearer {alice}"));
        }
    }
}

/// Between this login's scan and its decision, another user has signed in, scanned another code,
/// and signed out again.
#[tokio::test(start_paused = true)]
async fn the_own_user_is_the_one_of_the_logins_own_scan() {
    let world = World::new().await;
    let (of_alice, random) = world.scanned().await;
    world.sign_in(BOB);
    let (of_bob, other) = world.scanned().await;
    assert_eq!(of_alice.confirm().await, Err(Error::UserChanged));

    world.sign_in(ALICE);
    world.server.inject(Fault::drop().on("confirm").after_effect());
    assert_eq!(of_alice.confirm().await, Ok(()));
    assert_eq!(of_bob.confirm().await, Err(Error::UserChanged));
    assert_eq!(of_alice.state(), LoginState::Confirmed);
    assert_eq!(world.status(&random), Status::Confirmed);

    world.sign_in(BOB);
    world.server.inject(Fault::drop().on("confirm").after_effect());
    assert_eq!(of_bob.confirm().await, Ok(()));
    assert_eq!(world.status(&other), Status::Confirmed);
}

/// The server says `user-alice`; what the app says of the same user.
const OTHER_FORMS: [Option<&str>; 8] = [
    None,
    Some(""),
    Some("USER-ALICE"),
    Some("7"),
    Some("alice@example.com"),
    Some("65a1b2c3d4e5f60718293a4b"),
    Some("0d9c5f3e-7a57-4a6e-9f42-0c1d2e3f4a5b"),
    Some("authing|user-alice"),
];

#[tokio::test(start_paused = true)]
async fn another_form_of_the_own_id_is_not_another_user() {
    for id in OTHER_FORMS {
        for (scan_lost, rescan) in [(false, true), (true, true), (true, false)] {
            let setup = Setup { rescan, ..Setup::default() };
            let world = World::with(setup, |config| config).await;
            world.tokens.pocket().user_id = id.map(str::to_owned);
            let code = world.web_code();
            if scan_lost {
                world.server.inject(Fault::drop().on("scanned").after_effect());
            }
            let login = world.client.scanned(&world.read(&code)).await.unwrap();
            assert_eq!(login.refresh().await, Ok(LoginState::Scanned), "{id:?}");
            world.server.inject(Fault::drop().on("confirm").after_effect());
            assert_eq!(login.confirm().await, Ok(()), "{id:?} {scan_lost} {rescan}");
            assert_eq!(world.status(&code.random), Status::Confirmed);
        }
    }
}

/// Its own scan of before a restart is refused, and cannot be recognised by such an id.
#[tokio::test(start_paused = true)]
async fn another_form_of_the_own_id_is_not_another_user_after_a_restart_either() {
    for id in OTHER_FORMS {
        let setup = Setup { rescan: false, ..Setup::default() };
        let world = World::with(setup, |config| config).await;
        let code = world.web_code();
        world.client.scanned(&world.read(&code)).await.unwrap();
        world.tokens.pocket().user_id = id.map(str::to_owned);
        let told = world.restarted().scanned(&world.read(&code)).await;
        // Letters in upper case do not make another form.
        let expected = if id == Some("USER-ALICE") { "ok" } else { "code_gone" };
        assert_eq!(outcome(&told), expected, "{id:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_without_an_id_is_taken_where_nothing_speaks_against_it() {
    for (at_scan, at_decision) in [(None, Some(ALICE)), (Some(ALICE), None), (None, None)] {
        let world = World::new().await;
        world.tokens.pocket().user_id = at_scan.map(str::to_owned);
        let (login, _) = world.scanned().await;
        world.tokens.pocket().user_id = at_decision.map(str::to_owned);
        world.server.inject(Fault::drop().on("confirm").after_effect());
        assert_eq!(login.confirm().await, Ok(()), "{at_scan:?} {at_decision:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_scan_in_doubt_is_its_users_alone() {
    for api in [ApiVersion::V2, ApiVersion::V3] {
        let setup = Setup { rescan: false, ..Setup::default() };
        let world = World::with(setup, |config| Config { api, ..config }).await;
        let code = world.web_code();
        let scan = if api == ApiVersion::V3 { "SCAN" } else { "scanned" };
        world.server.inject(Fault::drop().on(scan).after_effect().times(3));
        let told = world.client.scanned(&world.read(&code)).await;
        assert_eq!(outcome(&told), "network_interrupted");

        world.sign_in(BOB);
        let before = world.calls().len();
        let told = world.client.scanned(&world.read(&code)).await.err();
        assert_eq!(told, Some(Error::UserChanged), "{api:?}");
        assert_eq!(world.calls().len(), before);

        world.sign_in(ALICE);
        let login = world.client.scanned(&world.read(&code)).await.unwrap();
        assert_eq!(login.confirm().await, Ok(()), "{api:?}");
        assert_eq!(world.status(&code.random), Status::Confirmed);
    }
}
