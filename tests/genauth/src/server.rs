use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header,
};
use chrono::{DateTime, TimeDelta, Utc};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use crate::fault::{Fault, FaultKind, Faults};
use crate::recorded::{Recorded, remembered};
use crate::setup::Setup;
use crate::store::{Code, Status, Store};
use crate::tls::{Certificate, Tls};
use crate::{control, site, v2, v3};

/// A running stand-in server. It stops when it is dropped.
pub struct Genauth {
    shared: Shared,
    tls: Option<Tls>,
    router: Router,
    accepting: Option<JoinHandle<()>>,
}

/// What a server starts with.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Who and what exists.
    pub setup: Setup,
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// HTTPS with that certificate, or HTTP.
    pub certificate: Option<Certificate>,
}

#[derive(Clone)]
pub(crate) struct Shared(Arc<Inner>);

struct Inner {
    store: Mutex<Store>,
    faults: Mutex<Faults>,
    requests: Mutex<Vec<Recorded>>,
    connections: AtomicUsize,
    scheme: &'static str,
    address: SocketAddr,
}

impl Genauth {
    /// Starts a server on 127.0.0.1, on the current runtime. The error names the port that is not available.
    pub async fn start(options: Options) -> io::Result<Self> {
        let tls = options.certificate.map(Tls::new).transpose().map_err(io::Error::other)?;
        let listener = listen(options.port).await?;
        let store = Store::new(options.setup, Utc::now());
        let mut server = Self::with(store, tls, listener.local_addr()?);
        let acceptor = server.tls.as_ref().map(|tls| TlsAcceptor::from(tls.config.clone()));
        let (shared, router) = (server.shared.clone(), server.router.clone());
        server.accepting = Some(tokio::spawn(accept(listener, acceptor, shared, router)));
        Ok(server)
    }

    /// A server without a socket: it has the connections that [`serve`](Self::serve) is given. `time` is what its
    /// clock shows now.
    pub fn without_socket(setup: Setup, time: DateTime<Utc>) -> Self {
        Self::with(Store::new(setup, time), None, SocketAddr::from(([127, 0, 0, 1], 80)))
    }

    fn with(store: Store, tls: Option<Tls>, address: SocketAddr) -> Self {
        let shared = Shared(Arc::new(Inner {
            store: Mutex::new(store),
            faults: Mutex::default(),
            requests: Mutex::default(),
            connections: AtomicUsize::new(0),
            scheme: if tls.is_some() { "https" } else { "http" },
            address,
        }));
        let router = Router::new()
            .merge(v2::routes())
            .merge(v3::routes())
            .merge(site::routes())
            .merge(control::routes())
            .with_state(shared.clone());
        Self { shared, tls, router, accepting: None }
    }

