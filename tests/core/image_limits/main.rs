//! What images of every format and kind take, measured with an allocator that counts.

#![allow(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

mod allocated;
mod jpeg;
mod png;
mod webp;

use std::io::Cursor;
use std::time::{Duration, Instant};

use image::{DynamicImage, GrayImage, ImageFormat, Luma, RgbImage, RgbaImage};
use scan_login::ImageFlaw;
use scan_login::qr::{ImageLimits, QrCode, read_image};

use allocated::peak_of;
use jpeg::{Colours, Jpeg, Scans};

pub(crate) fn encode(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut encoded = Cursor::new(Vec::new());
    picture.into().write_to(&mut encoded, format).unwrap();
    encoded.into_inner()
}

fn read(encoded: &[u8], limits: ImageLimits) -> Result<Vec<QrCode>, ImageFlaw> {
    read_image(encoded, limits, Instant::now() + Duration::from_secs(600), |_| true)
}

const NONE: ImageLimits =
    ImageLimits { max_bytes: usize::MAX, max_pixels: u64::MAX, max_memory: u64::MAX };
const TEXT: &[u8] = b"a code in an image";
const SIDE: u32 = 1800;
const YCC: &[(u8, u8)] = &[(1, 1); 3];
const HALVED: &[(u8, u8)] = &[(2, 2), (1, 1), (1, 1)];
const WIDE: &[(u8, u8)] = &[(2, 1), (1, 1), (1, 1)];
const FLAT: &[(u8, u8)] = &[(1, 2), (1, 1), (1, 1)];
const FOUR: &[(u8, u8)] = &[(1, 1); 4];

fn plain_jpeg(sampling: &'static [(u8, u8)], scans: Scans) -> Jpeg {
    let side = SIDE as u16;
    Jpeg { width: side, height: side, sampling, scans, colours: Colours::Ycc }
}

