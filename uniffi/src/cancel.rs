use std::sync::Arc;

use tokio::sync::watch;

use crate::error::ScanLoginError;
use crate::guard::guarded_async;

/// Ends the waiting of the calls that it was given to. Kotlin needs none: cancelling the coroutine is
/// enough. The Swift package uses it to pass on that a `Task` was cancelled.
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
    /// was sent goes on all the same; ask the login for its state.
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }
}

/// Waits for a call of the core, unless it is cancelled.
pub(crate) async fn unless_cancelled<T, E: Into<ScanLoginError>>(
    cancel: Option<Arc<CancelHandle>>,
    call: impl Future<Output = Result<T, E>>,
) -> Result<T, ScanLoginError> {
    let Some(cancel) = cancel else { return guarded_async(call).await };
    let mut cancelled = cancel.0.subscribe();
    tokio::select! {
        biased;
        _ = cancelled.wait_for(|cancelled| *cancelled) => Err(ScanLoginError::Cancelled),
        result = guarded_async(call) => result,
    }
}
