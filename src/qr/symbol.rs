//! A code: from three finder patterns to its text.

use std::cell::OnceCell;

use super::alignment::Search;
use super::binarize::Bits;
use super::finder::Finder;
use super::grid::Samples;
use super::homography::{Homography, Point, Sighting};
use super::mesh::Mesh;
use super::outline::{Outline, quality};
use super::plane::Plane;
use super::relax::relaxed;
use super::{Corner, QrCode};

/// A finder pattern.
pub(super) struct Pattern {
    pub(super) finder: Finder,
    /// The share of its outline that looks as it should.
    pub(super) quality: f32,
    /// Traced when it is needed.
    outline: OnceCell<Outline>,
}

impl Pattern {
    pub(super) fn new(bits: &Bits, finder: Finder) -> Self {
        Self { finder, quality: quality(bits, &finder), outline: OnceCell::new() }
    }

    fn corners(
        &self,
        plane: &Plane<'_>,
        bits: &Bits,
        right: Point,
        down: Point,
    ) -> Option<[Point; 4]> {
        let outline = self.outline.get_or_init(|| Outline::trace(plane, bits, &self.finder));
        outline.corners(&self.finder, right, down)
    }
}

/// Three finder patterns that may be of one code: that at its top left corner, that which its rows
/// lead to, and that which its columns lead to.
pub(super) struct Triple<'a> {
    pub(super) corner: &'a Pattern,
    pub(super) right: &'a Pattern,
    pub(super) down: &'a Pattern,
}

/// What came of a try.
pub(super) enum Attempt {
    Read(QrCode),
    /// It looks like a code, but its text could not be read.
    Unread(Sketch),
    /// The patterns could be the corners of a square, but it has no other pattern of a code.
    Square,
    /// It is no code.
    Nothing,
}

/// Where a code seems to be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sketch {
    pub(super) corners: [Corner; 4],
    /// The size of a module, in pixels.
    pub(super) module: f32,
    /// How far dark and light modules side by side are apart, of how far those of the finder
    /// patterns are: 1 when it is in focus.
    pub(super) sharpness: f32,
}

impl Triple<'_> {
    pub(super) fn read(&self, plane: &Plane<'_>, bits: &Bits) -> Attempt {
        self.try_read(plane, bits).unwrap_or(Attempt::Nothing)
    }

    fn try_read(&self, plane: &Plane<'_>, bits: &Bits) -> Option<Attempt> {
        let Self { corner, right, down } = self;
        let along = direction(&corner.finder, &right.finder);
        let across = direction(&corner.finder, &down.finder);
        let corners = |pattern: &Pattern| pattern.corners(plane, bits, along, across);
        let finders = [corners(corner)?, corners(right)?, corners(down)?];
        let [corner_at, right_at, down_at] = &finders;

        let columns =
            corner.finder.distance(&right.finder) / (width(corner_at) * width(right_at)).sqrt();
        let rows =
            corner.finder.distance(&down.finder) / (height(corner_at) * height(down_at)).sqrt();
        if (columns / rows).ln().abs() > 0.35 {
            return None;
        }
        let sign = if corner.finder.dark { 1.0 } else { -1.0 };
        let contrast =
            finders.iter().map(|corners| ring_contrast(plane, corners, sign)).sum::<f32>() / 3.0;
        if contrast < MIN_CONTRAST {
            return None;
        }

        let search = Search { plane, sign, contrast };
        let mut best = Attempt::Square;
        for fit in Fit::candidates(plane, (columns + rows) / 2.0 + 7.0, &finders, sign) {
            match self.read_as(&search, &fit) {
                read @ Attempt::Read(_) => return Some(read),
                // The first is the likelier one.
                unread @ Attempt::Unread(_) if matches!(best, Attempt::Square) => best = unread,
                Attempt::Unread(_) | Attempt::Square | Attempt::Nothing => {}
            }
        }
        Some(best)
    }

    /// Reads it as a code of that size: as it should be seen, and if it looks like a code that way,
    /// fitted to what is seen.
    fn read_as(&self, search: &Search<'_>, fit: &Fit) -> Attempt {
        let sample = |mesh: &Mesh| Samples::take(search.plane, mesh, fit.size, search.sign);
        let mut plausible = None;
        for mesh in search.views(fit.size, &fit.corners, fit.view.clone()) {
            let samples = sample(&mesh);
            if !samples.has_patterns() {
                continue;
            }
            if let Some(code) = decode(&samples, &mesh) {
                return Attempt::Read(code);
            }
            plausible.get_or_insert(mesh);
        }
        if let Some(mesh) = &plausible {
            let mesh = relaxed(mesh, search.plane, fit.size);
            if let Some(code) = decode(&sample(&mesh), &mesh) {
                return Attempt::Read(code);
            }
        }
        if plausible.is_none() && fit.timing < SURE_TIMING {
            return Attempt::Square;
        }
        let mesh = plausible.unwrap_or_else(|| Mesh::flat(fit.view.clone()));
        Attempt::Unread(Sketch {
            corners: outer_corners(&mesh, fit.size),
            module: self.corner.finder.module,
            sharpness: fit.contrast / search.contrast,
        })
    }
}

fn decode(samples: &Samples, mesh: &Mesh) -> Option<QrCode> {
    let corners = outer_corners(mesh, samples.size());
    samples.decode().map(|bytes| QrCode { bytes, corners })
}

