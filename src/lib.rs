//! The phone's part of the GenAuth / Authing scan-code login.
//!
//! A web page shows a QR code. The app reads it, asks its user, and tells the server what the user
//! decided:
//!
//! ```no_run
//! # use scan_login::*;
//! # async fn ask_user(code: &LoginCode) -> bool { true }
//! # async fn story(jpeg: Vec<u8>, tokens: impl TokenProvider) -> Result<(), Error> {
//! let config = Config::new("app-id", "user-pool-id", "https://example.genauth.ai");
//! let client = Client::new(config, tokens)?;
//!
//! let code = client.read_image(jpeg).await?;
//! let login = client.scanned(&code).await?; // the web page now shows who scanned
//! if ask_user(login.code()).await {
//!     login.confirm().await?;
//! } else {
//!     login.cancel().await?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! - [`Client`] reads a code from a picture, a text or a camera preview, checks it, and marks it
//!   scanned.
//! - [`LoginCode`] is what the code says; no request is made for one that fails a check. Only a code
//!   that looks expired before the server's time is known is settled by asking the server.
//! - [`PendingLogin`] takes the user's decision, once, and finds out what became of it when an
//!   answer is lost.
//! - [`TokenProvider`] is the app's own code that hands out the user's token.
//! - [`ConfirmGuard`], if the app has one, verifies the user before a confirm is sent.
//! - [`qr`] reads QR codes and knows nothing of logins; [`Client::read_image`] and [`FrameScanner`]
//!   look through it.
//! - [`Error`] says what went wrong, grouped by what the app does next.
//!
//! Where the comments cite PROTOCOL, they mean `docs/protocol.md`.
//!
//! All calls run on a tokio runtime with its timers and I/O enabled.

#![forbid(unsafe_code)]

mod api;
mod binding;
mod claim;
mod client;
mod clock;
mod code_checker;
mod code_source;
mod code_warning;
mod config;
mod consent;
mod context;
mod error;
mod foreign_text;
mod frame_scanner;
mod json;
mod link;
mod login;
mod login_code;
mod plain_url;
pub mod qr;
#[cfg(feature = "simulation")]
pub mod simulation;
mod token;
mod user_text;

pub use async_trait::async_trait;
pub use chrono;

pub use binding::BindingPin;
pub use claim::Claim;
pub use client::Client;
pub use code_source::CodeSource;
pub use code_warning::CodeWarning;
pub use config::{ApiVersion, AuthorizationForm, Config, Pins};
pub use consent::{ConfirmGuard, ConfirmRequest, Consent, GuardError};
pub use error::{
    BindingFlaw, CodeFlaw, ContextFlaw, Decision, Error, NetworkFailure, VerificationFailure,
};
pub use frame_scanner::{FrameResult, FrameScanner};
pub use login::{LoginState, PendingLogin, Progress};
pub use login_code::LoginCode;
pub use qr::{Frame, ImageFlaw, ImageLimits, ImagePoint};
pub use token::{TokenError, TokenProvider, UserToken};
pub use user_text::Language;
