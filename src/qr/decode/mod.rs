//! From the modules of a code to its text, as ISO/IEC 18004 has it.

mod format_information;
pub(super) mod layout;
mod reed_solomon;
mod segments;

use format_information::Format;

/// `margin` says how far a module is below its threshold: above zero, it is dark.
pub(super) fn decode(
    size: usize,
    modules: &[(usize, usize)],
    doubtful: bool,
    margin: impl Fn(usize, usize) -> f32,
) -> Option<Vec<u8>> {
    let format = Format::read(size, |x, y| margin(x, y) > 0.0)?;
    let bytes = modules.as_chunks::<8>().0;
    let bit = |(x, y): &(usize, usize)| {
        u8::from((margin(*x, *y) > 0.0) ^ layout::is_masked(format.mask, *x, *y))
    };
    let codeword =
        |byte: &[_; 8]| byte.iter().fold(0, |codeword, module| codeword << 1 | bit(module));
    let codewords: Vec<u8> = bytes.iter().map(codeword).collect();
    // A codeword is as little to be relied on as the module that is nearest to its threshold.
    let nearest = |byte: &[(usize, usize); 8]| {
        byte.iter().map(|(x, y)| margin(*x, *y).abs()).fold(f32::MAX, f32::min)
    };
    let doubt: Option<Vec<f32>> =
        doubtful.then(|| bytes.iter().map(|byte| -nearest(byte)).collect());
    let version = (size - 17) / 4;
    let data = reed_solomon::data(&codewords, doubt.as_deref(), version, format.level)?;
    // Data of nothing but zeros is without errors, and says nothing.
    segments::text(&data, version).filter(|text| !text.is_empty())
}
