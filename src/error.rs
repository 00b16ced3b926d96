use std::fmt;

use crate::code_source::CodeSource;
use crate::foreign_text::in_one_line;
use crate::qr::{ImageFlaw, ImagePoint};

/// What went wrong, grouped by what the app does next.
///
/// [`code`](Error::code) is stable and safe to log, [`is_retryable`](Error::is_retryable) tells
/// whether the same call may succeed later, and [`user_text`](Error::user_text) is a sentence an
/// app may show. No variant carries the user's token or the code's `random`.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// The configuration cannot work. Fix the app.
    #[error("the configuration is wrong: {reason}")]
    Config {
        /// Which setting, and why.
        reason: String,
    },

    /// The image could not be read. Ask for another one.
    #[error("the image cannot be read: {flaw}")]
    UnreadableImage {
        /// What is wrong with it.
        flaw: ImageFlaw,
    },

    /// The picture shows no readable QR code. Ask for a sharper or closer one.
    #[error("no QR code was found in the image")]
    NoCode,

    /// What was scanned is not a login code. Tell the user what to scan.
    #[error("this is not a login code: {flaw}")]
    NotALoginCode {
        /// Why it is not one.
        flaw: CodeFlaw,
    },

    /// The code is for another kind of login (PROTOCOL 2 lists the known scenes).
    #[error("the code is for another kind of login: scene {found:?}, not \"APP_AUTH\"")]
    WrongScene {
        /// The scene in the code, made safe to show.
        found: String,
    },

    /// The code belongs to another user pool. The user scans one of this product.
    #[error("the code belongs to another user pool: {found:?}")]
    WrongUserPool {
        /// The user pool in the code, made safe to show.
        found: String,
    },

    /// The configuration does not allow codes that were read in this way. Tell the user how to scan.
    #[error("the configuration does not allow login codes from this source: {}", found.name())]
    SourceNotAllowed {
        /// Where the code was read from.
        found: CodeSource,
    },

    /// The code lives longer than the configuration allows, or does not say for how long. The web
    /// site has to make other codes.
    #[error("the login code lives too long, or does not say how long")]
    LifeTooLong,

    /// The code was not made with the PIN that this phone has issued: somebody else may have started the
    /// login. The user types a new PIN into the web page and scans again.
    #[error("the login code is not bound to this phone: {flaw}")]
    NotBound {
        /// What is wrong with its PIN.
        flaw: BindingFlaw,
    },

    /// The context that the web page's server should have signed is not one that can be believed. The
    /// code may be somebody's forgery: the user opens the web page themselves and scans again.
    #[error("the signed context was not verified: {flaw}")]
    ContextNotVerified {
        /// What is wrong with it.
        flaw: ContextFlaw,
    },

    /// The code has expired. The user refreshes the web page and scans again.
    #[error("the login code has expired")]
    Expired,

    /// More than one login code is in the picture. Ask the user to show just one.
    #[error("{} different login codes are in the image", corners.len())]
    SeveralLoginCodes {
        /// Where they are: four corners each, in picture coordinates.
        corners: Vec<[ImagePoint; 4]>,
    },

    /// The user is not signed in, or the server no longer takes the token, not even a fresh one.
    /// Sign in again.
    #[error("the user is not signed in")]
    SignedOut,

    /// The app's [`TokenProvider`](crate::TokenProvider) failed, or returned a token that cannot be sent
    /// in a header.
    #[error("could not get a token: {reason}")]
    TokenFailed {
        /// What the provider said, or what is wrong with the token.
        reason: String,
    },

    /// The signed-in user does not exist in the code's user pool. Another account is needed.
    #[error("the user does not exist in the code's user pool (server code {server_code})")]
    UserNotInPool {
        /// The server's code: 2004 or 2036.
        server_code: i64,
    },

    /// The server refused, with a code that this library has no name for.
    #[error("the server refused: code {server_code}")]
    Refused {
        /// The server's code, or the HTTP status when the answer held none.
        server_code: i64,
        /// The server's own text, made safe to show. Never branch on it.
        server_text: String,
    },

    /// The server does not know the code, or no longer. The user refreshes the web page and scans
    /// again.
    #[error("the server does not know this login code")]
    CodeGone,

    /// Another user has scanned the code. The user refreshes the web page and scans again.
    #[error("another user has scanned this login code")]
    TakenByAnotherUser,

    /// Another user was signed in when the decision was to be sent than when the code was scanned.
    /// Nothing was sent. The user refreshes the web page and scans again.
    #[error("the signed-in user has changed since the login code was scanned")]
    UserChanged,

    /// The app's [`ConfirmGuard`](crate::ConfirmGuard) did not consent to the confirm. Nothing was
    /// sent. The user may agree again, or decline.
    #[error("{failure}: {reason}")]
    UserNotVerified {
        /// Why there is no consent.
        failure: VerificationFailure,
        /// What the guard said. For logs, not for users.
        reason: String,
    },

    /// The login was already decided: the other way, or on another device.
    #[error("the login was already {}", decision.done())]
    AlreadyDecided {
        /// What was decided.
        decision: Decision,
    },

    /// The server wants a second factor first (code 1636).
    #[error("the server asks for a second factor")]
    MfaRequired,

    /// The server was not reached, or gave no usable answer. Try again. A decision that fails so was
    /// not done, as far as is known: if it was sent, the server was asked afterwards.
    #[error("{failure}: {reason}")]
    Network {
        /// What kind of failure.
        failure: NetworkFailure,
        /// What the network stack said. For logs, not for users.
        reason: String,
    },

    /// The server's key is not one of the pinned keys. Never retried.
    #[error("the server's key is not one of the pinned keys")]
    PinMismatch,

    /// The decision may or may not have reached the server, and `check` could not tell.
    /// Calling the same method again asks first and decides only if it was not done.
    #[error("it is not known whether the login was {}", decision.done())]
    OutcomeUnknown {
        /// What was sent.
        decision: Decision,
    },

    /// A bug in this library.
    #[error("internal fault of the library")]
    Internal,
}

