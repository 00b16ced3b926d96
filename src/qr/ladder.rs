//! The ways to look at a picture, from the cheapest to the dearest.

use std::cell::OnceCell;
use std::time::Instant;

use super::binarize::{Bits, Blocks};
use super::plane::Plane;
use super::reader::{Sight, read};
use super::{Corner, QrCode, middle};

/// One way to look at a picture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rung {
    size: Size,
    thresholds: Thresholds,
    sharpened: bool,
}

impl Rung {
    pub(super) const PLAIN: Self = Self::new(Size::Base, Thresholds::Ink);
    pub(super) const HALF: Self = Self::new(Size::Half, Thresholds::Ink);
    pub(super) const THIRD: Self = Self::new(Size::Third, Thresholds::Ink);
    pub(super) const MEAN: Self = Self::new(Size::Base, Thresholds::Mean);
    pub(super) const LIGHT: Self = Self::new(Size::Base, Thresholds::Light);
    pub(super) const FINER: Self = Self::new(Size::Finer, Thresholds::Ink);
    pub(super) const SHARPENED: Self = Self { sharpened: true, ..Self::PLAIN };
    pub(super) const DOUBLED: Self =
        Self { sharpened: true, ..Self::new(Size::Doubled, Thresholds::Ink) };

    const fn new(size: Size, thresholds: Thresholds) -> Self {
        Self { size, thresholds, sharpened: false }
    }

    /// Whether the picture is made sharper: then how sharp it is cannot be told.
    pub(super) fn is_sharpened(self) -> bool {
        self.sharpened
    }
}

/// How large a picture is made before it is looked at.
#[derive(Clone, Copy, Debug)]
enum Size {
    /// As it is; made smaller by a whole number if it is larger than [`BASE_AREA`].
    Base,
    /// Half that, and a third, both ways: a code that is large, but noisy, blurred, or made of dots
    /// is whole only from afar.
    Half,
    Third,
    /// Two or three times as large both ways, out of the picture itself; for a small code in a large
    /// picture.
    Finer,
    /// Twice as large both ways, by interpolation; for modules of a pixel or two.
    Doubled,
}

/// How dark is told from light.
#[derive(Clone, Copy, Debug)]
enum Thresholds {
    Ink,
    Mean,
    Light,
}

/// Every rung, in the order in which they read most for what they cost.
const RUNGS: [Rung; 8] = [
    Rung::PLAIN,
    Rung::HALF,
    Rung::MEAN,
    Rung::FINER,
    Rung::LIGHT,
    Rung::SHARPENED,
    Rung::DOUBLED,
    Rung::THIRD,
];

/// A picture, and what several rungs make use of.
pub(super) struct Ladder<'a> {
    picture: &'a Plane<'a>,
    /// By how much it is larger than its base, both ways.
    factor: usize,
    base: Plane<'a>,
    blocks: OnceCell<Blocks>,
    focus: Option<Corner>,
    deadline: Instant,
}

impl<'a> Ladder<'a> {
    pub(super) fn new(picture: &'a Plane<'a>, deadline: Instant) -> Self {
        let factor = (picture.area() as f64 / BASE_AREA as f64).sqrt().ceil().max(1.0) as usize;
        let base = match factor {
            1 => picture.borrowed(),
            _ => picture.shrunk(factor),
        };
        Self { picture, factor, base, blocks: OnceCell::new(), focus: None, deadline }
    }

    /// Looks no farther around a point than costs as much as the base, where it looks more finely
    /// than there.
    pub(super) fn focused(self, focus: Corner) -> Self {
        Self { focus: Some(focus), ..self }
    }

    /// Reads the codes of a still picture: climbs until something is read, and nothing is left that
    /// looked like a code.
    pub(super) fn climb(&self) -> Vec<QrCode> {
        let mut codes: Vec<QrCode> = Vec::new();
        let mut unread = Vec::new();
        let mut hinted = false;
        for rung in RUNGS {
            if Instant::now() >= self.deadline {
                break;
            }
            // A code that is blurred or small shows some of itself before.
            if rung.sharpened && !hinted {
                continue;
            }
            let Some(sight) = self.look(rung) else { continue };
            hinted |= sight.hint.is_some();
            QrCode::merge(&mut codes, sight.codes);
            unread.extend(sight.unread.map(|sketch| sketch.corners));
            unread.retain(|sketch| codes.iter().all(|code| !code.covers(middle(sketch))));
            if !codes.is_empty() && unread.is_empty() {
                break;
            }
        }
        codes
    }

