use std::fmt;

use scan_login as core;

use crate::config::Language;
use crate::same::same_as_in_core;

/// What went wrong, grouped by what the app does next. It holds neither the token nor the code's
/// secret.
#[derive(Clone, Debug, PartialEq, uniffi::Error)]
#[uniffi::export(Debug, Display)]
pub enum ScanLoginError {
    /// The configuration cannot work. Fix the app.
    Config {
        /// Which setting, and why.
        reason: String,
    },
    /// The image could not be read. Ask for another one.
    UnreadableImage {
        /// What is wrong with it.
        flaw: ImageFlaw,
    },
    /// The picture shows no readable QR code. Ask for a sharper or closer one.
    NoCode,
    /// What was scanned is not a login code. Tell the user what to scan.
    NotALoginCode {
        /// Why it is none.
        flaw: CodeFlaw,
    },
    /// The code belongs to another kind of login.
    WrongScene {
        /// The scene in the code, made safe to show.
        found: String,
    },
    /// The code belongs to another user pool. The user scans one of this product.
    WrongUserPool {
        /// The user pool in the code, made safe to show.
        found: String,
    },
    /// The code's time is over. The user refreshes the web page and scans again.
    Expired,
    /// More than one login code is in the picture. Ask the user to show just one.
    SeveralLoginCodes {
        /// Where they are: four corners each, in picture coordinates.
        corners: Vec<Vec<ImagePoint>>,
    },
    /// The user is not signed in, or the server no longer takes the token, not even a fresh one. Sign
    /// in again.
    SignedOut,
    /// The app's token provider failed, or gave a token that no header can carry.
    TokenFailed {
        /// What the provider said, or what is wrong with the token.
        reason: String,
    },
    /// The signed-in user does not exist in the code's user pool. Another account is needed.
    UserNotInPool {
        /// The server's code: 2004 or 2036.
        server_code: i64,
    },
    /// The server said no for a reason that this library has no name for.
    Refused {
        /// The server's code, or the HTTP status when the answer held none.
        server_code: i64,
        /// The server's own text, made safe to show. Never branch on it.
        server_text: String,
    },
    /// The server does not know the code, or no longer. The user refreshes the web page and scans
    /// again.
    CodeGone,
    /// Another user has scanned the code. The user refreshes the web page and scans again.
    TakenByAnotherUser,
    /// Another user was signed in when the decision was to be sent than when the code was scanned. Nothing was sent.
    UserChanged,
    /// The login was decided before, and the other way or elsewhere.
    AlreadyDecided {
        /// What was decided.
        decision: Decision,
    },
    /// The server wants a second factor first (code 1636).
    MfaRequired,
    /// The server was not reached, or gave no usable answer. Try again. A decision that fails so was
    /// not done when the server was last asked.
    Network {
        /// What kind of failure.
        failure: NetworkFailure,
        /// What the network stack said. For logs, not for users.
        reason: String,
    },
    /// The server's key is none of the pinned ones. Never retried.
    PinMismatch,
    /// The decision may or may not have reached the server, and what became of it could not be learned.
    /// Calling the same method again asks first and decides only if it was not done.
    OutcomeUnknown {
        /// What was sent.
        decision: Decision,
    },
    /// A fault of this library.
    Internal,
    /// The call was given a cancel handle, and that was cancelled. In Swift it arrives as
    /// `CancellationError`.
    Cancelled,
}

#[uniffi::export]
impl ScanLoginError {
    /// A stable name for logs and statistics. It holds no data of the user.
    pub fn code(&self) -> String {
        self.core().map_or("cancelled", |error| error.code()).to_owned()
    }

    /// Whether the same call may succeed when it is made again.
    pub fn is_retryable(&self) -> bool {
        self.core().is_none_or(|error| error.is_retryable())
    }

    /// A text that an app may show to its user: what happened, and what to do.
    pub fn user_text(&self, language: Language) -> String {
        self.core().map_or("", |error| error.user_text(language.into())).to_owned()
    }
}

/// What the user decided about a login.
#[derive(Clone, Copy, Debug, PartialEq, uniffi::Enum)]
pub enum Decision {
    /// The web page is signed in.
    Confirm,
    /// The web page is told no.
    Cancel,
}

/// A point in an image, in pixels from its top left corner.
#[derive(Clone, Copy, Debug, PartialEq, uniffi::Record)]
pub struct ImagePoint {
    /// How far to the right.
    pub x: f32,
    /// How far down.
    pub y: f32,
}

/// How the network failed.
#[derive(Clone, Copy, Debug, PartialEq, uniffi::Enum)]
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

/// Why an image cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, uniffi::Enum)]
pub enum ImageFlaw {
    /// There are no bytes.
    Empty,
    /// The bytes are not an image of a known format.
    UnknownFormat,
    /// The bytes are a HEIC or AVIF, which phones store: the platform decodes it, and its pixels are
    /// handed over.
    Heif,
    /// The file, its pixels or its memory are above the configured limits.
    TooLarge,
    /// The image is truncated or broken.
    Damaged,
    /// The strides, the size and the length of a camera frame do not fit together.
    BadLayout,
    /// The search for a code takes longer than the configured timeout, or would.
    TookTooLong,
    /// A decoder failed in a way that it should not.
    DecoderFailed,
}

