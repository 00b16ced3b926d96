//! Runs the Rust code of the README and of the pages in `docs/`, as tests of the documentation.

/// README.md
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

/// docs/consent.md
#[cfg(doctest)]
#[doc = include_str!("../../docs/consent.md")]
pub struct Consent;

/// docs/errors.md
#[cfg(doctest)]
#[doc = include_str!("../../docs/errors.md")]
pub struct Errors;

/// docs/rust.md
#[cfg(doctest)]
#[doc = include_str!("../../docs/rust.md")]
pub struct Rust;
