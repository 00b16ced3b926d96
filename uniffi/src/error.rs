use scan_login as core;

use crate::login::CodeSource;
use crate::same::same_as_in_core;

/// Why a call has no result.
#[derive(Clone, Debug, PartialEq, thiserror::Error, uniffi::Error)]
pub enum CallError {
    /// The core says no.
    #[error("{}", details.log_text)]
    Failed {
        /// All there is to say of it.
        details: ErrorDetails,
    },
    /// The call was given a cancel handle, and that was cancelled.
    #[error("the call was cancelled")]
    Cancelled,
}

/// One of the core's errors with all that it can be asked, so that nothing has to come back.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct ErrorDetails {
    /// What an app reacts to.
    pub kind: ErrorKind,
    /// The stable name for logs and statistics.
    pub code: String,
    /// The sentence for logs.
    pub log_text: String,
    /// Whether the same call may succeed when it is made again.
    pub is_retryable: bool,
    /// The text for the user in English.
    pub english: String,
    /// The text for the user in Simplified Chinese.
    pub simplified_chinese: String,
}

/// The core's errors.
#[derive(Clone, Debug, PartialEq, uniffi::Enum)]
pub enum ErrorKind {
    Config { reason: String },
    UnreadableImage { flaw: ImageFlaw },
    NoCode,
    NotALoginCode { flaw: CodeFlaw },
    WrongScene { found: String },
    WrongUserPool { found: String },
    SourceNotAllowed { found: CodeSource },
    LifeTooLong,
    NotBound { flaw: BindingFlaw },
    ContextNotVerified { flaw: ContextFlaw },
    Expired,
    SeveralLoginCodes { corners: Vec<Vec<ImagePoint>> },
    SignedOut,
    TokenFailed { reason: String },
    UserNotInPool { server_code: i64 },
    Refused { server_code: i64, server_text: String },
    CodeGone,
    TakenByAnotherUser,
    UserChanged,
    UserNotVerified { failure: VerificationFailure, reason: String },
    AlreadyDecided { decision: Decision },
    MfaRequired,
    Network { failure: NetworkFailure, reason: String },
    PinMismatch,
    OutcomeUnknown { decision: Decision },
    Internal,
}

/// What the user decided about a login.
#[derive(Clone, Copy, Debug, PartialEq, uniffi::Enum)]
pub enum Decision {
    Confirm,
    Cancel,
}

/// A point in an image, in pixels from its top left corner.
#[derive(Clone, Copy, Debug, PartialEq, uniffi::Record)]
pub struct ImagePoint {
    pub x: f32,
    pub y: f32,
}

/// Why there is no consent to a confirm.
#[derive(Clone, Copy, Debug, PartialEq, uniffi::Enum)]
pub enum VerificationFailure {
    Declined,
    Failed,
    TimedOut,
    TooOld,
    OtherRequest,
}

/// How the network failed.
#[derive(Clone, Copy, Debug, PartialEq, uniffi::Enum)]
pub enum NetworkFailure {
    Offline,
    TimedOut,
    Tls,
    Interrupted,
    ServerBusy,
    BadAnswer,
}

/// Why an image cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, uniffi::Enum)]
pub enum ImageFlaw {
    Empty,
    UnknownFormat,
    Heif,
    TooLarge,
    Damaged,
    BadLayout,
    TookTooLong,
    DecoderFailed,
}

/// Why a code is not bound to this phone by its PIN.
#[derive(Clone, Copy, Debug, PartialEq, uniffi::Enum)]
pub enum BindingFlaw {
    NoPin,
    MissingPin,
    WrongPin,
    MadeBeforePin,
}

/// Why a text is not a login code.
#[derive(Clone, Debug, PartialEq, uniffi::Enum)]
pub enum CodeFlaw {
    TooLong,
    NotUtf8,
    NotJson,
    NotAnObject,
    TooDeep,
    FastPass,
    ForeignLink,
    Conflicting,
    MissingField { field: String },
    MalformedField { field: String },
}

/// Why the signed context of a code is not believed.
#[derive(Clone, Copy, Debug, PartialEq, uniffi::Enum)]
pub enum ContextFlaw {
    Missing,
    Malformed,
    UnknownKey,
    WrongAlgorithm,
    BadSignature,
    OtherCode,
}

impl From<core::Error> for CallError {
    fn from(error: core::Error) -> Self {
        Self::Failed { details: error.into() }
    }
}

impl From<core::Error> for ErrorDetails {
    fn from(error: core::Error) -> Self {
        let text = |language: core::Language| error.user_text(language).to_owned();
        Self {
            code: error.code().to_owned(),
            log_text: error.to_string(),
            is_retryable: error.is_retryable(),
            english: text(core::Language::English),
            simplified_chinese: text(core::Language::SimplifiedChinese),
            kind: error.into(),
        }
    }
}

impl From<core::Error> for ErrorKind {
    fn from(error: core::Error) -> Self {
        match error {
            core::Error::Config { reason } => Self::Config { reason },
            core::Error::UnreadableImage { flaw } => Self::UnreadableImage { flaw: flaw.into() },
            core::Error::NoCode => Self::NoCode,
            core::Error::NotALoginCode { flaw } => Self::NotALoginCode { flaw: flaw.into() },
            core::Error::WrongScene { found } => Self::WrongScene { found },
            core::Error::WrongUserPool { found } => Self::WrongUserPool { found },
            core::Error::SourceNotAllowed { found } => {
                Self::SourceNotAllowed { found: found.into() }
            }
            core::Error::LifeTooLong => Self::LifeTooLong,
            core::Error::NotBound { flaw } => Self::NotBound { flaw: flaw.into() },
            core::Error::ContextNotVerified { flaw } => {
                Self::ContextNotVerified { flaw: flaw.into() }
            }
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
            core::Error::UserNotVerified { failure, reason } => {
                Self::UserNotVerified { failure: failure.into(), reason }
            }
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

same_as_in_core!(BindingFlaw: NoPin, MissingPin, WrongPin, MadeBeforePin);
same_as_in_core!(Decision: Confirm, Cancel);
same_as_in_core!(ContextFlaw: Missing, Malformed, UnknownKey, WrongAlgorithm, BadSignature, OtherCode);
same_as_in_core!(VerificationFailure: Declined, Failed, TimedOut, TooOld, OtherRequest);
same_as_in_core!(NetworkFailure: Offline, TimedOut, Tls, Interrupted, ServerBusy, BadAnswer);
same_as_in_core!(
    ImageFlaw: Empty, UnknownFormat, Heif, TooLarge, Damaged, BadLayout, TookTooLong, DecoderFailed,
);
same_as_in_core!(
    CodeFlaw: TooLong, NotUtf8, NotJson, NotAnObject, TooDeep, FastPass, ForeignLink, Conflicting,
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