/// A number of modules a side, and what speaks for it.
struct Fit {
    size: usize,
    /// What the finder patterns make of it.
    view: Homography,
    corners: [Sighting; 12],
    /// The share of the timing patterns' modules (ISO/IEC 18004, 6.3.5) that differ from their
    /// neighbours as they should.
    timing: f32,
    /// By how much they do, in grey values.
    contrast: f32,
}

impl Fit {
    /// The best two of the sizes near an estimate.
    fn candidates(
        plane: &Plane<'_>,
        estimate: f32,
        finders: &[[Point; 4]; 3],
        sign: f32,
    ) -> impl Iterator<Item = Self> + use<> {
        let nearest = (((estimate - 17.0) / 4.0).round() * 4.0 + 17.0).clamp(21.0, 177.0) as isize;
        let off = 0.12 * estimate + 3.0;
        let mut fits: Vec<Self> = [0, 4, -4, 8, -8]
            .map(|more| nearest + more)
            .into_iter()
            .filter(|size| (21..=177).contains(size) && (*size as f32 - estimate).abs() <= off)
            .filter_map(|size| Self::new(plane, size as usize, finders, sign))
            .filter(|fit| fit.timing >= MIN_TIMING)
            .collect();
        fits.sort_by(|a, b| b.contrast.total_cmp(&a.contrast));
        fits.into_iter().take(2)
    }

    fn new(plane: &Plane<'_>, size: usize, finders: &[[Point; 4]; 3], sign: f32) -> Option<Self> {
        let corners = sightings(size, finders);
        let view = Homography::fit(&corners)?;
        let (timing, contrast) = timing(plane, &view, size, sign);
        Some(Self { size, view, corners, timing, contrast })
    }
}

fn sightings(size: usize, finders: &[[Point; 4]; 3]) -> [Sighting; 12] {
    let far = (size - 7) as f32;
    let places = [(0.0, 0.0), (far, 0.0), (0.0, far)];
    std::array::from_fn(|i| {
        let (finder, corner) = (i / 4, i % 4);
        let (x, y) = square(7.0)[corner];
        let module = (places[finder].0 + x, places[finder].1 + y);
        Sighting { module, pixel: finders[finder][corner], weight: 1.0 }
    })
}

/// The share of the timing patterns' modules that differ from their neighbours as they should, and
/// by how much they do, in grey values.
fn timing(plane: &Plane<'_>, view: &Homography, size: usize, sign: f32) -> (f32, f32) {
    let (mut right, mut contrast) = (0, 0.0);
    for horizontal in [true, false] {
        let value = |at: usize| {
            let middle = at as f32 + 0.5;
            let (x, y) = view.at(if horizontal { (middle, 6.5) } else { (6.5, middle) });
            sign * plane.at(x, y)
        };
        // The ends belong to the finder patterns.
        let (mut before, mut here) = (value(6), value(7));
        for at in 7..size - 7 {
            let after = value(at + 1);
            let lighter = here - (before + after) / 2.0;
            right += usize::from((lighter > 0.0) == (at % 2 == 1));
            contrast += if at % 2 == 1 { lighter } else { -lighter };
            (before, here) = (here, after);
        }
    }
    let count = (2 * (size - 14)) as f32;
    (right as f32 / count, contrast / count)
}

/// How much lighter a finder pattern's light ring is than its middle.
fn ring_contrast(plane: &Plane<'_>, corners: &[Point; 4], sign: f32) -> f32 {
    let modules = square(7.0);
    let sightings: [Sighting; 4] = std::array::from_fn(|corner| Sighting {
        module: modules[corner],
        pixel: corners[corner],
        weight: 1.0,
    });
    let Some(view) = Homography::fit(&sightings) else { return 0.0 };
    let at = |x: f32, y: f32| {
        let (x, y) = view.at((x, y));
        plane.at(x, y)
    };
    let ring = at(1.5, 3.5) + at(5.5, 3.5) + at(3.5, 1.5) + at(3.5, 5.5);
    sign * (ring / 4.0 - at(3.5, 3.5))
}

fn outer_corners(mesh: &Mesh, size: usize) -> [Corner; 4] {
    square(size as f32).map(|module| {
        let (x, y) = mesh.at(module);
        Corner { x, y }
    })
}

/// The corners of a square, clockwise, from that at the origin.
fn square(side: f32) -> [Point; 4] {
    [(0.0, 0.0), (side, 0.0), (side, side), (0.0, side)]
}

fn direction(from: &Finder, to: &Finder) -> Point {
    let length = from.distance(to);
    ((to.x - from.x) / length, (to.y - from.y) / length)
}

/// The size of a module along a finder pattern's upper and lower side.
fn width([a, b, c, d]: &[Point; 4]) -> f32 {
    (length(*a, *b) + length(*d, *c)) / 14.0
}

/// The size of a module along a finder pattern's left and right side.
fn height([a, b, c, d]: &[Point; 4]) -> f32 {
    (length(*a, *d) + length(*b, *c)) / 14.0
}

fn length(a: Point, b: Point) -> f32 {
    (b.0 - a.0).hypot(b.1 - a.1)
}

// Half of them would differ by chance.
const MIN_TIMING: f32 = 0.68;
const SURE_TIMING: f32 = 0.8;
// In grey values, of 255.
const MIN_CONTRAST: f32 = 3.0;
