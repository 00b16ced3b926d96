//! VP8 key frames (RFC 6386).

use image_webp::vp8::Vp8Decoder;

use crate::qr::image::image_file::ImageFlaw;

/// The size of an image.
pub(super) fn size(bits: &[u8]) -> Result<(u64, u64), ImageFlaw> {
    let &[tag, _, _, 0x9d, 0x01, 0x2a, w0, w1, h0, h1, ..] = bits else {
        return Err(ImageFlaw::Damaged);
    };
    // The highest two bits say how to scale it.
    let [width, height] =
        [[w0, w1], [h0, h1]].map(|side| u64::from(u16::from_le_bytes(side) & 0x3fff));
    let is_key_frame = tag & 1 == 0;
    if !is_key_frame || width == 0 || height == 0 {
        return Err(ImageFlaw::Damaged);
    }
    Ok((width, height))
}

/// What decoding takes. The decoder makes room for as much as the lengths of the partitions say, so
/// they must be true.
pub(super) fn memory(bits: &[u8]) -> Result<u64, ImageFlaw> {
    let &[a, b, c, ..] = bits else { return Err(ImageFlaw::Damaged) };
    let first = u32::from_le_bytes([a, b, c, 0]) as usize >> 5;
    let partitions = &bits[10..];
    let (first, others) = partitions.split_at_checked(first).ok_or(ImageFlaw::Damaged)?;
    let lengths = 3 * (partition_count(first) - 1);
    let (lengths, others) = others.split_at_checked(lengths).ok_or(ImageFlaw::Damaged)?;
    let length = |bytes: &[u8; 3]| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]) as usize;
    if lengths.as_chunks().0.iter().map(length).sum::<usize>() > others.len() {
        return Err(ImageFlaw::Damaged);
    }
    Ok(luma_memory(bits)? / 256 * MACROBLOCK + 4 * bits.len() as u64)
}

/// What the brightness takes.
pub(super) fn luma_memory(bits: &[u8]) -> Result<u64, ImageFlaw> {
    let (width, height) = size(bits)?;
    Ok(width.next_multiple_of(16) * height.next_multiple_of(16))
}

/// The brightness: rows and columns are filled up to whole macroblocks.
pub(super) fn decode(bits: &[u8]) -> Result<Vec<u8>, ImageFlaw> {
    let frame = Vp8Decoder::decode_frame(bits).map_err(|_| ImageFlaw::Damaged)?;
    let mut luma = frame.ybuf;
    // As in video, black is 16, and white 235.
    for luma in &mut luma {
        *luma = (u32::from(luma.saturating_sub(16)) * 255 / 219).min(255) as u8;
    }
    Ok(luma)
}

/// The number of partitions after the first, which says so behind some fields of the frame header
/// (section 9).
fn partition_count(first: &[u8]) -> usize {
    let mut bits = BoolDecoder::new(first);
    // Colour space and clamping.
    bits.skip(2);
    if bits.flag() {
        let (has_map, has_values) = (bits.flag(), bits.flag());
        if has_values {
            bits.skip(1);
            bits.skip_optional(4, 8);
            bits.skip_optional(4, 7);
        }
        if has_map {
            bits.skip_optional(3, 8);
        }
    }
    // The loop filter.
    bits.skip(1 + 6 + 3);
    if bits.flag() && bits.flag() {
        bits.skip_optional(8, 7);
    }
    1 << (2 * usize::from(bits.flag()) + usize::from(bits.flag()))
}

/// Decodes bits that are as often 0 as 1 (section 7).
struct BoolDecoder<'a> {
    bytes: std::slice::Iter<'a, u8>,
    value: u32,
    range: u32,
    shifts: u32,
}

impl<'a> BoolDecoder<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let mut bytes = bytes.iter();
        let mut next = || u32::from(bytes.next().copied().unwrap_or_default());
        let value = next() << 8 | next();
        Self { bytes, value, range: 255, shifts: 0 }
    }

    fn flag(&mut self) -> bool {
        let split = 1 + ((self.range - 1) >> 1);
        let flag = self.value >= split << 8;
        if flag {
            self.range -= split;
            self.value -= split << 8;
        } else {
            self.range = split;
        }
        while self.range < 128 {
            self.value <<= 1;
            self.range <<= 1;
            self.shifts += 1;
            if self.shifts.is_multiple_of(8) {
                self.value |= u32::from(self.bytes.next().copied().unwrap_or_default());
            }
        }
        flag
    }

    fn skip(&mut self, count: usize) {
        for _ in 0..count {
            self.flag();
        }
    }

    /// Skips `count` fields of `length` bits, each of which is there only if a flag says so.
    fn skip_optional(&mut self, count: usize, length: usize) {
        for _ in 0..count {
            if self.flag() {
                self.skip(length);
            }
        }
    }
}

// In bytes: 256 of brightness, 128 of colour, and what the decoder notes of each, in a list that
// doubles.
const MACROBLOCK: u64 = 256 + 128 + 96;
