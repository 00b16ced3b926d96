//! What reading a picture costs, and each pass by itself: `cargo bench -p scan-login-benches`.
//! Compare within one run.

#![allow(missing_docs, reason = "the macros of criterion make functions without")]
#![allow(clippy::disallowed_methods, reason = "pictures of our own need no limits")]

use std::hint::black_box;
use std::io::Cursor;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use image::{DynamicImage, GrayImage, ImageFormat, Luma, imageops};
use scan_login::ImageLimits;
use scan_login::qr;
use scan_login::qr::{Frame, Scanner, read_frame, read_image};

/// A login code of half the page's height on a page with some texture; none without a `text`.
fn page(width: u32, height: u32, text: Option<&str>) -> GrayImage {
    let mut page = GrayImage::from_fn(width, height, |x, y| {
        let line = y / 8 % 3 == 0 && (x * 7 + y / 24 * 13) % 11 > 4;
        Luma([if line { 90 } else { 215 }])
    });
    if let Some(text) = text {
        let code = image::load_from_memory(&genauth::png(text.as_bytes()));
        let code = code.map(DynamicImage::into_luma8).unwrap_or_default();
        let code = imageops::resize(&code, height / 2, height / 2, imageops::FilterType::Triangle);
        imageops::replace(&mut page, &code, i64::from(width / 4), i64::from(height / 4));
    }
    page
}

const TEXT: &str = r#"{"scene":"APP_AUTH","random":"g7ihnC0jOsshv4ytQwWKvAdAc1GZC9","userPoolId":"4a09f04f32d2c4520c441be0","createdAt":"2022-07-08T23:53:39.318Z","expiresIn":120,"customData":{}}"#;

fn frame(picture: &GrayImage) -> Option<Frame<'_>> {
    let (width, height) = picture.dimensions();
    Frame::new(picture, width, height, width as usize, 1).ok()
}

fn deadline() -> Instant {
    Instant::now() + Duration::from_secs(10)
}

fn frames(criterion: &mut Criterion) {
    for (width, height) in [(1280, 720), (1920, 1080)] {
        for (what, text) in [("with a code", Some(TEXT)), ("without", None)] {
            let picture = page(width, height, text);
            let Some(frame) = frame(&picture) else { continue };
            let mut group = criterion.benchmark_group(format!("{width}x{height} {what}"));
            group.bench_function("still", |bench| {
                bench.iter(|| read_frame(black_box(&frame), deadline(), |_| true));
            });
            // Each turn of a preview looks in other ways.
            for turn in 0..4 {
                group.bench_function(format!("frame {}", turn + 1), |bench| {
                    bench.iter_batched_ref(
                        || {
                            let mut scanner = Scanner::default();
                            let blank = page(640, 480, None);
                            for _ in 0..turn {
                                let _ = self::frame(&blank).map(|frame| scanner.scan(&frame));
                            }
                            scanner
                        },
                        |scanner| scanner.scan(black_box(&frame)),
                        criterion::BatchSize::SmallInput,
                    );
                });
            }
            for (pass, name) in qr::inspect::passes().iter().enumerate() {
                if qr::inspect::run(&frame, pass).is_some() {
                    group.bench_function(format!("pass {name}"), |bench| {
                        bench.iter(|| qr::inspect::run(black_box(&frame), pass));
                    });
                }
            }
        }
    }
}

fn stills(criterion: &mut Criterion) {
    let mut jpeg = Cursor::new(Vec::new());
    let picture = DynamicImage::from(page(4032, 3024, Some(TEXT))).to_rgb8();
    if picture.write_to(&mut jpeg, ImageFormat::Jpeg).is_err() {
        return;
    }
    let jpeg = jpeg.into_inner();
    let mut group = criterion.benchmark_group("JPEG of 12 MP");
    group.sample_size(20);
    group.bench_function("bytes to text", |bench| {
        bench.iter(|| read_image(black_box(&jpeg), ImageLimits::default(), deadline(), |_| true));
    });
    group.bench_function("decoding to brightness alone", |bench| {
        use zune_jpeg::JpegDecoder;
        use zune_jpeg::zune_core::bytestream::ZCursor;
        use zune_jpeg::zune_core::colorspace::ColorSpace;
        use zune_jpeg::zune_core::options::DecoderOptions;
        let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::Luma);
        bench.iter(|| {
            JpegDecoder::new_with_options(ZCursor::new(black_box(&jpeg)), options).decode()
        });
    });
    group.bench_function("decoding to colours alone", |bench| {
        bench.iter(|| image::load_from_memory_with_format(black_box(&jpeg), ImageFormat::Jpeg));
    });
}

criterion_group!(benches, frames, stills);
criterion_main!(benches);
