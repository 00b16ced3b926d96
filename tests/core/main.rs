//! The tests of the core, from outside: they drive the public API against the stand-in server over
//! a real socket, and look at the requests that it got and at the results.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

mod answers;
mod binding;
mod calls;
mod checks;
mod claims;
mod config;
mod context;
mod cuts;
mod decisions;
mod errors;
mod example;
mod frames;
mod guard;
mod layers;
mod login_codes;
#[cfg(target_os = "linux")]
mod memory;
mod network;
mod one_decision;
mod oracle;
mod pages;
mod pictures;
mod policies;
mod previews;
mod progress;
mod qr;
mod refresh;
mod refusals;
mod scans;
mod secrets;
mod stories;
mod support;
mod time;
mod tls;
mod tokens;
mod users;
mod work;
