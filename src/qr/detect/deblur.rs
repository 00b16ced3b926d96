//! Undoes the blur between the modules of a code, after they were sampled: a lens out of focus by more
//! than half a module, or a hand that moved by more than two, mixes each with its neighbours.
//!
//! The kernel of the blur is estimated from modules whose colours are known, as in [van Gennip,
//! Athavale, Gilles and Choksi, "A regularization approach to blind deblurring and denoising of QR
//! barcodes", IEEE Trans. Image Processing 24, 2015], but on the grid of modules instead of pixels: 25
//! unknown weights, by least squares. The modules that are not known are then those between dark and
//! light with which the kernel explains the samples best (least squares within bounds, one module after
//! the other); and the kernel is estimated again, from all of them.
//!
//! Error correction judges the result. It may treat the modules that are in doubt as erasures, but
//! five codewords of the parity of each block are always left to tell whether it is right: of what is
//! no code, one block in 256⁵ would pass.

use crate::qr::decode::{Version, layout};
use crate::qr::detect::samples::local_means;

/// The modules of a code, and the blur between them, as far as they are known.
pub(super) struct Deblurring<'a> {
    size: usize,
    /// The brightness of each module, row by row.
    values: &'a [f32],
    /// Of each module, with [`REACH`] more of the quiet zone on each side: 1 for dark, -1 for light.
    modules: Vec<f32>,
    /// Which of those are known.
    known: Vec<bool>,
    /// How much each of the modules around one adds to its darkness, row by row.
    kernel: [f32; TAPS],
    rounds: usize,
}

impl<'a> Deblurring<'a> {
    pub(super) fn new(version: Version, values: &'a [f32]) -> Self {
        let size = version.size();
        let stride = size + 2 * REACH;
        let mut modules = vec![-1.0; stride * stride];
        let mut known = vec![true; stride * stride];
        for (at, dark) in layout::patterns(version).into_iter().enumerate() {
            let place = (at / size + REACH) * stride + at % size + REACH;
            known[place] = dark.is_some();
            modules[place] = dark.map_or(0.0, |dark| if dark { 1.0 } else { -1.0 });
        }
        Self { size, values, modules, known, kernel: [0.0; TAPS], rounds: 0 }
    }

    /// A better estimate of how dark each module is, row by row: above zero, it is rather dark than
    /// light. `None` if no blur explains what is known.
    pub(super) fn refine(&mut self) -> Option<Vec<f32>> {
        let offsets = match self.rounds {
            0 => vec![0.0; self.values.len()],
            _ => self.offsets(),
        };
        self.kernel = self.estimate_kernel(&offsets);
        self.rounds += 1;
        if self.kernel.iter().sum::<f32>() <= 0.0 {
            return None;
        }
        let offsets = self.offsets();
        let mut residuals: Vec<f32> = (0..self.values.len())
            .map(|at| -self.values[at] - offsets[at] - self.darkness(at))
            .collect();
        let energy = self.kernel.iter().map(|weight| weight * weight).sum::<f32>();
        for _ in 0..SWEEPS {
            for at in 0..self.values.len() {
                let place = self.place(at);
                if self.known[place] {
                    continue;
                }
                let before = self.modules[place];
                let better = before + self.step(at, before, energy, &residuals);
                self.modules[place] = better.clamp(-1.0, 1.0);
                self.spread(at, self.modules[place] - before, &mut residuals);
            }
        }
        // How far each may go before it meets a bound says how sure it is.
        let margin = |at: usize| {
            let module = self.modules[self.place(at)];
            module + self.step(at, module, energy, &residuals)
        };
        Some((0..self.values.len()).map(margin).collect())
    }

    /// Where a module is among `modules`.
    fn place(&self, at: usize) -> usize {
        (at / self.size + REACH) * self.stride() + at % self.size + REACH
    }

    fn stride(&self) -> usize {
        self.size + 2 * REACH
    }

    /// The modules around one, in the order of the kernel.
    fn around(&self, at: usize) -> impl Iterator<Item = usize> + use<> {
        let (first, stride) = (self.place(at) - REACH * (self.stride() + 1), self.stride());
        (0..TAPS).map(move |tap| first + tap / SIDE * stride + tap % SIDE)
    }

