//! The format information (ISO/IEC 18004, 7.9): the error correction level of a code, and its data
//! mask.

use super::version::{Level, Version};

#[derive(Debug, PartialEq)]
pub(super) struct FormatInformation {
    pub(super) level: Level,
    /// 0 to 7.
    pub(super) mask: u8,
}

impl FormatInformation {
    /// Reads both copies, and decodes to the format that is nearest to one of them: at most three
    /// modules away, which is what its BCH code can correct.
    pub(super) fn read(version: Version, is_dark: impl Fn(usize, usize) -> bool) -> Option<Self> {
        let number = |place: fn(usize, usize) -> (usize, usize)| {
            (0..15).fold(0_u16, |number, bit| {
                let (column, row) = place(version.size(), bit);
                number | u16::from(is_dark(column, row)) << bit
            })
        };
        let copies = [number(beside_the_corner), number(beside_the_others)];
        let distance = |format: &u16| {
            let distances = copies.map(|copy| (copy ^ encoded(*format)).count_ones());
            (distances[0].min(distances[1]), distances[0] + distances[1])
        };
        let format = (0..32).min_by_key(distance)?;
        if distance(&format).0 > 3 {
            return None;
        }
        let level =
            [Level::M, Level::L, Level::H, Level::Q].get(usize::from(format >> 3)).copied()?;
        Some(Self { level, mask: (format & 7) as u8 })
    }
}

/// Where a bit is, as (column, row), around the finder pattern in the corner.
fn beside_the_corner(_size: usize, bit: usize) -> (usize, usize) {
    match bit {
        0..=5 => (8, bit),
        6 => (8, 7),
        7 => (8, 8),
        8 => (7, 8),
        _ => (14 - bit, 8),
    }
}

/// Where a bit is beside the other two finder patterns.
fn beside_the_others(size: usize, bit: usize) -> (usize, usize) {
    match bit {
        0..=7 => (size - 1 - bit, 8),
        _ => (8, size - 15 + bit),
    }
}

/// The fifteen modules of a format: five bits, their remainder in the BCH code, and a mask over
/// all (Annex C).
fn encoded(format: u16) -> u16 {
    let mut remainder = format << 10;
    for bit in (10..15).rev() {
        if remainder >> bit & 1 != 0 {
            remainder ^= 0x537 << (bit - 10);
        }
    }
    (format << 10 | remainder) ^ 0x5412
}

#[cfg(test)]
mod tests {
    use super::{FormatInformation, beside_the_corner, beside_the_others, encoded};
    use crate::qr::decode::version::{Level, Version};

    /// Reads format information of which the two copies have these bits.
    fn read(version: Version, copies: [u16; 2]) -> Option<FormatInformation> {
        FormatInformation::read(version, |column, row| {
            (0..15).any(|bit| {
                let places = [beside_the_corner, beside_the_others];
                let is_here = |copy: usize| places[copy](version.size(), bit) == (column, row);
                (0..2).any(|copy| is_here(copy) && copies[copy] >> bit & 1 != 0)
            })
        })
    }

    /// Every way in which `count` of 15 bits can be wrong.
    fn errors(count: u32) -> impl Iterator<Item = u16> {
        (0..1 << 15).filter(move |bits: &u16| bits.count_ones() == count)
    }

    #[test]
    fn the_bits_are_those_of_the_standard() {
        let all: Vec<u16> = (0..32).map(encoded).collect();
        assert_eq!(all, ENCODED);
    }

    #[test]
    fn either_copy_says_level_and_mask() {
        for version in [1, 7, 40].map(|number| Version::new(number).unwrap()) {
            for format in 0..32_u16 {
                let level = [Level::M, Level::L, Level::H, Level::Q][usize::from(format >> 3)];
                let expected = Some(FormatInformation { level, mask: (format & 7) as u8 });
                let bits = encoded(format);
                assert_eq!(read(version, [bits, bits]), expected);
                // The other one all light.
                assert_eq!(read(version, [bits, 0]), expected);
                assert_eq!(read(version, [0, bits]), expected);
            }
        }
    }

    #[test]
    fn up_to_three_wrong_bits_are_corrected_and_four_never_are() {
        let version = Version::new(1).unwrap();
        let right = read(version, [ENCODED[5]; 2]);
        assert!(right.is_some());
        for wrong in (1..=3).flat_map(errors) {
            assert_eq!(read(version, [ENCODED[5] ^ wrong; 2]), right, "{wrong:015b}");
        }
        // Formats differ in seven bits or more: 525 of the 1365 ways to get four wrong are three away
        // from another.
        let refused = errors(4).filter(|wrong| {
            let read = read(version, [ENCODED[5] ^ wrong; 2]);
            assert_ne!(read, right, "{wrong:015b}");
            read.is_none()
        });
        assert_eq!(refused.count(), 840);
    }

    #[test]
    fn four_wrong_bits_in_one_copy_are_made_good_by_the_other() {
        let version = Version::new(1).unwrap();
        let right = read(version, [ENCODED[5]; 2]);
        for wrong in errors(4) {
            assert_eq!(read(version, [ENCODED[5] ^ wrong, ENCODED[5] ^ 0b101]), right);
            assert_eq!(read(version, [ENCODED[5] ^ 0b101, ENCODED[5] ^ wrong]), right);
        }
    }

    // ISO/IEC 18004, table C.1.
    #[rustfmt::skip]
    const ENCODED: [u16; 32] = [
        0x5412, 0x5125, 0x5e7c, 0x5b4b, 0x45f9, 0x40ce, 0x4f97, 0x4aa0,
        0x77c4, 0x72f3, 0x7daa, 0x789d, 0x662f, 0x6318, 0x6c41, 0x6976,
        0x1689, 0x13be, 0x1ce7, 0x19d0, 0x0762, 0x0255, 0x0d0c, 0x083b,
        0x355f, 0x3068, 0x3f31, 0x3a06, 0x24b4, 0x2183, 0x2eda, 0x2bed,
    ];
}
