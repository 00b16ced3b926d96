//! Binarization: from grey to dark and light.

use super::bits::Bits;
use super::integral::IntegralImage;
use super::plane::Plane;

/// How the threshold between dark and light is chosen.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Threshold {
    /// For ink on paper: the mean of a block with an edge in it; in a block that is flat except for
    /// noise, the threshold of its neighbours, or half its own brightness, so that flat paper is
    /// light. Smoothed over five by five blocks, as in ZXing's hybrid binarizer.
    Hybrid,
    /// For any background: the mean brightness of three by three blocks, less a thirtieth.
    LocalMean,
    /// Where only the background is light: a little darker than the lightest of the surroundings.
    /// For modules that are pictures themselves, or only outlined.
    NearWhite,
    /// For a code on a page as dark as itself: half way between the darkest and the lightest of the
    /// surroundings, so that flat dark stays dark.
    Midway,
}

/// The blocks of 8 by 8 pixels of a plane, from which thresholds are made. Blocks at the right and
/// the lower edge overlap their neighbours.
pub(crate) struct Blocks {
    columns: usize,
    rows: usize,
    lightest: Vec<u8>,
    darkest: Vec<u8>,
    mean: Vec<u8>,
}

impl Blocks {
    /// Of a plane that has at least 8 by 8 pixels.
    pub(crate) fn of(plane: &Plane<'_>) -> Self {
        let (width, height) = (plane.width(), plane.height());
        let (columns, rows) = (width.div_ceil(SIDE), height.div_ceil(SIDE));
        let empty = || Vec::with_capacity(columns * rows);
        let mut blocks = Self { columns, rows, lightest: empty(), darkest: empty(), mean: empty() };
        let (mut sums, mut darkest, mut lightest) =
            (vec![0_u16; width], vec![0_u8; width], vec![0_u8; width]);
        for row in 0..rows {
            let top = (row * SIDE).min(height - SIDE);
            sums.fill(0);
            darkest.fill(255);
            lightest.fill(0);
            for y in top..top + SIDE {
                let columns = sums.iter_mut().zip(&mut darkest).zip(&mut lightest);
                for (((sum, darkest), lightest), pixel) in columns.zip(plane.row(y)) {
                    *sum += u16::from(*pixel);
                    *darkest = (*darkest).min(*pixel);
                    *lightest = (*lightest).max(*pixel);
                }
            }
            for column in 0..columns {
                let left = (column * SIDE).min(width - SIDE);
                let span = left..left + SIDE;
                let sum: u16 = sums[span.clone()].iter().sum();
                blocks.mean.push((sum / (SIDE * SIDE) as u16) as u8);
                blocks.darkest.push(darkest[span.clone()].iter().copied().fold(255, u8::min));
                blocks.lightest.push(lightest[span].iter().copied().fold(0, u8::max));
            }
        }
        blocks
    }

    /// The difference between the darkest and the lightest parts of the image, without a few blocks
    /// at either end.
    fn contrast(&self) -> u8 {
        let tail = (self.mean.len() / 200).min(OUTLIERS);
        let dark = nth_smallest(self.darkest.iter().copied(), tail);
        let light = nth_smallest(self.lightest.iter().copied(), self.mean.len() - 1 - tail);
        light.saturating_sub(dark)
    }

    /// The difference between the darkest and the lightest pixel of an empty block: at most this in a
    /// fifth of all blocks, which is about the share of plain background in an image. (Too high for
    /// an image that has none.)
    fn noise(&self) -> u8 {
        let pairs = self.lightest.iter().zip(&self.darkest);
        nth_smallest(pairs.map(|(lightest, darkest)| lightest - darkest), self.mean.len() / 5)
    }

    /// The difference between the darkest and the lightest pixel of a block up to which it counts as
    /// flat.
    fn flat(&self) -> u8 {
        let contrast = u32::from(self.contrast());
        let noise = (7 * u32::from(self.noise()) / 5).min(2 * contrast / 5);
        (contrast / 8).clamp(8, 24).max(noise) as u8
    }

    /// Whether there is too little light to see anything.
    pub(crate) fn is_too_dark(&self) -> bool {
        let lightest = self.lightest.iter().map(|lightest| u32::from(*lightest)).sum::<u32>();
        lightest / (self.lightest.len() as u32) < DARK && self.contrast() < DARK as u8
    }

    /// Whether no edge is as steep as it is in focus: in hardly any block it goes from dark to light.
    pub(crate) fn are_blurred(&self) -> bool {
        let pairs = self.lightest.iter().zip(&self.darkest);
        let mut ranges: Vec<u8> = pairs.map(|(lightest, darkest)| lightest - darkest).collect();
        let last = ranges.len() - 1 - ranges.len() / 200;
        let steepest = *ranges.select_nth_unstable(last).1;
        f32::from(steepest) < STEEP * f32::from(self.contrast())
    }

    /// Which pixels of the plane, whose blocks these are, are dark.
    pub(crate) fn binarize(&self, plane: &Plane<'_>, threshold: Threshold) -> Bits {
        let thresholds = match threshold {
            Threshold::Hybrid => self.smoothed(&self.black_points(), 2),
            Threshold::LocalMean => reduced(self.smoothed(&self.mean, 1), 30),
            Threshold::NearWhite => reduced(self.smoothed(&self.lightest, 2), 8),
            Threshold::Midway => self.midway(),
        };
        self.apply(plane, &thresholds)
    }

