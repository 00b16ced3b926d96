use image::ImageFormat;

#[cfg(feature = "bmp")]
use super::bmp;
#[cfg(feature = "gif")]
use super::gif;
use super::jpeg;
use super::plane::Plane;
#[cfg(feature = "png")]
use super::png;
#[cfg(feature = "webp")]
use super::webp;

/// What an encoded image may cost. Above a limit it is refused before it is decoded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ImageLimits {
    /// The size of the encoded image, in bytes. Default: 20 MiB.
    pub max_bytes: usize,
    /// Width times height. Default: 50 million.
    pub max_pixels: u64,
    /// The memory that decoding and searching may take beside the file itself, in bytes. Default:
    /// 256 MiB, which is enough for 50 million pixels of what phones and web pages make: of each, one
    /// byte in PNG and baseline JPEG, two in GIF and lossy WebP, four in progressive JPEG, BMP and
    /// lossless WebP. A progressive JPEG whose colours are not halved takes seven, and is read up to 38
    /// million pixels.
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
    /// The bytes are a HEIC or AVIF, which phones store: the platform decodes it, and hands its
    /// brightness to [`read_frame`](crate::qr::read_frame).
    #[error(
        "it is HEIC or AVIF, which phones store: decode it with the platform and hand over the pixels"
    )]
    Heif,
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

impl ImageLimits {
    /// Fails with [`ImageFlaw::TooLarge`] when an image of that size is above them, for which its
    /// decoder takes `memory` bytes. After it, the search for codes has its brightness.
    pub(super) fn check(&self, width: u64, height: u64, memory: u64) -> Result<(), ImageFlaw> {
        let pixels = width.saturating_mul(height);
        let search = pixels.saturating_mul(SEARCH_OF_PIXEL).min(SEARCH);
        let memory = memory.max(pixels.saturating_add(search)).saturating_add(TABLES);
        if pixels > self.max_pixels || memory > self.max_memory {
            return Err(ImageFlaw::TooLarge);
        }
        Ok(())
    }
}

/// The brightness of an encoded image: PNG, JPEG, WebP, GIF or BMP, detected from its content.
///
/// Each format counts, from the headers, what its decoder is about to allocate.
pub(crate) fn decode(encoded: &[u8], limits: ImageLimits) -> Result<Plane<'static>, ImageFlaw> {
    if encoded.is_empty() {
        return Err(ImageFlaw::Empty);
    }
    if encoded.len() > limits.max_bytes {
        return Err(ImageFlaw::TooLarge);
    }
    if is_heif(encoded) {
        return Err(ImageFlaw::Heif);
    }
    match image::guess_format(encoded) {
        #[cfg(feature = "png")]
        Ok(ImageFormat::Png) => png::decode(encoded, limits),
        Ok(ImageFormat::Jpeg) => jpeg::decode(encoded, limits),
        #[cfg(feature = "webp")]
        Ok(ImageFormat::WebP) => webp::decode(encoded, limits),
        #[cfg(feature = "gif")]
        Ok(ImageFormat::Gif) => gif::decode(encoded, limits),
        #[cfg(feature = "bmp")]
        Ok(ImageFormat::Bmp) => bmp::decode(encoded, limits),
        _ => Err(ImageFlaw::UnknownFormat),
    }
}

/// Whether one of the brands in its first box is HEIF's (ISO/IEC 23008-12, annex B) or AVIF's.
fn is_heif(encoded: &[u8]) -> bool {
    let Some((&[a, b, c, d, b'f', b't', b'y', b'p'], rest)) = encoded.split_first_chunk() else {
        return false;
    };
    let length = u32::from_be_bytes([a, b, c, d]) as usize;
    let (brands, _) = rest[..length.saturating_sub(8).min(rest.len())].as_chunks();
    brands.iter().any(|brand| HEIF_BRANDS.contains(&brand))
}

const HEIF_BRANDS: [&[u8; 4]; 12] = [
    b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1",
    b"avif", b"avis",
];
// In bytes: what the search for codes takes for each pixel, and at most, since large images are scaled
// down.
const SEARCH_OF_PIXEL: u64 = 13;
const SEARCH: u64 = 10 << 20;
// In bytes: the tables and buffers that decoders have whatever the image.
const TABLES: u64 = 512 << 10;
