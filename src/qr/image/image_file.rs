use std::io::Cursor;

use image::error::ImageError;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::plane::Plane;

/// What an encoded image may cost. Above a limit it is refused before it is decoded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ImageLimits {
    /// The size of the encoded image, in bytes. Default: 20 MiB.
    pub max_bytes: usize,
    /// Width times height. Default: 50 million.
    pub max_pixels: u64,
    /// The memory that decoding may take, in bytes. Default: 256 MiB, which is enough for 50 million
    /// pixels in most formats, and for 38 million of a progressive JPEG (seven bytes each).
    pub max_memory: u64,
}

impl Default for ImageLimits {
    fn default() -> Self {
        Self { max_bytes: 20 << 20, max_pixels: 50_000_000, max_memory: 256 << 20 }
    }
}

/// Why an image cannot be read.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
pub enum ImageFlaw {
    /// There are no bytes.
    #[error("it is empty")]
    Empty,
    /// The bytes are not an image of a known format.
    #[error("it is not a PNG, JPEG, WebP, GIF or BMP")]
    UnknownFormat,
    /// The file, its pixels or its memory are above the configured limits.
    #[error("it is larger than allowed")]
    TooLarge,
    /// The image is truncated or broken.
    #[error("it is damaged")]
    Damaged,
    /// The strides, the size and the length of a camera frame do not fit together.
    #[error("its size, strides and length do not fit together")]
    BadLayout,
    /// The search for a code takes longer than the configured timeout, or would.
    #[error("reading it takes too long")]
    TookTooLong,
    /// A decoder failed in a way that it should not.
    #[error("a decoder failed on it")]
    DecoderFailed,
}

/// The brightness of an encoded image: PNG, JPEG, WebP, GIF or BMP, detected from its content.
pub(crate) fn decode(encoded: &[u8], limits: ImageLimits) -> Result<Plane<'static>, ImageFlaw> {
    if encoded.is_empty() {
        return Err(ImageFlaw::Empty);
    }
    if encoded.len() > limits.max_bytes {
        return Err(ImageFlaw::TooLarge);
    }
    let format = image::guess_format(encoded).map_err(|_| ImageFlaw::UnknownFormat)?;
    if format == ImageFormat::Jpeg
        && let Some(plane) = decode_jpeg(encoded, limits)?
    {
        return Ok(plane);
    }
    let mut reader = ImageReader::with_format(Cursor::new(encoded), format);
    let mut memory = Limits::no_limits();
    memory.max_alloc = Some(limits.max_memory);
    reader.limits(memory.clone());
    let mut decoder = reader.into_decoder().map_err(flaw)?;

    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    // The decoded image is in memory together with its brightness and, if it has one, its alpha.
    let planes = if decoder.color_type().has_alpha() { 2 } else { 1 };
    let bytes = decoder.total_bytes().saturating_add(pixels.saturating_mul(planes));
    if pixels > limits.max_pixels || bytes > limits.max_memory {
        return Err(ImageFlaw::TooLarge);
    }
    memory.max_alloc = Some(limits.max_memory - bytes);
    decoder.set_limits(memory).map_err(flaw)?;
    DynamicImage::from_decoder(decoder).map(brightness).map_err(flaw)
}

/// The brightness of a JPEG as the file stores it, without a conversion to colours and back: a third
/// of the time, a quarter of the memory. `None` if the file does not store brightness.
fn decode_jpeg(encoded: &[u8], limits: ImageLimits) -> Result<Option<Plane<'static>>, ImageFlaw> {
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_max_scans(MAX_SCANS)
        .jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(encoded), options);
    decoder.decode_headers().map_err(jpeg_flaw)?;
    let Some(info) = decoder.info() else { return Err(ImageFlaw::Damaged) };
    let (width, height) = (usize::from(info.width), usize::from(info.height));
    let pixels = width as u64 * height as u64;
    // With several scans, coefficients of two bytes each are kept until the last one.
    let coefficients = if info.sof.is_sequential_dct() { 0 } else { u64::from(info.components) };
    let bytes = pixels * (1 + 2 * coefficients);
    if pixels > limits.max_pixels || bytes > limits.max_memory {
        return Err(ImageFlaw::TooLarge);
    }
    if !matches!(decoder.input_colorspace(), Some(ColorSpace::YCbCr | ColorSpace::Luma)) {
        return Ok(None);
    }
    let pixels = decoder.decode().map_err(jpeg_flaw)?;
    if pixels.len() < width * height {
        return Err(ImageFlaw::Damaged);
    }
    Ok(Some(Plane::new(pixels, width, height, width)))
}

/// The brightness of an image on white paper: a code on a transparent background is dark on light.
fn brightness(image: DynamicImage) -> Plane<'static> {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let pixels = if image.color().has_alpha() {
        let on_white = |[luma, alpha]: &[u8; 2]| {
            let (luma, alpha) = (u32::from(*luma), u32::from(*alpha));
            ((luma * alpha + 255 * (255 - alpha)) / 255) as u8
        };
        image.into_luma_alpha8().as_chunks::<2>().0.iter().map(on_white).collect()
    } else {
        image.into_luma8().into_raw()
    };
    Plane::new(pixels, width, height, width)
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

fn jpeg_flaw(error: DecodeErrors) -> ImageFlaw {
    match error {
        DecodeErrors::Unsupported(_) => ImageFlaw::UnknownFormat,
        DecodeErrors::LargeDimensions(_) => ImageFlaw::TooLarge,
        _ => ImageFlaw::Damaged,
    }
}

// Encoders make about ten. Each of them goes over the whole image.
const MAX_SCANS: usize = 32;
