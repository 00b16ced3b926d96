//! What a web page, a browser and a web site's server meet.

use std::time::Duration;

use genauth::{Fault, FaultKind, Genauth, Options, Setup, Status, WebPage};
use serde_json::{Value, json};
use tokio::time::advance;

use crate::http::{Answer, send};

const APP: &str = "x-authing-app-id: 65a1b2c3d4e5f60718293a01";
const POOL: &str = "65a1b2c3d4e5f60718293a4b";

async fn server() -> Genauth {
    Genauth::start(Options::default()).await.unwrap()
}

async fn gene(server: &Genauth, headers: &[&str], body: Value) -> Value {
    send(&server.url(), "POST /api/v2/qrcode/gene", headers, &body.to_string()).await.json()
}

/// A phone's call as alice.
async fn phone(server: &Genauth, line: &str, body: Value) -> Answer {
    let token = format!("authorization: Bearer {}", server.issue_token("user-alice"));
    send(&server.url(), line, &[&token], &body.to_string()).await
}

#[tokio::test(start_paused = true)]
async fn a_page_sees_each_state() {
    let server = server().await;
    let page = WebPage::new(&server.url(), "65a1b2c3d4e5f60718293a01");
    let (random, _) = page.gene(json!({})).await.unwrap();
    let body = json!({ "random": random });
    assert_eq!(page.check(&random).await.unwrap().status, 0);
    phone(&server, "POST /api/v2/qrcode/scanned", body.clone()).await;
    let seen = page.check(&random).await.unwrap();
    assert_eq!((seen.status, &*seen.user_info.nickname, seen.ticket), (1, "Alice", None));
    // The alias without the version is the same.
    let answer = phone(&server, "POST /api/qrcode/confirm", body.clone()).await.json();
    assert_eq!(answer["message"], "授权登录成功");
    assert_eq!(page.check(&random).await.unwrap().status, 2);
    // Twice is refused.
    assert_eq!(phone(&server, "POST /api/v2/qrcode/confirm", body).await.json()["code"], 500);

    let (random, _) = page.gene(json!({})).await.unwrap();
    let body = json!({ "random": random });
    assert_eq!(
        phone(&server, "POST /api/v2/qrcode/cancel", body.clone()).await.json()["code"],
        500
    );
    phone(&server, "POST /api/v2/qrcode/scanned", body.clone()).await;
    phone(&server, "POST /api/v2/qrcode/cancel", body).await;
    assert_eq!(page.check(&random).await.unwrap().status, 3);

    let (random, _) = page.gene(json!({})).await.unwrap();
    advance(Duration::from_secs(121)).await;
    assert_eq!(page.check(&random).await.unwrap().status, -1);
    server.set_status(&random, Status::MfaRequired);
    assert_eq!(page.check(&random).await.unwrap().status, 4);
    server.set_status(&random, Status::Failed);
    assert_eq!(page.check(&random).await.unwrap().status, 5);
    server.forget_code(&random);
    assert!(page.check(&random).await.unwrap_err().to_string().contains("2241"));
}

#[tokio::test(start_paused = true)]
async fn a_ticket_is_exchanged_by_who_may() {
    let secret = format!("x-authing-userpool-secret: secret-of-{POOL}");
    let origin = "origin: https://site.example";
    for (browser_exchange, headers, expected) in [
        (false, &[&*secret][..], 200),
        (false, &[], 1001),
        (false, &["x-authing-userpool-secret: wrong"], 1001),
        (false, &[origin], 1001),
        (true, &[origin], 200),
        (true, &[], 1001),
    ] {
        let mut setup = Setup::default();
        setup.pools[0].browser_exchange = browser_exchange;
        let server = Genauth::start(Options { setup, ..Options::default() }).await.unwrap();
        let random = server.make_code(POOL, None).random;
        let body = json!({ "random": random });
        phone(&server, "POST /api/v2/qrcode/scanned", body.clone()).await;
        phone(&server, "POST /api/v2/qrcode/confirm", body).await;
        let body = json!({ "ticket": server.code(&random).unwrap().ticket }).to_string();
        let url = server.url();
        let exchange = || send(&url, "POST /api/v2/qrcode/userinfo", headers, &body);
        assert_eq!(exchange().await.json()["code"], expected, "{headers:?}");
        // The web SDK may exchange it twice.
        assert_eq!(exchange().await.json()["code"], expected, "{headers:?}");
        advance(Duration::from_secs(301)).await;
        assert_eq!(exchange().await.json()["code"], 500);
    }
}

