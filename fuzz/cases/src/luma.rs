//! Any bytes as a plane, and as the frames of a preview, with any strides.

use std::time::{Duration, Instant};

use scan_login::qr::{Frame, Scanner, read_frame};

pub(crate) fn run(input: &[u8]) {
    let Some((width, padding, pixel_stride, luma)) = super::read::<(u16, u8, u8, &[u8])>(input)
    else {
        return;
    };
    let (width, pixel_stride) = (u32::from(width) % 512, usize::from(pixel_stride) % 4);
    let row_stride = width as usize * pixel_stride.max(1) + usize::from(padding);
    let height = (luma.len() / row_stride.max(1)) as u32;
    let Ok(frame) = Frame::new(luma, width, height, row_stride, pixel_stride) else { return };
    let _ = read_frame(&frame, Instant::now() + Duration::from_secs(5), |_| true);
    // Upright and lying, so that what was seen before may lie outside.
    let lying = Frame::new(luma, width * height, 1, luma.len(), pixel_stride.max(1));
    let mut scanner = Scanner::default();
    for _ in 0..4 {
        let _ = scanner.scan(&frame);
        let _ = lying.as_ref().map(|lying| scanner.scan(lying));
    }
}
