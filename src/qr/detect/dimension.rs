//! The dimension of a code, in modules, and its perspective transform, from three finder patterns.

use super::homography::{Correspondence, Homography, Vec2, mean};
use super::timing;
use crate::qr::decode::Version;
use crate::qr::image::CodePlane;

/// The outer corners of the finder patterns of a code, top left, top right and bottom left; each
/// clockwise from its top left one.
pub(super) struct FinderCorners(pub(super) [[Vec2; 4]; 3]);

/// A version, and what supports it.
pub(super) struct Fit {
    pub(super) version: Version,
    /// Of the corners of the finder patterns, and perhaps of the timing patterns.
    pub(super) correspondences: Vec<Correspondence>,
    /// The best fit to those.
    pub(super) transform: Homography,
    /// Whether the timing patterns alone prove that it is a code.
    pub(super) is_sure: bool,
    /// The difference between neighbouring modules of the timing patterns, in grey values.
    pub(super) contrast: f32,
}

impl FinderCorners {
    /// An estimate of the number of modules a side. `None` if the two sides do not agree.
    pub(super) fn estimate(&self) -> Option<f32> {
        let Self([top_left, top_right, bottom_left]) = self;
        // Under perspective, too, the geometric mean of the sizes of modules at the ends of a line
        // is their mean along it.
        let columns = distance(top_left, top_right) / (width(top_left) * width(top_right)).sqrt();
        let rows =
            distance(top_left, bottom_left) / (height(top_left) * height(bottom_left)).sqrt();
        ((columns / rows).ln().abs() <= MAX_SIDES_RATIO).then_some((columns + rows) / 2.0 + 7.0)
    }

    /// Whether one transform fits all the corners, as it hardly ever does when the patterns do not
    /// belong to one code.
    pub(super) fn is_plausible(&self, estimate: f32) -> bool {
        let correspondences = self.correspondences(Version::nearest(estimate));
        let Some(transform) = Homography::fit(&correspondences) else { return false };
        let residual = |correspondence: &Correspondence| {
            length(transform.to_pixel(correspondence.module), correspondence.pixel)
        };
        let residuals = correspondences.iter().map(residual).sum::<f32>() / 12.0;
        let module = |finder| (width(finder) * height(finder)).sqrt();
        residuals <= MAX_RESIDUAL * self.0.iter().map(module).sum::<f32>() / 3.0
    }

    /// How much lighter the light rings are than the middles.
    pub(super) fn contrast(&self, plane: CodePlane<'_>) -> f32 {
        self.0.iter().map(|finder| ring_contrast(plane, finder)).sum::<f32>() / 3.0
    }

    /// The fit as a code of that version. `None` if its timing patterns are not there.
    pub(super) fn fit(&self, plane: CodePlane<'_>, version: Version) -> Option<Fit> {
        Fit::new(plane, version, self.correspondences(version))
    }

    /// The best two of the versions near an estimate of their modules a side.
    pub(super) fn fits(
        &self,
        plane: CodePlane<'_>,
        estimate: f32,
    ) -> impl Iterator<Item = Fit> + use<> {
        let nearest = Version::nearest(estimate);
        let off = 0.12 * estimate + 3.0;
        let mut fits: Vec<Fit> = [0, 1, -1, 2, -2]
            .into_iter()
            .filter_map(|steps| nearest.larger_by(steps))
            .filter(|version| (version.size() as f32 - estimate).abs() <= off)
            .filter_map(|version| self.fit(plane, version))
            .collect();
        // At a steep angle, a transform that fits the finder patterns may be off between them.
        if fits.iter().all(|fit| !fit.is_sure)
            && let Some(timed) = self.timed(plane, estimate)
        {
            fits.retain(|fit| fit.version != timed.version);
            fits.push(timed);
        }
        fits.sort_by(|a, b| b.contrast.total_cmp(&a.contrast));
        fits.into_iter().take(2)
    }

