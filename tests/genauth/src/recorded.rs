use std::collections::BTreeMap;
use std::io;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Response};
use chrono::{DateTime, Utc};
use http_body_util::BodyExt;
use hyper::body::Body as _;

/// A request that the server got.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// When it came, by the server's clock.
    pub at: DateTime<Utc>,
    /// The HTTP method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The query, empty if there is none.
    pub query: String,
    /// The headers, by their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: String,
    /// What became of it.
    pub answer: Answer,
}

/// What became of a request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Answer {
    /// The server has not answered, or the client did not wait for it.
    None,
    /// A fault closed the connection without an answer.
    Lost,
    /// The server answered.
    Given {
        /// The HTTP status.
        status: u16,
        /// The body; empty if it was a stream.
        body: String,
    },
}

impl Recorded {
    pub(crate) fn new(parts: &Parts, body: &str, at: DateTime<Utc>) -> Self {
        Self {
            at,
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers.iter().map(header).collect(),
            body: body.to_owned(),
            answer: Answer::None,
        }
    }
}

/// An answer, and what to remember of it. What is streamed is not read.
pub(crate) async fn remembered(
    answer: io::Result<Response<Body>>,
) -> (io::Result<Response<Body>>, Answer) {
    let (parts, body) = match answer {
        Ok(answer) => answer.into_parts(),
        Err(error) => return (Err(error), Answer::Lost),
    };
    let status = parts.status.as_u16();
    if body.size_hint().exact().is_none() {
        return (
            Ok(Response::from_parts(parts, body)),
            Answer::Given { status, body: String::new() },
        );
    }
    match body.collect().await {
        Ok(body) => {
            let body = body.to_bytes();
            let text = String::from_utf8_lossy(&body).into_owned();
            let answer = Response::from_parts(parts, Body::from(body));
            (Ok(answer), Answer::Given { status, body: text })
        }
        Err(error) => (Err(io::Error::other(error)), Answer::Lost),
    }
}

fn header((name, value): (&HeaderName, &HeaderValue)) -> (String, String) {
    (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
}
