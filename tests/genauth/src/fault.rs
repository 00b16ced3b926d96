use std::convert::Infallible;
use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Response, StatusCode, header};
use chrono::TimeDelta;
use futures_util::stream;
use serde_json::Value;
use tokio::time::sleep;

use crate::recorded::Recorded;

/// Something that goes wrong with an answer.
#[derive(Clone, Debug)]
pub struct Fault {
    kind: FaultKind,
    on: String,
    sent_by: &'static str,
    after_effect: bool,
    times: u32,
}

/// What goes wrong.
#[derive(Clone, Debug)]
pub enum FaultKind {
    /// The answer comes late.
    Delay(Duration),
    /// The connection is closed without an answer.
    Drop,
    /// Another answer comes in its place.
    Reply {
        /// The HTTP status.
        status: u16,
        /// Headers to add.
        headers: Vec<(&'static str, String)>,
        /// The body.
        body: Vec<u8>,
    },
    /// The real answer comes with one more header.
    Header(&'static str, String),
    /// The real answer comes with a `Date` that is off by so much.
    WrongDate(TimeDelta),
    /// The request comes once more, so much later, and its second answer gets lost. After the effect, it comes
    /// at once, and the first answer gets lost: a gateway repeats what it has no answer for.
    Again(Duration),
    /// The connection is closed in the middle of the body.
    Truncated,
    /// The body does not end, or not before 64 MiB.
    Endless,
    /// The body comes one byte at a time, with this pause between, for 10,000 bytes.
    Drip(Duration),
}

impl Fault {
    /// A fault of the next request, before the server acts on it.
    pub fn new(kind: FaultKind) -> Self {
        Self { kind, on: String::new(), sent_by: "", after_effect: false, times: 1 }
    }

    /// The connection is closed without an answer.
    pub fn drop() -> Self {
        Self::new(FaultKind::Drop)
    }

    /// No answer comes for an hour.
    pub fn hang() -> Self {
        Self::new(FaultKind::Delay(Duration::from_secs(3600)))
    }

    /// A JSON answer comes in place of the real one.
    pub fn json(status: u16, body: Value) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self::new(FaultKind::Reply { status, headers, body: body.to_string().into() })
    }

    /// A web page comes in place of the answer.
    pub fn html(status: u16) -> Self {
        let headers = vec![("content-type", "text/html".to_owned())];
        let body = "<!doctype html><title>Welcome to the hotel</title>".into();
        Self::new(FaultKind::Reply { status, headers, body })
    }

    /// The answer points elsewhere.
    pub fn redirect(status: u16, to: &str) -> Self {
        let headers = vec![("location", to.to_owned())];
        Self::new(FaultKind::Reply { status, headers, body: Vec::new() })
    }

    /// Adds a header to the answer that comes in place of the real one.
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        if let FaultKind::Reply { headers, .. } = &mut self.kind {
            headers.push((name, value.to_owned()));
        }
        self
    }

    /// Only for requests whose path ends like this, or whose body holds this in quotes.
    pub fn on(self, path_end_or_word: &str) -> Self {
        Self { on: path_end_or_word.to_owned(), ..self }
    }

    /// Only for requests whose `x-authing-request-from` begins like this: the page and the phone may ask the
    /// same.
    pub fn sent_by(self, sender: &'static str) -> Self {
        Self { sent_by: sender, ..self }
    }

    /// The server acts on the request before the fault.
    pub fn after_effect(self) -> Self {
        Self { after_effect: true, ..self }
    }

    /// For that many requests.
    pub fn times(self, times: u32) -> Self {
        Self { times, ..self }
    }

    fn concerns(&self, request: &Recorded) -> bool {
        let sender = request.headers.get("x-authing-request-from").map_or("", String::as_str);
        let names = |part: &str| request.body.contains(&format!("\"{part}\""));
        sender.starts_with(self.sent_by) && (request.path.ends_with(&self.on) || names(&self.on))
    }
}

/// The faults that are still to come.
#[derive(Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn push(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub(crate) fn take(&mut self, request: &Recorded) -> Option<(FaultKind, bool)> {
        let fault = self.0.iter_mut().find(|fault| fault.times > 0 && fault.concerns(request))?;
        fault.times -= 1;
        Some((fault.kind.clone(), fault.after_effect))
    }
}

impl FaultKind {
    /// Spoils the answer that `act` would give, and lets it act only if its answer comes anyway.
    pub(crate) async fn spoil_before(
        self,
        act: impl Future<Output = Response<Body>> + Send + 'static,
    ) -> io::Result<Response<Body>> {
        match self {
            // A server that got a request acts on it, though the client may have given up.
            Self::Delay(delay) => tokio::spawn(async move {
                sleep(delay).await;
                act.await
            })
            .await
            .map_err(io::Error::other),
            Self::Header(..) | Self::WrongDate(_) => self.spoil(act.await).await,
            other => other.spoil(Response::default()).await,
        }
    }

    /// Spoils an answer. An error closes the connection.
    pub(crate) async fn spoil(self, answer: Response<Body>) -> io::Result<Response<Body>> {
        let json = |body| {
            let answer = Response::builder().header(header::CONTENT_TYPE, "application/json");
            answer.body(body).map_err(io::Error::other)
        };
        match self {
            Self::Delay(delay) => {
                sleep(delay).await;
                Ok(answer)
            }
            Self::Drop => Err(closed()),
            Self::Header(name, value) => {
                let value = value.parse().map_err(io::Error::other)?;
                let mut answer = answer;
                answer.headers_mut().insert(name, value);
                Ok(answer)
            }
            // The server writes it, and repeats the request.
            Self::WrongDate(_) | Self::Again(_) => Ok(answer),
            Self::Reply { status, headers, body } => {
                let mut answer = Response::new(Body::from(body));
                *answer.status_mut() = StatusCode::from_u16(status).map_err(io::Error::other)?;
                for (name, value) in headers {
                    answer.headers_mut().insert(name, value.parse().map_err(io::Error::other)?);
                }
                Ok(answer)
            }
            Self::Truncated => json(Body::from_stream(stream::iter([
                Ok(Bytes::from_static(b"{\"code\":200,")),
                Err(closed()),
            ]))),
            Self::Endless => {
                let chunk = Bytes::from(vec![b' '; 64 * 1024]);
                let chunks = std::iter::repeat_n(Ok::<_, Infallible>(chunk), 1024);
                json(Body::from_stream(stream::iter(chunks)))
            }
            Self::Drip(pause) => {
                json(Body::from_stream(stream::unfold(0, move |sent| async move {
                    sleep(pause).await;
                    (sent < 10_000)
                        .then_some((Ok::<_, Infallible>(Bytes::from_static(b" ")), sent + 1))
                })))
            }
        }
    }
}

fn closed() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, "closed on purpose")
}
