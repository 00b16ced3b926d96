//! The outline of a finder pattern, with subpixel accuracy.

use std::f32::consts::TAU;
use std::ops::Range;

use super::finder::FinderCandidate;
use super::homography::{Vec2, mean};
use crate::qr::image::{Bits, Plane};

/// The share of rays from the middle of a finder pattern that cross its three edges at plausible
/// distances. `None` if they are too few. `merged` says that the outermost of them may be missing.
pub(super) fn quality(bits: &Bits, finder: &FinderCandidate, merged: bool) -> Option<f32> {
    if merged {
        return merged_quality(bits, finder);
    }
    let farthest = reach(finder);
    // A ray is given up where its next edge would be too far away.
    let limit = |edges: &[f32; 3], met: usize| match met {
        0 => MIDDLE_SHARE.end * farthest,
        1 => INNER_SHARE.end * farthest.min(edges[0] / MIDDLE_SHARE.start),
        _ => farthest.min(edges[0] / MIDDLE_SHARE.start).min(edges[1] / INNER_SHARE.start),
    };
    let mut plausible = FEW_RAYS;
    for ray in rays(FEW_RAYS) {
        let is_plausible =
            edges_along(bits, finder, ray, limit).is_some_and(|[middle, inner, outer]| {
                MIDDLE_SHARE.contains(&(middle / outer)) && INNER_SHARE.contains(&(inner / outer))
            });
        plausible -= usize::from(!is_plausible);
        if (plausible as f32) < MIN_QUALITY * FEW_RAYS as f32 {
            return None;
        }
    }
    Some(plausible as f32 / FEW_RAYS as f32)
}

fn merged_quality(bits: &Bits, finder: &FinderCandidate) -> Option<f32> {
    let reach = reach(finder);
    let edges: Vec<_> =
        rays(FEW_RAYS).map(|ray| edges_along(bits, finder, ray, |_, _| reach)).collect();
    let is_plausible = |at: usize| {
        let Some([middle, inner, outer]) = edges[at] else { return false };
        if MIDDLE_SHARE.contains(&(middle / outer)) && INNER_SHARE.contains(&(inner / outer)) {
            return true;
        }
        // Two edges say less than three; but they are as far on the other side.
        let opposite = edges[(at + FEW_RAYS / 2) % FEW_RAYS];
        let is_symmetric = |[_, opposite, _]: [f32; 3]| (0.77..1.3).contains(&(inner / opposite));
        (0.45..0.75).contains(&(middle / inner)) && opposite.is_some_and(is_symmetric)
    };
    let plausible = (0..FEW_RAYS).filter(|at| is_plausible(*at)).count();
    let quality = plausible as f32 / FEW_RAYS as f32;
    (quality >= MIN_QUALITY).then_some(quality)
}

/// How many rays trace an outline.
#[derive(Clone, Copy)]
pub(super) enum Rays {
    /// Enough for the straight sides of a pattern in focus: five each, when corners are left out.
    Some = 32,
    /// Ten each.
    All = 64,
}

/// Where rays from the middle of a finder pattern leave its outer ring.
pub(super) struct Outline(Vec<Vec2>);

impl Outline {
    pub(super) fn trace(
        plane: &Plane<'_>,
        bits: &Bits,
        finder: &FinderCandidate,
        count: Rays,
    ) -> Self {
        let points = rays(count as usize).filter_map(|ray| {
            let [middle, inner, outer] = edges_along(bits, finder, ray, |_, _| reach(finder))?;
            let refined = |edge| refined(plane, finder, ray, edge);
            let distance = if inner >= INNER_SHARE.start * outer {
                refined(outer)
            } else {
                // The ring runs into something. Ink that spreads moves the two edges within it by the same
                // amount, to either side of 1.5 and 2.5 modules from the middle.
                3.5 / 4.0 * (refined(middle) + refined(inner))
            };
            Some((finder.x + ray.0 * distance, finder.y + ray.1 * distance))
        });
        Self(points.collect())
    }

    /// The outer corners: where straight lines through the four sides meet. `right` and `down` are
    /// the directions of the code's rows and columns; the corners go clockwise from the top left.
    pub(super) fn corners(
        &self,
        finder: &FinderCandidate,
        right: Vec2,
        down: Vec2,
    ) -> Option<[Vec2; 4]> {
        let scale = right.0 * down.1 - right.1 * down.0;
        if scale.abs() < MIN_SIN {
            return None;
        }
        let mut sides: [Vec<Vec2>; 4] = Default::default();
        for point in &self.0 {
            let (x, y) = (point.0 - finder.x, point.1 - finder.y);
            let along = (x * down.1 - y * down.0) / scale;
            let across = (right.0 * y - right.1 * x) / scale;
            // Near a corner the ring may be rounded, or the ray may have met the wrong side.
            if (along.abs() - across.abs()).abs() < 0.12 * along.abs().max(across.abs()) {
                continue;
            }
            let side = match (along.abs() > across.abs(), along > 0.0, across > 0.0) {
                (false, _, false) => 0,
                (true, true, _) => 1,
                (false, _, true) => 2,
                (true, false, _) => 3,
            };
            sides[side].push(*point);
        }
        let [top, right, bottom, left] = sides.map(Line::through);
        let (top, right, bottom, left) = (top?, right?, bottom?, left?);
        let corners =
            [top.meet(&left)?, top.meet(&right)?, bottom.meet(&right)?, bottom.meet(&left)?];
        let plausible = |corner: &Vec2| {
            let distance = (corner.0 - finder.x).hypot(corner.1 - finder.y);
            (1.5..12.0).contains(&(distance / finder.module_size))
        };
        corners.iter().all(plausible).then_some(corners)
    }
}

