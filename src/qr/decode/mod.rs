//! From the modules of a code to its text, as ISO/IEC 18004 defines it.

mod format_information;
pub(super) mod layout;
mod reed_solomon;
mod segments;
mod version;

use format_information::FormatInformation;
pub(super) use version::Version;

/// The text of a code, whose codewords are in `modules`. `margin` says how far a module is below its
/// threshold: above zero, it is dark.
pub(super) fn decode(
    version: Version,
    modules: &[(usize, usize)],
    with_erasures: bool,
    margin: impl Fn(usize, usize) -> f32,
) -> Option<Vec<u8>> {
    let format = FormatInformation::read(version, |x, y| margin(x, y) > 0.0)?;
    let bytes = modules.as_chunks::<8>().0;
    let bit = |(x, y): &(usize, usize)| {
        u8::from((margin(*x, *y) > 0.0) ^ layout::is_masked(format.mask, *x, *y))
    };
    let codeword =
        |byte: &[_; 8]| byte.iter().fold(0, |codeword, module| codeword << 1 | bit(module));
    let codewords: Vec<u8> = bytes.iter().map(codeword).collect();
    // A codeword is as reliable as the module that is nearest to its threshold.
    let nearest = |byte: &[(usize, usize); 8]| {
        byte.iter().map(|(x, y)| margin(*x, *y).abs()).fold(f32::MAX, f32::min)
    };
    let unreliability: Option<Vec<f32>> =
        with_erasures.then(|| bytes.iter().map(|byte| -nearest(byte)).collect());
    let blocks = version.blocks(format.level);
    let data = reed_solomon::data(&codewords, unreliability.as_deref(), blocks)?;
    // Data of nothing but zeros has no errors, and no text.
    segments::text(&data, version).filter(|text| !text.is_empty())
}
