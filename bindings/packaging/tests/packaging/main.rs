//! What `check` refuses: small libraries as the linker makes them, each with one thing wrong.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::unwrap_used)]

mod android;
mod apple;
mod jvm;
mod support;
