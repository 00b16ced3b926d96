//! Codes that no frame of a preview shows well enough, read from several frames together: glare, noise
//! and the pattern of a screen's pixels are elsewhere in each, the modules are not.
//!
//! What a frame shows of a code is kept as a [`Sketch`]. Sketches of the same place and version are
//! added up, module by module, which for independent noise is the most likely reading (as soft
//! decisions are combined in [Chase, "Code combining", IEEE Trans. Communications 33, 1985]). Error
//! correction judges the sum, as it does a single frame.
//!
//! A page may show another code at the same place at any time. A sum of both could have one block of
//! codewords of the first and one of the second, each of them right by itself. So a text counts only
//! if each of the sketches it was made of shows it too, block by block: [`Decoded::is_shown_by`].

use std::collections::VecDeque;

use super::decode::{Decoded, Version, decode, layout};
use super::{ImagePoint, QrCode, middle};

/// What one frame shows of a code.
#[derive(Clone, Debug)]
pub(super) struct Sketch {
    version: Version,
    /// How dark each module is, row by row, from -1 to 1: above zero, it is rather dark than light.
    margins: Vec<f32>,
    /// How well the modules are seen whose colours are known: 1 if all are, 0 if it is chance.
    likeness: f32,
}

/// The sketches of the last frames.
#[derive(Debug, Default)]
pub(super) struct Sketches {
    /// The newest first.
    kept: VecDeque<Kept>,
}

#[derive(Debug)]
struct Kept {
    sketch: Sketch,
    corners: [ImagePoint; 4],
    /// In frames.
    age: usize,
}

impl Sketch {
    /// `margins` says of each module, row by row, how far it is below its threshold, in any unit.
    pub(super) fn new(version: Version, mut margins: Vec<f32>) -> Self {
        let sum = margins.iter().map(|margin| margin.abs()).sum::<f32>();
        let largest = (2.0 * sum / margins.len() as f32).max(f32::MIN_POSITIVE);
        margins.iter_mut().for_each(|margin| *margin = (*margin / largest).clamp(-1.0, 1.0));
        let (mut same, mut all) = (0.0, 0.0);
        for (dark, margin) in layout::patterns(version).into_iter().zip(&margins) {
            if let Some(dark) = dark {
                same += if dark { *margin } else { -margin };
                all += margin.abs();
            }
        }
        let likeness = if all > 0.0 { (same / all).max(0.0) } else { 0.0 };
        Self { version, margins, likeness }
    }

    pub(super) fn likeness(&self) -> f32 {
        self.likeness
    }
}

impl Kept {
    /// Whether it may be of the same code.
    fn is_near(&self, other: &Self) -> bool {
        let reach = self.corners[0].distance(self.corners[2]) / 2.0;
        self.sketch.version == other.sketch.version
            && middle(&self.corners).distance(middle(&other.corners)) < reach
    }
}

impl Sketches {
    /// Forgets what is too old.
    pub(super) fn begin_frame(&mut self) {
        self.kept.iter_mut().for_each(|kept| kept.age += 1);
        self.kept.retain(|kept| kept.age <= FORGOTTEN_AFTER);
    }

    /// Reads a code that this frame alone does not show well enough, and remembers what it shows.
    pub(super) fn read(&mut self, sketch: Sketch, corners: [ImagePoint; 4]) -> Option<QrCode> {
        let latest = Kept { sketch, corners, age: 0 };
        let known = self.kept.iter().filter(|kept| kept.is_near(&latest));
        let all: Vec<&Sketch> =
            [&latest].into_iter().chain(known).map(|kept| &kept.sketch).collect();
        // Among all may be some of a code that was there before.
        let decoded = [all.len(), 2, 3]
            .into_iter()
            .filter(|count| (2..=all.len()).contains(count))
            .find_map(|count| fused(&all[..count]));
        self.kept.truncate(MAX_KEPT - 1);
        self.kept.push_front(latest);
        decoded.map(|decoded| QrCode { bytes: decoded.text, corners })
    }
}

/// What several sketches of one version show together, and each of them.
fn fused(sketches: &[&Sketch]) -> Option<Decoded> {
    let version = sketches.first()?.version;
    let size = version.size();
    let mut sums = vec![0.0; size * size];
    for sketch in sketches {
        for (sum, margin) in sums.iter_mut().zip(&sketch.margins) {
            *sum += margin * sketch.likeness;
        }
    }
    let read = |with_erasures| decode(version, with_erasures, |x, y| sums[y * size + x]);
    let decoded = read(false).or_else(|| read(true))?;
    let is_shown = |sketch: &&Sketch| decoded.is_shown_by(|x, y| sketch.margins[y * size + x]);
    sketches.iter().all(is_shown).then_some(decoded)
}

// In frames: about a second of a preview.
const FORGOTTEN_AFTER: usize = 30;
// A sketch of the largest code takes 125 KB.
const MAX_KEPT: usize = 6;

#[cfg(test)]
mod tests {
    use super::{Sketch, Sketches};
    use crate::qr::ImagePoint;
    use crate::qr::decode::{Version, layout};

    const CORNERS: [ImagePoint; 4] = [
        ImagePoint { x: 0.0, y: 0.0 },
        ImagePoint { x: 90.0, y: 0.0 },
        ImagePoint { x: 90.0, y: 90.0 },
        ImagePoint { x: 0.0, y: 90.0 },
    ];

    /// A code of version 6 with two blocks, whose codewords take turns: one of each block.
    fn modules(text: &str) -> Vec<f32> {
        let version = qrcode::Version::Normal(6);
        let code = qrcode::QrCode::with_version(text, version, qrcode::EcLevel::L).unwrap();
        let dark = code.to_colors().into_iter().map(|color| color == qrcode::Color::Dark);
        dark.map(|dark| if dark { 1.0 } else { -1.0 }).collect()
    }

    /// A sketch in which the codewords of one block are seen a tenth as well as the rest.
    fn without_block(modules: &[f32], block: usize) -> Sketch {
        let version = Version::new(6).unwrap();
        let mut margins = modules.to_vec();
        for (codeword, bits) in layout::data_modules(version).as_chunks::<8>().0.iter().enumerate()
        {
            for (x, y) in bits.iter().map(|module| module.place()) {
                if codeword % 2 == block {
                    margins[y * version.size() + x] *= 0.1;
                }
            }
        }
        Sketch::new(version, margins)
    }

    fn text(first: char, second: char) -> String {
        let part = |letter: char, count: usize| letter.to_string().repeat(count);
        part(first, 60) + &part(second, 60)
    }

    #[test]
    fn frames_that_each_show_another_block_are_read_together() {
        let code = modules(&text('a', 'b'));
        let mut sketches = Sketches::default();
        assert_eq!(sketches.read(without_block(&code, 0), CORNERS), None);
        let read = sketches.read(without_block(&code, 1), CORNERS);
        assert_eq!(read.map(|code| code.bytes), Some(text('a', 'b').into_bytes()));
    }

    #[test]
    fn a_sum_with_one_block_of_each_of_two_codes_is_not_a_text() {
        let (one, other) = (modules(&text('a', 'b')), modules(&text('c', 'd')));
        let mut sketches = Sketches::default();
        assert_eq!(sketches.read(without_block(&one, 0), CORNERS), None);
        assert_eq!(sketches.read(without_block(&other, 1), CORNERS), None);
    }
}
