use std::error::Error as _;
use std::fmt::Write as _;
use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{AGE, CONTENT_TYPE, DATE, HeaderMap, HeaderName, RETRY_AFTER};
use reqwest::{Client, redirect, retry};
use secrecy::zeroize::Zeroizing;
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::attempt::{ATTEMPT, Attempt, MarkConnects};
#[cfg(feature = "simulation")]
use super::simulated;
use super::tls::{self, NotPinned};
use super::{Call, Failure, lock};
use crate::clock::Moment;
use crate::config::{Config, config_error};
use crate::error::{Error, NetworkFailure};

/// Sends requests to the configured host, and to no other.
pub(super) struct Transport {
    base_url: Url,
    tls: rustls::ClientConfig,
    headers: HeaderMap,
    timeout: Duration,
    /// Replaced when the network changes: a client and its connections end together.
    http: Mutex<Client>,
    /// What sends in its place, in a simulated world.
    #[cfg(feature = "simulation")]
    simulated: Option<simulated::Http>,
}

/// What came back.
pub(super) struct Reply {
    pub(super) status: u16,
    /// Empty when the content is not JSON. The answer of `check` may hold the web page's tokens.
    pub(super) body: Zeroizing<Vec<u8>>,
    /// Whether the content is said to be JSON, or nothing is said of it.
    pub(super) is_json: bool,
    /// Whether a cache answered, with what was true some time ago.
    pub(super) is_from_cache: bool,
    pub(super) retry_after: Option<Duration>,
    pub(super) stamp: Option<Stamp>,
}

/// The server's time as a reply tells it.
pub(super) struct Stamp {
    pub(super) date: DateTime<Utc>,
    pub(super) sent: Moment,
    pub(super) received: Moment,
}

impl Transport {
    pub(super) fn new(base_url: Url, config: &Config, headers: HeaderMap) -> Result<Self, Error> {
        let tls = tls::client_config(config)?;
        let timeout = config.timeout;
        let http = Mutex::new(http_client(&base_url, tls.clone(), headers.clone(), timeout)?);
        #[cfg(feature = "simulation")]
        let simulated = simulated::Http::of_this_thread(headers.clone(), timeout / 3);
        Ok(Self {
            base_url,
            tls,
            headers,
            timeout,
            http,
            #[cfg(feature = "simulation")]
            simulated,
        })
    }

    /// Drops the idle connections: they belong to a network that is gone. Requests in progress
    /// continue.
    pub(super) fn network_changed(&self) {
        #[cfg(feature = "simulation")]
        if let Some(simulated) = &self.simulated {
            simulated.network_changed();
        }
        let (tls, headers) = (self.tls.clone(), self.headers.clone());
        // It was made from the same parts before.
        if let Ok(http) = http_client(&self.base_url, tls, headers, self.timeout) {
            *lock(&self.http) = http;
        }
    }

    /// Sends a request and reads the reply, until the `deadline`.
    pub(super) async fn send(
        &self,
        call: Call,
        headers: HeaderMap,
        deadline: Instant,
    ) -> Result<Reply, Failure> {
        let path = call.path.clone();
        let sent = Instant::now();
        let attempt = Arc::new(Attempt::default());
        let exchange = self.exchange(call, headers, attempt.clone());
        let mut exchange = pin!(ATTEMPT.scope(attempt.clone(), exchange));
        // A connection that was kept may have died without a sign. One that was just made has
        // not, and a server may be slow.
        let patience = deadline.min(sent + self.timeout / 3);
        let mut outcome = timeout_at(patience, &mut exchange).await;
        if outcome.is_err() && attempt.connects() {
            outcome = timeout_at(deadline, exchange).await;
        }
        let outcome = outcome.unwrap_or_else(|_| {
            let error = network(NetworkFailure::TimedOut, "the deadline has passed");
            Err(attempt.failure(error))
        });
        let millis = sent.elapsed().as_millis() as u64;
        match &outcome {
            Ok(reply) => tracing::debug!(path, status = reply.status, millis, "answered"),
            Err(failure) => {
                tracing::debug!(path, failure = failure.error.code(), millis, "not answered");
            }
        }
        outcome
    }

