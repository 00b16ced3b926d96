//! From data to text (ISO/IEC 18004, 7.4).

/// The text of a code of `version`, as bytes: in byte mode as they stand, in Kanji mode as Shift
/// JIS, in Hanzi mode (GB/T 18284) as GB 2312. What an ECI says of the character set is passed
/// over.
pub(super) fn text(data: &[u8], version: usize) -> Option<Vec<u8>> {
    let mut bits = Bits { data, at: 0 };
    let mut text = Vec::new();
    let mut gs1 = false;
    // Counts are longer in larger codes (table 3).
    let longer = match version {
        ..=9 => 0,
        10..=26 => 1,
        _ => 2,
    };
    while bits.left() >= 4 {
        match bits.take(4)? {
            END => break,
            NUMERIC => {
                let mut count = bits.take([10, 12, 14][longer])?;
                while count > 0 {
                    let digits = count.min(3);
                    let number = bits.take([4, 7, 10][digits - 1])?;
                    if number >= 10_usize.pow(digits as u32) {
                        return None;
                    }
                    text.extend(format!("{number:0digits$}").bytes());
                    count -= digits;
                }
            }
            ALPHANUMERIC => {
                let mut count = bits.take([9, 11, 13][longer])?;
                let start = text.len();
                while count > 0 {
                    let pair = bits.take(if count > 1 { 11 } else { 6 })?;
                    if count > 1 {
                        text.push(*ALPHABET.get(pair / 45)?);
                    } else if pair >= 45 {
                        return None;
                    }
                    text.push(ALPHABET[pair % 45]);
                    count -= count.min(2);
                }
                if gs1 {
                    let separated = separated(&text[start..]);
                    text.splice(start.., separated);
                }
            }
            BYTE => {
                for _ in 0..bits.take([8, 16, 16][longer])? {
                    text.push(bits.take(8)? as u8);
                }
            }
            KANJI => {
                let count = bits.take([8, 10, 12][longer])?;
                let offset = |packed| if packed < 0x1f00 { 0x8140 } else { 0xc140 };
                bits.take_double_bytes(count, 0xc0, offset, &mut text)?;
            }
            HANZI => {
                // The only subset.
                if bits.take(4)? != 1 {
                    return None;
                }
                let count = bits.take([8, 10, 12][longer])?;
                let offset = |packed| if packed < 0x0a00 { 0xa1a1 } else { 0xa6a1 };
                bits.take_double_bytes(count, 0x60, offset, &mut text)?;
            }
            ECI => {
                let first = bits.take(8)?;
                let more = match first {
                    ..0x80 => 0,
                    0x80..0xc0 => 8,
                    0xc0..0xe0 => 16,
                    _ => return None,
                };
                bits.take(more)?;
            }
            // One text spread over several codes: which of how many, and a parity.
            STRUCTURED_APPEND => {
                bits.take(16)?;
            }
            FNC1_FIRST => gs1 = true,
            FNC1_SECOND => {
                bits.take(8)?;
                gs1 = true;
            }
            _ => return None,
        }
    }
    Some(text)
}

/// After FNC1, a percent sign stands for the separator of fields, and two for one.
fn separated(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, others @ ..] = rest {
        rest = others;
        match (first, others) {
            (b'%', [b'%', others @ ..]) => {
                out.push(b'%');
                rest = others;
            }
            (b'%', _) => out.push(0x1d),
            _ => out.push(*first),
        }
    }
    out
}

struct Bits<'a> {
    data: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    /// Characters of two bytes, which stand in thirteen bits: the first byte times `radix` and the
    /// second, each less its part of the `offset`.
    fn take_double_bytes(
        &mut self,
        count: usize,
        radix: usize,
        offset: fn(usize) -> usize,
        text: &mut Vec<u8>,
    ) -> Option<()> {
        for _ in 0..count {
            let value = self.take(13)?;
            let packed = ((value / radix) << 8) | (value % radix);
            text.extend(((packed + offset(packed)) as u16).to_be_bytes());
        }
        Some(())
    }

    fn left(&self) -> usize {
        8 * self.data.len() - self.at
    }

    /// The next `count` bits, at most 16, as a number.
    fn take(&mut self, count: usize) -> Option<usize> {
        if count > self.left() {
            return None;
        }
        let bit = |at: usize| usize::from(self.data[at / 8] >> (7 - at % 8) & 1);
        let value = (self.at..self.at + count).fold(0, |value, at| value << 1 | bit(at));
        self.at += count;
        Some(value)
    }
}

