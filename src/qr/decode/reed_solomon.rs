//! Error correction: from the codewords as they stand in a code to the data.

/// The data of a code of `version` (1 to 40) with error correction `level`, from its codewords in
/// the order of ISO/IEC 18004, 7.6.
///
/// `doubt`, if given, says of each codeword how little it is to be relied on. Then those most in
/// doubt are taken for unknown, of which twice as many can be corrected as of errors.
pub(super) fn data(
    codewords: &[u8],
    doubt: Option<&[f32]>,
    version: usize,
    level: Level,
) -> Option<Vec<u8>> {
    let (count, parity) = blocks(version, level)?;
    let shortest = codewords.len() / count;
    let short_blocks = count - codewords.len() % count;
    let data_in_shortest = shortest.checked_sub(parity)?;
    let parity_start = codewords.len() - count * parity;
    let mut data = Vec::with_capacity(parity_start);
    for block in 0..count {
        // The data of all blocks is interleaved, the longer blocks' last codewords being left over;
        // then the parity of all.
        let last = (block >= short_blocks).then(|| data_in_shortest * count + block - short_blocks);
        let places: Vec<usize> = (0..data_in_shortest)
            .map(|i| i * count + block)
            .chain(last)
            .chain((0..parity).map(|i| parity_start + i * count + block))
            .collect();
        let received: Vec<u8> = places.iter().map(|place| codewords[*place]).collect();
        let corrected = match doubt {
            None => corrected(&received, parity, reserved(version, level), &[])?,
            Some(doubt) => {
                let mut order: Vec<usize> = (0..received.len()).collect();
                order.sort_by(|a, b| doubt[places[*b]].total_cmp(&doubt[places[*a]]));
                let most = parity.saturating_sub(RESERVED_OF_UNKNOWN);
                [0, most / 3, 2 * most / 3, most].into_iter().find_map(|unknown| {
                    corrected(&received, parity, RESERVED_OF_UNKNOWN, &order[..unknown])
                })?
            }
        };
        data.extend_from_slice(&corrected[..places.len() - parity]);
    }
    Some(data)
}

/// How much of a code is there to correct errors (ISO/IEC 18004, 7.5.1): least to most L, M, Q, H.
#[derive(Clone, Copy, Debug)]
pub(super) enum Level {
    L,
    M,
    Q,
    H,
}

/// The codewords of a Reed-Solomon block over GF(256), of which the last `parity` ones are parity,
/// with the errors corrected. `unknown` are the places of codewords not to be relied on; `reserved`
/// is how much of the parity is only there to tell whether it went well.
fn corrected(
    received: &[u8],
    parity: usize,
    reserved: usize,
    unknown: &[usize],
) -> Option<Vec<u8>> {
    let syndromes = syndromes(received, parity);
    let mut block = received.to_vec();
    if syndromes.iter().all(|syndrome| *syndrome == 0) {
        return Some(block);
    }
    let last = block.len() - 1;
    let (locator, degree) = locator(&syndromes, unknown.iter().map(|at| power(last - at)));
    let errors = degree.saturating_sub(unknown.len());
    if 2 * errors + unknown.len() > parity - reserved {
        return None;
    }

    // Forney's algorithm.
    let values: Vec<u8> = (0..parity)
        .map(|i| (0..=i).fold(0, |sum, j| sum ^ multiply(locator[j], syndromes[i - j])))
        .collect();
    // The derivative keeps the odd degrees, one lower.
    let derivative: Vec<u8> = (1..=parity).map(|i| locator[i] * (i % 2) as u8).collect();
    let mut roots = 0;
    for (at, codeword) in block.iter_mut().enumerate() {
        let place = power(last - at);
        if evaluate(&locator, inverse(place)) != 0 {
            continue;
        }
        roots += 1;
        let slope = evaluate(&derivative, inverse(place));
        if slope == 0 {
            return None;
        }
        let value = evaluate(&values, inverse(place));
        *codeword ^= multiply(place, multiply(value, inverse(slope)));
    }
    let right = roots == degree && self::syndromes(&block, parity).iter().all(|s| *s == 0);
    right.then_some(block)
}

