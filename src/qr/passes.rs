//! The passes over an image, from the cheapest to the most expensive.

use std::cell::OnceCell;

use super::budget::Budget;
use super::detect::Detection;
use super::image::{Blocks, Plane, Threshold};
#[cfg(feature = "inspect")]
use super::inspect;
use super::pass::{Findings, Placed, Shared, read};
use super::{ImagePoint, QrCode, middle};

/// One way to search an image. The base is the image as it is; downscaled by a whole number if it
/// is larger than [`BASE_AREA`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Pass {
    pub(super) scale: Scale,
    pub(super) threshold: Threshold,
    /// How edges are made steeper, for a code that is blurred. How sharp the image is cannot be
    /// measured then.
    pub(super) sharpen: Option<Sharpen>,
    /// Whether finder patterns are searched for that run into what is beside them, or have a hole.
    pub(super) merged: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Sharpen {
    /// By [`Plane::sharpened`].
    Edges,
    /// By [`Plane::deconvolved`]: the finder patterns of a code whose modules are blurred beyond
    /// recognition.
    Defocus,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Scale {
    Base,
    /// Half the base both ways, and a third: a code that is large, but noisy, blurred, or made of
    /// dots, is whole only at a small size.
    Half,
    Third,
    /// Two or three times the base both ways, from the pixels of the image itself; for a small code
    /// in a large image.
    Finer,
    /// The pixels of the image themselves, where `Finer` does not reach them: part after part, each about
    /// as large as a base.
    Full,
    /// Twice the image both ways, by interpolation; for modules of a pixel or two.
    Doubled,
}

impl Pass {
    pub(super) const BASE: Self = Self::new(Scale::Base, Threshold::Hybrid);
    pub(super) const HALF: Self = Self::new(Scale::Half, Threshold::Hybrid);
    pub(super) const THIRD: Self = Self::new(Scale::Third, Threshold::Hybrid);
    pub(super) const LOCAL_MEAN: Self = Self::new(Scale::Base, Threshold::LocalMean);
    pub(super) const NEAR_WHITE: Self = Self::new(Scale::Base, Threshold::NearWhite);
    pub(super) const FINER: Self = Self::new(Scale::Finer, Threshold::Hybrid);
    pub(super) const SHARPENED: Self = Self { sharpen: Some(Sharpen::Edges), ..Self::BASE };
    pub(super) const MERGED: Self =
        Self { merged: true, ..Self::new(Scale::Base, Threshold::Midway) };
    pub(super) const FULL: Self = Self::new(Scale::Full, Threshold::Hybrid);
    pub(super) const DOUBLED: Self =
        Self { sharpen: Some(Sharpen::Edges), ..Self::new(Scale::Doubled, Threshold::Hybrid) };
    pub(super) const DEBLURRED: Self = Self::deblurred(Scale::Half);
    pub(super) const DEBLURRED_THIRD: Self = Self::deblurred(Scale::Third);

    /// Every one, in the order in which they read most for what they cost.
    pub(super) const ALL: [Self; 12] = [
        Self::BASE,
        Self::HALF,
        Self::LOCAL_MEAN,
        Self::FINER,
        Self::NEAR_WHITE,
        Self::SHARPENED,
        Self::THIRD,
        Self::MERGED,
        Self::DEBLURRED,
        Self::DEBLURRED_THIRD,
        Self::DOUBLED,
        Self::FULL,
    ];

    const fn new(scale: Scale, threshold: Threshold) -> Self {
        Self { scale, threshold, sharpen: None, merged: false }
    }

    // The threshold follows the code closely: the light ring of a blurred finder pattern is hardly
    // lighter than the mean of the code, and darker than its surroundings.
    const fn deblurred(scale: Scale) -> Self {
        Self { sharpen: Some(Sharpen::Defocus), ..Self::new(scale, Threshold::LocalMean) }
    }
}

/// An image, and what several passes over it share.
pub(super) struct Passes<'a> {
    image: &'a Plane<'a>,
    /// How many times larger it is than its base, both ways.
    factor: usize,
    base: Plane<'a>,
    /// Of the base.
    blocks: OnceCell<Blocks>,
    focus: Option<ImagePoint>,
    shared: Shared<'a>,
}

impl<'a> Passes<'a> {
    pub(super) fn new(image: &'a Plane<'a>, budget: &'a Budget) -> Self {
        let factor = (image.area() as f64 / BASE_AREA as f64).sqrt().ceil().max(1.0) as usize;
        let base = match factor {
            1 => image.borrowed(),
            _ => image.downscaled(factor),
        };
        let shared = Shared::new(budget);
        Self { image, factor, base, blocks: OnceCell::new(), focus: None, shared }
    }

