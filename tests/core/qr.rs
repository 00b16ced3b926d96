//! What the reader of QR codes reads: pictures of every kind that a camera takes of a login page, with a floor of
//! how many of twenty must be read.

use std::time::{Duration, Instant};

use image::{GrayImage, Luma, imageops};
use qrcode::EcLevel;
use scan_login::qr::{self, FrameView, Scanner};

use crate::support::drawing::{Code, Finders, Modules, Random, Shot, Surroundings, frame};

fn read(picture: &GrayImage) -> Vec<qr::QrCode> {
    qr::read_frame(&frame(picture), Instant::now() + Duration::from_secs(600), |_| true).unwrap()
}

fn reads(picture: &GrayImage, code: &Code) -> bool {
    let codes = read(picture);
    for read in &codes {
        assert_eq!(read.bytes, code.text, "a wrong text");
    }
    !codes.is_empty()
}

/// A text as login codes have it.
fn login_text(random: &mut Random) -> Vec<u8> {
    let number = random.next();
    format!(
        r#"{{"scene":"APP_AUTH","random":"{number:030}","userPoolId":"65a1b2c3d4e5f60718293a4b","createdAt":"2026-05-04T03:02:01.000Z","expiresIn":120,"customData":{{}}}}"#
    )
    .into_bytes()
}

/// Draws twenty pictures, and counts how many are read, as stills and by a preview in four frames.
fn holds(kind: &str, floor: usize, level: EcLevel, shot: impl Fn(&mut Random) -> Shot) {
    let (mut stills, mut previews) = (0, 0);
    for seed in 1..=20 {
        let mut random = Random::new(seed);
        let code = Code::new(&login_text(&mut random), level);
        let picture = shot(&mut random).of(&code, &mut random);
        stills += usize::from(reads(&picture, &code));
        let shows = |view: FrameView| match view {
            FrameView::Codes(codes) => codes.iter().any(|read| read.bytes == code.text),
            _ => false,
        };
        previews += usize::from(views(&picture).into_iter().any(shows));
    }
    println!("{kind}: {stills} and {previews} of 20");
    assert!(stills >= floor, "{kind}: {stills} of 20 read, {floor} expected");
    assert!(previews * 100 >= stills * 95, "{kind}: {previews} in previews, {stills} as stills");
}

macro_rules! kinds {
    ($($name:ident: $floor:expr, $level:ident, $shot:expr;)*) => {
        $(#[test]
        fn $name() {
            holds(stringify!($name), $floor, EcLevel::$level, $shot);
        })*
    };
}

kinds! {
    from_the_front: 20, M, |r| Shot { roll: r.between(-8.0, 8.0), ..Shot::default() };
    turned: 20, M, |r| Shot { roll: r.between(0.0, 360.0), ..Shot::default() };
    tilted: 20, M, |r| Shot {
        tilt: r.between(20.0, 45.0), roll: r.between(0.0, 360.0), module: 5.0, ..Shot::default()
    };
    tilted_far: 18, M, |r| Shot {
        tilt: r.between(50.0, 60.0), roll: r.between(-20.0, 20.0), module: 7.0, ..Shot::default()
    };
    seen_from_the_side: 18, M, |r| Shot {
        tilt: r.between(60.0, 66.0), roll: r.between(0.0, 360.0), module: 7.0, ..Shot::default()
    };
    small: 20, M, |r| Shot { module: r.between(2.2, 3.0), roll: r.between(-5.0, 5.0), ..Shot::default() };
    small_and_noisy: 19, L, |r| Shot {
        module: r.between(1.6, 2.2), noise: r.between(10.0, 18.0), roll: r.between(-8.0, 8.0),
        ..Shot::default()
    };
    out_of_focus: 18, M, |r| Shot { blur: r.between(0.35, 0.5), ..Shot::default() };
    noisy: 19, M, |r| Shot { noise: r.between(20.0, 45.0), ..Shot::default() };
    with_low_contrast: 20, M, |r| Shot { ink: (100.0, 100.0 + r.between(18.0, 40.0)), ..Shot::default() };
    shaded: 20, M, |r| Shot { shade: r.between(0.5, 0.85), ..Shot::default() };
    far_out_of_focus: 18, M, |r| Shot {
        module: 7.0, blur: r.between(0.5, 0.7), roll: r.between(-8.0, 8.0), ..Shot::default()
    };
    with_glare: 19, M, |r| Shot { glare: r.between(2.0, 5.0), ..Shot::default() };
    with_the_pixels_of_the_screen: 19, M, |r| Shot {
        screen: r.between(0.3, 0.6), module: r.between(5.0, 7.0), roll: r.between(-10.0, 10.0),
        ..Shot::default()
    };
    with_a_logo: 20, H, |r| Shot { logo: r.between(0.15, 0.28), module: 5.0, ..Shot::default() };
    light_on_dark: 20, M, |r| Shot { inverted: true, roll: r.between(-20.0, 20.0), ..Shot::default() };
    in_a_mirror: 20, M, |r| Shot { mirrored: true, roll: r.between(-20.0, 20.0), ..Shot::default() };
    with_rounded_modules: 20, M, |r| Shot {
        modules: Modules::Round, roll: r.between(-20.0, 20.0), ..Shot::default()
    };
    with_dots: 20, M, |r| Shot { modules: Modules::Dots, roll: r.between(-20.0, 20.0), ..Shot::default() };
    with_pixels_that_are_not_square: 20, M, |r| Shot { aspect: r.between(1.2, 1.6), ..Shot::default() };
    without_a_quiet_zone_on_a_dark_page: 20, M, |r| Shot {
        surroundings: Surroundings::Dark(0.0), roll: r.between(-15.0, 15.0), module: r.between(3.0, 6.0),
        ..Shot::default()
    };
    beside_a_bar: 20, M, |r| Shot {
        surroundings: Surroundings::Bar, roll: r.between(-20.0, 20.0), ..Shot::default()
    };
    with_hollow_finder_patterns: 20, M, |r| Shot {
        finders: Finders::Hollow, roll: r.between(-20.0, 20.0), ..Shot::default()
    };
    with_notched_finder_patterns: 18, M, |r| Shot {
        finders: Finders::Notched, roll: r.between(-20.0, 20.0), ..Shot::default()
    };
    on_a_page_that_bends: 19, M, |r| Shot { bend: r.between(1.0, 2.5), ..Shot::default() };
}

