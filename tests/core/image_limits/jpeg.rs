//! JPEGs of every kind, whose blocks of 8 by 8 pixels are of one colour.

pub(crate) struct Jpeg {
    pub(crate) width: u16,
    pub(crate) height: u16,
    /// How many samples of each component there are in a unit, both ways.
    pub(crate) sampling: &'static [(u8, u8)],
    pub(crate) scans: Scans,
    pub(crate) colours: Colours,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Colours {
    Ycc,
    Rgb,
    Cmyk,
    Ycck,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scans {
    /// All components at once.
    One,
    /// One for each component.
    OfEach,
    /// Progressive, with so many scans after the first.
    Progressive(u8),
}

impl Jpeg {
    /// What lies before the first scan.
    fn header(&self) -> Vec<u8> {
        let count = self.sampling.len() as u8;
        let frame = if matches!(self.scans, Scans::Progressive(_)) { 0xc2 } else { 0xc0 };
        let mut jpeg = vec![0xff, 0xd8];
        // Adobe's marker tells what four components are.
        if let Some(transform) = match self.colours {
            Colours::Cmyk => Some(0),
            Colours::Ycck => Some(2),
            Colours::Ycc | Colours::Rgb => None,
        } {
            segment(&mut jpeg, 0xee, &[b"Adobe\0\x64\0\0\0\0".as_slice(), &[transform]].concat());
        }
        // A coefficient of one is a grey value of one.
        segment(&mut jpeg, 0xdb, &[[0].as_slice(), &[8; 64]].concat());
        let [h1, h0] = self.height.to_be_bytes();
        let [w1, w0] = self.width.to_be_bytes();
        let mut components = vec![8, h1, h0, w1, w0, count];
        for (id, (across, down)) in self.ids().zip(self.sampling) {
            components.extend([id, across << 4 | down, 0]);
        }
        segment(&mut jpeg, frame, &components);
        // DC: 0 is "no difference", 10 "a difference of 8 bits".
        let mut lengths = [0; 16];
        (lengths[0], lengths[1]) = (1, 1);
        segment(&mut jpeg, 0xc4, &[[0x00].as_slice(), &lengths, &[0, 8]].concat());
        // AC: four bits, which tell how many bits the number of blocks has that are empty from here on.
        let mut lengths = [0; 16];
        lengths[3] = 15;
        let symbols: Vec<u8> = (0..15).map(|bits| bits << 4).collect();
        segment(&mut jpeg, 0xc4, &[[0x10].as_slice(), &lengths, &symbols].concat());
        jpeg
    }

    /// The names of the components.
    fn ids(&self) -> impl Iterator<Item = u8> {
        let ids = if self.colours == Colours::Rgb { *b"RGB\0" } else { [1, 2, 3, 4] };
        ids.into_iter()
    }

    /// What a file begins with, and no image.
    pub(crate) fn header_alone(&self) -> Vec<u8> {
        let mut jpeg = self.header();
        let scan: Vec<u8> = self.ids().take(self.sampling.len()).flat_map(|id| [id, 0]).collect();
        segment(&mut jpeg, 0xda, &[&[self.sampling.len() as u8][..], &scan, &[0, 63, 0]].concat());
        jpeg
    }

    /// The image; `is_dark` gets column and row of a block of the first component.
    pub(crate) fn draw(&self, is_dark: impl Fn(usize, usize) -> bool) -> Vec<u8> {
        let mut jpeg = self.header();
        let all: Vec<usize> = (0..self.sampling.len()).collect();
        match self.scans {
            Scans::One => self.scan(&mut jpeg, &all, (0, 63), &is_dark),
            Scans::OfEach => {
                for component in all {
                    self.scan(&mut jpeg, &[component], (0, 63), &is_dark);
                }
            }
            Scans::Progressive(more) => {
                self.scan(&mut jpeg, &all, (0, 0), &is_dark);
                for band in 1..=more {
                    self.scan(&mut jpeg, &[0], (band, band), &is_dark);
                }
            }
        }
        jpeg.extend([0xff, 0xd9]);
        jpeg
    }

    fn scan(
        &self,
        jpeg: &mut Vec<u8>,
        components: &[usize],
        (first, last): (u8, u8),
        is_dark: &impl Fn(usize, usize) -> bool,
    ) {
        let mut header = vec![components.len() as u8];
        for component in components {
            header.extend([self.ids().nth(*component).unwrap(), 0]);
        }
        header.extend([first, last, 0]);
        segment(jpeg, 0xda, &header);

        let across = self.sampling.iter().map(|sampling| sampling.0).max().unwrap();
        let down = self.sampling.iter().map(|sampling| sampling.1).max().unwrap();
        let units = |side: u16, most: u8| usize::from(side).div_ceil(8 * usize::from(most));
        let (columns, rows) = (units(self.width, across), units(self.height, down));
        let mut bits = Bits::default();
        if first > 0 {
            let mut blocks =
                usize::from(self.width).div_ceil(8) * usize::from(self.height).div_ceil(8);
            while blocks > 0 {
                let length = blocks.ilog2().min(14);
                let run = blocks.min((2 << length) - 1);
                bits.push(length, 4);
                bits.push(run as u32 - (1 << length), length);
                blocks -= run;
            }
        } else {
            let mut before = [0_i32; 4];
            let mut block = |component: usize, x: usize, y: usize| {
                let is_chroma =
                    matches!((self.colours, component), (Colours::Ycc | Colours::Ycck, 1 | 2));
                let value = match is_dark(x, y) {
                    _ if is_chroma => 0,
                    true => -100,
                    false => 100,
                };
                match value - std::mem::replace(&mut before[component], value) {
                    0 => bits.push(0, 1),
                    difference => {
                        bits.push(0b10, 2);
                        bits.push(if difference > 0 { 200 } else { 255 - 200 }, 8);
                    }
                }
                if last > 0 {
                    bits.push(0, 4);
                }
            };
            match components {
                // Alone, a component has no more blocks than it needs.
                [component] => {
                    let (h, v) = self.sampling[*component];
                    let side = |units: u16, most: u8, own: u8| {
                        (usize::from(units) * usize::from(own)).div_ceil(8 * usize::from(most))
                    };
                    for y in 0..side(self.height, down, v) {
                        for x in 0..side(self.width, across, h) {
                            block(*component, x, y);
                        }
                    }
                }
                _ => {
                    for (row, column) in (0..rows).flat_map(|y| (0..columns).map(move |x| (y, x))) {
                        for component in components {
                            let (h, v) = self.sampling[*component];
                            let (h, v) = (usize::from(h), usize::from(v));
                            for (y, x) in (0..v).flat_map(|y| (0..h).map(move |x| (y, x))) {
                                block(*component, column * h + x, row * v + y);
                            }
                        }
                    }
                }
            }
        }
        jpeg.extend(bits.finish());
    }
}

pub(crate) fn segment(jpeg: &mut Vec<u8>, marker: u8, content: &[u8]) {
    jpeg.extend([0xff, marker]);
    jpeg.extend((content.len() as u16 + 2).to_be_bytes());
    jpeg.extend(content);
}

/// Bits from the highest on, with a zero after each byte that looks like a marker.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    pending: u32,
    count: u32,
}

impl Bits {
    fn push(&mut self, value: u32, count: u32) {
        for at in (0..count).rev() {
            self.pending = self.pending << 1 | value >> at & 1;
            self.count += 1;
            if self.count == 8 {
                self.bytes.push(self.pending as u8);
                if self.pending == 0xff {
                    self.bytes.push(0);
                }
                (self.pending, self.count) = (0, 0);
            }
        }
    }

    fn finish(mut self) -> Vec<u8> {
        while self.count > 0 {
            self.push(1, 1);
        }
        self.bytes
    }
}
