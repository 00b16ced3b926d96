//! Error correction: from the codewords as they are in a code to the data.

use super::version::Blocks;

/// Corrects the errors in the codewords of a code with such `blocks`, which are in the order of ISO/IEC
/// 18004, 7.6. Returns the data among them.
///
/// `unreliability`, if given, says of each codeword how little it can be relied on. Then the least
/// reliable are treated as erasures, of which twice as many can be corrected as of errors.
pub(super) fn correct(
    codewords: &mut [u8],
    unreliability: Option<&[f32]>,
    blocks: Blocks,
) -> Option<Vec<u8>> {
    let Blocks { count, parity, reserved } = blocks;
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
        let corrected = match unreliability {
            None => corrected(&received, parity, reserved, &[])?,
            Some(unreliability) => {
                let mut order: Vec<usize> = (0..received.len()).collect();
                order.sort_by(|a, b| {
                    unreliability[places[*b]].total_cmp(&unreliability[places[*a]])
                });
                let most = parity.saturating_sub(RESERVED_OF_ERASURES);
                [0, most / 3, 2 * most / 3, most].into_iter().find_map(|erasures| {
                    corrected(&received, parity, RESERVED_OF_ERASURES, &order[..erasures])
                })?
            }
        };
        data.extend_from_slice(&corrected[..places.len() - parity]);
        for (place, codeword) in places.into_iter().zip(corrected) {
            codewords[place] = codeword;
        }
    }
    Some(data)
}

/// The codewords of a Reed-Solomon block over GF(256), of which the last `parity` ones are parity,
/// with the errors corrected. `erasures` are the places of codewords not to be relied on;
/// `reserved` is how much of the parity only serves to tell whether the correction is right.
fn corrected(
    received: &[u8],
    parity: usize,
    reserved: usize,
    erasures: &[usize],
) -> Option<Vec<u8>> {
    let syndromes = syndromes(received, parity);
    let mut block = received.to_vec();
    if syndromes.iter().all(|syndrome| *syndrome == 0) {
        return Some(block);
    }
    let last = block.len() - 1;
    let (locator, degree) = locator(&syndromes, erasures.iter().map(|at| power(last - at)));
    let errors = degree.saturating_sub(erasures.len());
    if 2 * errors + erasures.len() > parity - reserved {
        return None;
    }

    // Forney's algorithm.
    let evaluator: Vec<u8> = (0..parity)
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
        let value = evaluate(&evaluator, inverse(place));
        *codeword ^= multiply(place, multiply(value, inverse(slope)));
    }
    let right = roots == degree && self::syndromes(&block, parity).iter().all(|s| *s == 0);
    right.then_some(block)
}

/// The polynomial whose roots are the inverses of the places of what is wrong, lowest degree first,
/// and its degree: from the places of the erasures, and the syndromes.
///
/// Blahut's form of the Berlekamp-Massey algorithm.
fn locator(syndromes: &[u8], erased: impl ExactSizeIterator<Item = u8>) -> (Vec<u8>, usize) {
    let parity = syndromes.len();
    let erasures = erased.len();
    let mut locator = vec![0_u8; parity + 1];
    locator[0] = 1;
    for place in erased {
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

/// `exponent` is at most 508: that of a product.
fn power(exponent: usize) -> u8 {
    POWERS[exponent]
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

/// The powers of 2 in GF(256) modulo x⁸ + x⁴ + x³ + x² + 1 (ISO/IEC 18004, 7.5.2).
const POWERS: [u8; 509] = {
    let mut powers = [1; 509];
    let mut i = 1;
    while i < powers.len() {
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

// Erasures could be filled in to make any block right. Each parity codeword that is left over makes
// that 256 times less likely.
const RESERVED_OF_ERASURES: usize = 5;

#[cfg(test)]
mod tests {
    use super::{correct, corrected, syndromes};
    use crate::qr::decode::version::{Level, Version};

    /// Some data with its parity, which is found as erasures are.
    fn block(parity: usize, length: usize) -> Vec<u8> {
        let mut block: Vec<u8> = (0..length).map(|at| (at * 37 + 11) as u8).collect();
        let data = length - parity;
        block[data..].fill(0);
        let erasures: Vec<usize> = (data..length).collect();
        corrected(&block, parity, 0, &erasures).unwrap_or_default()
    }

    #[test]
    fn errors_are_corrected_up_to_half_the_parity_and_erasures_up_to_all() {
        let (parity, length) = (16, 60);
        let right = block(parity, length);
        assert!(syndromes(&right, parity).iter().all(|syndrome| *syndrome == 0));
        for (errors, erasures, reserved, possible) in [
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
            for at in 0..errors + erasures {
                received[at * 3] ^= 0x5a + at as u8;
            }
            let places: Vec<usize> = (errors..errors + erasures).map(|at| at * 3).collect();
            let result = corrected(&received, parity, reserved, &places);
            let name = format!("{errors} errors, {erasures} erasures, {reserved} reserved");
            match possible {
                true => assert_eq!(result, Some(right.clone()), "{name}"),
                false => assert_ne!(result, Some(right.clone()), "{name}"),
            }
        }
    }

    #[test]
    fn unreliable_codewords_are_treated_as_erasures() {
        let right = block(26, 134);
        let mut received = right.clone();
        let mut unreliability = vec![0.0; received.len()];
        for at in 0..18 {
            received[at * 5] ^= 0xff;
            unreliability[at * 5] = 1.0;
        }
        // Version 5-L is one block of 134, of which 26 are parity.
        let blocks = Version::new(5).unwrap().blocks(Level::L);
        assert_eq!(correct(&mut received.clone(), None, blocks), None);
        let data = correct(&mut received, Some(&unreliability), blocks);
        assert_eq!((data, received), (Some(right[..108].to_vec()), right));
    }
}
