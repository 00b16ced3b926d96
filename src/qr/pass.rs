//! One pass: all the codes of a binarized image.

use std::cell::RefCell;
use std::cmp::Reverse;

use super::budget::Budget;
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
    /// The middles of clear finder patterns that are left, beside the codes that were read.
    pub(super) left: Vec<ImagePoint>,
}

/// A part of an image with all of a code that may be there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) middle: ImagePoint,
    /// How far it goes at most, to each side.
    pub(super) reach: f32,
}

/// What the passes over one image share.
pub(super) struct Shared<'a> {
    pub(super) budget: &'a Budget,
    /// The middles of the codes to which a mesh was fitted, in the image, and the scales of the passes
    /// that did. Those of one scale would fit the same mesh.
    fitted: RefCell<Vec<(ImagePoint, f32)>>,
}

/// Where the pixels of a part of an image are in it, when that part is scaled: how many of those of
/// the image each is wide, and which is the first.
#[derive(Clone, Copy)]
pub(super) struct Placed {
    pub(super) scale: f32,
    pub(super) corner: (usize, usize),
}

impl<'a> Shared<'a> {
    pub(super) fn new(budget: &'a Budget) -> Self {
        Self { budget, fitted: RefCell::default() }
    }
}

impl Placed {
    fn in_image(self, point: ImagePoint) -> ImagePoint {
        let ImagePoint { x, y } = point.scaled(self.scale);
        ImagePoint { x: x + self.corner.0 as f32, y: y + self.corner.1 as f32 }
    }
}

impl Findings {
    /// Adds those of another part of the image.
    pub(super) fn merge(&mut self, others: Self) {
        QrCode::merge(&mut self.codes, others.codes);
        self.unread = self.unread.take().or(others.unread);
        self.hint = self.hint.or(others.hint);
        self.left.extend(others.left);
    }

    /// The same in the coordinates of an image of which this is a part.
    pub(super) fn in_image(mut self, placed: Placed) -> Self {
        for code in &mut self.codes {
            code.corners = code.corners.map(|corner| placed.in_image(corner));
        }
        self.hint = self.hint.map(|Place { middle, reach }| Place {
            middle: placed.in_image(middle),
            reach: placed.scale * reach,
        });
        for point in &mut self.left {
            *point = placed.in_image(*point);
        }
        if let Some(unread) = &mut self.unread {
            unread.corners = unread.corners.map(|corner| placed.in_image(corner));
            unread.module_size *= placed.scale;
        }
        self
    }
}

/// Reads every code that `bits` show, as far as the budget goes. Where it is, is in the coordinates
/// of the image.
pub(super) fn read(
    plane: &Plane<'_>,
    bits: &Bits,
    merged: bool,
    shared: &Shared<'_>,
    placed: Placed,
) -> Findings {
    let search = Search { plane, bits, merged, shared, placed };
    let (mut findings, crowded) = search.read_among(&FEW);
    if crowded && !shared.budget.is_over() {
        let (others, _) = search.read_among(&MANY);
        findings.merge(others);
    }
    findings.in_image(placed)
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

struct Search<'a> {
    plane: &'a Plane<'a>,
    bits: &'a Bits,
    /// Whether finder patterns may run into what is beside them.
    merged: bool,
    shared: &'a Shared<'a>,
    placed: Placed,
}

