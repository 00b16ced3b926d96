//! The HTTP calls: one method a call.

mod answer;
mod attempt;
mod retry;
#[cfg(feature = "simulation")]
mod simulated;
mod tls;
mod transport;
mod v2;
mod v3;

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CACHE_CONTROL, HeaderMap, HeaderName, HeaderValue};
use secrecy::zeroize::Zeroizing;
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::time::{Instant, timeout_at};

pub(crate) use self::retry::{Failure, Tries};
use self::transport::{Reply, Transport, network};
use crate::code_checker::CodeChecker;
use crate::config::{ApiVersion, AuthorizationForm, Config, config_error};
use crate::consent::Consent;
use crate::error::{Decision, Error, NetworkFailure};
use crate::login_code::LoginCode;
use crate::token::{Tokens, UserToken};

/// The calls to the server, and what is learned on the way: its time, and whether the token is
/// still good.
pub(crate) struct Api {
    pub(crate) config: Config,
    transport: Transport,
    tokens: Arc<Tokens>,
    pub(crate) checker: Arc<CodeChecker>,
    /// Whether the server knows V3's call by its older name only.
    is_older_v3: AtomicBool,
}

/// What the phone tells the server.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Action<'a> {
    Scanned,
    Confirm(&'a Consent),
    Cancel,
}

/// What the server says of a code.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum CodeStatus {
    Pending,
    Scanned,
    Decided(Decision),
    /// A second factor is wanted first.
    MfaRequired,
    /// It will never be decided.
    Ended(Error),
}

/// What `check` says of a code.
pub(crate) struct Check {
    pub(crate) status: CodeStatus,
    /// The user who scanned the code, when the server says so.
    pub(crate) scanned_by: Option<String>,
}

/// Who acts, and what is known if the call is interrupted.
#[derive(Default)]
pub(crate) struct Actor {
    /// The id of the user, once the app has told it with a token. Nobody else may act then.
    pub(crate) user_id: Option<String>,
    /// Whether a request was begun, so that the server may have it.
    pub(crate) has_sent: bool,
}

/// A call, as one generation of the API wants it.
struct Call {
    method: Method,
    path: String,
    query: Option<(&'static str, String)>,
    body: Option<Value>,
}

impl Api {
    pub(crate) fn new(
        config: Config,
        tokens: Tokens,
        checker: Arc<CodeChecker>,
    ) -> Result<Self, Error> {
        let base_url = config.checked()?;
        let transport = Transport::new(base_url, &config, common_headers(&config)?)?;
        Ok(Self {
            config,
            transport,
            tokens: Arc::new(tokens),
            checker,
            is_older_v3: AtomicBool::default(),
        })
    }

    /// Opens the connection and learns the server's time, with a request that the vendor's SDKs
    /// start with, too (PROTOCOL 4.6). Any answer will do.
    pub(crate) async fn warm_up(&self) -> Result<(), Error> {
        let call = Call {
            method: Method::HEAD,
            path: format!("/api/v2/applications/{}/public-config", self.config.app_id),
            query: None,
            body: None,
        };
        let sent = self.send(call, HeaderMap::new(), self.deadline()).await;
        sent.map(drop).map_err(|failure| failure.error)
    }

    /// Makes one of the three calls with the user's token, with one more try after a refresh.
    ///
    /// Fails with [`Error::UserChanged`], and sends nothing, when the token is another user's than
    /// the actor's, and with [`Error::UserNotVerified`] when the consent has become too old, such as while
    /// the token was refreshed.
    pub(crate) async fn act(
        &self,
        action: Action<'_>,
        code: &LoginCode,
        actor: &mut Actor,
        deadline: Instant,
    ) -> Result<(), Failure> {
        if deadline <= Instant::now() {
            return Err(network(NetworkFailure::TimedOut, "no time is left").into());
        }
        let (token, epoch) =
            in_time(deadline, self.tokens.current(self.config.timeout / 3)).await?;
        match self.act_with(&token, action, code, actor, deadline).await {
            Err(failure) if failure.error == Error::SignedOut => {
                tracing::info!(
                    ?action,
                    "the server did not accept the token; asking for a fresh one"
                );
                let fresh = in_time(deadline, self.tokens.newer(epoch)).await?;
                self.act_with(&fresh, action, code, actor, deadline).await
            }
            outcome => outcome,
        }
    }