/// Images of no code, which take much. In files whose headers tell the truth.
fn costly() -> Vec<(&'static str, Vec<u8>)> {
    let (grey, colour, clear) =
        (GrayImage::new(SIDE, SIDE), RgbImage::new(SIDE, SIDE), RgbaImage::new(SIDE, SIDE));
    let deep = DynamicImage::new_rgba16(SIDE, SIDE);
    let side = SIDE as u16;
    let jpeg = |sampling, scans| plain_jpeg(sampling, scans).draw(|x, y| x == y);
    let of_four = |colours, scans| Jpeg { colours, ..plain_jpeg(FOUR, scans) }.draw(|x, y| x == y);
    let still = |image| webp::file(&[image]);
    let beside_alpha = |alpha: (&'static [u8; 4], Vec<u8>)| {
        webp::file(&[webp::extended(SIDE, SIDE, false), alpha, webp::lossy(side, side)])
    };
    let animated = |(left, top), canvas, size, image| {
        let frame = webp::frame((left, top), size, &[image]);
        webp::file(&[webp::extended(canvas, canvas, true), (b"ANIM", vec![0; 6]), frame])
    };
    vec![
        ("PNG, grey", encode(grey.clone(), ImageFormat::Png)),
        ("PNG with alpha", encode(clear.clone(), ImageFormat::Png)),
        ("PNG of 16 bits", encode(deep, ImageFormat::Png)),
        ("PNG, interlaced", png::interlaced(SIDE, SIDE / 2, 6, 8)),
        ("PNG of 16 bits, interlaced", png::interlaced(SIDE, SIDE / 4, 6, 16)),
        ("PNG with a palette", png::with_palette(SIDE, SIDE)),
        ("PNG of one bit", png::of_one_bit(8 * SIDE, SIDE)),
        ("PNG of long rows", encode(RgbaImage::new(200_000, 50), ImageFormat::Png)),
        ("PNG with a colour profile that unpacks to much", png::with_profile(64, 40_000_000)),
        ("PNG with long EXIF", png::with_exif(64, 8_000_000)),
        ("GIF", encode(colour.clone(), ImageFormat::Gif)),
        ("GIF whose frame is larger than its canvas", gif_on(1, 1)),
        ("GIF whose canvas is larger than its frame", gif_on(4000, 4000)),
        ("GIF with long metadata", gif_with_xmp(8_000_000)),
        ("BMP", encode(colour.clone(), ImageFormat::Bmp)),
        ("BMP with alpha", encode(clear.clone(), ImageFormat::Bmp)),
        ("BMP, packed", packed_bmp(SIDE, SIDE)),
        ("JPEG", jpeg(HALVED, Scans::One)),
        ("JPEG, grey", jpeg(&[(1, 1)], Scans::One)),
        (
            "JPEG of RGB",
            Jpeg { colours: Colours::Rgb, ..plain_jpeg(YCC, Scans::One) }.draw(|_, _| true),
        ),
        ("JPEG in several scans", jpeg(YCC, Scans::OfEach)),
        ("JPEG in several scans, halved across", jpeg(WIDE, Scans::OfEach)),
        ("JPEG, progressive", jpeg(YCC, Scans::Progressive(4))),
        ("JPEG, progressive, halved", jpeg(HALVED, Scans::Progressive(4))),
        ("JPEG, progressive, halved downwards", jpeg(FLAT, Scans::Progressive(4))),
        ("JPEG of CMYK", of_four(Colours::Cmyk, Scans::One)),
        ("JPEG of YCCK", of_four(Colours::Ycck, Scans::One)),
        ("JPEG of CMYK, progressive", of_four(Colours::Cmyk, Scans::Progressive(4))),
        ("small JPEG that is searched in every way", corners(544, HALVED)),
        ("JPEG that is searched in every way", corners(4800, HALVED)),
        ("JPEG with long metadata", jpeg_with_metadata(8_000_000)),
        (
            "JPEG of long rows",
            Jpeg { width: 65_000, height: 64, ..plain_jpeg(HALVED, Scans::One) }.draw(|_, _| true),
        ),
        ("WebP, lossy", still(webp::lossy(side, side))),
        ("WebP, lossy, in partitions", still(webp::in_partitions(side, side, 500_000))),
        ("WebP, lossless", still(webp::lossless(colour.clone()))),
        ("WebP, lossless with alpha", still(webp::lossless(clear.clone()))),
        ("WebP with many prefix codes", still(webp::lossless_with_groups(4000))),
        ("WebP with alpha", beside_alpha((b"ALPH", vec![0; 1 + (SIDE * SIDE) as usize]))),
        ("WebP with packed alpha", beside_alpha(webp::packed_alpha(grey.clone()))),
        ("WebP with alpha of many prefix codes", {
            let alpha = [vec![1], webp::lossless_with_groups(4000).1[5..].to_vec()].concat();
            webp::file(&[webp::extended(4, 4, false), (b"ALPH", alpha), webp::lossy(4, 4)])
        }),
        ("WebP, animated", animated((0, 0), SIDE, (SIDE, SIDE), webp::lossy(side, side))),
        (
            "WebP, animated, in a part",
            animated((600, 800), 3000, (SIDE, SIDE), webp::lossless(colour)),
        ),
    ]
}

/// At the smallest limit at which an image is taken, it takes no more than that and a tenth.
#[test]
fn no_image_takes_more_than_the_limit_and_a_tenth() {
    for (name, encoded) in costly() {
        let (result, peak) = peak_of(|| read(&encoded, NONE));
        assert_eq!(result, Ok(Vec::new()), "{name}");

        let limits = |max_memory| ImageLimits { max_memory, ..NONE };
        let (result, refused) = peak_of(|| read(&encoded, limits(peak * 10 / 11)));
        println!("{name}: {peak} bytes of {}, {refused} when refused", encoded.len());
        assert_eq!(result, Err(ImageFlaw::TooLarge), "{name}: takes {peak}");
        assert!(refused <= peak * 10 / 11, "{name}: {refused} before it was refused");
        // And what is counted is not far from what is true: the search of an image with nothing in it
        // takes less than others, and metadata may be of kinds that take more.
        let enough = 2 * peak + (12 << 20) + encoded.len() as u64;
        assert_eq!(read(&encoded, limits(enough)), Ok(Vec::new()), "{name}: takes {peak}");
    }
}

