use super::detect::{PASSES, detect};
use super::{Frame, QrCode};
use crate::error::PictureFlaw;

/// Looks at the frames of a camera preview, each in one way, and at the next in the next.
#[derive(Default)]
pub(crate) struct Scanner {
    frames: usize,
}

impl Scanner {
    pub(crate) fn scan(&mut self, frame: Frame<'_>) -> Result<Vec<QrCode>, PictureFlaw> {
        // A frame that breaks the detector must not hold up the preview with the same pass for
        // ever.
        let turn = self.frames % PASSES.len();
        self.frames = self.frames.wrapping_add(1);
        match PASSES.get(turn) {
            Some(pass) => detect(&frame.to_gray(), *pass),
            None => Ok(Vec::new()),
        }
    }
}
