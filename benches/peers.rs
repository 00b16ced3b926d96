//! Our reader beside the decoders of `read_corpus`, by the size of the pictures:
//! `cargo bench -p scan-login-benches --features peers --bench peers`. All take turns at the same
//! pictures on one thread, and what is printed are ratios of processor time: those hold on a machine
//! that is busy, too. The pictures are drawn, so that everybody has the same.

#![allow(missing_docs, reason = "a program")]
#![allow(clippy::disallowed_methods, reason = "pictures of our own need no limits")]
#![allow(clippy::print_stdout, reason = "that is what it is for")]

#[allow(dead_code, reason = "read_corpus uses the rest")]
#[path = "../tools/read_corpus/src/decoder.rs"]
mod decoder;

use clap::ValueEnum;
use image::{DynamicImage, GrayImage, Luma, imageops};

use decoder::Kind;

/// What is in a picture.
#[derive(Clone, Copy, PartialEq)]
enum Content {
    Code,
    /// A third of its modules are covered, beyond repair.
    SpoiltCode,
    Texture,
}

fn main() -> Result<(), String> {
    let peers: Vec<Kind> =
        Kind::value_variants().iter().copied().filter(|kind| !matches!(kind, Kind::Ours)).collect();
    println!("processor time of ours / that of the peer, median and 95 % of {VARIANTS} pictures");
    print!("{:12} {:13} {:>16}", "size", "content", "ours, ms");
    println!(
        "{}",
        peers.iter().map(|peer| format!(" {:>16}", peer.to_string())).collect::<String>()
    );
    for (width, height) in SIZES {
        for (content, name) in [
            (Content::Code, "a code"),
            (Content::SpoiltCode, "a spoilt code"),
            (Content::Texture, "texture"),
        ] {
            let pictures: Vec<_> =
                (0..VARIANTS).map(|variant| page(width, height, content, variant)).collect();
            row(&format!("{width}x{height}"), name, &pictures, &peers, false)?;
            if FRAMES.contains(&(width, height)) && content != Content::SpoiltCode {
                row("  as a frame", name, &pictures, &peers, true)?;
            }
        }
    }
    Ok(())
}

/// As a frame, our time is that of the most expensive of the turns that it took.
fn row(
    size: &str,
    content: &str,
    pictures: &[GrayImage],
    peers: &[Kind],
    as_frames: bool,
) -> Result<(), String> {
    let mut ours = Vec::new();
    let mut ratios = vec![Vec::new(); peers.len()];
    for picture in pictures {
        let mut least = vec![f64::MAX; peers.len() + 1];
        for _ in 0..ROUNDS {
            let readers = std::iter::once((Kind::Ours, as_frames));
            let readers = readers.chain(peers.iter().map(|peer| (*peer, false)));
            for ((kind, as_frames), least) in readers.zip(&mut least) {
                let attempt = decoder::read(kind, picture, as_frames, |_| true)?;
                *least = least.min(attempt.milliseconds);
            }
        }
        let mut times = least.into_iter();
        let our_time = times.next().unwrap_or_default();
        ours.push(our_time);
        for (ratios, time) in ratios.iter_mut().zip(times) {
            ratios.push(our_time / time);
        }
    }
    let both = |values: &mut Vec<f64>| {
        values.sort_by(f64::total_cmp);
        let at = |percent: usize| values.get(values.len() * percent / 100).copied();
        let (median, most) = (at(50).unwrap_or_default(), at(95).unwrap_or_default());
        format!("{median:7.2} {most:8.2}")
    };
    print!("{size:12} {content:13} {}", both(&mut ours));
    println!(
        "{}",
        ratios.iter_mut().map(|ratios| format!(" {}", both(ratios))).collect::<String>()
    );
    Ok(())
}

/// A page with lines of something like text; each variant has another code, of another size, at another
/// place, in another light.
fn page(width: u32, height: u32, content: Content, variant: u32) -> GrayImage {
    let light = 255 - 5 * variant as u8;
    let mut page = GrayImage::from_fn(width, height, |x, y| {
        let line = y / 8 % 3 == 0 && (x * 7 + y / 24 * (13 + variant)) % 11 > 4;
        Luma([if line { 90 } else { light }])
    });
    if content != Content::Texture {
        let text = format!("{{\"scene\":\"APP_AUTH\",\"random\":\"{variant:030}\"}}");
        let code = image::load_from_memory(&genauth::png(text.as_bytes()));
        let code = code.map(DynamicImage::into_luma8).unwrap_or_default();
        let side = height * (40 + 2 * variant) / 100;
        let mut code = imageops::resize(&code, side, side, imageops::FilterType::Triangle);
        if content == Content::SpoiltCode {
            let blank = GrayImage::from_pixel(side * 3 / 5, side / 3, Luma([128]));
            let place = i64::from(side * 3 / 10);
            imageops::replace(&mut code, &blank, place, place);
        }
        let (left, top) = ((width - side) * variant / VARIANTS, (height - side) / 2);
        imageops::replace(&mut page, &code, left.into(), top.into());
    }
    imageops::blur(&page, 0.4 + variant as f32 / 20.0)
}

const SIZES: [(u32, u32); 6] =
    [(240, 240), (400, 300), (640, 480), (1280, 720), (1920, 1080), (4032, 3024)];
const FRAMES: [(u32, u32); 3] = [(640, 480), (1280, 720), (1920, 1080)];
const VARIANTS: u32 = 20;
const ROUNDS: usize = 3;
