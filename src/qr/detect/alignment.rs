//! Alignment patterns (ISO/IEC 18004, 6.3.6 and Annex E): a dark module within a light ring within
//! a dark one. They locate the inside of a code, which its three finder patterns do not: the fourth
//! corner under perspective, and everything in between on paper that bends.

use super::homography::{Correspondence, Homography, Vec2, difference, mean};
use super::mesh::{Lattice, Mesh};
use crate::qr::decode::Version;
use crate::qr::image::CodePlane;

/// Searches for alignment patterns with what is known of a code.
pub(super) struct AlignmentSearch<'a> {
    pub(super) plane: CodePlane<'a>,
    /// The difference between dark and light of the finder patterns, in grey values.
    pub(super) contrast: f32,
}

impl AlignmentSearch<'_> {
    /// The meshes to try for a code of which `correspondences` are known: those of its finder
    /// patterns' corners, and perhaps of its timing patterns. The most reliable comes first.
    pub(super) fn meshes(
        &self,
        version: Version,
        correspondences: &[Correspondence],
        transform: Homography,
    ) -> Vec<Mesh> {
        let aligned = self.aligned(version, correspondences, &transform).unwrap_or_default();
        aligned.into_iter().chain([Mesh::flat(transform)]).collect()
    }

    /// The meshes that use alignment patterns, if the last one is found.
    fn aligned(
        &self,
        version: Version,
        correspondences: &[Correspondence],
        transform: &Homography,
    ) -> Option<Vec<Mesh>> {
        let positions: Vec<f32> =
            version.alignment_positions().into_iter().map(|at| at as f32 + 0.5).collect();
        let last = *positions.last()?;
        let expected = |module| transform.to_pixel(module);
        let pixel = self.find((last, last), &expected, LAST_REACH, LAST_PENALTY)?;
        let last = Correspondence { module: (last, last), pixel, weight: LAST_WEIGHT };
        let transform = Homography::fit(&[correspondences, &[last]].concat())?;
        let mesh = match positions.len() {
            // There is no other.
            2 => None,
            _ => self.mesh(&transform, Lattice::new(positions), correspondences, pixel),
        };
        Some(mesh.into_iter().chain([Mesh::flat(transform)]).collect())
    }

    /// The mesh through all patterns that are found, of which the `last` is known.
    fn mesh(
        &self,
        transform: &Homography,
        lattice: Lattice,
        correspondences: &[Correspondence],
        last: Vec2,
    ) -> Option<Mesh> {
        let seen = self.find_all(transform, &lattice, last);
        let mut correspondences = correspondences.to_vec();
        correspondences.extend(lattice.nodes().filter_map(|at| {
            let weight = if at + 1 == seen.len() { LAST_WEIGHT } else { WEIGHT };
            Some(Correspondence { module: lattice.module(at), pixel: seen[at]?, weight })
        }));
        let transform = Homography::fit(&correspondences)?;
        let shift = |at: usize| {
            seen[at].map(|pixel| difference(pixel, transform.to_pixel(lattice.module(at))))
        };
        let shifts = lattice.nodes().map(|at| match shift(at) {
            Some(shift) => shift,
            None if lattice.is_corner(at) => (0.0, 0.0),
            // A pattern that was not found is where its neighbours predict it.
            None => mean(lattice.around(at, [(-1, 0), (1, 0), (0, -1), (0, 1)]).filter_map(shift)),
        });
        let shifts = shifts.collect();
        Some(Mesh::new(transform, lattice, shifts))
    }

    /// Finds one pattern after another, each near where its neighbours' shifts predict it. At the
    /// corners there are none, except for the `last`.
    fn find_all(&self, transform: &Homography, lattice: &Lattice, last: Vec2) -> Vec<Option<Vec2>> {
        let mut seen = vec![None; lattice.nodes().len()];
        seen[lattice.nodes().len() - 1] = Some(last);
        for at in lattice.nodes().filter(|at| !lattice.is_corner(*at)) {
            let neighbours = lattice.around(at, [(-1, 0), (0, -1), (-1, -1)]);
            let shift = mean(neighbours.filter_map(|neighbour| {
                seen[neighbour]
                    .map(|pixel| difference(pixel, transform.to_pixel(lattice.module(neighbour))))
            }));
            let expected = |module| {
                let (x, y) = transform.to_pixel(module);
                (x + shift.0, y + shift.1)
            };
            seen[at] = self.find(lattice.module(at), &expected, NEXT_REACH, NEXT_PENALTY);
        }
        seen
    }

    /// The pattern's middle, in pixels, within `reach` modules of where `transform` puts it. A match
    /// farther away must be better by `penalty`, a share of the contrast, for each module.
    fn find(
        &self,
        module: Vec2,
        transform: &impl Fn(Vec2) -> Vec2,
        reach: f32,
        penalty: f32,
    ) -> Option<Vec2> {
        // The first step of the search is half a module, so that all places share their samples.
        let reach = (2.0 * reach) as i32;
        let farthest = reach + 2 * PATTERN_REACH;
        let half_modules =
            |right: i32, down: i32| (module.0 + right as f32 * 0.5, module.1 + down as f32 * 0.5);
        let sample = |module: Vec2| {
            let (x, y) = transform(module);
            self.plane.sample(x, y)
        };
        let mut samples = Vec::new();
        for down in -farthest..=farthest {
            samples.extend((-farthest..=farthest).map(|right| sample(half_modules(right, down))));
        }
        let width = 2 * farthest + 1;
        let score = |contrast: f32, (x, y): Vec2| {
            let distance = (x - module.0).abs() + (y - module.1).abs();
            contrast - penalty * self.contrast * distance
        };

        let mut best = (f32::MIN, module);
        let mut compare = |contrast: f32, at: Vec2| {
            let score = score(contrast, at);
            if score > best.0 {
                best = (score, at);
            }
            best
        };
        let sampled = |right: i32, down: i32| {
            let middle = (down + farthest) * width + right + farthest;
            ring_contrast(|x, y| samples[(middle + 2 * (y * width + x)) as usize])
        };
        compare(sampled(0, 0), module);
        for (right, down) in (-reach..=reach).flat_map(|y| (-reach..=reach).map(move |x| (x, y))) {
            compare(sampled(right, down), half_modules(right, down));
        }
        for step in [0.25, 0.12] {
            let (_, (x, y)) = compare(f32::MIN, module);
            for (right, down) in (-1..=1).flat_map(|y| (-1..=1).map(move |x| (x, y))) {
                let (x, y) = (x + right as f32 * step, y + down as f32 * step);
                compare(ring_contrast(|u, v| sample((x + u as f32, y + v as f32))), (x, y));
            }
        }
        (best.0 > MIN_CONTRAST * self.contrast).then(|| transform(best.1))
    }
}

