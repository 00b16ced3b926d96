//! Fits a mesh to the modules themselves, for paper and cloth with folds between the patterns.

use super::homography::{Vec2, difference, mean};
use super::mesh::{Lattice, Mesh};
use crate::qr::decode::Version;
use crate::qr::image::CodePlane;

/// The mesh with a node every few modules, each moved to where samples of the modules around it have
/// the most contrast: between modules, dark and light are mixed.
///
/// The nodes are fitted from the finder patterns outwards, each near where its neighbours predict
/// it: never as far as half a module away, where the next module would fit as well.
pub(super) fn fitted(mesh: &Mesh, plane: CodePlane<'_>, version: Version) -> Mesh {
    let size = version.size();
    let lattice = lattice(size);
    let far = size as f32 - 3.5;
    let from_finder = |at: &usize| {
        let (x, y) = lattice.module(*at);
        let finders: [Vec2; 3] = [(3.5, 3.5), (far, 3.5), (3.5, far)];
        finders.map(|(u, v)| (x - u).hypot(y - v)).into_iter().fold(f32::MAX, f32::min)
    };
    let mut order: Vec<usize> = lattice.nodes().collect();
    order.sort_by(|a, b| from_finder(a).total_cmp(&from_finder(b)));

    // In modules.
    let mut shifts: Vec<Option<Vec2>> = vec![None; order.len()];
    for at in order {
        let expected = mean(lattice.around(at, AROUND).filter_map(|neighbour| shifts[neighbour]));
        shifts[at] = Some(best_shift(mesh, plane, size, lattice.module(at), expected));
    }

    let in_pixels = lattice.nodes().zip(shifts).map(|(at, shift)| {
        let ((x, y), (right, down)) = (lattice.module(at), shift.unwrap_or_default());
        difference(mesh.to_pixel((x + right, y + down)), mesh.transform().to_pixel((x, y)))
    });
    let in_pixels = in_pixels.collect();
    Mesh::new(mesh.transform().clone(), lattice, in_pixels)
}

fn lattice(size: usize) -> Lattice {
    let last = size - 7;
    let count = last / NODE_DISTANCE + 1;
    Lattice::new((0..=count).map(|i| 3.5 + last as f32 * i as f32 / count as f32).collect())
}

fn best_shift(
    mesh: &Mesh,
    plane: CodePlane<'_>,
    size: usize,
    (x, y): Vec2,
    expected: Vec2,
) -> Vec2 {
    let window = |middle: f32| {
        let first = (middle as usize).saturating_sub(WINDOW_REACH);
        (first, (middle as usize + WINDOW_REACH + 1).min(size))
    };
    let ((left, right), (top, bottom)) = (window(x), window(y));
    let mut values = Vec::with_capacity((right - left) * (bottom - top));
    let mut contrast = |shift: Vec2| {
        values.clear();
        for row in top..bottom {
            let first = left as f32 + 0.5 + shift.0;
            let points = mesh.row(row as f32 + 0.5 + shift.1, first, right - left);
            values.extend(points.map(|(x, y)| plane.sample(x, y)));
        }
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        values.iter().map(|value| (value - mean).abs()).sum::<f32>()
    };
    let mut best = (contrast(expected) * STAY, expected);
    for step in [0.3, 0.15] {
        let (x, y) = best.1;
        for (right, down) in AROUND {
            let shift = (x + right as f32 * step, y + down as f32 * step);
            let contrast = contrast(shift);
            if contrast > best.0 {
                best = (contrast, shift);
            }
        }
    }
    best.1
}

const AROUND: [(isize, isize); 8] =
    [(-1, -1), (0, -1), (1, -1), (-1, 0), (1, 0), (-1, 1), (0, 1), (1, 1)];
// Of the budget, for each module of a code: a node in sixteen of them has 49 modules in its window, which are
// sampled 17 times.
pub(super) const UNITS_PER_MODULE: usize = 17 * 49 / 12;
// In modules.
const NODE_DISTANCE: usize = 4;
const WINDOW_REACH: usize = 3;
// Where there is no contrast, a node stays where its neighbours predict it.
const STAY: f32 = 1.02;
