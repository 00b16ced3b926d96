use std::borrow::Cow;
use std::f32::consts::{PI, TAU};

use crate::qr::ImagePoint;

/// A plane of brightness values with rows of `stride` bytes.
#[derive(Clone)]
pub(crate) struct Plane<'a> {
    pixels: Cow<'a, [u8]>,
    width: usize,
    height: usize,
    stride: usize,
}

impl<'a> Plane<'a> {
    /// `pixels` holds `height` rows, each `stride` bytes after the one before; the last may end
    /// after `width`.
    pub(crate) fn new(
        pixels: impl Into<Cow<'a, [u8]>>,
        width: usize,
        height: usize,
        stride: usize,
    ) -> Self {
        Self { pixels: pixels.into(), width, height, stride }
    }

    /// The plane as part of a white canvas, whose pixel (`left`, `top`) is its first one.
    #[cfg(any(feature = "gif", feature = "webp"))]
    pub(super) fn on_canvas(self, width: usize, height: usize, left: usize, top: usize) -> Self {
        if (left, top) == (0, 0) && (width, height) == (self.width, self.height) {
            return self;
        }
        let mut canvas = vec![255; width * height];
        let shown = self.width.min(width.saturating_sub(left));
        if shown > 0 {
            let rows = canvas.chunks_exact_mut(width).skip(top).zip(0..self.height);
            for (row, y) in rows {
                row[left..left + shown].copy_from_slice(&self.row(y)[..shown]);
            }
        }
        Self::new(canvas, width, height, width)
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    pub(crate) fn height(&self) -> usize {
        self.height
    }

    pub(crate) fn shorter_side(&self) -> usize {
        self.width.min(self.height)
    }

    pub(crate) fn centre(&self) -> ImagePoint {
        ImagePoint { x: self.width as f32 / 2.0, y: self.height as f32 / 2.0 }
    }

    pub(crate) fn area(&self) -> usize {
        self.width * self.height
    }

    pub(crate) fn row(&self, y: usize) -> &[u8] {
        let start = y * self.stride;
        &self.pixels[start..start + self.width]
    }

    /// The same plane, without a copy.
    pub(crate) fn borrowed(&self) -> Plane<'_> {
        self.crop(0, 0, self.width, self.height)
    }

