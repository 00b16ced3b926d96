use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::grey::grey_in_place;
use super::image_file::{ImageFlaw, ImageLimits};
use super::plane::Plane;

/// Where the file stores brightness, it is taken without a conversion to colours and back: a third of
/// the time, a third of the memory.
pub(super) fn decode(encoded: &[u8], limits: ImageLimits) -> Result<Plane<'static>, ImageFlaw> {
    let header = Header::read(encoded)?;
    if header.is_garbled() {
        return Err(ImageFlaw::UnknownFormat);
    }
    // Metadata are copied, and put together.
    let metadata = 2 * encoded.len() as u64;
    let memory = header.decoding() + metadata;
    limits.check(header.width, header.height, header.pixels() + memory)?;

    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_max_scans(MAX_SCANS);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(encoded), options);
    decoder.decode_headers().map_err(flaw)?;
    let (out, channels) = match decoder.input_colorspace() {
        Some(ColorSpace::Luma) => (ColorSpace::Luma, 1),
        Some(ColorSpace::YCbCr) if !header.needs_colours() => (ColorSpace::Luma, 1),
        Some(ColorSpace::YCbCr | ColorSpace::RGB | ColorSpace::CMYK | ColorSpace::YCCK) => {
            (ColorSpace::RGB, 3)
        }
        _ => return Err(ImageFlaw::UnknownFormat),
    };
    decoder.set_options(options.jpeg_set_out_colorspace(out));
    let size = decoder.dimensions().ok_or(ImageFlaw::Damaged)?;
    if (size.0 as u64, size.1 as u64) != (header.width, header.height) {
        return Err(ImageFlaw::Damaged);
    }
    limits.check(header.width, header.height, channels * header.pixels() + memory)?;
    let pixels = decoder.decode().map_err(flaw)?;
    if pixels.len() as u64 != channels * header.pixels() {
        return Err(ImageFlaw::Damaged);
    }
    Ok(Plane::new(grey_in_place(pixels, channels as usize), size.0, size.1, size.0))
}

/// What the file says before its first scan (ITU-T T.81, annex B).
struct Header {
    width: u64,
    height: u64,
    /// How many samples of each component there are in a unit, both ways.
    components: Vec<(u64, u64)>,
    is_progressive: bool,
    /// Whether the first scan has all components.
    is_first_complete: bool,
}

impl Header {
    fn read(encoded: &[u8]) -> Result<Self, ImageFlaw> {
        let mut bytes = encoded.iter().copied().skip(2);
        let mut next = || bytes.next().ok_or(ImageFlaw::Damaged);
        let mut frame = None;
        let mut before = 0;
        loop {
            let mut marker = next()?;
            // As the decoder does it: any number of fill bytes, and none of what is no marker.
            if before == 0xff {
                while matches!(marker, 0 | 0xff) {
                    before = marker;
                    marker = next()?;
                }
            }
            if before == 0xff {
                let length = u16::from_be_bytes([next()?, next()?]);
                let length = length.checked_sub(2).ok_or(ImageFlaw::Damaged)?;
                let segment =
                    (0..length).map(|_| next()).collect::<Result<Vec<u8>, ImageFlaw>>()?;
                match marker {
                    0xc0..=0xc2 => frame = Some((marker, segment)),
                    0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                        return Err(ImageFlaw::UnknownFormat);
                    }
                    0xda => {
                        let (marker, frame) = frame.ok_or(ImageFlaw::Damaged)?;
                        let in_scan = segment.first().copied().unwrap_or_default();
                        return Self::of(marker, &frame, in_scan).ok_or(ImageFlaw::Damaged);
                    }
                    _ => {}
                }
            }
            before = marker;
        }
    }

    /// From a frame header, and how many components the first scan has.
    fn of(marker: u8, frame: &[u8], in_scan: u8) -> Option<Self> {
        let (&[_, h1, h0, w1, w0, count], components) = frame.split_first_chunk()?;
        let sampling = |&[_, both, _]: &[u8; 3]| (u64::from(both >> 4), u64::from(both & 15));
        let components: Vec<_> = components.as_chunks().0.iter().map(sampling).collect();
        (components.len() == usize::from(count)).then(|| Self {
            width: u16::from_be_bytes([w1, w0]).into(),
            height: u16::from_be_bytes([h1, h0]).into(),
            is_progressive: marker == 0xc2,
            is_first_complete: in_scan == count,
            components,
        })
    }

    fn pixels(&self) -> u64 {
        self.width * self.height
    }

    /// The most samples that a component has in a unit, both ways.
    fn unit(&self) -> (u64, u64) {
        let most = |side: fn(&(u64, u64)) -> u64| self.components.iter().map(side).max();
        (most(|c| c.0).unwrap_or(1).max(1), most(|c| c.1).unwrap_or(1).max(1))
    }

    /// Whether the decoder garbles brightness when it is to give nothing else.
    fn needs_colours(&self) -> bool {
        self.is_progressive && matches!(self.unit(), (1, 2..))
    }

    /// Whether the decoder garbles it: it leaves out every other row of blocks.
    fn is_garbled(&self) -> bool {
        self.components.len() > 1 && self.has_more_scans() && self.unit().1 > 1
    }

    /// Whether a baseline image is not whole after the first scan.
    fn has_more_scans(&self) -> bool {
        !self.is_progressive && !self.is_first_complete
    }

    /// The memory that the decoder takes, besides what it puts out.
    fn decoding(&self) -> u64 {
        let (across, down) = self.unit();
        let (columns, rows) = (self.width.div_ceil(8 * across), self.height.div_ceil(8 * down));
        // Rows of units, as they are decoded and as they are upsampled, in two bytes each.
        let unit_rows = self.components.len() as u64 * columns * across * 8 * 48 * down;
        if !self.is_progressive && !self.has_more_scans() {
            return unit_rows;
        }
        // All coefficients are kept until the last scan, in two bytes each.
        let in_unit: u64 = self.components.iter().map(|(across, down)| 64 * across * down).sum();
        unit_rows + 2 * columns * rows * in_unit
    }
}

fn flaw(error: DecodeErrors) -> ImageFlaw {
    match error {
        DecodeErrors::Unsupported(_) => ImageFlaw::UnknownFormat,
        DecodeErrors::LargeDimensions(_) => ImageFlaw::TooLarge,
        _ => ImageFlaw::Damaged,
    }
}

// Encoders make about ten. Each of them goes over the whole image.
const MAX_SCANS: usize = 32;
