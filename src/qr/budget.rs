use std::cell::Cell;
use std::time::Instant;

use super::image::Plane;
use super::passes::BASE_AREA;

/// What a search may cost. It ends when that is spent, or at a time that somebody waits for.
///
/// It is counted, not timed, so that a picture is read or not read whatever else the device does. A
/// unit is what it takes to look at one point of an image. A code that is read costs nothing: a page
/// full of codes is searched to its end, but not a wall of codes that nobody can read.
#[derive(Debug)]
pub(super) struct Budget {
    left: Cell<usize>,
    /// What the passes after this one may spend.
    kept: Cell<usize>,
    deadline: Option<Instant>,
}

impl Budget {
    /// Of a still image, whose reader waits until the deadline.
    pub(super) fn of_still(plane: &Plane<'_>, deadline: Instant) -> Self {
        let area = plane.area().min(BASE_AREA) + MIN_STILL_AREA;
        Self::new(STILL_UNITS_PER_PIXEL * area, Some(deadline))
    }

    /// Of a frame of a preview.
    pub(super) fn of_frame(plane: &Plane<'_>) -> Self {
        let area = plane.area().min(BASE_AREA) + MIN_FRAME_AREA;
        Self::new(FRAME_UNITS_PER_PIXEL * area, None)
    }

    fn new(units: usize, deadline: Option<Instant>) -> Self {
        Self { left: Cell::new(units), kept: Cell::new(0), deadline }
    }

    /// Spends what the pixels of a pass cost, if that is left, and keeps half of the rest for the passes
    /// that come after this one.
    pub(super) fn begin_pass(&self, area: usize, sharpened: bool) -> bool {
        self.kept.set(0);
        let is_affordable = self.spend(if sharpened { 2 * area } else { area / 3 });
        self.kept.set(self.left.get() / 2);
        is_affordable
    }

    /// Leaves what was kept to the passes that come after this one.
    pub(super) fn end_pass(&self) {
        self.kept.set(0);
    }

    /// Adds so many units, for a search that costs as much as the image is large.
    pub(super) fn add(&self, units: usize) {
        self.left.set(self.left.get() + units);
    }

    /// Spends so many units; nothing, and returns false, if there are not so many.
    pub(super) fn spend(&self, units: usize) -> bool {
        let is_affordable = self.left.get() >= self.kept.get() + units;
        if is_affordable {
            self.left.set(self.left.get() - units);
            #[cfg(feature = "inspect")]
            super::inspect::worked(units);
        }
        is_affordable
    }

    /// What is left, to be [restored](Self::restore).
    pub(super) fn left(&self) -> usize {
        self.left.get()
    }

    /// Gives back what a code that was read took, and what it takes to find the next one.
    pub(super) fn restore(&self, left: usize) {
        self.left.set(left + UNITS_PER_CODE);
    }

    /// Whether nothing but the cheapest work is left, or it is too late for that.
    pub(super) fn is_over(&self) -> bool {
        self.left.get() < self.kept.get() + LEAST || self.is_late()
    }

    /// Whether the time is over that somebody waits for.
    pub(super) fn is_late(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }
}

// For each pixel of the base: with them, an image of a megapixel takes at most 100 ms, and a frame
// 25 ms, on a processor of 2023 or so.
const STILL_UNITS_PER_PIXEL: usize = 6;
const FRAME_UNITS_PER_PIXEL: usize = 2;
// In pixels that count in addition: a small image may hold a code that is difficult, too.
const MIN_STILL_AREA: usize = 300_000;
const MIN_FRAME_AREA: usize = 100_000;
// Of three finder patterns that turn out not to belong to one code.
const LEAST: usize = 2_000;
// Ten of those: between the codes of a wall, most triples are of two codes.
const UNITS_PER_CODE: usize = 20_000;
