//! What happens inside, for tools: benches, and programs that show why a code was not read. No part
//! of the API; it changes without notice.

#![allow(missing_docs, reason = "no part of the API")]

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use super::budget::Budget;
use super::decode::{self, Version};
use super::detect::{FinderPattern, ReadResult};
use super::image::{Bits, Plane};
use super::passes::{Pass, Passes, Sharpen};
use super::{Frame, QrCode};

/// A pass over an image, from its pixels to what was made of them.
#[derive(Clone, Debug)]
pub struct PassTrace {
    pub name: String,
    pub width: usize,
    pub height: usize,
    /// The grey values, row by row.
    pub grey: Vec<u8>,
    /// Which of them are dark.
    pub dark: Vec<bool>,
    /// How many pixels of the image one of these is wide, and where in it the first one is.
    pub scale: f32,
    pub corner: (usize, usize),
    /// The likeliest finder patterns; and if all of those are clear, many more.
    pub searches: Vec<SearchTrace>,
}

/// Finder patterns, and the triples of them that were tried. Places are in pixels of the pass.
#[derive(Clone, Debug)]
pub struct SearchTrace {
    pub patterns: Vec<PatternTrace>,
    pub triples: Vec<TripleTrace>,
}

#[derive(Clone, Copy, Debug)]
pub struct PatternTrace {
    pub x: f32,
    pub y: f32,
    pub module_size: f32,
    pub is_dark: bool,
    pub quality: f32,
}

#[derive(Clone, Debug)]
pub struct TripleTrace {
    /// Indices of the patterns: at the top left corner, along the rows, along the columns.
    pub patterns: [usize; 3],
    /// The step that failed, of the attempt that went farthest; `Read` if none did.
    pub step: Step,
    pub grids: Vec<GridTrace>,
    pub text: Option<Vec<u8>>,
}

/// The steps from three finder patterns to a text.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Step {
    /// The corners of the finder patterns are found.
    Corners,
    /// Both sides have about the same number of modules.
    Sides,
    /// All twelve corners fit one perspective transform.
    Plausibility,
    /// The finder patterns have contrast.
    Contrast,
    /// The timing patterns are where some version has them.
    Timing,
    /// The sampled grid has finder and timing patterns.
    FunctionPatterns,
    /// Format information, error correction and segments are right.
    Decoding,
    Read,
}

/// The modules of a code as they were sampled.
#[derive(Clone, Debug)]
pub struct GridTrace {
    /// The number of modules a side.
    pub size: usize,
    /// Where the middle of each module was looked for, row by row.
    pub points: Vec<(f32, f32)>,
    /// What is dark, row by row: if it was decoded, as it was decoded.
    pub dark: Vec<bool>,
    pub is_decoded: bool,
}

/// The names of the passes.
pub fn passes() -> Vec<String> {
    Pass::ALL.map(name).to_vec()
}

/// How many codes a pass reads, around the middle of the frame. `None` if it is not for images of
/// that size.
pub fn run(frame: &Frame<'_>, pass: usize) -> Option<usize> {
    let plane = frame.plane();
    let budget = Budget::of_still(&plane, deadline());
    let passes = Passes::new(&plane, &budget).focused(plane.centre());
    Some(passes.run(Pass::ALL[pass])?.codes.len())
}

/// What comes of something, and how many units of work the reading of images took in it.
pub fn work<T>(run: impl FnOnce() -> T) -> (T, usize) {
    WORK.set(0);
    let result = run();
    (result, WORK.get())
}

/// How many units of work an image takes at most as a still, and as a frame of a preview, if no code
/// is read.
pub fn budgets(frame: &Frame<'_>) -> (usize, usize) {
    let plane = frame.plane();
    (Budget::of_still(&plane, deadline()).left(), Budget::of_frame(&plane).left())
}

pub(super) fn worked(units: usize) {
    WORK.set(WORK.get() + units);
}

/// All passes over an image, whatever the ones before have read.
pub fn explain(frame: &Frame<'_>) -> Vec<PassTrace> {
    let plane = frame.plane();
    let budget = Budget::of_still(&plane, deadline());
    let passes = Passes::new(&plane, &budget);
    traced(|| Pass::ALL.map(|pass| passes.run(pass).is_some())).1
}

/// What [`read_frame`](super::read_frame) reads, and the passes that it took.
pub fn read(
    frame: &Frame<'_>,
    is_wanted: impl Fn(&QrCode) -> bool,
) -> (Vec<QrCode>, Vec<PassTrace>) {
    let plane = frame.plane();
    let budget = Budget::of_still(&plane, deadline());
    traced(|| Passes::new(&plane, &budget).run_all(is_wanted))
}

