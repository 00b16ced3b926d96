//! The boundary between the core and the Kotlin and Swift APIs. Conversions only: the logic is in the
//! core, and what apps see is written by hand in `bindings/`.
//!
//! All but clients, logins, scanners, cancel handles, and what a guard is asked and returns, cross as values, and nothing has a default
//! here: those are the core's.

#![allow(
    missing_docs,
    reason = "the core and what is written by hand describe what has the same name"
)]
#![allow(clippy::result_large_err, reason = "an error crosses with all its texts, as one value")]

mod cancel;
mod client;
mod config;
mod consent;
mod error;
mod frame_scanner;
mod log;
mod login;
mod runtime;
mod same;
mod token;

pub use cancel::CancelHandle;
pub use client::Client;
pub use config::{ApiVersion, AuthorizationForm, Config, ImageLimits, Language, Pins};
pub use consent::{ConfirmGuard, ConfirmRequest, Consent, GuardError};
pub use error::{
    BindingFlaw, CallError, CodeFlaw, ContextFlaw, Decision, ErrorDetails, ErrorKind, ImageFlaw,
    ImagePoint, NetworkFailure, VerificationFailure,
};
pub use frame_scanner::{FrameResult, FrameScanner};
pub use log::{LogError, LogLevel, LogSink, set_log_sink};
pub use login::{
    BindingPin, Claim, CodeSource, CodeWarning, LoginCode, LoginProgress, LoginState, PendingLogin,
};
pub use token::{TokenError, TokenProvider, UserToken};

uniffi::setup_scaffolding!();
