use std::ops::Range;

use super::homography::{Homography, Vec2};

/// A transform with a correction at each node of a lattice, interpolated between them: for paper that
/// is not flat.
pub(super) struct Mesh {
    transform: Homography,
    /// The corrections, in pixels, if there are any.
    shifts: Option<(Lattice, Vec<Vec2>)>,
}

/// Rows and columns through a code, at the same distances down and across.
pub(super) struct Lattice {
    /// In modules, rising.
    positions: Vec<f32>,
}

impl Mesh {
    pub(super) fn flat(transform: Homography) -> Self {
        Self { transform, shifts: None }
    }

    /// `shifts` are those at the nodes of the `lattice`.
    pub(super) fn new(transform: Homography, lattice: Lattice, shifts: Vec<Vec2>) -> Self {
        Self { transform, shifts: Some((lattice, shifts)) }
    }

    pub(super) fn transform(&self) -> &Homography {
        &self.transform
    }

    /// Where a point of the code, in modules, is in the plane.
    #[inline]
    pub(super) fn to_pixel(&self, module: Vec2) -> Vec2 {
        let (x, y) = self.transform.to_pixel(module);
        let Some((lattice, shifts)) = &self.shifts else { return (x, y) };
        let (shift_x, shift_y) = lattice.between(shifts, module);
        (x + shift_x, y + shift_y)
    }

    /// Where `count` successive modules of a row are, from that at `x`.
    pub(super) fn row(&self, y: f32, x: f32, count: usize) -> impl Iterator<Item = Vec2> {
        let shifts =
            self.shifts.as_ref().map(|(lattice, shifts)| (lattice, lattice.row(shifts, y)));
        let mut column = 0;
        self.transform.row(y, x).take(count).enumerate().map(move |(at, (pixel_x, pixel_y))| {
            let Some((lattice, shifts)) = &shifts else { return (pixel_x, pixel_y) };
            let positions = &lattice.positions;
            let x = x + at as f32;
            while column + 2 < positions.len() && positions[column + 1] <= x {
                column += 1;
            }
            let (from, to) = (positions[column], positions[column + 1]);
            let shift = mix(shifts[column], shifts[column + 1], (x - from) / (to - from));
            (pixel_x + shift.0, pixel_y + shift.1)
        })
    }
}

impl Lattice {
    /// At least two `positions`, in modules, rising.
    pub(super) fn new(positions: Vec<f32>) -> Self {
        Self { positions }
    }

    /// The nodes, row by row.
    pub(super) fn nodes(&self) -> Range<usize> {
        0..self.positions.len() * self.positions.len()
    }

    /// Where a node is, in modules.
    pub(super) fn module(&self, node: usize) -> Vec2 {
        let count = self.positions.len();
        (self.positions[node % count], self.positions[node / count])
    }

    /// Whether a node is one of the four at the corners.
    pub(super) fn is_corner(&self, node: usize) -> bool {
        let last = self.positions.len() - 1;
        let (column, row) = (node % (last + 1), node / (last + 1));
        (column == 0 || column == last) && (row == 0 || row == last)
    }

    /// The nodes that are so many columns and rows away from one.
    pub(super) fn around(
        &self,
        node: usize,
        steps: impl IntoIterator<Item = (isize, isize)>,
    ) -> impl Iterator<Item = usize> {
        let count = self.positions.len();
        let place = move |at: usize, by| at.checked_add_signed(by).filter(|at| *at < count);
        steps.into_iter().filter_map(move |(right, down)| {
            Some(place(node / count, down)? * count + place(node % count, right)?)
        })
    }

    /// The value at a point, of `values` at the nodes; bilinear.
    fn between(&self, values: &[Vec2], (x, y): Vec2) -> Vec2 {
        let count = self.positions.len();
        let ((column, right), (row, down)) = (self.cell(x), self.cell(y));
        let at = |row: usize| {
            let start = row * count + column;
            mix(values[start], values[start + 1], right)
        };
        mix(at(row), at(row + 1), down)
    }

    /// The values on a row, at each column of the lattice.
    fn row(&self, values: &[Vec2], y: f32) -> Vec<Vec2> {
        let count = self.positions.len();
        let (row, down) = self.cell(y);
        let rows = &values[row * count..(row + 2) * count];
        (0..count).map(|at| mix(rows[at], rows[at + count], down)).collect()
    }

    /// Between which two positions a place is, or is nearest to being, as the first one's index; and
    /// how far on the way to the second.
    fn cell(&self, at: f32) -> (usize, f32) {
        let positions = &self.positions;
        let before = positions[1..positions.len() - 1].partition_point(|p| *p <= at);
        let (from, to) = (positions[before], positions[before + 1]);
        (before, (at - from) / (to - from))
    }
}

fn mix(a: Vec2, b: Vec2, share: f32) -> Vec2 {
    (a.0 + (b.0 - a.0) * share, a.1 + (b.1 - a.1) * share)
}
