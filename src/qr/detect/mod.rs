//! The detection of a code, from three finder patterns to the brightness of each module.

mod alignment;
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
use finder_outline::{Outline, quality};
use homography::Vec2;
use mesh::Mesh;
use samples::Samples;

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
    outline: OnceCell<Outline>,
}

impl FinderPattern {
    /// `None` if too little of its outline has the right proportions.
    pub(super) fn new(bits: &Bits, finder: FinderCandidate) -> Option<Self> {
        let quality = quality(bits, &finder)?;
        Some(Self { finder, quality, outline: OnceCell::new() })
    }

    /// Whether it can hardly be anything else.
    pub(super) fn is_clear(&self) -> bool {
        self.quality >= CLEAR_QUALITY
    }

    fn corners(
        &self,
        plane: &Plane<'_>,
        bits: &Bits,
        right: Vec2,
        down: Vec2,
    ) -> Option<[Vec2; 4]> {
        let outline = self.outline.get_or_init(|| Outline::trace(plane, bits, &self.finder));
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
}

impl FinderTriple<'_> {
    pub(super) fn read(&self, plane: &Plane<'_>, bits: &Bits) -> ReadResult {
        self.try_read(plane, bits).unwrap_or(ReadResult::Nothing)
    }

    fn try_read(&self, plane: &Plane<'_>, bits: &Bits) -> Option<ReadResult> {
        let Self { top_left, top_right, bottom_left } = self;
        let right = direction(&top_left.finder, &top_right.finder);
        let down = direction(&top_left.finder, &bottom_left.finder);
        let corners = |pattern: &FinderPattern| pattern.corners(plane, bits, right, down);
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
        let search = AlignmentSearch { plane, contrast };
        let mut best = ReadResult::Square;
        for fit in finders.fits(plane, estimate) {
            match self.read_as(&search, &fit) {
                read @ ReadResult::Read(_) => return Some(read),
                // The first is the likelier one.
                unread @ ReadResult::Unread(_) if matches!(best, ReadResult::Square) => {
                    best = unread;
                }
                ReadResult::Unread(_) | ReadResult::Square | ReadResult::Nothing => {}
            }
        }
        Some(best)
    }

    /// Reads it as a code of that version: with the meshes that its patterns give, and if one of
    /// those shows a code, with that mesh fitted to the modules.
    fn read_as(&self, search: &AlignmentSearch<'_>, fit: &Fit) -> ReadResult {
        if fit.is_sure
            && let Some(code) =
                read_at_once(search.plane, &Mesh::flat(fit.transform.clone()), fit.version)
        {
            return ReadResult::Read(code);
        }
        let sample = |mesh: &Mesh| Samples::take(search.plane, mesh, fit.version);
        let mut plausible = None;
        for mesh in search.meshes(fit.version, &fit.correspondences, fit.transform.clone()) {
            if let Some(code) = read_at_once(search.plane, &mesh, fit.version) {
                return ReadResult::Read(code);
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
        if let Some((mesh, _)) = &plausible {
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
        })
    }
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

// Nearly the whole outline.
const CLEAR_QUALITY: f32 = 0.93;
// In grey values, of 255.
const MIN_CONTRAST: f32 = 3.0;