#[tokio::test(start_paused = true)]
async fn a_code_is_made_for_the_pool_of_the_app() {
    let server = server().await;
    for (body, custom_data) in [
        (json!({ "scene": "APP_AUTH" }), None),
        (json!({ "scene": "APP_AUTH", "params": { "a": 1 } }), Some(json!({ "a": 1 }))),
        (json!({ "scene": "APP_AUTH", "customeData": "{\"a\":1}" }), Some(json!({ "a": 1 }))),
    ] {
        let answer = gene(&server, &[APP], body).await;
        assert_eq!(answer["data"]["expiresIn"], 120);
        let code = server.code(answer["data"]["random"].as_str().unwrap()).unwrap();
        assert_eq!(code.random.len(), 30);
        let text: Value = serde_json::from_str(&code.text).unwrap();
        assert_eq!(text["userPoolId"], POOL);
        assert_eq!(text.get("customData"), custom_data.as_ref());
    }
    assert_eq!(gene(&server, &[APP], json!({ "scene": "OTHER" })).await["code"], 400);
    let too_long = json!({ "scene": "APP_AUTH", "params": { "a": "x".repeat(2300) } });
    assert_eq!(gene(&server, &[APP], too_long).await["code"], 400);
    assert_eq!(gene(&server, &[], json!({ "scene": "APP_AUTH" })).await["code"], 400);
    let unknown = gene(&server, &["x-authing-app-id: x"], json!({ "scene": "APP_AUTH" })).await;
    assert_eq!(unknown["code"], 400);
}

#[tokio::test(start_paused = true)]
async fn browsers_of_other_origins_are_let_in_with_credentials() {
    let server = server().await;
    let origin = "origin: https://site.example";
    let asked = "access-control-request-headers: x-authing-app-id,content-type";
    let preflight = send(&server.url(), "OPTIONS /api/v2/qrcode/gene", &[origin, asked], "").await;
    assert_eq!(preflight.status, 204);
    assert_eq!(preflight.headers["access-control-allow-headers"], "x-authing-app-id,content-type");
    assert!(preflight.headers["access-control-allow-methods"].contains("POST"));

    let code = server.make_code(POOL, None);
    let picture = format!("GET /qrcode/{POOL}/{}.png", code.random);
    for line in ["GET /api/v2/qrcode/check?random=x", &picture, "OPTIONS /api/v2/qrcode/gene"] {
        let answer = send(&server.url(), line, &[origin], "").await;
        assert_eq!(answer.headers["access-control-allow-origin"], "https://site.example", "{line}");
        assert_eq!(answer.headers["access-control-allow-credentials"], "true", "{line}");
    }
    let answer = send(&server.url(), &picture, &[], "").await;
    assert_eq!((answer.status, &*answer.headers["content-type"]), (200, "image/png"));
    assert!(!answer.headers.contains_key("access-control-allow-origin"));
}