    /// Serves a connection until it ends.
    pub fn serve(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    ) -> impl Future<Output = ()> + Send + 'static {
        self.shared.0.connections.fetch_add(1, Relaxed);
        serve(stream, self.shared.clone(), self.router.clone())
    }

    /// What its clock shows.
    pub fn now(&self) -> DateTime<Utc> {
        self.shared.store().now()
    }

    /// Scheme, host and port.
    pub fn url(&self) -> String {
        format!("{}://{}", self.shared.0.scheme, self.shared.authority())
    }

    /// The certificate of the authority that signed the server's, as PEM; empty for HTTP.
    pub fn root_certificate(&self) -> &str {
        self.tls.as_ref().map_or("", |tls| &tls.root_pem)
    }

    /// The hash that pins the server's key (RFC 7469, 2.4); empty for HTTP.
    pub fn pin(&self) -> &str {
        self.tls.as_ref().map_or("", |tls| &tls.pin)
    }

    /// A new token of a user.
    pub fn issue_token(&self, user_id: &str) -> String {
        self.shared.store().issue_token(user_id)
    }

    /// From now on the token is not accepted.
    pub fn revoke_token(&self, token: &str) {
        self.shared.store().revoke_token(token);
    }

    /// A new login code of a pool, as `gene` makes it. Panics when there is no such pool, or the
    /// custom data does not fit into a code.
    pub fn make_code(&self, pool_id: &str, custom_data: Option<Value>) -> Code {
        self.shared
            .store()
            .make_code(pool_id, custom_data)
            .expect("a pool of the setup and data that fits")
    }

    /// A code in its current state.
    pub fn code(&self, random: &str) -> Option<Code> {
        self.shared.store().code(random)
    }

    /// Puts a code into a state, whatever its state was.
    pub fn set_status(&self, random: &str, status: Status) {
        self.shared.store().set_status(random, status);
    }

    /// Forgets a code, as a server does some time after its end.
    pub fn forget_code(&self, random: &str) {
        self.shared.store().forget_code(random);
    }

    /// Sets how far the server's clock is off the machine's: for the codes' times and the `Date` header.
    pub fn set_clock_offset(&self, offset: TimeDelta) {
        self.shared.store().set_offset(offset);
    }

    /// From now on `check` answers as things stood so long ago, as a replica of the database does.
    pub fn set_check_lag(&self, lag: TimeDelta) {
        self.shared.store().set_check_lag(lag);
    }

    /// How many connections were made to it so far.
    pub fn connections(&self) -> usize {
        self.shared.0.connections.load(Relaxed)
    }

    /// Makes something go wrong. Faults come in the order in which they were injected.
    pub fn inject(&self, fault: Fault) {
        self.shared.inject(fault);
    }

    /// From now on nothing goes wrong.
    pub fn clear_faults(&self) {
        self.shared.clear_faults();
    }

    /// Every request so far, in the order of arrival.
    pub fn requests(&self) -> Vec<Recorded> {
        self.shared.requests()
    }

    /// The requests from that one on, in the order of arrival.
    pub fn requests_from(&self, first: usize) -> Vec<Recorded> {
        lock(&self.shared.0.requests).iter().skip(first).cloned().collect()
    }

    /// The last `count` of the requests that `wanted` picks, in the order of arrival.
    pub fn last_requests(&self, count: usize, wanted: impl Fn(&Recorded) -> bool) -> Vec<Recorded> {
        let requests = lock(&self.shared.0.requests);
        let mut last: Vec<_> =
            requests.iter().rev().filter(|request| wanted(request)).take(count).cloned().collect();
        last.reverse();
        last
    }
}

impl Drop for Genauth {
    fn drop(&mut self) {
        if let Some(accepting) = &self.accepting {
            accepting.abort();
        }
    }
}

impl Shared {
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        lock(&self.0.store)
    }

    pub(crate) fn inject(&self, fault: Fault) {
        lock(&self.0.faults).push(fault);
    }

    pub(crate) fn clear_faults(&self) {
        *lock(&self.0.faults) = Faults::default();
    }

    pub(crate) fn requests(&self) -> Vec<Recorded> {
        lock(&self.0.requests).clone()
    }

    pub(crate) fn authority(&self) -> String {
        self.0.address.to_string()
    }

    pub(crate) fn picture_url(&self, code: &Code) -> String {
        let (scheme, authority) = (self.0.scheme, self.authority());
        format!("{scheme}://{authority}/qrcode/{}/{}.png", code.pool_id, code.random)
    }

    /// Records a request, applies the faults, and answers. An error closes the
    /// connection.
    async fn answer(
        self,
        request: Request<Incoming>,
        router: Router,
    ) -> io::Result<Response<Body>> {
        let (parts, body) = request.into_parts();
        let body =
            Limited::new(body, 1 << 20).collect().await.map_err(io::Error::other)?.to_bytes();
        let text = String::from_utf8_lossy(&body).into_owned();
        let is_control = parts.uri.path().starts_with("/_genauth/");
        let (mut fault, mut index) = (None, None);
        if !is_control {
            let request = Recorded::new(&parts, &text, self.store().now());
            fault = lock(&self.0.faults).take(&request);
            let mut requests = lock(&self.0.requests);
            index = Some(requests.len());
            requests.push(request);
        }
        let origin = parts.headers.get(header::ORIGIN).cloned();
        let asked_headers = parts.headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
        let preflight = parts.method == Method::OPTIONS;

        let asked_again = Request::from_parts(parts.clone(), Body::from(body.clone()));
        let once_more = answered(router.clone(), asked_again);
        let act = async move {
            if preflight {
                return preflight_answer(asked_headers);
            }
            answered(router, Request::from_parts(parts, Body::from(body))).await
        };
        let date_error = match fault {
            Some((FaultKind::WrongDate(error), _)) => error,
            _ => TimeDelta::zero(),
        };
        let answer = match fault {
            None => Ok(act.await),
            Some((FaultKind::Again(_), true)) => {
                act.await;
                Ok(once_more.await)
            }
            Some((FaultKind::Again(pause), false)) => {
                tokio::spawn(async move {
                    sleep(pause).await;
                    once_more.await
                });
                Ok(act.await)
            }
            Some((kind, true)) => kind.spoil(act.await).await,
            Some((kind, false)) => kind.spoil_before(act).await,
        };
        let (answer, became) = remembered(answer).await;
        if let Some(index) = index {
            lock(&self.0.requests)[index].answer = became;
        }
        let mut answer = answer?;
        if let Some(origin) = origin {
            let headers = answer.headers_mut();
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers
                .insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
            headers.insert(header::VARY, HeaderValue::from_static("origin"));
        }
        let now = (self.store().now() + date_error).format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let date = HeaderValue::from_str(&now).map_err(io::Error::other)?;
        answer.headers_mut().entry(header::DATE).or_insert(date);
        Ok(answer)
    }
}