    /// What a rung shows. `None` if it would show no more than another.
    pub(super) fn look(&self, rung: Rung) -> Option<Sight> {
        let base = &self.base;
        if base.shorter_side() < MIN_SIDE {
            return None;
        }
        let factor = self.factor as f32;
        let (plane, scale, corner) = match rung.size {
            Size::Base => (base.borrowed(), factor, (0, 0)),
            Size::Half => (base.shrunk(2), 2.0 * factor, (0, 0)),
            Size::Third if base.area() > BASE_AREA / 2 => (base.shrunk(3), 3.0 * factor, (0, 0)),
            Size::Finer if self.factor > 1 => {
                let factor = self.factor / 2;
                let (part, corner) = self.part_in_focus(factor as f32);
                let plane = if factor > 1 { part.shrunk(factor) } else { part };
                (plane, factor as f32, corner)
            }
            Size::Doubled if self.factor == 1 => {
                let (part, corner) = self.part_in_focus(0.5);
                if part.area() > DOUBLED_AREA {
                    return None;
                }
                (part.doubled(), 0.5, corner)
            }
            Size::Third | Size::Finer | Size::Doubled => return None,
        };
        if plane.shorter_side() < MIN_SIDE {
            return None;
        }
        let plane = if rung.sharpened { plane.sharpened() } else { plane };
        let bits = match (rung.size, rung.sharpened) {
            (Size::Base, false) => {
                binarized(&plane, self.blocks.get_or_init(|| Blocks::of(&plane)), rung.thresholds)
            }
            _ => binarized(&plane, &Blocks::of(&plane), rung.thresholds),
        };
        Some(read(&plane, &bits, self.deadline).in_picture(scale, corner))
    }

    /// Whether it is too dark to see anything.
    pub(super) fn is_dark(&self) -> bool {
        self.base.shorter_side() >= MIN_SIDE
            && self.blocks.get_or_init(|| Blocks::of(&self.base)).is_dark()
    }

    /// The part of the picture to be looked at in a larger size, where `scale` of its pixels make one,
    /// and its top left corner.
    fn part_in_focus(&self, scale: f32) -> (Plane<'_>, (usize, usize)) {
        let (width, height) = (self.picture.width(), self.picture.height());
        let Some(focus) = self.focus else { return (self.picture.borrowed(), (0, 0)) };
        let share = (scale * (BASE_AREA as f32 / self.picture.area() as f32).sqrt()).min(1.0);
        let span = |whole: usize, middle: f32| {
            let part = (whole as f32 * share) as usize;
            (((middle - part as f32 / 2.0).max(0.0) as usize).min(whole - part), part)
        };
        let ((left, part_width), (top, part_height)) =
            (span(width, focus.x), span(height, focus.y));
        (self.picture.part(left, top, part_width, part_height), (left, top))
    }
}

fn binarized(plane: &Plane<'_>, blocks: &Blocks, thresholds: Thresholds) -> Bits {
    let thresholds = match thresholds {
        Thresholds::Ink => blocks.ink_thresholds(),
        Thresholds::Mean => blocks.mean_thresholds(),
        Thresholds::Light => blocks.light_thresholds(),
    };
    blocks.apply(plane, &thresholds)
}

// In pixels: those of a common preview, 1280x800. A code that fills a tenth of it has modules of
// five pixels or so, and ten times as much costs ten times as much time.
const BASE_AREA: usize = 1_050_000;
// In pixels: of 640x480, which is small enough to be doubled whole.
const DOUBLED_AREA: usize = 310_000;
// In pixels: of the smallest code, at a pixel a module.
const MIN_SIDE: usize = 21;
