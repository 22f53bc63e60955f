//! Lines of pixels, packed or plain.
//!
//! A packed line begins with how often it is repeated, less one, followed by
//! runs: 0…127 and a pixel, which stands that often plus one; 129…255 and 257
//! less that many pixels as they are; 128 for an empty rest of the line. As
//! CUPS reads them, runs end with the line. *Source*: PWG 5102.4-2012, section
//! 4.4; cups/raster-stream.c.

/// What becomes of a line's runs, in their order.
pub(super) trait Runs {
    /// One pixel, so many times.
    fn repeat(&mut self, pixel: &[u8], count: usize);
    /// Pixels one after the other.
    fn literal(&mut self, pixels: &[u8]);
}

/// Where a line ends and how often it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) end: usize,
    pub(super) times: usize,
}

/// How lines are written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Coding {
    pub(super) packed: bool,
    /// Bytes of a line as it stands on the page.
    pub(super) line_bytes: usize,
}

/// Reads the line at `at`; none when the data ends before it does.
///
/// An empty rest of a line is not told: it has no colour.
#[inline(always)]
pub(super) fn walk(
    data: &[u8],
    at: usize,
    coding: Coding,
    unit: usize,
    runs: &mut impl Runs,
) -> Option<Line> {
    if !coding.packed {
        let end = at.checked_add(coding.line_bytes)?;
        runs.literal(data.get(at..end)?);
        return Some(Line { end, times: 1 });
    }
    let times = usize::from(*data.get(at)?) + 1;
    let mut at = at + 1;
    let mut left = coding.line_bytes;
    while left > 0 {
        let code = usize::from(*data.get(at)?);
        at += 1;
        match code {
            0..128 => {
                let pixel = data.get(at..at + unit)?;
                let bytes = ((code + 1) * unit).min(left);
                runs.repeat(pixel, bytes / unit);
                at += unit;
                left -= bytes;
            }
            128 => break,
            _ => {
                let bytes = ((257 - code) * unit).min(left);
                runs.literal(data.get(at..at + bytes)?);
                at += bytes;
                left -= bytes;
            }
        }
    }
    Some(Line { end: at, times })
}

/// Runs that nobody looks at.
pub(super) struct Unseen;

impl Runs for Unseen {
    #[inline(always)]
    fn repeat(&mut self, _: &[u8], _: usize) {}
    #[inline(always)]
    fn literal(&mut self, _: &[u8]) {}
}

/// Whether anything at all is there: samples other than zero.
#[derive(Default)]
pub(super) struct Ink {
    pub(super) seen: bool,
}

impl Runs for Ink {
    fn repeat(&mut self, pixel: &[u8], _: usize) {
        self.seen |= pixel.iter().any(|sample| *sample != 0);
    }
    fn literal(&mut self, pixels: &[u8]) {
        self.seen |= pixels.iter().any(|sample| *sample != 0);
    }
}

/// A line written out. The space for it grows only with what is there.
pub(super) struct Expanded<'b> {
    pub(super) line: &'b mut Vec<u8>,
}

impl Runs for Expanded<'_> {
    fn repeat(&mut self, pixel: &[u8], count: usize) {
        for _ in 0..count {
            self.line.extend_from_slice(pixel);
        }
    }
    fn literal(&mut self, pixels: &[u8]) {
        self.line.extend_from_slice(pixels);
    }
}