/// What looks like a large code, three times over, and has nothing in it.
fn corners(side: u16, sampling: &'static [(u8, u8)]) -> Vec<u8> {
    let modules = 21;
    let module = usize::from(side) / 8 / (modules + 8);
    let jpeg = Jpeg { width: side, height: side, ..plain_jpeg(sampling, Scans::One) };
    jpeg.draw(|x, y| {
        let at = [x, y].map(|at| (at / module).wrapping_sub(4));
        // From the middle of the nearest finder pattern.
        let [x, y] = at.map(|at| at.abs_diff(if at < modules / 2 { 3 } else { modules - 4 }));
        let is_corner = at.iter().any(|at| *at < modules / 2);
        is_corner && matches!(x.max(y), 0 | 1 | 3)
    })
}

fn code() -> (usize, impl Fn(usize, usize) -> bool) {
    let code = qrcode::QrCode::new(TEXT).unwrap();
    let (size, colours) = (code.width(), code.to_colors());
    // With a quiet zone of four modules.
    (size + 8, move |x: usize, y: usize| {
        let (x, y) = (x.wrapping_sub(4), y.wrapping_sub(4));
        x < size && y < size && colours[y * size + x] == qrcode::Color::Dark
    })
}

#[test]
fn a_code_is_read_from_images_of_every_kind() {
    let (modules, is_dark) = code();
    let side = 8 * modules as u32 + 8;
    let pixel = |x: u32, y: u32| is_dark(x as usize / 8, y as usize / 8);
    let grey = GrayImage::from_fn(side, side, |x, y| Luma([if pixel(x, y) { 20 } else { 220 }]));
    // Dark on what is transparent, and light on what is opaque.
    let clear = GrayImage::from_fn(side, side, |x, y| Luma([if pixel(x, y) { 255 } else { 0 }]));
    let stencil = RgbaImage::from_fn(side, side, |x, y| {
        image::Rgba([0, 40, 0, if pixel(x, y) { 255 } else { 0 }])
    });
    let colour = DynamicImage::from(grey.clone()).to_rgb8();
    let mut images = vec![];
    for picture in [
        DynamicImage::from(grey.clone()),
        colour.clone().into(),
        stencil.clone().into(),
        DynamicImage::from(stencil.clone()).to_luma_alpha8().into(),
        DynamicImage::from(grey.clone()).to_luma16().into(),
        DynamicImage::from(stencil.clone()).to_rgba16().into(),
    ] {
        images.push((format!("PNG, {:?}", picture.color()), encode(picture, ImageFormat::Png)));
    }
    for (name, encoded) in [
        ("PNG, interlaced", png::interlace(&grey)),
        ("BMP", encode(colour.clone(), ImageFormat::Bmp)),
        ("BMP, grey", encode(grey.clone(), ImageFormat::Bmp)),
        ("GIF", encode(colour.clone(), ImageFormat::Gif)),
        ("GIF, transparent", encode(stencil.clone(), ImageFormat::Gif)),
        ("WebP, lossless", webp::file(&[webp::lossless(colour.clone())])),
        ("WebP, transparent", webp::file(&[webp::lossless(stencil.clone())])),
        (
            "WebP, extended",
            webp::file(&[webp::extended(side, side, false), webp::lossless(colour.clone())]),
        ),
        ("WebP, animated", {
            let frame = webp::frame((60, 90), (side, side), &[webp::lossless(stencil)]);
            webp::file(&[webp::extended(side + 100, side + 90, true), (b"ANIM", vec![0; 6]), frame])
        }),
    ] {
        images.push((name.to_owned(), encoded));
    }
    let lossy = || webp::lossy(side as u16, side as u16);
    for filter in 0..4 {
        let alpha = webp::alpha(&clear, filter);
        let file = webp::file(&[webp::extended(side, side, false), alpha, lossy()]);
        images.push((format!("WebP with alpha, filter {filter}"), file));
    }
    let alpha = webp::packed_alpha(clear);
    let file = webp::file(&[webp::extended(side, side, false), alpha, lossy()]);
    images.push(("WebP with packed alpha".to_owned(), file));
    let side = side as u16;
    for (colours, sampling) in [
        (Colours::Ycc, &[(1, 1)][..]),
        (Colours::Ycc, &[(2, 2)]),
        (Colours::Ycc, YCC),
        (Colours::Ycc, HALVED),
        (Colours::Ycc, WIDE),
        (Colours::Ycc, FLAT),
        (Colours::Rgb, YCC),
        (Colours::Cmyk, FOUR),
        (Colours::Ycck, FOUR),
    ] {
        for scans in [Scans::One, Scans::OfEach, Scans::Progressive(3)] {
            let jpeg = Jpeg { width: side, height: side, sampling, scans, colours };
            let expected = match (scans, sampling) {
                // The decoder would leave out every other row of blocks.
                (Scans::OfEach, HALVED | FLAT) => Err(ImageFlaw::UnknownFormat),
                _ => Ok(vec![TEXT.to_vec()]),
            };
            let read = texts(&jpeg.draw(&is_dark), ImageLimits::default());
            assert_eq!(read, expected, "JPEG, {colours:?} {sampling:?}, {scans:?}");
        }
    }
    for (name, encoded) in images {
        assert_eq!(texts(&encoded, ImageLimits::default()), Ok(vec![TEXT.to_vec()]), "{name}");
    }
}

