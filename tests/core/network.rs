//! When the network does not play along.

use std::time::Duration;

use genauth::{Fault, FaultKind, Setup, Status};
use scan_login::{Client, Config, Error, LoginCode, LoginState, NetworkFailure};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::support::relay::{End, Relay};
use crate::support::{APP, POOL, Wallet, World, config_for, outcome};

/// A client for a server that is not genauth.
fn client_for(url: &str) -> Client {
    let config = Config {
        allow_insecure_loopback: true,
        timeout: Duration::from_secs(6),
        ..Config::new(APP, POOL, url)
    };
    Client::new(config, Wallet::holding("token".to_owned(), "user")).unwrap()
}

fn code_text() -> String {
    json!({ "scene": "APP_AUTH", "random": "abc", "userPoolId": POOL }).to_string()
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_down_is_told_as_offline() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = client_for(&url);
    let code = client.read_text(code_text()).unwrap();
    assert_eq!(outcome(&client.scanned(&code).await), "network_offline");
    assert_eq!(outcome(&client.warm_up().await), "network_offline");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_hangs_costs_the_configured_timeout_and_no_more() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = client_for(&format!("http://{}", listener.local_addr().unwrap()));
    let code = client.read_text(code_text()).unwrap();
    let start = Instant::now();
    assert_eq!(outcome(&client.scanned(&code).await), "network_timed_out");
    assert!(start.elapsed() <= Duration::from_secs(6), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_decision_costs_the_configured_timeout_and_no_more() {
    let timeout = Duration::from_secs(9);
    let world = World::with(Setup::default(), |config| Config { timeout, ..config }).await;
    let (login, _) = world.scanned().await;
    world.server.inject(Fault::hang().times(99));
    let start = Instant::now();
    assert_eq!(outcome(&login.confirm().await), "outcome_unknown");
    assert!(start.elapsed() <= timeout, "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_for_another_costs_no_more_either() {
    let world = World::new().await;
    let code = world.read(&world.web_code());
    world.server.inject(Fault::hang().times(99));
    let late = async {
        tokio::time::sleep(Duration::from_secs(10)).await;
        let start = Instant::now();
        let result = world.client.scanned(&code).await;
        (outcome(&result), start.elapsed())
    };
    let (_, (told, took)) = tokio::join!(world.client.scanned(&code), late);
    assert_eq!(told, "network_timed_out");
    assert!(took <= Duration::from_secs(15), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_lost_scan_is_tried_again() {
    for fault in [
        Fault::drop(),
        Fault::drop().after_effect(),
        Fault::html(503),
        Fault::new(FaultKind::Truncated).after_effect(),
    ] {
        let world = World::new().await;
        let code = world.web_code();
        world.server.inject(fault.clone().on("scanned").times(2));
        world.client.scanned(&world.read(&code)).await.unwrap();
        assert_eq!(world.calls(), ["scanned"; 3], "{fault:?}");
        assert_eq!(world.status(&code.random), Status::Scanned);
    }
}

#[tokio::test(start_paused = true)]
async fn a_scan_is_not_tried_for_ever() {
    let world = World::new().await;
    world.server.inject(Fault::drop().on("scanned").times(99));
    let result = world.client.scanned(&world.read(&world.web_code())).await;
    assert_eq!(outcome(&result), "network_interrupted");
    assert_eq!(world.calls(), ["scanned"; 3]);
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_honoured() {
    let busy = || Fault::json(429, json!({})).with_header("retry-after", "4");
    let world = World::new().await;
    let code = world.web_code();
    world.server.inject(busy().on("scanned"));
    let start = Instant::now();
    let login = world.client.scanned(&world.read(&code)).await.unwrap();
    assert!(start.elapsed() >= Duration::from_secs(4), "{:?}", start.elapsed());

    // 429 says that nothing was done, so that a decision can be sent again, too.
    world.server.inject(busy().on("confirm"));
    let start = Instant::now();
    login.confirm().await.unwrap();
    assert!(start.elapsed() >= Duration::from_secs(4), "{:?}", start.elapsed());
    assert_eq!(world.calls(), ["scanned", "scanned", "confirm", "confirm"]);
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_that_is_longer_than_the_timeout_is_not_waited_for() {
    let world = World::new().await;
    world.server.inject(Fault::json(429, json!({})).with_header("retry-after", "60"));
    let start = Instant::now();
    let result = world.client.scanned(&world.read(&world.web_code())).await;
    assert_eq!(outcome(&result), "network_server_busy");
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn no_retry_after_brings_the_client_down() {
    let date = "Fri, 31 Dec 9999 23:59:59 GMT";
    for after in ["18446744073709551615", "99999999999999999999", "-1", "0", "soon", date] {
        let world = World::new().await;
        let (login, _) = world.scanned().await;
        let busy = Fault::json(503, json!({})).with_header("retry-after", after);
        world.server.inject(busy.clone().on("confirm"));
        world.server.inject(busy.on("check").times(99));
        let start = Instant::now();
        assert_eq!(outcome(&login.confirm().await), "outcome_unknown", "{after}");
        assert!(start.elapsed() <= Duration::from_secs(15));
        // Not more often than a patient client would ask.
        assert!(world.calls().len() < 12, "{after}: {} calls", world.calls().len());
    }
}

#[tokio::test(start_paused = true)]
async fn retry_after_may_be_a_date() {
    let world = World::new().await;
    let busy = Fault::json(429, json!({}))
        .with_header("date", "Fri, 01 Jan 2027 00:00:00 GMT")
        .with_header("retry-after", "Fri, 01 Jan 2027 00:00:03 GMT");
    world.server.inject(busy);
    let start = Instant::now();
    let code = LoginCode::parse(code_text()).unwrap();
    let _ = world.client.scanned(&code).await;
    assert!(start.elapsed() >= Duration::from_secs(3), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn what_a_cache_answers_says_nothing_of_the_time() {
    let world = World::new().await;
    let stale = Fault::json(200, json!({}))
        .with_header("date", "Fri, 01 Jan 2100 00:00:00 GMT")
        .with_header("age", "60");
    world.server.inject(stale);
    world.client.warm_up().await.unwrap();
    assert!(world.client.read_text(world.web_code().text).is_ok());
}

#[tokio::test(start_paused = true)]
async fn bodies_without_end_are_cut_off() {
    let endless = Fault::new(FaultKind::Endless);
    let drip = Fault::new(FaultKind::Drip(Duration::from_secs(1)));
    for (fault, expected) in
        [(endless, NetworkFailure::BadAnswer), (drip, NetworkFailure::TimedOut)]
    {
        let world = World::new().await;
        world.server.inject(fault.on("scanned").times(9));
        let start = Instant::now();
        match world.client.scanned(&world.read(&world.web_code())).await {
            Err(Error::Network { failure, .. }) => assert_eq!(failure, expected),
            other => panic!("{other:?}"),
        }
        assert!(start.elapsed() <= Duration::from_secs(15));
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_to_be_compressed_and_cookies_are_not_kept() {
    let world = World::new().await;
    let cookie = Fault::json(200, json!({ "code": 200 })).with_header("set-cookie", "a=b; Path=/");
    world.server.inject(cookie.on("scanned"));
    let code = world.web_code();
    let login = world.client.scanned(&world.read(&code)).await.unwrap();
    let _ = login.confirm().await;
    for request in world.server.requests() {
        assert!(!request.headers.contains_key("accept-encoding"));
        assert!(!request.headers.contains_key("cookie"));
    }
}

/// The pauses between the tries of phones that lost the network together.
#[tokio::test(start_paused = true)]
async fn phones_do_not_come_back_together() {
    let mut pauses = Vec::new();
    for _ in 0..20 {
        let world = World::new().await;
        world.server.inject(Fault::drop().on("scanned"));
        let start = Instant::now();
        world.client.scanned(&world.read(&world.web_code())).await.unwrap();
        pauses.push(start.elapsed().as_millis());
    }
    assert!(pauses.iter().all(|pause| (200..=302).contains(pause)), "{pauses:?}");
    pauses.sort_unstable();
    pauses.dedup();
    assert!(pauses.len() > 5, "{pauses:?}");
}

/// A phone whose requests go through a relay.
fn relayed(world: &World) -> (Relay, Client) {
    let relay = Relay::to(&world.server.url());
    let config = Config { base_url: relay.url.clone(), ..config_for(&world.server) };
    (relay, Client::new(config, world.tokens.clone()).unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_died_unnoticed_does_not_lose_the_decision() {
    for seconds_to_decide in [1, 11, 100] {
        for tls in [false, true] {
            let world = if tls { World::with_tls().await } else { World::new().await };
            let (relay, client) = relayed(&world);
            let code = world.web_code();
            let login = client.scanned(&world.read(&code)).await.unwrap();

            relay.end_all(End::Stall);
            tokio::time::sleep(Duration::from_secs(seconds_to_decide)).await;
            let start = Instant::now();
            assert_eq!(login.confirm().await, Ok(()), "{seconds_to_decide} {tls}");
            let took = start.elapsed();
            assert!(took < Duration::from_secs(8), "{seconds_to_decide} {tls}: {took:?}");
            assert_eq!(world.server.code(&code.random).unwrap().decisions, 1);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_nobody_lets_in_leaves_a_decision_undone_and_never_in_doubt() {
    let world = World::new().await;
    let (mut relay, client) = relayed(&world);
    let code = world.web_code();
    let login = client.scanned(&world.read(&code)).await.unwrap();

    let blocked = relay.block().await;
    relay.end_all(End::Fin);
    let start = Instant::now();
    assert_eq!(outcome(&login.confirm().await), "network_timed_out");
    assert!(start.elapsed() <= Duration::from_secs(15), "{:?}", start.elapsed());
    assert_eq!(login.state(), LoginState::Scanned);
    assert_eq!(world.calls(), ["scanned"]);

    // Nothing needs to be asked first.
    relay.unblock(blocked);
    assert_eq!(login.confirm().await, Ok(()));
    assert_eq!(world.calls(), ["scanned", "confirm"]);
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_gets_no_answer_leaves_a_decision_undone_and_never_in_doubt() {
    let world = World::with_tls().await;
    let (relay, client) = relayed(&world);
    let code = world.web_code();
    let login = client.scanned(&world.read(&code)).await.unwrap();

    relay.swallow_next(u32::MAX);
    relay.end_all(End::Fin);
    assert_eq!(outcome(&login.confirm().await), "network_timed_out");
    assert_eq!(login.state(), LoginState::Scanned);

    relay.swallow_next(0);
    assert_eq!(login.confirm().await, Ok(()));
    assert_eq!(world.calls(), ["scanned", "confirm"]);
}

#[tokio::test(start_paused = true)]
async fn connecting_leaves_time_to_ask_what_became_of_a_decision() {
    let world = World::with_tls().await;
    let (relay, client) = relayed(&world);
    let code = world.web_code();
    let login = client.scanned(&world.read(&code)).await.unwrap();

    // One connection hangs, the next loses the answer.
    relay.swallow_next(1);
    relay.end_all(End::Fin);
    world.server.inject(Fault::drop().on("confirm").after_effect());
    let start = Instant::now();
    assert_eq!(login.confirm().await, Ok(()));
    assert!(start.elapsed() <= Duration::from_secs(15), "{:?}", start.elapsed());
    assert_eq!(world.calls(), ["scanned", "confirm", "check"]);
}

#[tokio::test(start_paused = true)]
async fn a_decision_costs_one_round_trip_however_long_the_user_thinks() {
    for tls in [false, true] {
        let world = if tls { World::with_tls().await } else { World::new().await };
        let (login, _) = world.scanned().await;
        tokio::time::sleep(Duration::from_secs(100)).await;
        assert_eq!(login.confirm().await, Ok(()));
        // Nor was the server asked meanwhile.
        assert_eq!(world.calls(), ["scanned", "confirm"]);
        assert_eq!(world.server.connections(), 1, "TLS: {tls}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_changed_network_drops_the_connections_that_were_kept() {
    for tls in [false, true] {
        let world = if tls { World::with_tls().await } else { World::new().await };
        let (relay, client) = relayed(&world);
        let code = world.web_code();
        let login = client.scanned(&world.read(&code)).await.unwrap();

        // The old one is dead, and nobody is told but by the platform.
        relay.end_all(End::Stall);
        client.network_changed();
        let start = Instant::now();
        assert_eq!(login.confirm().await, Ok(()));
        assert!(start.elapsed() < Duration::from_millis(100), "{:?}", start.elapsed());
        assert_eq!(world.calls(), ["scanned", "confirm"]);
        assert_eq!(world.server.connections(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_under_way_goes_on_when_the_network_changes() {
    let world = World::new().await;
    let (login, _) = world.scanned().await;
    world.server.inject(Fault::new(FaultKind::Delay(Duration::from_secs(2))).on("confirm"));
    let change = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        world.client.network_changed();
    };
    let (told, ()) = tokio::join!(login.confirm(), change);
    assert_eq!(told, Ok(()));
    assert_eq!(world.calls(), ["scanned", "confirm"]);
}

/// 64 KiB are read, and no byte more: what is filled up with spaces is a good answer still.
#[tokio::test(start_paused = true)]
async fn an_answer_of_up_to_64_kib_is_read() {
    for (length, expected) in [(64 * 1024, "ok"), (64 * 1024 + 1, "network_bad_answer")] {
        let world = World::new().await;
        let mut body = json!({ "code": 200 }).to_string().into_bytes();
        body.resize(length, b' ');
        let headers = vec![("content-type", "application/json".to_owned())];
        world.server.inject(Fault::new(FaultKind::Reply { status: 200, headers, body }));
        let told = world.client.scanned(&world.read(&world.web_code())).await;
        assert_eq!(outcome(&told), expected, "{length} bytes");
    }
}

/// What is not said to be JSON is none, whatever it looks like; what is not said to be anything is
/// looked at.
#[tokio::test(start_paused = true)]
async fn an_answer_counts_by_its_content_type() {
    for (content_type, expected) in [
        (Some("application/json"), "ok"),
        (Some("Application/JSON; charset=utf-8"), "ok"),
        (Some("application/problem+json"), "ok"),
        (None, "ok"),
        (Some("text/html"), "network_bad_answer"),
        (Some("text/plain"), "network_bad_answer"),
    ] {
        let world = World::new().await;
        let headers = content_type.map(|content_type| ("content-type", content_type.to_owned()));
        let body = json!({ "code": 200 }).to_string().into_bytes();
        let headers = headers.into_iter().collect();
        world.server.inject(Fault::new(FaultKind::Reply { status: 200, headers, body }));
        let told = world.client.scanned(&world.read(&world.web_code())).await;
        assert_eq!(outcome(&told), expected, "{content_type:?}");
    }
}
