//! The versions of QR codes, and what ISO/IEC 18004 tabulates for each.

/// One of the 40 versions (ISO/IEC 18004, 6.3.1), which differ in their number of modules.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Version(usize);

/// The error correction level (ISO/IEC 18004, 7.5.1), from the weakest to the strongest.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Level {
    L,
    M,
    Q,
    H,
}

/// How the codewords of a code are split into blocks, each of which is corrected independently.
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

    /// 1 to 40.
    pub(crate) fn number(self) -> usize {
        self.0
    }

    /// The number of modules a side.
    pub(crate) fn size(self) -> usize {
        17 + 4 * self.0
    }

    /// Whether it has version information (ISO/IEC 18004, 7.10). It is not read: the size says
    /// the same.
    pub(crate) fn has_version_information(self) -> bool {
        self.0 >= 7
    }

    /// In which rows and columns the middles of alignment patterns are (ISO/IEC 18004, table E.1).
    /// There is one wherever they cross, except at finder patterns.
    pub(crate) fn alignment_positions(self) -> Vec<usize> {
        if self.0 < 2 {
            return Vec::new();
        }
        let count = self.0 / 7 + 2;
        let last = self.size() - 7;
        // The distances are equal and even, except for the first, which is what is left.
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

    /// Which of the three columns of character count lengths applies (ISO/IEC 18004, table 3).
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

#[cfg(test)]
mod tests {
    use super::{Level, Version};
    use crate::qr::decode::layout::data_modules;

    fn versions() -> impl Iterator<Item = Version> {
        (1..=40).map(|number| Version::new(number).unwrap())
    }

    #[test]
    fn a_version_is_known_by_its_size() {
        for version in versions() {
            assert_eq!(Version::of_size(version.size()), Some(version));
            assert_eq!(Version::nearest(version.size() as f32 + 1.9), version);
            assert_eq!(Version::nearest(version.size() as f32 - 1.9), version);
        }
        assert_eq!(versions().map(Version::size).collect::<Vec<_>>()[..2], [21, 25]);
        for size in [0, 16, 17, 20, 22, 176, 178, 181] {
            assert_eq!(Version::of_size(size), None, "{size}");
        }
        assert_eq!(Version::nearest(0.0), Version::new(1).unwrap());
        assert_eq!(Version::nearest(1000.0), Version::new(40).unwrap());
    }

    #[test]
    fn alignment_patterns_are_where_the_standard_has_them() {
        let positions: Vec<Vec<usize>> = versions().map(Version::alignment_positions).collect();
        assert_eq!(positions, ALIGNMENT_POSITIONS);
    }

    /// Only where patterns, format and version information are kept free do the modules come out as
    /// the standard has them.
    #[test]
    fn a_code_holds_as_many_codewords_as_the_standard_says() {
        for (at, version) in versions().enumerate() {
            let modules = data_modules(version).len();
            let remainder = match at + 1 {
                2..=6 => 7,
                14..=20 | 28..=34 => 3,
                21..=27 => 4,
                _ => 0,
            };
            assert_eq!(modules, 8 * CODEWORDS[at] + remainder, "version {}", at + 1);
            for (level, data) in
                [(Level::L, &DATA_L), (Level::M, &DATA_M), (Level::Q, &DATA_Q), (Level::H, &DATA_H)]
            {
                let blocks = version.blocks(level);
                let parity = blocks.count * blocks.parity;
                assert_eq!(CODEWORDS[at] - parity, data[at], "version {}, {level:?}", at + 1);
                // Table 9, note b.
                let reserved = [(1, Level::L, 3), (1, Level::M, 2), (2, Level::L, 2)]
                    .into_iter()
                    .chain([(1, Level::Q, 1), (1, Level::H, 1), (3, Level::L, 1)])
                    .find(|(number, with, _)| *number == at + 1 && *with == level);
                assert_eq!(blocks.reserved, reserved.map_or(0, |(_, _, reserved)| reserved));
            }
        }
    }

    #[test]
    fn version_information_is_kept_free_from_version_7_on() {
        for version in versions() {
            let size = version.size();
            let modules: Vec<_> =
                data_modules(version).iter().map(|module| module.place()).collect();
            for (along, across) in
                (0..6).flat_map(|along| (0..3).map(move |across| (along, across)))
            {
                let far = size - 11 + across;
                let holds_data = modules.contains(&(along, far)) || modules.contains(&(far, along));
                assert_eq!(holds_data, size < 45, "{size}");
            }
        }
    }

    #[test]
    fn counts_grow_after_versions_9_and_26() {
        let columns: Vec<usize> = versions().map(Version::count_column).collect();
        let expected = [vec![0; 9], vec![1; 17], vec![2; 14]].concat();
        assert_eq!(columns, expected);
    }

    // ISO/IEC 18004, table 1.
    #[rustfmt::skip]
    const CODEWORDS: [usize; 40] = [
        26, 44, 70, 100, 134, 172, 196, 242, 292, 346, 404, 466, 532, 581, 655, 733, 815, 901, 991, 1085,
        1156, 1258, 1364, 1474, 1588, 1706, 1828, 1921, 2051, 2185, 2323, 2465, 2611, 2761, 2876, 3034, 3196, 3362, 3532, 3706,
    ];
    // ISO/IEC 18004, table 7.
    #[rustfmt::skip]
    const DATA_L: [usize; 40] = [
        19, 34, 55, 80, 108, 136, 156, 194, 232, 274, 324, 370, 428, 461, 523, 589, 647, 721, 795, 861,
        932, 1006, 1094, 1174, 1276, 1370, 1468, 1531, 1631, 1735, 1843, 1955, 2071, 2191, 2306, 2434, 2566, 2702, 2812, 2956,
    ];
    #[rustfmt::skip]
    const DATA_M: [usize; 40] = [
        16, 28, 44, 64, 86, 108, 124, 154, 182, 216, 254, 290, 334, 365, 415, 453, 507, 563, 627, 669,
        714, 782, 860, 914, 1000, 1062, 1128, 1193, 1267, 1373, 1455, 1541, 1631, 1725, 1812, 1914, 1992, 2102, 2216, 2334,
    ];
    #[rustfmt::skip]
    const DATA_Q: [usize; 40] = [
        13, 22, 34, 48, 62, 76, 88, 110, 132, 154, 180, 206, 244, 261, 295, 325, 367, 397, 445, 485,
        512, 568, 614, 664, 718, 754, 808, 871, 911, 985, 1033, 1115, 1171, 1231, 1286, 1354, 1426, 1502, 1582, 1666,
    ];
    #[rustfmt::skip]
    const DATA_H: [usize; 40] = [
        9, 16, 26, 36, 46, 60, 66, 86, 100, 122, 140, 158, 180, 197, 223, 253, 283, 313, 341, 385,
        406, 442, 464, 514, 538, 596, 628, 661, 701, 745, 793, 845, 901, 961, 986, 1054, 1096, 1142, 1222, 1276,
    ];
    // ISO/IEC 18004, table E.1.
    #[rustfmt::skip]
    const ALIGNMENT_POSITIONS: [&[usize]; 40] = [
        &[], &[6, 18], &[6, 22], &[6, 26], &[6, 30], &[6, 34],
        &[6, 22, 38], &[6, 24, 42], &[6, 26, 46], &[6, 28, 50], &[6, 30, 54], &[6, 32, 58], &[6, 34, 62],
        &[6, 26, 46, 66], &[6, 26, 48, 70], &[6, 26, 50, 74], &[6, 30, 54, 78], &[6, 30, 56, 82],
        &[6, 30, 58, 86], &[6, 34, 62, 90],
        &[6, 28, 50, 72, 94], &[6, 26, 50, 74, 98], &[6, 30, 54, 78, 102], &[6, 28, 54, 80, 106],
        &[6, 32, 58, 84, 110], &[6, 30, 58, 86, 114], &[6, 34, 62, 90, 118],
        &[6, 26, 50, 74, 98, 122], &[6, 30, 54, 78, 102, 126], &[6, 26, 52, 78, 104, 130],
        &[6, 30, 56, 82, 108, 134], &[6, 34, 60, 86, 112, 138], &[6, 30, 58, 86, 114, 142],
        &[6, 34, 62, 90, 118, 146],
        &[6, 30, 54, 78, 102, 126, 150], &[6, 24, 50, 76, 102, 128, 154], &[6, 28, 54, 80, 106, 132, 158],
        &[6, 32, 58, 84, 110, 136, 162], &[6, 26, 54, 82, 110, 138, 166], &[6, 30, 58, 86, 114, 142, 170],
    ];
}
