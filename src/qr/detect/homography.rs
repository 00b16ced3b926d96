/// A point, in pixels or in modules.
pub(super) type Vec2 = (f32, f32);

/// The mean of some points; of none, the origin.
pub(super) fn mean(points: impl Iterator<Item = Vec2>) -> Vec2 {
    let (x, y, count) = points.fold((0.0, 0.0, 0.0), |(x, y, n), p| (x + p.0, y + p.1, n + 1.0));
    if count > 0.0 { (x / count, y / count) } else { (0.0, 0.0) }
}

/// The vector from one point to another.
pub(super) fn difference(point: Vec2, from: Vec2) -> Vec2 {
    (point.0 - from.0, point.1 - from.1)
}

/// A perspective transform from modules to pixels.
#[derive(Clone, Debug)]
pub(super) struct Homography([f32; 8]);

/// A point in modules, the same point in pixels, and the weight of the pair in a fit.
#[derive(Clone, Copy)]
pub(super) struct Correspondence {
    pub(super) module: Vec2,
    pub(super) pixel: Vec2,
    pub(super) weight: f32,
}

impl Homography {
    /// The transform that fits at least four correspondences best: weighted least squares over the
    /// linear form of the equations, solved by elimination.
    pub(super) fn fit(correspondences: &[Correspondence]) -> Option<Self> {
        // Numbers of about one keep the equations well-conditioned.
        let largest = |pick: fn(&Correspondence) -> Vec2| {
            let reach = |s| {
                let (x, y) = pick(s);
                x.abs().max(y.abs())
            };
            correspondences.iter().map(reach).fold(1.0, f32::max)
        };
        let modules = f64::from(largest(|s| s.module));
        let pixels = f64::from(largest(|s| s.pixel));
        let mut equations = [[0.0; 9]; 8];
        for Correspondence { module: (x, y), pixel: (u, v), weight } in correspondences {
            let (x, y) = (f64::from(*x) / modules, f64::from(*y) / modules);
            let (u, v) = (f64::from(*u) / pixels, f64::from(*v) / pixels);
            let horizontal = [x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y, u];
            let vertical = [0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y, v];
            for terms in [horizontal, vertical] {
                for (equation, term) in equations.iter_mut().zip(terms) {
                    for (sum, other) in equation.iter_mut().zip(terms) {
                        *sum += f64::from(*weight) * term * other;
                    }
                }
            }
        }
        let [a, b, c, d, e, f, g, h] = solve(equations)?;
        let scaled = [
            a * pixels / modules,
            b * pixels / modules,
            c * pixels,
            d * pixels / modules,
            e * pixels / modules,
            f * pixels,
            g / modules,
            h / modules,
        ];
        scaled.iter().all(|x| x.is_finite()).then(|| Self(scaled.map(|x| x as f32)))
    }

    #[inline]
    pub(super) fn to_pixel(&self, (x, y): Vec2) -> Vec2 {
        let [a, b, c, d, e, f, g, h] = self.0;
        let depth = 1.0 / (g * x + h * y + 1.0);
        ((a * x + b * y + c) * depth, (d * x + e * y + f) * depth)
    }

    /// The pixels of successive modules of a row, from that at `x`.
    pub(super) fn row(&self, y: f32, x: f32) -> impl Iterator<Item = Vec2> {
        let [a, b, c, d, e, f, g, h] = self.0;
        let (right, down, depth) = (b * y + c, e * y + f, h * y + 1.0);
        (0..).map(move |step| {
            let x = x + step as f32;
            let scale = 1.0 / (g * x + depth);
            ((a * x + right) * scale, (d * x + down) * scale)
        })
    }
}

/// Gauss-Jordan elimination with row pivots.
fn solve(mut rows: [[f64; 9]; 8]) -> Option<[f64; 8]> {
    for column in 0..8 {
        let largest =
            |a: &usize, b: &usize| rows[*a][column].abs().total_cmp(&rows[*b][column].abs());
        let pivot = (column..8).max_by(largest)?;
        if rows[pivot][column].abs() < 1e-14 {
            return None;
        }
        rows.swap(column, pivot);
        let pivot = rows[column];
        for (at, row) in rows.iter_mut().enumerate() {
            if at != column {
                let factor = row[column] / pivot[column];
                for (x, y) in row.iter_mut().zip(pivot) {
                    *x -= factor * y;
                }
            }
        }
    }
    let mut solution = [0.0; 8];
    for (at, x) in solution.iter_mut().enumerate() {
        *x = rows[at][8] / rows[at][at];
    }
    Some(solution)
}

#[cfg(test)]
mod tests {
    use super::{Correspondence, Homography, Vec2};

    fn close(a: Vec2, b: Vec2) -> bool {
        (a.0 - b.0).abs() < 0.01 && (a.1 - b.1).abs() < 0.01
    }

    /// A camera that looks down on a page at a slant.
    fn seen((x, y): Vec2) -> Vec2 {
        let depth = 1.0 + 0.004 * x + 0.01 * y;
        ((6.0 * x + 0.5 * y + 100.0) / depth, (0.3 * x + 5.0 * y + 50.0) / depth)
    }

    fn correspondence(module: Vec2) -> Correspondence {
        Correspondence { module, pixel: seen(module), weight: 1.0 }
    }

    const SQUARE: [Vec2; 4] = [(0.0, 0.0), (25.0, 0.0), (25.0, 25.0), (0.0, 25.0)];

    #[test]
    fn four_corners_say_where_every_module_is_seen() {
        let transform = Homography::fit(&SQUARE.map(correspondence)).unwrap();
        for module in SQUARE.into_iter().chain([(3.5, 3.5), (12.5, 12.5), (21.5, 6.5)]) {
            assert!(close(transform.to_pixel(module), seen(module)), "{module:?}");
        }
    }

    #[test]
    fn what_weighs_little_moves_it_little() {
        let more = [(3.5, 3.5), (21.5, 3.5), (3.5, 21.5)];
        let mut all: Vec<_> = SQUARE.into_iter().chain(more).map(correspondence).collect();
        let off = |weight| Correspondence { module: (18.5, 18.5), pixel: (0.0, 0.0), weight };
        all.push(off(1e-9));
        assert!(close(Homography::fit(&all).unwrap().to_pixel((12.5, 12.5)), seen((12.5, 12.5))));
        all.push(off(1.0));
        assert!(!close(Homography::fit(&all).unwrap().to_pixel((12.5, 12.5)), seen((12.5, 12.5))));
    }

    #[test]
    fn points_that_do_not_span_a_plane_fit_nothing() {
        let on_a_line = [(0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (3.0, 0.0)].map(correspondence);
        let one = [(3.0, 4.0); 4].map(correspondence);
        assert!(Homography::fit(&on_a_line).is_none());
        assert!(Homography::fit(&one).is_none());
        assert!(Homography::fit(&SQUARE.map(correspondence)[..3]).is_none());
    }
}
