//! Plots of times, as SVG.

use std::fmt::Write;
use std::ops::Range;

/// Times by group and series: a bar to the median, and a line on to 95 %.
pub(crate) struct Bars<'a> {
    pub(crate) groups: Vec<String>,
    pub(crate) series: Vec<&'a str>,
    /// Of each group, of each series: the median and 95 %, in milliseconds; `None` without a picture.
    pub(crate) values: Vec<Vec<Option<(f64, f64)>>>,
}

/// Pictures by their size and time.
pub(crate) struct Dots<'a> {
    pub(crate) series: Vec<&'a str>,
    pub(crate) dots: Vec<Dot>,
}

pub(crate) struct Dot {
    pub(crate) series: usize,
    pub(crate) megapixels: f64,
    pub(crate) milliseconds: f64,
    pub(crate) is_read: bool,
}

impl Bars<'_> {
    pub(crate) fn svg(&self) -> String {
        let times = self.values.iter().flatten().flatten().flat_map(|(p50, p95)| [*p50, *p95]);
        let Some(axis) = Axis::over(times, HEIGHT - FOOT..TOP) else { return String::new() };
        let mut svg = begin(&self.series);
        axis.draw_rows(&mut svg);
        let group_width = (WIDTH - LEFT) / self.groups.len() as f64;
        let width = (0.8 * group_width / self.series.len() as f64).min(48.0);
        for (at, (group, values)) in self.groups.iter().zip(&self.values).enumerate() {
            let middle = LEFT + (at as f64 + 0.5) * group_width;
            let left = middle - width * self.series.len() as f64 / 2.0;
            let _ = writeln!(
                svg,
                r#"<text x="{middle:.1}" y="{:.1}" text-anchor="middle">{group}</text>"#,
                HEIGHT - 12.0
            );
            for (series, value) in values.iter().enumerate() {
                let Some((p50, p95)) = *value else { continue };
                let (x, top, end) =
                    (left + series as f64 * width, axis.place(p50), axis.place(p95));
                let (line, color) = (x + width / 2.0, color(series));
                let _ = writeln!(
                    svg,
                    r#"<g><title>{}, {group}: median {p50:.2} ms, 95 % {p95:.2} ms</title>
<rect x="{:.1}" y="{top:.1}" width="{:.1}" height="{:.1}" fill="{color}"/>
<path d="M{line:.1} {top:.1}V{end:.1}m-4 0h8" stroke="{color}" fill="none"/></g>"#,
                    self.series.get(series).copied().unwrap_or_default(),
                    x + 1.0,
                    width - 2.0,
                    HEIGHT - FOOT - top
                );
            }
        }
        svg + "</svg>\n"
    }
}

impl Dots<'_> {
    pub(crate) fn svg(&self) -> String {
        let times = self.dots.iter().map(|dot| dot.milliseconds);
        let sizes = self.dots.iter().map(|dot| dot.megapixels);
        let (Some(rows), Some(columns)) =
            (Axis::over(times, HEIGHT - FOOT..TOP), Axis::over(sizes, LEFT..WIDTH - 8.0))
        else {
            return String::new();
        };
        let mut svg = begin(&self.series);
        rows.draw_rows(&mut svg);
        columns.draw_columns(&mut svg);
        for Dot { series, megapixels, milliseconds, is_read } in &self.dots {
            let (x, y) = (columns.place(*megapixels), rows.place(*milliseconds));
            let fill = if *is_read { color(*series) } else { "none" };
            let _ = writeln!(
                svg,
                r#"<circle cx="{x:.1}" cy="{y:.1}" r="2" fill="{fill}" stroke="{}" opacity=".6"/>"#,
                color(*series)
            );
        }
        svg + "</svg>\n"
    }
}

/// A logarithmic axis, from one power of ten to another.
struct Axis {
    powers: Range<i32>,
    places: Range<f64>,
}

impl Axis {
    /// `None` over nothing.
    fn over(values: impl Iterator<Item = f64>, places: Range<f64>) -> Option<Self> {
        let values: Vec<f64> = values.filter(|value| *value > 0.0).collect();
        let least = values.iter().copied().reduce(f64::min)?.log10().floor() as i32;
        let most = values.iter().copied().reduce(f64::max)?.log10().ceil() as i32;
        Some(Self { powers: least..most.max(least + 1), places })
    }

    fn place(&self, value: f64) -> f64 {
        let span = f64::from(self.powers.end - self.powers.start);
        let share = (value.log10() - f64::from(self.powers.start)) / span;
        self.places.start + share.max(0.0) * (self.places.end - self.places.start)
    }

    /// The powers, and where they are.
    fn lines(&self) -> impl Iterator<Item = (f64, f64)> {
        (self.powers.start..=self.powers.end).map(|power| {
            let value = 10_f64.powi(power);
            (value, self.place(value))
        })
    }

    fn draw_rows(&self, svg: &mut String) {
        for (value, y) in self.lines() {
            let _ = writeln!(
                svg,
                r#"<path d="M{LEFT} {y:.1}H{WIDTH}" class="grid"/><text x="{:.1}" y="{:.1}" text-anchor="end">{value} ms</text>"#,
                LEFT - 6.0,
                y + 4.0
            );
        }
    }

    fn draw_columns(&self, svg: &mut String) {
        for (value, x) in self.lines() {
            let _ = writeln!(
                svg,
                r#"<path d="M{x:.1} {TOP}V{:.1}" class="grid"/><text x="{x:.1}" y="{:.1}" text-anchor="middle">{value} MP</text>"#,
                HEIGHT - FOOT,
                HEIGHT - 12.0
            );
        }
    }
}

/// The first lines, with a legend.
fn begin(series: &[&str]) -> String {
    let mut svg = format!(r#"<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img">"#);
    for (at, name) in series.iter().enumerate() {
        let x = LEFT + 130.0 * at as f64;
        let _ = writeln!(
            svg,
            r#"<rect x="{x}" y="6" width="10" height="10" fill="{}"/><text x="{}" y="15">{name}</text>"#,
            color(at),
            x + 15.0
        );
    }
    svg
}

/// Distinguishable to those who do not see red or green, too (Okabe and Ito).
fn color(series: usize) -> &'static str {
    ["#0072b2", "#e69f00", "#009e73", "#cc79a7"].get(series).copied().unwrap_or("#666")
}

const WIDTH: f64 = 840.0;
const HEIGHT: f64 = 340.0;
const LEFT: f64 = 70.0;
const TOP: f64 = 30.0;
const FOOT: f64 = 34.0;