/// How much lighter the light ring is than the dark modules. `value` is the brightness so many modules
/// to the right of the middle and below it.
fn ring_contrast(value: impl Fn(i32, i32) -> f32) -> f32 {
    let (mut light, mut dark) = (0.0, 0.0);
    for down in -PATTERN_REACH..=PATTERN_REACH {
        for right in -PATTERN_REACH..=PATTERN_REACH {
            match right.abs().max(down.abs()) {
                1 => light += value(right, down),
                _ => dark += value(right, down),
            }
        }
    }
    light / 8.0 - dark / 17.0
}

// In modules, from the middle.
const PATTERN_REACH: i32 = 2;
// Of the budget, for each module of a code: there is a pattern in 400 of them.
pub(super) const UNITS_PER_MODULE: usize = 3;
// Weights of correspondences; a corner of a finder pattern has 1. The last pattern is the only one near
// its corner of the code.
const WEIGHT: f32 = 2.0;
const LAST_WEIGHT: f32 = 8.0;
// In modules. A transform from three finder patterns alone can be off by some modules at the fourth
// corner; once that is known, the others are near where they are expected.
const LAST_REACH: f32 = 3.0;
const NEXT_REACH: f32 = 1.5;
// As a share of the contrast for each module: higher where the expected place is more reliable.
const LAST_PENALTY: f32 = 0.01;
const NEXT_PENALTY: f32 = 0.02;
// As a share of that of the finder patterns. The pattern is smaller, and blur takes more of it.
const MIN_CONTRAST: f32 = 0.2;