    async fn act_with(
        &self,
        token: &UserToken,
        action: Action<'_>,
        code: &LoginCode,
        actor: &mut Actor,
        deadline: Instant,
    ) -> Result<(), Failure> {
        match (&actor.user_id, token.user_id()) {
            (Some(own), Some(id)) if own != id => return Err(Error::UserChanged.into()),
            (None, Some(id)) => actor.user_id = Some(id.to_owned()),
            _ => {}
        }
        if let Action::Confirm(consent) = action {
            consent.check_age()?;
        }
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, authorization(token, self.config.authorization)?);
        actor.has_sent = true;
        let call = |older| self.config.api.act(action, code.random(), older);
        let is_older = self.is_older_v3.load(Relaxed);
        let mut reply = self.send(call(is_older), headers.clone(), deadline).await?;
        // The first call tells which name the server knows. A decision is not sent twice for that.
        let is_first = matches!(action, Action::Scanned) && self.config.api == ApiVersion::V3;
        if is_first && answer::is_not_found(&reply) {
            reply = self.send(call(!is_older), headers, deadline).await?;
            // Only a success says that the server knows this one.
            if answer::read(&reply).is_ok() {
                self.is_older_v3.store(!is_older, Relaxed);
            }
        }
        let data = answer::read(&reply)?;
        // V3 repeats it in `data.success`; a success without a `true` there is not one (PROTOCOL 6).
        match data.map_or(Some(true), v3::success) {
            Some(true) => Ok(()),
            Some(false) => {
                let refused = Error::Refused { server_code: 200, server_text: String::new() };
                Err(Failure::in_doubt(refused))
            }
            None => {
                let reason = "success, but `data.success` cannot be read";
                Err(Failure::in_doubt(network(NetworkFailure::BadAnswer, reason)))
            }
        }
    }

    /// Asks for a code's status. Needs no token and sends none. It fails when the status could not
    /// be learned.
    pub(crate) async fn check(
        &self,
        code: &LoginCode,
        deadline: Instant,
    ) -> Result<Check, Failure> {
        // A third of the time, so that it can be asked again when a connection died unnoticed.
        let deadline = deadline.min(Instant::now() + self.config.timeout / 3);
        let call = self.config.api.check(code.random());
        let headers = HeaderMap::from_iter([(CACHE_CONTROL, HeaderValue::from_static("no-cache"))]);
        let reply = self.send(call, headers, deadline).await?;
        if reply.is_from_cache {
            return Err(network(NetworkFailure::BadAnswer, "a cache answered").into());
        }
        let data = answer::read(&reply).map_err(|failure| match failure.error {
            // Of a user, in answer to a question that has none.
            Error::SignedOut | Error::MfaRequired | Error::UserNotInPool { .. } => {
                let reason = format!("status {}: {}", reply.status, failure.error);
                network(NetworkFailure::BadAnswer, reason).into()
            }
            _ => failure,
        })?;
        let check = data.and_then(|data| self.config.api.read_check(data));
        check.ok_or_else(|| {
            network(NetworkFailure::BadAnswer, "an unknown status in the answer").into()
        })
    }

    /// Gives up the connections of a network that is gone.
    pub(crate) fn network_changed(&self) {
        self.transport.network_changed();
    }

    /// When a call that begins now gives up.
    pub(crate) fn deadline(&self) -> Instant {
        Instant::now() + self.config.timeout
    }

    async fn send(
        &self,
        call: Call,
        headers: HeaderMap,
        deadline: Instant,
    ) -> Result<Reply, Failure> {
        let reply = self.transport.send(call, headers, deadline).await?;
        // What a cache answers is as old as its `Age`.
        if let Some(stamp) = reply.stamp.as_ref().filter(|_| !reply.is_from_cache) {
            self.checker.observe(stamp.date, stamp.sent, stamp.received);
        }
        Ok(reply)
    }
}

