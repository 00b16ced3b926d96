//! VP8L, as its specification has it: <https://developers.google.com/speed/webp/docs/webp_lossless_bitstream_specification>.
//!
//! What the decoder takes is not in a header: a small image can bring 65,536 groups of prefix codes,
//! which are over a gigabyte. So all that comes before the pixels is read here first.

use std::io::Cursor;

use image_webp::WebPDecoder;

use crate::qr::image::grey::grey_in_place;
use crate::qr::image::image_file::ImageFlaw;

pub(super) const SIGNATURE: u8 = 0x2f;

/// The size of an image.
pub(super) fn size(bits: &[u8]) -> Result<(u64, u64), ImageFlaw> {
    let &[SIGNATURE, a, b, c, d, ..] = bits else { return Err(ImageFlaw::Damaged) };
    let header = u32::from_le_bytes([a, b, c, d]);
    Ok((u64::from(header & 0x3fff) + 1, u64::from(header >> 14 & 0x3fff) + 1))
}

/// The brightness.
pub(super) fn decode(bits: &[u8], width: usize, height: usize) -> Result<Vec<u8>, ImageFlaw> {
    let mut pixels = decode_colours(bits, width, height)?;
    let is_alpha_used = bits[4] & ALPHA_IS_USED != 0;
    if !is_alpha_used {
        for pixel in pixels.as_chunks_mut::<4>().0 {
            pixel[3] = 255;
        }
    }
    Ok(grey_in_place(pixels, 4))
}

/// The green.
pub(super) fn decode_green(bits: &[u8], width: usize, height: usize) -> Result<Vec<u8>, ImageFlaw> {
    let mut pixels = decode_colours(bits, width, height)?;
    let count = width * height;
    for at in 0..count {
        pixels[at] = pixels[4 * at + 1];
    }
    pixels.truncate(count);
    pixels.shrink_to_fit();
    Ok(pixels)
}

/// Red, green, blue and alpha.
fn decode_colours(bits: &[u8], width: usize, height: usize) -> Result<Vec<u8>, ImageFlaw> {
    // A file with nothing else in it.
    let length = bits.len() as u32;
    let mut file = Vec::with_capacity(20 + bits.len());
    for part in [b"RIFF", &(length + 12).to_le_bytes(), b"WEBP", b"VP8L", &length.to_le_bytes()] {
        file.extend_from_slice(part);
    }
    file.extend_from_slice(bits);
    // Without alpha, the decoder would make another copy.
    file[24] |= ALPHA_IS_USED;
    let mut decoder = WebPDecoder::new(Cursor::new(file)).map_err(|_| ImageFlaw::Damaged)?;
    let mut pixels = vec![0; 4 * width * height];
    decoder.read_image(&mut pixels).map_err(|_| ImageFlaw::Damaged)?;
    Ok(pixels)
}

/// What decoding takes.
pub(super) fn memory(encoded: &[u8]) -> Result<u64, ImageFlaw> {
    let (width, height) = size(encoded)?;
    // The pixels, and two copies of what is encoded.
    let mut memory = 4 * width * height + 2 * encoded.len() as u64;
    let mut bits = Bits { bytes: encoded, at: 8 * HEADER };
    let mut columns = width;
    let mut seen = [false; 4];
    while bits.take(1)? == 1 {
        let transform = bits.take(2)?;
        if std::mem::replace(&mut seen[transform as usize], true) {
            return Err(ImageFlaw::Damaged);
        }
        match transform {
            PREDICTOR | COLOUR => {
                memory += 4 * bits.blocks(columns, height)?.len() as u64;
            }
            PALETTE => {
                let colours = u64::from(bits.take(8)?) + 1;
                bits.image(colours, 1)?;
                columns = match colours {
                    ..=2 => columns.div_ceil(8),
                    3..=4 => columns.div_ceil(4),
                    5..=16 => columns.div_ceil(2),
                    _ => columns,
                };
            }
            _ => {}
        }
    }
    let cache = bits.cache_size()?;
    memory += 4 * cache as u64;
    let mut groups = 1;
    if bits.take(1)? == 1 {
        let group_of_block = bits.blocks(columns, height)?;
        memory += 6 * group_of_block.len() as u64;
        groups += group_of_block.into_iter().map(|argb| argb >> 8 & 0xffff).max().unwrap_or(0);
    }
    for _ in 0..groups {
        memory += GROUP;
        for code in bits.group(cache)? {
            memory += code.memory();
        }
    }
    Ok(memory)
}

