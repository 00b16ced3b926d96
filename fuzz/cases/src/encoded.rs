//! Any bytes as an encoded picture.

use std::time::{Duration, Instant};

use scan_login::ImageLimits;
use scan_login::qr::read_image;

pub(crate) fn run(encoded: &[u8]) {
    let limits = ImageLimits { max_bytes: 1 << 20, max_pixels: 1 << 18, max_memory: 16 << 20 };
    let _ = read_image(encoded, limits, Instant::now() + Duration::from_secs(5), |_| true);
}
