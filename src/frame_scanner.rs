use std::fmt;
use std::sync::Arc;

use crate::code_checker::CodeChecker;
use crate::code_source::CodeSource;
use crate::error::Error;
use crate::login_code::LoginCode;
use crate::qr::{Frame, FrameView, ImagePoint, QrCode, Scanner};

/// Looks for a login code of the client's user pool in a camera preview, frame after frame.
///
/// Each frame is searched in some of many ways, within a bounded time, and the next frame in
/// others: hand in each frame that arrives while the scanner is idle, and drop the others.
pub struct FrameScanner {
    checker: Arc<CodeChecker>,
    scanner: Scanner,
    in_view: Vec<InView>,
    /// What was said of the codes in view.
    reported: Option<Result<LoginCode, Error>>,
}

/// A code that one of the last frames showed: one that is hard to read comes and goes.
struct InView {
    code: QrCode,
    frames_since_seen: usize,
}

/// What a frame shows.
#[derive(Clone, Debug, PartialEq)]
pub enum FrameResult {
    /// A login code that passed the checks. It is reported once while it stays in view.
    Found {
        /// The code.
        code: LoginCode,
        /// Where it is: clockwise, from the finder pattern that the two others adjoin.
        corners: [ImagePoint; 4],
    },
    /// What was reported before is still in view. To see it again, make a new scanner.
    StillInView,
    /// A QR code that could not be read from this frame. One of the next may show it better.
    CodeSeenButUnread {
        /// Where it is.
        corners: [ImagePoint; 4],
    },
    /// A QR code that could not be read from this frame, because its modules have too few
    /// pixels: the camera has to be closer.
    TooSmall {
        /// Where it is.
        corners: [ImagePoint; 4],
    },
    /// A QR code that could not be read from this frame, because it is out of focus or
    /// moves.
    Blurred {
        /// Where it is, or was a few frames ago.
        corners: [ImagePoint; 4],
    },
    /// Too little light to see anything.
    TooDark,
    /// No QR code.
    NothingSeen,
}

impl FrameScanner {
    pub(crate) fn new(checker: Arc<CodeChecker>) -> Self {
        Self { checker, scanner: Scanner::default(), in_view: Vec::new(), reported: None }
    }

    /// Looks at one frame.
    ///
    /// Fails as [`Client::read_image`](crate::Client::read_image) does when a QR code is in view
    /// that cannot be used; that, too, is reported once while the code stays in view.
    pub fn scan(&mut self, frame: Frame<'_>) -> Result<FrameResult, Error> {
        let view = self.scanner.scan(&frame)?;
        for in_view in &mut self.in_view {
            in_view.frames_since_seen += 1;
        }
        self.in_view.retain(|in_view| in_view.frames_since_seen < FORGOTTEN_AFTER);
        if self.in_view.is_empty() {
            self.reported = None;
        }
        Ok(match view {
            FrameView::Codes(codes) => return self.report(codes),
            FrameView::Unread(corners) => FrameResult::CodeSeenButUnread { corners },
            FrameView::TooSmall(corners) => FrameResult::TooSmall { corners },
            FrameView::Blurred(corners) => FrameResult::Blurred { corners },
            FrameView::TooDark => FrameResult::TooDark,
            FrameView::Nothing => FrameResult::NothingSeen,
        })
    }

    /// Says what the codes in view come to, if that has changed.
    fn report(&mut self, codes: Vec<QrCode>) -> Result<FrameResult, Error> {
        self.in_view.retain(|known| codes.iter().all(|code| code.bytes != known.code.bytes));
        let seen = codes.into_iter().map(|code| InView { code, frames_since_seen: 0 });
        self.in_view.extend(seen);
        let in_view = self.in_view.iter().map(|in_view| in_view.code.clone()).collect();
        let outcome = self.checker.choose(CodeSource::Camera, in_view);
        let report = outcome.as_ref().map(|(code, _)| code.clone()).map_err(Error::clone);
        let is_known = match (&self.reported, &report) {
            // Where they are changes with each frame.
            (Some(Err(Error::SeveralLoginCodes { .. })), Err(Error::SeveralLoginCodes { .. })) => {
                true
            }
            (known, report) => known.as_ref() == Some(report),
        };
        self.reported = Some(report);
        if is_known {
            return Ok(FrameResult::StillInView);
        }
        outcome.map(|(code, corners)| FrameResult::Found { code, corners })
    }
}

impl fmt::Debug for FrameScanner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrameScanner").finish_non_exhaustive()
    }
}

// About a second of a preview.
const FORGOTTEN_AFTER: usize = 30;