/// Directions all round, as unit vectors.
fn rays(count: usize) -> impl Iterator<Item = Vec2> {
    let (sin, cos) = (TAU / count as f32).sin_cos();
    let turn = move |(x, y): &Vec2| Some((x * cos - y * sin, x * sin + y * cos));
    std::iter::successors(Some((1.0, 0.0)), turn).take(count)
}

/// How far from the middle of a finder pattern its edges are looked for.
fn reach(finder: &FinderCandidate) -> f32 {
    9.0 * finder.module_size + 4.0
}

/// The distances from the middle at which a ray leaves the middle, the light ring, and the dark
/// ring; infinite if it does not. `limit` says how far the next of them may be, given the ones before
/// and their number.
fn edges_along(
    bits: &Bits,
    finder: &FinderCandidate,
    (cos, sin): Vec2,
    limit: impl Fn(&[f32; 3], usize) -> f32,
) -> Option<[f32; 3]> {
    let step = (finder.module_size * 0.15).clamp(0.5, 3.0);
    let (width, height) = (bits.width() as f32, bits.height() as f32);
    let mut edges = [0.0; 3];
    let mut met = 0;
    let mut in_hole = true;
    let mut wanted = finder.dark;
    let mut distance = 0.0;
    let mut farthest = limit(&edges, met);
    while distance < farthest {
        let (x, y) = (finder.x + cos * distance, finder.y + sin * distance);
        let inside = x >= 0.0 && y >= 0.0 && x < width && y < height;
        if !inside {
            // The picture may end where the code does.
            edges[2] = distance;
            return (met == 2).then_some(edges);
        }
        let is_edge = bits.is_dark(x as usize, y as usize) != wanted;
        // There may be a hole in the middle.
        in_hole &= is_edge && distance < finder.module_size;
        if is_edge && !in_hole {
            edges[met] = distance;
            met += 1;
            wanted = !wanted;
            if met == 3 {
                return Some(edges);
            }
            farthest = limit(&edges, met);
        }
        distance += step;
    }
    edges[2] = f32::INFINITY;
    (met == 2).then_some(edges)
}

/// The distance near `outer` at which the brightness is half way between what it is on either
/// side.
fn refined(plane: &Plane<'_>, finder: &FinderCandidate, (cos, sin): Vec2, outer: f32) -> f32 {
    let reach = (0.45 * finder.module_size).max(0.8);
    let at = |distance: f32| plane.sample(finder.x + cos * distance, finder.y + sin * distance);
    let (inside, outside) = (at(outer - reach), at(outer + reach));
    if (outside - inside).abs() <= 2.0 {
        return outer;
    }
    let half = (inside + outside) / 2.0;
    let step = reach / 4.0;
    let mut before = inside;
    for i in 1..=8 {
        let distance = outer - reach + step * i as f32;
        let here = at(distance);
        if (before - half) * (here - half) <= 0.0 && before != here {
            return distance - step * (here - half) / (here - before);
        }
        before = here;
    }
    outer
}

/// A straight line: the points (x, y) with x · `normal`.0 + y · `normal`.1 = `offset`.
struct Line {
    normal: Vec2,
    offset: f32,
}

impl Line {
    /// The line nearest to the points, without the outliers of a first fit.
    fn through(mut points: Vec<Vec2>) -> Option<Self> {
        let first = Self::nearest(&points)?;
        let mut distances: Vec<f32> = points.iter().map(|point| first.distance(*point)).collect();
        let (_, usual, _) = distances.select_nth_unstable_by(points.len() * 3 / 4, f32::total_cmp);
        let limit = (*usual * 1.5).max(0.6);
        points.retain(|point| first.distance(*point) <= limit);
        Self::nearest(&points)
    }

    /// Total least squares.
    fn nearest(points: &[Vec2]) -> Option<Self> {
        if points.len() < 3 {
            return None;
        }
        let (x, y) = mean(points.iter().copied());
        let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
        for point in points {
            let (right, down) = (point.0 - x, point.1 - y);
            xx += right * right;
            xy += right * down;
            yy += down * down;
        }
        let (sin, cos) = (0.5 * (2.0 * xy).atan2(xx - yy)).sin_cos();
        Some(Self { normal: (-sin, cos), offset: cos * y - sin * x })
    }

    fn distance(&self, (x, y): Vec2) -> f32 {
        (self.normal.0 * x + self.normal.1 * y - self.offset).abs()
    }

    fn meet(&self, other: &Self) -> Option<Vec2> {
        let ((a, b), (c, d)) = (self.normal, other.normal);
        let scale = a * d - b * c;
        (scale.abs() > 1e-6).then(|| {
            let x = (self.offset * d - b * other.offset) / scale;
            let y = (a * other.offset - self.offset * c) / scale;
            (x, y)
        })
    }
}

// Of the distance of the outermost edge: of 3.5 modules, the middle ends after 1.5 and the light ring after
// 2.5.
const MIDDLE_SHARE: Range<f32> = 0.25..0.62;
const INNER_SHARE: Range<f32> = 0.5..0.9;
// Of the angle between rows and columns: with less, a side cannot be distinguished from the next.
const MIN_SIN: f32 = 0.15;
// Rounded patterns, and ones with glare, have the right proportions along a third of their outline;
// texture along less.
const MIN_QUALITY: f32 = 0.35;
// For a share of the outline, to a sixteenth.
const FEW_RAYS: usize = 16;
