//! From data to text (ISO/IEC 18004, 7.4).

use super::version::Version;

/// The text of a code, as bytes: in byte mode as they are, in Kanji mode as Shift JIS, in Hanzi mode
/// (GB/T 18284) as GB 2312. What an ECI says of the character set is ignored.
pub(super) fn text(data: &[u8], version: Version) -> Option<Vec<u8>> {
    let count_column = version.count_column();
    let mut segments = Segments { data, at: 0, count_column, gs1: false, text: Vec::new() };
    while segments.left() >= 4 {
        match segments.take(4)? {
            END => break,
            NUMERIC => segments.numeric()?,
            ALPHANUMERIC => segments.alphanumeric()?,
            BYTE => segments.byte()?,
            KANJI => segments.kanji()?,
            HANZI => segments.hanzi()?,
            ECI => segments.skip_eci()?,
            // One text spread over several codes: which of how many, and a parity.
            STRUCTURED_APPEND => segments.skip(16)?,
            FNC1_FIRST => segments.gs1 = true,
            FNC1_SECOND => {
                segments.skip(8)?;
                segments.gs1 = true;
            }
            _ => return None,
        }
    }
    Some(segments.text)
}

struct Segments<'a> {
    data: &'a [u8],
    /// How many bits were read.
    at: usize,
    /// Counts are longer in larger codes: which column of three.
    count_column: usize,
    /// Whether it is a text of fields, after FNC1.
    gs1: bool,
    text: Vec<u8>,
}

impl Segments<'_> {
    fn numeric(&mut self) -> Option<()> {
        let mut count = self.take([10, 12, 14][self.count_column])?;
        while count > 0 {
            let digits = count.min(3);
            let number = self.take([4, 7, 10][digits - 1])?;
            if number >= 10_usize.pow(digits as u32) {
                return None;
            }
            self.text.extend(format!("{number:0digits$}").bytes());
            count -= digits;
        }
        Some(())
    }

    fn alphanumeric(&mut self) -> Option<()> {
        let mut count = self.take([9, 11, 13][self.count_column])?;
        let start = self.text.len();
        while count >= 2 {
            let pair = self.take(11)?;
            self.text.push(*ALPHABET.get(pair / 45)?);
            self.text.push(ALPHABET[pair % 45]);
            count -= 2;
        }
        if count == 1 {
            let letter = self.take(6)?;
            self.text.push(*ALPHABET.get(letter)?);
        }
        if self.gs1 {
            let decoded = decode_fnc1(&self.text[start..]);
            self.text.splice(start.., decoded);
        }
        Some(())
    }

    fn byte(&mut self) -> Option<()> {
        for _ in 0..self.take([8, 16, 16][self.count_column])? {
            let byte = self.take(8)?;
            self.text.push(byte as u8);
        }
        Some(())
    }

    fn kanji(&mut self) -> Option<()> {
        self.double_bytes(0xc0, |packed| if packed < 0x1f00 { 0x8140 } else { 0xc140 })
    }

    fn hanzi(&mut self) -> Option<()> {
        // The only subset.
        if self.take(4)? != 1 {
            return None;
        }
        self.double_bytes(0x60, |packed| if packed < 0x0a00 { 0xa1a1 } else { 0xa6a1 })
    }

    /// Characters of two bytes, which are packed into thirteen bits: the first byte times `radix` and the
    /// second, each less its part of the `offset`.
    fn double_bytes(&mut self, radix: usize, offset: fn(usize) -> usize) -> Option<()> {
        for _ in 0..self.take([8, 10, 12][self.count_column])? {
            let value = self.take(13)?;
            let packed = ((value / radix) << 8) | (value % radix);
            self.text.extend(((packed + offset(packed)) as u16).to_be_bytes());
        }
        Some(())
    }

    fn skip_eci(&mut self) -> Option<()> {
        match self.take(8)? {
            ..0x80 => Some(()),
            0x80..0xc0 => self.skip(8),
            0xc0..0xe0 => self.skip(16),
            _ => None,
        }
    }

    fn left(&self) -> usize {
        8 * self.data.len() - self.at
    }

    /// The next `count` bits, at most 16, as a number.
    fn take(&mut self, count: usize) -> Option<usize> {
        let bit = |at: usize| usize::from(self.data[at / 8] >> (7 - at % 8) & 1);
        let start = self.at;
        self.skip(count)?;
        Some((start..self.at).fold(0, |value, at| value << 1 | bit(at)))
    }

    fn skip(&mut self, count: usize) -> Option<()> {
        (count <= self.left()).then(|| self.at += count)
    }
}

/// After FNC1, a percent sign means the separator of fields, and two mean one percent sign.
fn decode_fnc1(text: &[u8]) -> Vec<u8> {
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
    use crate::qr::decode::version::Version;

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
            assert_eq!(
                text(&data(&parts), Version::new(1).unwrap()).as_deref(),
                expected,
                "{name}"
            );
        }
    }
}
