//! The stand-in server, as web pages and phones meet it.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

mod binary;
mod http;
mod web_side;
