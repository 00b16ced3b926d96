use std::ops::{Add, Range, Sub};

/// An integral image, or summed-area table: gives the sum over any rectangle of a table from four
/// stored sums.
pub(crate) struct IntegralImage<T> {
    /// Of all values above and left of a place; one row and column more than the table has.
    sums: Vec<T>,
    stride: usize,
}

impl<T: Copy + Default + Add<Output = T> + Sub<Output = T>> IntegralImage<T> {
    /// `values` are those of the table, row by row.
    pub(crate) fn of(columns: usize, values: impl ExactSizeIterator<Item = T>) -> Self {
        let stride = columns + 1;
        let mut sums = Vec::with_capacity(values.len() / columns * stride + stride);
        sums.resize(stride, T::default());
        let mut sum = T::default();
        for value in values {
            if sums.len() % stride == 0 {
                sum = T::default();
                sums.push(sum);
            }
            sum = sum + value;
            sums.push(sums[sums.len() - stride] + sum);
        }
        Self { sums, stride }
    }

    pub(crate) fn over(&self, columns: &Range<usize>, rows: &Range<usize>) -> T {
        let at = |column: usize, row: usize| self.sums[row * self.stride + column];
        at(columns.end, rows.end) - at(columns.end, rows.start) - at(columns.start, rows.end)
            + at(columns.start, rows.start)
    }
}
