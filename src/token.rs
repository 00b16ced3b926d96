use std::fmt;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::error::Error;

/// The app's own code that hands out the signed-in user's token.
///
/// It is asked before each call. The token is not kept; the user's id is, for as long as the login. When
/// the server does not accept the token, it is asked once more with `refresh` set; calls that run at the
/// same time share that one refresh.
#[async_trait]
pub trait TokenProvider: Send + Sync + 'static {
    /// The user's token. With `refresh`, a fresh one: the server did not accept the last, and
    /// later calls without `refresh` must get the fresh one too.
    async fn token(&self, refresh: bool) -> Result<UserToken, TokenError>;
}

/// The signed-in user's token, and the user's id when the app knows it.
#[derive(Clone)]
pub struct UserToken {
    token: SecretString,
    user_id: Option<String>,
}

impl UserToken {
    /// A token as the server handed it out: the id token, else the access token (PROTOCOL 4.1),
    /// without `Bearer`.
    pub fn new(token: impl Into<String>) -> Self {
        Self { token: SecretString::from(token.into()), user_id: None }
    }

    /// Adds the user's id. By it the library tells when another user took the code
    /// ([`Error::TakenByAnotherUser`]), and when another user has signed in to the app between scanning
    /// and deciding ([`Error::UserChanged`]). Without it, a decision is sent with the other user's token.
    pub fn with_user_id(self, user_id: impl Into<String>) -> Self {
        Self { user_id: Some(user_id.into()), ..self }
    }

    pub(crate) fn user_id(&self) -> Option<&str> {
        self.user_id.as_deref()
    }

    pub(crate) fn expose(&self) -> &str {
        self.token.expose_secret()
    }
}

impl fmt::Debug for UserToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserToken")
            .field("token", &"[redacted]")
            .field("user_id", &self.user_id)
            .finish()
    }
}

/// Why there is no token.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TokenError {
    /// Nobody is signed in, or the session cannot be renewed.
    #[error("the user is not signed in")]
    SignedOut,
    /// The app could not find out now.
    #[error("{reason}")]
    Failed {
        /// What went wrong, without secrets: it ends up in logs.
        reason: String,
    },
}

impl From<TokenError> for Error {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::SignedOut => Self::SignedOut,
            TokenError::Failed { reason } => Self::TokenFailed { reason },
        }
    }
}

/// Asks the provider, and lets concurrent calls share a refresh.
pub(crate) struct Tokens {
    provider: Box<dyn TokenProvider>,
    /// Held during a refresh.
    refreshing: Mutex<()>,
    refreshes: std::sync::Mutex<Refreshes>,
}

#[derive(Default)]
struct Refreshes {
    count: u64,
    failure: Option<TokenError>,
}

/// How many refreshes had ended when a token was asked for.
#[derive(Clone, Copy)]
pub(crate) struct TokenEpoch(u64);

impl Tokens {
    pub(crate) fn new(provider: impl TokenProvider) -> Self {
        let (refreshing, refreshes) = (Mutex::default(), std::sync::Mutex::default());
        Self { provider: Box::new(provider), refreshing, refreshes }
    }

    /// The provider's token. A refresh in progress is waited for, but not for longer than
    /// `patience`: it may hang.
    pub(crate) async fn current(
        self: &Arc<Self>,
        patience: Duration,
    ) -> Result<(UserToken, TokenEpoch), Error> {
        let _ = timeout(patience, self.refreshing.lock()).await;
        let epoch = TokenEpoch(self.refreshes().count);
        // A task of its own, so that a provider that panics or blocks its thread harms no call; it
        // ends with the call that waits for it.
        let mut task = JoinSet::new();
        let tokens = self.clone();
        task.spawn(async move { tokens.provider.token(false).await });
        let token = task.join_next().await.and_then(Result::ok);
        Ok((token.ok_or_else(|| failed(PANICKED))??, epoch))
    }

    /// A token that is newer than the one of `epoch`.
    pub(crate) async fn newer(self: &Arc<Self>, epoch: TokenEpoch) -> Result<UserToken, Error> {
        let tokens = self.clone();
        // A task of its own: a refresh that is interrupted halfway may lose the session, and others
        // wait for it.
        let refresh = tokio::spawn(async move { tokens.refresh(epoch).await });
        refresh.await.unwrap_or_else(|_| Err(failed(PANICKED)))
    }

    async fn refresh(&self, epoch: TokenEpoch) -> Result<UserToken, Error> {
        let _alone = self.refreshing.lock().await;
        if self.refreshes().count == epoch.0 {
            let fresh = timeout(MAX_REFRESH, self.provider.token(true)).await;
            let fresh = fresh.unwrap_or_else(|_| {
                let reason = "the refresh did not end in time".to_owned();
                Err(TokenError::Failed { reason })
            });
            let mut refreshes = self.refreshes();
            refreshes.count += 1;
            refreshes.failure = fresh.as_ref().err().cloned();
            return Ok(fresh?);
        }
        if let Some(failure) = self.refreshes().failure.clone() {
            return Err(failure.into());
        }
        Ok(self.provider.token(false).await?)
    }

    fn refreshes(&self) -> MutexGuard<'_, Refreshes> {
        self.refreshes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn failed(reason: &str) -> Error {
    Error::TokenFailed { reason: reason.to_owned() }
}

const PANICKED: &str = "the token provider panicked";
// Calls have given up by then; the next ones must not wait for a provider that hangs.
const MAX_REFRESH: Duration = Duration::from_secs(60);
