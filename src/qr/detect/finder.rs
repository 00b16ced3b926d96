//! The search for finder patterns (ISO/IEC 18004, 6.3.3): a middle of 3 by 3 modules within a ring
//! of the other colour within a ring of its own, so that a line through the middle crosses runs in
//! the ratio 1:1:3:1:1.

use crate::qr::image::Bits;

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
pub(crate) fn find_finder_patterns(bits: &Bits, step: usize, limit: usize) -> Vec<FinderCandidate> {
    let mut found: Vec<FinderCandidate> = Vec::new();
    let mut checks = limit * CHECKS_PER_FINDER;
    let (mut changes, mut crossings) = (Vec::new(), Vec::new());
    // First coarsely over the whole image: if texture uses up the limit, it does not hide what is
    // below it.
    let passes = [0, 2, 1, 3].into_iter();
    for y in passes.flat_map(|pass| (pass * step..bits.height()).step_by(4 * step)) {
        bits.changes(y, &mut changes);
        let first_is_dark = bits.is_dark(0, y);
        find_crossings(&changes, &mut crossings);
        for (at, _) in crossings.iter().enumerate().filter(|(_, might_be)| **might_be != 0) {
            let ends = &changes[at..at + 6];
            let runs = [0, 1, 2, 3, 4].map(|i| ends[i + 1] - ends[i]);
            let Some(module) = module_of(runs, ROW_SLACK) else { continue };
            checks -= 1;
            if checks == 0 {
                return found;
            }
            let dark = first_is_dark ^ (at % 2 != 0);
            let Some(finder) = confirmed(bits, (ends[2] + ends[3]) / 2, y, module, dark) else {
                continue;
            };
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

/// Of each five runs that begin at one of `changes`, whether they might cross a finder pattern: a
/// coarse [`module_of`] in whole numbers, without a branch, so that the compiler can vectorize
/// it. It rejects most runs of an image with texture.
fn find_crossings(changes: &[u32], crossings: &mut Vec<u32>) {
    crossings.clear();
    let count = changes.len().saturating_sub(5);
    let from = |start: usize| changes[start.min(changes.len())..].iter();
    let ends = from(0).zip(from(1)).zip(from(2)).zip(from(3)).zip(from(4)).zip(from(5));
    crossings.extend(ends.take(count).map(|(((((p, q), r), s), t), u)| {
        let (a, b, middle, d, e) = (q - p, r - q, s - r, t - s, u - t);
        // Twelve times the size of a module.
        let modules = a + e + 2 * (b + middle + d);
        let between = |run: u32, (least, most): (u32, u32)| {
            u32::from(120 * run >= least * modules) & u32::from(120 * run <= most * modules)
        };
        between(middle, MIDDLE_TENTHS) & between(a + b, PAIR_TENTHS) & between(d + e, PAIR_TENTHS)
    }));
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

/// The size of a module, if the runs have the ratio of those through a finder pattern.
///
/// What is compared are distances from an edge to the next one of the same kind, dark to light or
/// light to dark: ink that spreads, or light that blooms, moves both by the same amount.
fn module_of(runs: [u32; 5], slack: f32) -> Option<f32> {
    let [a, b, middle, d, e] = runs.map(|run| run as f32);
    let module = (a + e + 2.0 * (b + middle + d)) / 12.0;
    let slack = slack * module;
    let fits = module >= 0.9
        && (a + b - 2.0 * module).abs() <= slack
        && (d + e - 2.0 * module).abs() <= slack
        && (b + middle - 4.0 * module).abs() <= 1.4 * slack
        && (middle + d - 4.0 * module).abs() <= 1.4 * slack
        && (MIN_MIDDLE..=MAX_MIDDLE).contains(&(middle / module))
        && [a, b, d, e].iter().all(|run| *run >= 0.25 * module);
    fits.then_some(module)
}

/// The pattern around a pixel of its middle, if lines through it downwards, to the right and along a
/// diagonal have the right ratio too.
fn confirmed(bits: &Bits, x: u32, y: usize, module: f32, dark: bool) -> Option<FinderCandidate> {
    let longest = (3.5 * module) as u32 + 3;
    let cross = |x, y, direction| cross(bits, x, y, direction, dark, longest);
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
) -> Option<(f32, f32)> {
    if x >= bits.width() || y >= bits.height() || bits.is_dark(x, y) != dark {
        return None;
    }
    let half = |right: isize, down: isize| -> Option<[u32; 3]> {
        let steps =
            steps_to_edge(bits.width(), x, right).min(steps_to_edge(bits.height(), y, down));
        let mut runs = [0_u32; 3];
        let (mut x, mut y) = (x as isize, y as isize);
        let mut run = 0;
        let mut wanted = dark;
        for _ in 0..steps {
            (x, y) = (x + right, y + down);
            if bits.is_dark(x as usize, y as usize) != wanted {
                run += 1;
                wanted = !wanted;
                if run == 3 {
                    break;
                }
            }
            runs[run] += 1;
            if runs[run] > if run == 0 { 3 * longest } else { longest } {
                return None;
            }
        }
        runs.iter().skip(1).all(|run| *run > 0).then_some(runs)
    };
    let [before, b, a] = half(-right, -down)?;
    let [after, d, e] = half(right, down)?;
    let module = module_of([a, b, before + after + 1, d, e], CROSS_SLACK)?;
    Some(((after as f32 - before as f32) / 2.0, module))
}

fn steps_to_edge(size: usize, at: usize, direction: isize) -> usize {
    match direction {
        0 => usize::MAX,
        1.. => size - 1 - at,
        _ => at,
    }
}

// In modules: how far a distance may be off. A row may pass beside the middle of a slanted
// pattern; the lines that confirm it pass through the middle, but a diagonal of few pixels is
// coarse.
const ROW_SLACK: f32 = 0.9;
const CROSS_SLACK: f32 = 1.1;
// In modules: how long the middle run may be, which is 3 modules.
const MIN_MIDDLE: f32 = 1.6;
const MAX_MIDDLE: f32 = 4.4;
// The same for whole numbers, in tenths of a module: of the middle, and of the two runs beside it,
// which are 2 modules.
const MIDDLE_TENTHS: (u32, u32) = (tenths(MIN_MIDDLE), tenths(MAX_MIDDLE));
const PAIR_TENTHS: (u32, u32) = (tenths(2.0 - ROW_SLACK), tenths(2.0 + ROW_SLACK));

const fn tenths(modules: f32) -> u32 {
    (10.0 * modules + 0.5) as u32
}
// A pattern is seen in several rows, and most of what looks like one in a row is not.
const CHECKS_PER_FINDER: usize = 24;

#[cfg(test)]
mod tests {
    use super::{ROW_SLACK, find_crossings, module_of};

    /// The coarse test in whole numbers lets through all that the exact one does, and little else.
    #[test]
    fn the_coarse_test_of_runs_hides_no_finder_pattern() {
        let (mut both, mut coarse_only) = (0, 0);
        let lengths = 1_u32..=9;
        let mut crossings = Vec::new();
        for middle in lengths.clone() {
            for (a, b) in lengths.clone().flat_map(|a| (1_u32..=9).map(move |b| (a, b))) {
                for (d, e) in lengths.clone().flat_map(|d| (1_u32..=9).map(move |e| (d, e))) {
                    let runs = [a, b, middle, d, e];
                    let mut changes = vec![0];
                    changes.extend(runs.iter().scan(0, |end, run| {
                        *end += run;
                        Some(*end)
                    }));
                    find_crossings(&changes, &mut crossings);
                    let is_coarse = crossings == [1];
                    match module_of(runs, ROW_SLACK) {
                        Some(_) => {
                            assert!(is_coarse, "{runs:?}");
                            both += 1;
                        }
                        None => coarse_only += u32::from(is_coarse),
                    }
                }
            }
        }
        assert!(coarse_only < both, "{coarse_only} {both}");
    }
}
