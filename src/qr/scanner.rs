use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::deadline::Deadline;
use super::detect::Detection;
use super::passes::{Pass, Passes};
use super::{Frame, ImageFlaw, ImagePoint, QrCode};

/// Searches the frames of a camera preview for QR codes: two passes over each frame, and the next
/// two over the next, so that four frames in a row get all eight passes.
///
/// A frame without a code costs a few milliseconds, and none is kept.
#[derive(Debug, Default)]
pub struct Scanner {
    turn: usize,
    /// Whether the last frame got the same passes as the one before.
    repeated: bool,
    /// Where something like a code was seen last, and how many frames ago.
    hint: Option<(ImagePoint, usize)>,
}

/// What a frame shows.
#[derive(Clone, Debug, PartialEq)]
pub enum FrameView {
    /// QR codes: at least one.
    Codes(Vec<QrCode>),
    /// A code that could not be read.
    Unread([ImagePoint; 4]),
    /// A code that could not be read, whose modules have too few pixels.
    TooSmall([ImagePoint; 4]),
    /// A code that could not be read, because it is out of focus or moves.
    Blurred([ImagePoint; 4]),
    /// Too little light to see anything.
    TooDark,
    /// None of these.
    Nothing,
}

impl Scanner {
    /// Searches one frame.
    pub fn scan(&mut self, frame: &Frame<'_>) -> Result<FrameView, ImageFlaw> {
        let turn = self.turn % TURNS.len();
        // Should a pass fail on such frames, the next frame must get other passes.
        self.turn = turn + 1;
        let view = catch_unwind(AssertUnwindSafe(|| self.run_passes(frame, turn)))
            .map_err(|_| ImageFlaw::DecoderFailed)?;
        // The passes that read a code will read it again; but others may read further codes.
        self.repeated = matches!(view, FrameView::Codes(_)) && !self.repeated;
        if self.repeated {
            self.turn = turn;
        }
        Ok(view)
    }

    fn run_passes(&mut self, frame: &Frame<'_>, turn: usize) -> FrameView {
        let plane = frame.plane();
        self.hint = self.hint.filter(|(_, age)| *age < TURNS.len());
        let focus = self.hint.map_or(plane.centre(), |(place, _)| place);
        self.hint = self.hint.map(|(place, age)| (place, age + 1));

        let deadline = Deadline::after_work(TIME_LIMIT);
        let passes = Passes::new(&plane, deadline).focused(focus);
        let mut codes = Vec::new();
        let mut unread = None;
        let mut hint = None;
        for pass in TURNS[turn] {
            if deadline.is_over() {
                break;
            }
            let Some(findings) = passes.run(pass) else { continue };
            hint = hint.or(findings.hint);
            QrCode::merge(&mut codes, findings.codes);
            // After sharpening, how sharp the frame was is unknown.
            let seen =
                findings.unread.filter(|detection| !pass.sharpen || detection.module_size < SMALL);
            unread = unread.or(seen);
        }
        self.hint = hint.map(|place| (place, 0)).or(self.hint);
        match unread {
            _ if !codes.is_empty() => FrameView::Codes(codes),
            Some(Detection { corners, module_size, .. }) if module_size < SMALL => {
                FrameView::TooSmall(corners)
            }
            Some(Detection { corners, sharpness, .. }) if sharpness < BLURRED => {
                FrameView::Blurred(corners)
            }
            Some(Detection { corners, .. }) => FrameView::Unread(corners),
            None if passes.is_too_dark() => FrameView::TooDark,
            None => FrameView::Nothing,
        }
    }
}

// Each turn costs about as much as the others: `FINER` is for large frames, `DOUBLED` for small ones.
const TURNS: [[Pass; 2]; 4] = [
    [Pass::BASE, Pass::HALF],
    [Pass::LOCAL_MEAN, Pass::NEAR_WHITE],
    [Pass::FINER, Pass::DOUBLED],
    [Pass::SHARPENED, Pass::THIRD],
];
// Of work. A safeguard for frames full of codes that cannot be read.
const TIME_LIMIT: Duration = Duration::from_millis(50);
// In pixels. Good frames are read down to 1.3 pixels a module: a code that is not read below this
// size is too small, whatever else is wrong with it.
const SMALL: f32 = 2.2;
// Half of the contrast is left when the blur is as wide as half a module.
const BLURRED: f32 = 0.5;
