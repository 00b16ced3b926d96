//! The V3 calls, over the same codes (PROTOCOL 6). That V3 codes carry the V2 text, with the same
//! id, is not established; here they do.

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::choices;
use crate::server::{Shared, bearer, header, pool_of};
use crate::store::{Act, Refusal, Status, Store};
use crate::v2::PHOTO;

pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/api/v3/gene-qrcode", post(gene))
        .route("/api/v3/get-qrcode-status", get(status))
        .route("/api/v3/check-qrcode-status", get(irregular_status))
        .route("/api/v3/set-qrcode-status", post(set_status))
        .route("/api/v3/change-qrcode-status", post(irregular_set_status))
        .route("/api/v3/exchange-tokenset-with-qrcode-ticket", post(exchange))
}

async fn gene(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<Json<Value>, Refused> {
    if body.get("type") != Some(&json!("MOBILE_APP")) {
        return Err(choices::BAD_REQUEST.into());
    }
    let mut store = shared.store();
    let pool_id = pool_of(&store, &headers).ok_or(choices::BAD_REQUEST)?;
    let code =
        store.make_code(&pool_id, body.get("customData").cloned()).ok_or(choices::BAD_REQUEST)?;
    let mut data = json!({ "qrcodeId": code.random, "url": shared.picture_url(&code) });
    if store.setup.custom_logo {
        data["customLogoUrl"] = json!(choices::LOGO);
    }
    Ok(success(Some(data)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StatusQuery {
    qrcode_id: String,
}

fn status_data(store: &Store, query: &StatusQuery) -> Result<Value, Refusal> {
    let code = store.checked_code(&query.qrcode_id).ok_or(choices::INVALID_CODE)?;
    let name = match code.status {
        Status::Pending => "PENDING",
        Status::Scanned => "SCANNED",
        Status::Confirmed => "AUTHORIZED",
        Status::Cancelled => "CANCELLED",
        Status::Expired => "EXPIRED",
        // V3 has no word for a second factor.
        Status::MfaRequired | Status::Failed => "ERROR",
    };
    let mut data = json!({ "status": name });
    if let Some((_, user)) = code.scanned_by.as_deref().and_then(|id| store.user(id)) {
        data["briefUserInfo"] = json!({ "displayName": user.nickname, "photo": PHOTO });
    }
    if let Some(ticket) = code.ticket {
        data["ticket"] = json!(ticket);
    }
    Ok(data)
}

async fn status(
    State(shared): State<Shared>,
    Query(query): Query<StatusQuery>,
) -> Result<Json<Value>, Refused> {
    let data = status_data(&shared.store(), &query)?;
    Ok(success(Some(data)))
}

/// The deprecated version, which seems to answer without an envelope.
async fn irregular_status(
    State(shared): State<Shared>,
    Query(query): Query<StatusQuery>,
) -> Result<Json<Value>, Refused> {
    Ok(Json(status_data(&shared.store(), &query)?))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SetStatusBody {
    qrcode_id: String,
    action: String,
}

fn act(shared: &Shared, headers: &HeaderMap, body: &SetStatusBody) -> Result<(), Refusal> {
    let act = match body.action.as_str() {
        "SCAN" => Act::Scan,
        "CONFIRM" => Act::Confirm,
        "CANCEL" => Act::Cancel,
        _ => return Err(choices::BAD_REQUEST),
    };
    shared.store().act(act, &body.qrcode_id, bearer(headers))
}

async fn set_status(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Json(body): Json<SetStatusBody>,
) -> Result<Json<Value>, Refused> {
    act(&shared, &headers, &body)?;
    Ok(success(Some(json!({ "success": true }))))
}

/// The deprecated version, whose documented answer has no `data`.
async fn irregular_set_status(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Json(body): Json<SetStatusBody>,
) -> Result<Json<Value>, Refused> {
    act(&shared, &headers, &body)?;
    Ok(success(None))
}

#[derive(Deserialize)]
struct ExchangeBody {
    ticket: String,
    client_id: Option<String>,
    client_secret: Option<String>,
}

async fn exchange(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Json(body): Json<ExchangeBody>,
) -> Result<Json<Value>, Refused> {
    let mut store = shared.store();
    let (pool, user) = store.exchange(&body.ticket)?;
    let basic = header(&headers, "authorization")
        .and_then(|value| value.strip_prefix("Basic "))
        .and_then(|value| String::from_utf8(BASE64_STANDARD.decode(value).ok()?).ok());
    let given = match basic {
        Some(basic) => Some(basic),
        None => body.client_id.zip(body.client_secret).map(|(id, secret)| format!("{id}:{secret}")),
    };
    let is_client = |given: &String| {
        pool.apps.iter().any(|app| *given == format!("{}:{}", app.id, pool.secret))
    };
    if !given.as_ref().is_some_and(is_client) {
        return Err(choices::EXCHANGE_NOT_ALLOWED.into());
    }
    Ok(success(Some(json!({
        "scope": "openid profile",
        "access_token": store.issue_token(&user.id),
        "id_token": store.issue_token(&user.id),
        "token_type": "bearer",
        "expire_in": 7200,
    }))))
}

fn success(data: Option<Value>) -> Json<Value> {
    let mut answer = json!({ "statusCode": 200, "message": "操作成功", "requestId": "00000000" });
    if let Some(data) = data {
        answer["data"] = data;
    }
    Json(answer)
}

/// A refusal as V3 answers it: HTTP 200, `statusCode` of the HTTP kind, and the code as `apiCode`.
struct Refused(Refusal);

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        Json(json!({
            "statusCode": 403, "apiCode": self.0.code, "message": self.0.text, "requestId": "00000000",
        }))
        .into_response()
    }
}
