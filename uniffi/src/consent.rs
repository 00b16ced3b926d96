use std::sync::Arc;

use async_trait::async_trait;
use scan_login as core;

use crate::login::LoginCode;

/// The app's own code that verifies the user before a confirm is sent. Called on a thread of the library,
/// which it must not block.
#[uniffi::export(foreign)]
#[async_trait]
pub trait ConfirmGuard: Send + Sync {
    /// The consent to the request, or nothing when the user said no.
    async fn verify_user(
        &self,
        request: Arc<ConfirmRequest>,
    ) -> Result<Option<Arc<Consent>>, GuardError>;
}

/// What a guard is asked to consent to.
#[derive(Debug, uniffi::Object)]
pub struct ConfirmRequest(core::ConfirmRequest);

#[uniffi::export]
impl ConfirmRequest {
    /// The request's own id.
    pub fn id(&self) -> String {
        self.0.id().to_owned()
    }

    /// What the code of the login says.
    pub fn code(&self) -> LoginCode {
        self.0.code().clone().into()
    }

    /// The consent to this request, which begins to age here.
    pub fn approve(&self) -> Arc<Consent> {
        Arc::new(Consent(self.0.approve()))
    }
}

/// The consent to one request.
#[derive(Debug, uniffi::Object)]
pub struct Consent(core::Consent);

/// Why the user could not be verified.
#[derive(Clone, Debug, PartialEq, thiserror::Error, uniffi::Error)]
pub enum GuardError {
    /// The app could not find out now.
    #[error("{reason}")]
    Failed {
        /// What went wrong, without secrets: it ends up in logs.
        reason: String,
    },
}

impl From<uniffi::UnexpectedUniFFICallbackError> for GuardError {
    /// What the app threw could hold secrets.
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed { reason: "the guard threw something else than a guard error".to_owned() }
    }
}

impl From<GuardError> for core::GuardError {
    fn from(error: GuardError) -> Self {
        match error {
            GuardError::Failed { reason } => Self::Failed { reason },
        }
    }
}

/// The app's guard, as the core wants it.
pub(crate) struct AppGuard(pub(crate) Arc<dyn ConfirmGuard>);

#[async_trait]
impl core::ConfirmGuard for AppGuard {
    async fn verify_user(
        &self,
        request: core::ConfirmRequest,
    ) -> Result<core::Consent, core::GuardError> {
        let consent = self.0.verify_user(Arc::new(ConfirmRequest(request))).await?;
        consent.map(|consent| consent.0.clone()).ok_or(core::GuardError::Declined)
    }
}
