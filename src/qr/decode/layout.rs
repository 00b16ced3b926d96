//! Which modules hold the data, and in which order (ISO/IEC 18004, 7.7.3).

use std::sync::OnceLock;

use super::version::Version;

/// A module that holds a bit of a codeword.
#[derive(Clone, Copy)]
pub(crate) struct DataModule {
    column: u8,
    row: u8,
    /// A bit for each of the eight data masks: whether it inverts the module.
    masks: u8,
}

impl DataModule {
    /// Its column and row.
    #[inline]
    pub(crate) fn place(self) -> (usize, usize) {
        (self.column.into(), self.row.into())
    }

    #[inline]
    pub(crate) fn is_masked(self, mask: u8) -> bool {
        self.masks >> mask & 1 != 0
    }
}

/// The modules of a code that hold codewords, in the order of their bits: up and down in strips two
/// modules wide, from the right. Made once for each version that is seen.
pub(crate) fn data_modules(version: Version) -> &'static [DataModule] {
    static TABLES: [OnceLock<Vec<DataModule>>; 40] = [const { OnceLock::new() }; 40];
    TABLES[version.number() - 1].get_or_init(|| {
        let size = version.size();
        let middles = version.alignment_positions();
        let mut modules = Vec::with_capacity(size * size);
        // The column of the timing pattern belongs to no strip.
        let strips = (7..size).rev().step_by(2).chain((1..6).rev().step_by(2));
        for (strip, right) in strips.enumerate() {
            for row in 0..size {
                let row = if strip % 2 == 0 { size - 1 - row } else { row };
                for column in [right, right - 1] {
                    if !is_function(version, &middles, column, row) {
                        let masks =
                            (0..8).map(|mask| u8::from(is_masked(mask, column, row)) << mask);
                        let masks = masks.sum();
                        modules.push(DataModule { column: column as u8, row: row as u8, masks });
                    }
                }
            }
        }
        modules
    })
}

/// Whether the data mask inverts a module (table 10).
fn is_masked(mask: u8, column: usize, row: usize) -> bool {
    let product = column * row;
    let remainder = match mask {
        0 => (row + column) % 2,
        1 => row % 2,
        2 => column % 3,
        3 => (row + column) % 3,
        4 => (row / 2 + column / 3) % 2,
        5 => product % 2 + product % 3,
        6 => (product % 2 + product % 3) % 2,
        _ => ((row + column) % 2 + product % 3) % 2,
    };
    remainder == 0
}

/// Whether most modules of the finder patterns with their separators, and of the timing patterns, have
/// the right colour. Not all: dirt and glare are as common there as elsewhere.
pub(crate) fn has_patterns(version: Version, is_dark: impl Fn(usize, usize) -> bool) -> bool {
    let size = version.size();
    let far = size - 8;
    let in_finder = |column: usize, row: usize| {
        let from_middle = column.abs_diff(3).max(row.abs_diff(3));
        from_middle != 2 && from_middle != 4
    };
    let mut wrong = 0;
    for row in 0..8 {
        for column in 0..8 {
            let expected = in_finder(column, row);
            wrong += usize::from(is_dark(column, row) != expected);
            wrong += usize::from(is_dark(size - 1 - column, row) != expected);
            wrong += usize::from(is_dark(column, size - 1 - row) != expected);
        }
    }
    let mut timing_wrong = 0;
    for at in 8..far {
        let expected = at % 2 == 0;
        timing_wrong += usize::from(is_dark(at, 6) != expected);
        timing_wrong += usize::from(is_dark(6, at) != expected);
    }
    wrong <= 3 * 64 / 4 && timing_wrong <= 2 * (size - 16) / 3
}