    /// The thresholds of [`Threshold::Hybrid`] before they are smoothed.
    fn black_points(&self) -> Vec<u8> {
        let flat = self.flat();
        let mut points = vec![0_u8; self.mean.len()];
        for row in 0..self.rows {
            for column in 0..self.columns {
                let at = row * self.columns + column;
                let darkest = self.darkest[at];
                points[at] = if self.lightest[at] - darkest > flat {
                    self.mean[at]
                } else {
                    let of_neighbours = match (row, column) {
                        (0, _) | (_, 0) => 0,
                        _ => {
                            let [left, up, both] =
                                [at - 1, at - self.columns, at - self.columns - 1]
                                    .map(|at| u16::from(points[at]));
                            ((2 * left + up + both) / 4) as u8
                        }
                    };
                    if darkest < of_neighbours { of_neighbours } else { darkest / 2 }
                };
            }
        }
        points
    }

    /// Half way between the darkest and the lightest of each block and those up to two away; nothing is
    /// dark where all of them are flat.
    fn midway(&self) -> Vec<u8> {
        let (darkest, lightest) =
            (self.extreme(&self.darkest, u8::min), self.extreme(&self.lightest, u8::max));
        let flat = self.flat();
        let middle = |(dark, light): (u8, u8)| {
            if light - dark > 2 * flat { dark.midpoint(light) } else { 0 }
        };
        darkest.into_iter().zip(lightest).map(middle).collect()
    }

    /// The least or the greatest of each block and those up to two away.
    fn extreme(&self, values: &[u8], of: fn(u8, u8) -> u8) -> Vec<u8> {
        let near = |at: usize, count: usize| at.saturating_sub(2)..(at + 3).min(count);
        let fold = |values: &[u8]| values.iter().copied().reduce(of).unwrap_or_default();
        let mut wide = Vec::with_capacity(values.len());
        for row in values.chunks_exact(self.columns) {
            wide.extend((0..self.columns).map(|at| fold(&row[near(at, self.columns)])));
        }
        let mut all = Vec::with_capacity(values.len());
        for row in 0..self.rows {
            let start = all.len();
            let rows = near(row, self.rows);
            all.extend_from_slice(&wide[rows.start * self.columns..][..self.columns]);
            for other in rows.skip(1) {
                let others = &wide[other * self.columns..][..self.columns];
                for (all, other) in all[start..].iter_mut().zip(others) {
                    *all = of(*all, *other);
                }
            }
        }
        all
    }

    /// The mean over (2 × `reach` + 1)² blocks. The window stays within the image.
    fn smoothed(&self, values: &[u8], reach: usize) -> Vec<u8> {
        let sums = IntegralImage::of(self.columns, values.iter().map(|value| i32::from(*value)));
        let window = |at: usize, count: usize| {
            let start = at.saturating_sub(reach).min(count.saturating_sub(2 * reach + 1));
            start..(start + 2 * reach + 1).min(count)
        };
        let mut smoothed = Vec::with_capacity(values.len());
        for row in 0..self.rows {
            let rows = window(row, self.rows);
            for column in 0..self.columns {
                let columns = window(column, self.columns);
                let area = (columns.len() * rows.len()) as i32;
                smoothed.push((sums.over(&columns, &rows) / area) as u8);
            }
        }
        smoothed
    }

    /// Which pixels of the plane are as dark as their block's threshold, or darker.
    fn apply(&self, plane: &Plane<'_>, thresholds: &[u8]) -> Bits {
        let (width, height) = (plane.width(), plane.height());
        let words_per_row = width.div_ceil(64);
        let mut words = Vec::with_capacity(words_per_row * height);
        let mut limits = vec![0_u8; words_per_row * 64];
        let mut dark = vec![0_u8; words_per_row * 64];
        for y in 0..height {
            if y % SIDE == 0 {
                let start = y / SIDE * self.columns;
                let row = &thresholds[start..start + self.columns];
                for (limits, threshold) in limits.chunks_exact_mut(SIDE).zip(row) {
                    limits.fill(*threshold);
                }
            }
            for ((dark, pixel), limit) in dark.iter_mut().zip(plane.row(y)).zip(&limits) {
                *dark = u8::from(pixel <= limit);
            }
            words.extend(dark.as_chunks::<64>().0.iter().map(pack_bits::<64>));
        }
        Bits::new(words, width)
    }
}

/// The value that `n` of the others are at most as large as.
fn nth_smallest(values: impl Iterator<Item = u8>, n: usize) -> u8 {
    let mut counts = [0; 256];
    for value in values {
        counts[usize::from(value)] += 1;
    }
    let mut rest = n;
    for (value, count) in (0..=u8::MAX).zip(counts) {
        if rest < count {
            return value;
        }
        rest -= count;
    }
    255
}

/// Each less one `part`th.
fn reduced(mut thresholds: Vec<u8>, part: u8) -> Vec<u8> {
    for threshold in &mut thresholds {
        *threshold -= *threshold / part;
    }
    thresholds
}

/// One bit of each of at most 64 bytes, which are 0 or 1; the first byte's is the lowest.
#[inline]
pub(crate) fn pack_bits<const N: usize>(bytes: &[u8; N]) -> u64 {
    let (eights, _) = bytes.as_chunks::<8>();
    // The product has the eight bits side by side in its highest byte.
    let bits =
        |eight: &[u8; 8]| u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    eights.iter().rev().fold(0, |word, eight| word << 8 | bits(eight))
}

const SIDE: usize = 8;
// In blocks: those of faulty pixels and sparks. The smallest code, of 21 modules of 1.3 pixels, covers
// more.
const OUTLIERS: usize = 6;
// In grey values, of 255: darker than a screen in a dark room.
const DARK: u32 = 40;
// As a share of the contrast: how much of it an edge in focus crosses in a block.
const STEEP: f32 = 0.7;
