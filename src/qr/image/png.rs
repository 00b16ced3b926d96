use std::io::Cursor;

use png::{Decoder, DecodingError, InterlaceInfo, Limits, Transformations};

use super::grey::grey;
use super::image_file::{ImageFlaw, ImageLimits};
use super::plane::Plane;

/// Takes one row after another, so that no more than the brightness is ever in memory.
pub(super) fn decode(encoded: &[u8], limits: ImageLimits) -> Result<Plane<'static>, ImageFlaw> {
    // The decoder's own limit is for metadata, which are bounded by the file when they are not
    // decompressed.
    let unlimited = Limits { bytes: usize::MAX };
    let mut decoder = Decoder::new_with_limits(Cursor::new(encoded), unlimited);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    let info = decoder.read_header_info().map_err(flaw)?;
    let (width, height) = (u64::from(info.width), u64::from(info.height));
    // The sums below would overflow with what no limit allows.
    limits.check(width, height, 0)?;
    let row = width * info.bits_per_pixel() as u64 / 8 + 1;
    let memory = width * height + ROWS * row + 4 * width + 3 * encoded.len() as u64;
    limits.check(width, height, memory)?;

    let (width, height) = (width as usize, height as usize);
    let mut reader = decoder.read_info().map_err(flaw)?;
    let channels = reader.output_color_type().0.samples();
    let mut pixels = vec![0; width * height];
    let mut greys = vec![0; width];
    let mut rows = pixels.chunks_exact_mut(width);
    if reader.info().interlaced {
        while let Some(row) = reader.next_interlaced_row().map_err(flaw)? {
            let InterlaceInfo::Adam7(pass) = row.interlace() else { continue };
            let greys = &mut greys[..row.data().len() / channels];
            grey(row.data(), channels, greys);
            png::expand_interlaced_row(&mut pixels, width, greys, pass, 8);
        }
    } else {
        while let (Some(row), Some(out)) = (reader.next_row().map_err(flaw)?, rows.next()) {
            grey(row.data(), channels, out);
        }
    }
    Ok(Plane::new(pixels, width, height, width))
}

fn flaw(error: DecodingError) -> ImageFlaw {
    match error {
        DecodingError::LimitsExceeded => ImageFlaw::TooLarge,
        DecodingError::IoError(_) | DecodingError::Format(_) | DecodingError::Parameter(_) => {
            ImageFlaw::Damaged
        }
    }
}

// How many rows the decoder keeps, at most: those that it has unpacked, in a buffer that doubles.
const ROWS: u64 = 20;
