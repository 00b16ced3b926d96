use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use super::image::{ImageFlaw, ImageLimits, Plane, decode};
use super::passes::Ladder;
use super::{Frame, QrCode};

/// Reads the QR codes of an encoded picture: PNG, JPEG, WebP, GIF or BMP, told by its content.
///
/// Once the picture is decoded, the search for codes ends at the `deadline`, with what was read so
/// far.
pub fn read_image(
    encoded: &[u8],
    limits: ImageLimits,
    deadline: Instant,
) -> Result<Vec<QrCode>, ImageFlaw> {
    catch_unwind(AssertUnwindSafe(|| read(&decode(encoded, limits)?, deadline)))
        .unwrap_or(Err(ImageFlaw::DecoderFailed))
}

/// Reads the QR codes of a picture that is a plane of brightness values, with the same care as
/// those of an encoded one. For the frames of a preview there is [`Scanner`](super::Scanner).
pub fn read_frame(frame: &Frame<'_>, deadline: Instant) -> Result<Vec<QrCode>, ImageFlaw> {
    catch_unwind(AssertUnwindSafe(|| read(&frame.plane(), deadline)))
        .unwrap_or(Err(ImageFlaw::DecoderFailed))
}

fn read(plane: &Plane<'_>, deadline: Instant) -> Result<Vec<QrCode>, ImageFlaw> {
    let codes = Ladder::new(plane, deadline).climb();
    if codes.is_empty() && Instant::now() >= deadline {
        return Err(ImageFlaw::TookTooLong);
    }
    Ok(codes)
}
