use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use super::budget::Budget;
use super::image::{ImageFlaw, ImageLimits, Plane, decode};
use super::passes::Passes;
use super::{Frame, QrCode};

/// Reads the QR codes of an encoded image: PNG, JPEG, WebP, GIF or BMP, detected from its content.
///
/// Once the image is decoded, the search goes on, each time in a more expensive way, until a code is
/// read that `is_wanted`, and nothing is left in sight that looks like a code. What was read before is
/// in the result, too: the code of an advertisement is larger than the one beside it more often than
/// not. The search ends at the `deadline`, with what was read so far.
pub fn read_image(
    encoded: &[u8],
    limits: ImageLimits,
    deadline: Instant,
    is_wanted: impl Fn(&QrCode) -> bool,
) -> Result<Vec<QrCode>, ImageFlaw> {
    catch_unwind(AssertUnwindSafe(|| read(&decode(encoded, limits)?, deadline, is_wanted)))
        .unwrap_or(Err(ImageFlaw::DecoderFailed))
}

/// Reads the QR codes of a plane of brightness values, as thoroughly as [`read_image`] does those of
/// an encoded image. For the frames of a preview there is [`Scanner`](super::Scanner).
pub fn read_frame(
    frame: &Frame<'_>,
    deadline: Instant,
    is_wanted: impl Fn(&QrCode) -> bool,
) -> Result<Vec<QrCode>, ImageFlaw> {
    catch_unwind(AssertUnwindSafe(|| read(&frame.plane(), deadline, is_wanted)))
        .unwrap_or(Err(ImageFlaw::DecoderFailed))
}

fn read(
    plane: &Plane<'_>,
    deadline: Instant,
    is_wanted: impl Fn(&QrCode) -> bool,
) -> Result<Vec<QrCode>, ImageFlaw> {
    let budget = Budget::of_still(plane, deadline);
    let codes = Passes::new(plane, &budget).run_all(is_wanted);
    if codes.is_empty() && Instant::now() >= deadline {
        return Err(ImageFlaw::TookTooLong);
    }
    Ok(codes)
}
