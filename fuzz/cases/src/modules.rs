//! Real codes of any version and with any segments, with any of their modules changed, alone or as
//! a wall: what comes after a grid was found. One alone is read by rqrr, too, and two texts that were
//! read are one. (The encoder panics on letters that a mode has not.)

use std::time::{Duration, Instant};

use qrcode::bits::Bits;
use qrcode::{Color, EcLevel, QrCode, Version};
use scan_login::qr::{Frame, inspect, read_frame};

/// What kind of segment each is, and its data.
type Segments = Vec<(u8, Vec<u8>)>;

type Input = (u8, u8, u8, Segments, Vec<(u8, u8)>);

pub(crate) fn run(input: &[u8]) {
    let Some((version, level, copies, segments, changes)) = super::read::<Input>(input) else {
        return;
    };
    // Walls are of small codes: a picture costs what its pixels do.
    let (number, copies) = match copies % 8 {
        0..6 => (version % 40 + 1, 1),
        copies => (version % 3 + 1, usize::from(copies)),
    };
    let version = Version::Normal(number.into());
    let level = [EcLevel::L, EcLevel::M, EcLevel::Q, EcLevel::H][usize::from(level % 4)];
    let mut bits = Bits::new(version);
    for (kind, data) in &segments {
        // What does not fit makes the code invalid, or is left out: both are of use.
        let _ = match kind % 5 {
            0 => bits
                .push_numeric_data(&data.iter().map(|byte| b'0' + byte % 10).collect::<Vec<_>>()),
            1 => bits.push_alphanumeric_data(
                &data.iter().map(|byte| b'A' + byte % 26).collect::<Vec<_>>(),
            ),
            2 => bits.push_fnc1_first_position(),
            3 => bits.push_eci_designator(u32::from(*kind) * 997),
            _ => bits.push_byte_data(data),
        };
    }
    if bits.push_terminator(level).is_err() {
        return;
    }
    let Ok(code) = QrCode::with_bits(bits, level) else { return };
    let size = code.width();
    let mut colors = code.to_colors();
    let changed = changes.len();
    for (x, y) in changes {
        let at = usize::from(y) % size * size + usize::from(x) % size;
        colors[at] = !colors[at];
    }
    let copy = (size + 8) * PIXELS;
    let side = copies * copy;
    let mut luma = vec![255; side * side];
    for (at, _) in colors.iter().enumerate().filter(|(_, color)| **color == Color::Dark) {
        let (left, top) = ((at % size + 4) * PIXELS, (at / size + 4) * PIXELS);
        for corner in (0..copies * copies).map(|at| (at % copies * copy, at / copies * copy)) {
            for row in top..top + PIXELS {
                luma[(corner.1 + row) * side + corner.0 + left..][..PIXELS].fill(0);
            }
        }
    }
    let Ok(frame) = Frame::new(&luma, side as u32, side as u32, side, 1) else { return };
    let _ = read_frame(&frame, Instant::now() + Duration::from_secs(5), |_| true);
    // rqrr has no FNC1, and misplaces the alignment patterns of version 21 (see tests/core/oracle.rs).
    let fnc1 = segments.iter().any(|(kind, _)| kind % 5 == 2);
    if copies > 1 || fnc1 || code.version() == Version::Normal(21) {
        return;
    }
    let dark = |x: usize, y: usize| colors[y * size + x] == Color::Dark;
    let mut text = Vec::new();
    let rqrr = rqrr::Grid::new(rqrr::SimpleGrid::from_func(size, dark)).decode_to(&mut text);
    let ours = inspect::decode(size, dark);
    match (rqrr, ours) {
        (Ok(_), Some(ours)) => assert_eq!(ours, text),
        (rqrr, ours) => {
            let intact = changed == 0 && !text.is_empty();
            assert!(!intact, "rqrr: {rqrr:?}, ours: {ours:?}");
        }
    }
}

const PIXELS: usize = 2;
