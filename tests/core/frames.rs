//! Reading login codes from a camera preview.

use image::{GrayImage, Luma, imageops};
use proptest::prelude::*;
use scan_login::{Error, Frame, FrameResult, FrameScanner, ImageFlaw, LoginCode};

use crate::support::drawing::frame;
use crate::support::pictures::{drawn, plane, wall};
use crate::support::{OTHER_POOL, World, run};

fn preview(text: &str) -> GrayImage {
    let code = drawn(text);
    let mut frame = GrayImage::from_pixel(1280, 720, Luma([90]));
    imageops::replace(&mut frame, &code, 400, 150);
    frame
}

fn scan(scanner: &mut FrameScanner, picture: &GrayImage) -> Result<FrameResult, Error> {
    scanner.scan(frame(picture))
}

fn found(result: &FrameResult) -> Option<&LoginCode> {
    match result {
        FrameResult::Found { code, .. } => Some(code),
        _ => None,
    }
}

#[tokio::test]
async fn a_login_code_is_reported_once_while_it_stays_in_view() {
    let world = World::new().await;
    let code = world.web_code();
    let without = GrayImage::from_pixel(1280, 720, Luma([90]));
    let with_code = preview(&code.text);
    let mut scanner = world.client.frame_scanner();

    assert_eq!(scan(&mut scanner, &without), Ok(FrameResult::NothingSeen));
    let mut results = Vec::new();
    for _ in 0..12 {
        results.push(scan(&mut scanner, &with_code).unwrap());
    }
    let code = world.read(&code);
    assert_eq!(results.iter().filter(|result| found(result) == Some(&code)).count(), 1);
    assert!(results.contains(&FrameResult::StillInView));

    // It goes away for good, and comes back.
    for _ in 0..31 {
        assert_eq!(scan(&mut scanner, &without), Ok(FrameResult::NothingSeen));
    }
    let again = (0..4).any(|_| found(&scan(&mut scanner, &with_code).unwrap()) == Some(&code));
    assert!(again);
}

#[tokio::test]
async fn light_codes_on_a_dark_page_are_read_within_a_few_frames() {
    let world = World::new().await;
    let code = world.web_code();
    let mut frame = preview(&code.text);
    imageops::invert(&mut frame);
    let mut scanner = world.client.frame_scanner();
    let code = world.read(&code);
    assert!((0..4).any(|_| found(&scan(&mut scanner, &frame).unwrap()) == Some(&code)));
}

#[tokio::test]
async fn a_code_that_cannot_be_used_is_explained_once() {
    let world = World::new().await;
    let frame = preview(&world.server.make_code(OTHER_POOL, None).text);
    let mut scanner = world.client.frame_scanner();
    let results: Vec<_> = (0..8).map(|_| scan(&mut scanner, &frame)).collect();
    let found = OTHER_POOL.to_owned();
    let explained = Err(Error::WrongUserPool { found });
    assert_eq!(results.iter().filter(|result| **result == explained).count(), 1);
    let quiet = |result: &&Result<FrameResult, Error>| result.is_ok();
    assert_eq!(results.iter().filter(quiet).count(), 7);
}

#[tokio::test]
async fn what_comes_into_view_beside_a_login_code_does_not_make_it_new() {
    let world = World::new().await;
    let text = world.web_code().text;
    let mut scanner = world.client.frame_scanner();
    let alone = preview(&text);
    let with_another = wall(&[&text, "https://example.com"]);
    let frames = [&alone, &alone, &with_another, &with_another, &alone, &with_another];
    let count = frames
        .into_iter()
        .filter(|frame| found(&scan(&mut scanner, frame).unwrap()).is_some())
        .count();
    assert_eq!(count, 1);
}

#[tokio::test]
async fn of_two_login_codes_the_one_that_stays_is_found_in_the_end() {
    let world = World::new().await;
    let (one, other) = (world.web_code(), world.web_code());
    let mut scanner = world.client.frame_scanner();
    let both = wall(&[&one.text, &other.text]);
    let results: Vec<_> = (0..4).map(|_| scan(&mut scanner, &both)).collect();
    assert!(matches!(results[0], Err(Error::SeveralLoginCodes { .. })), "{results:?}");
    assert_eq!(results.iter().filter(|result| result.is_err()).count(), 1, "{results:?}");
    let stays = preview(&other.text);
    let later: Vec<_> = (0..60).map(|_| scan(&mut scanner, &stays).unwrap()).collect();
    let other = world.read(&other);
    assert_eq!(later.iter().filter_map(found).collect::<Vec<_>>(), [&other]);
}

#[tokio::test]
async fn padded_and_interleaved_planes_are_read() {
    let world = World::new().await;
    let code = world.web_code();
    let picture = preview(&code.text);
    let (width, height) = picture.dimensions();
    for (row_padding, pixel_stride) in [(0, 1), (64, 1), (0, 2), (32, 3)] {
        let (plane, row_stride) = plane(&picture, row_padding, pixel_stride);
        let frame = Frame::new(&plane, width, height, row_stride, pixel_stride).unwrap();
        let result = world.client.frame_scanner().scan(frame).unwrap();
        assert_eq!(found(&result), Some(&world.read(&code)), "{row_padding} {pixel_stride}");
    }
}

#[test]
fn layouts_that_do_not_fit_are_refused() {
    let plane = vec![0; 1000];
    for (width, height, row_stride, pixel_stride, expected) in [
        (10, 100, 10, 1, None),
        (10, 50, 20, 2, None),
        (1, 1, 1, 1, None),
        (0, 10, 10, 1, Some(ImageFlaw::BadLayout)),
        (10, 0, 10, 1, Some(ImageFlaw::BadLayout)),
        (10, 101, 10, 1, Some(ImageFlaw::BadLayout)),
        (11, 10, 10, 1, Some(ImageFlaw::BadLayout)),
        (10, 10, 10, 2, Some(ImageFlaw::BadLayout)),
        (10, 10, 10, 0, Some(ImageFlaw::BadLayout)),
        (10, 10, 0, 1, Some(ImageFlaw::BadLayout)),
        (10, 10, usize::MAX, 1, Some(ImageFlaw::BadLayout)),
        (10, 10, 10, usize::MAX, Some(ImageFlaw::BadLayout)),
        (u32::MAX, u32::MAX, usize::MAX, 1, Some(ImageFlaw::TooLarge)),
        (10_000, 10_000, 10_000, 1, Some(ImageFlaw::TooLarge)),
    ] {
        let frame = Frame::new(&plane, width, height, row_stride, pixel_stride);
        assert_eq!(frame.err(), expected, "{width}x{height}, {row_stride}, {pixel_stride}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_frame_makes_it_panic(
        plane in prop::collection::vec(any::<u8>(), 0..4000),
        width in 0_u32..70,
        height in 0_u32..70,
        row_stride in 0_usize..80,
        pixel_stride in 0_usize..4,
    ) {
        run(async {
            let world = World::new().await;
            let mut scanner = world.client.frame_scanner();
            if let Ok(frame) = Frame::new(&plane, width, height, row_stride, pixel_stride) {
                for _ in 0..4 {
                    assert_eq!(scanner.scan(frame), Ok(FrameResult::NothingSeen));
                }
            }
        });
    }
}
