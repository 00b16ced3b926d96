//! `/api/v2/qrcode/…` and its alias without the `v2` (PROTOCOL 4 and 5).

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::choices;
use crate::server::{Shared, bearer, header, pool_of};
use crate::setup::{Pool, User};
use crate::store::{Act, Refusal, Status, iso};

pub(crate) fn routes() -> Router<Shared> {
    let calls = Router::new()
        .route("/gene", post(gene))
        .route("/check", get(check))
        .route("/userinfo", post(userinfo))
        .route("/{act}", post(act));
    Router::new().nest("/api/v2/qrcode", calls.clone()).nest("/api/qrcode", calls)
}

async fn gene(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<Response, Refused> {
    if body.get("scene") != Some(&json!("APP_AUTH")) {
        return Err(choices::BAD_REQUEST.into());
    }
    let mut store = shared.store();
    let pool_id = pool_of(&store, &headers).ok_or(choices::BAD_REQUEST)?;
    let custom_data = choices::CUSTOM_DATA_KEYS.iter().find_map(|key| body.get(*key)).cloned();
    // Documented as a string, sent as an object (PROTOCOL 9).
    let custom_data = match custom_data {
        Some(Value::String(text)) => serde_json::from_str(&text).ok(),
        other => other,
    };
    let code = store.make_code(&pool_id, custom_data).ok_or(choices::BAD_REQUEST)?;
    let life = code.expires_at - code.created_at;
    let mut data = json!({
        "random": code.random,
        "expiresIn": life.num_seconds(),
        "url": shared.picture_url(&code),
    });
    if store.setup.custom_logo {
        data["customLogo"] = json!(choices::LOGO);
    }
    Ok((post_status(&store.setup), Json(json!({ "code": 200, "data": data }))).into_response())
}

#[derive(Deserialize)]
struct CheckQuery {
    random: String,
}

async fn check(
    State(shared): State<Shared>,
    Query(query): Query<CheckQuery>,
) -> Result<Json<Value>, Refused> {
    let store = shared.store();
    let code = store.checked_code(&query.random).ok_or(NO_SUCH_CODE)?;
    let user = code.scanned_by.as_deref().and_then(|id| store.user(id));
    let user_info = match (user, code.status) {
        (Some((pool, user)), Status::Confirmed) if pool.full_user_info => full_user(pool, user),
        (Some((_, user)), Status::Scanned | Status::Confirmed) => {
            json!({ "nickname": user.nickname, "photo": PHOTO })
        }
        _ => json!({}),
    };
    let scanned_result = match code.status {
        Status::MfaRequired => json!({
            "code": 1636, "statusCode": 200, "apiCode": 1636, "message": "请进行二次认证", "data": {},
        }),
        Status::Failed => json!({ "code": 1000, "message": "登录失败", "errmsg": "登录失败" }),
        _ => Value::Null,
    };
    let data = json!({
        "random": code.random,
        "userInfo": user_info,
        "status": number(code.status),
        "ticket": code.ticket,
        "scannedUserId": code.scanned_by,
        "scannedResult": scanned_result,
    });
    Ok(Json(json!({ "code": 200, "message": "查询二维码状态成功！", "data": data })))
}

#[derive(Deserialize)]
struct ActBody {
    random: String,
}

async fn act(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    headers: HeaderMap,
    Json(body): Json<ActBody>,
) -> Result<Response, Refused> {
    let (act, text, status) = match name.as_str() {
        "scanned" => (Act::Scan, "二维码扫描确认成功", choices::PHONE_STATUS_SCANNED),
        "confirm" => (Act::Confirm, "授权登录成功", choices::PHONE_STATUS_CONFIRMED),
        "cancel" => (Act::Cancel, "取消授权成功", choices::PHONE_STATUS_CANCELLED),
        _ => return Ok(StatusCode::NOT_FOUND.into_response()),
    };
    let mut store = shared.store();
    store.act(act, &body.random, bearer(&headers))?;
    let data = json!({ "random": body.random, "status": status, "description": "xxxx" });
    let answer = json!({ "code": 200, "message": text, "data": data });
    Ok((post_status(&store.setup), Json(answer)).into_response())
}

#[derive(Deserialize)]
struct ExchangeBody {
    ticket: String,
}

async fn userinfo(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Json(body): Json<ExchangeBody>,
) -> Result<Json<Value>, Refused> {
    let mut store = shared.store();
    let (pool, user) = store.exchange(&body.ticket)?;
    let from_browser = headers.contains_key("origin");
    let has_secret = header(&headers, choices::SECRET_HEADER) == Some(&pool.secret);
    let allowed = has_secret || (from_browser && pool.browser_exchange);
    if !allowed {
        return Err(choices::EXCHANGE_NOT_ALLOWED.into());
    }
    let mut data = full_user(&pool, &user);
    data["token"] = json!(store.issue_token(&user.id));
    data["tokenExpiredAt"] = json!(iso(store.now() + chrono::TimeDelta::days(14)));
    Ok(Json(json!({ "code": 200, "message": "换取用户信息成功", "data": data })))
}

pub(crate) fn full_user(pool: &Pool, user: &User) -> Value {
    json!({
        "id": user.id, "userPoolId": pool.id, "username": user.username, "nickname": user.nickname,
        "email": format!("{}@example.com", user.username), "emailVerified": true, "photo": PHOTO,
        "phone": "", "company": "", "oauth": "", "loginsCount": 1, "lastIp": "127.0.0.1",
        "blocked": false, "isDeleted": false,
    })
}

/// A refusal as V2 answers it: HTTP 200, and the code in the body.
pub(crate) struct Refused(Refusal);

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        Json(json!({ "code": self.0.code, "message": self.0.text, "data": null })).into_response()
    }
}

fn number(status: Status) -> i64 {
    match status {
        Status::Expired => -1,
        Status::Pending => 0,
        Status::Scanned => 1,
        Status::Confirmed => 2,
        Status::Cancelled => 3,
        Status::MfaRequired => 4,
        Status::Failed => 5,
    }
}

fn post_status(setup: &crate::Setup) -> StatusCode {
    StatusCode::from_u16(setup.post_status).unwrap_or(StatusCode::OK)
}

/// A picture that needs no network.
pub(crate) const PHOTO: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' \
    viewBox='0 0 8 8'%3E%3Ccircle cx='4' cy='4' r='4' fill='%23396aff'/%3E%3C/svg%3E";
/// Code and text as documented (PROTOCOL 5.2).
const NO_SUCH_CODE: Refusal = Refusal { code: 2241, text: "二维码不存在" };
