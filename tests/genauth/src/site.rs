//! What is not the login API itself: the configuration of an app, the picture of a code, and a
//! login page to look at.

use std::io::Cursor;

use axum::Json;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use image::{ImageFormat, Luma};
use qrcode::{EcLevel, QrCode};
use serde_json::{Value, json};

use crate::choices;
use crate::server::Shared;

pub(crate) fn routes() -> Router<Shared> {
    let config = "/api/v2/applications/{app_id}";
    Router::new()
        .route("/", get(login_page))
        .route("/qrcode/{pool_id}/{file}", get(picture))
        .route(&format!("{config}/public-config"), get(public_config))
        .route(&format!("{config}/components-public-config/guard"), get(public_config))
}

/// What the native SDKs ask for first (PROTOCOL 4.6).
async fn public_config(State(shared): State<Shared>, Path(app_id): Path<String>) -> Json<Value> {
    let store = shared.store();
    let Some((pool, app)) = store.app(&app_id) else {
        return Json(json!({ "code": 404, "message": "应用不存在", "data": null }));
    };
    Json(json!({ "code": 200, "data": {
        "id": app.id, "name": app.name, "userPoolId": pool.id, "identifier": "sample",
        "requestHostname": shared.authority(), "logo": "", "deviceFuncEnabled": false,
        "allowedOrigins": [], "corsWhitelist": [],
    }}))
}

async fn picture(
    State(shared): State<Shared>,
    Path((_, file)): Path<(String, String)>,
) -> Response {
    let store = shared.store();
    let code = file.strip_suffix(".png").and_then(|random| store.code(random));
    let level = choices::error_correction(&store.setup);
    match code.map(|code| png_of_level(code.text.as_bytes(), level)) {
        Some(png) => ([(header::CONTENT_TYPE, "image/png")], png).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// A picture of a QR code that holds `text`.
pub fn png(text: &[u8]) -> Vec<u8> {
    png_of_level(text, EcLevel::M)
}

fn png_of_level(text: &[u8], level: EcLevel) -> Vec<u8> {
    let code =
        QrCode::with_error_correction_level(text, level).expect("a login code fits into a QR code");
    let picture = code.render::<Luma<u8>>().min_dimensions(240, 240).build();
    let mut png = Cursor::new(Vec::new());
    picture.write_to(&mut png, ImageFormat::Png).expect("memory can be written to");
    png.into_inner()
}

/// A page that signs in as a web site would: shows the code, and polls until it is decided.
async fn login_page(State(shared): State<Shared>) -> Html<String> {
    let store = shared.store();
    let app_id = store.setup.pools.first().and_then(|pool| pool.apps.first()).map(|app| &*app.id);
    Html(include_str!("login_page.html").replace("{{app_id}}", app_id.unwrap_or_default()))
}
