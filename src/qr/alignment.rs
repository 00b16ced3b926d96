//! Alignment patterns (ISO/IEC 18004, 6.3.6 and Annex E): a dark module within a light ring within a
//! dark one. They show where a code's inside lies, which its three corners alone do not: under
//! perspective the fourth corner, and on paper that bends all between.

use super::homography::{Homography, Point, Sighting, mean};
use super::mesh::Mesh;
use super::plane::Plane;

/// The middles of alignment patterns along a row or column, in modules, for a code of `size` by
/// `size` modules. The first and the last have no pattern where a finder pattern is.
pub(super) fn positions(size: usize) -> Vec<f32> {
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
    /// The views to try with a code of `size` by `size` modules whose `corners` are twelve sightings
    /// of its finder patterns' corners; the best founded first.
    pub(super) fn views(&self, size: usize, corners: &[Sighting], plain: Homography) -> Vec<Mesh> {
        let positions = positions(size);
        let Some(last) = positions.last().copied() else { return vec![Mesh::flat(plain)] };
        let mut sightings = corners.to_vec();
        let by_plain = |module| plain.at(module);
        let Some(pixel) = self.find((last, last), &by_plain, LAST_REACH, 0.01) else {
            return vec![Mesh::flat(plain)];
        };
        // The only one near its corner: it counts as much as most of a finder pattern.
        sightings.push(Sighting { module: (last, last), pixel, weight: 8.0 });
        let Some(view) = Homography::fit(&sightings) else { return vec![Mesh::flat(plain)] };
        if positions.len() == 2 {
            return vec![Mesh::flat(view), Mesh::flat(plain)];
        }
        let mesh = self.mesh(view.clone(), positions, pixel, sightings);
        mesh.into_iter().chain([Mesh::flat(view), Mesh::flat(plain)]).collect()
    }

    /// Goes from pattern to pattern, each expected where its neighbours' shifts make it.
    fn mesh(
        &self,
        view: Homography,
        positions: Vec<f32>,
        last: Point,
        mut sightings: Vec<Sighting>,
    ) -> Option<Mesh> {
        let count = positions.len();
        let is_end = |at: usize| at == 0 || at == count - 1;
        let is_corner = |row: usize, column: usize| is_end(row) && is_end(column);
        let mut seen: Vec<Option<Point>> = vec![None; count * count];
        seen[count * count - 1] = Some(last);
        for row in 0..count {
            for column in 0..count {
                // Finder patterns are there, and the one that is known.
                if is_corner(row, column) {
                    continue;
                }
                let module = (positions[column], positions[row]);
                let neighbours = [
                    (column > 0).then(|| row * count + column - 1),
                    (row > 0).then(|| (row - 1) * count + column),
                    (row > 0 && column > 0).then(|| (row - 1) * count + column - 1),
                ];
                let shift = mean(neighbours.into_iter().flatten().filter_map(|at| {
                    let (x, y) = view.at((positions[at % count], positions[at / count]));
                    seen[at].map(|seen| (seen.0 - x, seen.1 - y))
                }));
                let expected = |module| {
                    let (x, y) = view.at(module);
                    (x + shift.0, y + shift.1)
                };
                if let Some(pixel) = self.find(module, &expected, NEXT_REACH, 0.02) {
                    seen[row * count + column] = Some(pixel);
                    sightings.push(Sighting { module, pixel, weight: 2.0 });
                }
            }
        }
        let view = Homography::fit(&sightings)?;
        let mut shifts = Vec::with_capacity(seen.len());
        let off = |at: usize| {
            let (x, y) = view.at((positions[at % count], positions[at / count]));
            seen[at].map(|seen| (seen.0 - x, seen.1 - y))
        };
        for at in 0..seen.len() {
            // What was not seen is where its neighbours make it.
            let (row, column) = (at / count, at % count);
            let neighbours = [
                (column > 0).then(|| at - 1),
                (column + 1 < count).then(|| at + 1),
                (row > 0).then(|| at - count),
                (row + 1 < count).then(|| at + count),
            ];
            shifts.push(match off(at) {
                Some(shift) => shift,
                None if is_corner(row, column) => (0.0, 0.0),
                None => mean(neighbours.into_iter().flatten().filter_map(off)),
            });
        }
        Some(Mesh::new(view, positions, shifts))
    }

    /// The pattern's middle, in pixels, within `reach` modules of where `view` has it. What is
    /// farther away must look better by `price`, a share of the contrast, for each module.
    fn find(
        &self,
        module: Point,
        view: &impl Fn(Point) -> Point,
        reach: f32,
        price: f32,
    ) -> Option<Point> {
        let likeness = |(x, y): Point| {
            let distance = (x - module.0).abs() + (y - module.1).abs();
            self.likeness((x, y), view) - price * self.contrast * distance
        };
        let mut best = (likeness(module), module);
        let mut look = |at: Point| {
            let likeness = likeness(at);
            if likeness > best.0 {
                best = (likeness, at);
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
        (best.0 > 0.2 * self.contrast).then(|| view(best.1))
    }

    /// How much lighter the light ring is than the dark modules.
    fn likeness(&self, (x, y): Point, view: &impl Fn(Point) -> Point) -> f32 {
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

// In modules. Three finder patterns alone can be out by some modules at the fourth corner; once
// that is known, the others are near where they should be.
const LAST_REACH: f32 = 3.0;
const NEXT_REACH: f32 = 1.5;

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
