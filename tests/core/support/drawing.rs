//! Draws pictures as a camera takes them of codes on a screen or on paper.

use std::f32::consts::TAU;

use image::{GrayImage, Luma};
use qrcode::{Color, EcLevel, QrCode, Version};
use scan_login::Frame;

/// A picture as a camera hands it out.
pub(crate) fn frame(picture: &GrayImage) -> Frame<'_> {
    let (width, height) = picture.dimensions();
    Frame::new(picture, width, height, width as usize, 1).unwrap()
}

/// The modules of a code.
#[derive(Clone)]
pub(crate) struct Code {
    pub(crate) text: Vec<u8>,
    size: usize,
    dark: Vec<bool>,
}

impl Code {
    pub(crate) fn new(text: &[u8], level: EcLevel) -> Self {
        Self::from(text, &QrCode::with_error_correction_level(text, level).unwrap())
    }

    pub(crate) fn with_version(text: &[u8], version: i16, level: EcLevel) -> Option<Self> {
        let code = QrCode::with_version(text, Version::Normal(version), level).ok()?;
        Some(Self::from(text, &code))
    }

    pub(crate) fn from(text: &[u8], code: &QrCode) -> Self {
        let dark = code.to_colors().into_iter().map(|color| color == Color::Dark).collect();
        Self { text: text.to_vec(), size: code.width(), dark }
    }

    /// As a web page draws it: sharp, upright, `pixels` a module, with the quiet zone.
    pub(crate) fn drawn(&self, pixels: usize) -> GrayImage {
        let side = ((self.size + 8) * pixels) as u32;
        GrayImage::from_fn(side, side, |x, y| {
            let module = |at: u32| (at as usize / pixels).wrapping_sub(4);
            Luma([if self.is_dark(module(x), module(y)) { 0 } else { 255 }])
        })
    }

    fn is_dark(&self, column: usize, row: usize) -> bool {
        column < self.size && row < self.size && self.dark[row * self.size + column]
    }
}

/// Numbers that look random, and are the same each time.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// From 0 to 1.
    fn share(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1 << 24) as f32
    }

    pub(crate) fn between(&mut self, least: f32, most: f32) -> f32 {
        least + (most - least) * self.share()
    }

    /// About normally distributed, of variance one.
    fn normal(&mut self) -> f32 {
        (0..12).map(|_| self.share()).sum::<f32>() - 6.0
    }
}

/// The shape of a module.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Modules {
    Square,
    Round,
    Dots,
}

/// What is beside a code.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Surroundings {
    /// Light, as the standard wants it.
    Light,
    /// A page as dark as the modules, from so many modules away.
    Dark(f32),
    /// Light, with a dark bar that touches the lower side.
    Bar,
}

/// What is wrong with the finder patterns.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Finders {
    Whole,
    /// Their middle module is light.
    Hollow,
    /// The middle module of their upper and of their left side is light.
    Notched,
}

/// How a picture is taken. Lengths are in modules, angles in degrees.
#[derive(Clone)]
pub(crate) struct Shot {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// The size of a module, in pixels.
    pub(crate) module: f32,
    pub(crate) tilt: f32,
    pub(crate) roll: f32,
    /// The height of a pixel in its widths.
    pub(crate) aspect: f32,
    /// How far the middle of the page stands up between its sides.
    pub(crate) bend: f32,
    pub(crate) modules: Modules,
    pub(crate) finders: Finders,
    pub(crate) surroundings: Surroundings,
    /// The width of what covers the middle, as a share of the code's.
    pub(crate) logo: f32,
    pub(crate) inverted: bool,
    pub(crate) mirrored: bool,
    /// The brightness of dark and light.
    pub(crate) ink: (f32, f32),
    /// How much darker the one side of the picture is, as a share.
    pub(crate) shade: f32,
    /// The radius of a lamp's reflection, in modules.
    pub(crate) glare: f32,
    /// How strongly the screen's own pixels are seen, as a share.
    pub(crate) screen: f32,
    /// The standard deviation of the blur.
    pub(crate) blur: f32,
    /// The standard deviation of each pixel, in grey values.
    pub(crate) noise: f32,
}

impl Default for Shot {
    fn default() -> Self {
        Self {
            width: 640,
            height: 480,
            module: 6.0,
            tilt: 0.0,
            roll: 0.0,
            aspect: 1.0,
            bend: 0.0,
            modules: Modules::Square,
            finders: Finders::Whole,
            surroundings: Surroundings::Light,
            logo: 0.0,
            inverted: false,
            mirrored: false,
            ink: (30.0, 220.0),
            shade: 0.0,
            glare: 0.0,
            screen: 0.0,
            blur: 0.15,
            noise: 2.0,
        }
    }
}

