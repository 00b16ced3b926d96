use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use super::detect::Detection;
use super::passes::{Ladder, Rung};
use super::{Frame, ImageFlaw, ImagePoint, QrCode};

/// Looks for QR codes in the frames of a camera preview: at each in two ways, and at the next in
/// the next two, so that four frames in a row are looked at in every way that may show something.
///
/// A frame without a code costs a few milliseconds, and none is kept.
#[derive(Debug, Default)]
pub struct Scanner {
    turn: usize,
    /// Whether the last frame was looked at as the one before.
    stayed: bool,
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
    /// Looks at one frame.
    pub fn scan(&mut self, frame: &Frame<'_>) -> Result<FrameView, ImageFlaw> {
        let turn = self.turn % TURNS.len();
        // A frame that makes this fail must not meet the same way to look for ever.
        self.turn = turn + 1;
        let view = catch_unwind(AssertUnwindSafe(|| self.look(frame, turn)))
            .map_err(|_| ImageFlaw::DecoderFailed)?;
        // What has read a code will read it again; but there may be others that it does not see.
        self.stayed = matches!(view, FrameView::Codes(_)) && !self.stayed;
        if self.stayed {
            self.turn = turn;
        }
        Ok(view)
    }

    fn look(&mut self, frame: &Frame<'_>, turn: usize) -> FrameView {
        let plane = frame.plane();
        self.hint = self.hint.filter(|(_, age)| *age < TURNS.len());
        let focus = self.hint.map_or(plane.centre(), |(place, _)| place);
        self.hint = self.hint.map(|(place, age)| (place, age + 1));

        let deadline = Instant::now() + TIME_LIMIT;
        let ladder = Ladder::new(&plane, deadline).focused(focus);
        let mut codes = Vec::new();
        let mut unread = None;
        let mut hint = None;
        for rung in TURNS[turn] {
            if Instant::now() >= deadline {
                break;
            }
            let Some(findings) = ladder.look(rung) else { continue };
            hint = hint.or(findings.hint);
            QrCode::merge(&mut codes, findings.codes);
            // How sharp it is cannot be told once it was made sharper.
            let seen =
                findings.unread.filter(|detection| !rung.sharpens() || detection.module < SMALL);
            unread = unread.or(seen);
        }
        self.hint = hint.map(|place| (place, 0)).or(self.hint);
        match unread {
            _ if !codes.is_empty() => FrameView::Codes(codes),
            Some(Detection { corners, module, .. }) if module < SMALL => {
                FrameView::TooSmall(corners)
            }
            Some(Detection { corners, sharpness, .. }) if sharpness < BLURRED => {
                FrameView::Blurred(corners)
            }
            Some(Detection { corners, .. }) => FrameView::Unread(corners),
            None if ladder.is_too_dark() => FrameView::TooDark,
            None => FrameView::Nothing,
        }
    }
}

// Each about as dear as the others: a frame is either looked at more finely or doubled.
const TURNS: [[Rung; 2]; 4] = [
    [Rung::Plain, Rung::Half],
    [Rung::Mean, Rung::Light],
    [Rung::Finer, Rung::Doubled],
    [Rung::Sharpened, Rung::Third],
];
// A safeguard for frames full of codes that cannot be read.
const TIME_LIMIT: Duration = Duration::from_millis(50);
// In pixels. Codes of 1.3 pixels a module are read when they are seen well: what is not with fewer
// than this is short of pixels, whatever else it suffers from.
const SMALL: f32 = 2.2;
// Half of the contrast is left where the blur is as wide as half a module.
const BLURRED: f32 = 0.5;
