//! What several frames of a preview show together, and what a frame says that shows too little.

use std::time::{Duration, Instant};

use image::{GrayImage, Luma};
use qrcode::EcLevel;
use scan_login::qr::{self, FrameView, Scanner};

use crate::support::drawing::{Code, Random, Shot, frame};

/// The code of a login page; each has another text of the same length.
fn login_code(random: &mut Random, level: EcLevel) -> Code {
    let number = random.next();
    let text = format!(
        r#"{{"scene":"APP_AUTH","random":"{number:030}","userPoolId":"65a1b2c3d4e5f60718293a4b","createdAt":"2026-05-04T03:02:01.000Z","expiresIn":120,"customData":{{}}}}"#
    );
    Code::new(text.as_bytes(), level)
}

fn is_read_alone(picture: &GrayImage) -> bool {
    let deadline = Instant::now() + Duration::from_secs(600);
    !qr::read_frame(&frame(picture), deadline, |_| true).unwrap().is_empty()
}

fn texts(view: FrameView) -> Vec<Vec<u8>> {
    match view {
        FrameView::Codes(codes) => codes.into_iter().map(|code| code.bytes).collect(),
        _ => Vec::new(),
    }
}

/// A frame that holds a code and little else.
fn small() -> Shot {
    Shot { width: 360, height: 360, module: 5.0, ..Shot::default() }
}

#[test]
fn glare_that_moves_over_a_code_hides_it_from_no_preview() {
    let shot = Shot { glare: 12.0, ..small() };
    let mut count = 0;
    for seed in 1..=5 {
        let mut random = Random::new(seed);
        let code = login_code(&mut random, EcLevel::L);
        let mut scanner = Scanner::default();
        let mut read = Vec::new();
        for _ in 0..6 {
            let picture = shot.of(&code, &mut random);
            assert!(!is_read_alone(&picture), "too little glare for this test");
            read.extend(texts(scanner.scan(&frame(&picture)).unwrap()));
        }
        assert!(read.iter().all(|text| *text == code.text), "a wrong text");
        count += usize::from(!read.is_empty());
    }
    assert!(count >= 4, "{count} of 5");
}

#[test]
fn a_preview_with_little_light_is_read() {
    let shot = Shot { ink: (6.0, 26.0), noise: 9.0, width: 400, height: 400, ..small() };
    let mut count = 0;
    for seed in 1..=5 {
        let mut random = Random::new(seed);
        let code = login_code(&mut random, EcLevel::L);
        let mut scanner = Scanner::default();
        let frames = std::iter::repeat_with(|| shot.of(&code, &mut random)).take(6);
        let read: Vec<Vec<u8>> =
            frames.flat_map(|picture| texts(scanner.scan(&frame(&picture)).unwrap())).collect();
        assert!(read.iter().all(|text| *text == code.text), "a wrong text");
        count += usize::from(!read.is_empty());
    }
    assert!(count >= 4, "{count} of 5");
}

#[test]
fn a_code_that_replaces_another_is_never_mixed_with_it() {
    let mut replaced = 0;
    for seed in 1..=8 {
        let mut random = Random::new(seed);
        let (first, second) =
            (login_code(&mut random, EcLevel::L), login_code(&mut random, EcLevel::L));
        let glare = if seed % 2 == 0 { 12.0 } else { 10.0 };
        let shot = Shot { glare, ..small() };
        let mut scanner = Scanner::default();
        // Enough that much is remembered of the first, and not always enough to read it.
        for _ in 0..1 + seed % 4 {
            let shown = texts(scanner.scan(&frame(&shot.of(&first, &mut random))).unwrap());
            assert!(shown.iter().all(|text| *text == first.text), "seed {seed}");
        }
        let mut read = false;
        for _ in 0..6 {
            let shown = texts(scanner.scan(&frame(&shot.of(&second, &mut random))).unwrap());
            assert!(shown.iter().all(|text| *text == second.text), "seed {seed}");
            read |= !shown.is_empty();
        }
        replaced += usize::from(read);
    }
    assert!(replaced >= 5, "{replaced} of 8");
}

#[test]
fn what_another_camera_saw_is_forgotten() {
    let mut random = Random::new(1);
    let code = login_code(&mut random, EcLevel::M);
    let sharp = small().of(&code, &mut random);
    let other = image::imageops::crop_imm(&sharp, 10, 0, 340, 360).to_image();
    let lost = Shot { blur: 1.5, ..small() }.of(&code, &mut random);
    let mut scanner = Scanner::default();
    assert_eq!(texts(scanner.scan(&frame(&sharp)).unwrap()), std::slice::from_ref(&code.text));
    assert!(matches!(scanner.scan(&frame(&lost)).unwrap(), FrameView::Blurred(_)));
    assert_eq!(texts(scanner.scan(&frame(&sharp)).unwrap()), std::slice::from_ref(&code.text));
    assert_eq!(texts(scanner.scan(&frame(&other)).unwrap()), [code.text]);
    let empty = GrayImage::from_pixel(360, 360, Luma([160]));
    assert_eq!(scanner.scan(&frame(&empty)).unwrap(), FrameView::Nothing);
    assert_eq!(scanner.scan(&frame(&lost)).unwrap(), FrameView::Nothing);
}

/// What a hand that moves makes of a picture: the mean of it along a line, in pixels.
fn moved(picture: &GrayImage, right: f32, down: f32) -> GrayImage {
    const STEPS: usize = 16;
    let (width, height) = picture.dimensions();
    let shifts: Vec<(i64, i64)> = (0..=STEPS)
        .map(|step| step as f32 / STEPS as f32 - 0.5)
        .map(|share| ((share * right).round() as i64, (share * down).round() as i64))
        .collect();
    GrayImage::from_fn(width, height, |x, y| {
        let at = |at: u32, by: i64, size: u32| (i64::from(at) + by).clamp(0, i64::from(size) - 1);
        let value = |(right, down): &(i64, i64)| {
            let (x, y) = (at(x, *right, width), at(y, *down, height));
            u32::from(picture.get_pixel(x as u32, y as u32).0[0])
        };
        Luma([(shifts.iter().map(value).sum::<u32>() / shifts.len() as u32) as u8])
    })
}

#[test]
fn a_frame_in_which_a_code_is_lost_to_blur_says_so() {
    let mut random = Random::new(3);
    let code = login_code(&mut random, EcLevel::L);
    let sharp = small().of(&code, &mut random);
    let blurred = Shot { blur: 1.4, ..small() }.of(&code, &mut random);
    for (name, lost) in [
        ("out of focus", blurred),
        ("moved to the side", moved(&sharp, 16.0, 0.0)),
        ("moved down", moved(&sharp, 0.0, 16.0)),
        ("moved both ways", moved(&sharp, 12.0, 11.0)),
    ] {
        let mut scanner = Scanner::default();
        assert_eq!(texts(scanner.scan(&frame(&sharp)).unwrap()), std::slice::from_ref(&code.text));
        for _ in 0..4 {
            let view = scanner.scan(&frame(&lost)).unwrap();
            let FrameView::Blurred(corners) = view else { panic!("{name}: {view:?}") };
            // The middle of the code is that of the frame.
            let x = corners.iter().map(|corner| corner.x).sum::<f32>() / 4.0;
            let y = corners.iter().map(|corner| corner.y).sum::<f32>() / 4.0;
            assert!((x - 180.0).hypot(y - 180.0) < 50.0, "{name}: {corners:?}");
        }
    }
}
