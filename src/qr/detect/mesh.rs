use std::ops::Range;

use super::homography::{Homography, Vec2};

/// A view with a correction at each crossing of some rows and columns, and between them in
/// proportion: for paper that is not flat.
pub(super) struct Mesh {
    view: Homography,
    /// The corrections, in pixels, if there are any.
    shifts: Option<(Lattice, Vec<Vec2>)>,
}

/// Rows and columns through a code, at the same distances down and across.
pub(super) struct Lattice {
    /// In modules, rising.
    positions: Vec<f32>,
}

impl Mesh {
    pub(super) fn flat(view: Homography) -> Self {
        Self { view, shifts: None }
    }

    /// `shifts` are those at the crossings of the `lattice`.
    pub(super) fn new(view: Homography, lattice: Lattice, shifts: Vec<Vec2>) -> Self {
        Self { view, shifts: Some((lattice, shifts)) }
    }

    pub(super) fn view(&self) -> &Homography {
        &self.view
    }

    /// Where a point of the code is seen.
    #[inline]
    pub(super) fn at(&self, module: Vec2) -> Vec2 {
        let (x, y) = self.view.at(module);
        let Some((lattice, shifts)) = &self.shifts else { return (x, y) };
        let (shift_x, shift_y) = lattice.between(shifts, module);
        (x + shift_x, y + shift_y)
    }
}

impl Lattice {
    /// At least two `positions`, in modules, rising.
    pub(super) fn new(positions: Vec<f32>) -> Self {
        Self { positions }
    }

    /// The crossings, row by row.
    pub(super) fn crossings(&self) -> Range<usize> {
        0..self.positions.len() * self.positions.len()
    }

    /// Where a crossing is, in modules.
    pub(super) fn module(&self, crossing: usize) -> Vec2 {
        let count = self.positions.len();
        (self.positions[crossing % count], self.positions[crossing / count])
    }

    /// Whether a crossing is one of the four at the corners.
    pub(super) fn is_corner(&self, crossing: usize) -> bool {
        let last = self.positions.len() - 1;
        let (column, row) = (crossing % (last + 1), crossing / (last + 1));
        (column == 0 || column == last) && (row == 0 || row == last)
    }

    /// The crossings that are so many columns and rows away from one.
    pub(super) fn around(
        &self,
        crossing: usize,
        steps: impl IntoIterator<Item = (isize, isize)>,
    ) -> impl Iterator<Item = usize> {
        let count = self.positions.len();
        let place = move |at: usize, by| at.checked_add_signed(by).filter(|at| *at < count);
        steps.into_iter().filter_map(move |(right, down)| {
            Some(place(crossing / count, down)? * count + place(crossing % count, right)?)
        })
    }
    /// The value at a point, of `values` at the crossings; bilinear.
    fn between(&self, values: &[Vec2], (x, y): Vec2) -> Vec2 {
        let positions = &self.positions;
        let count = positions.len();
        let cell = |at: f32| {
            let before = positions[1..count - 1].partition_point(|p| *p <= at);
            let (from, to) = (positions[before], positions[before + 1]);
            (before, (at - from) / (to - from))
        };
        let ((column, right), (row, down)) = (cell(x), cell(y));
        let at = |row: usize, column: usize| values[row * count + column];
        let mix = |a: Vec2, b: Vec2, t: f32| (a.0 + (b.0 - a.0) * t, a.1 + (b.1 - a.1) * t);
        let top = mix(at(row, column), at(row, column + 1), right);
        let bottom = mix(at(row + 1, column), at(row + 1, column + 1), right);
        mix(top, bottom, down)
    }
}