impl Error {
    /// A stable name for logs and statistics. It holds no data of the user.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Config { .. } => "config",
            Self::UnreadableImage { .. } => "unreadable_image",
            Self::NoCode => "no_code",
            Self::NotALoginCode { .. } => "not_a_login_code",
            Self::WrongScene { .. } => "wrong_scene",
            Self::WrongUserPool { .. } => "wrong_user_pool",
            Self::SourceNotAllowed { .. } => "source_not_allowed",
            Self::LifeTooLong => "life_too_long",
            Self::NotBound { .. } => "not_bound",
            Self::ContextNotVerified { .. } => "context_not_verified",
            Self::Expired => "expired",
            Self::SeveralLoginCodes { .. } => "several_login_codes",
            Self::SignedOut => "signed_out",
            Self::TokenFailed { .. } => "token_failed",
            Self::UserNotInPool { .. } => "user_not_in_pool",
            Self::Refused { .. } => "refused",
            Self::CodeGone => "code_gone",
            Self::TakenByAnotherUser => "taken_by_another_user",
            Self::UserChanged => "user_changed",
            Self::UserNotVerified { failure, .. } => match failure {
                VerificationFailure::Declined => "user_not_verified_declined",
                VerificationFailure::Failed => "user_not_verified_failed",
                VerificationFailure::TimedOut => "user_not_verified_timed_out",
                VerificationFailure::TooOld => "user_not_verified_too_old",
                VerificationFailure::OtherRequest => "user_not_verified_other_request",
            },
            Self::AlreadyDecided { .. } => "already_decided",
            Self::MfaRequired => "mfa_required",
            Self::Network { failure, .. } => match failure {
                NetworkFailure::Offline => "network_offline",
                NetworkFailure::TimedOut => "network_timed_out",
                NetworkFailure::Tls => "network_tls",
                NetworkFailure::Interrupted => "network_interrupted",
                NetworkFailure::ServerBusy => "network_server_busy",
                NetworkFailure::BadAnswer => "network_bad_answer",
            },
            Self::PinMismatch => "pin_mismatch",
            Self::OutcomeUnknown { .. } => "outcome_unknown",
            Self::Internal => "internal",
        }
    }

    /// Whether the same call may succeed when it is made again.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Network { .. }
            | Self::TokenFailed { .. }
            | Self::UserNotVerified { .. }
            | Self::OutcomeUnknown { .. } => true,
            Self::Config { .. }
            | Self::UnreadableImage { .. }
            | Self::NoCode
            | Self::NotALoginCode { .. }
            | Self::WrongScene { .. }
            | Self::WrongUserPool { .. }
            | Self::SourceNotAllowed { .. }
            | Self::LifeTooLong
            | Self::NotBound { .. }
            | Self::ContextNotVerified { .. }
            | Self::Expired
            | Self::SeveralLoginCodes { .. }
            | Self::SignedOut
            | Self::UserNotInPool { .. }
            | Self::Refused { .. }
            | Self::CodeGone
            | Self::TakenByAnotherUser
            | Self::UserChanged
            | Self::AlreadyDecided { .. }
            | Self::MfaRequired
            | Self::PinMismatch
            | Self::Internal => false,
        }
    }
}

/// What the user decided about a login.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Decision {
    /// The web page is signed in.
    Confirm,
    /// The login is declined; the web page shows that.
    Cancel,
}

impl Decision {
    fn done(self) -> &'static str {
        match self {
            Self::Confirm => "confirmed",
            Self::Cancel => "cancelled",
        }
    }
}

/// Why there is no consent to a confirm.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum VerificationFailure {
    /// The user said no.
    Declined,
    /// The guard failed.
    Failed,
    /// The guard did not answer in time.
    TimedOut,
    /// The consent was given too long ago, see
    /// [`Config::consent_max_age`](crate::Config::consent_max_age).
    TooOld,
    /// The guard returned the consent to another request.
    OtherRequest,
}

