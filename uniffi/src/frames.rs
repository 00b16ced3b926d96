use std::sync::{Arc, Mutex, PoisonError};

use scan_login as core;

use crate::error::{ImagePoint, ScanLoginError, corner_list};
use crate::guard::guarded;
use crate::login::LoginCode;

/// Looks for a login code of the client's user pool in a camera preview, frame after frame.
///
/// Hand in each frame that the camera gives while the scanner is idle, and drop the others.
#[derive(uniffi::Object)]
pub struct FrameScanner(Mutex<core::FrameScanner>);

/// What a frame shows. Corners go clockwise, from the finder pattern that the two others adjoin.
#[derive(uniffi::Enum)]
pub enum FrameResult {
    /// A login code that passed the checks. It is reported once while it stays in view.
    Found {
        /// The code.
        code: Arc<LoginCode>,
        /// Where it is.
        corners: Vec<ImagePoint>,
    },
    /// What was reported before is still in view.
    StillInView,
    /// A QR code that could not be read from this frame. One of the next may show it better.
    CodeSeenButUnread {
        /// Where it is.
        corners: Vec<ImagePoint>,
    },
    /// A QR code that could not be read from this frame, since its modules have too few pixels: ask
    /// the user to go nearer.
    TooSmall {
        /// Where it is.
        corners: Vec<ImagePoint>,
    },
    /// A QR code that could not be read from this frame, since it is out of focus or moves: ask the
    /// user to hold still.
    Blurred {
        /// Where it is.
        corners: Vec<ImagePoint>,
    },
    /// Too little light to see anything.
    TooDark,
    /// No QR code.
    NothingSeen,
}

impl FrameScanner {
    pub(crate) fn new(scanner: core::FrameScanner) -> Self {
        Self(Mutex::new(scanner))
    }
}

#[uniffi::export]
impl FrameScanner {
    /// Looks at one frame, on the calling thread: call it on one that may be busy for some ten
    /// milliseconds. The plane is only read, not copied to the other side.
    ///
    /// `luma` is the plane of brightness values, such as the Y plane of a YUV picture; `width` and
    /// `height` are in pixels, `row_stride` and `pixel_stride` the distances in bytes from a row and
    /// from a pixel to the next.
    ///
    /// Fails as reading a picture does when a QR code is in view that cannot be used; that, too, is
    /// reported once while the code stays in view.
    pub fn scan(
        &self,
        luma: &[u8],
        width: u32,
        height: u32,
        row_stride: u32,
        pixel_stride: u32,
    ) -> Result<FrameResult, ScanLoginError> {
        let result = guarded(|| {
            let (row_stride, pixel_stride) = (row_stride as usize, pixel_stride as usize);
            let frame = core::Frame::new(luma, width, height, row_stride, pixel_stride)?;
            self.0.lock().unwrap_or_else(PoisonError::into_inner).scan(frame)
        });
        Ok(match result? {
            core::FrameResult::Found { code, corners } => FrameResult::Found {
                code: Arc::new(LoginCode(code)),
                corners: corner_list(corners),
            },
            core::FrameResult::StillInView => FrameResult::StillInView,
            core::FrameResult::CodeSeenButUnread { corners } => {
                FrameResult::CodeSeenButUnread { corners: corner_list(corners) }
            }
            core::FrameResult::TooSmall { corners } => {
                FrameResult::TooSmall { corners: corner_list(corners) }
            }
            core::FrameResult::Blurred { corners } => {
                FrameResult::Blurred { corners: corner_list(corners) }
            }
            core::FrameResult::TooDark => FrameResult::TooDark,
            core::FrameResult::NothingSeen => FrameResult::NothingSeen,
        })
    }
}
