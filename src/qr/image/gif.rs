use gif::{ColorOutput, DecodeOptions, MemoryLimit};

use super::grey::luma;
use super::image_file::{ImageFlaw, ImageLimits};
use super::plane::Plane;

/// The first frame of a GIF, on its canvas.
pub(super) fn decode(encoded: &[u8], limits: ImageLimits) -> Result<Plane<'static>, ImageFlaw> {
    // They are copied, into memory that doubles.
    let metadata = 3 * encoded.len() as u64;
    limits.check(0, 0, metadata)?;
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    // Metadata and frames are counted here.
    options.set_memory_limit(MemoryLimit::Unlimited);
    let mut decoder = options.read_info(encoded).map_err(|_| ImageFlaw::Damaged)?;
    let canvas = (decoder.width(), decoder.height());
    let global_palette = decoder.global_palette().map(<[u8]>::to_vec);
    let frame = decoder.next_frame_info().map_err(|_| ImageFlaw::Damaged)?;
    let frame = frame.ok_or(ImageFlaw::Damaged)?;

    let area = |(width, height)| u64::from(width) * u64::from(height);
    let size @ (width, height) = (frame.width, frame.height);
    let memory = area(canvas) + area(size) + metadata;
    limits.check(canvas.0.into(), canvas.1.into(), memory)?;
    limits.check(width.into(), height.into(), memory)?;

    let palette = frame.palette.as_deref().or(global_palette.as_deref()).unwrap_or_default();
    // Colours that are not there are transparent.
    let mut greys = [PAPER; 256];
    for (grey, colour) in greys.iter_mut().zip(palette.as_chunks().0) {
        *grey = luma(*colour);
    }
    if let Some(transparent) = frame.transparent {
        greys[usize::from(transparent)] = PAPER;
    }
    let [left, top, width, height] = [frame.left, frame.top, width, height].map(usize::from);
    let mut pixels = vec![0; width * height];
    decoder.read_into_buffer(&mut pixels).map_err(|_| ImageFlaw::Damaged)?;
    for pixel in &mut pixels {
        *pixel = greys[usize::from(*pixel)];
    }
    let (canvas_width, canvas_height) = (usize::from(canvas.0), usize::from(canvas.1));
    Ok(Plane::new(pixels, width, height, width).on_canvas(canvas_width, canvas_height, left, top))
}

const PAPER: u8 = 255;