/// Why a text is not a login code.
#[derive(Clone, Debug, PartialEq, uniffi::Enum)]
pub enum CodeFlaw {
    /// The text is over 4 KiB.
    TooLong,
    /// The bytes are not UTF-8.
    NotUtf8,
    /// The text is not JSON, for example a web address.
    NotJson,
    /// The text is JSON, but not an object.
    NotAnObject,
    /// Objects and arrays are nested more than 16 deep.
    TooDeep,
    /// It signs a phone in from a web page, not a web page from a phone.
    FastPass,
    /// A code with the same id was marked scanned before, and said something else.
    Conflicting,
    /// A field is not there.
    MissingField {
        /// Its name in the code.
        field: String,
    },
    /// A field is there twice, has the wrong type, or a value that it cannot have.
    MalformedField {
        /// Its name in the code.
        field: String,
    },
}

impl fmt::Display for ScanLoginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.core() {
            Some(error) => error.fmt(f),
            None => f.write_str("the call was cancelled"),
        }
    }
}

impl std::error::Error for ScanLoginError {}

impl From<core::Error> for ScanLoginError {
    fn from(error: core::Error) -> Self {
        match error {
            core::Error::Config { reason } => Self::Config { reason },
            core::Error::UnreadableImage { flaw } => Self::UnreadableImage { flaw: flaw.into() },
            core::Error::NoCode => Self::NoCode,
            core::Error::NotALoginCode { flaw } => Self::NotALoginCode { flaw: flaw.into() },
            core::Error::WrongScene { found } => Self::WrongScene { found },
            core::Error::WrongUserPool { found } => Self::WrongUserPool { found },
            core::Error::Expired => Self::Expired,
            core::Error::SeveralLoginCodes { corners } => {
                Self::SeveralLoginCodes { corners: corners.into_iter().map(corner_list).collect() }
            }
            core::Error::SignedOut => Self::SignedOut,
            core::Error::TokenFailed { reason } => Self::TokenFailed { reason },
            core::Error::UserNotInPool { server_code } => Self::UserNotInPool { server_code },
            core::Error::Refused { server_code, server_text } => {
                Self::Refused { server_code, server_text }
            }
            core::Error::CodeGone => Self::CodeGone,
            core::Error::TakenByAnotherUser => Self::TakenByAnotherUser,
            core::Error::UserChanged => Self::UserChanged,
            core::Error::AlreadyDecided { decision } => {
                Self::AlreadyDecided { decision: decision.into() }
            }
            core::Error::MfaRequired => Self::MfaRequired,
            core::Error::Network { failure, reason } => {
                Self::Network { failure: failure.into(), reason }
            }
            core::Error::PinMismatch => Self::PinMismatch,
            core::Error::OutcomeUnknown { decision } => {
                Self::OutcomeUnknown { decision: decision.into() }
            }
            core::Error::Internal => Self::Internal,
        }
    }
}

impl ScanLoginError {
    /// The core's error, which knows the texts. The core has no word for a cancelled call.
    fn core(&self) -> Option<core::Error> {
        Some(match self.clone() {
            Self::Config { reason } => core::Error::Config { reason },
            Self::UnreadableImage { flaw } => core::Error::UnreadableImage { flaw: flaw.into() },
            Self::NoCode => core::Error::NoCode,
            Self::NotALoginCode { flaw } => core::Error::NotALoginCode { flaw: flaw.into() },
            Self::WrongScene { found } => core::Error::WrongScene { found },
            Self::WrongUserPool { found } => core::Error::WrongUserPool { found },
            Self::Expired => core::Error::Expired,
            Self::SeveralLoginCodes { corners } => core::Error::SeveralLoginCodes {
                corners: corners.into_iter().map(four_corners).collect(),
            },
            Self::SignedOut => core::Error::SignedOut,
            Self::TokenFailed { reason } => core::Error::TokenFailed { reason },
            Self::UserNotInPool { server_code } => core::Error::UserNotInPool { server_code },
            Self::Refused { server_code, server_text } => {
                core::Error::Refused { server_code, server_text }
            }
            Self::CodeGone => core::Error::CodeGone,
            Self::TakenByAnotherUser => core::Error::TakenByAnotherUser,
            Self::UserChanged => core::Error::UserChanged,
            Self::AlreadyDecided { decision } => {
                core::Error::AlreadyDecided { decision: decision.into() }
            }
            Self::MfaRequired => core::Error::MfaRequired,
            Self::Network { failure, reason } => {
                core::Error::Network { failure: failure.into(), reason }
            }
            Self::PinMismatch => core::Error::PinMismatch,
            Self::OutcomeUnknown { decision } => {
                core::Error::OutcomeUnknown { decision: decision.into() }
            }
            Self::Internal => core::Error::Internal,
            Self::Cancelled => return None,
        })
    }
}

same_as_in_core!(Decision: Confirm, Cancel);
same_as_in_core!(NetworkFailure: Offline, TimedOut, Tls, Interrupted, ServerBusy, BadAnswer);
same_as_in_core!(
    ImageFlaw: Empty, UnknownFormat, Heif, TooLarge, Damaged, BadLayout, TookTooLong, DecoderFailed,
);
same_as_in_core!(
    CodeFlaw: TooLong, NotUtf8, NotJson, NotAnObject, TooDeep, FastPass, Conflicting,
    MissingField { field }, MalformedField { field },
);

impl From<core::ImagePoint> for ImagePoint {
    fn from(core::ImagePoint { x, y }: core::ImagePoint) -> Self {
        Self { x, y }
    }
}

/// The corners of a code as a list: arrays do not cross the boundary.
pub(crate) fn corner_list(corners: [core::ImagePoint; 4]) -> Vec<ImagePoint> {
    corners.map(ImagePoint::from).to_vec()
}

fn four_corners(code: Vec<ImagePoint>) -> [core::ImagePoint; 4] {
    let mut corners = code.into_iter().map(|ImagePoint { x, y }| core::ImagePoint { x, y });
    std::array::from_fn(|_| corners.next().unwrap_or(core::ImagePoint { x: 0.0, y: 0.0 }))
}