/// The polynomial whose roots are the inverses of the places of what is wrong, lowest degree first,
/// and its degree: from the places of what is unknown, and the syndromes.
///
/// Blahut's form of the Berlekamp-Massey algorithm.
fn locator(syndromes: &[u8], unknown: impl ExactSizeIterator<Item = u8>) -> (Vec<u8>, usize) {
    let parity = syndromes.len();
    let erasures = unknown.len();
    let mut locator = vec![0_u8; parity + 1];
    locator[0] = 1;
    for place in unknown {
        for i in (1..=parity).rev() {
            locator[i] ^= multiply(locator[i - 1], place);
        }
    }
    let mut before = locator.clone();
    let mut degree = erasures;
    for step in erasures..parity {
        let difference =
            (0..=step).fold(0, |sum, i| sum ^ multiply(locator[i], syndromes[step - i]));
        before.rotate_right(1);
        before[0] = 0;
        if difference != 0 {
            let old = locator.clone();
            for (x, y) in locator.iter_mut().zip(&before) {
                *x ^= multiply(difference, *y);
            }
            if 2 * degree <= step + erasures {
                degree = step + 1 + erasures - degree;
                before = old.iter().map(|x| multiply(*x, inverse(difference))).collect();
            }
        }
    }
    (locator, degree)
}

fn syndromes(block: &[u8], parity: usize) -> Vec<u8> {
    let at = |x: u8| block.iter().fold(0, |sum, codeword| multiply(sum, x) ^ codeword);
    (0..parity).map(|i| at(power(i))).collect()
}

fn evaluate(polynomial: &[u8], x: u8) -> u8 {
    polynomial.iter().rev().fold(0, |sum, factor| multiply(sum, x) ^ factor)
}

fn power(exponent: usize) -> u8 {
    POWERS[exponent % 255]
}

fn multiply(a: u8, b: u8) -> u8 {
    if a == 0 || b == 0 {
        return 0;
    }
    power(usize::from(LOGARITHMS[usize::from(a)]) + usize::from(LOGARITHMS[usize::from(b)]))
}

fn inverse(a: u8) -> u8 {
    power(255 - usize::from(LOGARITHMS[usize::from(a)]))
}

/// How many blocks a code has, and how many parity codewords each (ISO/IEC 18004, table 9).
fn blocks(version: usize, level: Level) -> Option<(usize, usize)> {
    let (counts, parities) = match level {
        Level::L => (&BLOCKS_L, &PARITY_L),
        Level::M => (&BLOCKS_M, &PARITY_M),
        Level::Q => (&BLOCKS_Q, &PARITY_Q),
        Level::H => (&BLOCKS_H, &PARITY_H),
    };
    let at = version.checked_sub(1)?;
    Some((usize::from(*counts.get(at)?), usize::from(*parities.get(at)?)))
}

/// How many parity codewords guard against misreading instead of correcting (ISO/IEC 18004, table
/// 9, note b).
fn reserved(version: usize, level: Level) -> usize {
    match (version, level) {
        (1, Level::L) => 3,
        (1, Level::M) | (2, Level::L) => 2,
        (1, _) | (3, Level::L) => 1,
        _ => 0,
    }
}

/// The powers of 2 in GF(256) modulo x⁸ + x⁴ + x³ + x² + 1 (ISO/IEC 18004, 7.5.2).
const POWERS: [u8; 255] = {
    let mut powers = [1; 255];
    let mut i = 1;
    while i < 255 {
        let doubled = (powers[i - 1] as u16) << 1;
        powers[i] = (if doubled > 255 { doubled ^ 0x11d } else { doubled }) as u8;
        i += 1;
    }
    powers
};

const LOGARITHMS: [u8; 256] = {
    let mut logarithms = [0; 256];
    let mut i = 0;
    while i < 255 {
        logarithms[POWERS[i] as usize] = i as u8;
        i += 1;
    }
    logarithms
};

// Codewords taken for unknown could be filled in to make any block right. Each parity codeword that
// is left over makes that 256 times less likely.
const RESERVED_OF_UNKNOWN: usize = 5;

