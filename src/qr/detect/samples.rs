//! The brightness of each module, and the thresholds to try on it.

use super::deblur::Deblurring;
use super::mesh::Mesh;
use crate::qr::decode::{self, Version, layout};
use crate::qr::image::{CodePlane, IntegralImage};
#[cfg(feature = "inspect")]
use crate::qr::inspect::{self, Step};

/// The brightness of each module, row by row.
pub(super) struct Samples {
    version: Version,
    values: Vec<f32>,
    /// Of each module and its neighbours up to five away: the first threshold.
    means: Vec<f32>,
}

impl Samples {
    /// Samples the middle of each module.
    pub(super) fn take_middles(plane: CodePlane<'_>, mesh: &Mesh, version: Version) -> Self {
        let size = version.size();
        let points = (0..size).flat_map(|y| mesh.row(y as f32 + 0.5, 0.5, size));
        let values = points.map(|(x, y)| plane.sample(x, y)).collect();
        Self::new(version, values).inspected(mesh)
    }

    /// Samples five points of each module, of which the middle one counts twice.
    pub(super) fn take(plane: CodePlane<'_>, mesh: &Mesh, version: Version) -> Self {
        let size = version.size();
        let mut values = vec![0.0; size * size];
        for (y, row) in values.chunks_exact_mut(size).enumerate() {
            let mut add = |right: f32, down: f32, weight: f32| {
                let points = mesh.row(y as f32 + down, right, size);
                for (value, (x, y)) in row.iter_mut().zip(points) {
                    *value += weight * plane.sample(x, y);
                }
            };
            add(0.5, 0.5, 2.0 / 6.0);
            for (right, down) in [(0.3, 0.3), (0.7, 0.3), (0.3, 0.7), (0.7, 0.7)] {
                add(right, down, 1.0 / 6.0);
            }
        }
        Self::new(version, values).inspected(mesh)
    }

    #[cfg(feature = "inspect")]
    fn inspected(self, mesh: &Mesh) -> Self {
        let middle = |x: usize, y: usize| mesh.to_pixel((x as f32 + 0.5, y as f32 + 0.5));
        inspect::reached(Step::FunctionPatterns);
        inspect::sampled(self.version.size(), middle, |x, y| self.is_dark(x, y));
        self
    }

    #[cfg(not(feature = "inspect"))]
    fn inspected(self, _: &Mesh) -> Self {
        self
    }

    fn new(version: Version, values: Vec<f32>) -> Self {
        let means = local_means(version.size(), &values, 5);
        Self { version, values, means }
    }

    pub(super) fn version(&self) -> Version {
        self.version
    }

    /// Whether the finder and timing patterns of a code are there.
    pub(super) fn has_patterns(&self) -> bool {
        layout::has_patterns(self.version, |x, y| self.is_dark(x, y))
    }

    /// How far each module is below the first threshold, row by row: above zero, it is dark. Less where
    /// all modules around are the same: the data mask sees to it that this is rare, and glare, shadows
    /// and marks look so.
    pub(super) fn margins(&self) -> Vec<f32> {
        let size = self.version.size();
        let around = |at: usize| at.saturating_sub(1)..(at + 2).min(size);
        let margin = |at: usize| {
            let dark = self.values[at] < self.means[at];
            let (columns, mut rows) = (around(at % size), around(at / size));
            let is_plain = rows.all(|y| columns.clone().all(|x| self.is_dark(x, y) == dark));
            let margin = self.means[at] - self.values[at];
            if is_plain { PLAIN_WEIGHT * margin } else { margin }
        };
        (0..self.values.len()).map(margin).collect()
    }

    /// Reads the code without the blur between its modules. Returns also how far each module then is
    /// below its threshold, as [`Samples::margins`].
    pub(super) fn deblurred(&self) -> Option<(Option<Vec<u8>>, Vec<f32>)> {
        let mut deblurring = Deblurring::new(self.version, &self.values);
        let mut last = None;
        for _ in 0..DEBLURRINGS {
            let Some(margins) = deblurring.refine() else { break };
            let read = |with_erasures| self.decode_margins(&margins, with_erasures);
            if let Some(text) = read(false).or_else(|| read(true)) {
                return Some((Some(text), margins));
            }
            last = Some(margins);
        }
        last.map(|margins| (None, margins))
    }

