use std::io::Cursor;

use image::codecs::bmp::BmpDecoder;
use image::error::ImageError;
use image::{ColorType, ImageDecoder};

use super::grey::grey_in_place;
use super::image_file::{ImageFlaw, ImageLimits};
use super::plane::Plane;

pub(super) fn decode(encoded: &[u8], limits: ImageLimits) -> Result<Plane<'static>, ImageFlaw> {
    let decoder = BmpDecoder::new(Cursor::new(encoded)).map_err(flaw)?;
    let (width, height) = decoder.dimensions();
    // The pixels, and a row of them as the file has it.
    let memory = decoder.total_bytes().saturating_add(4 * u64::from(width));
    limits.check(width.into(), height.into(), memory)?;
    let channels = match decoder.color_type() {
        ColorType::L8 => 1,
        ColorType::Rgb8 => 3,
        ColorType::Rgba8 => 4,
        _ => return Err(ImageFlaw::UnknownFormat),
    };
    let (width, height) = (width as usize, height as usize);
    let mut pixels = vec![0; width * height * channels];
    decoder.read_image(&mut pixels).map_err(flaw)?;
    Ok(Plane::new(grey_in_place(pixels, channels), width, height, width))
}

fn flaw(error: ImageError) -> ImageFlaw {
    match error {
        ImageError::Unsupported(_) => ImageFlaw::UnknownFormat,
        ImageError::Limits(_) => ImageFlaw::TooLarge,
        ImageError::Decoding(_)
        | ImageError::Encoding(_)
        | ImageError::Parameter(_)
        | ImageError::IoError(_) => ImageFlaw::Damaged,
    }
}
