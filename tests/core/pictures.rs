//! Reading login codes from still pictures.

use std::time::Duration;

use genauth::Setup;
use image::imageops::FilterType;
use image::{DynamicImage, GrayImage, ImageFormat, Luma, RgbImage, RgbaImage, imageops};
use qrcode::EcLevel;
use scan_login::{Config, Error, ImageFlaw, ImageLimits};
use serde_json::json;

use crate::support::drawing::{Code, Random, Shot};
use crate::support::pictures::{cat, drawn, encode, plane, png_header, wall};
use crate::support::{OTHER_POOL, World, outcome, run};

fn beside(texts: &[&str]) -> Vec<u8> {
    encode(wall(texts), ImageFormat::Png)
}

#[tokio::test]
async fn every_format_is_read_by_its_content() {
    let world = World::patient().await;
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
    let world = World::patient().await;
    let code = world.web_code();
    let expected = world.read(&code);
    let plain = drawn(&code.text);
    let mut inverted = plain.clone();
    imageops::invert(&mut inverted);
    let large = imageops::resize(&plain, 2600, 2600, FilterType::Triangle);
    let mut photo =
        GrayImage::from_fn(4000, 3000, |x, y| Luma([120 + ((x / 40 + y / 40) % 60) as u8]));
    let code_in_photo = imageops::resize(&plain, 1300, 1300, FilterType::Triangle);
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
    let world = World::patient().await;
    let code = world.web_code();
    let theirs = world.server.make_code(OTHER_POOL, Some(json!({})));
    let picture = beside(&["https://example.com", &code.text, "otpauth://totp/x", &theirs.text]);
    assert_eq!(world.client.read_image(picture).await.unwrap(), world.read(&code));
    let twice = beside(&[&code.text, &code.text]);
    assert_eq!(world.client.read_image(twice).await.unwrap(), world.read(&code));
}

/// The code of an advertisement is read at once; the login code takes a closer look.
#[tokio::test]
async fn a_login_code_is_found_beside_a_larger_code() {
    let world = World::patient().await;
    let login = world.web_code();
    let code = Code::new(login.text.as_bytes(), EcLevel::M);
    let advertisement = Code::new(b"https://app.example.cn/download?c=4711", EcLevel::M);
    let small = |module| Shot { module, blur: 0.25, ink: (10.0, 239.0), ..Shot::default() };
    let faint = Shot { ink: (163.0, 195.0), module: 4.0, ..Shot::default() };
    for (name, width, height, shot) in [
        ("2 pixels a module, full HD", 1920, 1080, small(2.0)),
        ("2 pixels a module, 2560 wide", 2560, 1440, small(2.0)),
        ("3 pixels a module, 2560 wide", 2560, 1440, small(3.0)),
        ("faint", 1280, 720, faint.clone()),
        ("faint, full HD", 1920, 1080, faint.clone()),
        ("faint, 2560 wide", 2560, 1440, faint),
    ] {
        let mut random = Random::new(7);
        let drawn = Shot { width: 260, height: 260, ..shot }.of(&code, &mut random);
        let page = random.between(200.0, 230.0);
        let mut picture = GrayImage::from_fn(width, height, |_, _| {
            Luma([(page + random.between(-4.0, 4.0)) as u8])
        });
        imageops::replace(&mut picture, &advertisement.drawn(8), 67, 83);
        let (right, bottom) = (i64::from(width) - 310, i64::from(height) - 295);
        imageops::replace(&mut picture, &drawn, right, bottom);
        let read = world.client.read_image(encode(picture, ImageFormat::Png)).await;
        assert_eq!(read, Ok(world.read(&login)), "{name}");
    }
}

#[tokio::test]
async fn two_login_codes_are_refused_with_their_corners() {
    let world = World::patient().await;
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
    let world = World::patient().await;
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
    let world = World::patient().await;
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
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec(), ImageFlaw::Heif),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1miaf".to_vec(), ImageFlaw::Heif),
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf".to_vec(), ImageFlaw::Heif),
        (b"\0\0\0\x18ftypxxxx\0\0\0\0xxxxheix".to_vec(), ImageFlaw::Heif),
        // A film, whose second box is not its first.
        (b"\0\0\0\x14ftypisom\0\0\0\0mp42heic".to_vec(), ImageFlaw::UnknownFormat),
        (b"\0\0\0\x18ftyp".to_vec(), ImageFlaw::UnknownFormat),
        (vec![0; (20 << 20) + 1], ImageFlaw::TooLarge),
        (png_header(20_000, 10_000), ImageFlaw::TooLarge),
        (png_header(u32::MAX, u32::MAX), ImageFlaw::TooLarge),
    ] {
        let shown = String::from_utf8_lossy(&picture[..picture.len().min(40)]).into_owned();
        assert_eq!(world.client.read_image(picture).await, Err(expected.into()), "{shown}");
    }
}

