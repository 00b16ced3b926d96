use std::sync::{Mutex, PoisonError};

use scan_login as core;

use crate::error::{CallError, ErrorDetails, ImagePoint, corner_list};
use crate::login::LoginCode;
use crate::runtime::guarded;

/// Looks for a login code of the client's user pool in a camera preview, frame after frame.
#[derive(uniffi::Object)]
pub struct FrameScanner(Mutex<core::FrameScanner>);

/// What a frame shows. Corners go clockwise, from the finder pattern that the two others adjoin.
#[derive(uniffi::Enum)]
pub enum FrameResult {
    Found {
        code: LoginCode,
        corners: Vec<ImagePoint>,
    },
    /// A QR code that cannot be used, or a frame that cannot be read.
    Refused {
        details: ErrorDetails,
    },
    StillInView,
    CodeSeenButUnread {
        corners: Vec<ImagePoint>,
    },
    TooSmall {
        corners: Vec<ImagePoint>,
    },
    Blurred {
        corners: Vec<ImagePoint>,
    },
    TooDark,
    NothingSeen,
}

impl FrameScanner {
    pub(crate) fn new(scanner: core::FrameScanner) -> Self {
        Self(Mutex::new(scanner))
    }
}

#[uniffi::export]
impl FrameScanner {
    /// Looks at one frame, on the calling thread. The plane is only read, not copied.
    ///
    /// `width` and `height` are in pixels, the strides in bytes.
    pub fn scan(
        &self,
        luma: &[u8],
        width: u32,
        height: u32,
        row_stride: u32,
        pixel_stride: u32,
    ) -> FrameResult {
        let result = guarded(|| {
            let (row_stride, pixel_stride) = (row_stride as usize, pixel_stride as usize);
            let frame = core::Frame::new(luma, width, height, row_stride, pixel_stride)?;
            self.0.lock().unwrap_or_else(PoisonError::into_inner).scan(frame)
        });
        match result {
            Ok(result) => result.into(),
            Err(CallError::Failed { details }) => FrameResult::Refused { details },
            // There is no handle to cancel it with.
            Err(CallError::Cancelled) => {
                FrameResult::Refused { details: core::Error::Internal.into() }
            }
        }
    }
}

impl From<core::FrameResult> for FrameResult {
    fn from(result: core::FrameResult) -> Self {
        match result {
            core::FrameResult::Found { code, corners } => {
                Self::Found { code: code.into(), corners: corner_list(corners) }
            }
            core::FrameResult::StillInView => Self::StillInView,
            core::FrameResult::CodeSeenButUnread { corners } => {
                Self::CodeSeenButUnread { corners: corner_list(corners) }
            }
            core::FrameResult::TooSmall { corners } => {
                Self::TooSmall { corners: corner_list(corners) }
            }
            core::FrameResult::Blurred { corners } => {
                Self::Blurred { corners: corner_list(corners) }
            }
            core::FrameResult::TooDark => Self::TooDark,
            core::FrameResult::NothingSeen => Self::NothingSeen,
        }
    }
}