#[tokio::test(start_paused = true)]
async fn v3_speaks_of_the_same_codes() {
    let server = server().await;
    let url = server.url();
    let body = json!({ "type": "MOBILE_APP", "customData": { "a": 1 } }).to_string();
    let made = send(&url, "POST /api/v3/gene-qrcode", &[APP], &body).await.json();
    assert_eq!(made["statusCode"], 200);
    let id = made["data"]["qrcodeId"].as_str().unwrap().to_owned();
    let status = || async {
        let line = format!("GET /api/v3/get-qrcode-status?qrcodeId={id}");
        send(&url, &line, &[], "").await.json()["data"].clone()
    };
    assert_eq!(status().await, json!({ "status": "PENDING" }));
    let set = |action| {
        phone(
            &server,
            "POST /api/v3/set-qrcode-status",
            json!({ "qrcodeId": id, "action": action }),
        )
    };
    assert_eq!(set("SCAN").await.json()["data"], json!({ "success": true }));
    assert_eq!(status().await["briefUserInfo"]["displayName"], "Alice");
    assert_eq!(set("DANCE").await.json()["apiCode"], 400);
    let body = json!({ "qrcodeId": id, "action": "CONFIRM" });
    let answer = phone(&server, "POST /api/v3/change-qrcode-status", body).await.json();
    assert_eq!((&answer["statusCode"], answer.get("data")), (&json!(200), None));
    let irregular = format!("GET /api/v3/check-qrcode-status?qrcodeId={id}");
    let answer = send(&url, &irregular, &[], "").await.json();
    assert_eq!(answer["status"], "AUTHORIZED");

    let basic = "authorization: Basic NjVhMWIyYzNkNGU1ZjYwNzE4MjkzYTAxOnNlY3JldC1vZi02NWExYjJjM2Q0ZTVmNjA3MTgyOTNhNGI=";
    let ticket = answer["ticket"].as_str().unwrap();
    let body = json!({ "ticket": ticket }).to_string();
    let exchange = "POST /api/v3/exchange-tokenset-with-qrcode-ticket";
    assert_eq!(send(&url, exchange, &[], &body).await.json()["apiCode"], 1001);
    assert_eq!(send(&url, exchange, &[basic], &body).await.json()["data"]["expire_in"], 7200);
    let body = json!({
        "ticket": ticket, "client_id": "65a1b2c3d4e5f60718293a01",
        "client_secret": format!("secret-of-{POOL}"),
    });
    let answer = send(&url, exchange, &[], &body.to_string()).await.json();
    assert!(answer["data"]["id_token"].is_string());
}

#[tokio::test(start_paused = true)]
async fn an_app_has_a_configuration_and_a_login_page() {
    let server = server().await;
    let config = "/api/v2/applications/65a1b2c3d4e5f60718293a01/public-config";
    let answer = send(&server.url(), &format!("GET {config}"), &[], "").await.json();
    assert_eq!(answer["data"]["userPoolId"], POOL);
    assert_eq!(
        format!("http://{}", answer["data"]["requestHostname"].as_str().unwrap()),
        server.url()
    );
    let unknown = send(&server.url(), "GET /api/v2/applications/x/public-config", &[], "").await;
    assert_eq!(unknown.json()["code"], 404);
    let page = send(&server.url(), "GET /", &[], "").await;
    assert!(String::from_utf8(page.body).unwrap().contains("65a1b2c3d4e5f60718293a01"));
    assert_eq!(send(&server.url(), "GET /qrcode/pool/x.png", &[], "").await.status, 404);
}

#[tokio::test]
async fn a_page_is_told_of_the_logo_to_paint_if_there_is_one() {
    for custom_logo in [false, true] {
        let setup = Setup { custom_logo, ..Setup::default() };
        let server = Genauth::start(Options { setup, ..Options::default() }).await.unwrap();
        let made = gene(&server, &[APP], json!({ "scene": "APP_AUTH" })).await;
        assert_eq!(made["data"]["customLogo"].is_string(), custom_logo, "{made}");
        let body = json!({ "type": "MOBILE_APP" }).to_string();
        let v3 = send(&server.url(), "POST /api/v3/gene-qrcode", &[APP], &body).await.json();
        assert_eq!(v3["data"]["customLogoUrl"].is_string(), custom_logo, "{v3}");
    }
}