impl Search<'_> {
    /// Also returns whether it was crowded: there were as many clear patterns as the limit allows.
    fn read_among(&self, effort: &Effort) -> (Findings, bool) {
        let budget = self.shared.budget;
        let mut findings = Findings::default();
        let patterns = self.patterns(effort);
        #[cfg(feature = "inspect")]
        super::inspect::begin_search(&patterns);
        let mut used = vec![false; patterns.len()];
        // First those that are read at a glance: they are not to wait for what cannot be read.
        let mut promising = Vec::new();
        let mut failures = 0;
        for at in triples(&patterns, budget) {
            if at.iter().any(|at| used[*at]) {
                continue;
            }
            let before = budget.left();
            if failures >= effort.failures || budget.is_over() {
                break;
            }
            let result = triple(&patterns, at).read_at_once(self.plane, self.bits, budget);
            #[cfg(feature = "inspect")]
            super::inspect::end_triple(at, &result);
            match result {
                ReadResult::Read(code) => {
                    // The patterns that are left may well belong to no code.
                    failures = effort.failures / 2;
                    for at in at {
                        used[at] = true;
                    }
                    findings.codes.push(code);
                    budget.restore(before);
                }
                ReadResult::Nothing => failures += 1,
                ReadResult::Square | ReadResult::Unread(_) => promising.push(at),
            }
        }

        // Three patterns that look like a code do not look like one in another order.
        let mut unread: Vec<[usize; 3]> = Vec::new();
        let mut failures = 0;
        for at in promising {
            let is_unread = |known: &[usize; 3]| known.iter().all(|known| at.contains(known));
            if at.iter().any(|at| used[*at]) || unread.iter().any(is_unread) {
                continue;
            }
            let before = budget.left();
            if failures >= effort.failures || budget.is_over() {
                break;
            }
            let triple = triple(&patterns, at);
            // All corners are within half of the diagonal.
            let place = Place::between(triple.top_right, triple.bottom_left, 0.5);
            let may_fit = self.may_fit(&triple, place.middle);
            let result = triple.read(self.plane, self.bits, budget, may_fit);
            #[cfg(feature = "inspect")]
            super::inspect::end_triple(at, &result);
            if matches!(result, ReadResult::Unread(_) | ReadResult::Square) {
                findings.hint.get_or_insert(place);
            }
            match result {
                ReadResult::Read(code) => {
                    failures = effort.failures / 2;
                    for at in at {
                        used[at] = true;
                    }
                    findings.codes.push(code);
                    budget.restore(before);
                }
                ReadResult::Unread(detection) => {
                    failures += EXPENSIVE;
                    if detection.is_fitted {
                        self.shared
                            .fitted
                            .borrow_mut()
                            .push((self.placed.in_image(place.middle), self.placed.scale));
                    }
                    findings.unread.get_or_insert(detection);
                    unread.push(at);
                }
                ReadResult::Square => failures += EXPENSIVE,
                ReadResult::Nothing => failures += 1,
            }
        }
        let left: Vec<_> = patterns
            .iter()
            .zip(&used)
            .filter(|(pattern, used)| !**used && pattern.is_clear())
            .map(|(pattern, _)| pattern)
            .collect();
        findings.hint = findings.hint.or_else(|| clear_pair(&left));
        let middle =
            |pattern: &&FinderPattern| ImagePoint { x: pattern.finder.x, y: pattern.finder.y };
        findings.left = left.iter().map(middle).collect();
        let crowded =
            patterns.len() == effort.patterns && patterns.iter().all(FinderPattern::is_clear);
        (findings, crowded)
    }

    /// Whether no mesh was fitted to this code at this scale yet.
    fn may_fit(&self, triple: &FinderTriple<'_>, middle: ImagePoint) -> bool {
        let middle = self.placed.in_image(middle);
        let near = NEAR * self.placed.scale * triple.top_left.finder.module_size;
        let is_this = |(fitted, scale): &(ImagePoint, f32)| {
            *scale == self.placed.scale && fitted.distance(middle) < near
        };
        !self.shared.fitted.borrow().iter().any(is_this)
    }

    /// The finder patterns, the most likely first.
    fn patterns(&self, effort: &Effort) -> Vec<FinderPattern> {
        let budget = self.shared.budget;
        let mut finders =
            find_finder_patterns(self.bits, ROW_STEP, effort.finders, self.merged, budget);
        finders.sort_by_key(|finder| Reverse(finder.rows));
        finders.truncate(3 * effort.patterns);
        let mut patterns: Vec<_> = finders
            .into_iter()
            .filter_map(|finder| FinderPattern::new(self.bits, finder, self.merged, budget))
            .collect();
        let likelihood = |pattern: &FinderPattern| {
            pattern.quality * (1 + pattern.finder.rows.min(MANY_ROWS)) as f32
        };
        patterns.sort_by(|a, b| likelihood(b).total_cmp(&likelihood(a)));
        patterns.truncate(effort.patterns);
        patterns
    }
}

fn triple(patterns: &[FinderPattern], at: [usize; 3]) -> FinderTriple<'_> {
    let [top_left, top_right, bottom_left] = at.map(|at| &patterns[at]);
    FinderTriple { top_left, top_right, bottom_left }
}

