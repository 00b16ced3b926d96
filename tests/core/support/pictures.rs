//! Pictures of codes as a web page draws them, and of other things.

use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageFormat, Luma, imageops};

pub(crate) fn encode(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut encoded = Cursor::new(Vec::new());
    picture.into().write_to(&mut encoded, format).unwrap();
    encoded.into_inner()
}

pub(crate) fn drawn(text: &str) -> GrayImage {
    image::load_from_memory(&genauth::png(text.as_bytes())).unwrap().into_luma8()
}

/// Pictures side by side on a white wall.
pub(crate) fn wall(texts: &[&str]) -> GrayImage {
    let pictures: Vec<_> = texts.iter().map(|text| drawn(text)).collect();
    let width = pictures.iter().map(|picture| picture.width() + 60).sum();
    let height = pictures.iter().map(GrayImage::height).max().unwrap() + 60;
    let mut wall = GrayImage::from_pixel(width, height, Luma([255]));
    let mut x = 30;
    for picture in &pictures {
        imageops::replace(&mut wall, picture, x, 30);
        x += i64::from(picture.width()) + 60;
    }
    wall
}

/// The brightness of a picture as platforms hand it out, and its row stride: rows are `row_padding` bytes
/// longer than their pixels, of which each is `pixel_stride` bytes after the one before.
pub(crate) fn plane(
    picture: &GrayImage,
    row_padding: usize,
    pixel_stride: usize,
) -> (Vec<u8>, usize) {
    let (width, height) = picture.dimensions();
    let row_stride = width as usize * pixel_stride + row_padding;
    let mut plane = vec![17; row_stride * height as usize];
    for (x, y, pixel) in picture.enumerate_pixels() {
        plane[y as usize * row_stride + x as usize * pixel_stride] = pixel.0[0];
    }
    // The last row may end with its last pixel.
    plane.truncate(row_stride * (height as usize - 1) + (width as usize - 1) * pixel_stride + 1);
    (plane, row_stride)
}

/// The first bytes of a PNG of that size, and no more.
pub(crate) fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    png.extend(width.to_be_bytes());
    png.extend(height.to_be_bytes());
    png.extend([8, 2, 0, 0, 0]);
    let checksum = crc32(&png[12..]);
    png.extend(checksum.to_be_bytes());
    png.extend(b"\0\0\0\0IDAT\0\0\0\0");
    png
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1))
        })
    })
}

/// Something with fur, two eyes and whiskers.
pub(crate) fn cat() -> GrayImage {
    let mut noise = 7_u32;
    GrayImage::from_fn(800, 600, |x, y| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let near = |cx: f32, cy: f32| ((x as f32 - cx).powi(2) + (y as f32 - cy).powi(2)).sqrt();
        let eye = near(320.0, 250.0).min(near(480.0, 250.0));
        let whisker = y > 330 && y < 420 && (x + 3 * y) % 90 < 3;
        let fur = 90.0 + (x as f32 / 9.0).sin() * 25.0 + (noise >> 27) as f32;
        Luma([if eye < 14.0 {
            10
        } else if eye < 40.0 {
            230
        } else if whisker {
            250
        } else {
            fur as u8
        }])
    })
}
