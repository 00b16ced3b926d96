use super::image_file::ImageFlaw;
use super::plane::Plane;

/// A camera frame: a plane of brightness values, borrowed from the camera.
///
/// In a YUV image this is the Y plane, as cameras deliver it.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    luma: &'a [u8],
    width: u32,
    height: u32,
    row_stride: usize,
    pixel_stride: usize,
}

impl<'a> Frame<'a> {
    /// A frame of `width` by `height` pixels. `row_stride` is the distance in bytes from a row to
    /// the next, `pixel_stride` from a pixel to the next.
    ///
    /// Fails with [`ImageFlaw::BadLayout`] when `luma` is too short for that, or rows would
    /// overlap, and with [`ImageFlaw::TooLarge`] over 50 million pixels.
    pub fn new(
        luma: &'a [u8],
        width: u32,
        height: u32,
        row_stride: usize,
        pixel_stride: usize,
    ) -> Result<Self, ImageFlaw> {
        if u64::from(width) * u64::from(height) > MAX_PIXELS {
            return Err(ImageFlaw::TooLarge);
        }
        let needed = || {
            let row = (width as usize).checked_sub(1)?.checked_mul(pixel_stride)?.checked_add(1)?;
            let rows = (height as usize).checked_sub(1)?.checked_mul(row_stride)?;
            (pixel_stride > 0 && row_stride >= row).then_some(rows.checked_add(row)?)
        };
        match needed() {
            Some(needed) if needed <= luma.len() => {
                Ok(Self { luma, width, height, row_stride, pixel_stride })
            }
            _ => Err(ImageFlaw::BadLayout),
        }
    }

    /// The plane itself; a copy only if its pixels are not adjacent.
    pub(crate) fn plane(&self) -> Plane<'a> {
        let (width, height) = (self.width as usize, self.height as usize);
        if self.pixel_stride == 1 {
            return Plane::new(self.luma, width, height, self.row_stride);
        }
        let rows = self.luma.chunks(self.row_stride).take(height);
        let pixels: Vec<u8> = rows
            .flat_map(|row| row.iter().step_by(self.pixel_stride).take(width))
            .copied()
            .collect();
        Plane::new(pixels, width, height, width)
    }
}

const MAX_PIXELS: u64 = 50_000_000;
