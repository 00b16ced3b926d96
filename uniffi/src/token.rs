use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use scan_login as core;

/// The app's own code that hands out the signed-in user's token. Called on a thread of the library, which
/// it must not block.
#[uniffi::export(foreign)]
#[async_trait]
pub trait TokenProvider: Send + Sync {
    /// The user's token, or nothing when nobody is signed in. With `refresh`, a fresh one.
    async fn token(&self, refresh: bool) -> Result<Option<UserToken>, TokenError>;
}

/// The signed-in user's token, and the user's id when the app knows it. It prints without the token.
#[derive(Clone, uniffi::Record)]
#[uniffi::export(Debug, Display)]
pub struct UserToken {
    /// The id token, else the access token, without `Bearer`.
    pub token: String,
    /// The user's id, which lets the library tell when another user took the code.
    pub user_id: Option<String>,
}

impl fmt::Debug for UserToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserToken")
            .field("token", &"[redacted]")
            .field("user_id", &self.user_id)
            .finish()
    }
}

impl fmt::Display for UserToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error, uniffi::Error)]
pub enum TokenError {
    /// The app could not find out now.
    #[error("{reason}")]
    Failed {
        /// What went wrong, without secrets: it ends up in logs.
        reason: String,
    },
}

impl From<uniffi::UnexpectedUniFFICallbackError> for TokenError {
    /// What the app threw could hold secrets.
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        let reason = "the token provider threw something else than a token error".to_owned();
        Self::Failed { reason }
    }
}

impl From<TokenError> for core::TokenError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Failed { reason } => Self::Failed { reason },
        }
    }
}

/// The app's provider, as the core wants it.
pub(crate) struct AppTokens(pub(crate) Arc<dyn TokenProvider>);

#[async_trait]
impl core::TokenProvider for AppTokens {
    async fn token(&self, refresh: bool) -> Result<core::UserToken, core::TokenError> {
        let answer = self.0.token(refresh).await?;
        let UserToken { token, user_id } = answer.ok_or(core::TokenError::SignedOut)?;
        let token = core::UserToken::new(token);
        Ok(match user_id {
            Some(user_id) => token.with_user_id(user_id),
            None => token,
        })
    }
}
