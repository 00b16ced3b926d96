//! When the network does not play along.

use std::time::Duration;

use genauth::{Fault, FaultKind, Setup, Status};
use scan_login::{Client, Config, Error, LoginCode, NetworkFailure};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::Instant;

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

/// A tunnel to a server, whose connections can die without anybody being told.
async fn tunnel(to: String) -> (u16, watch::Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (kill, killed) = watch::channel(());
    tokio::spawn(async move {
        loop {
            let (mut phone, _) = listener.accept().await.unwrap();
            let mut server = TcpStream::connect(&to).await.unwrap();
            // The kernel's pauses are real ones, and virtual time does not wait for them.
            phone.set_nodelay(true).unwrap();
            server.set_nodelay(true).unwrap();
            let mut killed = killed.clone();
            killed.mark_unchanged();
            tokio::spawn(async move {
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut phone, &mut server) => {}
                    _ = killed.changed() => {
                        // What the phone sends is swallowed.
                        let _ = tokio::io::copy(&mut phone, &mut tokio::io::sink()).await;
                    }
                }
            });
        }
    });
    (port, kill)
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_died_unnoticed_does_not_lose_the_decision() {
    for seconds_to_decide in [1, 11, 100] {
        for tls in [false, true] {
            let world = if tls { World::with_tls().await } else { World::new().await };
            let (scheme, authority) = {
                let url = world.server.url();
                let (scheme, authority) = url.split_once("://").unwrap();
                (scheme.to_owned(), authority.to_owned())
            };
            let (port, kill) = tunnel(authority).await;
            let base_url = format!("{scheme}://127.0.0.1:{port}");
            let config = Config { base_url, ..config_for(&world.server) };
            let client = Client::new(config, world.tokens.clone()).unwrap();
            let code = world.web_code();
            let login = client.scanned(&world.read(&code)).await.unwrap();

            kill.send_replace(());
            tokio::time::sleep(Duration::from_secs(seconds_to_decide)).await;
            let start = Instant::now();
            assert_eq!(login.confirm().await, Ok(()), "{seconds_to_decide} {tls}");
            let took = start.elapsed();
            assert!(took < Duration::from_secs(8), "{seconds_to_decide} {tls}: {took:?}");
            assert_eq!(world.server.code(&code.random).unwrap().decisions, 1);
        }
    }
}
