//! How many modules a code has, and where its three finder patterns make them be seen.

use super::homography::{Correspondence, Homography, Vec2, mean};
use super::timing;
use crate::qr::decode::Version;
use crate::qr::image::CodePlane;

/// The outer corners of the finder patterns of a code: of that at its top left corner, that which
/// its rows lead to, and that which its columns lead to; each clockwise, from the top left one.
pub(super) struct FinderCorners(pub(super) [[Vec2; 4]; 3]);

/// A version, and what supports it.
pub(super) struct Fit {
    pub(super) version: Version,
    /// Where modules are seen: the corners of the finder patterns, and maybe the timing patterns.
    pub(super) correspondences: Vec<Correspondence>,
    /// What they make of it.
    pub(super) transform: Homography,
    /// Whether the timing patterns alone make it a code.
    pub(super) is_sure: bool,
    /// By how much their modules differ from one another, in grey values.
    pub(super) contrast: f32,
}

impl FinderCorners {
    /// How many modules a side there seem to be. `None` if the two sides do not agree.
    pub(super) fn estimate(&self) -> Option<f32> {
        let Self([corner, right, down]) = self;
        // Under perspective, too, the geometric mean of the sizes of modules at the ends of a line
        // is their mean along it.
        let columns = distance(corner, right) / (width(corner) * width(right)).sqrt();
        let rows = distance(corner, down) / (height(corner) * height(down)).sqrt();
        ((columns / rows).ln().abs() <= MAX_SIDES_RATIO).then_some((columns + rows) / 2.0 + 7.0)
    }

    /// Whether one transform has all the corners about where they are: those of patterns that are not of
    /// one code have hardly ever one.
    pub(super) fn is_plausible(&self, estimate: f32) -> bool {
        let correspondences = self.correspondences(Version::nearest(estimate));
        let Some(transform) = Homography::fit(&correspondences) else { return false };
        let stray = |correspondence: &Correspondence| {
            length(transform.to_pixel(correspondence.module), correspondence.pixel)
        };
        let strays = correspondences.iter().map(stray).sum::<f32>() / 12.0;
        let module = |finder| (width(finder) * height(finder)).sqrt();
        strays <= MAX_STRAY * self.0.iter().map(module).sum::<f32>() / 3.0
    }

    /// How much lighter the light rings are than the middles.
    pub(super) fn contrast(&self, plane: CodePlane<'_>) -> f32 {
        self.0.iter().map(|finder| ring_contrast(plane, finder)).sum::<f32>() / 3.0
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
            .filter_map(|version| Fit::new(plane, version, self.correspondences(version)))
            .collect();
        // Seen from the side, a transform that fits the finder patterns may be off between them.
        if fits.iter().all(|fit| !fit.is_sure)
            && let Some(timed) = self.timed(plane, estimate)
        {
            fits.retain(|fit| fit.version != timed.version);
            fits.push(timed);
        }
        fits.sort_by(|a, b| b.contrast.total_cmp(&a.contrast));
        fits.into_iter().take(2)
    }

    /// The fit to the timing patterns' modules, counted and found one by one.
    fn timed(&self, plane: CodePlane<'_>, estimate: f32) -> Option<Fit> {
        let [corner, right, down] = self.0.each_ref().map(transform);
        let (corner, right, down) = (corner?, right?, down?);
        let modules = |from, to| timing::modules(plane, from, to, estimate - 14.0);
        let columns = modules(corner.to_pixel((7.0, 6.5)), right.to_pixel((0.0, 6.5)));
        let rows = modules(corner.to_pixel((6.5, 7.0)), down.to_pixel((6.5, 0.0)));
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
        // That the timing patterns are where they were found proves nothing.
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
    /// `None` if too few of the timing patterns' modules are as they should.
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

/// How a finder pattern itself is seen, its first corner at the origin.
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
    ring / 4.0 - at(3.5, 3.5)
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
// In modules: of codes that were read, it was 0.5 at most, but for those with clear patterns; of
// triples that were no code, it was more in three of four.
const MAX_STRAY: f32 = 0.75;
// Shares of the timing patterns' modules: half of them would be right by chance.
const MIN_TIMING: f32 = 0.68;
const SURE_TIMING: f32 = 0.8;