// The mode indicators (table 2).
const END: usize = 0b0000;
const NUMERIC: usize = 0b0001;
const ALPHANUMERIC: usize = 0b0010;
const STRUCTURED_APPEND: usize = 0b0011;
const BYTE: usize = 0b0100;
const FNC1_FIRST: usize = 0b0101;
const ECI: usize = 0b0111;
const KANJI: usize = 0b1000;
const FNC1_SECOND: usize = 0b1001;
const HANZI: usize = 0b1101;
const ALPHABET: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

#[cfg(test)]
mod tests {
    use super::text;

    /// Numbers with their count of bits, as bytes.
    fn data(parts: &[(usize, usize)]) -> Vec<u8> {
        let bits: Vec<u8> = parts
            .iter()
            .flat_map(|(value, count)| (0..*count).rev().map(move |at| (value >> at & 1) as u8))
            .collect();
        let byte = |bits: &[u8]| {
            (0..8).fold(0, |byte, at| byte << 1 | bits.get(at).copied().unwrap_or_default())
        };
        bits.chunks(8).map(byte).collect()
    }

    #[test]
    fn every_kind_of_segment_is_read() {
        let gb: &[u8] = b"\xb0\xa1";
        let kanji: &[u8] = b"\x93\x5f\xe4\xaa";
        for (name, parts, expected) in [
            ("nothing", vec![], Some(&b""[..])),
            ("digits", vec![(1, 4), (5, 10), (12, 10), (34, 7)], Some(b"01234")),
            ("a digit", vec![(1, 4), (1, 10), (7, 4), (0, 4)], Some(b"7")),
            // ISO/IEC 18004, 7.4.4: AC-42.
            ("letters", vec![(2, 4), (5, 9), (462, 11), (1849, 11), (2, 6)], Some(b"AC-42")),
            ("bytes", vec![(4, 4), (2, 8), (0xe7, 8), (0, 8), (0, 4)], Some(b"\xe7\0")),
            ("Kanji", vec![(8, 4), (2, 8), (0xd9f, 13), (0x1aaa, 13)], Some(kanji)),
            ("Hanzi", vec![(13, 4), (1, 4), (1, 8), (0x3c0, 13)], Some(gb)),
            ("UTF-8, said so", vec![(7, 4), (26, 8), (4, 4), (1, 8), (0x41, 8)], Some(b"A")),
            ("a long ECI", vec![(7, 4), (0xc1, 8), (9, 16), (4, 4), (1, 8), (0x41, 8)], Some(b"A")),
            (
                "the second of three",
                vec![(3, 4), (0x12, 8), (7, 8), (4, 4), (1, 8), (65, 8)],
                Some(b"A"),
            ),
            // A%B%%
            ("GS1", vec![(5, 4), (2, 4), (5, 9), (488, 11), (533, 11), (38, 6)], Some(b"A\x1dB%")),
            ("an unknown mode", vec![(6, 4), (0, 8)], None),
            ("too few bytes", vec![(4, 4), (9, 8), (65, 8)], None),
            ("a number of three digits over 999", vec![(1, 4), (3, 10), (1000, 10)], None),
            ("a letter that there is not", vec![(2, 4), (1, 9), (45, 6), (0, 8)], None),
            ("an unknown subset", vec![(13, 4), (2, 4), (1, 8), (0, 13)], None),
        ] {
            assert_eq!(text(&data(&parts), 1).as_deref(), expected, "{name}");
        }
    }
}