/// The text of a grid of `size` by `size` modules; `is_dark` gets column and row.
pub fn decode(size: usize, is_dark: impl Fn(usize, usize) -> bool) -> Option<Vec<u8>> {
    let version = Version::of_size(size)?;
    let margin = |x, y| if is_dark(x, y) { 1.0 } else { -1.0 };
    decode::decode(version, false, margin).map(|code| code.text)
}

fn traced<T>(run: impl FnOnce() -> T) -> (T, Vec<PassTrace>) {
    RECORDER.replace(Some(Recorder::default()));
    let result = run();
    (result, RECORDER.take().unwrap_or_default().passes)
}

/// What was recorded in this thread, while something is.
#[derive(Default)]
struct Recorder {
    passes: Vec<PassTrace>,
    /// Of the triple that is being tried.
    step: Option<Step>,
    grids: Vec<GridTrace>,
}

thread_local! {
    static WORK: Cell<usize> = const { Cell::new(0) };
    static RECORDER: RefCell<Option<Recorder>> = const { RefCell::new(None) };
}

fn record(add: impl FnOnce(&mut Recorder)) {
    RECORDER.with_borrow_mut(|recorder| recorder.as_mut().map(add));
}

fn name(pass: Pass) -> String {
    let sharpened = match pass.sharpen {
        None => "",
        Some(Sharpen::Edges) => ", sharpened",
        Some(Sharpen::Defocus) => ", deblurred",
    };
    format!("{:?}, {:?}{sharpened}", pass.scale, pass.threshold)
}

pub(super) fn begin_pass(
    pass: Pass,
    plane: &Plane<'_>,
    bits: &Bits,
    scale: f32,
    corner: (usize, usize),
) {
    record(|recorder| {
        let (width, height) = (plane.width(), plane.height());
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        recorder.passes.push(PassTrace {
            name: name(pass),
            width,
            height,
            grey: (0..height).flat_map(|y| plane.row(y).iter().copied()).collect(),
            dark: pixels.map(|(x, y)| bits.is_dark(x, y)).collect(),
            scale,
            corner,
            searches: Vec::new(),
        });
    });
}

pub(super) fn begin_search(patterns: &[FinderPattern]) {
    record(|recorder| {
        let pattern = |FinderPattern { finder, quality, .. }: &FinderPattern| PatternTrace {
            x: finder.x,
            y: finder.y,
            module_size: finder.module_size,
            is_dark: finder.dark,
            quality: *quality,
        };
        let patterns = patterns.iter().map(pattern).collect();
        if let Some(pass) = recorder.passes.last_mut() {
            pass.searches.push(SearchTrace { patterns, triples: Vec::new() });
        }
    });
}

pub(super) fn reached(step: Step) {
    record(|recorder| recorder.step = recorder.step.max(Some(step)));
}

pub(super) fn sampled(
    size: usize,
    point: impl Fn(usize, usize) -> (f32, f32),
    is_dark: impl Fn(usize, usize) -> bool,
) {
    record(|recorder| {
        let modules = || (0..size).flat_map(|y| (0..size).map(move |x| (x, y)));
        recorder.grids.push(GridTrace {
            size,
            points: modules().map(|(x, y)| point(x, y)).collect(),
            dark: modules().map(|(x, y)| is_dark(x, y)).collect(),
            is_decoded: false,
        });
    });
}

pub(super) fn decoded(is_dark: impl Fn(usize, usize) -> bool) {
    record(|recorder| {
        if let Some(grid) = recorder.grids.last_mut() {
            let size = grid.size;
            grid.dark = (0..size * size).map(|at| is_dark(at % size, at / size)).collect();
            grid.is_decoded = true;
        }
    });
}

pub(super) fn end_triple(patterns: [usize; 3], result: &ReadResult) {
    record(|recorder| {
        let reached = recorder.step.take().unwrap_or(Step::Corners);
        let (step, text) = match result {
            ReadResult::Read(code) => (Step::Read, Some(code.bytes.clone())),
            _ => (reached, None),
        };
        let grids = std::mem::take(&mut recorder.grids);
        let search = recorder.passes.last_mut().and_then(|pass| pass.searches.last_mut());
        if let Some(search) = search {
            search.triples.push(TripleTrace { patterns, step, grids, text });
        }
    });
}

fn deadline() -> Instant {
    Instant::now() + TIME_LIMIT
}