    /// The part whose top left pixel is at (`left`, `top`), without a copy.
    pub(crate) fn crop(&self, left: usize, top: usize, width: usize, height: usize) -> Plane<'_> {
        Plane::new(&self.pixels[top * self.stride + left..], width, height, self.stride)
    }

    /// The brightness at a point between pixels, of which the first has its middle at (0.5, 0.5);
    /// bilinear. Beyond the edge, that of the edge.
    #[inline]
    pub(crate) fn sample(&self, x: f32, y: f32) -> f32 {
        let (x, y) = (x - 0.5, y - 0.5);
        // The cast turns NaN into zero. It is faster to signed numbers of 32 bits.
        let column = (x as i32).clamp(0, self.width as i32 - 2) as usize;
        let row = (y as i32).clamp(0, self.height as i32 - 2) as usize;
        let (right, down) = ((x - column as f32).clamp(0.0, 1.0), (y - row as f32).clamp(0.0, 1.0));
        let start = row * self.stride + column;
        let between = |pair: &[u8]| {
            let (left, right_one) = (f32::from(pair[0]), f32::from(pair[1]));
            left + (right_one - left) * right
        };
        let top = between(&self.pixels[start..start + 2]);
        let bottom = between(&self.pixels[start + self.stride..start + self.stride + 2]);
        top + (bottom - top) * down
    }

    /// A plane whose pixels are the means of `factor` by `factor` ones.
    pub(crate) fn downscaled(&self, factor: usize) -> Plane<'static> {
        let (width, height) = (self.width / factor, self.height / factor);
        let mut pixels = Vec::with_capacity(width * height);
        let mut sums = vec![0_u16; width * factor];
        for y in 0..height {
            sums.fill(0);
            for row in y * factor..(y + 1) * factor {
                for (sum, pixel) in sums.iter_mut().zip(self.row(row)) {
                    *sum += u16::from(*pixel);
                }
            }
            // The common factors have loops of their own, which the compiler can vectorize.
            match factor {
                2 => pixels.extend(sums.as_chunks::<2>().0.iter().map(|run| mean(run))),
                3 => pixels.extend(sums.as_chunks::<3>().0.iter().map(|run| mean(run))),
                4 => pixels.extend(sums.as_chunks::<4>().0.iter().map(|run| mean(run))),
                _ => pixels.extend(sums.chunks_exact(factor).map(mean)),
            }
        }
        Plane::new(pixels, width, height, width)
    }

    /// A plane of twice the width and height; bilinear.
    pub(crate) fn doubled(&self) -> Plane<'static> {
        let (width, height) = (self.width, self.height);
        let mut pixels = vec![0_u8; 4 * width * height];
        // One more at either end, so that the edge repeats.
        let mut column = vec![0_u16; width + 2];
        for (y, out) in pixels.chunks_exact_mut(2 * width).enumerate() {
            // A pixel lies a quarter of the old distance from the nearest old one.
            let (near, far) = (y / 2, if y % 2 == 0 { y.max(2) / 2 - 1 } else { y / 2 + 1 });
            let (near, far) = (self.row(near), self.row(far.min(height - 1)));
            for ((sum, near), far) in column[1..=width].iter_mut().zip(near).zip(far) {
                *sum = 3 * u16::from(*near) + u16::from(*far);
            }
            column[0] = column[1];
            column[width + 1] = column[width];
            for (pair, window) in out.as_chunks_mut::<2>().0.iter_mut().zip(column.windows(3)) {
                let here = 3 * window[1] + 8;
                *pair = [((here + window[0]) / 16) as u8, ((here + window[2]) / 16) as u8];
            }
        }
        Plane::new(pixels, 2 * width, 2 * height, 2 * width)
    }

    /// The plane with its edges made steeper, against a lens out of focus: differences from the
    /// surroundings (a binomial mean of 5 by 5 pixels) become 2.5 times as large.
    pub(crate) fn sharpened(&self) -> Plane<'static> {
        let blurred = self.blurred();
        let mut pixels = Vec::with_capacity(self.width * self.height);
        for y in 0..self.height {
            let pairs = self.row(y).iter().zip(blurred.row(y));
            pixels.extend(pairs.map(|(pixel, mean)| {
                let difference = i16::from(*pixel) - i16::from(*mean);
                (i16::from(*pixel) + difference * 3 / 2).clamp(0, 255) as u8
            }));
        }
        Plane::new(pixels, self.width, self.height, self.width)
    }

    /// The plane as it was before a lens out of focus blurred it by [`DEFOCUS`] pixels: the inverse of a
    /// Gaussian blur, held back where it would make more of noise than of the image (Wiener's filter
    /// for the same noise at all frequencies).
    pub(crate) fn deconvolved(&self) -> Plane<'static> {
        let taps = inverse_taps();
        let (width, height) = (self.width, self.height);
        let mut rows = Vec::with_capacity(width * height);
        // More at either end, so that the edge repeats.
        let mut padded = vec![0.0; width + 2 * REACH];
        for y in 0..height {
            let row = self.row(y);
            for (at, out) in padded.iter_mut().enumerate() {
                *out = f32::from(row[at.saturating_sub(REACH).min(width - 1)]);
            }
            rows.extend(padded.windows(2 * REACH + 1).map(|window| {
                let pairs = (1..=REACH).map(|at| window[REACH - at] + window[REACH + at]);
                taps[0] * window[REACH]
                    + pairs.zip(&taps[1..]).map(|(sum, tap)| tap * sum).sum::<f32>()
            }));
        }
        let mut pixels = Vec::with_capacity(width * height);
        let mut sums = vec![0.0; width];
        for y in 0..height {
            let row = |y: usize| &rows[y * width..(y + 1) * width];
            for (sum, here) in sums.iter_mut().zip(row(y)) {
                *sum = taps[0] * here;
            }
            for (at, tap) in taps.iter().enumerate().skip(1) {
                let pairs = row(y.saturating_sub(at)).iter().zip(row((y + at).min(height - 1)));
                for (sum, (above, below)) in sums.iter_mut().zip(pairs) {
                    *sum += tap * (above + below);
                }
            }
            pixels.extend(sums.iter().map(|sum| *sum as u8));
        }
        Plane::new(pixels, width, height, width)
    }

    /// How much weaker changes are along a direction than across it, at the least: 1 for what has no
    /// direction, as the modules of a code, and less for what moved while the picture was taken.
    pub(crate) fn isotropy(&self) -> f32 {
        let (width, height) = (self.width, self.height);
        if self.shorter_side() < 3 {
            return 1.0;
        }
        let mut sums = [0_u64; 4];
        let square = |a: u8, b: u8| u64::from(a.abs_diff(b)).pow(2);
        for y in 0..height - 2 {
            let (row, below) = (self.row(y), self.row(y + 2));
            for x in 2..width - 2 {
                sums[0] += square(row[x], row[x + 2]);
                sums[1] += square(row[x], below[x]);
                sums[2] += square(row[x], below[x + 2]);
                sums[3] += square(row[x], below[x - 2]);
            }
        }
        let ratio = |[a, b]: [u64; 2]| a.min(b) as f32 / a.max(b).max(1) as f32;
        let [across, down, falling, rising] = sums;
        if across.max(down) < LEAST_CHANGE * self.area() as u64 {
            return 1.0;
        }
        ratio([across, down]).min(ratio([falling, rising]))
    }

    /// Each pixel a mean of 5 by 5 ones, weighted 1 4 6 4 1 both ways.
    fn blurred(&self) -> Plane<'static> {
        let (width, bottom) = (self.width, self.height - 1);
        let mut pixels = vec![0_u8; width * self.height];
        // Two more at either end, so that the edge repeats.
        let mut column = vec![0_u16; width + 4];
        for (y, out) in pixels.chunks_exact_mut(width).enumerate() {
            let [a, b, c, d, e] =
                [y.max(2) - 2, y.max(1) - 1, y, y + 1, y + 2].map(|row| self.row(row.min(bottom)));
            for x in 0..width {
                let [a, b, c, d, e] = [a[x], b[x], c[x], d[x], e[x]].map(u16::from);
                column[x + 2] = a + e + 4 * (b + d) + 6 * c;
            }
            let (first, last) = (column[2], column[width + 1]);
            column[..2].fill(first);
            column[width + 2..].fill(last);
            for (out, window) in out.iter_mut().zip(column.windows(5)) {
                let [a, b, c, d, e] = [0, 1, 2, 3, 4].map(|i| u32::from(window[i]));
                *out = ((a + e + 4 * (b + d) + 6 * c + 128) / 256) as u8;
            }
        }
        Plane::new(pixels, width, self.height, width)
    }
}

