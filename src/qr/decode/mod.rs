//! From the modules of a code to its text, as ISO/IEC 18004 defines it.

mod format_information;
pub(super) mod layout;
mod reed_solomon;
mod segments;
mod version;

use format_information::FormatInformation;
use layout::DataModule;
use version::Blocks;
pub(super) use version::Version;

/// What the modules of a code say.
pub(super) struct Decoded {
    pub(super) text: Vec<u8>,
    version: Version,
    /// With the errors corrected.
    codewords: Vec<u8>,
    mask: u8,
    blocks: Blocks,
}

/// Decodes a code. `margin` says how far a module, given by its column and row, is below its
/// threshold: above zero, it is dark.
pub(super) fn decode(
    version: Version,
    with_erasures: bool,
    margin: impl Fn(usize, usize) -> f32,
) -> Option<Decoded> {
    let FormatInformation { level, mask } =
        FormatInformation::read(version, |x, y| margin(x, y) > 0.0)?;
    let margin_of = |module: &DataModule| {
        let (x, y) = module.place();
        margin(x, y)
    };
    let bytes = layout::data_modules(version).as_chunks::<8>().0;
    let bit = |module: &DataModule| u8::from((margin_of(module) > 0.0) ^ module.is_masked(mask));
    let codeword =
        |byte: &[_; 8]| byte.iter().fold(0, |codeword, module| codeword << 1 | bit(module));
    let mut codewords: Vec<u8> = bytes.iter().map(codeword).collect();
    // A codeword is as reliable as the module that is nearest to its threshold.
    let nearest = |byte: &[DataModule; 8]| {
        byte.iter().map(|module| margin_of(module).abs()).fold(f32::MAX, f32::min)
    };
    let unreliability: Option<Vec<f32>> =
        with_erasures.then(|| bytes.iter().map(|byte| -nearest(byte)).collect());
    let blocks = version.blocks(level);
    let data = reed_solomon::correct(&mut codewords, unreliability.as_deref(), blocks)?;
    // Data of nothing but zeros has no errors, and no text.
    let text = segments::text(&data, version).filter(|text| !text.is_empty())?;
    Some(Decoded { text, version, codewords, mask, blocks })
}

impl Decoded {
    /// Whether that is what other modules show, too, of which `margin` says what it does for
    /// [`decode`]: in each block, most of the parity is the same, and more of it than that of another
    /// code would be but once in three million. (The data of two codes may be the same for the most part.
    /// The parity is all different, if a single character is.)
    pub(super) fn is_shown_by(&self, margin: impl Fn(usize, usize) -> f32) -> bool {
        let Blocks { count, parity, .. } = self.blocks;
        let bytes = layout::data_modules(self.version).as_chunks::<8>().0;
        let parity_start = self.codewords.len() - count * parity;
        (parity_start..parity_start + count).all(|first| {
            let (mut same, mut all, mut squares) = (0.0, 0.0, 0.0);
            for at in (first..self.codewords.len()).step_by(count) {
                for (bit, module) in bytes[at].iter().enumerate() {
                    let (x, y) = module.place();
                    let margin = margin(x, y);
                    let is_dark =
                        (self.codewords[at] >> (7 - bit) & 1 != 0) ^ module.is_masked(self.mask);
                    same += if is_dark { margin } else { -margin };
                    all += margin.abs();
                    squares += margin * margin;
                }
            }
            same > MIN_SAME * all && same > MIN_DEVIATIONS * f32::sqrt(squares)
        })
    }
}

// Of one code, seen well enough that it is of use.
const MIN_SAME: f32 = 0.4;
// The sum of as many margins with random signs exceeds five standard deviations once in 3.5 million.
const MIN_DEVIATIONS: f32 = 5.0;
