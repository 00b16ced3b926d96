//! The format information (ISO/IEC 18004, 7.9): how much error correction a code has, and which
//! data mask.

use super::version::{Level, Version};

pub(super) struct Format {
    pub(super) level: Level,
    /// 0 to 7.
    pub(super) mask: u8,
}

impl Format {
    /// Reads both copies, and takes the format that one of them differs least from: in three
    /// modules, which is what the code of the format can correct, or fewer.
    pub(super) fn read(version: Version, is_dark: impl Fn(usize, usize) -> bool) -> Option<Self> {
        let number = |place: fn(usize, usize) -> (usize, usize)| {
            (0..15).fold(0_u16, |number, bit| {
                let (column, row) = place(version.size(), bit);
                number | u16::from(is_dark(column, row)) << bit
            })
        };
        let copies = [number(beside_the_corner), number(beside_the_others)];
        let distance = |format: &u16| {
            let distances = copies.map(|copy| (copy ^ sent(*format)).count_ones());
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
fn sent(format: u16) -> u16 {
    let mut remainder = format << 10;
    for bit in (10..15).rev() {
        if remainder >> bit & 1 != 0 {
            remainder ^= 0x537 << (bit - 10);
        }
    }
    (format << 10 | remainder) ^ 0x5412
}
