//! What reading costs, whatever is in the picture: counted, not timed.

use std::time::{Duration, Instant};

use image::{GrayImage, Luma, imageops};
use qrcode::EcLevel;
use scan_login::qr::{self, FrameView, QrCode, Scanner, inspect};

use crate::support::drawing::{Code, Random, frame};

fn read(picture: &GrayImage) -> Vec<QrCode> {
    let deadline = Instant::now() + Duration::from_secs(600);
    qr::read_frame(&frame(picture), deadline, |_| true).unwrap()
}

/// A wall of codes of one version, with so many of their modules in a hundred spoilt.
fn wall_of_codes(version: i16, pixels: usize, spoilt: u64) -> GrayImage {
    let mut random = Random::new(version as u64);
    let mut wall = GrayImage::from_pixel(1024, 1024, Luma([255]));
    let side = (version as usize * 4 + 17 + 8) * pixels;
    let starts = || (0..1024_usize).step_by(side).take_while(|start| start + side <= 1024);
    for (top, left) in starts().flat_map(|top| starts().map(move |left| (top, left))) {
        let text = format!("{left} {top} {}", "of a wall ".repeat(version as usize));
        let code = Code::with_version(text.as_bytes(), version, EcLevel::L).unwrap();
        let mut drawn = code.drawn(pixels);
        let size = side / pixels;
        // The patterns stay whole.
        for (y, x) in (13..size - 4).flat_map(|y| (13..size - 4).map(move |x| (y, x))) {
            if random.next() % 100 < spoilt {
                for (down, right) in (0..pixels).flat_map(|y| (0..pixels).map(move |x| (y, x))) {
                    let pixel = drawn
                        .get_pixel_mut((x * pixels + right) as u32, (y * pixels + down) as u32);
                    pixel.0 = [255 - pixel.0[0]];
                }
            }
        }
        imageops::replace(&mut wall, &drawn, left as i64, top as i64);
    }
    wall
}

/// Rings in the ratio of a finder pattern, so many modules from the middle of one to the next.
fn wall_of_finders(side: u32, pixels: u32, distance: u32) -> GrayImage {
    GrayImage::from_fn(side, side, |x, y| {
        let (x, y) = (x / pixels % distance, y / pixels % distance);
        let ring = x.min(y).min((distance - 1).abs_diff(x)).min((distance - 1).abs_diff(y));
        Luma([if matches!(ring, 0 | 2) { 255 } else { 0 }])
    })
}

fn hostile() -> Vec<(String, GrayImage)> {
    let mut pictures = Vec::new();
    for (version, pixels) in [(1, 2), (2, 3), (7, 2), (7, 3), (14, 3), (40, 5)] {
        let name = format!("codes of version {version} with modules of {pixels} pixels");
        pictures.push((name, wall_of_codes(version, pixels, 40)));
    }
    for (side, pixels, distance) in [(405, 3, 9), (990, 3, 9), (1024, 1, 9), (1024, 2, 11)] {
        let name = format!("finder patterns of {pixels} pixels, {distance} apart, on {side}");
        pictures.push((name, wall_of_finders(side, pixels, distance)));
    }
    // Of 1:1:3:1:1 along each row, and nothing down the columns.
    let stripe = |x: u32| Luma([if matches!(x % 8, 0 | 2..=4 | 6) { 0 } else { 255 }]);
    pictures.push(("stripes".to_owned(), GrayImage::from_fn(1024, 1024, |x, _| stripe(x))));
    let nested = |x: u32, y: u32| {
        let ring = x.abs_diff(512).max(y.abs_diff(512)).max(1) as f32;
        Luma([if ring.log2() * 2.0 % 2.0 < 1.0 { 0 } else { 255 }])
    };
    pictures.push(("nested rings".to_owned(), GrayImage::from_fn(1024, 1024, nested)));
    let mut random = Random::new(5);
    let noise = GrayImage::from_fn(640, 480, |_, _| Luma([(random.next() % 256) as u8]));
    pictures.push(("noise".to_owned(), imageops::resize(&noise, 1280, 960, imageops::Nearest)));
    pictures
}

/// A megapixel costs at most 100 ms as a still, and 25 ms as a frame: at most 13 ns a unit, on a
/// processor of 2023.
#[test]
fn no_picture_costs_more_than_its_area_allows() {
    for (name, picture) in hostile() {
        let area = (picture.width() * picture.height()) as usize;
        let (still, of_frame) = inspect::budgets(&frame(&picture));
        assert!(still <= 6 * area + 1_800_000 && of_frame <= 2 * area + 200_000);
        let (codes, work) = inspect::work(|| read(&picture));
        println!("{name}: {:.2} of the budget as a still", work as f32 / still as f32);
        assert_eq!(codes, [], "{name}");
        assert!(work <= still, "{name}: {work} of {still}");
        // All that is done is counted: the pixels of three passes, at least.
        assert!(work >= area / 2, "{name}: {work}");

        let mut scanner = Scanner::default();
        for turn in 0..4 {
            let (view, work) = inspect::work(|| scanner.scan(&frame(&picture)).unwrap());
            println!("{name}: {:.2} of the budget as a frame", work as f32 / of_frame as f32);
            assert!(!matches!(view, FrameView::Codes(_)), "{name}: {turn}");
            assert!(work <= of_frame, "{name}: {turn}: {work} of {of_frame}");
        }
    }
}

#[test]
fn an_easy_code_costs_hardly_more_than_its_pixels() {
    let picture = Code::new(b"https://example.com/login", EcLevel::M).drawn(8);
    let area = (picture.width() * picture.height()) as usize;
    let (codes, work) = inspect::work(|| read(&picture));
    assert_eq!(codes.len(), 1);
    // One pass, some rows and rays, and one sample a module.
    assert!(work < area / 3 + 25_000, "{work}");
}

#[test]
fn a_code_is_read_in_a_crowd_of_codes_that_cannot_be_read() {
    let mut wall = wall_of_codes(3, 3, 40);
    let code = Code::with_version(b"the one that can be read", 3, EcLevel::L).unwrap();
    imageops::replace(&mut wall, &code.drawn(3), 444, 444);
    let texts: Vec<_> = read(&wall).into_iter().map(|code| code.bytes).collect();
    assert_eq!(texts, [code.text]);
}