    async fn exchange(
        &self,
        call: Call,
        headers: HeaderMap,
        attempt: Arc<Attempt>,
    ) -> Result<Reply, Failure> {
        let mut url = self.base_url.clone();
        url.set_path(&call.path);
        if let Some((name, value)) = &call.query {
            url.query_pairs_mut().append_pair(name, value);
        }
        let http = lock(&self.http).clone();
        let mut builder = http.request(call.method, url).headers(headers);
        if let Some(body) = call.body {
            let body = attempt.clone().body(body.to_string());
            builder = builder.header(CONTENT_TYPE, "application/json").body(body);
        }
        let no_reply = |error| attempt.failure(no_reply(error));
        let sent = Moment::now();
        #[cfg(not(feature = "simulation"))]
        let response = builder.send().await;
        #[cfg(feature = "simulation")]
        let response = match &self.simulated {
            Some(simulated) => simulated.send(builder).await,
            None => builder.send().await,
        };
        let mut response = response.map_err(no_reply)?;
        let received = Moment::now();

        let headers = response.headers();
        let is_json = header(headers, CONTENT_TYPE)
            .is_none_or(|content_type| content_type.to_ascii_lowercase().contains("json"));
        let date = header(headers, DATE).and_then(time);
        let mut reply = Reply {
            status: response.status().as_u16(),
            body: Zeroizing::default(),
            is_json,
            is_from_cache: headers.contains_key(AGE),
            retry_after: header(headers, RETRY_AFTER).and_then(|after| {
                // Seconds, or a date (RFC 9110, 10.2.3).
                let seconds = after.trim().parse().map(Duration::from_secs).ok();
                seconds.or_else(|| (time(after)? - date?).to_std().ok())
            }),
            stamp: date.map(|date| Stamp { date, sent, received }),
        };
        if !is_json {
            return Ok(reply);
        }
        // Without growing, which would leave copies behind.
        reply.body.reserve_exact(MAX_BODY);
        while let Some(chunk) = response.chunk().await.map_err(no_reply)? {
            if reply.body.len() + chunk.len() > MAX_BODY {
                let error = network(NetworkFailure::BadAnswer, "the answer is over 64 KiB");
                return Err(Failure::in_doubt(error));
            }
            reply.body.extend_from_slice(&chunk);
        }
        Ok(reply)
    }
}

pub(super) fn network(failure: NetworkFailure, reason: impl Into<String>) -> Error {
    Error::Network { failure, reason: reason.into() }
}

fn header(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

fn time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(text).ok().map(|time| time.to_utc())
}

fn no_reply(error: reqwest::Error) -> Error {
    // The URL of `check` holds the code's `random`.
    let error = error.without_url();
    let failure = if find::<rustls::Error>(&error).is_some() {
        NetworkFailure::Tls
    } else if error.is_timeout() {
        NetworkFailure::TimedOut
    } else if error.is_connect() {
        NetworkFailure::Offline
    } else {
        NetworkFailure::Interrupted
    };
    let not_pinned = matches!(
        find::<rustls::Error>(&error),
        Some(rustls::Error::InvalidCertificate(rustls::CertificateError::Other(cause)))
            if cause.0.is::<NotPinned>()
    );
    if not_pinned { Error::PinMismatch } else { network(failure, causes(&error)) }
}

fn http_client(
    base_url: &Url,
    tls: rustls::ClientConfig,
    headers: HeaderMap,
    timeout: Duration,
) -> Result<Client, Error> {
    let third = timeout / 3;
    let builder = Client::builder()
        .tls_backend_preconfigured(tls)
        .https_only(base_url.scheme() == "https")
        .default_headers(headers)
        .user_agent(concat!("scan-login/", env!("CARGO_PKG_VERSION")))
        // A token must not travel to where a reply or the environment points.
        .redirect(redirect::Policy::none())
        .no_proxy()
        .referer(false)
        // Whether a request may be sent twice is for this library to decide.
        .retry(retry::never())
        .connect_timeout(third)
        .connector_layer(MarkConnects)
        // One connection is kept while the user thinks, so that a decision costs one round trip.
        // The keepalive finds out that it died meanwhile, and what falls silent while an answer
        // is awaited is given up by `send`, so that there is time to ask what became of it.
        .pool_idle_timeout(MAX_IDLE)
        .pool_max_idle_per_host(1)
        .tcp_keepalive(whole_seconds(timeout))
        .tcp_keepalive_interval(whole_seconds(third / 6))
        .tcp_keepalive_retries(3);
    #[cfg(any(target_os = "android", target_os = "linux"))]
    let builder = builder.tcp_user_timeout(third);
    builder.build().map_err(|error| config_error(format!("HTTP client: {}", causes(&error))))
}

/// The kernel counts in seconds, and takes no zero.
fn whole_seconds(time: Duration) -> Duration {
    Duration::from_secs(time.as_secs().max(1))
}

/// Looks for a cause of type `T`.
fn find<T: std::error::Error + 'static>(error: &reqwest::Error) -> Option<&T> {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        // An I/O error shows the source of what it wraps, and not what it wraps.
        cause = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    None
}

/// An error's text with those of its causes.
fn causes(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}

// Longer than a code usually lives.
pub(super) const MAX_IDLE: Duration = Duration::from_secs(300);
const MAX_BODY: usize = 64 * 1024;
