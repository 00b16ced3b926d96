//! Pictures in, the texts of QR codes out. Knows nothing of logins.

mod detect;
mod finders;
mod frame;
mod scanner;
mod still;

pub use frame::Frame;

pub(crate) use scanner::Scanner;
pub(crate) use still::read_still;

/// A point in a picture, in pixels from its top left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Corner {
    /// To the right.
    pub x: f32,
    /// Down.
    pub y: f32,
}

/// A QR code that was read: its bytes, and where it is. The corners go round the code, from the
/// finder pattern that the two others adjoin.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct QrCode {
    pub(crate) bytes: Vec<u8>,
    pub(crate) corners: [Corner; 4],
}
