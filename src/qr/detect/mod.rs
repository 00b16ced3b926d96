//! A code: from three finder patterns to its text.

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

use alignment::Search;
use dimension::{FinderCorners, Fit, square};
use finder_outline::{Outline, quality};
use homography::Vec2;
use mesh::Mesh;
use samples::Samples;

use super::decode::Version;
use super::image::{Bits, CodePlane, Plane};
#[cfg(feature = "inspect")]
use super::inspect::{self, Step};
use super::{ImagePoint, QrCode};

pub(super) use finder::{Finder, finders};

/// A finder pattern.
pub(super) struct FinderPattern {
    pub(super) finder: Finder,
    /// The share of its outline that looks as it should.
    pub(super) quality: f32,
    /// Traced when it is needed.
    outline: OnceCell<Outline>,
}

impl FinderPattern {
    pub(super) fn new(bits: &Bits, finder: Finder) -> Self {
        Self { finder, quality: quality(bits, &finder), outline: OnceCell::new() }
    }

    /// Whether it hardly can be anything else.
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

/// Three finder patterns that may be of one code: that at its top left corner, that which its rows
/// lead to, and that which its columns lead to.
pub(super) struct FinderTriple<'a> {
    pub(super) corner: &'a FinderPattern,
    pub(super) right: &'a FinderPattern,
    pub(super) down: &'a FinderPattern,
}

/// What came of a try.
pub(super) enum ReadResult {
    Read(QrCode),
    /// It looks like a code, but its text could not be read.
    Unread(Detection),
    /// The patterns could be the corners of a square, but it has no other pattern of a code.
    Square,
    /// It is no code.
    Nothing,
}

/// Where a code seems to be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Detection {
    pub(super) corners: [ImagePoint; 4],
    /// The size of a module, in pixels.
    pub(super) module_size: f32,
    /// How far dark and light modules side by side are apart, of how far those of the finder
    /// patterns are: 1 when it is in focus.
    pub(super) sharpness: f32,
}

impl FinderTriple<'_> {
    pub(super) fn read(&self, plane: &Plane<'_>, bits: &Bits) -> ReadResult {
        self.try_read(plane, bits).unwrap_or(ReadResult::Nothing)
    }

    fn try_read(&self, plane: &Plane<'_>, bits: &Bits) -> Option<ReadResult> {
        let Self { corner, right, down } = self;
        let along = direction(&corner.finder, &right.finder);
        let across = direction(&corner.finder, &down.finder);
        let corners = |pattern: &FinderPattern| pattern.corners(plane, bits, along, across);
        let finders = FinderCorners([corners(corner)?, corners(right)?, corners(down)?]);
        #[cfg(feature = "inspect")]
        inspect::reached(Step::Sides);
        let estimate = finders.estimate()?;
        let is_clear = [corner, right, down].iter().all(|pattern| pattern.is_clear());
        #[cfg(feature = "inspect")]
        inspect::reached(Step::Plausibility);
        // A lens that moves, or is out of focus, smears corners of clear patterns.
        if !is_clear && !finders.is_plausible(estimate) {
            return None;
        }
        #[cfg(feature = "inspect")]
        inspect::reached(Step::Contrast);
        let plane = CodePlane::new(plane, corner.finder.dark);
        let contrast = finders.contrast(plane);
        if contrast < MIN_CONTRAST {
            return None;
        }

        #[cfg(feature = "inspect")]
        inspect::reached(Step::Timing);
        let search = Search { plane, contrast };
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

    /// Reads it as a code of that size: as it should be seen, and if it looks like a code that way,
    /// fitted to what is seen.
    fn read_as(&self, search: &Search<'_>, fit: &Fit) -> ReadResult {
        let sample = |mesh: &Mesh| Samples::take(search.plane, mesh, fit.version);
        let mut plausible = None;
        for mesh in search.transforms(fit.version, &fit.correspondences, fit.transform.clone()) {
            let samples = sample(&mesh);
            if !samples.has_patterns() {
                continue;
            }
            if let Some(code) = decode(&samples, &mesh) {
                return ReadResult::Read(code);
            }
            plausible.get_or_insert(mesh);
        }
        if let Some(mesh) = &plausible {
            let mesh = mesh_fit::fitted(mesh, search.plane, fit.version);
            if let Some(code) = decode(&sample(&mesh), &mesh) {
                return ReadResult::Read(code);
            }
        }
        if plausible.is_none() && !fit.is_sure {
            return ReadResult::Square;
        }
        let mesh = plausible.unwrap_or_else(|| Mesh::flat(fit.transform.clone()));
        ReadResult::Unread(Detection {
            corners: outer_corners(&mesh, fit.version),
            module_size: self.corner.finder.module_size,
            sharpness: fit.contrast / search.contrast,
        })
    }
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

fn direction(from: &Finder, to: &Finder) -> Vec2 {
    let length = from.distance(to);
    ((to.x - from.x) / length, (to.y - from.y) / length)
}

// Nearly all of the outline is as it should be.
const CLEAR_QUALITY: f32 = 0.93;
// In grey values, of 255.
const MIN_CONTRAST: f32 = 3.0;
