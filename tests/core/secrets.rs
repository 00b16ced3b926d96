//! The token and the code's `random` stay inside.

use std::io;
use std::sync::{Arc, Mutex};

use genauth::{Fault, FaultKind, Setup};
use scan_login::{ApiVersion, Config, Error, Language, TokenError, UserToken};
use serde_json::{Value, json};
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{World, outcome};

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test(start_paused = true)]
async fn neither_token_nor_random_is_printed_or_logged() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    // The tests' runtime has one thread, and so has this default.
    let guard = tracing::subscriber::set_default(subscriber);

    let mut printed = String::new();
    let mut secrets = Vec::new();
    let faults = || {
        [
            None,
            Some(Fault::drop()),
            Some(Fault::drop().after_effect()),
            Some(Fault::hang()),
            Some(Fault::html(502)),
            Some(Fault::json(401, json!({}))),
            Some(Fault::json(200, json!({ "code": 1576, "message": "no" }))),
        ]
    };
    for (tls, fault) in [false, true].into_iter().flat_map(|tls| faults().map(|fault| (tls, fault)))
    {
        // With TLS, one more library logs.
        let world = if tls { World::with_tls().await } else { World::new().await };
        let code = world.web_code();
        secrets.push(code.random.clone());
        secrets.push(world.tokens.pocket().token.clone().unwrap());
        let read = world.read(&code);
        printed += &format!("{read:?} {:?} {:#?}", world.client, world.client);
        let login = world.client.scanned(&read).await.unwrap();
        printed += &format!("{login:?}");
        if let Some(fault) = fault {
            world.server.inject(fault.on("confirm"));
            world.server.inject(Fault::drop().on("check").times(2));
        }
        let result = login.confirm().await;
        printed += &format!("{result:?} {login:?}");
        if let Err(error) = result {
            printed += &format!("{error} {error:#?}");
        }
        printed += &format!("{:?}", world.client.scanned(&read).await);
    }
    drop(guard);
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("scan_login"), "the log is empty");
    assert!(printed.contains("[redacted]"));
    for secret in secrets {
        assert!(!printed.contains(&secret), "printed");
        assert!(!logged.contains(&secret), "logged: {logged}");
    }
}

/// The URL of `check` holds the code's `random`, and errors of the network name URLs.
#[tokio::test(start_paused = true)]
async fn the_reason_of_a_failed_check_does_not_name_the_code() {
    for fault in [Fault::drop(), Fault::hang(), Fault::new(FaultKind::Truncated), Fault::html(200)]
    {
        let world = World::new().await;
        // The clocks disagree, so that the first request is a check.
        world.server.set_clock_offset(chrono::TimeDelta::days(-1));
        let code = world.web_code();
        world.server.inject(fault.on("check").times(99));
        let error = world.client.scanned(&world.read(&code)).await.unwrap_err();
        assert!(matches!(error, Error::Network { .. }), "{error:?}");
        assert!(!format!("{error} {error:?}").contains(&code.random), "{error:?}");
    }
}

/// What the pool's settings may add to the answers of `check`: the web page's own secrets.
pub(crate) fn check_with_tokens(api: ApiVersion, status: &Value, canary: &str) -> Value {
    let code = if api == ApiVersion::V3 { "statusCode" } else { "code" };
    json!({
        code: 200,
        "message": format!("ok {canary}"),
        "token": canary,
        "data": {
            "ticket": canary,
            "token": canary,
            "tokenSet": { "access_token": canary, "id_token": [canary] },
            "status": status,
            "userInfo": { "id": canary, "token": canary },
            "scannedResult": null,
        },
    })
}

#[tokio::test(start_paused = true)]
async fn tokens_in_the_answers_of_check_are_not_read() {
    const CANARY: &str = "eyJhbGciOiJIUzI1NiJ9.canary";
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let mut printed = String::new();
    for (api, status, told) in [
        (ApiVersion::V2, json!(2), "ok"),
        (ApiVersion::V2, json!(5), "refused"),
        (ApiVersion::V2, json!(77), "outcome_unknown"),
        (ApiVersion::V2, json!(null), "outcome_unknown"),
        (ApiVersion::V3, json!("AUTHORIZED"), "ok"),
        (ApiVersion::V3, json!("ERROR"), "refused"),
        (ApiVersion::V3, json!(CANARY), "outcome_unknown"),
    ] {
        let world = World::with(Setup::default(), |config| Config { api, ..config }).await;
        let (login, _) = world.scanned().await;
        let (name, check) = match api {
            ApiVersion::V3 => ("CONFIRM", "get-qrcode-status"),
            _ => ("confirm", "check"),
        };
        world.server.inject(Fault::drop().on(name));
        let answer = check_with_tokens(api, &status, CANARY);
        world.server.inject(Fault::json(200, answer).on(check).times(99));
        let result = login.confirm().await;
        assert_eq!(outcome(&result), told, "{status}");
        printed += &format!("{result:?} {login:?} {:?}", world.client);
        if let Err(error) = result {
            printed += &format!("{error} {error:#?} {}", error.user_text(Language::English));
        }
        printed += &format!("{:?} {login:?}", login.refresh().await);
    }
    drop(guard);
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("scan_login"), "the log is empty");
    assert!(!printed.contains("canary") && !logged.contains("canary"), "{printed} {logged}");
}

#[test]
fn a_token_prints_redacted() {
    let token = UserToken::new("canary").with_user_id("user-1");
    let printed = format!("{token:?} {token:#?}");
    assert!(!printed.contains("canary"), "{printed}");
    assert!(printed.contains("user-1"));
    let failed = TokenError::Failed { reason: "locked".to_owned() };
    assert_eq!(failed.to_string(), "locked");
}
