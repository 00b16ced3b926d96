//! What the gates refuse, and what is in the archives that apps take: with small libraries as the linker makes them, each
//! with one thing wrong.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::unwrap_used)]

mod android;
mod apple;
mod artefacts;
mod jvm;
mod materials;
mod support;