#[tokio::test]
async fn what_became_of_a_request_is_remembered() {
    let server = server().await;
    let page = WebPage::new(&server.url(), "65a1b2c3d4e5f60718293a01");
    let (random, _) = page.gene(json!({})).await.unwrap();
    page.check(&random).await.unwrap();
    server.inject(Fault::drop().on("/check"));
    page.check(&random).await.unwrap_err();
    let [first, second] = &server.last_requests(2, |request| request.path.ends_with("/check"))[..]
    else {
        panic!("two requests")
    };
    let genauth::Answer::Given { status: 200, body } = &first.answer else { panic!("{first:?}") };
    assert!(body.contains(&random), "{body}");
    assert_eq!(second.answer, genauth::Answer::Lost);
}

#[tokio::test]
async fn a_fault_can_be_for_one_sender_alone() {
    let server = server().await;
    server.inject(Fault::json(503, json!({})).sent_by("scan-login").on("/config"));
    let line = "GET /config";
    let of = async |sender: &[&str]| send(&server.url(), line, sender, "").await.status;
    assert_eq!(of(&[]).await, 404);
    assert_eq!(of(&["x-authing-request-from: web"]).await, 404);
    assert_eq!(of(&["x-authing-request-from: scan-login/1"]).await, 503);
}

#[tokio::test(start_paused = true)]
async fn a_check_that_lags_shows_how_a_code_stood() {
    let server = server().await;
    server.set_check_lag(chrono::TimeDelta::seconds(5));
    let page = WebPage::new(&server.url(), "65a1b2c3d4e5f60718293a01");
    let (random, _) = page.gene(json!({})).await.unwrap();
    advance(Duration::from_secs(10)).await;
    phone(&server, "POST /api/v2/qrcode/scanned", json!({ "random": random })).await;
    let seen = page.check(&random).await.unwrap();
    assert_eq!((seen.status, seen.user_info.nickname.as_str()), (0, ""));
    advance(Duration::from_secs(6)).await;
    assert_eq!(page.check(&random).await.unwrap().status, 1);
    // It expires late, too.
    advance(Duration::from_secs(107)).await;
    assert_eq!(page.check(&random).await.unwrap().status, 1);
    advance(Duration::from_secs(3)).await;
    assert_eq!(page.check(&random).await.unwrap().status, -1);
}

#[tokio::test(start_paused = true)]
async fn a_real_answer_may_have_a_wrong_date_or_a_header_more() {
    let server = server().await;
    let url = server.url();
    let line = "GET /api/v2/applications/65a1b2c3d4e5f60718293a01/public-config";
    let date = |answer: &Answer| {
        chrono::DateTime::parse_from_rfc2822(&answer.headers["date"]).unwrap().timestamp()
    };
    let right = send(&url, line, &[], "").await;
    server.inject(Fault::new(FaultKind::WrongDate(chrono::TimeDelta::hours(-1))));
    let wrong = send(&url, line, &[], "").await;
    assert_eq!(date(&right) - date(&wrong), 3600);
    assert_eq!(wrong.body, right.body);
    server.inject(Fault::new(FaultKind::Header("age", "7".to_owned())));
    let cached = send(&url, line, &[], "").await;
    assert_eq!((cached.headers["age"].as_str(), cached.body), ("7", right.body));
    assert_eq!(server.connections(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_server_may_take_a_decision_again_and_counts_them() {
    let setup = Setup { redecide: true, ..Setup::default() };
    let server = Genauth::start(Options { setup, ..Options::default() }).await.unwrap();
    let code = server.make_code(POOL, None);
    let body = json!({ "random": code.random });
    for call in ["scanned", "confirm", "confirm", "cancel"] {
        let line = format!("POST /api/v2/qrcode/{call}");
        assert_eq!(phone(&server, &line, body.clone()).await.json()["code"], 200, "{call}");
    }
    let code = server.code(&code.random).unwrap();
    assert_eq!((code.status, code.decisions), (Status::Cancelled, 3));
}
