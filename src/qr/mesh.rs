use super::homography::{Homography, Point};

/// A view with a correction at each crossing of some rows and columns, and between them in
/// proportion: for paper that is not flat.
#[derive(Clone)]
pub(super) struct Mesh {
    view: Homography,
    /// Of the rows and columns, in modules, rising.
    positions: Vec<f32>,
    /// In pixels, row by row. Empty if the view needs none.
    shifts: Vec<Point>,
}

impl Mesh {
    pub(super) fn flat(view: Homography) -> Self {
        Self { view, positions: Vec::new(), shifts: Vec::new() }
    }

    pub(super) fn new(view: Homography, positions: Vec<f32>, shifts: Vec<Point>) -> Self {
        Self { view, positions, shifts }
    }

    pub(super) fn view(&self) -> &Homography {
        &self.view
    }

    /// Where a point of the code is seen.
    #[inline]
    pub(super) fn at(&self, module: Point) -> Point {
        let (x, y) = self.view.at(module);
        if self.shifts.is_empty() {
            return (x, y);
        }
        let (shift_x, shift_y) = self.shift(module);
        (x + shift_x, y + shift_y)
    }

    fn shift(&self, (x, y): Point) -> Point {
        let count = self.positions.len();
        let cell = |at: f32| {
            let before = self.positions[1..count - 1].partition_point(|p| *p <= at);
            let (from, to) = (self.positions[before], self.positions[before + 1]);
            (before, (at - from) / (to - from))
        };
        let ((column, right), (row, down)) = (cell(x), cell(y));
        let at = |row: usize, column: usize| self.shifts[row * count + column];
        let mix = |a: Point, b: Point, t: f32| (a.0 + (b.0 - a.0) * t, a.1 + (b.1 - a.1) * t);
        let top = mix(at(row, column), at(row, column + 1), right);
        let bottom = mix(at(row + 1, column), at(row + 1, column + 1), right);
        mix(top, bottom, down)
    }
}
