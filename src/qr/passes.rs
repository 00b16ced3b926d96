//! The ways to look at a picture, from the cheapest to the dearest.

use std::cell::OnceCell;
use std::time::Instant;

use super::image::{Blocks, Plane};
use super::pass::{Findings, read};
use super::{ImagePoint, QrCode, middle};

/// One way to look at a picture. The base is the picture as it is; made smaller by a whole number
/// if it is larger than [`BASE_AREA`].
#[derive(Clone, Copy, Debug)]
pub(super) enum Rung {
    /// The base, for ink on paper.
    Plain,
    /// Half the base both ways, and a third: a code that is large, but noisy, blurred, or made of
    /// dots, is whole only from afar.
    Half,
    Third,
    /// The base, for any ground.
    Mean,
    /// The base, where only the ground is light.
    Light,
    /// Two or three times the base both ways, out of the picture itself; for a small code in a
    /// large picture.
    Finer,
    /// The base with steeper edges; for a code that is blurred.
    Sharpened,
    /// Twice the picture both ways, by interpolation, with steeper edges; for modules of a pixel or
    /// two.
    Doubled,
}

impl Rung {
    /// Every one, in the order in which they read most for what they cost.
    pub(super) const ALL: [Self; 8] = [
        Self::Plain,
        Self::Half,
        Self::Mean,
        Self::Finer,
        Self::Light,
        Self::Sharpened,
        Self::Doubled,
        Self::Third,
    ];

    /// Whether edges are made steeper: then how sharp the picture is cannot be told.
    pub(super) fn sharpens(self) -> bool {
        matches!(self, Self::Sharpened | Self::Doubled)
    }
}

/// A picture, and what several rungs make use of.
pub(super) struct Ladder<'a> {
    picture: &'a Plane<'a>,
    /// By how much it is larger than its base, both ways.
    factor: usize,
    base: Plane<'a>,
    /// Of the base.
    blocks: OnceCell<Blocks>,
    focus: Option<ImagePoint>,
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
    pub(super) fn focused(self, focus: ImagePoint) -> Self {
        Self { focus: Some(focus), ..self }
    }

    /// Reads the codes of a still picture: climbs until something is read, and nothing is left that
    /// looked like a code.
    pub(super) fn climb(&self) -> Vec<QrCode> {
        let mut codes: Vec<QrCode> = Vec::new();
        let mut unread = Vec::new();
        let mut hinted = false;
        for rung in Rung::ALL {
            if Instant::now() >= self.deadline {
                break;
            }
            // A code that is blurred or small shows some of itself before.
            if rung.sharpens() && !hinted {
                continue;
            }
            let Some(findings) = self.look(rung) else { continue };
            hinted |= findings.hint.is_some();
            QrCode::merge(&mut codes, findings.codes);
            unread.extend(findings.unread.map(|detection| detection.corners));
            unread.retain(|detection| codes.iter().all(|code| !code.covers(middle(detection))));
            if !codes.is_empty() && unread.is_empty() {
                break;
            }
        }
        codes
    }

    /// What a rung shows. `None` if it would show no more than another.
    pub(super) fn look(&self, rung: Rung) -> Option<Findings> {
        let base = &self.base;
        if base.shorter_side() < MIN_SIDE {
            return None;
        }
        let factor = self.factor as f32;
        let (plane, scale, corner) = match rung {
            Rung::Plain | Rung::Mean | Rung::Light => (base.borrowed(), factor, (0, 0)),
            Rung::Sharpened => (base.sharpened(), factor, (0, 0)),
            Rung::Half => (base.shrunk(2), 2.0 * factor, (0, 0)),
            Rung::Third if base.area() > BASE_AREA / 2 => (base.shrunk(3), 3.0 * factor, (0, 0)),
            Rung::Finer if self.factor > 1 => {
                let factor = self.factor / 2;
                let (part, corner) = self.part_in_focus(factor as f32);
                let plane = if factor > 1 { part.shrunk(factor) } else { part };
                (plane, factor as f32, corner)
            }
            Rung::Doubled if self.factor == 1 => {
                let (part, corner) = self.part_in_focus(0.5);
                if part.area() > DOUBLED_AREA {
                    return None;
                }
                (part.doubled().sharpened(), 0.5, corner)
            }
            Rung::Third | Rung::Finer | Rung::Doubled => return None,
        };
        if plane.shorter_side() < MIN_SIDE {
            return None;
        }
        let bits = match rung {
            Rung::Plain => self.blocks().ink(&plane),
            Rung::Mean => self.blocks().mean(&plane),
            Rung::Light => self.blocks().light(&plane),
            _ => Blocks::of(&plane).ink(&plane),
        };
        Some(read(&plane, &bits, self.deadline).in_picture(scale, corner))
    }

    fn blocks(&self) -> &Blocks {
        self.blocks.get_or_init(|| Blocks::of(&self.base))
    }

    /// Whether it is too dark to see anything.
    pub(super) fn is_too_dark(&self) -> bool {
        self.base.shorter_side() >= MIN_SIDE && self.blocks().is_too_dark()
    }

    /// The part of the picture to be looked at in a larger size, where `scale` of its pixels make
    /// one, and its top left corner.
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

// In pixels: those of a common preview, 1280x800. A code that fills a tenth of it has modules of
// five pixels or so, and ten times as much costs ten times as much time.
const BASE_AREA: usize = 1_050_000;
// In pixels: of 640x480, which is small enough to be doubled whole.
const DOUBLED_AREA: usize = 310_000;
// In pixels: of the smallest code, at a pixel a module.
const MIN_SIDE: usize = 21;

/// For the benches: each rung for itself.
#[cfg(feature = "rungs")]
#[allow(missing_docs)]
pub mod rungs {
    use std::time::{Duration, Instant};

    use super::{Ladder, Rung};
    use crate::qr::Frame;

    pub fn names() -> [String; 8] {
        Rung::ALL.map(|rung| format!("{rung:?}"))
    }

    /// How many codes a rung reads. `None` if it is not for pictures of that size.
    pub fn look(frame: &Frame<'_>, rung: usize) -> Option<usize> {
        let plane = frame.plane();
        let ladder = Ladder::new(&plane, Instant::now() + Duration::from_secs(10));
        let findings = ladder.focused(plane.centre()).look(Rung::ALL[rung])?;
        Some(findings.codes.len())
    }
}
