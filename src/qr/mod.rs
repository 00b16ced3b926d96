//! Reads QR codes: images in, texts out. Knows nothing of logins. Clauses of ISO/IEC 18004 are those
//! of its edition of 2015.
//!
//! | file | what |
//! | --- | --- |
//! | `still`, `scanner` | the two entry points: an image, and the frames of a camera preview |
//! | `sketch` | what the frames of a preview show together of a code that none of them shows well enough |
//! | `passes` | at which scales, and with which thresholds, an image is searched |
//! | `budget` | when a search ends: after so much work, or at a time |
//! | `pass` | the search of one binarized image: which three finder patterns may belong to one code |
//! | `image/` | grey images: decoded (`image_file`, and a file for each format), borrowed from a camera (`frame`), scaled (`plane`), and binarized (`binarize`, `integral`) |
//! | `detect/` | from three finder patterns to the brightness of each module: the patterns (`finder`, `finder_outline`), how many modules there are (`dimension`, `timing`), where they are, also on paper that bends (`homography`, `alignment`, `mesh`, `mesh_fit`), and how bright they are (`samples`), without the blur between them (`deblur`) |
//! | `decode/` | from modules to text, as ISO/IEC 18004 defines it; uses nothing of the others |

// Pixels and modules are indexed everywhere. The functions that make the indices keep them in bounds;
// should one be wrong, both entry points turn the panic into an error.
#![allow(clippy::indexing_slicing, reason = "pixels and modules are indexed everywhere")]
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on fails"))]

mod budget;
mod decode;
mod detect;
mod image;
#[cfg(feature = "inspect")]
#[doc(hidden)]
pub mod inspect;
mod pass;
mod passes;
mod scanner;
mod sketch;
mod still;

pub use self::image::{Frame, ImageFlaw, ImageLimits};
pub use scanner::{FrameView, Scanner};
pub use still::{read_frame, read_image};

/// A point in an image, in pixels from its top left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ImagePoint {
    /// How far to the right.
    pub x: f32,
    /// How far down.
    pub y: f32,
}

/// A QR code that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct QrCode {
    /// The text, as it is in the code: usually UTF-8, but no rule requires that.
    pub bytes: Vec<u8>,
    /// Its corners, clockwise in the image, from the one whose finder pattern is next to both others.
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

    /// Whether it is the same text at the same place.
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
