//! Pictures in, the texts of QR codes out. Knows nothing of logins. Clauses of ISO/IEC 18004 are
//! those of its edition of 2015.
//!
//! | file | what |
//! | --- | --- |
//! | `still`, `scanner` | the two ways in: an encoded picture, and the frames of a camera |
//! | `passes` | in which sizes, and against which thresholds, a picture is looked at |
//! | `pass` | which three finder patterns may be of one code |
//! | `image/` | grey pictures: decoded (`image_file`), borrowed from a camera (`frame`), scaled (`plane`), and told into dark and light (`binarize`, `integral`) |
//! | `detect/` | from three finder patterns to the brightness of each module: the patterns (`finder`, `finder_outline`), how many modules there are (`dimension`, `timing`), where they are seen on paper that bends (`homography`, `alignment`, `mesh`, `mesh_fit`), and how bright they are (`samples`) |
//! | `decode/` | from modules to text, as ISO/IEC 18004 has it; uses nothing of the others |

// That no index is out of bounds is for the functions that make the indices to see to; both ways in
// would turn a panic into an error.
#![allow(
    clippy::indexing_slicing,
    reason = "pixels and modules are gone through by index all over"
)]
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on fails"))]

mod decode;
mod detect;
mod image;
#[cfg(feature = "inspect")]
#[doc(hidden)]
pub mod inspect;
mod pass;
mod passes;
mod scanner;
mod still;

pub use self::image::{Frame, ImageFlaw, ImageLimits};
pub use scanner::{FrameView, Scanner};
pub use still::{read_frame, read_image};

/// A point in a picture, in pixels from its top left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ImagePoint {
    /// To the right.
    pub x: f32,
    /// Down.
    pub y: f32,
}

/// A QR code that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct QrCode {
    /// The text, as the code has it: UTF-8 by custom, but no rule makes it so.
    pub bytes: Vec<u8>,
    /// Where it is: clockwise, from the finder pattern that the two others adjoin.
    pub corners: [ImagePoint; 4],
}

impl QrCode {
    /// Adds those that are not there yet.
    fn merge(codes: &mut Vec<Self>, others: Vec<Self>) {
        for other in others {
            if codes.iter().all(|known| !known.is_same(&other)) {
                codes.push(other);
            }
        }
    }

    /// Whether a point is within it, or nearly.
    fn covers(&self, point: ImagePoint) -> bool {
        let reach = self.corners[0].distance(self.corners[2]) / 2.0;
        middle(&self.corners).distance(point) < reach
    }

    /// Whether it says the same at the same place.
    fn is_same(&self, other: &Self) -> bool {
        let reach = self.corners[0].distance(self.corners[2]) / 4.0;
        middle(&self.corners).distance(middle(&other.corners)) < reach && self.bytes == other.bytes
    }
}

impl ImagePoint {
    fn scaled(self, scale: f32) -> Self {
        Self { x: self.x * scale, y: self.y * scale }
    }

    fn distance(self, other: Self) -> f32 {
        (self.x - other.x).hypot(self.y - other.y)
    }
}

fn middle([a, b, c, d]: &[ImagePoint; 4]) -> ImagePoint {
    ImagePoint { x: (a.x + b.x + c.x + d.x) / 4.0, y: (a.y + b.y + c.y + d.y) / 4.0 }
}