/// Reads bits, from the lowest of the first byte.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    /// At most 32 bits, as a number.
    fn take(&mut self, count: usize) -> Result<u32, ImageFlaw> {
        let start = self.at / 8;
        let bytes = self.bytes.get(start..(self.at + count).div_ceil(8));
        let bytes = bytes.ok_or(ImageFlaw::Damaged)?;
        let word = bytes.iter().rev().fold(0_u64, |word, byte| word << 8 | u64::from(*byte));
        let number = word >> (self.at % 8) & ((1 << count) - 1);
        self.at += count;
        Ok(number as u32)
    }

    /// An image with a pixel for each block of another, whose size comes first.
    fn blocks(&mut self, width: u64, height: u64) -> Result<Vec<u32>, ImageFlaw> {
        let side = 4 << self.take(3)?;
        self.image(width.div_ceil(side), height.div_ceil(side))
    }

    /// An image within the image (section 5), as ARGB.
    fn image(&mut self, width: u64, height: u64) -> Result<Vec<u32>, ImageFlaw> {
        let mut cache = vec![0_u32; self.cache_size()?];
        let cache_bits = cache.len().max(1).ilog2();
        let [green, red, blue, alpha, distance] = self.group(cache.len())?;
        let neighbours = neighbours();
        let count = (width * height) as usize;
        let mut pixels: Vec<u32> = Vec::with_capacity(count);
        while pixels.len() < count {
            let from = pixels.len();
            match green.read(self)? {
                literal @ ..256 => {
                    let red = red.read(self)?;
                    let blue = blue.read(self)?;
                    pixels.push(alpha.read(self)? << 24 | red << 16 | literal << 8 | blue);
                }
                length @ 256..280 => {
                    let length = self.prefixed(length - 256)? as usize;
                    let symbol = distance.read(self)?;
                    let distance = self.prefixed(symbol)? as usize;
                    let distance = match neighbours.get(distance - 1) {
                        Some((x, y)) => (x + y * width as i64).max(1) as usize,
                        None => distance - neighbours.len(),
                    };
                    let start = from.checked_sub(distance).ok_or(ImageFlaw::Damaged)?;
                    for at in start..start + length.min(count - from) {
                        pixels.push(pixels[at]);
                    }
                }
                cached => {
                    let pixel = cache.get(cached as usize - 280).ok_or(ImageFlaw::Damaged)?;
                    pixels.push(*pixel);
                }
            }
            if !cache.is_empty() {
                for pixel in &pixels[from..] {
                    cache[(0x1e35_a7bd_u32.wrapping_mul(*pixel) >> (32 - cache_bits)) as usize] =
                        *pixel;
                }
            }
        }
        Ok(pixels)
    }

    /// How many colours are cached.
    fn cache_size(&mut self) -> Result<usize, ImageFlaw> {
        if self.take(1)? == 0 {
            return Ok(0);
        }
        match self.take(4)? {
            bits @ 1..=11 => Ok(1 << bits),
            _ => Err(ImageFlaw::Damaged),
        }
    }

    /// A length or a distance, whose first bits are in a symbol.
    fn prefixed(&mut self, symbol: u32) -> Result<u32, ImageFlaw> {
        if symbol < 4 {
            return Ok(symbol + 1);
        }
        let extra = (symbol - 2) / 2;
        Ok(((2 + symbol % 2) << extra) + self.take(extra as usize)? + 1)
    }

    /// The five prefix codes that decode a pixel.
    fn group(&mut self, cache: usize) -> Result<[Code; 5], ImageFlaw> {
        let mut read = |symbols| self.code(symbols);
        Ok([read(280 + cache)?, read(256)?, read(256)?, read(256)?, read(40)?])
    }

    fn code(&mut self, symbols: usize) -> Result<Code, ImageFlaw> {
        let is_simple = self.take(1)? == 1;
        if is_simple {
            let is_pair = self.take(1)? == 1;
            let bits = if self.take(1)? == 1 { 8 } else { 1 };
            let first = self.take(bits)?;
            let second = if is_pair { Some(self.take(8)?) } else { None };
            return Ok(Code::Simple(first, second));
        }
        let mut lengths = [0; 19];
        let count = 4 + self.take(4)? as usize;
        for at in LENGTH_ORDER.iter().take(count) {
            lengths[*at] = self.take(3)? as u8;
        }
        let code = Code::of(&lengths)?;
        let mut coded = if self.take(1)? == 1 {
            let bits = 2 + 2 * self.take(3)? as usize;
            2 + self.take(bits)? as usize
        } else {
            symbols
        };
        let mut lengths = Vec::with_capacity(symbols);
        let mut last = 8;
        while lengths.len() < symbols && coded > 0 {
            coded -= 1;
            let (length, times) = match code.read(self)? {
                16 => (last, 3 + self.take(2)?),
                17 => (0, 3 + self.take(3)?),
                18 => (0, 11 + self.take(7)?),
                length => (length as u8, 1),
            };
            if length > 0 {
                last = length;
            }
            lengths.extend(std::iter::repeat_n(length, times as usize));
        }
        if lengths.len() > symbols {
            return Err(ImageFlaw::Damaged);
        }
        Code::of(&lengths)
    }
}

