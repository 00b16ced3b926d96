//! One pass: all the codes of a binarized image.

use std::cmp::Reverse;

use super::deadline::Deadline;
use super::detect::{
    Detection, FinderCandidate, FinderPattern, FinderTriple, ReadResult, find_finder_patterns,
};
use super::image::{Bits, Plane};
use super::{ImagePoint, QrCode, middle};

/// What a pass found.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) codes: Vec<QrCode>,
    pub(super) unread: Option<Detection>,
    /// Where there may be a code: finder patterns in three corners of a square, or two that are clear.
    pub(super) hint: Option<Place>,
}

/// A part of an image with all of a code that may be there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) middle: ImagePoint,
    /// How far it goes at most, to each side.
    pub(super) reach: f32,
}

impl Findings {
    /// The same in the coordinates of an image of which this is a part, downscaled by `scale`; (`left`,
    /// `top`) is the part's top left corner.
    pub(super) fn in_image(mut self, scale: f32, (left, top): (usize, usize)) -> Self {
        let placed = |point: ImagePoint| {
            let ImagePoint { x, y } = point.scaled(scale);
            ImagePoint { x: x + left as f32, y: y + top as f32 }
        };
        for code in &mut self.codes {
            code.corners = code.corners.map(placed);
        }
        self.hint = self
            .hint
            .map(|Place { middle, reach }| Place { middle: placed(middle), reach: scale * reach });
        if let Some(unread) = &mut self.unread {
            unread.corners = unread.corners.map(placed);
            unread.module_size *= scale;
        }
        self
    }
}

/// Reads every code that `bits` show, until the `deadline`.
pub(super) fn read(plane: &Plane<'_>, bits: &Bits, deadline: Deadline) -> Findings {
    let (mut findings, crowded) = read_among(plane, bits, &FEW, deadline);
    if crowded && !deadline.is_over() {
        let (others, _) = read_among(plane, bits, &MANY, deadline);
        findings.hint = findings.hint.or(others.hint);
        findings.unread = findings.unread.or(others.unread);
        QrCode::merge(&mut findings.codes, others.codes);
    }
    findings
}

/// Limits of the search.
struct Effort {
    /// How many finder patterns, the most likely ones.
    patterns: usize,
    /// How many of what looks like one in a row.
    finders: usize,
    /// How many triples may turn out not to be a code, in units of cheap ones, before the less likely
    /// rest is ignored.
    failures: usize,
}

/// Also returns whether it was crowded: there were as many clear patterns as the limit allows.
fn read_among(
    plane: &Plane<'_>,
    bits: &Bits,
    effort: &Effort,
    deadline: Deadline,
) -> (Findings, bool) {
    let mut findings = Findings::default();
    let patterns = patterns(bits, effort);
    #[cfg(feature = "inspect")]
    super::inspect::begin_search(&patterns);
    let mut used = vec![false; patterns.len()];
    // Three patterns that look like a code do not look like one in another order.
    let mut unread: Vec<[usize; 3]> = Vec::new();
    let mut failures = 0;
    for triple in triples(&patterns) {
        let at = [triple.top_left, triple.top_right, triple.bottom_left];
        let is_unread = |known: &[usize; 3]| known.iter().all(|known| at.contains(known));
        if at.iter().any(|at| used[*at]) || unread.iter().any(is_unread) {
            continue;
        }
        if failures >= effort.failures || deadline.is_over() {
            break;
        }
        let [top_left, top_right, bottom_left] = at.map(|at| &patterns[at]);
        let result = (FinderTriple { top_left, top_right, bottom_left }).read(plane, bits);
        #[cfg(feature = "inspect")]
        super::inspect::end_triple(at, &result);
        if matches!(result, ReadResult::Unread(_) | ReadResult::Square) {
            // All corners are within half of the diagonal.
            findings.hint.get_or_insert(Place::between(top_right, bottom_left, 0.5));
        }
        match result {
            ReadResult::Read(code) => {
                // The patterns that are left may well belong to no code.
                failures = effort.failures / 2;
                for at in at {
                    used[at] = true;
                }
                findings.codes.push(code);
            }
            ReadResult::Unread(detection) => {
                failures += EXPENSIVE;
                findings.unread.get_or_insert(detection);
                unread.push(at);
            }
            ReadResult::Square => failures += EXPENSIVE,
            ReadResult::Nothing => failures += 1,
        }
    }
    let left = patterns.iter().zip(&used).filter(|(_, used)| !**used).map(|(pattern, _)| pattern);
    findings.hint = findings.hint.or_else(|| clear_pair(left));
    let crowded = patterns.len() == effort.patterns && patterns.iter().all(FinderPattern::is_clear);
    (findings, crowded)
}

