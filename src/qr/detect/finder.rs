//! The search for finder patterns (ISO/IEC 18004, 6.3.3): a middle of 3 by 3 modules within a ring
//! of the other colour within a ring of its own, so that a line through the middle crosses runs in
//! the ratio 1:1:3:1:1.

use crate::qr::budget::Budget;
use crate::qr::image::{Bits, pack_bits};

/// What may be a finder pattern.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FinderCandidate {
    /// The middle, in pixels.
    pub(crate) x: f32,
    pub(crate) y: f32,
    /// The size of a module, in pixels.
    pub(crate) module_size: f32,
    /// Whether the middle is dark, as it is unless the code is light on dark.
    pub(crate) dark: bool,
    /// How many rows showed it.
    pub(crate) rows: u32,
}

/// Searches every `step`th row for finder patterns. They come in no particular order, and at most
/// `limit` of them: more than that is texture.
///
/// `merged` also finds those whose outer ring runs, on one side of each line through the middle, into
/// something of its colour: a dark page around a code without a quiet zone, or a bar beside it.
/// And those that have a hole or a notch in the middle.
pub(crate) fn find_finder_patterns(
    bits: &Bits,
    step: usize,
    limit: usize,
    merged: bool,
    budget: &Budget,
) -> Vec<FinderCandidate> {
    let mut found: Vec<FinderCandidate> = Vec::new();
    let mut checks = limit * CHECKS_PER_FINDER;
    let (mut changes, mut places) = (Vec::new(), Vec::new());
    // First coarsely over the whole image: if texture uses up the limit, it does not hide what is
    // below it.
    let passes = [0, 2, 1, 3].into_iter();
    for y in passes.flat_map(|pass| (pass * step..bits.height()).step_by(4 * step)) {
        bits.changes(y, &mut changes);
        let first_is_dark = bits.is_dark(0, y);
        places.clear();
        if merged {
            places.extend(crossings::<true>(&changes));
        } else {
            places.extend(crossings::<false>(&changes));
        }
        for &at in &places {
            let ends = &changes[at..at + 6];
            let runs = [0, 1, 2, 3, 4].map(|i| (ends[i + 1] - ends[i]) as f32);
            let module = module_size(if merged { cut(runs) } else { runs });
            let dark = first_is_dark ^ (at % 2 != 0);
            checks -= 1;
            if checks == 0 || !budget.spend(UNITS_PER_CHECK + found.len() / 32) {
                return found;
            }
            let x = (ends[2] + ends[3]) / 2;
            let Some(finder) = confirmed(bits, x, y, module, dark, merged) else { continue };
            // The nearest row of the same pattern is likely among the last.
            match found.iter().rposition(|known| known.is_same(&finder)) {
                Some(known) => found[known].add(&finder),
                None if found.len() == limit => return found,
                None => found.push(finder),
            }
        }
    }
    found
}

/// Which of the `changes` of a row begin five runs with the ratio of those through a finder pattern.
///
/// All are tested, without a branch, so that the compiler can vectorize the test; few pass it.
fn crossings<const MERGED: bool>(changes: &[u32]) -> impl Iterator<Item = usize> {
    let count = changes.len().saturating_sub(5);
    (0..count).step_by(LANES).flat_map(move |start| {
        let mut ends = [0; LANES + 5];
        let known = (changes.len() - start).min(ends.len());
        ends[..known].copy_from_slice(&changes[start..start + known]);
        let mut fits = [0_u32; LANES];
        for (at, fits) in fits.iter_mut().enumerate() {
            // Signed numbers are converted faster.
            let run = |i: usize| (ends[at + i + 1] as i32 - ends[at + i] as i32) as f32;
            let runs = [run(0), run(1), run(2), run(3), run(4)];
            *fits = u32::from(has_ratio(if MERGED { cut(runs) } else { runs }, ROW_SLACK));
        }
        let mut fits =
            pack_bits(&fits.map(|fits| fits as u8)) & ((1 << (count - start).min(LANES)) - 1);
        std::iter::from_fn(move || {
            let at = (fits != 0).then(|| start + fits.trailing_zeros() as usize);
            fits &= fits.wrapping_sub(1);
            at
        })
    })
}