    /// Limits the passes that are finer than the base to a part of the image around a point, so
    /// that they cost no more than the base.
    pub(super) fn focused(self, focus: ImagePoint) -> Self {
        Self { focus: Some(focus), ..self }
    }

    /// Reads the codes of a still image: pass after pass, until one is read that `is_wanted`, and
    /// nothing is left that looked like a code.
    pub(super) fn run_all(&self, is_wanted: impl Fn(&QrCode) -> bool) -> Vec<QrCode> {
        let mut codes: Vec<QrCode> = Vec::new();
        let mut unread = Vec::new();
        let mut left = Vec::new();
        let mut best: Option<Detection> = None;
        let mut hinted = false;
        for pass in Pass::ALL {
            // The last one has a budget of its own.
            if self.shared.budget.is_over() && !matches!(pass.scale, Scale::Full) {
                continue;
            }
            // A code that is blurred or small shows part of itself in the passes before, unless all
            // is blurred.
            let is_worth_it = match pass.sharpen {
                None => true,
                Some(Sharpen::Edges) => hinted,
                Some(Sharpen::Defocus) => hinted || self.is_blurred(),
            };
            if !is_worth_it {
                continue;
            }
            let Some(findings) = self.run(pass) else { continue };
            hinted |= findings.hint.is_some();
            QrCode::merge(&mut codes, findings.codes);
            if let Some(detection) = findings.unread {
                unread.push(detection.corners);
                let is_better =
                    |known: &Detection| known.sketch.likeness() < detection.sketch.likeness();
                if best.as_ref().is_none_or(is_better) {
                    best = Some(detection);
                }
            }
            unread.retain(|corners| codes.iter().all(|code| !code.covers(middle(corners))));
            if !findings.left.is_empty() {
                left = findings.left;
            }
            left.retain(|point| codes.iter().all(|code| !code.covers(*point)));
            let is_all = unread.is_empty() && left.len() < PATTERNS;
            if is_all && codes.iter().any(&is_wanted) {
                return codes;
            }
        }
        if let Some(detection) = &mut best {
            QrCode::merge(&mut codes, detection.deblur().into_iter().collect());
        }
        codes
    }

    /// What a pass finds. `None` if it would find no more than another, or costs more than is left.
    pub(super) fn run(&self, pass: Pass) -> Option<Findings> {
        if let Scale::Full = pass.scale {
            return self.run_in_parts(pass);
        }
        let (plane, scale, corner) = self.scaled(pass.scale)?;
        self.search(pass, plane, Placed { scale, corner })
    }

    fn search(&self, pass: Pass, plane: Plane<'_>, placed: Placed) -> Option<Findings> {
        if !self.shared.budget.begin_pass(plane.area(), pass.sharpen.is_some()) {
            return None;
        }
        let plane = match pass.sharpen {
            None => plane,
            Some(Sharpen::Edges) => plane.sharpened(),
            Some(Sharpen::Defocus) => plane.deconvolved(),
        };
        let bits = match pass {
            Pass { scale: Scale::Base, sharpen: None, threshold, .. } => {
                self.blocks().binarize(&plane, threshold)
            }
            Pass { threshold, .. } => Blocks::of(&plane).binarize(&plane, threshold),
        };
        #[cfg(feature = "inspect")]
        inspect::begin_pass(pass, &plane, &bits, placed.scale, placed.corner);
        let findings = read(&plane, &bits, pass.merged, &self.shared, placed);
        self.shared.budget.end_pass();
        Some(findings)
    }

    /// Searches the image itself, in parts that overlap by more than a code whose modules are too small
    /// for the passes before.
    fn run_in_parts(&self, pass: Pass) -> Option<Findings> {
        if self.factor / 2 <= 1 || self.base.shorter_side() < MIN_SIDE {
            return None;
        }
        let mut findings = Findings::default();
        for (top, height) in spans(self.image.height()) {
            for (left, width) in spans(self.image.width()) {
                if self.shared.budget.is_late() {
                    break;
                }
                let part = self.image.crop(left, top, width, height);
                self.shared.budget.add(part.area());
                let placed = Placed { scale: 1.0, corner: (left, top) };
                if let Some(others) = self.search(pass, part, placed) {
                    findings.merge(others);
                }
            }
        }
        Some(findings)
    }

