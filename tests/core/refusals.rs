//! A code that is refused makes no request, and none ever goes to another host.

use std::time::Duration;

use genauth::{Fault, Setup};
use proptest::prelude::*;
use scan_login::{ApiVersion, Config, Error};
use serde_json::{Value, json};

use crate::support::{OTHER_POOL, POOL, World, outcome, run};

#[tokio::test(start_paused = true)]
async fn refused_codes_make_no_request() {
    let world = World::new().await;
    world.client.warm_up().await.unwrap();
    let good: Value = serde_json::from_str(&world.web_code().text).unwrap();
    let with = |name: &str, value: Value| {
        let mut code = good.clone();
        code[name] = value;
        code.to_string()
    };
    let expired = world.web_code();
    tokio::time::advance(Duration::from_secs(125)).await;
    for (text, expected) in [
        ("https://example.com".to_owned(), "not_a_login_code"),
        ("[]".to_owned(), "not_a_login_code"),
        (with("random", Value::Null), "not_a_login_code"),
        (with("random", json!("a b")), "not_a_login_code"),
        (with("scene", json!("WXAPP_AUTH")), "wrong_scene"),
        (with("userPoolId", json!(OTHER_POOL)), "wrong_user_pool"),
        (expired.text, "expired"),
    ] {
        assert_eq!(outcome(&world.client.read_text(&text)), expected, "{text}");
        let picture = genauth::png(text.as_bytes());
        assert_eq!(outcome(&world.client.read_image(picture).await), expected, "{text}");
    }
    assert_eq!(world.calls(), ["public-config"]);
}

#[tokio::test(start_paused = true)]
async fn a_code_that_another_client_read_is_judged_again() {
    let world = World::new().await;
    let theirs = world.server.make_code(OTHER_POOL, None);
    let them = World::with(Setup::default(), |config| Config {
        user_pool_id: OTHER_POOL.to_owned(),
        ..config
    })
    .await;
    let code = them.client.read_text(&theirs.text).unwrap();
    let found = OTHER_POOL.to_owned();
    assert_eq!(world.client.scanned(&code).await.err(), Some(Error::WrongUserPool { found }));
    assert_eq!(world.calls(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn redirects_are_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        for to in ["/api/v2/qrcode/confirm", "http://127.0.0.2:1/", "https://example.com/"] {
            let world = World::new().await;
            let code = world.read(&world.web_code());
            world.server.inject(Fault::redirect(status, to).on("scanned"));
            let result = world.client.scanned(&code).await;
            assert_eq!(outcome(&result), "network_bad_answer", "{status} {to}");
            assert_eq!(world.calls(), ["scanned"], "{status} {to}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever a code says beside the fields that are checked, the requests go to the configured
    /// host and to the paths of the API.
    #[test]
    fn a_code_never_chooses_where_requests_go(
        random in "[A-Za-z0-9_.~+/=-]{1,128}",
        extra in prop::collection::hash_map("[a-zA-Z@:/.]{1,12}", "\\PC{0,40}", 0..5),
        v3 in any::<bool>(),
    ) {
        run(async {
            let api = if v3 { ApiVersion::V3 } else { ApiVersion::V2 };
            let world = World::with(Setup::default(), |config| Config { api, ..config }).await;
            let mut code = json!({ "customData": extra });
            for (name, value) in &extra {
                code[name] = json!(value);
            }
            let checked = [("scene", "APP_AUTH"), ("random", &random), ("userPoolId", POOL)];
            for (name, value) in checked {
                code[name] = json!(value);
            }
            let code = world.client.read_text(code.to_string()).unwrap();
            let _ = world.client.scanned(&code).await;
            let requests = world.server.requests();
            assert!(!requests.is_empty());
            for request in requests {
                assert_eq!(format!("http://{}", request.headers["host"]), world.server.url());
                assert!(PATHS.contains(&request.path.as_str()), "{}", request.path);
            }
        });
    }
}

const PATHS: [&str; 4] = [
    "/api/v2/qrcode/scanned",
    "/api/v2/qrcode/check",
    "/api/v3/set-qrcode-status",
    "/api/v3/get-qrcode-status",
];