impl FinderCandidate {
    /// From middle to middle, in pixels.
    pub(crate) fn distance(&self, other: &Self) -> f32 {
        (other.x - self.x).hypot(other.y - self.y)
    }

    fn is_same(&self, other: &Self) -> bool {
        let near = 2.2 * self.module_size;
        self.dark == other.dark
            && (self.x - other.x).abs() < near
            && (self.y - other.y).abs() < near
            && self.module_size < 2.0 * other.module_size
            && other.module_size < 2.0 * self.module_size
    }

    fn add(&mut self, other: &Self) {
        let (old, new) = (self.rows as f32, (self.rows + 1) as f32);
        self.x = (self.x * old + other.x) / new;
        self.y = (self.y * old + other.y) / new;
        self.module_size = (self.module_size * old + other.module_size) / new;
        self.rows += 1;
    }
}

/// The size of a module, of five runs through a finder pattern.
#[inline]
fn module_size([a, b, middle, d, e]: [f32; 5]) -> f32 {
    (a + e + 2.0 * (b + middle + d)) * (1.0 / 12.0)
}

/// Whether the runs have the ratio of those through a finder pattern.
///
/// What is compared are distances from an edge to the next one of the same kind, dark to light or
/// light to dark: ink that spreads, or light that blooms, moves both by the same amount.
#[inline]
fn has_ratio(runs: [f32; 5], slack: f32) -> bool {
    let [a, b, middle, d, e] = runs;
    let module = module_size(runs);
    let slack = slack * module;
    let shortest = 0.25 * module;
    (module >= 0.9)
        & ((a + b - 2.0 * module).abs() <= slack)
        & ((d + e - 2.0 * module).abs() <= slack)
        & ((b + middle - 4.0 * module).abs() <= 1.4 * slack)
        & ((middle + d - 4.0 * module).abs() <= 1.4 * slack)
        & (middle >= MIN_MIDDLE * module)
        & (middle <= MAX_MIDDLE * module)
        & (a >= shortest)
        & (b >= shortest)
        & (d >= shortest)
        & (e >= shortest)
}

/// The runs as if what the outermost ones run into had another colour. At most one of them is cut:
/// what is left of a pattern that runs into its surroundings on both sides, anything has.
fn cut([a, b, middle, d, e]: [f32; 5]) -> [f32; 5] {
    // Of a pattern's seven modules, five are within the outer ring; and two from edge to similar edge.
    let pair = 0.4 * (b + middle + d);
    match (a + b > 1.5 * pair, d + e > 1.5 * pair) {
        (true, false) => [pair - b, b, middle, d, e],
        (false, true) => [a, b, middle, d, pair - d],
        _ => [a, b, middle, d, e],
    }
}

/// The pattern around a pixel of its middle, if lines through it downwards, to the right and along a
/// diagonal have the right ratio too.
fn confirmed(
    bits: &Bits,
    x: u32,
    y: usize,
    module: f32,
    dark: bool,
    merged: bool,
) -> Option<FinderCandidate> {
    let longest = (3.5 * module) as u32 + 3;
    let cross = |x: usize, y: usize, direction: (isize, isize)| {
        let at = |x, y| cross(bits, x, y, direction, dark, longest, merged);
        let aside = module as usize;
        if !merged || aside < 2 {
            return at(x, y);
        }
        // A pattern with a hole or a notch in the middle is whole a module beside it.
        let (right, down) = if direction.1 == 0 { (0, aside) } else { (aside, 0) };
        let before = || at(x.checked_sub(right)?, y.checked_sub(down)?);
        let mut lines: Vec<_> =
            [before(), at(x, y), at(x + right, y + down)].into_iter().flatten().collect();
        lines.sort_by(|a, b| a.0.total_cmp(&b.0));
        lines.get(lines.len() / 2).copied()
    };
    let x = x as usize;
    let (up_down, height) = cross(x, y, (0, 1))?;
    let y = (y as f32 + up_down).max(0.0);
    let (left_right, width) = cross(x, y as usize, (1, 0))?;
    let x = (x as f32 + left_right).max(0.0);
    if width > 3.0 * height || height > 3.0 * width {
        return None;
    }
    let diagonal = |direction| cross(x as usize, y as usize, direction).is_some();
    (diagonal((1, 1)) || diagonal((1, -1))).then_some(FinderCandidate {
        x: x + 0.5,
        y: y + 0.5,
        module_size: (width * height).sqrt(),
        dark,
        rows: 1,
    })
}