#[test]
fn every_version_and_level_is_read() {
    for version in 1..=40 {
        for level in [EcLevel::L, EcLevel::M, EcLevel::Q, EcLevel::H] {
            let text = version.to_string().repeat(3);
            let Some(code) = Code::with_version(text.as_bytes(), version, level) else {
                panic!("{version} {level:?} cannot be drawn");
            };
            assert!(reads(&code.drawn(3), &code), "version {version}, {level:?}");
        }
    }
}

#[test]
fn texts_come_back_byte_for_byte() {
    let words =
        ["登录", "扫码确认", "😀", "👩‍👩‍👧", "שלום", "مرحبا", "\u{202e}", "é", "日本語", "\\\"", "Ω"];
    for seed in 1..=1000 {
        let mut random = Random::new(seed);
        let said: String = (0..1 + random.next() % 12)
            .map(|_| words[(random.next() % words.len() as u64) as usize])
            .collect();
        let text = serde_json::json!({ "scene": "APP_AUTH", "customData": { "from": said } });
        let code = Code::new(text.to_string().as_bytes(), EcLevel::L);
        assert!(reads(&code.drawn(3), &code), "{said}");
    }
}

#[test]
fn every_code_of_a_picture_is_read_with_its_corners() {
    let mut random = Random::new(3);
    let mut wall = GrayImage::from_pixel(1200, 900, Luma([220]));
    let mut texts = Vec::new();
    for at in 0..12 {
        let code = Code::new(format!("code number {at}").as_bytes(), EcLevel::M);
        let shot = Shot {
            width: 280,
            height: 280,
            module: 7.0,
            roll: 30.0 * at as f32,
            ..Shot::default()
        };
        imageops::replace(
            &mut wall,
            &shot.of(&code, &mut random),
            at % 4 * 300 + 10,
            at / 4 * 300 + 10,
        );
        texts.push(code.text);
    }
    let codes = read(&wall);
    for (at, text) in texts.iter().enumerate() {
        let code = codes.iter().find(|code| code.bytes == *text);
        let code = code.unwrap_or_else(|| panic!("code {at} is missing"));
        let (left, top) = ((at % 4 * 300 + 150) as f32, (at / 4 * 300 + 150) as f32);
        let (sin, cos) = (30.0 * at as f32).to_radians().sin_cos();
        // 21 modules (version 1) of 7 pixels.
        let half = 73.5;
        let expected = [(-half, -half), (half, -half), (half, half), (-half, half)];
        for (corner, (column, row)) in code.corners.iter().zip(expected) {
            let (x, y) = (left + column * cos - row * sin, top + column * sin + row * cos);
            assert!((corner.x - x).hypot(corner.y - y) < 3.0, "{at}: {:?}", code.corners);
        }
    }
    assert_eq!(codes.len(), 12);
}