    /// How dark a module looks by the kernel.
    fn darkness(&self, at: usize) -> f32 {
        self.around(at).zip(&self.kernel).map(|(place, weight)| weight * self.modules[place]).sum()
    }

    /// What the light adds to the darkness of each module: what the kernel leaves over, smoothed.
    fn offsets(&self) -> Vec<f32> {
        let left: Vec<f32> =
            (0..self.values.len()).map(|at| -self.values[at] - self.darkness(at)).collect();
        local_means(self.size, &left, LIGHT_REACH)
    }

    /// At first from modules around which all others are known, with a kernel that is symmetric, as
    /// that of a lens and of a straight motion; then from all.
    fn estimate_kernel(&self, offsets: &[f32]) -> [f32; TAPS] {
        let first = self.rounds == 0;
        let column = |tap: usize| if first { tap.min(TAPS - 1 - tap) } else { tap };
        // The last unknown is the same offset for all.
        let mut products = [[0.0; TAPS + 1]; TAPS + 1];
        let mut right = [0.0; TAPS + 1];
        for (at, value) in self.values.iter().enumerate() {
            if first && !self.around(at).all(|place| self.known[place]) {
                continue;
            }
            let mut row = [0.0; TAPS + 1];
            row[TAPS] = 1.0;
            for (tap, place) in self.around(at).enumerate() {
                row[column(tap)] += self.modules[place];
            }
            for (i, factor) in row.iter().enumerate().filter(|(_, factor)| **factor != 0.0) {
                right[i] += factor * (-value - offsets[at]);
                products[i].iter_mut().zip(row).for_each(|(sum, other)| *sum += factor * other);
            }
        }
        let ridge = RIDGE * products[TAPS][TAPS].max(1.0);
        let mut solution = [0.0_f32; TAPS + 1];
        for _ in 0..SOLVING_SWEEPS {
            for i in 0..=TAPS {
                let ridge = if i < TAPS { ridge } else { 0.0 };
                let others: f32 =
                    products[i].iter().zip(solution).map(|(product, x)| product * x).sum();
                let here = products[i][i];
                solution[i] = (right[i] - others + here * solution[i]) / (here + ridge).max(1e-3);
            }
        }
        std::array::from_fn(|tap| solution[column(tap)])
    }

    /// How much darker a module must be for the least squares, with all others as they are.
    fn step(&self, at: usize, module: f32, energy: f32, residuals: &[f32]) -> f32 {
        let explained: f32 =
            self.seen_from(at).map(|(other, weight)| weight * residuals[other]).sum();
        (explained - CAUTION * energy * module) / ((1.0 + CAUTION) * energy)
    }

    fn spread(&self, at: usize, change: f32, residuals: &mut [f32]) {
        if change != 0.0 {
            for (other, weight) in self.seen_from(at) {
                residuals[other] -= weight * change;
            }
        }
    }

    /// The modules to whose darkness one adds, and how much.
    fn seen_from(&self, at: usize) -> impl Iterator<Item = (usize, f32)> {
        let (x, y) = (at % self.size, at / self.size);
        (0..TAPS).filter_map(move |tap| {
            let column = (x + REACH).checked_sub(tap % SIDE)?;
            let row = (y + REACH).checked_sub(tap / SIDE)?;
            let inside = column < self.size && row < self.size;
            inside.then(|| (row * self.size + column, self.kernel[tap]))
        })
    }
}

// In modules: a blur of a module to each side, by three standard deviations, ends in the next but one.
const REACH: usize = 2;
const SIDE: usize = 2 * REACH + 1;
const TAPS: usize = SIDE * SIDE;
// In modules: light changes slowly.
const LIGHT_REACH: usize = 5;
// Enough that more of them change no module in a hundred.
const SWEEPS: usize = 12;
const SOLVING_SWEEPS: usize = 60;
// As shares of what is known: against weights, and modules, that fit nothing but noise.
const RIDGE: f32 = 0.01;
const CAUTION: f32 = 0.02;