/// Whether each module is dark, row by row, where that is the same in all codes of a version: in the
/// finder patterns with their separators, the timing patterns, and the alignment patterns.
pub(crate) fn patterns(version: Version) -> Vec<Option<bool>> {
    let size = version.size();
    let middles = version.alignment_positions();
    let far = size - 7;
    let from_middle = |at: usize, middle: usize| at.abs_diff(middle);
    let module = |column: usize, row: usize| {
        let finders = [(3, 3), (far + 3, 3), (3, far + 3)];
        let from = |(x, y): (usize, usize)| from_middle(column, x).max(from_middle(row, y));
        if let Some(distance) = finders.map(from).into_iter().find(|distance| *distance <= 4) {
            return Some(distance != 2 && distance != 4);
        }
        let near = |at: usize| middles.iter().find(|middle| at.abs_diff(**middle) <= 2);
        if let (Some(x), Some(y)) = (near(column), near(row))
            && finders.iter().all(|(a, b)| x.abs_diff(*a) > 6 || y.abs_diff(*b) > 6)
        {
            return Some(from((*x, *y)) != 1);
        }
        (column == 6 || row == 6).then_some((column + row).is_multiple_of(2))
    };
    (0..size * size).map(|at| module(at % size, at / size)).collect()
}

/// Whether a module is part of a pattern, or of the format or version information.
fn is_function(version: Version, middles: &[usize], column: usize, row: usize) -> bool {
    let size = version.size();
    let (far, timing) = (size - 8, 6);
    let finder = (column < 9 && (row < 9 || row >= far)) || (column >= far && row < 9);
    let near = |at: usize| middles.iter().position(|middle| middle.abs_diff(at) <= 2);
    let alignment = match (near(column), near(row)) {
        (Some(0), Some(0)) => false,
        (Some(a), Some(b)) => a.max(b) != middles.len() - 1 || a.min(b) != 0,
        _ => false,
    };
    let version_information = version.has_version_information()
        && ((column < 6 && (size - 11..far).contains(&row))
            || (row < 6 && (size - 11..far).contains(&column)));
    finder || column == timing || row == timing || alignment || version_information
}

#[cfg(test)]
mod tests {
    use super::{data_modules, is_masked};
    use crate::qr::decode::version::Version;

    /// ISO/IEC 18004, table 10: the top left corner of each mask.
    #[test]
    fn all_masks_are_those_of_the_standard() {
        let masks = [
            "#.#.#. .#.#.# #.#.#. .#.#.# #.#.#. .#.#.#",
            "###### ...... ###### ...... ###### ......",
            "#..#.. #..#.. #..#.. #..#.. #..#.. #..#..",
            "#..#.. ..#..# .#..#. #..#.. ..#..# .#..#.",
            "###... ###... ...### ...### ###... ###...",
            "###### #..... #..#.. #.#.#. #..#.. #.....",
            "###### ###... ##.##. #.#.#. #.##.# #...##",
            "#.#.#. ...### #...## .#.#.# ###... .###..",
        ];
        for (mask, expected) in masks.into_iter().enumerate() {
            let row = |row: usize| -> String {
                let module = |column| if is_masked(mask as u8, column, row) { '#' } else { '.' };
                (0..6).map(module).collect()
            };
            let rows: Vec<String> = (0..6).map(row).collect();
            assert_eq!(rows.join(" "), expected, "mask {mask}");
        }
    }

    /// ISO/IEC 18004, 7.7.3: up from the lower right corner, round a turn, and over the
    /// timing pattern's column.
    #[test]
    fn data_goes_up_and_down_in_strips_two_modules_wide() {
        let modules = data_modules(Version::new(1).unwrap());
        let modules: Vec<_> = modules.iter().map(|module| module.place()).collect();
        assert_eq!(modules[..4], [(20, 20), (19, 20), (20, 19), (19, 19)]);
        // The finder pattern above takes up the rows to 8, its format information included.
        assert_eq!(modules[22..26], [(20, 9), (19, 9), (18, 9), (17, 9)]);
        let row_6 = modules.iter().filter(|(_, row)| *row == 6).count();
        let column_6 = modules.iter().filter(|(column, _)| *column == 6).count();
        assert_eq!((row_6, column_6), (0, 0));
        assert_eq!(modules[modules.len() - 2..], [(1, 12), (0, 12)]);
    }
}