impl fmt::Display for VerificationFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Declined => "the user did not agree",
            Self::Failed => "the user could not be verified",
            Self::TimedOut => "the user was not verified in time",
            Self::TooOld => "the user's consent is too old",
            Self::OtherRequest => "the user's consent is to another request",
        })
    }
}

/// How the network failed.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum NetworkFailure {
    /// No connection: no network, no such host, or nothing listens there.
    Offline,
    /// No answer within the configured timeout.
    TimedOut,
    /// The server's certificate was not accepted, or no common TLS version was found.
    Tls,
    /// The connection broke while the answer was awaited.
    Interrupted,
    /// The server answered with HTTP 429 or 5xx.
    ServerBusy,
    /// The answer is not one of this API: a redirect, a web page, too long, not JSON.
    BadAnswer,
}

impl fmt::Display for NetworkFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Offline => "the server could not be reached",
            Self::TimedOut => "the server did not answer in time",
            Self::Tls => "no trusted connection to the server could be made",
            Self::Interrupted => "the connection broke before the answer came",
            Self::ServerBusy => "the server is unavailable or overloaded",
            Self::BadAnswer => "unexpected response",
        })
    }
}

/// Why a text is not a login code.
#[derive(Clone, Debug, Eq, Hash, PartialEq, thiserror::Error)]
pub enum CodeFlaw {
    /// The text is over 4 KiB.
    #[error("it is too long")]
    TooLong,
    /// The bytes are not UTF-8.
    #[error("it is not UTF-8 text")]
    NotUtf8,
    /// The text is not JSON, for example a web address.
    #[error("it is not JSON")]
    NotJson,
    /// The text is JSON, but not an object.
    #[error("it is not a JSON object")]
    NotAnObject,
    /// Objects and arrays are nested more than 16 levels deep.
    #[error("it is nested too deeply")]
    TooDeep,
    /// It signs a phone in from a web page, not a web page from a phone (PROTOCOL 2, "Fastpass").
    #[error("it is a code that signs the phone in, not a web page")]
    FastPass,
    /// It is a link, but not one of an origin that the configuration allows.
    #[error("it is a link from somewhere else")]
    ForeignLink,
    /// A code with the same id was marked scanned before, and said something else.
    #[error("it contradicts a code with the same id that was scanned before")]
    Conflicting,
    /// A field is not there.
    #[error("`{field}` is missing")]
    MissingField {
        /// Its name in the code.
        field: String,
    },
    /// A field is a duplicate, has the wrong type, or a value that it cannot have.
    #[error("`{field}` is malformed")]
    MalformedField {
        /// Its name in the code.
        field: String,
    },
}

/// Why a code is not bound to this phone by its PIN.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
pub enum BindingFlaw {
    /// No PIN is open: none was issued, it is over, it was used for another code, or codes with five
    /// other PINs were seen since.
    #[error("no PIN is open")]
    NoPin,
    /// The code has no PIN.
    #[error("it has no PIN")]
    MissingPin,
    /// The code has another PIN than the one that was issued last.
    #[error("it has another PIN")]
    WrongPin,
    /// The code was made before the PIN was issued, or may have been, or does not say when.
    #[error("it may have been made before the PIN was issued")]
    MadeBeforePin,
}

/// Why the signed context of a code is not believed.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
pub enum ContextFlaw {
    /// There is none, and the configuration demands one.
    #[error("it is missing")]
    Missing,
    /// It is not a JWS as this library reads them.
    #[error("it is malformed")]
    Malformed,
    /// The id of the key that it was signed with is not one of the configured ones.
    #[error("it is signed with an unknown key")]
    UnknownKey,
    /// Its algorithm is not the key's.
    #[error("its algorithm is not the key's")]
    WrongAlgorithm,
    /// No configured key has made its signature.
    #[error("its signature is wrong")]
    BadSignature,
    /// It was signed for a code with another id, or of another user pool.
    #[error("it belongs to another code")]
    OtherCode,
}

impl CodeFlaw {
    pub(crate) fn missing(field: &str) -> Self {
        Self::MissingField { field: field.to_owned() }
    }

    pub(crate) fn malformed(field: &str) -> Self {
        Self::MalformedField { field: field.to_owned() }
    }
}

impl From<CodeFlaw> for Error {
    fn from(flaw: CodeFlaw) -> Self {
        Self::NotALoginCode { flaw }
    }
}

impl From<BindingFlaw> for Error {
    fn from(flaw: BindingFlaw) -> Self {
        Self::NotBound { flaw }
    }
}

impl From<ContextFlaw> for Error {
    fn from(flaw: ContextFlaw) -> Self {
        Self::ContextNotVerified { flaw }
    }
}

impl From<ImageFlaw> for Error {
    fn from(flaw: ImageFlaw) -> Self {
        Self::UnreadableImage { flaw }
    }
}

/// Makes text that others wrote safe to show in one line of at most `MAX_FOREIGN_CHARS` characters.
pub(crate) fn foreign_text(text: &str) -> String {
    in_one_line(text).chars().take(MAX_FOREIGN_CHARS).collect()
}

const MAX_FOREIGN_CHARS: usize = 120;