#[rustfmt::skip]
const PARITY_L: [u8; 40] = [
    7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28,
    28, 28, 30, 30, 26, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30,
];
#[rustfmt::skip]
const PARITY_M: [u8; 40] = [
    10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26,
    26, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28,
];
#[rustfmt::skip]
const PARITY_Q: [u8; 40] = [
    13, 22, 18, 26, 18, 24, 18, 22, 20, 24, 28, 26, 24, 20, 30, 24, 28, 28, 26, 30,
    28, 30, 30, 30, 30, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30,
];
#[rustfmt::skip]
const PARITY_H: [u8; 40] = [
    17, 28, 22, 16, 22, 28, 26, 26, 24, 28, 24, 28, 22, 24, 24, 30, 28, 28, 26, 28,
    30, 24, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30,
];
#[rustfmt::skip]
const BLOCKS_L: [u8; 40] = [
    1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8,
    8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 24, 25,
];
#[rustfmt::skip]
const BLOCKS_M: [u8; 40] = [
    1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16,
    17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49,
];
#[rustfmt::skip]
const BLOCKS_Q: [u8; 40] = [
    1, 1, 2, 2, 4, 4, 6, 6, 8, 8, 8, 10, 12, 16, 12, 17, 16, 18, 21, 20,
    23, 23, 25, 27, 29, 34, 34, 35, 38, 40, 43, 45, 48, 51, 53, 56, 59, 62, 65, 68,
];
#[rustfmt::skip]
const BLOCKS_H: [u8; 40] = [
    1, 1, 2, 4, 4, 4, 5, 6, 8, 8, 11, 11, 16, 16, 18, 16, 19, 21, 25, 25,
    25, 34, 30, 32, 35, 37, 40, 42, 45, 48, 51, 54, 57, 60, 63, 66, 70, 74, 77, 81,
];

#[cfg(test)]
mod tests {
    use super::{Level, corrected, data, syndromes};

    /// Some data with its parity, which is found as codewords that are not known are.
    fn block(parity: usize, length: usize) -> Vec<u8> {
        let mut block: Vec<u8> = (0..length).map(|at| (at * 37 + 11) as u8).collect();
        let data = length - parity;
        block[data..].fill(0);
        let unknown: Vec<usize> = (data..length).collect();
        corrected(&block, parity, 0, &unknown).unwrap_or_default()
    }

    #[test]
    fn errors_are_corrected_up_to_half_the_parity_and_unknown_ones_up_to_all() {
        let (parity, length) = (16, 60);
        let right = block(parity, length);
        assert!(syndromes(&right, parity).iter().all(|syndrome| *syndrome == 0));
        for (errors, unknown, reserved, possible) in [
            (0, 0, 0, true),
            (8, 0, 0, true),
            (9, 0, 0, false),
            (0, 16, 0, true),
            (4, 8, 0, true),
            (5, 8, 0, false),
            (2, 7, 5, true),
            (3, 7, 5, false),
        ] {
            let mut received = right.clone();
            for at in 0..errors + unknown {
                received[at * 3] ^= 0x5a + at as u8;
            }
            let places: Vec<usize> = (errors..errors + unknown).map(|at| at * 3).collect();
            let result = corrected(&received, parity, reserved, &places);
            let name = format!("{errors} errors, {unknown} unknown, {reserved} reserved");
            match possible {
                true => assert_eq!(result, Some(right.clone()), "{name}"),
                false => assert_ne!(result, Some(right.clone()), "{name}"),
            }
        }
    }

    #[test]
    fn doubtful_codewords_are_given_up() {
        let right = block(26, 134);
        let mut received = right.clone();
        let mut doubt = vec![0.0; received.len()];
        for at in 0..18 {
            received[at * 5] ^= 0xff;
            doubt[at * 5] = 1.0;
        }
        // Version 5-L is one block of 134, of which 26 are parity.
        assert_eq!(data(&received, None, 5, Level::L), None);
        assert_eq!(data(&received, Some(&doubt), 5, Level::L), Some(right[..108].to_vec()));
    }
}