    fn is_dark(&self, x: usize, y: usize) -> bool {
        let at = y * self.version.size() + x;
        self.values[at] < self.means[at]
    }

    /// The text, if the error correction succeeds at the first attempt.
    pub(super) fn decode_at_once(&self) -> Option<Vec<u8>> {
        #[cfg(feature = "inspect")]
        inspect::reached(Step::Decoding);
        self.decode_against(&self.means)
    }

    /// The text, if the error correction succeeds with one of the thresholds.
    pub(super) fn decode(&self) -> Option<Vec<u8>> {
        #[cfg(feature = "inspect")]
        inspect::reached(Step::Decoding);
        let nearer = || local_means(self.version.size(), &self.values, 3);
        let sharpened = || {
            let sharp = self.sharpened();
            sharp.decode_against(&sharp.means)
        };
        let middle = || vec![self.middle(); self.values.len()];
        self.decode_against(&self.means)
            .or_else(|| self.decode_against(&nearer()))
            .or_else(sharpened)
            .or_else(|| self.decode_against(&middle()))
            .or_else(|| self.decode_margins(&self.margins(), true))
    }

    /// A module darker than its threshold is dark.
    fn decode_against(&self, thresholds: &[f32]) -> Option<Vec<u8>> {
        self.decode_both_ways(false, |at| thresholds[at] - self.values[at])
    }

    /// `with_erasures` says whether to treat codewords with modules near zero as erasures.
    fn decode_margins(&self, margins: &[f32], with_erasures: bool) -> Option<Vec<u8>> {
        self.decode_both_ways(with_erasures, |at| margins[at])
    }

    /// A code may be mirrored, or seen from behind.
    fn decode_both_ways(
        &self,
        with_erasures: bool,
        margin: impl Fn(usize) -> f32,
    ) -> Option<Vec<u8>> {
        let size = self.version.size();
        self.decode_with(with_erasures, |x, y| margin(y * size + x))
            .or_else(|| self.decode_with(with_erasures, |x, y| margin(x * size + y)))
    }

    fn decode_with(
        &self,
        with_erasures: bool,
        margin: impl Fn(usize, usize) -> f32,
    ) -> Option<Vec<u8>> {
        let text = decode::decode(self.version, with_erasures, &margin)?.text;
        #[cfg(feature = "inspect")]
        inspect::decoded(|x, y| margin(x, y) > 0.0);
        Some(text)
    }

    /// Each module less some of its four neighbours, against a lens out of focus that mixes them.
    fn sharpened(&self) -> Self {
        let size = self.version.size();
        let mut values = Vec::with_capacity(size * size);
        for y in 0..size {
            for x in 0..size {
                let at = y * size + x;
                let neighbours = [
                    (x > 0).then(|| at - 1),
                    (x + 1 < size).then(|| at + 1),
                    (y > 0).then(|| at - size),
                    (y + 1 < size).then(|| at + size),
                ];
                let (sum, count) = neighbours
                    .into_iter()
                    .flatten()
                    .fold((0.0, 0.0), |(sum, count), at| (sum + self.values[at], count + 1.0));
                let value = self.values[at];
                values.push(value + 0.8 * (value - sum / count));
            }
        }
        Self::new(self.version, values)
    }

    /// Half way between dark and light, leaving out a tenth at either end.
    fn middle(&self) -> f32 {
        let mut values = self.values.clone();
        values.sort_unstable_by(f32::total_cmp);
        let tail = values.len() / 10;
        (values[tail] + values[values.len() - 1 - tail]) / 2.0
    }
}

// After the first, the kernel is known well enough; after the third, it stays as it is.
const DEBLURRINGS: usize = 3;
// How much a module counts between others like it.
const PLAIN_WEIGHT: f32 = 0.2;

/// The mean of the modules that are at most `reach` away, across and along.
pub(super) fn local_means(size: usize, values: &[f32], reach: usize) -> Vec<f32> {
    let sums = IntegralImage::of(size, values.iter().copied());
    let window = |at: usize| at.saturating_sub(reach)..(at + reach + 1).min(size);
    let mut means = Vec::with_capacity(size * size);
    for y in 0..size {
        let rows = window(y);
        for x in 0..size {
            let columns = window(x);
            let area = (columns.len() * rows.len()) as f32;
            means.push(sums.over(&columns, &rows) / area);
        }
    }
    means
}
