//! Pictures that are made to cost much: walls of spoilt codes, of finder patterns and of rings, stripes
//! and noise, on top of each other. What they cost is counted, and never more than their area allows.
//!
//! libFuzzer does not look for the most expensive input, but for edges of the program that were not
//! seen so often before: each further part of the budget that is spent is one.

use std::hint::black_box;
use std::time::{Duration, Instant};

use qrcode::{Color, EcLevel, QrCode, Version};
use scan_login::qr::{Frame, FrameView, Scanner, inspect, read_frame};

/// What is drawn, in which part of the picture, how large, and with what else.
type Layer = (u8, [u8; 4], u8, u8, u8);

pub(crate) fn run(input: &[u8]) {
    let Some((width, height, layers)) = super::read::<(u8, u8, Vec<Layer>)>(input) else { return };
    let (width, height) = (21 + 2 * usize::from(width), 21 + 2 * usize::from(height));
    let mut luma = vec![255; width * height];
    for (kind, part, pixels, other, grey) in layers.into_iter().take(6) {
        let is_dark = pattern(kind, 1 + usize::from(pixels % 24), usize::from(other));
        let [left, top, right, bottom] = part.map(usize::from);
        for (y, row) in luma.chunks_exact_mut(width).enumerate().take(bottom * 3).skip(top) {
            for (x, pixel) in row.iter_mut().enumerate().take(right * 3).skip(left) {
                if is_dark(x - left, y - top) {
                    *pixel = grey / 2;
                }
            }
        }
    }
    let Ok(frame) = Frame::new(&luma, width as u32, height as u32, width, 1) else { return };
    let (still, of_frame) = inspect::budgets(&frame);
    let deadline = Instant::now() + Duration::from_secs(60);
    let (codes, work) = inspect::work(|| read_frame(&frame, deadline, |_| true));
    // What a code costs that is read, is given back.
    if codes.is_ok_and(|codes| codes.is_empty()) {
        assert!(work <= still, "{work} of {still} as a still");
        more_is_new(work, still);
    }
    let mut scanner = Scanner::default();
    for _ in 0..4 {
        let (view, work) = inspect::work(|| scanner.scan(&frame));
        if !matches!(view, Ok(FrameView::Codes(_))) {
            assert!(work <= of_frame, "{work} of {of_frame} as a frame");
            more_is_new(work, of_frame);
        }
    }
}

/// Goes once more round a loop for each hundredth of the budget, and round another for each tenth:
/// libFuzzer counts, but coarsely.
fn more_is_new(work: usize, budget: usize) {
    for part in 0..100 * work / budget {
        black_box(part);
    }
    for part in 0..10 * work / budget {
        black_box(part);
    }
}

/// Which pixels are dark.
fn pattern(kind: u8, pixels: usize, other: usize) -> Box<dyn Fn(usize, usize) -> bool> {
    let finder = |x: usize, y: usize, last: usize| {
        let ring = x.min(y).min(last.abs_diff(x)).min(last.abs_diff(y));
        ring.is_multiple_of(2) || ring > 2
    };
    match kind % 6 {
        // Codes that are spoilt, or whole if `other` is small.
        0 => {
            let version = Version::Normal((1 + other % 12) as i16);
            let Ok(code) = QrCode::with_version(b"spoilt", version, EcLevel::L) else {
                return Box::new(|_, _| false);
            };
            let (size, colors) = (code.width(), code.to_colors());
            Box::new(move |x, y| {
                let (x, y) = (x / pixels % (size + 4), y / pixels % (size + 4));
                let spoilt = x > 8 && y > 8 && x * y * 31 % 64 < other / 4;
                x < size && y < size && (colors[y * size + x] == Color::Dark) != spoilt
            })
        }
        // Finder patterns side by side.
        1 => {
            let distance = 7 + other % 9;
            Box::new(move |x, y| {
                let (x, y) = (x / pixels % distance, y / pixels % distance);
                x < 7 && y < 7 && finder(x, y, 6)
            })
        }
        // Rings that grow, so that each is the middle of the next.
        2 => Box::new(move |x, y| {
            let ring = x.abs_diff(other).max(y.abs_diff(other)) + 1;
            (ring as f32).log2() * (1 + pixels % 4) as f32 % 2.0 < 1.0
        }),
        // Stripes of 1:1:3:1:1, across or down.
        3 => Box::new(move |x, y| {
            let at = if other.is_multiple_of(2) { x } else { y };
            matches!(at / pixels % 8, 0 | 2..=4 | 6)
        }),
        // The same both ways.
        4 => Box::new(move |x, y| {
            let is_dark = |at: usize| matches!(at / pixels % (7 + other % 3), 0 | 2..=4 | 6);
            is_dark(x) && is_dark(y)
        }),
        _ => Box::new(move |x, y| {
            let noise = (x / pixels * 7919 + y / pixels * 104_729 + other) as u32;
            noise.wrapping_mul(2_654_435_761) >> 31 != 0
        }),
    }
}
