//! Fits a mesh to what it covers, for paper and cloth with folds that no pattern shows.

use super::homography::{Point, mean};
use super::mesh::Mesh;
use super::plane::Plane;

/// The mesh with a node every few modules, each moved to where the modules around it are seen with
/// the most contrast: between modules, dark and light run into one another.
///
/// The nodes are gone through from the finder patterns outwards, and each is looked for where its
/// neighbours make it: never as far as half a module away, where the next one would fit as well.
pub(super) fn relaxed(mesh: &Mesh, plane: &Plane<'_>, size: usize) -> Mesh {
    let positions = positions(size);
    let count = positions.len();
    let place = |at: usize| (positions[at % count], positions[at / count]);
    let far = size as f32 - 3.5;
    let distance = |at: &usize| {
        let (x, y) = place(*at);
        [(3.5, 3.5), (far, 3.5), (3.5, far)]
            .into_iter()
            .map(|(u, v): Point| (x - u).hypot(y - v))
            .fold(f32::MAX, f32::min)
    };
    let mut order: Vec<usize> = (0..count * count).collect();
    order.sort_by(|a, b| distance(a).total_cmp(&distance(b)));

    // In modules.
    let mut shifts: Vec<Option<Point>> = vec![None; count * count];
    for at in order {
        let known = AROUND.into_iter().filter_map(|(right, down)| {
            let column = (at % count).checked_add_signed(right).filter(|column| *column < count)?;
            let row = (at / count).checked_add_signed(down).filter(|row| *row < count)?;
            shifts[row * count + column]
        });
        shifts[at] = Some(best_shift(mesh, plane, size, place(at), mean(known)));
    }

    let in_pixels = shifts.iter().enumerate().map(|(at, shift)| {
        let (x, y) = place(at);
        let (right, down) = shift.unwrap_or_default();
        let (from, to) = (mesh.view().at((x, y)), mesh.at((x + right, y + down)));
        (to.0 - from.0, to.1 - from.1)
    });
    Mesh::new(mesh.view().clone(), positions.clone(), in_pixels.collect())
}

/// Of the rows and columns of nodes, in modules.
fn positions(size: usize) -> Vec<f32> {
    let last = size - 7;
    let count = last / NODE_DISTANCE + 1;
    (0..=count).map(|i| 3.5 + last as f32 * i as f32 / count as f32).collect()
}

fn best_shift(
    mesh: &Mesh,
    plane: &Plane<'_>,
    size: usize,
    (x, y): Point,
    expected: Point,
) -> Point {
    let window = |middle: f32| {
        let first = (middle as usize).saturating_sub(WINDOW_REACH);
        (first, (middle as usize + WINDOW_REACH + 1).min(size))
    };
    let ((left, right), (top, bottom)) = (window(x), window(y));
    let mut values = Vec::with_capacity((right - left) * (bottom - top));
    let mut contrast = |shift: Point| {
        values.clear();
        for row in top..bottom {
            for column in left..right {
                let module = (column as f32 + 0.5 + shift.0, row as f32 + 0.5 + shift.1);
                let (x, y) = mesh.at(module);
                values.push(plane.at(x, y));
            }
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
// In modules.
const NODE_DISTANCE: usize = 4;
const WINDOW_REACH: usize = 3;
// Where all is alike, a node stays where its neighbours make it.
const STAY: f32 = 1.02;