/// Around the first two of some clear patterns that may belong to one code.
fn clear_pair(clear: &[&FinderPattern]) -> Option<Place> {
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

    /// Clockwise from the top left.
    pub(super) fn corners(&self) -> [ImagePoint; 4] {
        let Self { middle: ImagePoint { x, y }, reach } = *self;
        let at = |right: f32, down: f32| ImagePoint { x: x + right * reach, y: y + down * reach };
        [at(-1.0, -1.0), at(1.0, -1.0), at(1.0, 1.0), at(-1.0, 1.0)]
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

/// The triples that could be three corners of a square in perspective, as indices of the patterns at
/// the top left, top right and bottom left; the most likely first.
fn triples(patterns: &[FinderPattern], budget: &Budget) -> Vec<[usize; 3]> {
    let count = patterns.len();
    let pairs = count.min(MAX_NEIGHBOURS).pow(2) / 2;
    if !budget.spend(count * count / UNIT_OF_DISTANCES + UNITS_PER_SHAPE * count * pairs) {
        return Vec::new();
    }
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
                let triple = if turns_right(&a.finder, &b.finder, &c.finder) {
                    [top_left, *first, *second]
                } else {
                    [top_left, *second, *first]
                };
                let cost = shape - QUALITY_WEIGHT * quality - ROWS_WEIGHT * rows as f32;
                candidates.push((cost, triple));
            }
        }
    }
    candidates.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    candidates.into_iter().map(|(_, triple)| triple).collect()
}

/// The nearest patterns that may belong to the same code, with the squares of their distances in
/// modules.
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

/// The square of the distance of two patterns in modules, if they may belong to one code.
fn modules_between(one: &FinderCandidate, other: &FinderCandidate) -> Option<f32> {
    let ratio = one.module_size / other.module_size;
    let (x, y) = (one.x - other.x, one.y - other.y);
    let modules = (x * x + y * y) / (one.module_size * other.module_size);
    let fits = one.dark == other.dark
        && (1.0 / MAX_MODULE_RATIO..MAX_MODULE_RATIO).contains(&ratio)
        && (MIN_DISTANCE * MIN_DISTANCE..MAX_DISTANCE * MAX_DISTANCE).contains(&modules);
    fits.then_some(modules)
}

/// How far the three are from an upright square seen from the front: 0, or more with sides of
/// different length (`sides` is the ratio of their squares), a slanted angle, and different modules.
fn shape(
    corner: &FinderCandidate,
    a: &FinderCandidate,
    b: &FinderCandidate,
    sides: f32,
) -> Option<f32> {
    let (ax, ay) = (a.x - corner.x, a.y - corner.y);
    let (bx, by) = (b.x - corner.x, b.y - corner.y);
    let (dot, squares) = (ax * bx + ay * by, (ax * ax + ay * ay) * (bx * bx + by * by));
    if dot * dot > MAX_COS * MAX_COS * squares {
        return None;
    }
    let sides = sides.ln().abs() / 2.0;
    let smallest = corner.module_size.min(a.module_size).min(b.module_size);
    let ratio = corner.module_size.max(a.module_size).max(b.module_size) / smallest;
    (sides <= MAX_SIDES && ratio <= MAX_MODULE_RATIO).then(|| {
        let cos = dot.abs() / squares.sqrt();
        sides + COS_WEIGHT * cos + RATIO_WEIGHT * ratio.ln()
    })
}

fn turns_right(corner: &FinderCandidate, a: &FinderCandidate, b: &FinderCandidate) -> bool {
    (a.x - corner.x) * (b.y - corner.y) > (a.y - corner.y) * (b.x - corner.x)
}

// Of the budget: a unit is as many distances of patterns, and each triple takes some to compare its
// shape with a square, and to be sorted.
const UNIT_OF_DISTANCES: usize = 4;
const UNITS_PER_SHAPE: usize = 4;
// In modules: half of a finder pattern's diagonal, and a quiet zone.
const MARGIN: f32 = 9.0;
// In modules: what is nearer than this to the middle of a code is the same code, seen by another pass.
const NEAR: f32 = 5.0;
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