/// Around the first two clear patterns that may belong to one code.
fn clear_pair<'a>(patterns: impl Iterator<Item = &'a FinderPattern>) -> Option<Place> {
    let clear: Vec<_> = patterns.filter(|pattern| pattern.is_clear()).collect();
    clear.iter().enumerate().find_map(|(at, one)| {
        let fits = |other: &&&FinderPattern| modules_between(&one.finder, &other.finder).is_some();
        // They may be at the ends of a side; the code is on this side of it or that.
        clear[at + 1..].iter().find(fits).map(|other| Place::between(one, other, 1.0))
    })
}

impl Place {
    /// Around a code.
    pub(super) fn of(code: &QrCode) -> Self {
        let [top_left, _, bottom_right, _] = code.corners;
        Self { middle: middle(&code.corners), reach: 0.7 * top_left.distance(bottom_right) }
    }

    /// So many times as wide.
    pub(super) fn wider(self, times: f32) -> Self {
        Self { reach: times * self.reach, ..self }
    }

    /// This part of an image, and its top left corner.
    pub(super) fn part_of<'a>(&self, plane: &'a Plane<'_>) -> (Plane<'a>, (usize, usize)) {
        let span = |middle: f32, whole: usize| {
            let start = ((middle - self.reach).max(0.0) as usize).min(whole.saturating_sub(1));
            let end = ((middle + self.reach).max(0.0) as usize).clamp(start, whole);
            (start, end - start)
        };
        let (left, width) = span(self.middle.x, plane.width());
        let (top, height) = span(self.middle.y, plane.height());
        (plane.crop(left, top, width, height), (left, top))
    }

    /// Around two finder patterns of a code, so many of their distances to each side.
    fn between(one: &FinderPattern, other: &FinderPattern, share: f32) -> Self {
        let (a, b) = (&one.finder, &other.finder);
        Self {
            middle: ImagePoint { x: (a.x + b.x) / 2.0, y: (a.y + b.y) / 2.0 },
            reach: share * a.distance(b) + MARGIN * a.module_size.max(b.module_size),
        }
    }
}

/// The finder patterns, the most likely first.
fn patterns(bits: &Bits, effort: &Effort) -> Vec<FinderPattern> {
    let mut finders = find_finder_patterns(bits, ROW_STEP, effort.finders);
    finders.sort_by_key(|finder| Reverse(finder.rows));
    finders.truncate(3 * effort.patterns);
    let mut patterns: Vec<_> =
        finders.into_iter().filter_map(|finder| FinderPattern::new(bits, finder)).collect();
    let likelihood =
        |pattern: &FinderPattern| pattern.quality * (1 + pattern.finder.rows.min(MANY_ROWS)) as f32;
    patterns.sort_by(|a, b| likelihood(b).total_cmp(&likelihood(a)));
    patterns.truncate(effort.patterns);
    patterns
}

/// Indices of patterns that may belong to one code, and how unlikely that is.
struct TripleCandidate {
    top_left: usize,
    top_right: usize,
    bottom_left: usize,
    cost: f32,
}

/// The triples that could be three corners of a square in perspective, the most likely first.
fn triples(patterns: &[FinderPattern]) -> Vec<TripleCandidate> {
    let mut candidates = Vec::new();
    for (top_left, pattern) in patterns.iter().enumerate() {
        let neighbours = neighbours(patterns, pattern);
        for (i, (first, modules)) in neighbours.iter().enumerate() {
            for (second, other_modules) in &neighbours[i + 1..] {
                let [a, b, c] = [top_left, *first, *second].map(|at| &patterns[at]);
                let Some(shape) = shape(&a.finder, &b.finder, &c.finder, modules / other_modules)
                else {
                    continue;
                };
                let rows = |pattern: &&FinderPattern| pattern.finder.rows.min(MANY_ROWS);
                let rows: u32 = [a, b, c].iter().map(rows).sum();
                let quality: f32 = [a, b, c].iter().map(|pattern| pattern.quality).sum();
                let (top_right, bottom_left) = if turns_right(&a.finder, &b.finder, &c.finder) {
                    (*first, *second)
                } else {
                    (*second, *first)
                };
                let cost = shape - QUALITY_WEIGHT * quality - ROWS_WEIGHT * rows as f32;
                candidates.push(TripleCandidate { top_left, top_right, bottom_left, cost });
            }
        }
    }
    candidates.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    candidates
}

