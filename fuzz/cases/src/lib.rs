//! What the fuzz targets do with their input. Each returns if all is as it should be, and panics if not; the inputs that are kept in
//! `fuzz/corpora` are run as plain tests.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a finding is a panic"
)]

mod answers;
mod config;
mod context;
mod encoded;
mod luma;
mod modules;
mod payload;
mod work;

/// What a target does with its input.
pub type Case = fn(&[u8]);

/// Every case, by the name of its target and of its folder of inputs.
pub const CASES: &[(&str, Case)] = &[
    ("answers", answers::run),
    ("config", config::run),
    ("context", context::run),
    ("encoded", encoded::run),
    ("luma", luma::run),
    ("modules", modules::run),
    ("payload", payload::run),
    ("work", work::run),
];

/// Runs the case of this name.
pub fn run(name: &str, input: &[u8]) {
    let (_, case) = CASES.iter().find(|(known, _)| *known == name).expect("a case of this name");
    case(input);
}

/// The input of a case that is more than bytes, as libfuzzer-sys makes it; `None` if there are too few bytes.
fn read<'a, T: arbitrary::Arbitrary<'a>>(input: &'a [u8]) -> Option<T> {
    T::arbitrary_take_rest(arbitrary::Unstructured::new(input)).ok()
}