    /// The image in another size, how many of its pixels a pixel of that is wide, and the top left
    /// corner of the part that it shows. `None` if another scale shows as much.
    fn scaled(&self, scale: Scale) -> Option<(Plane<'_>, f32, (usize, usize))> {
        let base = &self.base;
        if base.shorter_side() < MIN_SIDE {
            return None;
        }
        let factor = self.factor as f32;
        let scaled = match scale {
            Scale::Base => (base.borrowed(), factor, (0, 0)),
            Scale::Half => (base.downscaled(2), 2.0 * factor, (0, 0)),
            Scale::Third if base.area() > BASE_AREA / 8 => {
                (base.downscaled(3), 3.0 * factor, (0, 0))
            }
            Scale::Finer if self.factor > 1 => {
                let factor = self.factor / 2;
                let (part, corner) = self.part_in_focus(factor as f32);
                let plane = if factor > 1 { part.downscaled(factor) } else { part };
                (plane, factor as f32, corner)
            }
            Scale::Doubled if self.factor == 1 => {
                let (part, corner) = self.part_in_focus(0.5);
                if part.area() > DOUBLED_AREA {
                    return None;
                }
                (part.doubled(), 0.5, corner)
            }
            Scale::Third | Scale::Finer | Scale::Full | Scale::Doubled => return None,
        };
        (scaled.0.shorter_side() >= MIN_SIDE).then_some(scaled)
    }

    fn blocks(&self) -> &Blocks {
        self.blocks.get_or_init(|| Blocks::of(&self.base))
    }

    /// Whether no edge in the image is as steep as it is in focus.
    pub(super) fn is_blurred(&self) -> bool {
        self.base.shorter_side() >= MIN_SIDE && self.blocks().are_blurred()
    }

    /// Whether it is too dark to see anything.
    pub(super) fn is_too_dark(&self) -> bool {
        self.base.shorter_side() >= MIN_SIDE && self.blocks().is_too_dark()
    }

    /// The part of the image to be searched at a larger size, where `scale` of its pixels make one,
    /// and its top left corner.
    fn part_in_focus(&self, scale: f32) -> (Plane<'_>, (usize, usize)) {
        let (width, height) = (self.image.width(), self.image.height());
        let Some(focus) = self.focus else { return (self.image.borrowed(), (0, 0)) };
        let share = (scale * (BASE_AREA as f32 / self.image.area() as f32).sqrt()).min(1.0);
        let span = |whole: usize, middle: f32| {
            let part = (whole as f32 * share) as usize;
            (((middle - part as f32 / 2.0).max(0.0) as usize).min(whole - part), part)
        };
        let ((left, part_width), (top, part_height)) =
            (span(width, focus.x), span(height, focus.y));
        (self.image.crop(left, top, part_width, part_height), (left, top))
    }
}

/// Where the parts of one side begin, and how long they are.
fn spans(side: usize) -> impl Iterator<Item = (usize, usize)> {
    let count = side.saturating_sub(OVERLAP).div_ceil(PART - OVERLAP).max(1);
    let length = (side + (count - 1) * OVERLAP).div_ceil(count);
    (0..count).map(move |at| {
        let start = (at * length.saturating_sub(OVERLAP)).min(side - length);
        (start, length)
    })
}

// Of a code.
const PATTERNS: usize = 3;
// In pixels, a side.
const PART: usize = 1024;
// In pixels: a code of 80 modules of 3 pixels. Those of 4 are read at half the size.
const OVERLAP: usize = 256;
// In pixels: those of a common preview, 1280x800. A code that fills a tenth of it has modules of
// five pixels or so, and ten times as much costs ten times as much time.
pub(super) const BASE_AREA: usize = 1_050_000;
// In pixels: of 640x480, which is small enough to be doubled whole.
const DOUBLED_AREA: usize = 310_000;
// In pixels: of the smallest code, at one pixel per module.
const MIN_SIDE: usize = 21;

#[cfg(test)]
mod tests {
    use super::{OVERLAP, PART, spans};

    #[test]
    fn parts_overlap_and_cost_no_more_than_twice_the_image() {
        for side in [1, 300, 1024, 1025, 1792, 1793, 3024, 4032, 7071, 50_000, 2_000_000] {
            let spans: Vec<_> = spans(side).collect();
            assert_eq!(spans[0].0, 0);
            assert_eq!(spans.last().map(|(start, length)| start + length), Some(side));
            for (here, next) in spans.iter().zip(&spans[1..]) {
                assert!(next.0 + OVERLAP <= here.0 + here.1, "{side}: {here:?} {next:?}");
            }
            assert!(spans.iter().all(|(_, length)| *length <= PART), "{side}");
            let whole: usize = spans.iter().map(|(_, length)| length).sum();
            assert!(whole * whole <= 2 * side * side, "{side}: {whole}");
        }
    }
}
