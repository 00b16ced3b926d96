use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

use scan_login::Error;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use crate::error::CallError;

/// Runs a call of the core. What it panics with could hold secrets, and stays on this side.
pub(crate) fn guarded<T>(call: impl FnOnce() -> Result<T, Error>) -> Result<T, CallError> {
    let result = catch_unwind(AssertUnwindSafe(call));
    Ok(result.unwrap_or(Err(Error::Internal))?)
}

/// [`guarded`] for calls that wait. They run on threads of the library: the app's may be blocked, and
/// a call must end in time all the same. One that is no longer waited for is broken off.
pub(crate) async fn spawned<T: Send + 'static>(
    call: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, CallError> {
    let runtime = RUNTIME.as_ref().ok_or(Error::Internal)?;
    let mut task = AbortOnDrop(runtime.spawn(call));
    Ok((&mut task.0).await.unwrap_or(Err(Error::Internal))?)
}

struct AbortOnDrop<T>(JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// `None` when the process may have no more threads.
static RUNTIME: LazyLock<Option<Runtime>> = LazyLock::new(|| {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(2).thread_name("scan-login").enable_all().build().ok()
});

#[cfg(test)]
mod tests {
    use super::*;

    fn panics() -> Result<(), Error> {
        panic!("canary")
    }

    #[tokio::test]
    async fn a_panic_is_an_internal_fault_without_its_text() {
        for result in [guarded(panics), spawned(async { panics() }).await] {
            assert_eq!(result, Err(Error::Internal.into()));
            assert!(!format!("{result:?}").contains("canary"));
        }
    }
}
