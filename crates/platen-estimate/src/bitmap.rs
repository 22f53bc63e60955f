//! JPEG and PNG documents: one page, its colour judged by the samples.
//!
//! CUPS scales a picture to the sheet, so the page is the sheet, held as the
//! picture is.

use crate::colour::{Dots, VISIBLE_CHROMA};
use crate::jpeg::{self, Glance};
use crate::limits::Budget;
use crate::report::{Format, JudgedBy, PageReport, Problem, Report, Ticket};
use std::io::Cursor;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// A4 upright, until the job says otherwise.
const SHEET_PT: (f64, f64) = (595.0, 842.0);

/// Counts a JPEG as one page.
pub(crate) fn count_jpeg(document: &[u8], budget: &Budget) -> Report {
    let size = jpeg_size(document);
    let drawn = sheet(size.unwrap_or((1, 1)));
    let chroma = match jpeg::glance(document, drawn, VISIBLE_CHROMA, budget) {
        Glance::Grey => Some(0.0),
        Glance::Colour => Some(255.0),
        Glance::Unclear => decode_jpeg(document, budget).map(|picture| picture.chroma(drawn)),
    };
    report(Format::Jpeg, drawn, chroma)
}

/// Counts a PNG as one page.
pub(crate) fn count_png(document: &[u8], budget: &Budget) -> Result<Report, Problem> {
    let limits = png::Limits {
        bytes: budget.inflated_bytes,
    };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(document), limits);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(|_| Problem::Damaged)?;
    let (width, height) = reader.info().size();
    let drawn = sheet((width as usize, height as usize));
    let (kind, _) = reader.output_color_type();
    let channels = kind.samples();
    if channels < 3 {
        return Ok(report(Format::Png, drawn, Some(0.0)));
    }
    let mut dots = Dots::new((width as usize, height as usize), drawn);
    while let Ok(Some(row)) = reader.next_row() {
        if channels == 3 {
            dots.rgb_row(row.data());
        } else {
            dots.row(row.data().as_chunks().0.iter().map(over_white));
        }
        if dots.shows_colour() || budget.check().is_err() {
            break;
        }
    }
    budget.check()?;
    Ok(report(Format::Png, drawn, Some(dots.finish())))
}

fn report(format: Format, drawn_pt: (f64, f64), chroma: Option<f64>) -> Report {
    let mut warnings = Vec::new();
    if chroma.is_none() {
        warnings.push("The picture could not be decoded; it is counted as colour.".into());
    }
    Report {
        format,
        pages: vec![PageReport {
            width_pt: drawn_pt.0,
            height_pt: drawn_pt.1,
            colour: chroma.is_none_or(|chroma| chroma > VISIBLE_CHROMA),
            judged_by: match chroma {
                Some(_) => JudgedBy::Pixels,
                None => JudgedBy::Unknown,
            },
        }],
        ticket: Ticket::default(),
        warnings,
    }
}

/// A sheet held as a picture of that many columns and rows is.
pub(crate) fn sheet((width, height): (usize, usize)) -> (f64, f64) {
    if width > height {
        (SHEET_PT.1, SHEET_PT.0)
    } else {
        SHEET_PT
    }
}

fn over_white([red, green, blue, alpha]: &[u8; 4]) -> [u8; 3] {
    if *alpha == 255 {
        return [*red, *green, *blue];
    }
    let alpha = u32::from(*alpha);
    [*red, *green, *blue].map(|value| {
        let mixed = u32::from(value) * alpha + 255 * (255 - alpha);
        (mixed / 255) as u8
    })
}

/// A decoded JPEG: interleaved 8-bit samples.
pub(crate) struct Picture {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) channels: usize,
    pub(crate) samples: Vec<u8>,
}

impl Picture {
    /// The largest chroma that shows when drawn that large.
    fn chroma(&self, drawn_pt: (f64, f64)) -> f64 {
        let mut dots = Dots::new((self.width, self.height), drawn_pt);
        for row in self
            .samples
            .chunks_exact((self.width * self.channels).max(1))
        {
            match self.channels {
                3 => dots.rgb_row(row),
                // Adobe's CMYK JPEGs are inverted: 255 is no ink.
                4 => dots.row(row.chunks_exact(4).map(|s| {
                    [s[0], s[1], s[2]].map(|ink| (u32::from(ink) * u32::from(s[3]) / 255) as u8)
                })),
                _ => return 0.0,
            }
            if dots.shows_colour() {
                break;
            }
        }
        dots.finish()
    }
}

fn jpeg_size(document: &[u8]) -> Option<(usize, usize)> {
    let mut decoder = JpegDecoder::new(ZCursor::new(document));
    decoder.decode_headers().ok()?;
    decoder.dimensions()
}

/// Decodes a JPEG to grey, RGB or CMYK, unless it is broken or too large.
pub(crate) fn decode_jpeg(document: &[u8], budget: &Budget) -> Option<Picture> {
    let options = DecoderOptions::default()
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX));
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(document), options);
    decoder.decode_headers().ok()?;
    let (width, height) = decoder.dimensions()?;
    let out = match decoder.input_colorspace()? {
        ColorSpace::Luma | ColorSpace::LumaA => ColorSpace::Luma,
        space @ (ColorSpace::CMYK | ColorSpace::YCCK) => space,
        _ => ColorSpace::RGB,
    };
    let channels = out.num_components();
    if width.checked_mul(height)?.checked_mul(channels)? > budget.inflated_bytes {
        return None;
    }
    decoder.set_options(options.jpeg_set_out_colorspace(out));
    let mut samples = decoder.decode().ok()?;
    if out == ColorSpace::YCCK {
        samples.chunks_exact_mut(4).for_each(inks_from_ycck);
    }
    Some(Picture {
        width,
        height,
        channels,
        samples,
    })
}

/// *Source*: Adobe technical note 5116, section 18: YCbCr holds 255 − ink.
fn inks_from_ycck(sample: &mut [u8]) {
    let (y, cb, cr) = (
        f32::from(sample[0]),
        f32::from(sample[1]) - 128.0,
        f32::from(sample[2]) - 128.0,
    );
    // A float is converted to a byte with saturation.
    sample[0] = 255 - (y + 1.402 * cr) as u8;
    sample[1] = 255 - (y - 0.344 * cb - 0.714 * cr) as u8;
    sample[2] = 255 - (y + 1.772 * cb) as u8;
}
