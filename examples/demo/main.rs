//! Shows a whole login in the browser: a web page, and a phone that tells what the core sees and knows.
//!
//! The web page talks to a stand-in server in this process, and the phone is this library, not a copy of it
//! in JavaScript: the page hands it pictures and decisions, and shows what it says.

mod phone;

use std::convert::Infallible;
use std::io::{self, Write};
use std::process::{Command, ExitCode, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse};
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::TimeDelta;
use clap::Parser;
use futures_util::{Stream, stream};
use genauth::{Answer, Fault, FaultKind, Genauth, Options, Pool, Recorded, Setup};
use scan_login::chrono;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Interval, interval};

use phone::Phone;

/// Shows a whole login in the browser: a web page with a login code, and a phone that scans it.
///
/// Starts a stand-in server, prints the address of the page, and serves until Ctrl-C. Nothing leaves this
/// machine.
#[derive(Parser)]
#[command(name = "demo")]
struct Arguments {
    /// The port of the page; 0 takes a free one
    #[arg(long, default_value_t = 8766)]
    port: u16,

    /// Open the page in the browser
    #[arg(long)]
    open: bool,

    /// Stop when the standard input ends, too: with the program that started this one
    #[arg(long)]
    until_stdin_ends: bool,
}

#[derive(Clone)]
struct Demo(Arc<Inner>);

