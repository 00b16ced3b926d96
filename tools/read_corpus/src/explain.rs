//! Draws what the reader made of a picture, stage by stage, so that one sees which of them lost a code.

use std::fmt::Write;
use std::fs;
use std::io::Cursor;
use std::path::Path;

use image::{DynamicImage, GrayImage, ImageFormat, Rgb, RgbImage};
use scan_login::qr::inspect::{self, GridTrace, PassTrace, SearchTrace, Step, TripleTrace};

use crate::decoder;

/// Writes pictures of all passes, and `summary.txt`, into the folder.
pub(crate) fn explain(picture: &GrayImage, folder: &Path) -> Result<(), String> {
    let passes = inspect::explain(&decoder::frame(picture)?);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(folder.join("summary.txt"), summary(&passes)))
        .map_err(|error| format!("cannot write to {}: {error}", folder.display()))?;
    for (number, pass) in (1..).zip(&passes) {
        let name = pass.name.to_lowercase().replace(", ", "-");
        for (stage, drawing) in stages(pass) {
            let path = folder.join(format!("{number}-{name}-{stage}.png"));
            drawing
                .save(&path)
                .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        }
    }
    Ok(())
}

/// What was seen of a picture.
pub(crate) struct Seen {
    /// How far each pass came, in lines.
    pub(crate) summary: String,
    /// Of the pass that came the farthest, a JPEG.
    pub(crate) drawing: Vec<u8>,
}

/// The same in brief, for a page.
pub(crate) fn seen(picture: &GrayImage) -> Result<Seen, String> {
    let passes = inspect::explain(&decoder::frame(picture)?);
    let step = |pass: &&PassTrace| farthest(pass).map(|(_, triple)| triple.step);
    // Of those that came as far, the first one shows the picture as it is.
    let pass = passes.iter().rev().max_by_key(step);
    let mut drawing = match pass {
        Some(pass) => match farthest(pass).and_then(|(_, triple)| triple.grids.last()) {
            Some(grid) => Drawing::of(pass).grid(grid),
            None => Drawing::of(pass).triples(pass),
        },
        None => DynamicImage::from(picture.clone()).to_rgb8(),
    };
    if drawing.width().max(drawing.height()) > SEEN_SIDE {
        drawing = DynamicImage::from(drawing).thumbnail(SEEN_SIDE, SEEN_SIDE).to_rgb8();
    }
    let mut jpeg = Cursor::new(Vec::new());
    drawing.write_to(&mut jpeg, ImageFormat::Jpeg).map_err(|error| error.to_string())?;
    Ok(Seen { summary: summary(&passes), drawing: jpeg.into_inner() })
}

/// How far each pass came.
fn summary(passes: &[PassTrace]) -> String {
    let mut text = String::new();
    for (number, pass) in (1..).zip(passes) {
        let patterns = pass.searches.iter().map(|search| search.patterns.len()).max();
        let triples: usize = pass.searches.iter().map(|search| search.triples.len()).sum();
        let _ = write!(
            text,
            "{number} {}: {}x{}, {} finder patterns, {triples} triples",
            pass.name,
            pass.width,
            pass.height,
            patterns.unwrap_or_default()
        );
        let _ = match farthest(pass) {
            None => writeln!(text),
            Some((_, TripleTrace { text: Some(read), .. })) => {
                writeln!(text, ", read: {}", String::from_utf8_lossy(read))
            }
            Some((_, triple)) => writeln!(text, ", failed at: {:?}", triple.step),
        };
    }
    text
}

/// The triple that came the farthest, and the search that it is of.
fn farthest(pass: &PassTrace) -> Option<(&SearchTrace, &TripleTrace)> {
    let triples = pass
        .searches
        .iter()
        .flat_map(|search| search.triples.iter().map(move |triple| (search, triple)));
    triples.max_by_key(|(_, triple)| triple.step)
}

fn stages(pass: &PassTrace) -> Vec<(&'static str, RgbImage)> {
    let mut stages = vec![
        ("1-binarized", Drawing::binarized(pass).0),
        ("2-finder-patterns", Drawing::of(pass).finder_patterns(pass)),
        ("3-triples", Drawing::of(pass).triples(pass)),
    ];
    if let Some(grid) = farthest(pass).and_then(|(_, triple)| triple.grids.last()) {
        stages.push(("4-grid", Drawing::of(pass).grid(grid)));
        stages.push(("5-modules", modules(grid)));
    }
    stages
}

/// A picture of a pass, enlarged if it is small.
struct Drawing(RgbImage, f32);

