//! WebP, as its container specification has it: <https://developers.google.com/speed/webp/docs/riff_container>.
//!
//! The container is read here, so that what the two kinds of image in it take is known before they are
//! decoded, and they are decoded to no more than brightness.

mod lossless;
mod lossy;

use super::grey::on_white;
use super::image_file::{ImageFlaw, ImageLimits};
use super::plane::Plane;

/// The image; of an animation, its first frame.
pub(super) fn decode(encoded: &[u8], limits: ImageLimits) -> Result<Plane<'static>, ImageFlaw> {
    let chunks = Chunks(encoded.get(12..).unwrap_or_default());
    let (first, header) = chunks.clone().next().ok_or(ImageFlaw::Damaged)?;
    if first != *b"VP8X" {
        return Image::of(chunks)?.decode(limits, 0);
    }
    let [flags, _, _, _, rest @ ..] = header else { return Err(ImageFlaw::Damaged) };
    let [width, height] = three_byte_numbers(rest)?.map(|less_one| less_one + 1);
    if flags & ANIMATION == 0 {
        let image = Image::of(chunks)?;
        let fits = (image.width, image.height) == (width, height);
        return if fits { image.decode(limits, 0) } else { Err(ImageFlaw::Damaged) };
    }
    let mut frames = chunks.filter(|(name, _)| name == b"ANMF");
    let (_, frame) = frames.next().ok_or(ImageFlaw::Damaged)?;
    let [left, top] = three_byte_numbers(frame)?.map(|half| 2 * half);
    let image = Image::of(Chunks(frame.get(16..).unwrap_or_default()))?;
    if left + image.width > width || top + image.height > height {
        return Err(ImageFlaw::Damaged);
    }
    let canvas = width.saturating_mul(height);
    limits.check(width, height, canvas)?;
    let [width, height, left, top] = [width, height, left, top].map(|number| number as usize);
    Ok(image.decode(limits, canvas)?.on_canvas(width, height, left, top))
}

/// The chunks of a file: their names and contents. The last may be cut off.
#[derive(Clone)]
struct Chunks<'a>(&'a [u8]);

impl<'a> Iterator for Chunks<'a> {
    type Item = ([u8; 4], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, rest) = self.0.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let length = u32::from_le_bytes(*length) as usize;
        let content = &rest[..length.min(rest.len())];
        self.0 = rest.get(length.saturating_add(length % 2)..).unwrap_or_default();
        Some((*name, content))
    }
}

/// The two numbers of 24 bits that something begins with.
fn three_byte_numbers(bytes: &[u8]) -> Result<[u64; 2], ImageFlaw> {
    let &[a, b, c, d, e, f, ..] = bytes else { return Err(ImageFlaw::Damaged) };
    Ok([[a, b, c, 0], [d, e, f, 0]].map(|bytes| u32::from_le_bytes(bytes).into()))
}

/// An image, and the alpha beside it.
struct Image<'a> {
    width: u64,
    height: u64,
    bits: &'a [u8],
    is_lossy: bool,
    alpha: Option<&'a [u8]>,
}

impl<'a> Image<'a> {
    fn of(chunks: Chunks<'a>) -> Result<Self, ImageFlaw> {
        let find = |wanted: &[u8; 4]| {
            chunks.clone().find(|(name, _)| name == wanted).map(|(_, content)| content)
        };
        let (bits, is_lossy) = match (find(b"VP8 "), find(b"VP8L")) {
            (Some(lossy), None) => (lossy, true),
            (None, Some(lossless)) => (lossless, false),
            _ => return Err(ImageFlaw::Damaged),
        };
        let (width, height) = if is_lossy { lossy::size(bits)? } else { lossless::size(bits)? };
        let alpha = find(b"ALPH").filter(|_| is_lossy);
        Ok(Self { width, height, bits, is_lossy, alpha })
    }

    /// Decodes it when there is room for `more` bytes beside what that takes.
    fn decode(&self, limits: ImageLimits, more: u64) -> Result<Plane<'static>, ImageFlaw> {
        let (width, height) = (self.width as usize, self.height as usize);
        let check =
            |memory: u64| limits.check(self.width, self.height, memory.saturating_add(more));
        // The least that any takes: what follows may not be worth looking at.
        check(self.width * self.height)?;
        if !self.is_lossy {
            check(lossless::memory(self.bits)?)?;
            let pixels = lossless::decode(self.bits, width, height)?;
            return Ok(Plane::new(pixels, width, height, width));
        }
        check(lossy::memory(self.bits)?)?;
        let alpha = self.alpha.map(Alpha::of).transpose()?;
        if let Some(alpha) = &alpha {
            check(lossy::luma_memory(self.bits)? + alpha.memory(self.width, self.height)?)?;
        }
        let mut image = lossy::decode(self.bits)?;
        let stride = width.next_multiple_of(16);
        if let Some(alpha) = alpha {
            let alpha = alpha.decode(width, height)?;
            for (row, alpha) in image.chunks_exact_mut(stride).zip(alpha.chunks_exact(width)) {
                for (luma, alpha) in row.iter_mut().zip(alpha) {
                    *luma = on_white(*luma, *alpha);
                }
            }
        }
        Ok(Plane::new(image, width, height, stride))
    }
}

/// The alpha of a lossy image.
struct Alpha<'a> {
    filter: u8,
    is_compressed: bool,
    content: &'a [u8],
}

impl<'a> Alpha<'a> {
    fn of(chunk: &'a [u8]) -> Result<Self, ImageFlaw> {
        let (&info, content) = chunk.split_first().ok_or(ImageFlaw::Damaged)?;
        let is_compressed = match info & 3 {
            0 => false,
            1 => true,
            _ => return Err(ImageFlaw::Damaged),
        };
        Ok(Self { filter: info >> 2 & 3, is_compressed, content })
    }

    fn memory(&self, width: u64, height: u64) -> Result<u64, ImageFlaw> {
        if self.is_compressed {
            lossless::memory(&self.as_image(width, height))
        } else {
            Ok(width * height)
        }
    }

    /// Compressed alpha is the green of an image that lacks its header.
    fn as_image(&self, width: u64, height: u64) -> Vec<u8> {
        let header = (width as u32 - 1) | (height as u32 - 1) << 14;
        [&[lossless::SIGNATURE][..], &header.to_le_bytes(), self.content].concat()
    }

    fn decode(&self, width: usize, height: usize) -> Result<Vec<u8>, ImageFlaw> {
        let mut alpha = if self.is_compressed {
            lossless::decode_green(&self.as_image(width as u64, height as u64), width, height)?
        } else {
            self.content.get(..width * height).ok_or(ImageFlaw::Damaged)?.to_vec()
        };
        for at in 1..alpha.len() {
            let left = || alpha[at - 1];
            let above = || alpha[at - width];
            let predicted = match (self.filter, at % width, at / width) {
                (0, ..) => 0,
                (_, _, 0) | (1, 1.., _) => left(),
                (_, 0, _) | (2, ..) => above(),
                _ => {
                    let gradient =
                        i16::from(left()) + i16::from(above()) - i16::from(alpha[at - width - 1]);
                    gradient.clamp(0, 255) as u8
                }
            };
            alpha[at] = alpha[at].wrapping_add(predicted);
        }
        Ok(alpha)
    }
}

const ANIMATION: u8 = 2;
