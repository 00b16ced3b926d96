use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use super::deadline::Deadline;
use super::image::{ImageFlaw, ImageLimits, Plane, decode};
use super::passes::Passes;
use super::{Frame, QrCode};

/// Reads the QR codes of an encoded image: PNG, JPEG, WebP, GIF or BMP, detected from its content.
///
/// Once the image is decoded, the search for codes ends at the `deadline`, with what was read so
/// far.
pub fn read_image(
    encoded: &[u8],
    limits: ImageLimits,
    deadline: Instant,
) -> Result<Vec<QrCode>, ImageFlaw> {
    catch_unwind(AssertUnwindSafe(|| read(&decode(encoded, limits)?, deadline)))
        .unwrap_or(Err(ImageFlaw::DecoderFailed))
}

/// Reads the QR codes of a plane of brightness values, as thoroughly as those of an encoded image.
/// For the frames of a preview there is [`Scanner`](super::Scanner).
pub fn read_frame(frame: &Frame<'_>, deadline: Instant) -> Result<Vec<QrCode>, ImageFlaw> {
    catch_unwind(AssertUnwindSafe(|| read(&frame.plane(), deadline)))
        .unwrap_or(Err(ImageFlaw::DecoderFailed))
}

fn read(plane: &Plane<'_>, deadline: Instant) -> Result<Vec<QrCode>, ImageFlaw> {
    let codes = Passes::new(plane, Deadline::At(deadline)).run_all();
    if codes.is_empty() && Instant::now() >= deadline {
        return Err(ImageFlaw::TookTooLong);
    }
    Ok(codes)
}
