//! A stand-in for the GenAuth server: the calls of the scan-code login, in memory, on loopback. For
//! tests and for trying things out; never shipped.
//!
//! [`Genauth`] is the server, [`WebPage`] the web side of a login, [`Fault`] what can go wrong.
//! Where the real server's answer is not known, the module `choices` says what this one does.

#![forbid(unsafe_code)]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test server that cannot do its work should stop"
)]

mod choices;
mod control;
mod fault;
mod recorded;
mod server;
mod setup;
mod site;
mod stopped;
mod store;
mod tls;
mod v2;
mod v3;
mod web_page;

pub use fault::{Fault, FaultKind};
pub use recorded::{Answer, Recorded};
pub use server::{Genauth, Options, listen};
pub use setup::{App, PayloadShape, Pool, Setup, User};
pub use site::png;
pub use stopped::stopped;
pub use store::{Code, Status};
pub use tls::Certificate;
pub use web_page::{Poll, UserInfo, WebPage};
