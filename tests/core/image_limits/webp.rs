//! WebPs of every kind.

use image::{DynamicImage, GrayImage, ImageFormat};

use crate::encode;

pub(crate) fn file(chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let content = [b"WEBP".to_vec(), self::chunks(chunks)].concat();
    chunk(b"RIFF", &content)
}

fn chunks(chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    chunks.iter().flat_map(|(name, content)| chunk(name, content)).collect()
}

fn chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut chunk = [name.as_slice(), &(content.len() as u32).to_le_bytes(), content].concat();
    chunk.resize(chunk.len().next_multiple_of(2), 0);
    chunk
}

/// The header of an extended file.
pub(crate) fn extended(width: u32, height: u32, is_animated: bool) -> (&'static [u8; 4], Vec<u8>) {
    let flags = [if is_animated { 2 } else { 0 }, 0, 0, 0];
    (b"VP8X", [flags.as_slice(), &three(width - 1), &three(height - 1)].concat())
}

/// A frame of an animation.
pub(crate) fn frame(
    (left, top): (u32, u32),
    (width, height): (u32, u32),
    image: &[(&[u8; 4], Vec<u8>)],
) -> (&'static [u8; 4], Vec<u8>) {
    let place = [left / 2, top / 2, width - 1, height - 1].map(three).concat();
    (b"ANMF", [place, vec![0; 4], chunks(image)].concat())
}

fn three(number: u32) -> [u8; 3] {
    let [a, b, c, _] = number.to_le_bytes();
    [a, b, c]
}

/// A lossy image of one grey.
pub(crate) fn lossy(width: u16, height: u16) -> (&'static [u8; 4], Vec<u8>) {
    let macroblocks = usize::from(width.div_ceil(16)) * usize::from(height.div_ceil(16));
    // Zeros are as good as any; a bit of them takes less than a bit.
    let first = (100 + macroblocks).min((1 << 19) - 1);
    let tag = (first as u32) << 5 | 1 << 4;
    let [w0, w1] = width.to_le_bytes();
    let [h0, h1] = height.to_le_bytes();
    let header = [three(tag).as_slice(), &[0x9d, 0x01, 0x2a, w0, w1, h0, h1]].concat();
    (b"VP8 ", [header, vec![0; first + 4 * macroblocks + 100]].concat())
}

/// A lossy image in eight partitions after the first; of seven of them, the file says the length.
pub(crate) fn in_partitions(width: u16, height: u16, said: u32) -> (&'static [u8; 4], Vec<u8>) {
    let (name, mut image) = lossy(width, height);
    let first = u32::from_le_bytes([image[0], image[1], image[2], 0]) as usize >> 5;
    // The two bits of the header that say how many, as an arithmetic coder writes them.
    image[HEADER + 1] = 0b11;
    image.truncate(HEADER + first);
    for _ in 0..7 {
        image.extend(three(said));
    }
    image.extend(vec![0; 8 * (said as usize).min(500_000)]);
    (name, image)
}

/// A lossy image that ends within its first partition.
pub(crate) fn with_long_partition() -> (&'static [u8; 4], Vec<u8>) {
    let (name, mut image) = lossy(16, 16);
    image[..3].copy_from_slice(&three(0xff_fff0));
    (name, image)
}

/// As large as a lossy image can be.
pub(crate) fn large() -> (&'static [u8; 4], Vec<u8>) {
    let (name, mut image) = lossy(16, 16);
    image[6..10].fill(0x3f);
    (name, image)
}

pub(crate) fn lossless(picture: impl Into<DynamicImage>) -> (&'static [u8; 4], Vec<u8>) {
    (b"VP8L", encode(picture, ImageFormat::WebP)[20..].to_vec())
}

/// The alpha of a lossy image, with a filter: none, or the pixel on the left, above, or a gradient.
pub(crate) fn alpha(picture: &GrayImage, filter: u8) -> (&'static [u8; 4], Vec<u8>) {
    let at = |x: u32, y: u32| picture.get_pixel(x, y).0[0];
    let filtered = picture.enumerate_pixels().map(|(x, y, pixel)| {
        let predicted = match (filter, x, y) {
            (0, ..) | (_, 0, 0) => 0,
            (1, 0, _) | (3, 0, _) => at(0, y - 1),
            (1, ..) | (_, _, 0) => at(x - 1, y),
            (2, ..) => at(x, y - 1),
            _ => {
                let [left, above, both] =
                    [at(x - 1, y), at(x, y - 1), at(x - 1, y - 1)].map(i32::from);
                (left + above - both).clamp(0, 255) as u8
            }
        };
        pixel.0[0].wrapping_sub(predicted)
    });
    (b"ALPH", std::iter::once(filter << 2).chain(filtered).collect())
}

/// The alpha of a lossy image: the green of a lossless one without its header.
pub(crate) fn packed_alpha(picture: impl Into<DynamicImage>) -> (&'static [u8; 4], Vec<u8>) {
    (b"ALPH", [vec![1], lossless(picture).1[5..].to_vec()].concat())
}

/// Four by four pixels, with so many groups of prefix codes that decode into tables of 4 KiB.
pub(crate) fn lossless_with_groups(groups: u32) -> (&'static [u8; 4], Vec<u8>) {
    let mut bits = Bits::default();
    bits.push(0x2f, 8);
    bits.push(3 | 3 << 14, 32);
    // No transforms, no cache, and a group for each four by four pixels.
    bits.push(0b100, 3);
    bits.push(0, 3);
    // An image of one pixel says which: no cache, and codes of one symbol.
    bits.push(0, 1);
    for symbol in [(groups - 1) & 0xff, (groups - 1) >> 8, 0, 0, 0] {
        bits.push(0b101, 3);
        bits.push(symbol, 8);
    }
    for _ in 0..5 * groups {
        // The lengths of the codes are coded in four bits.
        bits.push(0, 1);
        bits.push(15, 4);
        for at in 0..19 {
            let is_repetition = matches!(at, 0 | 1 | 8);
            bits.push(if is_repetition { 0 } else { 4 }, 3);
        }
        // Eleven lengths.
        bits.push(1, 1);
        bits.push(1, 3);
        bits.push(9, 4);
        for length in (1_u32..=10).chain([10]) {
            bits.push(length.reverse_bits() >> 28, 4);
        }
    }
    bits.push(0, 32);
    bits.push(0, 32);
    bits.push(0, 32);
    (b"VP8L", bits.bytes)
}

// Of a lossy image, in bytes.
const HEADER: usize = 10;

/// Bits from the lowest on.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    count: usize,
}

impl Bits {
    fn push(&mut self, value: u32, count: usize) {
        for at in 0..count {
            if self.count.is_multiple_of(8) {
                self.bytes.push(0);
            }
            let last = self.bytes.last_mut().unwrap();
            *last |= ((value >> at & 1) as u8) << (self.count % 8);
            self.count += 1;
        }
    }
}
