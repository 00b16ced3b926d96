use std::sync::Arc;

use scan_login as core;

use crate::cancel::{CancelHandle, unless_cancelled};
use crate::error::ScanLoginError;
use crate::same::same_as_in_core;

/// What a login code says, checked.
#[derive(Debug, uniffi::Object)]
pub struct LoginCode(pub(crate) core::LoginCode);

#[uniffi::export]
impl LoginCode {
    /// The user pool that the web page signs in to.
    pub fn user_pool_id(&self) -> String {
        self.0.user_pool_id().to_owned()
    }

    /// When the code was made, by the server's clock, in milliseconds since the Unix epoch, if it says
    /// so.
    pub fn created_at_millis(&self) -> Option<i64> {
        self.0.created_at().map(|at| at.timestamp_millis())
    }

    /// When the code expires, by the server's clock, in milliseconds since the Unix epoch, if it says
    /// so.
    pub fn expires_at_millis(&self) -> Option<i64> {
        self.0.expires_at().map(|at| at.timestamp_millis())
    }

    /// What the web page's maker put into the code: the text of a JSON object. Anyone can make a code
    /// that says anything here: show it as a claim, not as a fact.
    pub fn custom_data(&self) -> Option<String> {
        self.0.custom_data().map(str::to_owned)
    }
}

/// How far a login has come.
#[derive(Clone, Copy, Debug, PartialEq, uniffi::Enum)]
pub enum LoginState {
    /// Marked scanned; the user may decide.
    Scanned,
    /// The user agreed, and the server is being told.
    Confirming,
    /// The user declined, and the server is being told.
    Cancelling,
    /// The web page is signed in.
    Confirmed,
    /// The web page was told no.
    Cancelled,
    /// A decision was sent, and it could not be learned whether it was done. Deciding again asks first.
    OutcomeUnknown,
    /// The code expired before a decision was made.
    Expired,
    /// The server did not know the code when it was last told of a decision. Deciding again asks again.
    CodeGone,
    /// Another user took the code.
    TakenByAnotherUser,
}

same_as_in_core!(
    LoginState: Scanned, Confirming, Cancelling, Confirmed, Cancelled, OutcomeUnknown, Expired, CodeGone, TakenByAnotherUser,
);

/// A login that was marked scanned and waits for the user's decision.
///
/// The first decision counts. Making the same one again, also at the same time, gives the same result
/// without another request. The other one waits for the first, and fails with `AlreadyDecided` once
/// that is done.
///
/// A decision goes on when its caller is cancelled: whether it was done can be asked afterwards, with
/// `state` or by making it again.
#[derive(Debug, uniffi::Object)]
pub struct PendingLogin(core::PendingLogin);

impl PendingLogin {
    pub(crate) fn new(login: core::PendingLogin) -> Self {
        Self(login)
    }
}

#[uniffi::export(async_runtime = "tokio")]
impl PendingLogin {
    /// Signs the web page in.
    ///
    /// When an answer is lost, the server is asked what became of it, within the configured timeout.
    /// After `Network` the decision was not done when the server was last asked; when even that could
    /// not be learned, it is `OutcomeUnknown`. In both cases it is safe to call again: that asks
    /// first.
    #[uniffi::method(default(cancel))]
    pub async fn confirm(&self, cancel: Option<Arc<CancelHandle>>) -> Result<(), ScanLoginError> {
        unless_cancelled(cancel, self.0.confirm()).await
    }

    /// Tells the web page no. Behaves as `confirm` does.
    #[uniffi::method(default(cancel))]
    pub async fn cancel(&self, cancel: Option<Arc<CancelHandle>>) -> Result<(), ScanLoginError> {
        unless_cancelled(cancel, self.0.cancel()).await
    }

    /// How far the login has come, as far as is known without asking the server.
    pub fn state(&self) -> LoginState {
        self.0.state().into()
    }

    /// When the code expires, by the server's clock, in milliseconds since the Unix epoch, if the code
    /// says so.
    pub fn expires_at_millis(&self) -> Option<i64> {
        self.0.expires_at().map(|at| at.timestamp_millis())
    }

    /// How much time is left to decide, by the server's clock, in milliseconds; zero once the code has
    /// expired. Nothing when the code does not say when it expires.
    pub fn remaining_millis(&self) -> Option<i64> {
        self.0.remaining().map(|left| i64::try_from(left.as_millis()).unwrap_or(i64::MAX))
    }

    /// What the code says.
    pub fn code(&self) -> Arc<LoginCode> {
        Arc::new(LoginCode(self.0.code().clone()))
    }
}
