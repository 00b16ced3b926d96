use std::fmt;
use std::sync::Arc;

use scan_login as core;

use crate::cancel::{CancelHandle, unless_cancelled};
use crate::error::CallError;
use crate::same::same_as_in_core;

/// What a login code says, checked. A value: it goes back as its text and its source, and is parsed and
/// checked again. So no object is an argument, and nothing that is freed too early can be one.
#[derive(Clone, uniffi::Record)]
#[uniffi::export(Debug, Display)]
pub struct LoginCode {
    /// Holds the code's secret: never shown, never logged.
    pub text: String,
    /// Where it was read from.
    pub source: CodeSource,
    /// The user pool that the web page signs in to.
    pub user_pool_id: String,
    /// In milliseconds since the Unix epoch, by the server's clock.
    pub created_at_millis: Option<i64>,
    /// In milliseconds since the Unix epoch, by the server's clock.
    pub expires_at_millis: Option<i64>,
    /// JSON of any type, as it is written in the code.
    pub custom_data: Option<String>,
    /// What the custom data says, made safe to show.
    pub claims: Vec<Claim>,
    /// What is weak about the code.
    pub warnings: Vec<CodeWarning>,
    /// Whether the claims are what the web page's server has signed.
    pub has_verified_context: bool,
}

/// A one-time PIN that ties a login to the user of this phone.
#[derive(Clone, uniffi::Record)]
#[uniffi::export(Debug, Display)]
pub struct BindingPin {
    /// For the user's eyes: never logged.
    pub digits: String,
    /// From when it was issued.
    pub valid_for_seconds: i64,
}

impl From<core::BindingPin> for BindingPin {
    fn from(core::BindingPin { digits, valid_for }: core::BindingPin) -> Self {
        Self { digits, valid_for_seconds: i64::try_from(valid_for.as_secs()).unwrap_or(i64::MAX) }
    }
}

impl fmt::Debug for BindingPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BindingPin").finish_non_exhaustive()
    }
}

impl fmt::Display for BindingPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// An entry of a code's custom data, made safe to show.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct Claim {
    pub name: String,
    pub value: String,
}

/// Where a login code was read from.
#[derive(Clone, Copy, Debug, PartialEq, uniffi::Enum)]
pub enum CodeSource {
    Camera,
    Image,
    Text,
    Link,
}

/// What is weak about a code that may be used.
#[derive(Clone, Copy, Debug, PartialEq, uniffi::Enum)]
pub enum CodeWarning {
    ShortId,
    LongLife,
    UnknownLife,
}

same_as_in_core!(CodeSource: Camera, Image, Text, Link);
same_as_in_core!(CodeWarning: ShortId, LongLife, UnknownLife);

impl From<core::Claim> for Claim {
    fn from(core::Claim { name, value }: core::Claim) -> Self {
        Self { name, value }
    }
}

impl From<core::LoginCode> for LoginCode {
    fn from(code: core::LoginCode) -> Self {
        Self {
            text: code.text().to_owned(),
            source: code.source().into(),
            user_pool_id: code.user_pool_id().to_owned(),
            created_at_millis: code.created_at().map(|at| at.timestamp_millis()),
            expires_at_millis: code.expires_at().map(|at| at.timestamp_millis()),
            custom_data: code.custom_data().map(str::to_owned),
            claims: code.claims().into_iter().map(Into::into).collect(),
            warnings: code.warnings().into_iter().map(Into::into).collect(),
            has_verified_context: code.has_verified_context(),
        }
    }
}

impl fmt::Debug for LoginCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("LoginCode");
        fields.field("text", &"[redacted]").field("user_pool_id", &self.user_pool_id);
        fields.finish_non_exhaustive()
    }
}

impl fmt::Display for LoginCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// How far a login has come.
#[derive(Clone, Copy, Debug, PartialEq, uniffi::Enum)]
pub enum LoginState {
    Scanned,
    Verifying,
    Confirming,
    Cancelling,
    Confirmed,
    Cancelled,
    OutcomeUnknown,
    Expired,
    CodeGone,
    TakenByAnotherUser,
}

same_as_in_core!(
    LoginState: Scanned, Verifying, Confirming, Cancelling, Confirmed, Cancelled, OutcomeUnknown, Expired, CodeGone, TakenByAnotherUser,
);

/// How far a login has come, and how much time is left to decide.
#[derive(Clone, Copy, Debug, PartialEq, uniffi::Record)]
pub struct LoginProgress {
    /// How far it has come.
    pub state: LoginState,
    /// In whole seconds, rounded up, by the server's clock.
    pub remaining_seconds: Option<i64>,
}

impl From<core::Progress> for LoginProgress {
    fn from(core::Progress { state, remaining_seconds }: core::Progress) -> Self {
        let seconds = |seconds: u64| i64::try_from(seconds).unwrap_or(i64::MAX);
        Self { state: state.into(), remaining_seconds: remaining_seconds.map(seconds) }
    }
}

impl From<LoginProgress> for core::Progress {
    fn from(LoginProgress { state, remaining_seconds }: LoginProgress) -> Self {
        let seconds = |seconds: i64| u64::try_from(seconds).unwrap_or(0);
        Self { state: state.into(), remaining_seconds: remaining_seconds.map(seconds) }
    }
}

/// A login that was marked scanned and waits for the user's decision.
#[derive(Debug, uniffi::Object)]
pub struct PendingLogin(core::PendingLogin);

impl PendingLogin {
    pub(crate) fn new(login: core::PendingLogin) -> Self {
        Self(login)
    }
}

#[uniffi::export]
impl PendingLogin {
    /// Signs the web page in.
    pub async fn confirm(&self, cancel: Option<Arc<CancelHandle>>) -> Result<(), CallError> {
        let login = self.0.clone();
        unless_cancelled(cancel, async move { login.confirm().await }).await
    }

    /// Tells the web page no.
    pub async fn cancel(&self, cancel: Option<Arc<CancelHandle>>) -> Result<(), CallError> {
        let login = self.0.clone();
        unless_cancelled(cancel, async move { login.cancel().await }).await
    }

    /// Asks the server how far the login has come.
    pub async fn refresh(
        &self,
        cancel: Option<Arc<CancelHandle>>,
    ) -> Result<LoginState, CallError> {
        let login = self.0.clone();
        Ok(unless_cancelled(cancel, async move { login.refresh().await }).await?.into())
    }

    /// How far the login has come, as far as is known without asking the server.
    pub fn progress(&self) -> LoginProgress {
        self.0.progress().into()
    }

    /// Waits until the progress is no longer `last`. Nothing when `last` is the end of the login.
    pub async fn progress_after(
        &self,
        last: LoginProgress,
        cancel: Option<Arc<CancelHandle>>,
    ) -> Result<Option<LoginProgress>, CallError> {
        let login = self.0.clone();
        let next = async move { Ok(login.progress_after(last.into()).await) };
        Ok(unless_cancelled(cancel, next).await?.map(Into::into))
    }
}
