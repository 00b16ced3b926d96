//! Sends requests in a simulated world: by the HTTP client that reqwest is made of, over connections that
//! the world makes.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use reqwest::header::HeaderMap;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::time::timeout;
use tower_layer::Layer;
use tower_service::Service;

use super::attempt::{MarkConnects, MarkingConnector};
use super::lock;
use super::transport::MAX_IDLE;
use crate::simulation::{self, World};

pub(super) struct Http {
    connector: Connector,
    headers: HeaderMap,
    client: Mutex<HyperClient>,
}

type HyperClient = Client<MarkingConnector<Connector>, reqwest::Body>;

impl Http {
    /// `None` on a thread that is in the real world.
    pub(super) fn of_this_thread(headers: HeaderMap, connect_timeout: Duration) -> Option<Self> {
        let connector = Connector { world: simulation::world()?, connect_timeout };
        let client = Mutex::new(client(connector.clone()));
        Some(Self { connector, headers, client })
    }

    pub(super) fn network_changed(&self) {
        *lock(&self.client) = client(self.connector.clone());
    }

    pub(super) async fn send(
        &self,
        builder: reqwest::RequestBuilder,
    ) -> reqwest::Result<reqwest::Response> {
        let mut request = builder.build()?;
        for (name, value) in &self.headers {
            request.headers_mut().entry(name).or_insert_with(|| value.clone());
        }
        let client = lock(&self.client).clone();
        match client.request(request.try_into()?).await {
            Ok(response) => Ok(response.map(reqwest::Body::wrap).into()),
            Err(error) => {
                // Only an answer's body makes an error of reqwest out of another one.
                let body = reqwest::Body::wrap(FailedBody(Some(error)));
                let mut response = reqwest::Response::from(http::Response::new(body));
                response.chunk().await?;
                Ok(response)
            }
        }
    }
}

/// As `transport::http_client` sets it up.
fn client(connector: Connector) -> HyperClient {
    Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(MAX_IDLE)
        .pool_max_idle_per_host(1)
        .build(MarkConnects.layer(connector))
}

struct FailedBody(Option<Error>);

impl Body for FailedBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Poll::Ready(self.0.take().map(Err))
    }
}

#[derive(Clone)]
pub(super) struct Connector {
    world: Arc<dyn World>,
    connect_timeout: Duration,
}

impl Service<http::Uri> for Connector {
    type Response = TokioIo<Wire>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<TokioIo<Wire>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: http::Uri) -> Self::Future {
        let connected = timeout(self.connect_timeout, self.world.connect());
        Box::pin(async move { Ok(TokioIo::new(Wire(connected.await??))) })
    }
}

pub(super) struct Wire(DuplexStream);

impl Connection for Wire {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
