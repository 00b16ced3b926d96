//! The detection of a code, from three finder patterns to the brightness of each module.

mod alignment;
mod deblur;
mod dimension;
mod finder;
mod finder_outline;
mod homography;
mod mesh;
mod mesh_fit;
mod samples;
mod timing;

use std::cell::OnceCell;

use alignment::AlignmentSearch;
use dimension::{FinderCorners, Fit, square};
use finder_outline::{Outline, Rays, quality};
use homography::Vec2;
use mesh::Mesh;
use samples::Samples;

use super::budget::Budget;
use super::decode::Version;
use super::image::{Bits, CodePlane, Plane};
#[cfg(feature = "inspect")]
use super::inspect::{self, Step};
use super::sketch::Sketch;
use super::{ImagePoint, QrCode};

pub(super) use finder::{FinderCandidate, find_finder_patterns};

/// A finder pattern.
pub(super) struct FinderPattern {
    pub(super) finder: FinderCandidate,
    /// The share of its outline that has the right proportions.
    pub(super) quality: f32,
    /// Traced on demand.
    rough: OnceCell<Outline>,
    fine: OnceCell<Outline>,
}

impl FinderPattern {
    /// `None` if too little of its outline has the right proportions.
    pub(super) fn new(
        bits: &Bits,
        finder: FinderCandidate,
        merged: bool,
        budget: &Budget,
    ) -> Option<Self> {
        if !budget.spend(UNITS_PER_QUALITY) {
            return None;
        }
        let quality = quality(bits, &finder, merged)?;
        Some(Self { finder, quality, rough: OnceCell::new(), fine: OnceCell::new() })
    }

    /// Whether it can hardly be anything else.
    pub(super) fn is_clear(&self) -> bool {
        self.quality >= CLEAR_QUALITY
    }

    fn corners(
        &self,
        plane: &Plane<'_>,
        bits: &Bits,
        rays: Rays,
        right: Vec2,
        down: Vec2,
    ) -> Option<[Vec2; 4]> {
        let outline = match rays {
            Rays::Some => &self.rough,
            Rays::All => &self.fine,
        };
        let outline = outline.get_or_init(|| Outline::trace(plane, bits, &self.finder, rays));
        outline.corners(&self.finder, right, down)
    }
}

/// Three finder patterns that may belong to one code.
pub(super) struct FinderTriple<'a> {
    pub(super) top_left: &'a FinderPattern,
    pub(super) top_right: &'a FinderPattern,
    pub(super) bottom_left: &'a FinderPattern,
}

/// What came of reading a triple.
pub(super) enum ReadResult {
    Read(QrCode),
    /// It looks like a code, but its text could not be read.
    Unread(Detection),
    /// The finder patterns could be those of a code, but its other patterns are missing.
    Square,
    /// It is not a code.
    Nothing,
}

/// A code that was detected, but not read.
pub(super) struct Detection {
    pub(super) corners: [ImagePoint; 4],
    /// The size of a module, in pixels.
    pub(super) module_size: f32,
    /// The contrast of neighbouring modules, as a share of the contrast of the finder patterns: 1
    /// when it is in focus.
    pub(super) sharpness: f32,
    pub(super) sketch: Sketch,
    /// Whether a mesh was fitted to its modules.
    pub(super) is_fitted: bool,
    samples: Samples,
}

impl Detection {
    /// Reads a code that is blurred without the blur between its modules; if that fails, what remains
    /// of it in the sketch is without it, too.
    pub(super) fn deblur(&mut self) -> Option<QrCode> {
        if self.sharpness >= SHARP || self.samples.version().size() > LARGEST_DEBLURRED {
            return None;
        }
        let (bytes, margins) = self.samples.deblurred()?;
        self.sketch = Sketch::new(self.samples.version(), margins);
        bytes.map(|bytes| QrCode { bytes, corners: self.corners })
    }
}