impl Drawing {
    fn of(pass: &PassTrace) -> Self {
        Self::new(pass, |at| pass.grey.get(at).copied().unwrap_or_default())
    }

    fn binarized(pass: &PassTrace) -> Self {
        Self::new(pass, |at| if pass.dark.get(at) == Some(&true) { 0 } else { 255 })
    }

    fn new(pass: &PassTrace, value: impl Fn(usize) -> u8) -> Self {
        let (width, height) = (pass.width as u32, pass.height as u32);
        let zoom = (LEAST_SIDE / width.max(height).max(1)).clamp(1, MAX_ZOOM);
        let picture = RgbImage::from_fn(width * zoom, height * zoom, |x, y| {
            Rgb([value((y / zoom * width + x / zoom) as usize); 3])
        });
        Self(picture, zoom as f32)
    }

    /// A square around each pattern, as wide as it is.
    fn finder_patterns(mut self, pass: &PassTrace) -> RgbImage {
        for pattern in pass.searches.iter().flat_map(|search| &search.patterns) {
            let half = 3.5 * pattern.module_size;
            let (left, right) = (pattern.x - half, pattern.x + half);
            let (top, bottom) = (pattern.y - half, pattern.y + half);
            let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
            let color = if pattern.is_dark { GREEN } else { BLUE };
            self.polygon(&corners, color);
        }
        self.0
    }

    /// A triangle for each triple that was tried: the farther it came, the greener.
    fn triples(mut self, pass: &PassTrace) -> RgbImage {
        for search in &pass.searches {
            for triple in &search.triples {
                let pattern = |at: &usize| search.patterns.get(*at).map(|of| (of.x, of.y));
                let corners: Vec<_> = triple.patterns.iter().filter_map(pattern).collect();
                self.polygon(&corners, color(triple.step));
            }
        }
        self.0
    }

    /// A dot where each module was looked for: red if it was found dark, else blue.
    fn grid(mut self, grid: &GridTrace) -> RgbImage {
        for (point, dark) in grid.points.iter().zip(&grid.dark) {
            self.dot(*point, if *dark { RED } else { BLUE });
        }
        self.0
    }

    fn polygon(&mut self, corners: &[(f32, f32)], color: Rgb<u8>) {
        for (from, to) in corners.iter().zip(corners.iter().cycle().skip(1)) {
            let (across, down) = (to.0 - from.0, to.1 - from.1);
            let steps = (across.abs().max(down.abs()) * self.1).ceil().max(1.0);
            for step in 0..=steps as usize {
                let share = step as f32 / steps;
                self.dot((from.0 + share * across, from.1 + share * down), color);
            }
        }
    }

    fn dot(&mut self, (x, y): (f32, f32), color: Rgb<u8>) {
        let (x, y) = ((x * self.1) as i64, (y * self.1) as i64);
        for (x, y) in [(x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)] {
            let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else { continue };
            if let Some(pixel) = self.0.get_pixel_mut_checked(x, y) {
                *pixel = color;
            }
        }
    }
}

/// The modules alone, as they were decoded; grey around if they were not.
fn modules(grid: &GridTrace) -> RgbImage {
    let size = grid.size as u32;
    let side = (size + 2) * MODULE;
    RgbImage::from_fn(side, side, |x, y| {
        let module = |at: u32| (at / MODULE).checked_sub(1).filter(|at| *at < size);
        let dark = module(x).zip(module(y));
        let dark = dark.and_then(|(x, y)| grid.dark.get((y * size + x) as usize));
        Rgb([match dark {
            Some(true) => 0,
            Some(false) => 255,
            None if grid.is_decoded => 255,
            None => 128,
        }; 3])
    })
}

fn color(step: Step) -> Rgb<u8> {
    match step {
        Step::Read => GREEN,
        Step::Decoding | Step::FunctionPatterns => Rgb([190, 200, 0]),
        Step::Timing | Step::Contrast => Rgb([240, 140, 0]),
        Step::Corners | Step::Sides | Step::Plausibility => RED,
    }
}

const RED: Rgb<u8> = Rgb([230, 0, 0]);
const GREEN: Rgb<u8> = Rgb([0, 170, 0]);
const BLUE: Rgb<u8> = Rgb([0, 90, 255]);
/// The longer side of a drawing for a page.
const SEEN_SIDE: u32 = 560;
/// Pixels a module.
const MODULE: u32 = 8;
/// Pictures smaller than this are enlarged, at most so many times.
const LEAST_SIDE: u32 = 1000;
const MAX_ZOOM: u32 = 6;
