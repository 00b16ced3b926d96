//! The timing patterns (ISO/IEC 18004, 6.3.5): a row and a column of modules between the finder
//! patterns, alternately light and dark, from which the modules can be counted and located.

use super::homography::{Homography, Vec2};
use crate::qr::decode::Version;
use crate::qr::image::{CodePlane, IntegralImage};

/// The share of the patterns' modules that have the right colour where a transform puts them, and by
/// how much they differ from their neighbours, in grey values.
pub(super) fn check(plane: CodePlane<'_>, transform: &Homography, version: Version) -> (f32, f32) {
    let size = version.size();
    let (mut right, mut contrast) = (0, 0.0);
    for horizontal in [true, false] {
        let value = |at: usize| {
            let middle = at as f32 + 0.5;
            let (x, y) = transform.to_pixel(if horizontal { (middle, 6.5) } else { (6.5, middle) });
            plane.sample(x, y)
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

/// The middles of the modules of a pattern that goes straight from a point to another, of which the
/// first and the last are light. `estimate` is how many there seem to be: 7 (version 1) to 163.
pub(super) fn modules(plane: CodePlane<'_>, from: Vec2, to: Vec2, estimate: f32) -> Vec<Vec2> {
    let count = (SAMPLES as f32 * estimate.clamp(7.0, 163.0)) as usize;
    let place = |at: f32| {
        let share = at / (count - 1) as f32;
        (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share)
    };
    let value = |at: usize| {
        let (x, y) = place(at as f32);
        plane.sample(x, y)
    };
    let values: Vec<f32> = (0..count).map(value).collect();
    let sums = IntegralImage::of(count, values.iter().copied());
    let is_light = |at: usize| {
        let around = at.saturating_sub(2 * SAMPLES)..(at + 2 * SAMPLES + 1).min(count);
        values[at] * around.len() as f32 > sums.over(&around, &(0..1))
    };
    let lights: Vec<bool> = (0..count).map(is_light).collect();

    let mut start = 0;
    let mut middles: Vec<Vec2> = Vec::new();
    for run in lights.chunk_by(|a, b| a == b) {
        middles.push(place(start as f32 + (run.len() - 1) as f32 / 2.0));
        start += run.len();
    }
    // What is dark at either end belongs to a finder pattern.
    let first = usize::from(!lights[0]);
    let end = middles.len() - usize::from(!lights[count - 1]);
    middles.get(first..end).unwrap_or_default().to_vec()
}

// In a module: its edges are found to an eighth.
const SAMPLES: usize = 8;

#[cfg(test)]
mod tests {
    use super::{check, modules};
    use crate::qr::decode::Version;
    use crate::qr::detect::homography::{Correspondence, Homography};
    use crate::qr::image::{CodePlane, Plane};

    const PIXELS: usize = 5;

    /// The timing patterns of a code that fills the picture, and nothing else; light on dark if
    /// `inverted`.
    fn drawn(version: Version, inverted: bool) -> Plane<'static> {
        let side = version.size() * PIXELS;
        let pixel = |at: usize| {
            let (x, y) = (at % side / PIXELS, at / side / PIXELS);
            let dark = (x == 6 && y % 2 == 0) || (y == 6 && x % 2 == 0);
            if dark == inverted { 200 } else { 60 }
        };
        Plane::new((0..side * side).map(pixel).collect::<Vec<u8>>(), side, side, side)
    }

    /// As the code is drawn, but moved by some modules.
    fn transform(moved: f32) -> Homography {
        let corners = [(0.0, 0.0), (20.0, 0.0), (20.0, 20.0), (0.0, 20.0)];
        let pixel = |at: f32| (at + moved) * PIXELS as f32;
        Homography::fit(&corners.map(|(x, y)| Correspondence {
            module: (x, y),
            pixel: (pixel(x), pixel(y)),
            weight: 1.0,
        }))
        .unwrap()
    }

    #[test]
    fn timing_patterns_are_known_by_their_place() {
        for version in [1, 7, 40].map(|number| Version::new(number).unwrap()) {
            for inverted in [false, true] {
                let plane = drawn(version, inverted);
                let (share, contrast) =
                    check(CodePlane::new(&plane, !inverted), &transform(0.0), version);
                assert_eq!(share, 1.0);
                assert!((contrast - 140.0).abs() < 1.0, "{contrast}");
                // The polarity of the code is part of it, and so is every single module.
                let (share, contrast) =
                    check(CodePlane::new(&plane, inverted), &transform(0.0), version);
                assert_eq!(share, 0.0);
                assert!(contrast < -139.0, "{contrast}");
                let (share, _) = check(CodePlane::new(&plane, !inverted), &transform(1.0), version);
                assert!(share < 0.6, "{share}");
            }
        }
    }

    #[test]
    fn modules_are_counted_whatever_was_estimated() {
        for number in [1, 2, 7, 20, 40] {
            let version = Version::new(number).unwrap();
            let plane = drawn(version, false);
            let end = (version.size() - 7) as f32;
            let (from, to) =
                (transform(0.0).to_pixel((7.0, 6.5)), transform(0.0).to_pixel((end, 6.5)));
            for off in [0.85, 1.0, 1.15] {
                let estimate = off * (version.size() - 14) as f32;
                let found = modules(CodePlane::new(&plane, true), from, to, estimate);
                assert_eq!(found.len(), version.size() - 14, "version {number}, {off}");
                for (at, (x, y)) in found.into_iter().enumerate() {
                    let middle = (at as f32 + 7.5) * PIXELS as f32;
                    assert!((x - middle).abs() < 2.0 && (y - 32.5).abs() < 0.1, "{x} {y}");
                }
            }
        }
    }
}
