use std::fmt;
use std::sync::Arc;

use crate::api::Api;
use crate::client::login_code_among;
use crate::error::Error;
use crate::login_code::LoginCode;
use crate::qr::{Frame, Scanner};

/// Looks for a login code of the client's user pool in a camera preview, frame after frame.
///
/// Each frame is looked at in one way, in a bounded time, and the next in the next way: hand in
/// each frame that the camera gives while the scanner is idle, and drop the others.
pub struct FrameScanner {
    api: Arc<Api>,
    scanner: Scanner,
    in_view: Option<InView>,
}

/// What was reported last.
struct InView {
    texts: Vec<Vec<u8>>,
    frames_since_seen: usize,
}

/// What a frame shows.
#[derive(Clone, Debug, PartialEq)]
pub enum FrameResult {
    /// No QR code.
    NothingSeen,
    /// A login code that passed the checks. It is reported once while it stays in view.
    Found(LoginCode),
    /// What was reported before is still in view.
    StillInView,
}

impl FrameScanner {
    pub(crate) fn new(api: Arc<Api>) -> Self {
        Self { api, scanner: Scanner::default(), in_view: None }
    }

    /// Looks at one frame.
    ///
    /// Fails as [`Client::read_image`](crate::Client::read_image) does when a QR code is in view
    /// that cannot be used; that, too, is reported once while the code stays in view.
    pub fn scan(&mut self, frame: Frame<'_>) -> Result<FrameResult, Error> {
        let codes = self.scanner.scan(frame)?;
        if codes.is_empty() {
            self.in_view = self.in_view.take().and_then(InView::unseen);
            return Ok(FrameResult::NothingSeen);
        }
        let mut texts: Vec<_> = codes.iter().map(|code| code.bytes.clone()).collect();
        texts.sort();
        let known = self.in_view.as_ref().is_some_and(|in_view| in_view.texts == texts);
        self.in_view = Some(InView { texts, frames_since_seen: 0 });
        if known {
            return Ok(FrameResult::StillInView);
        }
        login_code_among(&self.api, codes).map(FrameResult::Found)
    }
}

impl InView {
    fn unseen(self) -> Option<Self> {
        let frames_since_seen = self.frames_since_seen + 1;
        (frames_since_seen < FORGOTTEN_AFTER).then_some(Self { frames_since_seen, ..self })
    }
}

impl fmt::Debug for FrameScanner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrameScanner").finish_non_exhaustive()
    }
}

// About a second of a preview: a code that is hard to read comes and goes.
const FORGOTTEN_AFTER: usize = 30;