impl Shot {
    pub(crate) fn of(&self, code: &Code, random: &mut Random) -> GrayImage {
        let mut values = Vec::with_capacity((self.width * self.height) as usize);
        let side = code.size as f32;
        let glare_at = (side * random.between(0.2, 0.8), side * random.between(0.2, 0.8));
        for y in 0..self.height {
            for x in 0..self.width {
                let mut sum = 0.0;
                for (right, down) in [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)] {
                    let (column, row) = self.page(side, x as f32 + right, y as f32 + down);
                    let dark = self.is_dark(code, column, row) != self.inverted;
                    let mut value = if dark { self.ink.0 } else { self.ink.1 };
                    // The screen's pixels, of which three make a module.
                    let line = |at: f32| 0.5 - 0.5 * (3.0 * TAU * at).cos();
                    value *= 1.0 - self.screen * (1.0 - line(column) * line(row));
                    let from_glare = (column - glare_at.0).hypot(row - glare_at.1);
                    if self.glare > 0.0 {
                        value += 400.0 * (-(from_glare / self.glare).powi(2)).exp();
                    }
                    sum += value / 4.0;
                }
                values.push(sum * (1.0 - self.shade * x as f32 / self.width as f32));
            }
        }
        self.blur(&mut values, self.blur * self.module);
        GrayImage::from_fn(self.width, self.height, |x, y| {
            let value = values[(y * self.width + x) as usize] + self.noise * random.normal();
            Luma([value.clamp(0.0, 255.0) as u8])
        })
    }

    /// The point of the page that a point of the picture shows, in modules from the code's corner.
    fn page(&self, side: f32, x: f32, y: f32) -> (f32, f32) {
        let (u, v) = (x - self.width as f32 / 2.0, (y - self.height as f32 / 2.0) * self.aspect);
        // The page turns about a line through its middle, at three times its width.
        let distance = 3.0 * side;
        let focal = self.module * distance;
        let (tilt_sin, tilt_cos) = self.tilt.to_radians().sin_cos();
        let down = v * distance / (focal * tilt_cos - v * tilt_sin);
        let right = u * (distance + down * tilt_sin) / focal;
        let (roll_sin, roll_cos) = self.roll.to_radians().sin_cos();
        let column = right * roll_cos + down * roll_sin;
        let row = down * roll_cos - right * roll_sin;
        // A page that stands up in the middle is seen shifted there.
        let row = row + self.bend * (std::f32::consts::PI * (column / side + 0.5)).sin();
        let column = if self.mirrored { -column } else { column };
        (column + side / 2.0, row + side / 2.0)
    }

    fn is_dark(&self, code: &Code, column: f32, row: f32) -> bool {
        let side = code.size as f32;
        let middle = side / 2.0;
        if (column - middle).abs().max((row - middle).abs()) < self.logo * middle {
            // A plain mark with a border.
            return (column - middle).hypot(row - middle) < 0.7 * self.logo * middle;
        }
        let away = (column - middle).abs().max((row - middle).abs()) - middle;
        if away >= 0.0 {
            return match self.surroundings {
                Surroundings::Light => false,
                Surroundings::Dark(quiet) => away >= quiet,
                Surroundings::Bar => away < 3.0 && row >= side,
            };
        }
        if !code.is_dark(column as usize, row as usize) {
            return false;
        }
        let (x, y) = (column as usize, row as usize);
        let last = code.size - 7;
        let in_finder = (x < 7 || x >= last) && (y < 7 || (y >= last && x < 7));
        if in_finder {
            let (x, y) = (x - if x < 7 { 0 } else { last }, y - if y < 7 { 0 } else { last });
            return match self.finders {
                Finders::Whole => true,
                Finders::Hollow => (x, y) != (3, 3),
                Finders::Notched => (x, y) != (3, 0) && (x, y) != (0, 3),
            };
        }
        let from_middle = (column.fract() - 0.5).hypot(row.fract() - 0.5);
        match self.modules {
            Modules::Square => true,
            Modules::Dots => from_middle < 0.42,
            Modules::Round => {
                // Corners without a neighbour are cut.
                let neighbour = |dx: isize, dy: isize| {
                    let at = |at: usize, by: isize| at.checked_add_signed(by).unwrap_or(usize::MAX);
                    code.is_dark(at(x, dx), at(y, dy))
                };
                let dx = if column.fract() < 0.5 { -1 } else { 1 };
                let dy = if row.fract() < 0.5 { -1 } else { 1 };
                from_middle < 0.5 || neighbour(dx, 0) || neighbour(0, dy)
            }
        }
    }

    /// A Gaussian blur.
    fn blur(&self, values: &mut [f32], deviation: f32) {
        if deviation < 0.3 {
            return;
        }
        let (width, height) = (self.width as usize, self.height as usize);
        for row in values.chunks_exact_mut(width) {
            let line = smoothed(row, deviation);
            row.copy_from_slice(&line);
        }
        for x in 0..width {
            let column: Vec<f32> = (0..height).map(|y| values[y * width + x]).collect();
            for (y, value) in smoothed(&column, deviation).into_iter().enumerate() {
                values[y * width + x] = value;
            }
        }
    }
}

fn smoothed(values: &[f32], deviation: f32) -> Vec<f32> {
    let reach = (2.5 * deviation).ceil() as isize;
    let weights: Vec<f32> =
        (-reach..=reach).map(|at| (-0.5 * (at as f32 / deviation).powi(2)).exp()).collect();
    let total: f32 = weights.iter().sum();
    let last = values.len() as isize - 1;
    let mean = |at: isize| {
        let near = (at - reach..=at + reach).map(|at| values[at.clamp(0, last) as usize]);
        near.zip(&weights).map(|(value, weight)| value * weight).sum::<f32>() / total
    };
    (0..=last).map(mean).collect()
}
