//! What tests in other languages do to a running server: the methods of `Genauth`, over HTTP, with plain
//! texts for answers.

use std::io::Cursor;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chrono::TimeDelta;
use image::{GrayImage, ImageFormat, Luma, imageops};
use serde::Deserialize;

use crate::fault::{Fault, FaultKind};
use crate::server::Shared;
use crate::site::png;
use crate::store::Code;

pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/_genauth/codes", post(make_code))
        .route("/_genauth/codes/{random}/{what}", get(code))
        .route("/_genauth/tokens", post(issue_token))
        .route("/_genauth/faults", post(inject).delete(clear_faults))
        .route("/_genauth/requests", get(requests))
        .route("/_genauth/clock", post(set_clock))
}

#[derive(Deserialize)]
struct MakeCode {
    pool: String,
    custom_data: Option<String>,
}

/// Makes a code; answers with its `random`.
async fn make_code(State(shared): State<Shared>, Query(query): Query<MakeCode>) -> Response {
    let custom_data = query.custom_data.and_then(|text| serde_json::from_str(&text).ok());
    match shared.store().make_code(&query.pool, custom_data) {
        Some(code) => code.random.into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The `text`, `status`, number of `decisions`, picture (`jpeg`) or camera `plane` (1280 by 720 pixels, rows
/// of 1344 bytes) of a code.
async fn code(
    State(shared): State<Shared>,
    Path((random, what)): Path<(String, String)>,
) -> Response {
    let Some(code) = shared.store().code(&random) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match what.as_str() {
        "text" => code.text.into_response(),
        "status" => format!("{:?}", code.status).into_response(),
        "decisions" => code.decisions.to_string().into_response(),
        "jpeg" => jpeg(&code),
        "plane" => plane(&code).into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn drawn(code: &Code) -> GrayImage {
    let picture = image::load_from_memory(&png(code.text.as_bytes()));
    picture.expect("a picture that was just made").into_luma8()
}

fn jpeg(code: &Code) -> Response {
    let mut jpeg = Cursor::new(Vec::new());
    drawn(code).write_to(&mut jpeg, ImageFormat::Jpeg).expect("memory can be written to");
    ([(header::CONTENT_TYPE, "image/jpeg")], jpeg.into_inner()).into_response()
}

fn plane(code: &Code) -> Vec<u8> {
    let mut plane = GrayImage::from_pixel(1344, 720, Luma([90]));
    imageops::replace(&mut plane, &drawn(code), 400, 150);
    plane.into_raw()
}

#[derive(Deserialize)]
struct IssueToken {
    user: String,
}

/// A new token of a user.
async fn issue_token(State(shared): State<Shared>, Query(query): Query<IssueToken>) -> String {
    shared.store().issue_token(&query.user)
}

#[derive(Deserialize)]
struct Inject {
    kind: String,
    #[serde(default)]
    on: String,
    #[serde(default)]
    after_effect: bool,
    #[serde(default = "once")]
    times: u32,
    #[serde(default)]
    millis: u64,
    #[serde(default = "ok")]
    status: u16,
    #[serde(default)]
    body: String,
}

fn once() -> u32 {
    1
}

fn ok() -> u16 {
    200
}

/// Makes something go wrong: `drop`, `delay` by so many `millis`, or a JSON `reply`.
async fn inject(State(shared): State<Shared>, Query(query): Query<Inject>) -> StatusCode {
    let fault = match query.kind.as_str() {
        "drop" => Fault::drop(),
        "delay" => Fault::new(FaultKind::Delay(Duration::from_millis(query.millis))),
        "reply" => Fault::json(query.status, serde_json::from_str(&query.body).unwrap_or_default()),
        _ => return StatusCode::NOT_FOUND,
    };
    let fault = if query.after_effect { fault.after_effect() } else { fault };
    shared.inject(fault.on(&query.on).times(query.times));
    StatusCode::OK
}

async fn clear_faults(State(shared): State<Shared>) {
    shared.clear_faults();
}

#[derive(Deserialize)]
struct Requests {
    #[serde(default)]
    holding: String,
}

/// How many of the phone's requests hold a text in their path, query or body.
async fn requests(State(shared): State<Shared>, Query(query): Query<Requests>) -> String {
    let requests = shared.requests().into_iter().filter(|request| {
        [&request.path, &request.query, &request.body]
            .iter()
            .any(|part| part.contains(&query.holding))
    });
    requests.count().to_string()
}

#[derive(Deserialize)]
struct Clock {
    offset_seconds: i64,
}

/// Sets how far the server's clock is off the machine's.
async fn set_clock(State(shared): State<Shared>, Query(query): Query<Clock>) {
    shared.store().set_offset(TimeDelta::seconds(query.offset_seconds));
}