const TIME_LIMIT: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::{GridTrace, Step, decode, explain, passes, read, run};
    use crate::qr::Frame;

    const PIXELS: usize = 4;

    /// The modules of a code, and whether each is dark.
    fn code() -> (usize, Vec<bool>) {
        let code = qrcode::QrCode::new(b"https://example.com/some/path").unwrap();
        let dark = code.to_colors().into_iter().map(|color| color == qrcode::Color::Dark);
        (code.width(), dark.collect())
    }

    /// With a quiet zone of four modules.
    fn drawn(size: usize, dark: &[bool]) -> (u32, Vec<u8>) {
        let side = (size + 8) * PIXELS;
        let module = |at: usize| (at / PIXELS).checked_sub(4).filter(|at| *at < size);
        let pixel = |at: usize| match (module(at % side), module(at / side)) {
            (Some(x), Some(y)) if dark[y * size + x] => 20,
            _ => 230,
        };
        (side as u32, (0..side * side).map(pixel).collect())
    }

    #[test]
    fn a_grid_of_modules_is_decoded() {
        let (size, dark) = code();
        let text = decode(size, |x, y| dark[y * size + x]);
        assert_eq!(text.as_deref(), Some(&b"https://example.com/some/path"[..]));
        assert_eq!(decode(size + 1, |_, _| false), None);
    }

    #[test]
    fn a_code_that_is_read_shows_its_grid() {
        let (size, dark) = code();
        let (side, pixels) = drawn(size, &dark);
        let frame = Frame::new(&pixels, side, side, side as usize, 1).unwrap();
        let (codes, passes) = read(&frame, |_| true);
        assert_eq!((codes.len(), passes.len()), (1, 1));
        let triple = &passes[0].searches[0].triples[0];
        assert_eq!((triple.step, triple.text.as_ref()), (Step::Read, Some(&codes[0].bytes)));
        let GridTrace { size: read_size, points, dark: read_dark, is_decoded } = &triple.grids[0];
        assert_eq!((*read_size, read_dark, *is_decoded), (size, &dark, true));
        let middle = |module: usize| (PIXELS * (module + 4)) as f32 + PIXELS as f32 / 2.0;
        for (at, (x, y)) in points.iter().enumerate() {
            let off = (x - middle(at % size)).hypot(y - middle(at / size));
            assert!(off < 0.5, "{x} {y}");
        }
    }

    #[test]
    fn a_code_that_nobody_wants_does_not_end_the_search() {
        let (size, dark) = code();
        let (side, pixels) = drawn(size, &dark);
        let frame = Frame::new(&pixels, side, side, side as usize, 1).unwrap();
        let (wanted, _) = read(&frame, |_| true);
        let (unwanted, passes) = read(&frame, |code| code.bytes != wanted[0].bytes);
        assert_eq!(unwanted, wanted);
        assert!(passes.len() > 1, "{}", passes.len());
    }

    #[test]
    fn what_failed_is_named() {
        let (size, whole) = code();
        let step = |is_spoilt: &dyn Fn(usize, usize) -> bool| {
            let spoilt = |(at, dark): (usize, &bool)| *dark != is_spoilt(at % size, at / size);
            let dark: Vec<bool> = whole.iter().enumerate().map(spoilt).collect();
            let (side, pixels) = drawn(size, &dark);
            let frame = Frame::new(&pixels, side, side, side as usize, 1).unwrap();
            let passes = explain(&frame);
            assert_eq!(passes.len(), 8);
            Some(passes[0].searches[0].triples.first()?.step)
        };
        let is_between = |at: usize| (8..size - 8).contains(&at);
        let is_timing = |x, y| (x == 6 && is_between(y)) || (y == 6 && is_between(x));
        assert_eq!(step(&|_, _| false), Some(Step::Read));
        assert_eq!(step(&|x, y| x > 8 && y > 8 && (x + y) % 2 == 0), Some(Step::Decoding));
        assert_eq!(step(&is_timing), Some(Step::Timing));
        assert_eq!(step(&|x, y| x < 8 && y < 8), None);
    }

    #[test]
    fn a_pass_runs_by_itself() {
        let (size, dark) = code();
        let (side, pixels) = drawn(size, &dark);
        let frame = Frame::new(&pixels, side, side, side as usize, 1).unwrap();
        assert_eq!(passes()[0], "Base, Hybrid");
        assert_eq!(run(&frame, 0), Some(1));
        // That is for large pictures.
        assert_eq!(passes()[3], "Finer, Hybrid");
        assert_eq!(run(&frame, 3), None);
    }
}
