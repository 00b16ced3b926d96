//! From the modules of a code to its text, as ISO/IEC 18004 defines it.

mod format_information;
pub(super) mod layout;
mod reed_solomon;
mod segments;
mod version;

use format_information::FormatInformation;
use layout::DataModule;
pub(super) use version::Version;

/// The text of a code. `margin` says how far a module, given by its column and row, is below its
/// threshold: above zero, it is dark.
pub(super) fn decode(
    version: Version,
    with_erasures: bool,
    margin: impl Fn(usize, usize) -> f32,
) -> Option<Vec<u8>> {
    let format = FormatInformation::read(version, |x, y| margin(x, y) > 0.0)?;
    let margin_of = |module: &DataModule| {
        let (x, y) = module.place();
        margin(x, y)
    };
    let bytes = layout::data_modules(version).as_chunks::<8>().0;
    let bit =
        |module: &DataModule| u8::from((margin_of(module) > 0.0) ^ module.is_masked(format.mask));
    let codeword =
        |byte: &[_; 8]| byte.iter().fold(0, |codeword, module| codeword << 1 | bit(module));
    let codewords: Vec<u8> = bytes.iter().map(codeword).collect();
    // A codeword is as reliable as the module that is nearest to its threshold.
    let nearest = |byte: &[DataModule; 8]| {
        byte.iter().map(|module| margin_of(module).abs()).fold(f32::MAX, f32::min)
    };
    let unreliability: Option<Vec<f32>> =
        with_erasures.then(|| bytes.iter().map(|byte| -nearest(byte)).collect());
    let blocks = version.blocks(format.level);
    let data = reed_solomon::data(&codewords, unreliability.as_deref(), blocks)?;
    // Data of nothing but zeros has no errors, and no text.
    segments::text(&data, version).filter(|text| !text.is_empty())
}
