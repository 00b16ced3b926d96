use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::{GrayImage, imageops};
use rqrr::PreparedImage;

use super::finders::count_finders;
use super::{Corner, QrCode};
use crate::error::PictureFlaw;

/// One way to look at a picture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pass {
    /// The picture is made smaller until it has no more pixels than this.
    max_pixels: u32,
    /// Light modules on a dark ground (ISO/IEC 18004, 6.2: reflectance reversal).
    inverted: bool,
}

/// Every pass there is, the one that reads most first.
///
/// The detector's time has no bound of its own and grows faster than the picture: never give it
/// more than about a million pixels. Half of that reads some codes that are out of focus or finely
/// structured.
pub(super) const PASSES: [Pass; 4] = [
    Pass { max_pixels: 1_000_000, inverted: false },
    Pass { max_pixels: 500_000, inverted: false },
    Pass { max_pixels: 1_000_000, inverted: true },
    Pass { max_pixels: 500_000, inverted: true },
];

/// Reads the codes that `pass` can see.
pub(super) fn detect(picture: &GrayImage, pass: Pass) -> Result<Vec<QrCode>, PictureFlaw> {
    let (scaled, factor) = scaled(picture, pass.max_pixels);
    // The detector has assertions that some pictures break.
    catch_unwind(AssertUnwindSafe(|| read(&scaled, factor, pass.inverted)))
        .unwrap_or(Err(PictureFlaw::DecoderFailed))
}

fn read(picture: &GrayImage, factor: f32, inverted: bool) -> Result<Vec<QrCode>, PictureFlaw> {
    let (width, height) = picture.dimensions();
    let flip = if inverted { 255 } else { 0 };
    let mut prepared =
        PreparedImage::prepare_from_greyscale(width as usize, height as usize, |x, y| {
            picture.get_pixel(x as u32, y as u32).0[0] ^ flip
        });
    let is_dark = |x, y| u8::from(prepared.get_pixel_at(x, y)) != 0;
    if count_finders(width as usize, height as usize, is_dark) > MAX_FINDERS {
        return Err(PictureFlaw::TookTooLong);
    }
    let codes = prepared.detect_grids().into_iter().filter_map(|grid| {
        let mut bytes = Vec::new();
        grid.decode_to(&mut bytes).ok()?;
        let corners =
            grid.bounds.map(|p| Corner { x: p.x as f32 * factor, y: p.y as f32 * factor });
        Some(QrCode { bytes, corners })
    });
    Ok(codes.collect())
}

/// The picture with at most `max_pixels`, and what its coordinates are to be multiplied with.
fn scaled(picture: &GrayImage, max_pixels: u32) -> (Cow<'_, GrayImage>, f32) {
    let (width, height) = picture.dimensions();
    let factor = (f64::from(width) * f64::from(height) / f64::from(max_pixels)).sqrt();
    if factor <= 1.0 {
        return (Cow::Borrowed(picture), 1.0);
    }
    let width = (f64::from(width) / factor).clamp(1.0, f64::from(max_pixels)) as u32;
    let height = (f64::from(height) / factor).clamp(1.0, f64::from(max_pixels / width)) as u32;
    (Cow::Owned(imageops::thumbnail(picture, width, height)), factor as f32)
}

// Those of sixteen codes; the detector takes tens of milliseconds for as many.
const MAX_FINDERS: usize = 48;