struct Inner {
    server: Genauth,
    phone: Phone,
    /// The user pool of the phone's user.
    pool: Pool,
    /// Another pool.
    other_pool: Pool,
    /// The `random` of the code that the web page shows.
    random: Mutex<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match serve(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            let _ = writeln!(io::stderr(), "demo: {reason}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(arguments: Arguments) -> Result<(), String> {
    let demo = Demo(Arc::new(Inner::start().await?));
    let listener = genauth::listen(arguments.port).await.map_err(|error| error.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let router = Router::new()
        .route("/", get(|| async { Html(include_str!("page.html")) }))
        .route("/events", get(events))
        .route("/web/code", post(make_code))
        .route("/phone/pin", post(need_pin))
        .route("/phone/picture", post(look))
        .route("/phone/decision", post(decide))
        .route("/network", post(set_network))
        .with_state(demo);

    let page = format!("http://{address}");
    say(&format!("address: {page}"));
    say("Open it in a browser. Ctrl-C stops the demo.");
    if arguments.open
        && let Err(reason) = open(&page)
    {
        let _ = writeln!(io::stderr(), "demo: {reason}");
    }
    // Connections that are still open can be dropped.
    tokio::select! {
        served = async { axum::serve(listener, router).await } => served,
        stopped = genauth::stopped(arguments.until_stdin_ends) => stopped,
    }
    .map_err(|error| error.to_string())
}

impl Inner {
    async fn start() -> Result<Self, String> {
        let mut setup = Setup::default();
        for pool in &mut setup.pools {
            // The page has no server of its own that could exchange the ticket.
            pool.browser_exchange = true;
        }
        let [pool, other_pool, ..] = setup.pools.as_slice() else {
            return Err("the stand-in has no two user pools".to_owned());
        };
        let (pool, other_pool) = (pool.clone(), other_pool.clone());
        let options = Options { setup, ..Options::default() };
        let server = Genauth::start(options).await.map_err(|error| error.to_string())?;
        let phone = Phone::new(&server, &pool).await?;
        Ok(Self { server, phone, pool, other_pool, random: Mutex::default() })
    }

    fn random(&self) -> MutexGuard<'_, String> {
        self.random.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the phone shows, and what it has asked the server about the code.
    fn shown(&self) -> Value {
        let random = self.random().clone();
        let is_about = |part: &str| !random.is_empty() && part.contains(&random);
        let requests = self.server.last_requests(MAX_REQUESTS, |request| {
            is_from_phone(request) && (is_about(&request.query) || is_about(&request.body))
        });
        self.phone.shown(requests.iter().map(told).collect())
    }
}

/// What a web page asks for.
#[derive(Deserialize)]
struct WebCode {
    kind: Kind,
    /// What its visitor typed, if it asks for a PIN.
    pin: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Usual,
    Expired,
    OtherPool,
    /// The code of a login that an attacker has started, and shows to the phone's user.
    Relayed,
}

/// Makes the code that the web page shows.
async fn make_code(State(demo): State<Demo>, Json(web): Json<WebCode>) -> Json<Value> {
    let Inner { server, phone, pool, other_pool, .. } = &*demo.0;
    let WebCode { kind, pin } = web;
    let device = "the demo's web page";
    let custom_data = match pin {
        Some(pin) if !matches!(kind, Kind::Relayed) => {
            json!({ "device": device, "bindingPin": pin })
        }
        // The attacker's page says the same, and has no PIN.
        _ => json!({ "device": device }),
    };
    let pool = if matches!(kind, Kind::OtherPool) { other_pool } else { pool };
    if matches!(kind, Kind::Expired) {
        // It was made long ago.
        server.set_clock_offset(pool.code_life * -2);
    }
    let code = server.make_code(&pool.id, Some(custom_data));
    server.set_clock_offset(TimeDelta::zero());
    phone.put_away();
    demo.0.random().clone_from(&code.random);
    Json(json!({
        "random": code.random,
        "api": format!("{}/api/v2/qrcode", server.url()),
        "picture": format!("{}/qrcode/{}/{}.png", server.url(), pool.id, code.random),
    }))
}

/// Has the phone issue a PIN that codes need from now on (true), or do without one.
async fn need_pin(State(demo): State<Demo>, Json(is_needed): Json<bool>) -> Json<Value> {
    // There is no code until somebody has typed it.
    demo.0.random().clear();
    demo.0.phone.need_pin(is_needed).await;
    Json(demo.0.shown())
}

/// Holds the phone in front of a picture.
async fn look(State(demo): State<Demo>, picture: Bytes) -> Json<Value> {
    demo.0.phone.look(picture).await;
    Json(demo.0.shown())
}

/// Taps confirm (true) or decline.
async fn decide(State(demo): State<Demo>, Json(agreed): Json<bool>) -> Json<Value> {
    demo.0.phone.decide(agreed).await;
    Json(demo.0.shown())
}

/// What the phone's network does.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Network {
    Works,
    Slow,
    LosesAnswer,
    LosesChecksToo,
}

async fn set_network(State(demo): State<Demo>, Json(network): Json<Network>) -> StatusCode {
    let fail = |fault: Fault, calls: &[&str]| {
        for call in calls {
            let fault = fault.clone().on(call).sent_by("scan-login");
            demo.0.server.inject(fault.times(u32::MAX));
        }
    };
    let lost = Fault::drop().after_effect();
    demo.0.server.clear_faults();
    match network {
        Network::Works => {}
        Network::Slow => {
            fail(Fault::new(FaultKind::Delay(SLOW)), &["/scanned", "/confirm", "/cancel"]);
        }
        Network::LosesAnswer => fail(lost, &["/confirm", "/cancel"]),
        Network::LosesChecksToo => fail(lost, &["/confirm", "/cancel", "/check"]),
    }
    StatusCode::NO_CONTENT
}

/// What the phone shows and what it asked the server, each time that it changes.
async fn events(State(demo): State<Demo>) -> impl IntoResponse {
    Sse::new(changes(demo)).keep_alive(KeepAlive::default())
}

fn changes(demo: Demo) -> impl Stream<Item = Result<Event, Infallible>> {
    let start = (demo, interval(TICK), String::new());
    stream::unfold(start, |(demo, mut tick, last): (Demo, Interval, String)| async move {
        loop {
            tick.tick().await;
            let shown = demo.0.shown().to_string();
            if shown != last {
                return Some((Ok(Event::default().data(&shown)), (demo, tick, shown)));
            }
        }
    })
}

fn is_from_phone(request: &Recorded) -> bool {
    request.headers.get("x-authing-request-from").is_some_and(|from| from.starts_with("scan-login"))
}

/// A request and its answer, without the token and the code's id.
fn told(request: &Recorded) -> Value {
    let token = request.headers.contains_key("authorization");
    let answer = match &request.answer {
        Answer::None => json!("waiting"),
        Answer::Lost => json!("lost"),
        Answer::Given { status, body } => json!({ "status": status, "body": redacted(body) }),
    };
    json!({
        "line": format!("{} {}", request.method, request.path),
        "token": token.then_some("Authorization: Bearer [redacted]"),
        "body": redacted(&request.body),
        "answer": answer,
    })
}

fn redacted(body: &str) -> String {
    let Ok(mut body) = serde_json::from_str::<Value>(body) else { return body.to_owned() };
    for secret in ["/random", "/data/random", "/data/ticket"] {
        if let Some(secret) = body.pointer_mut(secret).filter(|secret| !secret.is_null()) {
            *secret = json!("[redacted]");
        }
    }
    if let Some(body) = body.as_object_mut() {
        // Words for people; no code depends on them.
        body.remove("message");
    }
    body.to_string()
}

fn open(page: &str) -> Result<(), String> {
    let opener = match std::env::consts::OS {
        "macos" => "open",
        "windows" => "explorer",
        _ => "xdg-open",
    };
    let quiet = || Stdio::null();
    let mut command = Command::new(opener);
    command.arg(page).stdin(quiet()).stdout(quiet()).stderr(quiet());
    command.spawn().map(drop).map_err(|error| format!("cannot run {opener}: {error}"))
}

/// Prints a line. The server continues if the output is closed.
fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

const TICK: Duration = Duration::from_millis(100);
const SLOW: Duration = Duration::from_secs(2);
const MAX_REQUESTS: usize = 20;