async fn answered(router: Router, request: Request<Body>) -> Response<Body> {
    router.oneshot(request).await.unwrap_or_else(|never: Infallible| match never {})
}

/// Listens on a port of 127.0.0.1; 0 takes a free one. The error is for someone at a terminal, of a program
/// with the option `--port`.
pub async fn listen(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind(("127.0.0.1", port)).await.map_err(|error| {
        let way_out =
            if port == 0 { "" } else { "; try another --port, or --port 0 for a free one" };
        io::Error::new(error.kind(), format!("cannot listen on 127.0.0.1:{port}: {error}{way_out}"))
    })
}

/// The pool that a request is about: the web SDK names only its app (PROTOCOL 5.1).
pub(crate) fn pool_of(store: &Store, headers: &HeaderMap) -> Option<String> {
    let named = header(headers, "x-authing-userpool-id").and_then(|id| store.pool(id));
    let of_app = || Some(store.app(header(headers, "x-authing-app-id")?)?.0);
    named.or_else(of_app).map(|pool| pool.id.clone())
}

/// The user's token, with or without `Bearer` (PROTOCOL 4.1).
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = header(headers, "authorization")?;
    Some(value.strip_prefix("Bearer ").unwrap_or(value))
}

pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Browsers ask before each call that has headers of its own (PROTOCOL 5.6).
fn preflight_answer(asked_headers: Option<HeaderValue>) -> Response<Body> {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    let mut allow = |name: HeaderName, value| answer.headers_mut().insert(name, value);
    allow(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, OPTIONS"));
    allow(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    if let Some(asked) = asked_headers {
        allow(header::ACCESS_CONTROL_ALLOW_HEADERS, asked);
    }
    answer
}

async fn accept(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    shared: Shared,
    router: Router,
) {
    // Dropped with this task, and the connections with it.
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        shared.0.connections.fetch_add(1, Relaxed);
        // Small answers must not wait for each other.
        let _ = stream.set_nodelay(true);
        let (acceptor, shared, router) = (acceptor.clone(), shared.clone(), router.clone());
        connections.spawn(async move {
            match acceptor {
                None => serve(stream, shared, router).await,
                Some(acceptor) => {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        serve(stream, shared, router).await;
                    }
                }
            }
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    shared: Shared,
    router: Router,
) {
    let service = service_fn(move |request| shared.clone().answer(request, router.clone()));
    // A connection that a client or a fault breaks is normal.
    let _ = auto::Builder::new(TokioExecutor::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