fn texts(encoded: &[u8], limits: ImageLimits) -> Result<Vec<Vec<u8>>, ImageFlaw> {
    Ok(read(encoded, limits)?.into_iter().map(|code| code.bytes).collect())
}

#[test]
fn the_limit_of_pixels_is_the_configured_one_in_every_format() {
    let (width, height) = (300, 200);
    let picture = RgbImage::new(width, height);
    let jpeg =
        |scans| Jpeg { width: width as u16, height: height as u16, ..plain_jpeg(YCC, scans) };
    let lossy = webp::lossy(width as u16, height as u16);
    for (name, encoded) in [
        ("PNG", encode(picture.clone(), ImageFormat::Png)),
        ("GIF", encode(picture.clone(), ImageFormat::Gif)),
        ("BMP", encode(picture.clone(), ImageFormat::Bmp)),
        ("JPEG", jpeg(Scans::One).draw(|_, _| true)),
        ("JPEG, progressive", jpeg(Scans::Progressive(2)).draw(|_, _| true)),
        ("WebP, lossless", webp::file(&[webp::lossless(picture)])),
        ("WebP, lossy", webp::file(&[lossy])),
    ] {
        let limits = |max_pixels| ImageLimits { max_pixels, ..ImageLimits::default() };
        let pixels = u64::from(width * height);
        assert_eq!(read(&encoded, limits(pixels)), Ok(Vec::new()), "{name}");
        assert_eq!(read(&encoded, limits(pixels - 1)), Err(ImageFlaw::TooLarge), "{name}");
    }
    // A frame counts as its canvas does.
    let limits = ImageLimits { max_pixels: 1_000_000, ..ImageLimits::default() };
    assert_eq!(read(&gif_on(1, 1), limits), Err(ImageFlaw::TooLarge));
}

/// Each goes over the whole image, and may have only a few bytes.
#[test]
fn a_jpeg_may_have_thirty_two_scans() {
    let (modules, is_dark) = code();
    let side = 8 * modules as u16;
    let with_scans = |count: u8| {
        let scans = Scans::Progressive(count - 1);
        Jpeg { width: side, height: side, ..plain_jpeg(&[(1, 1)], scans) }.draw(&is_dark)
    };
    assert_eq!(texts(&with_scans(32), ImageLimits::default()), Ok(vec![TEXT.to_vec()]));
    assert_eq!(texts(&with_scans(33), ImageLimits::default()), Err(ImageFlaw::Damaged));
}