/// What differs from one generation of the API to the next.
impl ApiVersion {
    fn act(self, action: Action<'_>, random: &str, is_older: bool) -> Call {
        match self {
            Self::V2 => v2::act(v2::PREFIX, action, random),
            Self::V2Unversioned => v2::act(v2::UNVERSIONED_PREFIX, action, random),
            Self::V3 => v3::act(if is_older { v3::CHANGE } else { v3::SET }, action, random),
        }
    }

    fn check(self, random: &str) -> Call {
        match self {
            Self::V2 => v2::check(v2::PREFIX, random),
            Self::V2Unversioned => v2::check(v2::UNVERSIONED_PREFIX, random),
            Self::V3 => v3::check(random),
        }
    }

    /// `None` when the answer cannot be understood.
    fn read_check(self, data: &RawValue) -> Option<Check> {
        // A struct would also be read from an array.
        if !data.get().starts_with('{') {
            return None;
        }
        match self {
            Self::V2 | Self::V2Unversioned => v2::read_check(data),
            Self::V3 => v3::read_check(data),
        }
    }
}

/// What every request says of the app (PROTOCOL 4.2).
fn common_headers(config: &Config) -> Result<HeaderMap, Error> {
    let version = env!("CARGO_PKG_VERSION");
    let values = [
        ("userpool-id", config.user_pool_id.as_str()),
        ("app-id", &config.app_id),
        ("request-from", concat!("scan-login@", env!("CARGO_PKG_VERSION"))),
        ("sdk-version", version),
        ("lang", config.language.tag()),
    ];
    let mut headers = HeaderMap::new();
    for (name, value) in values {
        let name = HeaderName::try_from(format!("{}-{name}", config.header_prefix))
            .map_err(|_| config_error("the header prefix does not make a header's name"))?;
        let value = HeaderValue::from_str(value).map_err(|_| {
            config_error("the app id or the user pool id does not fit into a header")
        })?;
        headers.insert(name, value);
    }
    Ok(headers)
}

/// The value of the `Authorization` header (PROTOCOL 4.1).
fn authorization(token: &UserToken, form: AuthorizationForm) -> Result<HeaderValue, Error> {
    let token = token.expose();
    if let Some(flaw) = flaw(token) {
        return Err(Error::TokenFailed { reason: flaw.to_owned() });
    }
    let text = Zeroizing::new(match form {
        AuthorizationForm::Bearer => format!("Bearer {token}"),
        AuthorizationForm::Raw => token.to_owned(),
    });
    let mut header = HeaderValue::from_str(&text).map_err(|_| Error::Internal)?;
    header.set_sensitive(true);
    Ok(header)
}

/// Why a token cannot be sent.
fn flaw(token: &str) -> Option<&'static str> {
    let first = token.split_ascii_whitespace().next();
    if token.is_empty() {
        Some("the token is empty")
    } else if first.is_some_and(|word| word.eq_ignore_ascii_case("Bearer")) {
        Some("the token begins with `Bearer`; give the token alone")
    } else if !token.bytes().all(|b| b.is_ascii_graphic()) {
        // A space would let one token become two words of the header.
        Some("the token holds a space, a line break or a character outside ASCII")
    } else {
        None
    }
}

/// What the app's token provider says, unless it takes too long.
async fn in_time<T>(
    deadline: Instant,
    answer: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    timeout_at(deadline, answer).await.unwrap_or_else(|_| {
        let reason = "the token provider did not answer in time".to_owned();
        Err(Error::TokenFailed { reason })
    })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_with_the_token_is_marked_sensitive() {
        for form in [AuthorizationForm::Bearer, AuthorizationForm::Raw] {
            let header = authorization(&UserToken::new("canary"), form)
                .unwrap_or_else(|_| HeaderValue::from_static("none"));
            assert!(header.is_sensitive());
            assert_eq!(format!("{header:?}"), "Sensitive");
        }
    }
}