/// What is known of a triple before its modules are looked at.
struct Measured<'a> {
    finders: FinderCorners,
    /// Of the number of modules a side.
    estimate: f32,
    plane: CodePlane<'a>,
    /// Of the finder patterns.
    contrast: f32,
}

impl FinderTriple<'_> {
    /// Reads it if it is easy: with one sample a module, where the finder patterns alone predict it.
    /// What is [`Square`](ReadResult::Square) then may be read otherwise.
    pub(super) fn read_at_once(
        &self,
        plane: &Plane<'_>,
        bits: &Bits,
        budget: &Budget,
    ) -> ReadResult {
        if !budget.spend(UNITS_PER_TRIPLE) {
            return ReadResult::Nothing;
        }
        let Some(Measured { finders, estimate, plane, .. }) =
            self.measured(plane, bits, Rays::Some)
        else {
            return ReadResult::Nothing;
        };
        let read = || {
            let fit = finders.fit(plane, Version::nearest(estimate)).filter(|fit| fit.is_sure)?;
            budget.spend(UNITS_AT_ONCE * modules(fit.version)).then_some(())?;
            read_at_once(plane, &Mesh::flat(fit.transform), fit.version)
        };
        read().map_or(ReadResult::Square, ReadResult::Read)
    }

    /// Reads it in every way. A mesh is fitted to the modules only if that `may_fit`.
    pub(super) fn read(
        &self,
        plane: &Plane<'_>,
        bits: &Bits,
        budget: &Budget,
        may_fit: bool,
    ) -> ReadResult {
        let Some(Measured { finders, estimate, plane, contrast }) =
            self.measured(plane, bits, Rays::All)
        else {
            return ReadResult::Nothing;
        };
        let search = AlignmentSearch { plane, contrast };
        let mut best = ReadResult::Square;
        for fit in finders.fits(plane, estimate) {
            match self.read_as(&search, &fit, budget, may_fit) {
                read @ ReadResult::Read(_) => return read,
                // The first is the likelier one.
                unread @ ReadResult::Unread(_) if matches!(best, ReadResult::Square) => {
                    best = unread;
                }
                ReadResult::Unread(_) | ReadResult::Square | ReadResult::Nothing => {}
            }
        }
        best
    }

    /// `None` if it is not a code.
    fn measured<'a>(&self, plane: &'a Plane<'a>, bits: &Bits, rays: Rays) -> Option<Measured<'a>> {
        let Self { top_left, top_right, bottom_left } = self;
        let right = direction(&top_left.finder, &top_right.finder);
        let down = direction(&top_left.finder, &bottom_left.finder);
        let corners = |pattern: &FinderPattern| pattern.corners(plane, bits, rays, right, down);
        let finders =
            FinderCorners([corners(top_left)?, corners(top_right)?, corners(bottom_left)?]);
        #[cfg(feature = "inspect")]
        inspect::reached(Step::Sides);
        let estimate = finders.estimate()?;
        let is_clear = [top_left, top_right, bottom_left].iter().all(|pattern| pattern.is_clear());
        #[cfg(feature = "inspect")]
        inspect::reached(Step::Plausibility);
        // Motion and defocus smear the corners of clear patterns.
        if !is_clear && !finders.is_plausible(estimate) {
            return None;
        }
        #[cfg(feature = "inspect")]
        inspect::reached(Step::Contrast);
        let plane = CodePlane::new(plane, top_left.finder.dark);
        let contrast = finders.contrast(plane);
        if contrast < MIN_CONTRAST {
            return None;
        }
        #[cfg(feature = "inspect")]
        inspect::reached(Step::Timing);
        Some(Measured { finders, estimate, plane, contrast })
    }

    /// Reads it as a code of that version: with the meshes that its patterns give, and if one of
    /// those shows a code, with that mesh fitted to the modules.
    fn read_as(
        &self,
        search: &AlignmentSearch<'_>,
        fit: &Fit,
        budget: &Budget,
        may_fit: bool,
    ) -> ReadResult {
        let modules = modules(fit.version);
        let sample = |mesh: &Mesh| Samples::take(search.plane, mesh, fit.version);
        let mut plausible = None;
        let mut is_fitted = false;
        if budget.spend(alignment::UNITS_PER_MODULE * modules) {
            for mesh in search.meshes(fit.version, &fit.correspondences, fit.transform.clone()) {
                if !budget.spend(UNITS_AT_ONCE * modules) {
                    break;
                }
                if let Some(code) = read_at_once(search.plane, &mesh, fit.version) {
                    return ReadResult::Read(code);
                }
                if !budget.spend(UNITS_PER_SAMPLED * modules) {
                    break;
                }
                let samples = sample(&mesh);
                if !samples.has_patterns() {
                    continue;
                }
                if let Some(code) = decode(&samples, &mesh) {
                    return ReadResult::Read(code);
                }
                plausible.get_or_insert((mesh, samples));
            }
        }
        if let Some((mesh, _)) = &plausible
            && may_fit
            && budget.spend((mesh_fit::UNITS_PER_MODULE + UNITS_PER_SAMPLED) * modules)
        {
            is_fitted = true;
            let mesh = mesh_fit::fitted(mesh, search.plane, fit.version);
            if let Some(code) = decode(&sample(&mesh), &mesh) {
                return ReadResult::Read(code);
            }
        }
        if plausible.is_none() && !fit.is_sure {
            return ReadResult::Square;
        }
        let (mesh, samples) = plausible.unwrap_or_else(|| {
            let mesh = Mesh::flat(fit.transform.clone());
            let samples = sample(&mesh);
            (mesh, samples)
        });
        ReadResult::Unread(Detection {
            corners: outer_corners(&mesh, fit.version),
            module_size: self.top_left.finder.module_size,
            sharpness: fit.contrast / search.contrast,
            sketch: Sketch::new(fit.version, samples.margins()),
            is_fitted,
            samples,
        })
    }
}