#[test]
fn a_wall_of_codes_is_read() {
    let mut wall = GrayImage::from_pixel(29 * 3 * 12, 29 * 3 * 6, Luma([255]));
    for at in 0..72 {
        let code = Code::new(format!("wall {at}").as_bytes(), EcLevel::M);
        imageops::replace(&mut wall, &code.drawn(3), at % 12 * 87, at / 12 * 87);
    }
    let mut texts: Vec<_> = read(&wall).into_iter().map(|code| code.bytes).collect();
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), 72);
}

#[test]
fn an_easy_code_does_not_hide_one_that_takes_a_closer_look() {
    let mut random = Random::new(9);
    let login = Code::new(&login_text(&mut random), EcLevel::L);
    let mut photo = GrayImage::from_pixel(3000, 2000, Luma([200]));
    let easy = Code::new(b"https://example.com", EcLevel::M);
    imageops::replace(&mut photo, &easy.drawn(16), 60, 60);
    let small = Shot { width: 300, height: 300, module: 3.0, ..Shot::default() };
    imageops::replace(&mut photo, &small.of(&login, &mut random), 1350, 850);
    let mut scanner = Scanner::default();
    let seen = (0..12).any(|_| match scanner.scan(&frame(&photo)).unwrap() {
        FrameView::Codes(codes) => codes.iter().any(|code| code.bytes == login.text),
        _ => false,
    });
    assert!(seen);
}

#[test]
fn codes_that_cannot_be_read_do_not_hide_one_that_can() {
    let mut random = Random::new(6);
    let login = Code::new(&login_text(&mut random), EcLevel::M);
    let shot = Shot { width: 400, height: 400, ..Shot::default() };
    let covered = Shot { logo: 0.5, ..shot.clone() };
    let rounded = Shot { modules: Modules::Round, ..shot };
    let mut wall = GrayImage::from_pixel(1200, 400, Luma([200]));
    for (x, shot) in [(0, &covered), (400, &rounded), (800, &covered)] {
        imageops::replace(&mut wall, &shot.of(&login, &mut random), x, 0);
    }
    assert!(reads(&wall, &login));
}

#[test]
fn a_preview_may_change_its_size_at_any_time() {
    let mut random = Random::new(4);
    let code = Code::new(&login_text(&mut random), EcLevel::L);
    let covered = Shot { width: 1000, height: 1000, logo: 0.5, ..Shot::default() };
    let covered = covered.of(&code, &mut random);
    let mut scanner = Scanner::default();
    for (width, height) in [(2_000_000, 1), (1, 2_000_000), (21, 21), (4000, 30), (640, 480)] {
        for _ in 0..5 {
            assert!(!matches!(scanner.scan(&frame(&covered)), Ok(FrameView::Codes(_)) | Err(_)));
            let other = GrayImage::from_pixel(width, height, Luma([128]));
            assert_eq!(scanner.scan(&frame(&other)), Ok(FrameView::Nothing), "{width}x{height}");
        }
    }
}

#[test]
fn a_code_of_nothing_is_no_code() {
    let mut empty = qrcode::bits::Bits::new(qrcode::Version::Normal(1));
    empty.push_terminator(EcLevel::L).unwrap();
    let code = qrcode::QrCode::with_bits(empty, EcLevel::L).unwrap();
    assert_eq!(read(&Code::from(b"", &code).drawn(4)), []);
}

#[test]
fn a_code_far_away_in_a_large_picture_is_read() {
    let mut random = Random::new(5);
    let code = Code::new(&login_text(&mut random), EcLevel::L);
    let shot = Shot { width: 300, height: 300, module: 3.5, ..Shot::default() };
    let mut photo = GrayImage::from_pixel(4000, 3000, Luma([200]));
    imageops::replace(&mut photo, &shot.of(&code, &mut random), 2600, 700);
    assert!(reads(&photo, &code));
}

/// As a phone takes a monitor at the other end of the desk, or a screenshot of a whole desktop is.
#[test]
fn a_code_of_two_pixels_a_module_on_a_large_plain_page_is_read() {
    for (width, height, left, top) in
        [(2560, 1440, 1900, 300), (4032, 3024, 3650, 2733), (4032, 3024, 899, 1500)]
    {
        let mut random = Random::new(8);
        let code = Code::new(&login_text(&mut random), EcLevel::M);
        let shot = Shot { width: 128, height: 128, module: 2.0, blur: 0.25, ..Shot::default() };
        let mut page =
            GrayImage::from_fn(width, height, |_, _| Luma([random.between(202.0, 218.0) as u8]));
        imageops::replace(&mut page, &shot.of(&code, &mut random), left, top);
        assert!(reads(&page, &code), "{width}x{height}");
    }
}

