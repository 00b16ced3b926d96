//! Where the token comes from, and what happens when the server does not take it.

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use genauth::{Fault, Status};
use scan_login::{Client, Error, LoginState, TokenError, TokenProvider, UserToken, async_trait};
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::support::{ALICE, Says, World, config_for, outcome};

#[tokio::test(start_paused = true)]
async fn the_token_is_asked_for_before_each_call_and_not_kept() {
    let world = World::new().await;
    let (login, _) = world.scanned().await;
    let second = world.server.issue_token(ALICE);
    world.tokens.pocket().token = Ok(second.clone());
    login.confirm().await.unwrap();
    assert_eq!(world.tokens.pocket().asked, 2);
    assert_eq!(world.server.requests()[1].headers["authorization"], format!("Bearer {second}"));
}

#[tokio::test(start_paused = true)]
async fn an_old_token_is_refreshed_once_and_the_call_made_again() {
    for answer in
        [None, Some(Fault::json(401, json!({}))), Some(Fault::json(403, json!({ "code": 2020 })))]
    {
        let world = World::new().await;
        let (login, random) = world.scanned().await;
        let fresh = world.server.issue_token(ALICE);
        world.tokens.pocket().fresh = Ok(fresh.clone());
        match answer {
            // The server's own answer to a token that it does not know.
            None => world.server.revoke_token(&world.tokens.pocket().token.clone().unwrap()),
            Some(fault) => world.server.inject(fault.on("confirm")),
        }
        login.confirm().await.unwrap();
        assert_eq!(world.tokens.pocket().refreshes, 1);
        assert_eq!(world.calls(), ["scanned", "confirm", "confirm"]);
        let requests = world.server.requests();
        assert_eq!(requests[2].headers["authorization"], format!("Bearer {fresh}"));
        assert_eq!(world.server.code(&random).unwrap().decisions, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_fresh_token_that_is_not_taken_either_means_signed_out() {
    let world = World::new().await;
    let (login, _) = world.scanned().await;
    world.tokens.pocket().token = Ok("old".to_owned());
    world.tokens.pocket().fresh = Ok("fresh-but-unknown".to_owned());
    assert_eq!(login.confirm().await, Err(Error::SignedOut));
    assert_eq!(login.state(), LoginState::Scanned);
    assert_eq!(world.calls(), ["scanned", "confirm", "confirm"]);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_cannot_be_sent_is_told_why() {
    let world = World::new().await;
    let (login, _) = world.scanned().await;
    for (token, flaw) in [
        ("", "is empty"),
        ("\n", "holds a space"),
        ("canary ", "holds a space"),
        ("canary\r\nx: y", "holds a space, a line break"),
        ("cänary", "a character outside ASCII"),
        ("Bearer canary", "begins with `Bearer`"),
        ("bearer\tcanary", "begins with `Bearer`"),
        ("Bearer", "begins with `Bearer`"),
    ] {
        world.tokens.pocket().token = Ok(token.to_owned());
        let failed = login.confirm().await.unwrap_err();
        let Error::TokenFailed { reason } = &failed else { panic!("{token:?}: {failed}") };
        assert!(reason.starts_with("the token ") && reason.contains(flaw), "{token:?}: {reason}");
        assert!(!reason.contains("canary"));
        assert!(failed.is_retryable());
    }
    world.tokens.pocket().token = Ok(world.server.issue_token(ALICE));
    assert_eq!(world.calls(), ["scanned"]);
}

#[tokio::test(start_paused = true)]
async fn a_403_for_another_reason_is_no_reason_to_refresh() {
    let world = World::new().await;
    let (login, _) = world.scanned().await;
    world.server.inject(Fault::json(403, json!({ "code": 1001 })).on("confirm"));
    assert_eq!(outcome(&login.confirm().await), "refused");
    assert_eq!(world.tokens.pocket().refreshes, 0);
}

#[tokio::test(start_paused = true)]
async fn concurrent_calls_share_one_refresh() {
    for succeeds in [true, false] {
        let world = World::new().await;
        let codes: Vec<_> = (0..20).map(|_| world.read(&world.web_code())).collect();
        world.tokens.pocket().token = Ok("old".to_owned());
        if succeeds {
            world.tokens.pocket().fresh = Ok(world.server.issue_token(ALICE));
        }
        let calls = codes.into_iter().map(|code| {
            let client = world.client.clone();
            tokio::spawn(async move { client.scanned(&code).await })
        });
        for call in calls.collect::<Vec<_>>() {
            let result = call.await.unwrap();
            assert_eq!(outcome(&result), if succeeds { "ok" } else { "signed_out" });
        }
        assert_eq!(world.tokens.pocket().refreshes, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refresh_goes_on_when_its_caller_stops_waiting() {
    #[derive(Clone, Default)]
    struct Slow(Arc<Mutex<(Option<String>, u32)>>);
    #[async_trait]
    impl TokenProvider for Slow {
        async fn token(&self, refresh: bool) -> Result<UserToken, TokenError> {
            if refresh {
                self.0.lock().unwrap().1 += 1;
                sleep(Duration::from_secs(4)).await;
                self.0.lock().unwrap().0 = Some("fresh".to_owned());
            }
            let token = self.0.lock().unwrap().0.clone();
            Ok(UserToken::new(token.unwrap_or("old".to_owned())))
        }
    }
    let world = World::new().await;
    let provider = Slow::default();
    let client = Client::new(config_for(&world.server), provider.clone()).unwrap();
    let (first, second) = (world.read(&world.web_code()), world.read(&world.web_code()));
    let patience = Duration::from_secs(1);
    assert!(tokio::time::timeout(patience, client.scanned(&first)).await.is_err());
    // The fresh token is not one that the server knows, but there was one refresh.
    assert_eq!(outcome(&client.scanned(&second).await), "signed_out");
    let (token, refreshes) = provider.0.lock().unwrap().clone();
    assert_eq!((token.as_deref(), refreshes), (Some("fresh"), 2));
}

#[tokio::test(start_paused = true)]
async fn without_a_token_nothing_is_sent() {
    let failed = TokenError::Failed { reason: "the key store is locked".to_owned() };
    for (token, expected) in [
        (Err(TokenError::SignedOut), "signed_out"),
        (Err(failed), "token_failed"),
        (Ok(String::new()), "token_failed"),
        (Ok(" \t".to_owned()), "token_failed"),
        (Ok("two words".to_owned()), "token_failed"),
        (Ok("a\r\nx-evil: 1".to_owned()), "token_failed"),
        (Ok("tökén".to_owned()), "token_failed"),
    ] {
        let world = World::new().await;
        let code = world.read(&world.web_code());
        world.tokens.pocket().token = token.clone();
        assert_eq!(outcome(&world.client.scanned(&code).await), expected, "{token:?}");
        assert_eq!(world.calls(), Vec::<String>::new());
    }
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_never_answers_is_given_up() {
    struct Silent;
    #[async_trait]
    impl TokenProvider for Silent {
        async fn token(&self, _refresh: bool) -> Result<UserToken, TokenError> {
            std::future::pending().await
        }
    }
    let world = World::new().await;
    let client = Client::new(config_for(&world.server), Silent).unwrap();
    let result = client.scanned(&world.read(&world.web_code())).await;
    assert_eq!(outcome(&result), "token_failed");
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_panics_leaves_a_decision_that_can_be_made_again() {
    struct Panics(UserToken);
    #[async_trait]
    impl TokenProvider for Panics {
        async fn token(&self, refresh: bool) -> Result<UserToken, TokenError> {
            assert!(!refresh, "no refresh here");
            Ok(self.0.clone())
        }
    }
    let world = World::new().await;
    let token = UserToken::new(world.server.issue_token(ALICE));
    let client = Client::new(config_for(&world.server), Panics(token)).unwrap();
    let code = world.web_code();
    let login = client.scanned(&world.read(&code)).await.unwrap();
    world.server.inject(Fault::json(401, json!({})).on("confirm"));
    assert_eq!(outcome(&login.confirm().await), "token_failed");
    assert_eq!(login.confirm().await, Ok(()));
    assert_eq!(world.status(&code.random), Status::Confirmed);
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_panics_fails_its_own_call_and_no_other() {
    let world = World::new().await;
    let token = world.server.issue_token(ALICE);
    let asked = Arc::new(Mutex::new(0));
    let panics = {
        let (asked, token) = (asked.clone(), token.clone());
        move |_| {
            let mut asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
            *asked += 1;
            // Each call's first question.
            assert!(*asked % 2 == 0, "{token} is not to be seen");
            Ok(UserToken::new(&token).with_user_id(ALICE))
        }
    };
    let client = Client::new(config_for(&world.server), Says(panics)).unwrap();
    let code = world.web_code();
    let read = world.read(&code);
    for _ in 0..2 {
        let error = client.scanned(&read).await.err();
        let Some(Error::TokenFailed { reason }) = error else { break };
        assert!(!reason.contains(&token), "{reason}");
    }
    let login = client.scanned(&read).await.unwrap();
    assert_eq!(outcome(&login.confirm().await), "token_failed");
    assert_eq!(login.state(), LoginState::Scanned);
    assert_eq!(login.confirm().await, Ok(()));
    assert_eq!(world.calls(), ["scanned", "confirm"]);
    assert_eq!(world.status(&code.random), Status::Confirmed);
}

/// A refresh that never ends, and what it costs the calls that come after it.
#[tokio::test(start_paused = true)]
async fn a_refresh_that_hangs_holds_no_call_for_longer_than_it_has() {
    struct Hangs(UserToken);
    #[async_trait]
    impl TokenProvider for Hangs {
        async fn token(&self, refresh: bool) -> Result<UserToken, TokenError> {
            if refresh {
                std::future::pending::<()>().await;
            }
            Ok(self.0.clone())
        }
    }
    let world = World::new().await;
    let hangs = Hangs(UserToken::new(world.server.issue_token(ALICE)));
    let client = Client::new(config_for(&world.server), hangs).unwrap();
    let timeout = Duration::from_secs(15);
    world.server.inject(Fault::json(401, json!({})).on("scanned"));
    let code = world.read(&world.web_code());
    let start = Instant::now();
    assert_eq!(outcome(&client.scanned(&code).await), "token_failed");
    assert!(start.elapsed() <= timeout, "{:?}", start.elapsed());

    // The refresh goes on to hang. The token that there is is good for other calls.
    for _ in 0..2 {
        let start = Instant::now();
        let login = client.scanned(&world.read(&world.web_code())).await.unwrap();
        assert!(start.elapsed() < timeout, "{:?}", start.elapsed());
        let start = Instant::now();
        assert_eq!(login.confirm().await, Ok(()));
        assert!(start.elapsed() < timeout, "{:?}", start.elapsed());
    }
    // In the end it is given up, and nothing waits for it any more.
    sleep(Duration::from_secs(60)).await;
    let start = Instant::now();
    client.scanned(&world.read(&world.web_code())).await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
}

/// What a future of this library says when nothing drives it.
fn without_a_runtime<T>(call: impl Future<Output = Result<T, Error>>) -> &'static str {
    match pin!(call).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(told) => outcome(&told),
        Poll::Pending => "pending",
    }
}

#[test]
fn without_a_runtime_every_call_is_an_error_and_no_panic() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (world, login) = runtime.block_on(async {
        let world = World::new().await;
        let (login, _) = world.scanned().await;
        (world, login)
    });
    let code = world.read(&world.web_code());
    assert_eq!(without_a_runtime(world.client.warm_up()), "config");
    assert_eq!(without_a_runtime(world.client.scanned(&code)), "config");
    assert_eq!(without_a_runtime(world.client.read_image(Vec::new())), "config");
    assert_eq!(without_a_runtime(world.client.read_frame([0; 4], 2, 2, 2, 1)), "config");
    assert_eq!(without_a_runtime(login.confirm()), "config");
    assert_eq!(without_a_runtime(login.cancel()), "config");
    assert_eq!(without_a_runtime(login.refresh()), "config");
    // What needs none has none.
    world.client.network_changed();
    assert_eq!(login.state(), LoginState::Scanned);
    assert_eq!(runtime.block_on(login.confirm()), Ok(()));
}