/// A plane with the polarity of a code: what counts as dark has the lower values, also when the code
/// is light on dark.
#[derive(Clone, Copy)]
pub(crate) struct CodePlane<'a> {
    plane: &'a Plane<'a>,
    sign: f32,
}

impl<'a> CodePlane<'a> {
    pub(crate) fn new(plane: &'a Plane<'a>, dark_on_light: bool) -> Self {
        Self { plane, sign: if dark_on_light { 1.0 } else { -1.0 } }
    }

    /// The value of [`Plane::sample`]; negated if the code is light on dark.
    #[inline]
    pub(crate) fn sample(&self, x: f32, y: f32) -> f32 {
        self.sign * self.plane.sample(x, y)
    }
}

/// Half of the symmetric filter of [`Plane::deconvolved`], from its middle, with a sum of 1 on both sides.
fn inverse_taps() -> [f32; REACH + 1] {
    let frequencies = || (0..64).map(|at| (at as f32 + 0.5) / 128.0);
    let mut taps: [f32; REACH + 1] = std::array::from_fn(|at| {
        let waves = frequencies().map(|frequency| {
            let left = (-2.0 * (PI * DEFOCUS * frequency).powi(2)).exp();
            left / (left * left + NOISE) * (TAU * frequency * at as f32).cos()
        });
        // Hann's window lets it end smoothly.
        waves.sum::<f32>() * (1.0 + (PI * at as f32 / (REACH + 1) as f32).cos())
    });
    let sum = taps[0] + 2.0 * taps[1..].iter().sum::<f32>();
    taps.iter_mut().for_each(|tap| *tap /= sum);
    taps
}

/// The mean of as many columns as each is a sum of pixels.
#[inline]
fn mean(columns: &[u16]) -> u8 {
    let area = (columns.len() * columns.len()) as u32;
    let sum: u32 = columns.iter().map(|column| u32::from(*column)).sum();
    ((sum + area / 2) / area) as u8
}

// In pixels, the standard deviation of the blur that is undone: two thirds of a module of three pixels,
// which is about the size in which modules remain at a third or half of a camera's frame.
const DEFOCUS: f32 = 2.0;
// The power of the noise, as a share of the image's. It limits the gain to 9 along either axis.
const NOISE: f32 = 0.003;
// The mean square over two pixels, in grey values: with less, nothing is there that could have moved.
const LEAST_CHANGE: u64 = 16;
// In pixels: what is farther away counts for nothing.
const REACH: usize = 9;
