//! Alignment patterns (ISO/IEC 18004, 6.3.6 and Annex E): a dark module within a light ring within
//! a dark one. They show where a code's inside lies, which its three corners alone do not: under
//! perspective the fourth corner, and on paper that bends all between.

use super::homography::{Correspondence, Homography, Vec2, mean, off};
use super::mesh::{Lattice, Mesh};
use crate::qr::decode::Version;
use crate::qr::image::CodePlane;

/// Looks for alignment patterns with what is known of a code.
pub(super) struct Search<'a> {
    pub(super) plane: CodePlane<'a>,
    /// How far dark and light of the finder patterns are apart, in grey values.
    pub(super) contrast: f32,
}

impl Search<'_> {
    /// The transforms to try with a code of which `correspondences` are known:
    /// those of its finder patterns' corners, and maybe of its timing patterns. The best founded
    /// comes first.
    pub(super) fn transforms(
        &self,
        version: Version,
        correspondences: &[Correspondence],
        transform: Homography,
    ) -> Vec<Mesh> {
        let aligned = self.aligned(version, correspondences, &transform).unwrap_or_default();
        aligned.into_iter().chain([Mesh::flat(transform)]).collect()
    }

    /// The transforms that alignment patterns make, if the last one is seen.
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
        let pixel = self.find((last, last), &expected, LAST_REACH, LAST_PRICE)?;
        let last = Correspondence { module: (last, last), pixel, weight: LAST_WEIGHT };
        let transform = Homography::fit(&[correspondences, &[last]].concat())?;
        let mesh = match positions.len() {
            // There is no other.
            2 => None,
            _ => self.mesh(&transform, Lattice::new(positions), correspondences, pixel),
        };
        Some(mesh.into_iter().chain([Mesh::flat(transform)]).collect())
    }

    /// The mesh through all patterns that are seen, of which the `last` is known.
    fn mesh(
        &self,
        transform: &Homography,
        lattice: Lattice,
        correspondences: &[Correspondence],
        last: Vec2,
    ) -> Option<Mesh> {
        let seen = self.walk(transform, &lattice, last);
        let mut correspondences = correspondences.to_vec();
        correspondences.extend(lattice.nodes().filter_map(|at| {
            let weight = if at + 1 == seen.len() { LAST_WEIGHT } else { WEIGHT };
            Some(Correspondence { module: lattice.module(at), pixel: seen[at]?, weight })
        }));
        let transform = Homography::fit(&correspondences)?;
        let shift =
            |at: usize| seen[at].map(|pixel| off(pixel, transform.to_pixel(lattice.module(at))));
        let shifts = lattice.nodes().map(|at| match shift(at) {
            Some(shift) => shift,
            None if lattice.is_corner(at) => (0.0, 0.0),
            // What was not seen is where its neighbours make it.
            None => mean(lattice.around(at, [(-1, 0), (1, 0), (0, -1), (0, 1)]).filter_map(shift)),
        });
        let shifts = shifts.collect();
        Some(Mesh::new(transform, lattice, shifts))
    }

    /// Goes from pattern to pattern, each expected where its neighbours' shifts make it, and says
    /// where they are. At the corners there are none, but for the `last`.
    fn walk(&self, transform: &Homography, lattice: &Lattice, last: Vec2) -> Vec<Option<Vec2>> {
        let mut seen = vec![None; lattice.nodes().len()];
        seen[lattice.nodes().len() - 1] = Some(last);
        for at in lattice.nodes().filter(|at| !lattice.is_corner(*at)) {
            let neighbours = lattice.around(at, [(-1, 0), (0, -1), (-1, -1)]);
            let shift = mean(neighbours.filter_map(|neighbour| {
                seen[neighbour]
                    .map(|pixel| off(pixel, transform.to_pixel(lattice.module(neighbour))))
            }));
            let expected = |module| {
                let (x, y) = transform.to_pixel(module);
                (x + shift.0, y + shift.1)
            };
            seen[at] = self.find(lattice.module(at), &expected, NEXT_REACH, NEXT_PRICE);
        }
        seen
    }

    /// The pattern's middle, in pixels, within `reach` modules of where `transform` has it. What is
    /// farther away must look better by `price`, a share of the contrast, for each module.
    fn find(
        &self,
        module: Vec2,
        transform: &impl Fn(Vec2) -> Vec2,
        reach: f32,
        price: f32,
    ) -> Option<Vec2> {
        let score = |(x, y): Vec2| {
            let distance = (x - module.0).abs() + (y - module.1).abs();
            self.ring_contrast((x, y), transform) - price * self.contrast * distance
        };
        let mut best = (score(module), module);
        let mut look = |at: Vec2| {
            let score = score(at);
            if score > best.0 {
                best = (score, at);
            }
            best.1
        };
        let steps = (2.0 * reach) as i32;
        let mut middle = module;
        for (step, reach) in [(0.5, steps), (0.25, 1), (0.12, 1)] {
            let from = middle;
            for down in -reach..=reach {
                for right in -reach..=reach {
                    middle = look((from.0 + right as f32 * step, from.1 + down as f32 * step));
                }
            }
        }
        (best.0 > MIN_CONTRAST * self.contrast).then(|| transform(best.1))
    }

    /// How much lighter the light ring is than the dark modules.
    fn ring_contrast(&self, (x, y): Vec2, transform: &impl Fn(Vec2) -> Vec2) -> f32 {
        let (mut light, mut dark) = (0.0, 0.0);
        for down in -2_i32..=2 {
            for right in -2_i32..=2 {
                let (x, y) = transform((x + right as f32, y + down as f32));
                let value = self.plane.sample(x, y);
                match right.abs().max(down.abs()) {
                    1 => light += value,
                    _ => dark += value,
                }
            }
        }
        light / 8.0 - dark / 17.0
    }
}

// How much a correspondence counts, beside that of a corner of a finder pattern. The last pattern is the
// only one near its corner of the code: it counts as much as most of a finder pattern.
const WEIGHT: f32 = 2.0;
const LAST_WEIGHT: f32 = 8.0;
// In modules. Three finder patterns alone can be out by some modules at the fourth corner; once
// that is known, the others are near where they should be.
const LAST_REACH: f32 = 3.0;
const NEXT_REACH: f32 = 1.5;
// As a share of the contrast for each module: the surer the place, the dearer to leave it.
const LAST_PRICE: f32 = 0.01;
const NEXT_PRICE: f32 = 0.02;
// As a share of that of the finder patterns. The pattern is smaller, and blur takes more of it.
const MIN_CONTRAST: f32 = 0.2;
