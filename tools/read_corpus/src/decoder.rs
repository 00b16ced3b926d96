use std::fmt;
use std::panic::catch_unwind;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use image::{DynamicImage, GrayImage};
use rustix::time::{ClockId, clock_gettime};
use scan_login::qr;

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Kind {
    Ours,
    Rqrr,
    #[cfg(feature = "peers")]
    Rxing,
    #[cfg(feature = "peers")]
    ZxingCpp,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.to_possible_value().as_ref().map_or("", |value| value.get_name()))
    }
}

/// What a decoder made of a picture.
pub(crate) struct Attempt {
    pub(crate) texts: Vec<Vec<u8>>,
    /// Of processor time; with frames, of the dearest one.
    pub(crate) milliseconds: f64,
}

/// The brightness that every decoder gets; what is transparent lies on white.
pub(crate) fn brightness(picture: &DynamicImage) -> GrayImage {
    let picture = picture.to_luma_alpha8();
    GrayImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [luma, alpha] = picture.get_pixel(x, y).0.map(u32::from);
        image::Luma([((luma * alpha + 255 * (255 - alpha)) / 255) as u8])
    })
}

/// `is_wanted` says which texts are looked for, to those that ask.
pub(crate) fn read(
    kind: Kind,
    picture: &GrayImage,
    as_frames: bool,
    is_wanted: impl Fn(&[u8]) -> bool,
) -> Result<Attempt, String> {
    match (as_frames, kind) {
        (false, _) => {}
        (true, Kind::Ours) => return read_as_frames(picture, is_wanted),
        (true, _) => return Err("only `ours` reads frames".to_owned()),
    }
    timed(|| match kind {
        Kind::Ours => {
            let frame = frame(picture)?;
            let deadline = Instant::now() + Duration::from_secs(60);
            let codes = qr::read_frame(&frame, deadline, |code| is_wanted(&code.bytes));
            let codes = codes.map_err(|flaw| flaw.to_string())?;
            Ok(codes.into_iter().map(|code| code.bytes).collect())
        }
        // It panics on some pictures: those count as unread.
        Kind::Rqrr => Ok(catch_unwind(|| rqrr(picture)).unwrap_or_default()),
        #[cfg(feature = "peers")]
        Kind::Rxing => peers::rxing(picture),
        #[cfg(feature = "peers")]
        Kind::ZxingCpp => peers::zxing_cpp(picture),
    })
}

fn rqrr(picture: &GrayImage) -> Vec<Vec<u8>> {
    let (width, height) = picture.dimensions();
    let mut prepared =
        rqrr::PreparedImage::prepare_from_greyscale(width as usize, height as usize, |x, y| {
            picture.get_pixel(x as u32, y as u32).0[0]
        });
    let texts = prepared.detect_grids().into_iter().filter_map(|grid| {
        let mut text = Vec::new();
        grid.decode_to(&mut text).ok().map(|_| text)
    });
    texts.collect()
}

/// Shows the picture to a camera scanner until it reads what is wanted, at most four times.
fn read_as_frames(
    picture: &GrayImage,
    is_wanted: impl Fn(&[u8]) -> bool,
) -> Result<Attempt, String> {
    let frame = frame(picture)?;
    let mut scanner = qr::Scanner::default();
    let mut dearest = Attempt { texts: Vec::new(), milliseconds: 0.0 };
    for _ in 0..4 {
        let attempt = timed(|| {
            Ok(match scanner.scan(&frame).map_err(|flaw| flaw.to_string())? {
                qr::FrameView::Codes(codes) => codes.into_iter().map(|code| code.bytes).collect(),
                _ => Vec::new(),
            })
        })?;
        dearest.milliseconds = dearest.milliseconds.max(attempt.milliseconds);
        dearest.texts.extend(attempt.texts);
        if dearest.texts.iter().any(|text| is_wanted(text)) {
            break;
        }
    }
    Ok(dearest)
}

pub(crate) fn frame(picture: &GrayImage) -> Result<qr::Frame<'_>, String> {
    let (width, height) = picture.dimensions();
    qr::Frame::new(picture, width, height, width as usize, 1).map_err(|flaw| flaw.to_string())
}

fn timed(read: impl FnOnce() -> Result<Vec<Vec<u8>>, String>) -> Result<Attempt, String> {
    let start = processor_milliseconds();
    let texts = read()?;
    Ok(Attempt { texts, milliseconds: processor_milliseconds() - start })
}

fn processor_milliseconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

#[cfg(feature = "peers")]
mod peers {
    use image::GrayImage;
    use rxing::common::HybridBinarizer;
    use rxing::qrcode::cpp_port::QrReader;
    use rxing::{BinaryBitmap, DecodeHints, ImmutableReader, Luma8LuminanceSource, RXingResult};
    use zxingcpp::{BarcodeFormat, ImageFormat, ImageView};

    pub(crate) fn rxing(picture: &GrayImage) -> Result<Vec<Vec<u8>>, String> {
        let source = Luma8LuminanceSource::new(picture.to_vec(), picture.width(), picture.height());
        let source = source.map_err(|error| error.to_string())?;
        let mut bitmap = BinaryBitmap::new(HybridBinarizer::new(source));
        let hints =
            DecodeHints { TryHarder: Some(true), AlsoInverted: Some(true), ..Default::default() };
        let result = QrReader.immutable_decode_with_hints(&mut bitmap, &hints);
        Ok(result.iter().map(|result: &RXingResult| result.getText().as_bytes().to_vec()).collect())
    }

    pub(crate) fn zxing_cpp(picture: &GrayImage) -> Result<Vec<Vec<u8>>, String> {
        let view =
            ImageView::from_slice(picture, picture.width(), picture.height(), ImageFormat::Lum)
                .map_err(|error| error.to_string())?;
        let codes = zxingcpp::read().formats([BarcodeFormat::QRCode]).from(&view);
        Ok(codes.map_err(|error| error.to_string())?.iter().map(|code| code.bytes()).collect())
    }
}