#[tokio::test]
async fn pictures_without_a_code_say_so() {
    let world = World::patient().await;
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
    let world = World::patient().await;
    let result = world.client.read_image(encode(picture, ImageFormat::Png)).await;
    assert_eq!(result, Err(Error::NoCode));
}

#[tokio::test]
async fn a_plane_that_the_platform_has_decoded_is_read() {
    let world = World::patient().await;
    let code = world.web_code();
    let expected = Ok(world.read(&code));
    let picture = wall(&["https://example.com", &code.text]);
    let (width, height) = picture.dimensions();
    for (row_padding, pixel_stride) in [(0, 1), (64, 1), (0, 4), (32, 3)] {
        let (plane, row_stride) = plane(&picture, row_padding, pixel_stride);
        let read = world.client.read_frame(plane, width, height, row_stride, pixel_stride).await;
        assert_eq!(read, expected, "{row_padding} {pixel_stride}");
    }
    let read = async |picture: &GrayImage| {
        let (width, height) = picture.dimensions();
        world.client.read_frame(picture.to_vec(), width, height, width as usize, 1).await
    };
    // As thoroughly as a picture: a preview would see this in one of its next frames.
    let mut photo = GrayImage::from_pixel(4000, 3000, Luma([200]));
    let mut small = imageops::resize(&drawn(&code.text), 200, 200, FilterType::Triangle);
    imageops::invert(&mut small);
    imageops::replace(&mut photo, &small, 2600, 700);
    assert_eq!(read(&photo).await, expected);

    let another = wall(&[&code.text, &world.web_code().text]);
    assert_eq!(outcome(&read(&another).await), "several_login_codes");
    let theirs = wall(&[&world.server.make_code(OTHER_POOL, None).text]);
    assert_eq!(outcome(&read(&theirs).await), "wrong_user_pool");
    assert_eq!(read(&GrayImage::new(640, 480)).await, Err(Error::NoCode));
}

#[tokio::test]
async fn a_plane_whose_layout_does_not_fit_is_refused() {
    let world = World::patient().await;
    let read = async |width, height, row_stride, pixel_stride| {
        world.client.read_frame(vec![0; 1000], width, height, row_stride, pixel_stride).await
    };
    let bad_layout = Err(ImageFlaw::BadLayout.into());
    assert_eq!(read(10, 100, 10, 1).await, Err(Error::NoCode));
    assert_eq!(read(10, 101, 10, 1).await, bad_layout);
    assert_eq!(read(10, 10, 9, 1).await, bad_layout);
    assert_eq!(read(10, 10, 10, 2).await, bad_layout);
    assert_eq!(read(10, 10, 10, 0).await, bad_layout);
    assert_eq!(read(0, 10, 10, 1).await, bad_layout);
    assert_eq!(read(10_000, 10_000, 10_000, 1).await, Err(ImageFlaw::TooLarge.into()));
}

/// In virtual time, so that nobody waits for it.
#[test]
fn a_picture_that_takes_longer_than_the_timeout_is_given_up() {
    run(async {
        let world = World::new().await;
        let mut photo = GrayImage::from_pixel(4000, 3000, Luma([200]));
        imageops::replace(&mut photo, &drawn(&world.web_code().text), 900, 700);
        let encoded = encode(photo.clone(), ImageFormat::Png);
        let (client, other) = (world.client.clone(), world.client.clone());
        let readings = [
            tokio::spawn(async move { client.read_image(encoded).await }),
            tokio::spawn(
                async move { other.read_frame(photo.into_raw(), 4000, 3000, 4000, 1).await },
            ),
        ];
        tokio::task::yield_now().await;
        tokio::time::advance(Duration::from_secs(16)).await;
        for reading in readings {
            assert_eq!(reading.await.unwrap(), Err(ImageFlaw::TookTooLong.into()));
        }
    });
}

#[tokio::test]
async fn the_limits_are_the_configured_ones() {
    let limits = ImageLimits { max_bytes: 100_000, max_pixels: 1_000_000, max_memory: 4 << 20 };
    let world =
        World::with(Setup::default(), |config| Config { image_limits: limits, ..config }).await;
    let of = |format, width, height| encode(RgbImage::new(width, height), format);
    let too_large = Err(ImageFlaw::TooLarge.into());
    assert_eq!(world.client.read_image(of(ImageFormat::Png, 250, 250)).await, Err(Error::NoCode));
    assert_eq!(world.client.read_image(of(ImageFormat::Png, 1000, 1001)).await, too_large);
    // This decoder takes four bytes a pixel.
    assert_eq!(world.client.read_image(of(ImageFormat::WebP, 1000, 1000)).await, too_large);
    assert_eq!(world.client.read_image(vec![0; 100_001]).await, too_large);
}