    /// The fit to the timing patterns' modules, which are counted and located one by one.
    fn timed(&self, plane: CodePlane<'_>, estimate: f32) -> Option<Fit> {
        let [top_left, top_right, bottom_left] = self.0.each_ref().map(transform);
        let (top_left, top_right, bottom_left) = (top_left?, top_right?, bottom_left?);
        let modules = |from, to| timing::modules(plane, from, to, estimate - 14.0);
        let columns = modules(top_left.to_pixel((7.0, 6.5)), top_right.to_pixel((0.0, 6.5)));
        let rows = modules(top_left.to_pixel((6.5, 7.0)), bottom_left.to_pixel((6.5, 0.0)));
        if rows.len() != columns.len() {
            return None;
        }
        let version = Version::of_size(columns.len() + 14)?;
        let mut correspondences = self.correspondences(version);
        for (at, (column, row)) in (7..).zip(columns.into_iter().zip(rows)) {
            let middle = at as f32 + 0.5;
            correspondences.push(Correspondence {
                module: (middle, 6.5),
                pixel: column,
                weight: 1.0,
            });
            correspondences.push(Correspondence { module: (6.5, middle), pixel: row, weight: 1.0 });
        }
        // It was fitted to the timing patterns, so they do not prove it.
        Fit::new(plane, version, correspondences).map(|fit| Fit { is_sure: false, ..fit })
    }

    fn correspondences(&self, version: Version) -> Vec<Correspondence> {
        let far = (version.size() - 7) as f32;
        let places = [(0.0, 0.0), (far, 0.0), (0.0, far)];
        let placed = |(finder, place)| corners(finder, place);
        self.0.iter().zip(places).flat_map(placed).collect()
    }
}

impl Fit {
    /// `None` if too few of the timing patterns' modules have the right colour.
    fn new(
        plane: CodePlane<'_>,
        version: Version,
        correspondences: Vec<Correspondence>,
    ) -> Option<Self> {
        let transform = Homography::fit(&correspondences)?;
        let (timing, contrast) = timing::check(plane, &transform, version);
        let is_sure = timing >= SURE_TIMING;
        (timing >= MIN_TIMING).then_some(Self {
            version,
            transform,
            correspondences,
            is_sure,
            contrast,
        })
    }
}

/// The corners of a finder pattern whose first is at a `place` of the code, in modules.
fn corners(finder: &[Vec2; 4], place: Vec2) -> [Correspondence; 4] {
    let modules = square(7.0).map(|(x, y)| (place.0 + x, place.1 + y));
    std::array::from_fn(|corner| Correspondence {
        module: modules[corner],
        pixel: finder[corner],
        weight: 1.0,
    })
}

/// The transform of a finder pattern by itself, its first corner at the origin.
fn transform(finder: &[Vec2; 4]) -> Option<Homography> {
    Homography::fit(&corners(finder, (0.0, 0.0)))
}

/// How much lighter a finder pattern's light ring is than its middle.
fn ring_contrast(plane: CodePlane<'_>, finder: &[Vec2; 4]) -> f32 {
    let Some(transform) = transform(finder) else { return 0.0 };
    let at = |x: f32, y: f32| {
        let (x, y) = transform.to_pixel((x, y));
        plane.sample(x, y)
    };
    let ring = at(1.5, 3.5) + at(5.5, 3.5) + at(3.5, 1.5) + at(3.5, 5.5);
    // Beside the middle, where there may be a hole.
    let middle = at(2.6, 3.5) + at(4.4, 3.5) + at(3.5, 2.6) + at(3.5, 4.4);
    (ring - middle) / 4.0
}

/// The corners of a square, clockwise, from that at the origin.
pub(super) fn square(side: f32) -> [Vec2; 4] {
    [(0.0, 0.0), (side, 0.0), (side, side), (0.0, side)]
}

/// From middle to middle.
fn distance(finder: &[Vec2; 4], other: &[Vec2; 4]) -> f32 {
    length(mean(finder.iter().copied()), mean(other.iter().copied()))
}

/// The size of a module along a finder pattern's upper and lower side.
fn width([a, b, c, d]: &[Vec2; 4]) -> f32 {
    (length(*a, *b) + length(*d, *c)) / 14.0
}

/// The size of a module along a finder pattern's left and right side.
fn height([a, b, c, d]: &[Vec2; 4]) -> f32 {
    (length(*a, *d) + length(*b, *c)) / 14.0
}

fn length(a: Vec2, b: Vec2) -> f32 {
    (b.0 - a.0).hypot(b.1 - a.1)
}

// The logarithm of the ratio of the two sides: of codes that were read, it was 0.07 at most.
const MAX_SIDES_RATIO: f32 = 0.35;
// In modules: of codes that were read, it was 0.5 at most, except for those with clear patterns; of
// triples that were not a code, it was more in three of four.
const MAX_RESIDUAL: f32 = 0.75;
// Shares of the timing patterns' modules: half of them would be right by chance.
const MIN_TIMING: f32 = 0.68;
const SURE_TIMING: f32 = 0.8;
