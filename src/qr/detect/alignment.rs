//! Alignment patterns (ISO/IEC 18004, 6.3.6 and Annex E): a dark module within a light ring within
//! a dark one. They show where a code's inside lies, which its three corners alone do not: under
//! perspective the fourth corner, and on paper that bends all between.

use super::homography::{Correspondence, Homography, Vec2, mean, off};
use super::mesh::{Lattice, Mesh};
use crate::qr::image::Plane;

/// The middles of alignment patterns along a row or column, in modules, for a code of `size` by
/// `size` modules. The first and the last have no pattern where a finder pattern is.
pub(crate) fn positions(size: usize) -> Vec<f32> {
    let version = (size - 17) / 4;
    if version < 2 {
        return Vec::new();
    }
    let count = version / 7 + 2;
    let last = size - 7;
    // The distances are equal and even, but for the first, which takes what is left.
    let distance = match version {
        32 => 26,
        _ => (version * 4 + count * 2 + 1) / (count * 2 - 2) * 2,
    };
    let others = (0..count - 1).rev().map(|i| (last - i * distance) as f32 + 0.5);
    std::iter::once(6.5).chain(others).collect()
}

/// Looks for alignment patterns with what is known of a code.
pub(super) struct Search<'a> {
    pub(super) plane: &'a Plane<'a>,
    /// 1 for dark on light, -1 for light on dark.
    pub(super) sign: f32,
    /// How far dark and light of the finder patterns are apart, in grey values.
    pub(super) contrast: f32,
}

impl Search<'_> {
    /// The views to try with a code of `size` by `size` modules, of which `correspondences` are known:
    /// those of its finder patterns' corners, and maybe of its timing patterns. The best founded
    /// comes first.
    pub(super) fn views(
        &self,
        size: usize,
        correspondences: &[Correspondence],
        plain: Homography,
    ) -> Vec<Mesh> {
        let aligned = self.aligned(size, correspondences, &plain).unwrap_or_default();
        aligned.into_iter().chain([Mesh::flat(plain)]).collect()
    }

    /// The views that alignment patterns make, if the last one is seen.
    fn aligned(
        &self,
        size: usize,
        correspondences: &[Correspondence],
        plain: &Homography,
    ) -> Option<Vec<Mesh>> {
        let positions = positions(size);
        let last = *positions.last()?;
        let expected = |module| plain.at(module);
        let pixel = self.find((last, last), &expected, LAST_REACH, LAST_PRICE)?;
        let last = Correspondence { module: (last, last), pixel, weight: LAST_WEIGHT };
        let view = Homography::fit(&[correspondences, &[last]].concat())?;
        let mesh = match positions.len() {
            // There is no other.
            2 => None,
            _ => self.mesh(&view, Lattice::new(positions), correspondences, pixel),
        };
        Some(mesh.into_iter().chain([Mesh::flat(view)]).collect())
    }

    /// The mesh through all patterns that are seen, of which the `last` is known.
    fn mesh(
        &self,
        view: &Homography,
        lattice: Lattice,
        correspondences: &[Correspondence],
        last: Vec2,
    ) -> Option<Mesh> {
        let seen = self.walk(view, &lattice, last);
        let mut correspondences = correspondences.to_vec();
        correspondences.extend(lattice.crossings().filter_map(|at| {
            let weight = if at + 1 == seen.len() { LAST_WEIGHT } else { WEIGHT };
            Some(Correspondence { module: lattice.module(at), pixel: seen[at]?, weight })
        }));
        let view = Homography::fit(&correspondences)?;
        let shift = |at: usize| seen[at].map(|pixel| off(pixel, view.at(lattice.module(at))));
        let shifts = lattice.crossings().map(|at| match shift(at) {
            Some(shift) => shift,
            None if lattice.is_corner(at) => (0.0, 0.0),
            // What was not seen is where its neighbours make it.
            None => mean(lattice.around(at, [(-1, 0), (1, 0), (0, -1), (0, 1)]).filter_map(shift)),
        });
        let shifts = shifts.collect();
        Some(Mesh::new(view, lattice, shifts))
    }

    /// Goes from pattern to pattern, each expected where its neighbours' shifts make it, and says
    /// where they are. At the corners there are none, but for the `last`.
    fn walk(&self, view: &Homography, lattice: &Lattice, last: Vec2) -> Vec<Option<Vec2>> {
        let mut seen = vec![None; lattice.crossings().len()];
        seen[lattice.crossings().len() - 1] = Some(last);
        for at in lattice.crossings().filter(|at| !lattice.is_corner(*at)) {
            let neighbours = lattice.around(at, [(-1, 0), (0, -1), (-1, -1)]);
            let shift = mean(neighbours.filter_map(|neighbour| {
                seen[neighbour].map(|pixel| off(pixel, view.at(lattice.module(neighbour))))
            }));
            let expected = |module| {
                let (x, y) = view.at(module);
                (x + shift.0, y + shift.1)
            };
            seen[at] = self.find(lattice.module(at), &expected, NEXT_REACH, NEXT_PRICE);
        }
        seen
    }

    /// The pattern's middle, in pixels, within `reach` modules of where `view` has it. What is
    /// farther away must look better by `price`, a share of the contrast, for each module.
    fn find(
        &self,
        module: Vec2,
        view: &impl Fn(Vec2) -> Vec2,
        reach: f32,
        price: f32,
    ) -> Option<Vec2> {
        let score = |(x, y): Vec2| {
            let distance = (x - module.0).abs() + (y - module.1).abs();
            self.ring_contrast((x, y), view) - price * self.contrast * distance
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
        (best.0 > MIN_CONTRAST * self.contrast).then(|| view(best.1))
    }

    /// How much lighter the light ring is than the dark modules.
    fn ring_contrast(&self, (x, y): Vec2, view: &impl Fn(Vec2) -> Vec2) -> f32 {
        let (mut light, mut dark) = (0.0, 0.0);
        for down in -2_i32..=2 {
            for right in -2_i32..=2 {
                let (x, y) = view((x + right as f32, y + down as f32));
                let value = self.plane.at(x, y) * self.sign;
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

#[cfg(test)]
mod tests {
    use super::positions;

    // ISO/IEC 18004, table E.1.
    #[test]
    fn patterns_are_where_the_standard_has_them() {
        let modules = |version: usize| -> Vec<usize> {
            positions(17 + 4 * version).into_iter().map(|p| p as usize).collect()
        };
        assert_eq!(modules(1), [0; 0]);
        assert_eq!(modules(2), [6, 18]);
        assert_eq!(modules(7), [6, 22, 38]);
        assert_eq!(modules(14), [6, 26, 46, 66]);
        assert_eq!(modules(15), [6, 26, 48, 70]);
        assert_eq!(modules(32), [6, 34, 60, 86, 112, 138]);
        assert_eq!(modules(36), [6, 24, 50, 76, 102, 128, 154]);
        assert_eq!(modules(39), [6, 26, 54, 82, 110, 138, 166]);
        assert_eq!(modules(40), [6, 30, 58, 86, 114, 142, 170]);
    }
}