/// A prefix code.
enum Code {
    /// One or two symbols.
    Simple(u32, Option<u32>),
    /// How many symbols have a code of each length, and the symbols in the order of their codes.
    Canonical([u32; 16], Vec<u32>),
}

impl Code {
    /// From the lengths of the symbols' codes.
    fn of(lengths: &[u8]) -> Result<Self, ImageFlaw> {
        let mut counts = [0; 16];
        let mut symbols: Vec<u32> =
            (0..lengths.len() as u32).filter(|symbol| lengths[*symbol as usize] > 0).collect();
        if let [symbol] = symbols[..] {
            return Ok(Self::Simple(symbol, None));
        }
        symbols.sort_by_key(|symbol| lengths[*symbol as usize]);
        for symbol in &symbols {
            counts[usize::from(lengths[*symbol as usize])] += 1;
        }
        let taken: u32 = (1..16).map(|length| counts[length] << (15 - length)).sum();
        // All codes must be there.
        if taken == 1 << 15 {
            Ok(Self::Canonical(counts, symbols))
        } else {
            Err(ImageFlaw::Damaged)
        }
    }

    fn read(&self, bits: &mut Bits<'_>) -> Result<u32, ImageFlaw> {
        let (counts, symbols) = match self {
            Self::Simple(symbol, None) => return Ok(*symbol),
            Self::Simple(first, Some(second)) => {
                return Ok(if bits.take(1)? == 0 { *first } else { *second });
            }
            Self::Canonical(counts, symbols) => (counts, symbols),
        };
        // Codes of one length are successive numbers.
        let (mut code, mut first, mut index) = (0, 0, 0);
        for count in &counts[1..] {
            code |= bits.take(1)?;
            if code < first + count {
                return Ok(symbols[(index + code - first) as usize]);
            }
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        Err(ImageFlaw::Damaged)
    }

    /// What the decoder makes of it: a table for the first ten bits, and a tree for the others.
    fn memory(&self) -> u64 {
        match self {
            Self::Simple(_, None) => 0,
            Self::Simple(_, Some(_)) => 64,
            Self::Canonical(counts, _) => {
                let longest = counts.iter().rposition(|count| *count > 0).unwrap_or(0);
                let in_tree: u32 = counts[11..].iter().sum();
                (4 << longest.min(10)) + 64 * u64::from(in_tree)
            }
        }
    }
}

/// What the shortest distances mean: how far to the left and how far up, from the nearest on
/// (section 4.2.2).
fn neighbours() -> Vec<(i64, i64)> {
    let mut neighbours: Vec<_> = (0..8)
        .flat_map(|y| (-7..=8).map(move |x| (x, y)))
        .filter(|(x, y)| *y > 0 || *x > 0)
        .collect();
    neighbours.sort_by_key(|(x, y): &(i64, i64)| (x * x + y * y, x.abs(), -x));
    neighbours
}

// In bytes.
const HEADER: usize = 5;
// In bytes: of a group of codes without their tables, in a list that doubles.
const GROUP: u64 = 3 * 280;
const ALPHA_IS_USED: u8 = 0x10;
const PREDICTOR: u32 = 0;
const COLOUR: u32 = 1;
const PALETTE: u32 = 3;
const LENGTH_ORDER: [usize; 19] =
    [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
