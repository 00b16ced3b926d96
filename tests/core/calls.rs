//! What goes over the wire when all is well: PROTOCOL 4 and 6.

use std::collections::BTreeMap;

use genauth::{Fault, PayloadShape, Recorded, Setup, Status, WebPage};
use scan_login::{ApiVersion, AuthorizationForm, Config, Language, LoginState};
use serde_json::{Value, json};

use crate::support::{ALICE, APP, POOL, World, outcome};

#[tokio::test(start_paused = true)]
async fn a_login_is_approved_and_the_web_site_gets_the_user() {
    let world = World::new().await;
    let page = WebPage::new(&world.server.url(), APP);
    let (random, url) = page.gene(json!({ "screen": "kitchen" })).await.unwrap();
    assert_eq!(page.check(&random).await.unwrap().status, 0);

    let code = world.client.read_image(page.picture(&url).await.unwrap()).await.unwrap();
    assert_eq!(code.custom_data(), Some(r#"{"screen":"kitchen"}"#));
    let login = world.client.scanned(&code).await.unwrap();
    assert_eq!(login.state(), LoginState::Scanned);
    let seen = page.check(&random).await.unwrap();
    assert_eq!((seen.status, seen.user_info.nickname.as_str()), (1, "Alice"));

    login.confirm().await.unwrap();
    assert_eq!(login.state(), LoginState::Confirmed);
    let seen = page.check(&random).await.unwrap();
    assert_eq!(seen.status, 2);
    let user = page.exchange(&seen.ticket.unwrap(), &format!("secret-of-{POOL}")).await;
    assert_eq!(user.unwrap().id, ALICE);
}

#[tokio::test(start_paused = true)]
async fn a_login_is_declined() {
    let world = World::new().await;
    let (login, random) = world.scanned().await;
    login.cancel().await.unwrap();
    assert_eq!(login.state(), LoginState::Cancelled);
    assert_eq!(world.status(&random), Status::Cancelled);
}

#[tokio::test(start_paused = true)]
async fn v2_calls_are_what_the_vendors_sdks_send() {
    let world = World::new().await;
    let (login, random) = world.scanned().await;
    login.confirm().await.unwrap();
    let (login, other) = world.scanned().await;
    login.cancel().await.unwrap();

    let token = world.tokens.pocket().token.clone().unwrap();
    let requests = world.server.requests();
    let sent: Vec<_> = requests.iter().map(line).collect();
    assert_eq!(
        sent,
        [
            ("POST /api/v2/qrcode/scanned?".to_owned(), json!({ "random": random })),
            ("POST /api/v2/qrcode/confirm?".to_owned(), json!({ "random": random })),
            ("POST /api/v2/qrcode/scanned?".to_owned(), json!({ "random": other })),
            ("POST /api/v2/qrcode/cancel?".to_owned(), json!({ "random": other })),
        ]
    );
    for request in &requests {
        let version = env!("CARGO_PKG_VERSION");
        let mut headers = request.headers.clone();
        for name in ["host", "content-length", "accept"] {
            headers.remove(name);
        }
        let expected = [
            ("authorization", format!("Bearer {token}")),
            ("content-type", "application/json".to_owned()),
            ("user-agent", format!("scan-login/{version}")),
            ("x-authing-app-id", APP.to_owned()),
            ("x-authing-lang", "en-US".to_owned()),
            ("x-authing-request-from", format!("scan-login@{version}")),
            ("x-authing-sdk-version", version.to_owned()),
            ("x-authing-userpool-id", POOL.to_owned()),
        ];
        let expected: BTreeMap<_, _> =
            expected.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        assert_eq!(headers, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn the_header_prefix_the_token_form_and_the_language_are_configurable() {
    let world = World::with(Setup::default(), |config| Config {
        header_prefix: "x-approw".to_owned(),
        authorization: AuthorizationForm::Raw,
        language: Language::SimplifiedChinese,
        ..config
    })
    .await;
    world.scanned().await;
    let token = world.tokens.pocket().token.clone().unwrap();
    let headers = &world.server.requests()[0].headers;
    assert_eq!(headers["authorization"], token);
    assert_eq!(headers["x-approw-userpool-id"], POOL);
    assert_eq!(headers["x-approw-lang"], "zh-CN");
    assert!(!headers.keys().any(|name| name.starts_with("x-authing")));
}

#[tokio::test(start_paused = true)]
async fn every_generation_of_the_api_confirms_and_cancels() {
    for (api, path) in [
        (ApiVersion::V2, "/api/v2/qrcode/confirm"),
        (ApiVersion::V2Unversioned, "/api/qrcode/confirm"),
        (ApiVersion::V3, "/api/v3/set-qrcode-status"),
    ] {
        let world = World::with(Setup::default(), |config| Config { api, ..config }).await;
        let (login, random) = world.scanned().await;
        assert_eq!(world.status(&random), Status::Scanned, "{api:?}");
        login.confirm().await.unwrap();
        assert_eq!(world.status(&random), Status::Confirmed, "{api:?}");
        assert_eq!(world.server.requests()[1].path, path);

        let (login, random) = world.scanned().await;
        login.cancel().await.unwrap();
        assert_eq!(world.status(&random), Status::Cancelled, "{api:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn v3_names_the_code_and_the_action() {
    let v3 = |config| Config { api: ApiVersion::V3, ..config };
    let world = World::with(Setup::default(), v3).await;
    let (login, random) = world.scanned().await;
    login.confirm().await.unwrap();
    let bodies: Vec<_> = world.server.requests().iter().map(|request| line(request).1).collect();
    assert_eq!(
        bodies,
        [
            json!({ "qrcodeId": random, "action": "SCAN" }),
            json!({ "qrcodeId": random, "action": "CONFIRM" })
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn v3_falls_back_to_the_older_name_of_its_call_and_remembers_it() {
    let no_such_call = [
        Fault::html(404),
        Fault::json(404, json!({ "statusCode": 404, "message": "Cannot POST" })),
        Fault::json(200, json!({ "statusCode": 404, "message": "Cannot POST" })),
    ];
    for fault in no_such_call {
        let v3 = |config| Config { api: ApiVersion::V3, ..config };
        let world = World::with(Setup::default(), v3).await;
        world.server.inject(fault.clone().on("set-qrcode-status").times(99));
        let (login, random) = world.scanned().await;
        login.confirm().await.unwrap();
        let (other, declined) = world.scanned().await;
        other.cancel().await.unwrap();
        assert_eq!(world.status(&random), Status::Confirmed);
        assert_eq!(world.status(&declined), Status::Cancelled);
        let (set, change) = ("set-qrcode-status", "change-qrcode-status");
        assert_eq!(world.calls(), [set, change, change, change, change], "{fault:?}");
        let bodies: Vec<_> =
            world.server.requests().iter().map(|request| line(request).1).collect();
        assert_eq!(bodies[0], bodies[1]);
    }
}

#[tokio::test(start_paused = true)]
async fn v3_asks_for_the_newer_name_first_where_neither_was_found() {
    let v3 = |config| Config { api: ApiVersion::V3, ..config };
    let world = World::with(Setup::default(), v3).await;
    world.server.inject(Fault::html(404).on("SCAN").times(2));
    let code = world.web_code();
    let told = world.client.scanned(&world.read(&code)).await;
    assert_eq!(outcome(&told), "network_bad_answer");
    world.client.scanned(&world.read(&code)).await.unwrap();
    let (set, change) = ("set-qrcode-status", "change-qrcode-status");
    assert_eq!(world.calls(), [set, change, set]);
}

#[tokio::test(start_paused = true)]
async fn v3_remembers_a_name_only_after_a_success_and_not_for_ever() {
    let v3 = |config| Config { api: ApiVersion::V3, ..config };
    let (set, change) = ("set-qrcode-status", "change-qrcode-status");
    for not_a_success in
        [Fault::html(502), Fault::html(405), Fault::json(200, json!({ "code": 2004 }))]
    {
        let world = World::with(Setup::default(), v3).await;
        world.server.inject(Fault::html(404).on(set).times(9));
        world.server.inject(not_a_success.clone().on(change).times(9));
        let code = world.web_code();
        assert!(world.client.scanned(&world.read(&code)).await.is_err());
        world.server.clear_faults();
        let before = world.calls().len();
        world.client.scanned(&world.read(&code)).await.unwrap();
        assert_eq!(world.calls()[before..], [set], "{not_a_success:?}");
    }
    // The server was replaced by one that knows the newer name alone.
    let world = World::with(Setup::default(), v3).await;
    world.server.inject(Fault::html(404).on(set));
    world.scanned().await;
    world.server.inject(Fault::html(404).on(change));
    let (login, _) = world.scanned().await;
    login.confirm().await.unwrap();
    assert_eq!(world.calls(), [set, change, change, set, set]);
}

/// What answers 404 to a decision may have handed it on before.
#[tokio::test(start_paused = true)]
async fn v3_does_not_send_a_decision_by_both_names() {
    let v3 = |config| Config { api: ApiVersion::V3, ..config };
    let world = World::with(Setup::default(), v3).await;
    let (login, random) = world.scanned().await;
    world.server.inject(Fault::html(404).on("CONFIRM").after_effect());
    assert_eq!(login.confirm().await, Ok(()));
    let (set, get) = ("set-qrcode-status", "get-qrcode-status");
    assert_eq!(world.calls(), [set, set, get]);
    assert_eq!(world.server.code(&random).unwrap().decisions, 1);
}

#[tokio::test(start_paused = true)]
async fn custom_data_of_any_type_is_carried_through_a_login() {
    for data in [json!("text"), json!(["a", 1]), json!(null), json!(7.5), json!(true)] {
        let world = World::new().await;
        let code = world.server.make_code(POOL, Some(data.clone()));
        let login = world.client.scanned(&world.read(&code)).await.unwrap();
        assert_eq!(login.code().custom_data(), Some(data.to_string().as_str()));
        login.confirm().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn http_201_is_a_success_too() {
    let world = World::with(Setup { post_status: 201, ..Setup::default() }, |config| config).await;
    let (login, _) = world.scanned().await;
    login.confirm().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn every_payload_shape_is_approved() {
    for payload in [PayloadShape::ExpireAt, PayloadShape::ExpiresIn, PayloadShape::NoExpiry] {
        let world = World::with(Setup { payload, ..Setup::default() }, |config| config).await;
        let (login, random) = world.scanned().await;
        assert_eq!(login.expires_at().is_some(), payload != PayloadShape::NoExpiry);
        login.confirm().await.unwrap();
        assert_eq!(world.status(&random), Status::Confirmed);
    }
}

#[tokio::test(start_paused = true)]
async fn marking_a_code_again_is_the_same_login_without_a_request() {
    let world = World::new().await;
    let code = world.web_code();
    let read = world.read(&code);
    let (one, two) = tokio::join!(world.client.scanned(&read), world.client.scanned(&read));
    let (one, two) = (one.unwrap(), two.unwrap());
    one.confirm().await.unwrap();
    assert_eq!(two.state(), LoginState::Confirmed);
    two.confirm().await.unwrap();
    assert_eq!(world.calls(), ["scanned", "confirm"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_logins_at_once_through_one_client() {
    let world = World::patient().await;
    let logins: Vec<_> = (0..500)
        .map(|number| {
            let code = world.web_code();
            let (client, read) = (world.client.clone(), world.read(&code));
            tokio::spawn(async move {
                let login = client.scanned(&read).await.unwrap();
                let agreed = number % 2 == 0;
                if agreed { login.confirm().await } else { login.cancel().await }.unwrap();
                (code.random, if agreed { Status::Confirmed } else { Status::Cancelled })
            })
        })
        .collect();
    for login in logins {
        let (random, expected) = login.await.unwrap();
        assert_eq!(world.status(&random), expected);
    }
    assert_eq!(world.server.requests().len(), 1000);
}

fn line(request: &Recorded) -> (String, Value) {
    let line = format!("{} {}?{}", request.method, request.path, request.query);
    (line, serde_json::from_str(&request.body).unwrap_or_default())
}
