use std::cell::OnceCell;

/// An image of dark and light pixels.
pub(crate) struct Bits {
    rows: Lines,
    /// Made on demand: where nothing looks like a finder pattern along the rows, it is not needed.
    columns: OnceCell<Lines>,
}

/// Rows, or columns, of pixels; 64 in a word.
struct Lines {
    words: Vec<u64>,
    words_per_line: usize,
    length: usize,
}

impl Bits {
    /// `words` are the rows, each of whole words; a pixel that is dark is a bit that is set, the first
    /// one the lowest.
    pub(super) fn new(words: Vec<u64>, width: usize) -> Self {
        let rows = Lines { words, words_per_line: width.div_ceil(64), length: width };
        Self { rows, columns: OnceCell::new() }
    }

    pub(crate) fn width(&self) -> usize {
        self.rows.length
    }

    pub(crate) fn height(&self) -> usize {
        self.rows.count()
    }

    /// Whether a pixel of the image is dark.
    #[inline]
    pub(crate) fn is_dark(&self, x: usize, y: usize) -> bool {
        self.rows.is_set(y, x)
    }

    /// Where the colour changes along a row: at x when the pixels at x - 1 and x differ. Begins
    /// with 0 and ends with the width, so that two successive ones are the ends of a run.
    pub(crate) fn changes(&self, y: usize, changes: &mut Vec<u32>) {
        changes.clear();
        changes.push(0);
        let row = self.rows.line(y);
        let mut before = row[0] & 1;
        for (start, word) in (0..).step_by(64).zip(row) {
            let mut differs = word ^ (word << 1 | before);
            before = word >> 63;
            while differs != 0 {
                changes.push(start + differs.trailing_zeros());
                differs &= differs - 1;
            }
        }
        let width = self.width() as u32;
        while changes.last().is_some_and(|last| *last >= width) {
            changes.pop();
        }
        changes.push(width);
    }

    /// The runs on a line from a pixel in a direction: what is left of its own, without itself, and the
    /// next two, of which the last may end at the edge. `None` if there are not so many.
    pub(crate) fn runs(&self, x: usize, y: usize, direction: (isize, isize)) -> Option<[u32; 3]> {
        match direction {
            (right, 0) => self.rows.runs(y, x, right > 0),
            (0, down) => self.columns.get_or_init(|| self.rows.transposed()).runs(x, y, down > 0),
            _ => self.diagonal_runs(x, y, direction),
        }
    }

    fn diagonal_runs(&self, x: usize, y: usize, (right, down): (isize, isize)) -> Option<[u32; 3]> {
        let to_edge = |at: usize, size: usize, direction: isize| match direction {
            0.. => size - 1 - at,
            _ => at,
        };
        let count = to_edge(x, self.width(), right).min(to_edge(y, self.height(), down));
        let (mut runs, mut run) = ([0; 3], 0);
        let mut colour = self.is_dark(x, y);
        let (mut x, mut y) = (x, y);
        for _ in 0..count {
            (x, y) = (x.wrapping_add_signed(right), y.wrapping_add_signed(down));
            if self.is_dark(x, y) != colour {
                run += 1;
                colour = !colour;
                if run == 3 {
                    break;
                }
            }
            runs[run] += 1;
        }
        (runs[2] > 0).then_some(runs)
    }
}

impl Lines {
    fn count(&self) -> usize {
        self.words.len() / self.words_per_line
    }

    fn line(&self, line: usize) -> &[u64] {
        &self.words[line * self.words_per_line..(line + 1) * self.words_per_line]
    }

    #[inline]
    fn is_set(&self, line: usize, at: usize) -> bool {
        self.words[line * self.words_per_line + at / 64] >> (at % 64) & 1 != 0
    }

    fn runs(&self, line: usize, at: usize, forward: bool) -> Option<[u32; 3]> {
        let words = self.line(line);
        let run =
            |at: usize| if forward { self.run_after(words, at) } else { run_before(words, at) };
        let left = if forward { self.length - 1 - at } else { at };
        let rest = run(at);
        let step = |by: usize| if forward { at + by } else { at - by };
        if rest == left {
            return None;
        }
        let next = 1 + run(step(rest + 1));
        if rest + next == left {
            return None;
        }
        let last = 1 + run(step(rest + next + 1));
        Some([rest, next, last].map(|run| run as u32))
    }

