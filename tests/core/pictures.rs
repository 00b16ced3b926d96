//! Reading login codes from still pictures.

use std::time::Instant;

use genauth::Setup;
use image::{DynamicImage, GrayImage, ImageFormat, Luma, RgbaImage, imageops};
use scan_login::{Config, Error, ImageFlaw, ImageLimits};
use serde_json::json;

use crate::support::drawing::frame;
use crate::support::pictures::{cat, drawn, encode, png_header, wall};
use crate::support::{OTHER_POOL, World, outcome};

fn beside(texts: &[&str]) -> Vec<u8> {
    encode(wall(texts), ImageFormat::Png)
}

#[tokio::test]
async fn every_format_is_read_by_its_content() {
    let world = World::new().await;
    let code = world.web_code();
    let expected = world.read(&code);
    let picture = DynamicImage::from(drawn(&code.text));
    for format in
        [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif, ImageFormat::Bmp]
    {
        // Not all encoders know grey.
        let encoded = encode(picture.to_rgb8(), format);
        assert_eq!(world.client.read_image(encoded).await.unwrap(), expected, "{format:?}");
    }
}

#[tokio::test]
async fn large_small_turned_inverted_and_transparent_pictures_are_read() {
    let world = World::new().await;
    let code = world.web_code();
    let expected = world.read(&code);
    let plain = drawn(&code.text);
    let mut inverted = plain.clone();
    imageops::invert(&mut inverted);
    let large = imageops::resize(&plain, 2600, 2600, imageops::FilterType::Triangle);
    let mut photo =
        GrayImage::from_fn(4000, 3000, |x, y| Luma([120 + ((x / 40 + y / 40) % 60) as u8]));
    let code_in_photo = imageops::resize(&plain, 1300, 1300, imageops::FilterType::Triangle);
    imageops::replace(&mut photo, &code_in_photo, 900, 700);
    let transparent = RgbaImage::from_fn(plain.width(), plain.height(), |x, y| {
        let dark = plain.get_pixel(x, y).0[0] < 128;
        image::Rgba([0, 0, 0, if dark { 255 } else { 0 }])
    });
    for (name, picture) in [
        ("plain", DynamicImage::from(plain.clone())),
        ("turned", imageops::rotate90(&plain).into()),
        ("inverted", inverted.into()),
        ("large", large.into()),
        ("photo of 12 MP", photo.into()),
        ("transparent", transparent.into()),
    ] {
        let read = world.client.read_image(encode(picture, ImageFormat::Png)).await;
        assert_eq!(read.as_ref(), Ok(&expected), "{name}");
    }
}

#[tokio::test]
async fn the_login_code_is_found_among_other_codes() {
    let world = World::new().await;
    let code = world.web_code();
    let theirs = world.server.make_code(OTHER_POOL, Some(json!({})));
    let picture = beside(&["https://example.com", &code.text, "otpauth://totp/x", &theirs.text]);
    assert_eq!(world.client.read_image(picture).await.unwrap(), world.read(&code));
    let twice = beside(&[&code.text, &code.text]);
    assert_eq!(world.client.read_image(twice).await.unwrap(), world.read(&code));
}

