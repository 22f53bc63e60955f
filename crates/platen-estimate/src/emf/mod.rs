//! Windows' enhanced metafiles, alone and in spool files.
//!
//! A metafile is one page, played back small, see [`crate::canvas`]; a spool
//! file holds one for each page and the device's settings between them.
//! *Source*: MS-EMF, MS-EMFPLUS, MS-EMFSPOOL.

mod bitmaps;
mod bytes;
mod devmode;
mod dib;
mod object;
mod play;
mod plus;
mod shapes;
mod spool;
mod state;
mod text;

use crate::canvas::{Canvas, Transform};
use crate::limits::Budget;
use crate::report::{Format, JudgedBy, PageReport, Problem, Report, Ticket};
use bytes::Bytes;
use play::Player;
use state::Device;

/// Hundredths of a millimetre in a point.
const HUNDREDTHS: f64 = 2540.0 / 72.0;

/// Counts the pages of a metafile or spool file.
pub(crate) fn count(document: &[u8], budget: &Budget) -> Result<Report, Problem> {
    if document.starts_with(&[0, 0, 1, 0]) {
        return spool::count(document, budget);
    }
    let header = Header::read(document).ok_or(Problem::Damaged)?;
    let size_pt = header.size_pt();
    let judged = judge(document, &header, size_pt, budget);
    budget.check()?;
    let (colour, judged_by) = judged.unwrap_or((true, JudgedBy::Unknown));
    let mut warnings = Vec::new();
    if judged_by == JudgedBy::Unknown {
        warnings.push("The page could not be judged and is counted as colour.".into());
    }
    Ok(Report {
        format: Format::Emf,
        pages: vec![PageReport {
            width_pt: size_pt.0,
            height_pt: size_pt.1,
            colour,
            judged_by,
        }],
        ticket: Ticket::default(),
        warnings,
    })
}

/// What the first record of a metafile says. *Source*: MS-EMF, section 2.2.9.
pub(super) struct Header {
    /// Left, top, right, bottom of the picture. *Units*: 0.01 mm.
    frame: [f64; 4],
    /// The device's pixels to the millimetre.
    pixels_per_mm: (f64, f64),
}

impl Header {
    /// None when it is no metafile.
    pub(super) fn read(metafile: &[u8]) -> Option<Self> {
        let record = Bytes(metafile);
        if record.u32(0)? != 1 || record.0.get(40..44)? != b" EMF" {
            return None;
        }
        let number = |at: usize| record.i32(at).map(f64::from);
        let pixels = (number(72)?, number(76)?);
        let mut mm = (number(80)?, number(84)?);
        // The second extension knows the size in micrometres.
        if record.size(4)? >= 108
            && let (Some(x), Some(y)) = (number(100), number(104))
            && x > 0.0
            && y > 0.0
        {
            mm = (x / 1000.0, y / 1000.0);
        }
        let density = |pixels: f64, mm: f64| {
            let density = pixels / mm;
            if density.is_finite() && density > 0.0 {
                density
            } else {
                // 96 to the inch, as screens have it.
                96.0 / 25.4
            }
        };
        let pixels_per_mm = (density(pixels.0, mm.0), density(pixels.1, mm.1));
        let mut frame = [number(24)?, number(28)?, number(32)?, number(36)?];
        if frame[2] <= frame[0] || frame[3] <= frame[1] {
            // No frame: what is drawn is all there is. *Units*: pixels.
            let bounds = [number(8)?, number(12)?, number(16)?, number(20)?];
            let (across, down) = (100.0 / pixels_per_mm.0, 100.0 / pixels_per_mm.1);
            frame = [
                bounds[0] * across,
                bounds[1] * down,
                (bounds[2] + 1.0) * across,
                (bounds[3] + 1.0) * down,
            ];
        }
        Some(Self {
            frame,
            pixels_per_mm,
        })
    }

    /// At least a point.
    pub(super) fn size_pt(&self) -> (f64, f64) {
        let [left, top, right, bottom] = self.frame;
        let points = |from: f64, to: f64| ((to - from) / HUNDREDTHS).max(1.0);
        (points(left, right), points(top, bottom))
    }
}

/// Whether a page of that size, filled by the metafile's frame, shows colour.
pub(super) fn judge(
    metafile: &[u8],
    header: &Header,
    size_pt: (f64, f64),
    budget: &Budget,
) -> Result<(bool, JudgedBy), Problem> {
    let canvas = Canvas::new(size_pt.0, size_pt.1);
    let points_per_pixel = (
        72.0 / 25.4 / header.pixels_per_mm.0,
        72.0 / 25.4 / header.pixels_per_mm.1,
    );
    let to_dots = canvas
        .base()
        .pre_translate(
            (-header.frame[0] / HUNDREDTHS) as f32,
            (-header.frame[1] / HUNDREDTHS) as f32,
        )
        .pre_concat(Transform::from_scale(
            points_per_pixel.0 as f32,
            points_per_pixel.1 as f32,
        ));
    let device = Device {
        pixels_per_mm: (header.pixels_per_mm.0 as f32, header.pixels_per_mm.1 as f32),
        to_dots,
    };
    let mut player = Player::new(canvas, device, budget);
    player.play(metafile)?;
    Ok(player.verdict())
}

#[cfg(test)]
mod tests;
