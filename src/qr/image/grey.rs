//! From colours to brightness.

/// The brightness of pixels of `channels` bytes: grey or RGB, and alpha, if the number is even. What
/// is transparent shows white paper: a code on a transparent background is dark on light.
pub(super) fn grey(pixels: &[u8], channels: usize, out: &mut [u8]) {
    match channels {
        1 => out.copy_from_slice(pixels),
        2 => each(pixels, out, |[luma, alpha]| on_white(luma, alpha)),
        3 => each(pixels, out, luma),
        _ => each(pixels, out, |[r, g, b, alpha]| on_white(luma([r, g, b]), alpha)),
    }
}

/// The same, in the place of the pixels.
pub(super) fn grey_in_place(mut pixels: Vec<u8>, channels: usize) -> Vec<u8> {
    let count = pixels.len() / channels;
    let mut row = [0; 256];
    for start in (0..count).step_by(row.len()) {
        let end = (start + row.len()).min(count);
        let row = &mut row[..end - start];
        grey(&pixels[start * channels..end * channels], channels, row);
        pixels[start..end].copy_from_slice(row);
    }
    pixels.truncate(count);
    pixels.shrink_to_fit();
    pixels
}

fn each<const N: usize>(pixels: &[u8], out: &mut [u8], grey: impl Fn([u8; N]) -> u8) {
    for (out, pixel) in out.iter_mut().zip(pixels.as_chunks().0) {
        *out = grey(*pixel);
    }
}

/// As ITU-R BT.709 weighs the colours.
pub(super) fn luma([r, g, b]: [u8; 3]) -> u8 {
    ((2126 * u32::from(r) + 7152 * u32::from(g) + 722 * u32::from(b)) / 10_000) as u8
}

pub(super) fn on_white(luma: u8, alpha: u8) -> u8 {
    let (luma, alpha) = (u32::from(luma), u32::from(alpha));
    ((luma * alpha + 255 * (255 - alpha)) / 255) as u8
}