/// The nearest patterns that may belong to the same code, with their distance in modules.
fn neighbours(patterns: &[FinderPattern], pattern: &FinderPattern) -> Vec<(usize, f32)> {
    let mut neighbours: Vec<_> = patterns
        .iter()
        .enumerate()
        .filter_map(|(at, other)| Some((at, modules_between(&pattern.finder, &other.finder)?)))
        .collect();
    if neighbours.len() > MAX_NEIGHBOURS {
        neighbours.select_nth_unstable_by(MAX_NEIGHBOURS, |a, b| a.1.total_cmp(&b.1));
        neighbours.truncate(MAX_NEIGHBOURS);
    }
    neighbours
}

/// The distance of two patterns in modules, if they may belong to one code.
fn modules_between(one: &FinderCandidate, other: &FinderCandidate) -> Option<f32> {
    let ratio = one.module_size / other.module_size;
    let modules = one.distance(other) / (one.module_size * other.module_size).sqrt();
    let fits = one.dark == other.dark
        && (1.0 / MAX_MODULE_RATIO..MAX_MODULE_RATIO).contains(&ratio)
        && (MIN_DISTANCE..MAX_DISTANCE).contains(&modules);
    fits.then_some(modules)
}

/// How far the three are from an upright square seen from the front: 0, or more with sides of
/// different length (whose ratio is `sides`), a slanted angle, and different modules.
fn shape(
    corner: &FinderCandidate,
    a: &FinderCandidate,
    b: &FinderCandidate,
    sides: f32,
) -> Option<f32> {
    let (ax, ay) = (a.x - corner.x, a.y - corner.y);
    let (bx, by) = (b.x - corner.x, b.y - corner.y);
    let cos = ((ax * bx + ay * by) / (ax.hypot(ay) * bx.hypot(by))).abs();
    let sides = sides.ln().abs();
    let smallest = corner.module_size.min(a.module_size).min(b.module_size);
    let ratio = corner.module_size.max(a.module_size).max(b.module_size) / smallest;
    (cos <= MAX_COS && sides <= MAX_SIDES && ratio <= MAX_MODULE_RATIO)
        .then(|| sides + COS_WEIGHT * cos + RATIO_WEIGHT * ratio.ln())
}

fn turns_right(corner: &FinderCandidate, a: &FinderCandidate, b: &FinderCandidate) -> bool {
    (a.x - corner.x) * (b.y - corner.y) > (a.y - corner.y) * (b.x - corner.x)
}

// In modules: half of a finder pattern's diagonal, and a quiet zone.
const MARGIN: f32 = 9.0;
// The middle of a pattern with modules of 1.3 pixels is four rows high.
const ROW_STEP: usize = 2;
// Enough for six codes, and some letters that look like finder patterns.
const FEW: Effort = Effort { patterns: 20, finders: 320, failures: 30 };
// Enough for two hundred codes.
const MANY: Effort = Effort { patterns: 600, finders: 2400, failures: 100 };
// In modules: finder patterns of one code are 14 (version 1) to 170 (version 40) apart; at an
// angle they look closer, and their modules smaller.
const MIN_DISTANCE: f32 = 7.0;
const MAX_DISTANCE: f32 = 260.0;
const MAX_MODULE_RATIO: f32 = 2.6;
// A triple whose timing patterns were searched for takes as long as three that were rejected before.
const EXPENSIVE: usize = 3;
// In a wall of codes a pattern's own two are among the eight nearest; the rest allows for texture.
const MAX_NEIGHBOURS: usize = 16;
// Of the angle of a code that stands on its corner, seen 73 degrees from the front.
const MAX_COS: f32 = 0.85;
// The logarithm of the ratio of the sides, in modules, whose size may be a poor estimate: three times.
const MAX_SIDES: f32 = 1.1;
// Weights of what makes a triple likely or unlikely, in units of the logarithm of its sides' ratio.
// Clear patterns count more than an upright square: a code may be seen from the side, and texture
// gives upright triples of unclear patterns.
const COS_WEIGHT: f32 = 0.9;
const RATIO_WEIGHT: f32 = 0.6;
const QUALITY_WEIGHT: f32 = 2.0;
const ROWS_WEIGHT: f32 = 0.01;
// More rows than that only mean that the pattern is large.
const MANY_ROWS: u32 = 16;