    /// How many pixels of the same colour come after one.
    fn run_after(&self, words: &[u64], at: usize) -> usize {
        let (mut word, bit) = (at / 64, at % 64);
        let same = if words[word] >> bit & 1 == 0 { 0 } else { u64::MAX };
        let mut others = (words[word] ^ same) & (u64::MAX << bit << 1);
        while others == 0 {
            word += 1;
            if word == words.len() {
                return self.length - 1 - at;
            }
            others = words[word] ^ same;
        }
        // What fills the last word may be of either colour.
        (64 * word + others.trailing_zeros() as usize).min(self.length) - 1 - at
    }

    fn transposed(&self) -> Self {
        let (count, words_per_line) = (self.count(), self.count().div_ceil(64));
        let mut words = vec![0; self.length * words_per_line];
        for column in 0..self.words_per_line {
            for row in 0..words_per_line {
                let lines = 64 * row..count.min(64 * row + 64);
                let mut block = [0; 64];
                for (word, line) in block.iter_mut().zip(lines) {
                    *word = self.words[line * self.words_per_line + column];
                }
                transpose(&mut block);
                let lines = 64 * column..self.length.min(64 * column + 64);
                for (word, line) in block.iter().zip(lines) {
                    words[line * words_per_line + row] = *word;
                }
            }
        }
        Self { words, words_per_line, length: count }
    }
}

/// How many pixels of the same colour come before one.
fn run_before(words: &[u64], at: usize) -> usize {
    let (mut word, bit) = (at / 64, at % 64);
    let same = if words[word] >> bit & 1 == 0 { 0 } else { u64::MAX };
    let mut others = (words[word] ^ same) & !(u64::MAX << bit);
    while others == 0 {
        if word == 0 {
            return at;
        }
        word -= 1;
        others = words[word] ^ same;
    }
    at - 1 - (64 * word + 63 - others.leading_zeros() as usize)
}

/// Swaps rows and columns: ever smaller blocks on either side of the diagonal.
fn transpose(block: &mut [u64; 64]) {
    let (mut half, mut low) = (32, u64::MAX >> 32);
    while half > 0 {
        for start in (0..64).step_by(2 * half) {
            for row in start..start + half {
                let differs = (block[row] >> half ^ block[row + half]) & low;
                block[row] ^= differs << half;
                block[row + half] ^= differs;
            }
        }
        half /= 2;
        low ^= low << half;
    }
}

#[cfg(test)]
mod tests {
    use super::Bits;

    /// A little of everything: stripes of all widths, dots, and edges in the last words.
    fn is_dark(x: usize, y: usize) -> bool {
        (x / (y % 9 + 1) + y / (x % 7 + 1)).is_multiple_of(2)
    }

    fn drawn(width: usize, height: usize) -> Bits {
        let word = |y: usize, start: usize| {
            let pixels = start..width.min(start + 64);
            pixels.fold(0, |word, x| word | u64::from(is_dark(x, y)) << (x - start))
        };
        let row = |y: usize| (0..width).step_by(64).map(move |start| word(y, start));
        Bits::new((0..height).flat_map(row).collect(), width)
    }

    #[test]
    fn runs_are_those_of_the_pixels_in_all_directions() {
        for (width, height) in [(21, 21), (64, 130), (131, 64), (70, 33)] {
            let bits = drawn(width, height);
            assert_eq!((bits.width(), bits.height()), (width, height));
            let directions = [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1)];
            for (x, y) in (0..height).flat_map(|y| (0..width).map(move |x| (x, y))) {
                for direction in directions {
                    let step = |(x, y): &(usize, usize)| {
                        let x = x.checked_add_signed(direction.0).filter(|x| *x < width)?;
                        let y = y.checked_add_signed(direction.1).filter(|y| *y < height)?;
                        Some((x, y))
                    };
                    let line = std::iter::successors(Some((x, y)), step);
                    let line: Vec<bool> = line.map(|(x, y)| is_dark(x, y)).collect();
                    let runs: Vec<u32> =
                        line.chunk_by(|a, b| a == b).map(|run| run.len() as u32).collect();
                    let expected = match runs[..] {
                        [first, second, third, ..] => Some([first - 1, second, third]),
                        _ => None,
                    };
                    assert_eq!(bits.runs(x, y, direction), expected, "{x} {y} {direction:?}");
                }
            }
        }
    }

    #[test]
    fn changes_are_the_ends_of_the_runs_of_a_row() {
        let bits = drawn(131, 20);
        let mut changes = Vec::new();
        for y in 0..20 {
            bits.changes(y, &mut changes);
            let differs = |x: &usize| is_dark(*x, y) != is_dark(x - 1, y);
            let inner = (1..131).filter(differs).map(|x| x as u32);
            let expected: Vec<u32> = [0].into_iter().chain(inner).chain([131]).collect();
            assert_eq!(changes, expected);
        }
    }
}
