//! The Kotlin and Swift face of `scan-login`. Conversions only; the logic is in the core.
//!
//! The comments on exported items are for app developers: they become KDoc and Swift documentation
//! as they stand.

mod cancel;
mod client;
mod config;
mod error;
mod frames;
mod guard;
mod log;
mod login;
mod same;
mod tokens;

pub use cancel::CancelHandle;
pub use client::ScanLoginClient;
pub use config::{ApiVersion, AuthorizationForm, ImageLimits, Language, Pins, ScanLoginConfig};
pub use error::{CodeFlaw, Decision, ImageFlaw, ImagePoint, NetworkFailure, ScanLoginError};
pub use frames::{FrameResult, FrameScanner};
pub use log::{LogError, LogLevel, LogSink, set_log_sink};
pub use login::{LoginCode, LoginState, PendingLogin};
pub use tokens::{TokenError, TokenProvider, UserToken};

uniffi::setup_scaffolding!();
