//! One login: what an app holds, and the state machine behind it.

mod decision;
mod flow;
mod progress;
mod scan;
mod user_id;
mod verification;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

pub(crate) use self::flow::Login;
pub use self::flow::LoginState;
pub use self::progress::Progress;
use crate::config::needs_runtime;
use crate::error::{Decision, Error};
use crate::login_code::LoginCode;

/// A login that was marked scanned and waits for the user's decision. Clones are the same login, and
/// so is what the same [`Client`](crate::Client) returns for the same code; what another client
/// returns is not.
///
/// The first decision counts. Making the same one again, also at the same time, gives the same
/// result without another request. The other one waits for the first, and is refused with
/// [`Error::AlreadyDecided`] once that is done; if it failed, both calls fail in the same way.
///
/// A decision continues when its caller stops waiting: whether it was done can be asked afterwards,
/// with [`state`](Self::state) or by making it again.
///
/// There is no way to confirm without a login that was marked scanned:
/// ```compile_fail,E0599
/// # async fn story(client: scan_login::Client, code: scan_login::LoginCode) {
/// client.confirm(&code).await;
/// # }
/// ```
/// nor to make one, or a [`Consent`](crate::Consent), of anything else:
/// ```compile_fail,E0423
/// let login = scan_login::PendingLogin(todo!());
/// ```
/// ```compile_fail,E0451
/// let consent = scan_login::Consent { request: todo!(), given: todo!(), max_age: None };
/// ```
#[derive(Clone)]
pub struct PendingLogin(Arc<Login>);

impl PendingLogin {
    pub(crate) fn new(login: Arc<Login>) -> Self {
        Self(login)
    }

    /// Signs the web page in.
    ///
    /// When an answer is lost, the server is asked what became of it, within the configured timeout.
    /// After [`Error::Network`] the decision was not done, as far as is known: if it was sent, the server
    /// was asked afterwards. When even that could not be learned, it is [`Error::OutcomeUnknown`]. In both cases it is safe to call
    /// again: that asks first.
    ///
    /// When the client has a [`ConfirmGuard`](crate::ConfirmGuard), that is asked first, and nothing is
    /// sent without its consent ([`Error::UserNotVerified`]). Calls at the same time share the
    /// question, a later call asks again, and none asks for what is done already. One consent is good for all
    /// that the call sends, until it is too old. The guard's time is not part of the timeout.
    /// [`cancel`](Self::cancel) withdraws the question.
    ///
    /// Also fails with [`Error::AlreadyDecided`], [`Error::Expired`], and with
    /// every [`Error`] that an answer of the server can mean.
    pub async fn confirm(&self) -> Result<(), Error> {
        needs_runtime()?;
        self.0.clone().decide(Decision::Confirm).await
    }

    /// Declines the login; the web page shows that. Behaves as [`confirm`](Self::confirm) does, but
    /// asks no guard: as long as one is asked, declining is still the first decision.
    pub async fn cancel(&self) -> Result<(), Error> {
        needs_runtime()?;
        self.0.clone().decide(Decision::Cancel).await
    }

    /// Asks the server how far the login has come, and sends nothing else: for an app that comes back
    /// from the background, or after [`Error::OutcomeUnknown`]. Deciding again is safe without it.
    ///
    /// A decision that is being carried out is waited for. Fails with [`Error::Network`],
    /// [`Error::PinMismatch`] or [`Error::Refused`] when the status could not be learned; the state
    /// stays as it was.
    pub async fn refresh(&self) -> Result<LoginState, Error> {
        needs_runtime()?;
        self.0.refresh().await
    }

    /// How far the login has come, as far as is known without asking the server.
    pub fn state(&self) -> LoginState {
        self.0.state()
    }

    /// When the code expires, by the server's clock, if the code says so.
    pub fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.code().expires_at()
    }

    /// How much time is left of the code's life, never more than the whole of it; zero once the code
    /// has expired. It runs on when the login has ended. `None` when the code does not say when it
    /// expires.
    ///
    /// By the server's clock, as its answers told it. Only if none of them did, it is by the phone's,
    /// as it was when the client was made.
    pub fn remaining(&self) -> Option<Duration> {
        let now = self.0.now();
        // The clocks are known to a second or so: by them, a fresh code may still have to be made.
        let now = self.code().created_at().map_or(now, |made| now.max(made));
        self.expires_at().map(|end| (end - now).to_std().unwrap_or_default())
    }

    /// What the code says.
    pub fn code(&self) -> &LoginCode {
        self.0.code()
    }
}

impl fmt::Debug for PendingLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingLogin")
            .field("code", self.code())
            .field("state", &self.state())
            .finish()
    }
}
