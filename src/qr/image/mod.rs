//! Grey images: decoded, scaled and binarized.

mod binarize;
mod bits;
#[cfg(feature = "bmp")]
mod bmp;
mod frame;
#[cfg(feature = "gif")]
mod gif;
mod grey;
mod image_file;
mod integral;
mod jpeg;
mod plane;
#[cfg(feature = "png")]
mod png;
#[cfg(feature = "webp")]
mod webp;

pub(super) use binarize::{Blocks, Threshold, pack_bits};
pub(super) use bits::Bits;
pub use frame::Frame;
pub(super) use image_file::decode;
pub use image_file::{ImageFlaw, ImageLimits};
pub(super) use integral::IntegralImage;
pub(super) use plane::{CodePlane, Plane};