#[test]
fn headers_that_lie_cost_nothing() {
    let png = encode(GrayImage::new(8, 8), ImageFormat::Png);
    let with_long_chunk = {
        let mut png = png.clone();
        png::insert(&mut png, b"eXIf", &[0; 100]);
        png[33..37].copy_from_slice(&0x7fff_ffff_u32.to_be_bytes());
        png
    };
    let bmp_with_palette = {
        let mut bmp = packed_bmp(8, 8);
        bmp[46..50].copy_from_slice(&u32::MAX.to_le_bytes());
        bmp
    };
    let huge = Jpeg { width: 65_535, height: 65_535, ..plain_jpeg(&[(1, 1)], Scans::One) };
    let canvas = |image| webp::file(&[webp::extended(1 << 24, 1 << 24, true), image]);
    for (name, encoded, expected) in [
        ("a long PNG chunk", with_long_chunk, ImageFlaw::Damaged),
        ("a large GIF canvas", gif_on(u16::MAX, u16::MAX), ImageFlaw::TooLarge),
        ("a large BMP", packed_bmp(60_000, 60_000), ImageFlaw::TooLarge),
        ("a long BMP palette", bmp_with_palette, ImageFlaw::Damaged),
        ("a large JPEG", huge.header_alone(), ImageFlaw::TooLarge),
        ("a large WebP", webp::file(&[webp::large()]), ImageFlaw::TooLarge),
        (
            "a large WebP canvas",
            canvas(webp::frame((0, 0), (16, 16), &[webp::lossy(16, 16)])),
            ImageFlaw::TooLarge,
        ),
        ("a long first partition", webp::file(&[webp::with_long_partition()]), ImageFlaw::Damaged),
        (
            "long partitions",
            webp::file(&[webp::in_partitions(16, 16, 0xff_ffff)]),
            ImageFlaw::Damaged,
        ),
    ] {
        let (result, peak) = peak_of(|| read(&encoded, ImageLimits::default()));
        assert_eq!(result, Err(expected), "{name}");
        assert!(peak < (1 << 20) + encoded.len() as u64, "{name}: {peak}");
    }
}

#[test]
fn a_search_ends_at_its_deadline() {
    let (modules, is_dark) = code();
    let side = 8 * modules as u16;
    let jpeg = Jpeg { width: side, height: side, ..plain_jpeg(YCC, Scans::One) };
    let over = read_image(&jpeg.draw(is_dark), ImageLimits::default(), Instant::now(), |_| true);
    assert_eq!(over, Err(ImageFlaw::TookTooLong));
}

fn gif_on(width: u16, height: u16) -> Vec<u8> {
    let mut gif = encode(RgbImage::new(SIDE, SIDE), ImageFormat::Gif);
    gif[6..8].copy_from_slice(&width.to_le_bytes());
    gif[8..10].copy_from_slice(&height.to_le_bytes());
    gif
}

fn gif_with_xmp(length: usize) -> Vec<u8> {
    let mut gif = encode(RgbImage::new(8, 8), ImageFormat::Gif);
    let mut extension = b"\x21\xff\x0bXMP DataXMP".to_vec();
    for _ in 0..length / 255 {
        extension.push(255);
        extension.extend([b'x'; 255]);
    }
    extension.push(0);
    let palette = if gif[10] & 0x80 != 0 { 3 << ((gif[10] & 7) + 1) } else { 0 };
    gif.splice(13 + palette..13 + palette, extension);
    gif
}

fn jpeg_with_metadata(length: usize) -> Vec<u8> {
    let side = 8;
    let jpeg = Jpeg { width: side, height: side, ..plain_jpeg(&[(1, 1)], Scans::One) };
    let mut encoded = jpeg.draw(|_, _| true);
    let mut metadata = Vec::new();
    for _ in 0..length / 60_000 {
        jpeg::segment(&mut metadata, 0xe1, &[b"Exif\0\0".as_slice(), &[0; 60_000]].concat());
        jpeg::segment(
            &mut metadata,
            0xe2,
            &[b"ICC_PROFILE\0\x01\x01".as_slice(), &[0; 60_000]].concat(),
        );
    }
    encoded.splice(2..2, metadata);
    encoded
}

/// Run-length encoded, and at its end at once.
fn packed_bmp(width: u32, height: u32) -> Vec<u8> {
    let mut bmp = b"BM".to_vec();
    let palette = [[0_u8, 0, 0, 0], [255, 255, 255, 0]].concat();
    let start = 14 + 40 + palette.len() as u32;
    for number in [start + 2, 0, start, 40, width, height, 1 | 8 << 16, 1, 2, 0, 0, 2, 2] {
        bmp.extend(number.to_le_bytes());
    }
    bmp.extend(palette);
    bmp.extend([0, 1]);
    bmp
}
