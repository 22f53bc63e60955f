//! Pictures inside documents, shrunk while they are decoded.

use crate::bitmap;
use crate::limits::Budget;
use crate::tiff;
use std::io::Cursor;
use tiny_skia::{IntSize, Pixmap};

/// A picture's samples, each the mean of a block of the original's.
pub(crate) struct Picture {
    /// At least as many as the dots it is drawn on, where the original has them.
    pub(crate) dots: Pixmap,
    /// Columns and rows of the original.
    pub(crate) samples: (u32, u32),
    /// Samples to the inch, where the picture says so.
    pub(crate) density: Option<(f64, f64)>,
}

impl Picture {
    /// Decodes a PNG, JPEG or TIFF that is drawn on so many dots.
    pub(crate) fn decode(data: &[u8], drawn: (f64, f64), budget: &Budget) -> Option<Self> {
        if data.starts_with(b"\x89PNG\r\n\x1a\n") {
            return decode_png(data, drawn, budget);
        }
        if data.starts_with(b"II*\0") || data.starts_with(b"MM\0*") {
            return tiff::decode(data, drawn, budget);
        }
        if data.starts_with(&[0xff, 0xd8]) {
            return decode_jpeg(data, drawn, budget);
        }
        None
    }
}

/// Whether a picture has only one channel by its own word, so that its samples
/// need not be seen: JPEG XR, whose pixel formats have names.
/// *Source*: ITU-T T.832, annex A.7.18: tag 0xBC01; the names of grey begin
/// and end alike and differ in one byte.
pub(crate) fn is_grey_jpeg_xr(data: &[u8]) -> bool {
    const NAME: [u8; 15] = [
        0x24, 0xc3, 0xdd, 0x6f, 0x03, 0x4e, 0xfe, 0x4b, 0xb1, 0x85, 0x3d, 0x77, 0x76, 0x8d, 0xc9,
    ];
    // Black and white, 8, 16, 32 bits, floating point and fixed point of grey.
    const GREY: [u8; 7] = [0x05, 0x08, 0x0b, 0x11, 0x13, 0x3e, 0x3f];
    if !data.starts_with(b"II\xbc") {
        return false;
    }
    let number = |at: usize| {
        let bytes = data.get(at..at.checked_add(4)?)?;
        usize::try_from(u32::from_le_bytes(bytes.try_into().ok()?)).ok()
    };
    let short = |at: usize| {
        let bytes = data.get(at..at.checked_add(2)?)?;
        Some(u16::from_le_bytes(bytes.try_into().ok()?))
    };
    let found = (|| {
        let directory = number(4)?;
        let entries = usize::from(short(directory)?);
        let entry = (0..entries)
            .filter_map(|entry| directory.checked_add(2 + 12 * entry))
            .find(|at| short(*at) == Some(0xbc01))?;
        let at = number(entry.checked_add(8)?)?;
        data.get(at..at.checked_add(16)?)
    })();
    found.is_some_and(|name| name[..15] == NAME && GREY.contains(&name[15]))
}

/// Takes rows of red, green, blue, opacity and keeps the means of blocks.
pub(crate) struct Shrinker {
    samples: (u32, u32),
    block: (usize, usize),
    columns: usize,
    sums: Vec<[u32; 4]>,
    rows: usize,
    seen: usize,
    dots: Vec<u8>,
}

impl Shrinker {
    /// For a picture of so many samples, drawn on so many dots.
    pub(crate) fn new(samples: (u32, u32), drawn: (f64, f64)) -> Option<Self> {
        let block = |samples: u32, drawn: f64| {
            let dots = drawn.abs().ceil().clamp(1.0, 1e6);
            // 255 samples of 255 squared stay below the limit of the sums; the
            // other side must leave room too.
            ((f64::from(samples) / dots).floor() as usize).clamp(1, 128)
        };
        let mut block = (block(samples.0, drawn.0), block(samples.1, drawn.1));
        let blocks = |samples: u32, block: usize| (samples as usize).div_ceil(block);
        // Pictures that would still be larger than any page shrink further.
        while blocks(samples.0, block.0).checked_mul(blocks(samples.1, block.1))? > MOST_KEPT {
            if block.0 >= 128 && block.1 >= 128 {
                return None;
            }
            block = ((block.0 * 2).min(128), (block.1 * 2).min(128));
        }
        let columns = blocks(samples.0, block.0);
        (samples.0 > 0 && samples.1 > 0).then(|| Self {
            samples,
            block,
            columns,
            sums: vec![[0; 4]; columns],
            rows: 0,
            seen: 0,
            dots: Vec::new(),
        })
    }

    /// Adds one row, from top to bottom; opacity not multiplied in.
    pub(crate) fn row(&mut self, samples: impl Iterator<Item = [u8; 4]>) {
        if self.seen >= self.samples.1 as usize {
            return;
        }
        let mut samples = samples.take(self.samples.0 as usize);
        for sum in &mut self.sums {
            for [red, green, blue, opacity] in samples.by_ref().take(self.block.0) {
                let part = u32::from(opacity);
                if opacity == 255 {
                    sum[0] += u32::from(red);
                    sum[1] += u32::from(green);
                    sum[2] += u32::from(blue);
                } else {
                    sum[0] += u32::from(red) * part / 255;
                    sum[1] += u32::from(green) * part / 255;
                    sum[2] += u32::from(blue) * part / 255;
                }
                sum[3] += part;
            }
        }
        self.rows += 1;
        self.seen += 1;
        if self.rows == self.block.1 {
            self.close_row();
        }
    }

