use std::panic::{AssertUnwindSafe, catch_unwind};

use super::budget::Budget;
use super::detect::Detection;
use super::image::Plane;
use super::pass::{Findings, Place, Placed};
use super::passes::{Pass, Passes, Sharpen};
use super::sketch::Sketches;
use super::{Frame, ImageFlaw, ImagePoint, QrCode};

/// Searches the frames of a camera preview for QR codes: each frame in some ways, and the next one in
/// others, so that four frames in a row are searched in all of them. Where something like a code was
/// seen, that part of the frame is searched in all ways at once.
///
/// A frame without a code costs a few milliseconds. None is kept; but of a code that could not be read,
/// the brightness of its modules is, for up to six frames: together they may show what none of them
/// does.
#[derive(Debug, Default)]
pub struct Scanner {
    turn: usize,
    /// Whether the last frame got the same passes as the one before.
    repeated: bool,
    /// Where something like a code was seen last, and how many frames ago.
    hint: Option<(Place, usize)>,
    /// The same of a code that was read.
    code: Option<(Place, usize)>,
    sketches: Sketches,
    /// Width and height of the last frame.
    size: (usize, usize),
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
    /// A code that could not be read, because it is out of focus or moves. Where so little of it is
    /// seen that its corners are not, these are of the place where it was a few frames ago.
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
        let view = catch_unwind(AssertUnwindSafe(|| self.run_passes(&frame.plane(), turn)))
            .map_err(|_| ImageFlaw::DecoderFailed)?;
        // The passes that read a code will read it again; but others may read further codes.
        self.repeated = matches!(view, FrameView::Codes(_)) && !self.repeated;
        if self.repeated {
            self.turn = turn;
        }
        Ok(view)
    }

    fn run_passes(&mut self, plane: &Plane<'_>, turn: usize) -> FrameView {
        self.begin_frame((plane.width(), plane.height()));
        let focus = self.hint.map_or(plane.centre(), |(place, _)| place.middle);
        let budget = Budget::of_frame(plane);
        let passes = Passes::new(plane, &budget).focused(focus);
        let mut seen = Seen::default();
        for pass in TURNS[turn] {
            // The other passes only look for what the ones before did not read.
            if budget.is_over() || (!seen.codes.is_empty() && seen.unread.is_none()) {
                break;
            }
            if let Some(findings) = passes.run(*pass) {
                seen.add(*pass, findings);
            }
        }
        if seen.is_nothing() && passes.is_blurred() {
            for pass in [Pass::DEBLURRED, Pass::DEBLURRED_THIRD] {
                if let Some(findings) = passes.run(pass) {
                    seen.add(pass, findings);
                }
            }
        }
        let hint = seen.hint.map(|place| (place, 0)).or(self.hint);
        if seen.codes.is_empty()
            && let Some((place, age)) = hint.or(self.code)
        {
            seen.look_closer(plane, place.wider(1.0 + SHAKE * age as f32), &budget);
        }

        let Seen { mut codes, mut unread, hint, .. } = seen;
        if codes.is_empty()
            && let Some(detection) = &mut unread
        {
            codes.extend(detection.deblur());
        }
        if codes.is_empty()
            && let Some(detection) = &unread
        {
            codes.extend(self.sketches.read(detection.sketch.clone(), detection.corners));
        }
        self.hint = hint.map(|place| (place, 0)).or(self.hint);
        self.code = codes.first().map(|code| (Place::of(code), 0)).or(self.code);
        let blurred = || {
            let (place, _) = self.hint.or(self.code)?;
            let (part, _) = place.part_of(plane);
            let is_blurred = part.isotropy() < MOVED || Passes::new(&part, &budget).is_blurred();
            is_blurred.then(|| place.corners())
        };
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
            None => blurred().map_or(FrameView::Nothing, FrameView::Blurred),
        }
    }

    /// Forgets what was seen too long ago, or by another camera.
    fn begin_frame(&mut self, size: (usize, usize)) {
        if self.size != size {
            *self = Self { size, turn: self.turn, ..Self::default() };
        }
        self.sketches.begin_frame();
        for seen in [&mut self.hint, &mut self.code] {
            let older = seen.map(|(place, age)| (place, age + 1));
            *seen = older.filter(|(_, age)| *age <= FORGOTTEN_AFTER);
        }
    }
}

/// What was seen in a frame.
#[derive(Default)]
struct Seen {
    codes: Vec<QrCode>,
    /// The code that is seen best of those that could not be read.
    unread: Option<Detection>,
    /// How often one could not be read.
    attempts: usize,
    hint: Option<Place>,
}

impl Seen {
    fn add(&mut self, pass: Pass, findings: Findings) {
        self.hint = self.hint.or(findings.hint);
        QrCode::merge(&mut self.codes, findings.codes);
        let Some(mut detection) = findings.unread else { return };
        if let Some(Sharpen::Defocus) = pass.sharpen {
            // It would hardly be seen without.
            detection.sharpness = 0.0;
        }
        self.attempts += 1;
        let likeness = |detection: &Detection| detection.sketch.likeness();
        if self.unread.as_ref().is_none_or(|known| likeness(known) < likeness(&detection)) {
            self.unread = Some(detection);
        }
    }

    fn is_nothing(&self) -> bool {
        self.codes.is_empty() && self.unread.is_none() && self.hint.is_none()
    }

    /// Searches a part of the frame in all ways.
    fn look_closer(&mut self, plane: &Plane<'_>, place: Place, budget: &Budget) {
        let (part, corner) = place.part_of(plane);
        let passes = Passes::new(&part, budget);
        for pass in Pass::ALL {
            // Where a code was found again and again, another way to find it does not help.
            if budget.is_over() || !self.codes.is_empty() || self.attempts >= MAX_ATTEMPTS {
                break;
            }
            if let Some(findings) = passes.run(pass) {
                self.add(pass, findings.in_image(Placed { scale: 1.0, corner }));
            }
        }
    }
}

// Each turn costs about as much as the others: `FINER` is for large frames, `DOUBLED` for small ones.
// A third of the size costs a tenth, and is where noise and the pixels of a screen vanish.
const TURNS: [&[Pass]; 4] = [
    &[Pass::BASE, Pass::HALF, Pass::THIRD],
    &[Pass::LOCAL_MEAN, Pass::NEAR_WHITE, Pass::THIRD],
    &[Pass::FINER, Pass::DOUBLED, Pass::SHARPENED, Pass::THIRD],
    &[Pass::DEBLURRED, Pass::DEBLURRED_THIRD, Pass::HALF, Pass::MERGED],
];
const MAX_ATTEMPTS: usize = 3;
// In frames.
const FORGOTTEN_AFTER: usize = 6;
// How much farther away a code may be with each frame, as a share of its size: the hand shakes.
const SHAKE: f32 = 0.1;
// How much weaker changes are along a direction: where a code moves by two modules, it is half or less.
const MOVED: f32 = 0.5;
// In pixels. Good frames are read down to 1.3 pixels a module: a code that is not read below this
// size is too small, whatever else is wrong with it.
const SMALL: f32 = 2.2;
// Half of the contrast is left when the blur is as wide as half a module.
const BLURRED: f32 = 0.5;
