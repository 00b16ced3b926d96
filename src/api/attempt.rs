//! What is known of a request that got no answer.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tower_layer::Layer;
use tower_service::Service;

use super::Failure;
use crate::error::Error;

tokio::task_local! {
    /// The attempt that the running task makes.
    pub(super) static ATTEMPT: Arc<Attempt>;
}

/// One attempt to send a request.
#[derive(Default)]
pub(super) struct Attempt {
    connects: AtomicBool,
    is_written: AtomicBool,
}

impl Attempt {
    /// Whether a connection is made for it, and none that was kept is used.
    pub(super) fn connects(&self) -> bool {
        self.connects.load(Relaxed)
    }

    /// A request whose body nobody asked for was not written, so that the server cannot have done
    /// anything: the HTTP client writes a request's head together with the beginning of its body.
    pub(super) fn failure(&self, error: Error) -> Failure {
        if self.is_written.load(Relaxed) { Failure::in_doubt(error) } else { error.into() }
    }

    /// A body that notes when it is asked for.
    pub(super) fn body(self: Arc<Self>, text: String) -> reqwest::Body {
        reqwest::Body::wrap(NotedBody { attempt: self, rest: Some(text.into()) })
    }
}

struct NotedBody {
    attempt: Arc<Attempt>,
    rest: Option<Bytes>,
}

impl Body for NotedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.attempt.is_written.store(true, Relaxed);
        Poll::Ready(self.rest.take().map(|rest| Ok(Frame::data(rest))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.as_ref().map_or(0, |rest| rest.len() as u64))
    }
}

/// Has each new connection noted by the attempt that it is made for.
#[derive(Clone)]
pub(super) struct MarkConnects;

impl<S> Layer<S> for MarkConnects {
    type Service = MarkingConnector<S>;

    fn layer(&self, inner: S) -> Self::Service {
        MarkingConnector(inner)
    }
}

#[derive(Clone)]
pub(super) struct MarkingConnector<S>(S);

impl<S: Service<R>, R> Service<R> for MarkingConnector<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: R) -> S::Future {
        let _ = ATTEMPT.try_with(|attempt| attempt.connects.store(true, Relaxed));
        self.0.call(request)
    }
}
