use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::error::ImageError;
use image::{DynamicImage, GrayImage, ImageDecoder, ImageReader, Limits, Luma};

use super::QrCode;
use super::detect::{PASSES, detect};
use crate::config::ImageLimits;
use crate::error::PictureFlaw;

/// Reads every QR code of an encoded picture. The format is told by the content.
pub(crate) fn read_still(encoded: &[u8], limits: ImageLimits) -> Result<Vec<QrCode>, PictureFlaw> {
    let picture = catch_unwind(AssertUnwindSafe(|| decode(encoded, limits)))
        .map_err(|_| PictureFlaw::DecoderFailed)??;
    let mut codes: Vec<QrCode> = Vec::new();
    let mut failure = None;
    for pass in PASSES {
        match detect(&picture, pass) {
            Ok(seen) => {
                for code in seen {
                    if codes.iter().all(|known| known.bytes != code.bytes) {
                        codes.push(code);
                    }
                }
            }
            Err(flaw) => failure = Some(flaw),
        }
    }
    match failure {
        Some(flaw) if codes.is_empty() => Err(flaw),
        _ => Ok(codes),
    }
}

fn decode(encoded: &[u8], limits: ImageLimits) -> Result<GrayImage, PictureFlaw> {
    if encoded.is_empty() {
        return Err(PictureFlaw::Empty);
    }
    if encoded.len() > limits.max_bytes {
        return Err(PictureFlaw::TooLarge);
    }
    let mut reader = ImageReader::new(Cursor::new(encoded))
        .with_guessed_format()
        .map_err(|_| PictureFlaw::UnknownFormat)?;
    let mut memory = Limits::no_limits();
    memory.max_alloc = Some(limits.max_memory);
    reader.limits(memory.clone());
    let mut decoder = reader.into_decoder().map_err(flaw)?;

    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    // The decoded picture is in memory together with its brightness and, if it has one, its alpha.
    let planes = if decoder.color_type().has_alpha() { 2 } else { 1 };
    let bytes = decoder.total_bytes().saturating_add(planes * pixels);
    if pixels > limits.max_pixels || bytes > limits.max_memory {
        return Err(PictureFlaw::TooLarge);
    }
    memory.max_alloc = Some(limits.max_memory - bytes);
    decoder.set_limits(memory).map_err(flaw)?;
    DynamicImage::from_decoder(decoder).map(brightness).map_err(flaw)
}

/// What the picture looks like on white paper: a code drawn on a transparent ground is dark on
/// light.
fn brightness(picture: DynamicImage) -> GrayImage {
    if !picture.color().has_alpha() {
        return picture.into_luma8();
    }
    let picture = picture.into_luma_alpha8();
    GrayImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [luma, alpha] = picture.get_pixel(x, y).0.map(u32::from);
        Luma([((luma * alpha + 255 * (255 - alpha)) / 255) as u8])
    })
}

fn flaw(error: ImageError) -> PictureFlaw {
    match error {
        ImageError::Unsupported(_) => PictureFlaw::UnknownFormat,
        ImageError::Limits(_) => PictureFlaw::TooLarge,
        ImageError::Decoding(_)
        | ImageError::Encoding(_)
        | ImageError::Parameter(_)
        | ImageError::IoError(_) => PictureFlaw::Damaged,
    }
}