    /// The shrunken picture; rows that never came are not there.
    pub(crate) fn finish(mut self, density: Option<(f64, f64)>) -> Option<Picture> {
        if self.rows > 0 {
            self.close_row();
        }
        let rows = (self.samples.1 as usize).div_ceil(self.block.1);
        self.dots.resize(self.columns * rows * 4, 0);
        let size = IntSize::from_wh(u32::try_from(self.columns).ok()?, u32::try_from(rows).ok()?)?;
        Some(Picture {
            dots: Pixmap::from_vec(self.dots, size)?,
            samples: self.samples,
            density,
        })
    }

    fn close_row(&mut self) {
        let width = self.samples.0 as usize;
        for (column, sum) in self.sums.iter_mut().enumerate() {
            let columns = (width - column * self.block.0).min(self.block.0);
            // At most 128 × 128.
            let count = (columns * self.rows).max(1) as u32;
            let mean = sum.map(|total| total / count);
            // Premultiplied: no colour above its opacity.
            let [red, green, blue, opacity] = mean.map(|value| value.min(255) as u8);
            self.dots.extend([
                red.min(opacity),
                green.min(opacity),
                blue.min(opacity),
                opacity,
            ]);
            *sum = [0; 4];
        }
        self.rows = 0;
    }
}

/// The most samples a shrunken picture keeps.
const MOST_KEPT: usize = 4_000_000;

fn decode_png(data: &[u8], drawn: (f64, f64), budget: &Budget) -> Option<Picture> {
    let limits = png::Limits {
        bytes: budget.inflated_bytes,
    };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(data), limits);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().ok()?;
    let size = reader.info().size();
    let density = reader.info().pixel_dims.and_then(|dims| {
        let inch = |per_metre: u32| f64::from(per_metre) * 0.0254;
        matches!(dims.unit, png::Unit::Meter).then(|| (inch(dims.xppu), inch(dims.yppu)))
    });
    let channels = reader.output_color_type().0.samples();
    let mut shrinker = Shrinker::new(size, drawn)?;
    if reader.info().interlaced {
        // Rows come in seven passes; only the whole frame is in order.
        let mut frame = vec![
            0;
            reader
                .output_buffer_size()
                .filter(|n| *n <= budget.inflated_bytes)?
        ];
        let info = reader.next_frame(&mut frame).ok()?;
        for row in frame.chunks_exact(info.line_size.max(1)) {
            budget.check().ok()?;
            shrinker.row(row.chunks_exact(channels).map(rgba));
        }
        return shrinker.finish(density);
    }
    while let Ok(Some(row)) = reader.next_row() {
        budget.check().ok()?;
        shrinker.row(row.data().chunks_exact(channels).map(rgba));
    }
    shrinker.finish(density)
}

fn decode_jpeg(data: &[u8], drawn: (f64, f64), budget: &Budget) -> Option<Picture> {
    let picture = bitmap::decode_jpeg(data, budget)?;
    let size = (
        u32::try_from(picture.width).ok()?,
        u32::try_from(picture.height).ok()?,
    );
    let channels = picture.channels;
    let mut shrinker = Shrinker::new(size, drawn)?;
    for row in picture
        .samples
        .chunks_exact((picture.width * channels).max(1))
    {
        budget.check().ok()?;
        shrinker.row(row.chunks_exact(channels).map(|sample| match sample {
            // Adobe's CMYK JPEGs are inverted: 255 is no ink.
            [c, m, y, k] => {
                let [r, g, b] =
                    [*c, *m, *y].map(|ink| (u32::from(ink) * u32::from(*k) / 255) as u8);
                [r, g, b, 255]
            }
            other => rgba(other),
        }));
    }
    shrinker.finish(jfif_density(data))
}

/// Samples to the inch. *Source*: JFIF 1.02, "JFIF APP0 marker segment".
fn jfif_density(data: &[u8]) -> Option<(f64, f64)> {
    let header = data.get(2..20)?;
    if !header.starts_with(&[0xff, 0xe0]) || header.get(4..9)? != b"JFIF\0" {
        return None;
    }
    let inch = match header[11] {
        1 => 1.0,
        2 => 2.54,
        _ => return None,
    };
    let number = |at: usize| f64::from(u16::from_be_bytes([header[at], header[at + 1]])) * inch;
    let (x, y) = (number(12), number(14));
    (x > 0.0 && y > 0.0).then_some((x, y))
}

/// Grey, grey and opacity, colour, or colour and opacity.
fn rgba(sample: &[u8]) -> [u8; 4] {
    match *sample {
        [grey] => [grey, grey, grey, 255],
        [grey, opacity] => [grey, grey, grey, opacity],
        [red, green, blue] => [red, green, blue, 255],
        [red, green, blue, opacity, ..] => [red, green, blue, opacity],
        [] => [255; 4],
    }
}