/// Follows a line from a pixel both ways along a direction, through the three runs on either side. Returns
/// how far the middle of the middle run is, and the size of a module, both in steps. Gives up when
/// a ring is wider than `longest`, or the middle three times that.
fn cross(
    bits: &Bits,
    x: usize,
    y: usize,
    (right, down): (isize, isize),
    dark: bool,
    longest: u32,
    merged: bool,
) -> Option<(f32, f32)> {
    if x >= bits.width() || y >= bits.height() || bits.is_dark(x, y) != dark {
        return None;
    }
    let half = |direction| {
        let runs @ [rest, ring, outer] = bits.runs(x, y, direction)?;
        let is_short = rest <= 3 * longest && ring <= longest && (merged || outer <= longest);
        is_short.then_some(runs)
    };
    let [before, b, a] = half((-right, -down))?;
    let [after, d, e] = half((right, down))?;
    let runs = [a, b, before + after + 1, d, e].map(|run| run as f32);
    let runs = if merged { cut(runs) } else { runs };
    has_ratio(runs, CROSS_SLACK).then(|| ((after as f32 - before as f32) / 2.0, module_size(runs)))
}

// So many places are tested at once: a row has some tens.
const LANES: usize = 16;
// Of the budget: to follow four lines, and to compare with some known patterns.
const UNITS_PER_CHECK: usize = 12;
// In modules: how far a distance may be off. A row may pass beside the middle of a slanted
// pattern; the lines that confirm it pass through the middle, but a diagonal of few pixels is
// coarse.
const ROW_SLACK: f32 = 0.9;
const CROSS_SLACK: f32 = 1.1;
// In modules: how long the middle run may be, which is 3 modules.
const MIN_MIDDLE: f32 = 1.6;
const MAX_MIDDLE: f32 = 4.4;
// A pattern is seen in several rows, and most of what looks like one in a row is not.
const CHECKS_PER_FINDER: usize = 24;

#[cfg(test)]
mod tests {
    use super::{ROW_SLACK, crossings, has_ratio};

    /// A row of many words, and every place in them.
    #[test]
    fn a_crossing_is_found_wherever_it_is_in_a_row() {
        let mut changes: Vec<u32> = vec![0];
        for at in 0..200 {
            // Runs of 1:1:3:1:1, each pattern after one more long run than the one before.
            let runs = std::iter::repeat_n(40, at % 7 + 1).chain([2, 2, 6, 2, 2]);
            changes.extend(runs.scan(changes[changes.len() - 1], |end, run| {
                *end += run;
                Some(*end)
            }));
        }
        let expected: Vec<usize> = (0..changes.len() - 5)
            .filter(|at| {
                let run = |i: usize| (changes[at + i + 1] - changes[at + i]) as f32;
                has_ratio([run(0), run(1), run(2), run(3), run(4)], ROW_SLACK)
            })
            .collect();
        assert_eq!(crossings::<false>(&changes).collect::<Vec<_>>(), expected);
        assert_eq!(expected.len(), 200);
        assert_eq!(crossings::<false>(&[0, 9]).count(), 0);
    }

    #[test]
    fn ink_that_spreads_does_not_hide_a_finder_pattern() {
        let spread = |by: f32| [4.0 + by, 4.0 - by, 12.0 + by, 4.0 - by, 4.0 + by];
        for by in [-2.0, 0.0, 2.0] {
            assert!(has_ratio(spread(by), ROW_SLACK), "{by}");
        }
        for other in [[4.0; 5], [4.0, 12.0, 4.0, 4.0, 4.0], [0.5, 0.5, 1.5, 0.5, 0.5]] {
            assert!(!has_ratio(other, ROW_SLACK), "{other:?}");
        }
    }
}
