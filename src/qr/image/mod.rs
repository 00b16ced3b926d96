//! Grey images: decoded, scaled and binarized.

mod binarize;
mod frame;
mod image_file;
mod integral;
mod plane;

pub(super) use binarize::{Bits, Blocks, Threshold};
pub use frame::Frame;
pub(super) use image_file::decode;
pub use image_file::{ImageFlaw, ImageLimits};
pub(super) use integral::IntegralImage;
pub(super) use plane::{CodePlane, Plane};
