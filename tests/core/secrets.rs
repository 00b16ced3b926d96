//! The token and the code's `random` stay inside.

use std::io;
use std::sync::{Arc, Mutex};

use genauth::Fault;
use scan_login::{TokenError, UserToken};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::World;

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

#[test]
fn a_token_prints_redacted() {
    let token = UserToken::new("canary").with_user_id("user-1");
    let printed = format!("{token:?} {token:#?}");
    assert!(!printed.contains("canary"), "{printed}");
    assert!(printed.contains("user-1"));
    let failed = TokenError::Failed { reason: "locked".to_owned() };
    assert_eq!(failed.to_string(), "locked");
}