#[tokio::test]
async fn two_login_codes_are_refused_with_their_corners() {
    let world = World::new().await;
    let picture = beside(&[&world.web_code().text, &world.web_code().text]);
    let size = image::load_from_memory(&picture).unwrap();
    match world.client.read_image(picture).await {
        Err(Error::SeveralLoginCodes { corners }) => {
            assert_eq!(corners.len(), 2);
            let middle = size.width() as f32 / 2.0;
            let sides: Vec<_> =
                corners.iter().map(|code| code.iter().all(|corner| corner.x < middle)).collect();
            assert!(sides == [true, false] || sides == [false, true], "{corners:?}");
            for corner in corners.iter().flatten() {
                let inside = 0.0..size.height() as f32;
                assert!(inside.contains(&corner.y), "{corner:?}");
            }
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn of_codes_that_cannot_be_used_the_likeliest_is_explained() {
    let world = World::new().await;
    let theirs = world.server.make_code(OTHER_POOL, None).text;
    for (texts, expected) in [
        (&["https://example.com", &theirs][..], "wrong_user_pool"),
        (&["https://example.com", r#"{"scene":"OTHER"}"#], "wrong_scene"),
        (&["https://example.com", "https://example.org"], "not_a_login_code"),
    ] {
        assert_eq!(outcome(&world.client.read_image(beside(texts)).await), expected);
    }
}

#[tokio::test]
async fn pictures_that_cannot_be_read_say_why() {
    let world = World::new().await;
    let png = genauth::png(world.web_code().text.as_bytes());
    let jpeg = encode(drawn("text"), ImageFormat::Jpeg);
    for (picture, expected) in [
        (Vec::new(), ImageFlaw::Empty),
        (b"GIF89a".to_vec(), ImageFlaw::Damaged),
        (png[..png.len() / 2].to_vec(), ImageFlaw::Damaged),
        (png[..20].to_vec(), ImageFlaw::Damaged),
        (jpeg[..100].to_vec(), ImageFlaw::Damaged),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), ImageFlaw::UnknownFormat),
        (b"%PDF-1.7".to_vec(), ImageFlaw::UnknownFormat),
        (vec![0; 1000], ImageFlaw::UnknownFormat),
        // TIFF is a picture, but none that this library opens.
        (b"II*\0\x08\0\0\0".to_vec(), ImageFlaw::UnknownFormat),
        (vec![0; (20 << 20) + 1], ImageFlaw::TooLarge),
        (png_header(20_000, 10_000), ImageFlaw::TooLarge),
        (png_header(u32::MAX, u32::MAX), ImageFlaw::TooLarge),
    ] {
        let start = Instant::now();
        let result = world.client.read_image(picture.clone()).await;
        let shown = String::from_utf8_lossy(&picture[..picture.len().min(40)]).into_owned();
        assert_eq!(result, Err(expected.into()), "{shown}");
        assert!(start.elapsed().as_secs() < 2, "{shown}");
    }
}

#[tokio::test]
async fn pictures_without_a_code_say_so() {
    let world = World::new().await;
    for (name, picture) in [
        ("one pixel", GrayImage::new(1, 1)),
        ("a line", GrayImage::new(3000, 1)),
        ("black", GrayImage::new(640, 480)),
        ("white", GrayImage::from_pixel(640, 480, Luma([255]))),
        ("a cat", cat()),
    ] {
        let result = world.client.read_image(encode(picture, ImageFormat::Png)).await;
        assert_eq!(result, Err(Error::NoCode), "{name}");
    }
}

/// Crooked finder patterns over one another, which make no square.
#[tokio::test]
async fn finder_patterns_without_a_code_are_no_code() {
    let mut seed = 88347_u32;
    let mut random = |below: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) % below
    };
    let mut picture = GrayImage::from_pixel(160, 160, Luma([255]));
    for _ in 0..3 + random(3) {
        let module = 1 + random(6);
        let (left, top, slant) = (random(150), random(150), random(5));
        for (y, x) in (0..7 * module).flat_map(|y| (0..7 * module).map(move |x| (y, x))) {
            let (column, row) = (x / module, y / module);
            let ring = column.min(row).min(6 - column).min(6 - row);
            let (x, y) = (left + x + y * slant / 8, top + y);
            if x < 160 && y < 160 {
                picture.put_pixel(x, y, Luma([if ring == 1 { 255 } else { 0 }]));
            }
        }
    }
    let world = World::new().await;
    let result = world.client.read_image(encode(picture, ImageFormat::Png)).await;
    assert_eq!(result, Err(Error::NoCode));
}

/// Any three of them might be of one code.
#[tokio::test]
async fn a_wall_of_finder_patterns_takes_no_more_than_a_moment() {
    let world = World::new().await;
    for size in [405, 990] {
        let wall = GrayImage::from_fn(size, size, |x, y| {
            let (x, y) = (x / 3 % 9, y / 3 % 9);
            let ring = x.min(y).min(8 - x).min(8 - y);
            Luma([if matches!(ring, 0 | 2) { 255 } else { 0 }])
        });
        let start = Instant::now();
        let result = world.client.read_image(encode(wall.clone(), ImageFormat::Png)).await;
        assert_eq!(result, Err(Error::NoCode), "{size}");
        assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());

        let mut scanner = world.client.frame_scanner();
        for _ in 0..4 {
            let start = Instant::now();
            let _ = scanner.scan(frame(&wall));
            assert!(start.elapsed().as_secs() < 2, "{:?}", start.elapsed());
        }
    }
}

#[tokio::test]
async fn the_limits_are_the_configured_ones() {
    let limits = ImageLimits { max_bytes: 100_000, max_pixels: 100_000, max_memory: 150_000 };
    let world =
        World::with(Setup::default(), |config| Config { image_limits: limits, ..config }).await;
    let gray = |width, height| encode(GrayImage::new(width, height), ImageFormat::Png);
    let too_large = Err(ImageFlaw::TooLarge.into());
    assert_eq!(world.client.read_image(gray(250, 250)).await, Err(Error::NoCode));
    assert_eq!(world.client.read_image(gray(400, 251)).await, too_large);
    // The picture and its brightness: four bytes a pixel.
    let colour = encode(RgbaImage::new(200, 200), ImageFormat::Png);
    assert_eq!(world.client.read_image(colour).await, too_large);
    assert_eq!(world.client.read_image(vec![0; 100_001]).await, too_large);
}
