use std::panic::{AssertUnwindSafe, catch_unwind};

use futures_util::FutureExt;

use crate::error::ScanLoginError;

/// Runs a call of the core. What it panics with could hold secrets, and stays on this side.
pub(crate) fn guarded<T, E: Into<ScanLoginError>>(
    call: impl FnOnce() -> Result<T, E>,
) -> Result<T, ScanLoginError> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(result) => result.map_err(Into::into),
        Err(_) => Err(ScanLoginError::Internal),
    }
}

/// [`guarded`] for calls that wait.
pub(crate) async fn guarded_async<T, E: Into<ScanLoginError>>(
    call: impl Future<Output = Result<T, E>>,
) -> Result<T, ScanLoginError> {
    match AssertUnwindSafe(call).catch_unwind().await {
        Ok(result) => result.map_err(Into::into),
        Err(_) => Err(ScanLoginError::Internal),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panics() -> Result<(), ScanLoginError> {
        panic!("canary")
    }

    #[test]
    fn a_panic_is_an_internal_fault_without_its_text() {
        let waited = guarded_async(async { panics() }).now_or_never();
        for result in [Some(guarded(panics)), waited] {
            assert_eq!(result, Some(Err(ScanLoginError::Internal)));
            assert!(!format!("{result:?}").contains("canary"));
        }
    }
}