#[test]
fn what_is_no_code_is_not_read() {
    for seed in 1..=30 {
        let mut random = Random::new(seed);
        let cell = 2 + (random.next() % 12) as u32;
        let (amount, noise) = (random.between(0.0, 120.0), random.between(0.0, 60.0));
        let mut cells = Random::new(seed + 100);
        let texture: Vec<f32> = (0..640 * 480).map(|_| cells.between(-1.0, 1.0)).collect();
        let picture = GrayImage::from_fn(640, 480, |x, y| {
            let value = 128.0 + amount * texture[(y / cell * 640 + x / cell) as usize].signum();
            Luma([(value + random.between(-noise, noise)).clamp(0.0, 255.0) as u8])
        });
        assert_eq!(read(&picture), [], "seed {seed}");
        let mut scanner = Scanner::default();
        for _ in 0..4 {
            let view = scanner.scan(&frame(&picture)).unwrap();
            assert!(!matches!(view, FrameView::Codes(_)), "seed {seed}");
        }
    }
}

/// Shows a picture four times.
fn views(picture: &GrayImage) -> Vec<FrameView> {
    let mut scanner = Scanner::default();
    (0..4).map(|_| scanner.scan(&frame(picture)).unwrap()).collect()
}

#[test]
fn what_a_still_picture_shows_four_frames_show() {
    for (name, shot) in [
        ("plain", Shot::default()),
        ("small in full HD", Shot { width: 1920, height: 1080, module: 2.4, ..Shot::default() }),
        ("out of focus", Shot { blur: 0.42, ..Shot::default() }),
        ("noisy", Shot { noise: 40.0, ..Shot::default() }),
        ("bent", Shot { bend: 2.0, ..Shot::default() }),
    ] {
        let mut random = Random::new(11);
        let code = Code::new(&login_text(&mut random), EcLevel::M);
        let picture = shot.of(&code, &mut random);
        assert!(reads(&picture, &code), "{name}");
        let seen = views(&picture).into_iter().any(|view| match view {
            FrameView::Codes(codes) => codes.iter().any(|read| read.bytes == code.text),
            _ => false,
        });
        assert!(seen, "{name}");
    }
}

#[test]
fn a_frame_says_what_keeps_a_code_from_being_read() {
    let shot = |shot: Shot| {
        let mut random = Random::new(2);
        let code = Code::new(&login_text(&mut random), EcLevel::L);
        shot.of(&code, &mut random)
    };
    // Too much of it is covered.
    let covered = views(&shot(Shot { logo: 0.5, ..Shot::default() }));
    assert!(covered.iter().any(|view| matches!(view, FrameView::Unread(_))), "{covered:?}");
    let dark = views(&shot(Shot { ink: (4.0, 14.0), ..Shot::default() }));
    assert!(
        dark.iter().all(|view| matches!(view, FrameView::TooDark | FrameView::Codes(_))),
        "{dark:?}"
    );
    let night = views(&GrayImage::from_pixel(640, 480, Luma([6])));
    assert_eq!(
        night,
        [FrameView::TooDark, FrameView::TooDark, FrameView::TooDark, FrameView::TooDark]
    );
    let wall = views(&GrayImage::from_pixel(640, 480, Luma([160])));
    assert_eq!(
        wall,
        [FrameView::Nothing, FrameView::Nothing, FrameView::Nothing, FrameView::Nothing]
    );
}

#[test]
fn a_frame_says_that_a_code_is_too_small() {
    let mut said = 0;
    for seed in 1..=10 {
        let mut random = Random::new(seed);
        let code = Code::new(&login_text(&mut random), EcLevel::L);
        let roll = random.between(-8.0, 8.0);
        let seen = views(&Shot { module: 1.2, roll, ..Shot::default() }.of(&code, &mut random));
        let view = seen.into_iter().find(|view| *view != FrameView::Nothing);
        match view {
            Some(FrameView::TooSmall(_)) => said += 1,
            // Now and then the pixels happen to fall as the modules do.
            Some(FrameView::Codes(codes)) => assert_eq!(codes[0].bytes, code.text),
            None => {}
            Some(view) => panic!("{view:?}"),
        }
    }
    // Of four frames each; a hand that moves shows many more.
    assert!(said >= 4, "{said} of 10");
}
