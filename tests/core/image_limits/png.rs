//! PNGs that an encoder does not make: what one makes, with another header.

use image::{DynamicImage, GrayImage, ImageFormat};

use crate::encode;

/// Black, of that colour type.
pub(crate) fn interlaced(width: u32, height: u32, colour: u8, bits: u8) -> Vec<u8> {
    // There is a filter byte for each row of each of the seven passes.
    let enough = height * 2;
    let picture = match bits {
        16 => DynamicImage::new_rgba16(width, enough),
        _ => DynamicImage::new_rgba8(width, enough),
    };
    let mut png = encode(picture, ImageFormat::Png);
    set_header(&mut png, width, height, [bits, colour, 0, 0, 1]);
    png
}

/// The picture, interlaced.
pub(crate) fn interlace(picture: &GrayImage) -> Vec<u8> {
    let (width, height) = picture.dimensions();
    let passes = [
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    ];
    let mut packed = Vec::new();
    for (left, top, across, down) in passes {
        for y in (top..height).step_by(down) {
            // Without a filter.
            packed.push(0);
            packed.extend((left..width).step_by(across).map(|x| picture.get_pixel(x, y).0[0]));
        }
    }
    // Stored as it is, in blocks.
    let mut zlib = vec![0x78, 1];
    let count = packed.chunks(65_000).count();
    for (at, block) in packed.chunks(65_000).enumerate() {
        zlib.push(u8::from(at + 1 == count));
        zlib.extend((block.len() as u16).to_le_bytes());
        zlib.extend((!(block.len() as u16)).to_le_bytes());
        zlib.extend(block);
    }
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in &packed {
        a = (a + u32::from(*byte)) % 65521;
        b = (b + a) % 65521;
    }
    zlib.extend((b << 16 | a).to_be_bytes());
    let mut png = encode(GrayImage::new(1, 1), ImageFormat::Png);
    set_header(&mut png, width, height, [8, 0, 0, 0, 1]);
    png.truncate(33);
    insert(&mut png, b"IEND", &[]);
    insert(&mut png, b"IDAT", &zlib);
    png
}

pub(crate) fn with_palette(width: u32, height: u32) -> Vec<u8> {
    let mut png = encode(GrayImage::new(width, height), ImageFormat::Png);
    set_header(&mut png, width, height, [8, 3, 0, 0, 0]);
    insert(&mut png, b"PLTE", &[0; 768]);
    png
}

pub(crate) fn of_one_bit(width: u32, height: u32) -> Vec<u8> {
    let mut png = encode(GrayImage::new(width / 8, height), ImageFormat::Png);
    set_header(&mut png, width, height, [1, 0, 0, 0, 0]);
    png
}

/// With a colour profile that is long once it is unpacked.
pub(crate) fn with_profile(side: u32, length: u32) -> Vec<u8> {
    let mut png = encode(GrayImage::new(side, side), ImageFormat::Png);
    // The pixels of another image are packed as a profile is.
    let packed = encode(GrayImage::new(length / 1000, 1000), ImageFormat::Png);
    let mut at = 8;
    while &packed[at + 4..at + 8] != b"IDAT" {
        at += 12 + u32::from_be_bytes(packed[at..at + 4].try_into().unwrap()) as usize;
    }
    insert(&mut png, b"iCCP", &[b"x\0\0".as_slice(), &packed[at + 8..packed.len() - 16]].concat());
    png
}

pub(crate) fn with_exif(side: u32, length: usize) -> Vec<u8> {
    let mut png = encode(GrayImage::new(side, side), ImageFormat::Png);
    insert(&mut png, b"eXIf", &vec![0; length]);
    png
}

fn set_header(png: &mut [u8], width: u32, height: u32, rest: [u8; 5]) {
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    png[24..29].copy_from_slice(&rest);
    let checksum = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&checksum.to_be_bytes());
}

/// Inserts a chunk after the header.
pub(crate) fn insert(png: &mut Vec<u8>, name: &[u8; 4], content: &[u8]) {
    let named = [name.as_slice(), content].concat();
    let length = (content.len() as u32).to_be_bytes();
    let chunk = [length.as_slice(), &named, &crc32(&named).to_be_bytes()].concat();
    png.splice(33..33, chunk);
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1))
        })
    })
}
