use std::sync::Arc;

use scan_login::Error;
use tokio::sync::watch;

use crate::error::CallError;
use crate::runtime::spawned;

/// Ends the waiting of the calls that it was given to, for languages whose cancellation does not end a
/// call by itself: Swift. In Kotlin, cancelling the coroutine is enough.
#[derive(uniffi::Object)]
pub struct CancelHandle(watch::Sender<bool>);

#[uniffi::export]
impl CancelHandle {
    /// A handle that is not cancelled.
    #[uniffi::constructor]
    #[expect(clippy::new_without_default, reason = "apps see `new` alone")]
    pub fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    /// Lets the calls that were given this handle fail with `Cancelled`, now and later. A decision that
    /// was sent goes on all the same; ask the login for its progress.
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }
}

/// Waits for a call of the core, unless it is cancelled.
pub(crate) async fn unless_cancelled<T: Send + 'static>(
    cancel: Option<Arc<CancelHandle>>,
    call: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, CallError> {
    let Some(cancel) = cancel else { return spawned(call).await };
    let mut cancelled = cancel.0.subscribe();
    tokio::select! {
        biased;
        _ = cancelled.wait_for(|cancelled| *cancelled) => Err(CallError::Cancelled),
        result = spawned(call) => result,
    }
}
