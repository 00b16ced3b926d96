//! The versions of QR codes, and what ISO/IEC 18004 tabulates for each.

/// One of the 40 versions (ISO/IEC 18004, 6.3.1), which differ in their number of modules.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Version(usize);

/// How much of a code is there to correct errors (ISO/IEC 18004, 7.5.1): least to most L, M, Q, H.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Level {
    L,
    M,
    Q,
    H,
}

/// How the codewords of a code are split into blocks, each of which is corrected by itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Blocks {
    pub(crate) count: usize,
    /// How many codewords of a block are parity.
    pub(crate) parity: usize,
    /// How many of those guard against misreading instead of correcting.
    pub(crate) reserved: usize,
}

impl Version {
    /// `number` is 1 to 40.
    pub(crate) fn new(number: usize) -> Option<Self> {
        (1..=40).contains(&number).then_some(Self(number))
    }

    /// The version with `size` modules a side.
    pub(crate) fn of_size(size: usize) -> Option<Self> {
        let more = size.checked_sub(17)?;
        if more % 4 == 0 { Self::new(more / 4) } else { None }
    }

    /// The version whose number of modules a side is nearest to an estimate.
    pub(crate) fn nearest(size: f32) -> Self {
        Self(((size - 17.0) / 4.0).round().clamp(1.0, 40.0) as usize)
    }

    /// The version that is so many larger, or smaller.
    pub(crate) fn larger_by(self, steps: isize) -> Option<Self> {
        Self::new(self.0.checked_add_signed(steps)?)
    }

    /// The number of modules a side.
    pub(crate) fn size(self) -> usize {
        17 + 4 * self.0
    }

    /// Whether it has version information (ISO/IEC 18004, 7.10). It is not read: the size says as
    /// much.
    pub(crate) fn has_version_information(self) -> bool {
        self.0 >= 7
    }

    /// In which rows and columns the middles of alignment patterns are (ISO/IEC 18004, table E.1).
    /// There is one wherever they cross, but for where a finder pattern is.
    pub(crate) fn alignment_positions(self) -> Vec<usize> {
        if self.0 < 2 {
            return Vec::new();
        }
        let count = self.0 / 7 + 2;
        let last = self.size() - 7;
        // The distances are equal and even, but for the first, which takes what is left.
        let distance = match self.0 {
            32 => 26,
            number => (number * 4 + count * 2 + 1) / (count * 2 - 2) * 2,
        };
        let others = (0..count - 1).rev().map(|i| last - i * distance);
        std::iter::once(6).chain(others).collect()
    }

    /// ISO/IEC 18004, table 9.
    pub(crate) fn blocks(self, level: Level) -> Blocks {
        let (counts, parities) = match level {
            Level::L => (&BLOCKS_L, &PARITY_L),
            Level::M => (&BLOCKS_M, &PARITY_M),
            Level::Q => (&BLOCKS_Q, &PARITY_Q),
            Level::H => (&BLOCKS_H, &PARITY_H),
        };
        // Note b of the table.
        let reserved = match (self.0, level) {
            (1, Level::L) => 3,
            (1, Level::M) | (2, Level::L) => 2,
            (1, _) | (3, Level::L) => 1,
            _ => 0,
        };
        let at = self.0 - 1;
        Blocks { count: counts[at].into(), parity: parities[at].into(), reserved }
    }

    /// Of the three columns of lengths of character counts, the one that holds (ISO/IEC 18004,
    /// table 3).
    pub(crate) fn count_column(self) -> usize {
        match self.0 {
            ..=9 => 0,
            10..=26 => 1,
            _ => 2,
        }
    }
}

#[rustfmt::skip]
const PARITY_L: [u8; 40] = [
    7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28,
    28, 28, 30, 30, 26, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30,
];
#[rustfmt::skip]
const PARITY_M: [u8; 40] = [
    10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26,
    26, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28,
];
#[rustfmt::skip]
const PARITY_Q: [u8; 40] = [
    13, 22, 18, 26, 18, 24, 18, 22, 20, 24, 28, 26, 24, 20, 30, 24, 28, 28, 26, 30,
    28, 30, 30, 30, 30, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30,
];
#[rustfmt::skip]
const PARITY_H: [u8; 40] = [
    17, 28, 22, 16, 22, 28, 26, 26, 24, 28, 24, 28, 22, 24, 24, 30, 28, 28, 26, 28,
    30, 24, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30,
];
#[rustfmt::skip]
const BLOCKS_L: [u8; 40] = [
    1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8,
    8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 24, 25,
];
#[rustfmt::skip]
const BLOCKS_M: [u8; 40] = [
    1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16,
    17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49,
];
#[rustfmt::skip]
const BLOCKS_Q: [u8; 40] = [
    1, 1, 2, 2, 4, 4, 6, 6, 8, 8, 8, 10, 12, 16, 12, 17, 16, 18, 21, 20,
    23, 23, 25, 27, 29, 34, 34, 35, 38, 40, 43, 45, 48, 51, 53, 56, 59, 62, 65, 68,
];
#[rustfmt::skip]
const BLOCKS_H: [u8; 40] = [
    1, 1, 2, 4, 4, 4, 5, 6, 8, 8, 11, 11, 16, 16, 18, 16, 19, 21, 25, 25,
    25, 34, 30, 32, 35, 37, 40, 42, 45, 48, 51, 54, 57, 60, 63, 66, 70, 74, 77, 81,
];