/// How many modules a code has.
fn modules(version: Version) -> usize {
    version.size() * version.size()
}

/// Reads an easy code, with one sample a module. Most codes are easy, also where the finder patterns
/// alone predict them, and the search for alignment patterns costs more than the rest.
fn read_at_once(plane: CodePlane<'_>, mesh: &Mesh, version: Version) -> Option<QrCode> {
    let samples = Samples::take_middles(plane, mesh, version);
    let bytes = samples.has_patterns().then(|| samples.decode_at_once())??;
    Some(QrCode { bytes, corners: outer_corners(mesh, version) })
}

fn decode(samples: &Samples, mesh: &Mesh) -> Option<QrCode> {
    let bytes = samples.decode()?;
    Some(QrCode { bytes, corners: outer_corners(mesh, samples.version()) })
}

fn outer_corners(mesh: &Mesh, version: Version) -> [ImagePoint; 4] {
    square(version.size() as f32).map(|module| {
        let (x, y) = mesh.to_pixel(module);
        ImagePoint { x, y }
    })
}

fn direction(from: &FinderCandidate, to: &FinderCandidate) -> Vec2 {
    let length = from.distance(to);
    ((to.x - from.x) / length, (to.y - from.y) / length)
}

// Of the budget.
const UNITS_PER_QUALITY: usize = 80;
const UNITS_PER_TRIPLE: usize = 600;
// For each module: one sample, or five, and the attempts to decode them.
const UNITS_AT_ONCE: usize = 3;
const UNITS_PER_SAMPLED: usize = 16;
// Nearly the whole outline.
const CLEAR_QUALITY: f32 = 0.93;
// In grey values, of 255.
const MIN_CONTRAST: f32 = 3.0;
// Where more of the contrast is left, it is not the blur that keeps a code from being read.
const SHARP: f32 = 0.7;
// In modules a side, those of version 20: it takes 10 milliseconds, and a larger code more.
const LARGEST_DEBLURRED: usize = 97;
