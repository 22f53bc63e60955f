//! The header of a page, and how PWG and CUPS raster write it.
//! *Source*: PWG 5102.4-2012, section 4.3 (a fixed layout, big-endian);
//! cups/raster.h (the same layout; 420 bytes in version 1, 1,796 after it, in
//! the byte order of the machine that wrote it).

use super::space::Space;
use platen_domain::Sides;

/// Bytes of a page header in version 1.
const FIRST_VERSION_BYTES: usize = 420;
/// Bytes of a page header in versions 2, 3 and PWG raster.
const HEADER_BYTES: usize = 1796;
/// As CUPS refuses lines that are longer.
const MAX_LINE_BYTES: u32 = 0x7fff_ffff;
/// No device is finer; a finer one is taken for a damaged header.
const MAX_RESOLUTION: u32 = 30_000;

/// How a file's pages are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stream {
    pub(super) kind: Kind,
    /// Words and 16-bit samples have their low byte first.
    pub(super) little: bool,
    /// Lines are repeated and packed.
    pub(super) packed: bool,
}

/// Which page headers a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// PWG raster.
    Pwg,
    /// CUPS raster, version 1.
    CupsFirst,
    /// CUPS raster, versions 2 and 3.
    Cups,
    /// Apple raster.
    Urf,
}

/// The order of samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Pixel by pixel.
    Chunked,
    /// Line by line, one colour after the other.
    Banded,
    /// Page by page, one colour after the other.
    Planar,
}

/// What a page's header says, as far as counting needs it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PageHeader {
    /// *Units*: points; none when the header doesn't say.
    pub(super) size_pt: Option<(f64, f64)>,
    /// Dots.
    pub(super) width: usize,
    /// Dots.
    pub(super) height: usize,
    /// Dots per inch, across and along the feed; 0 when not said.
    pub(super) resolution: (u32, u32),
    /// Bits of a sample, of 1 to 16.
    pub(super) bits: u32,
    /// Bits of a pixel, or of a sample when not chunked.
    pub(super) pixel_bits: u32,
    pub(super) line_bytes: usize,
    pub(super) order: Order,
    /// Samples of a pixel.
    pub(super) samples: usize,
    pub(super) space: Space,
    /// How often the page is printed; none when the header leaves it open.
    pub(super) copies: Option<u32>,
    pub(super) sides: Option<Sides>,
    /// Pages that the stream says it has.
    pub(super) total_pages: Option<u32>,
}

impl PageHeader {
    /// Lines of data that the page has.
    pub(super) fn lines(&self) -> u64 {
        let planes = match self.order {
            Order::Planar => self.samples,
            Order::Chunked | Order::Banded => 1,
        };
        (self.height as u64).saturating_mul(planes as u64)
    }

    /// Bytes that a run repeats.
    pub(super) fn unit(&self) -> usize {
        let bits = match self.order {
            Order::Chunked => self.pixel_bits,
            Order::Banded | Order::Planar => self.bits,
        };
        bits.div_ceil(8).max(1) as usize
    }

    /// Bytes that one colour's samples of a line fill.
    pub(super) fn plane_bytes(&self) -> usize {
        let bits = (self.width as u64).saturating_mul(u64::from(self.bits));
        usize::try_from(bits.div_ceil(8)).unwrap_or(usize::MAX)
    }

    /// Bytes from one colour to the next in a line that is written so.
    pub(super) fn band_bytes(&self) -> usize {
        self.line_bytes / self.samples.max(1)
    }

    /// Whether the figures fit together, as CUPS's own reader asks of them.
    fn is_sound(&self) -> bool {
        let dots = (self.width as u64).saturating_mul(u64::from(match self.order {
            Order::Chunked => self.pixel_bits,
            Order::Banded | Order::Planar => self.bits,
        }));
        self.width > 0
            && self.height > 0
            && (1..=16).contains(&self.bits)
            && (1..=240).contains(&self.pixel_bits)
            && (1..=MAX_LINE_BYTES as usize).contains(&self.line_bytes)
            && self.line_bytes.is_multiple_of(self.unit())
            && dots.div_ceil(8) <= self.line_bytes as u64
            && self.samples > 0
            && self.resolution.0 <= MAX_RESOLUTION
            && self.resolution.1 <= MAX_RESOLUTION
    }

    /// The header, if its figures fit together.
    pub(super) fn sound(self) -> Option<Self> {
        self.is_sound().then_some(self)
    }
}

/// Reads the page header at `at`; also where its pixels begin.
pub(super) fn read(document: &[u8], at: usize, stream: Stream) -> Option<(PageHeader, usize)> {
    let length = match stream.kind {
        Kind::CupsFirst => FIRST_VERSION_BYTES,
        _ => HEADER_BYTES,
    };
    let end = at.checked_add(length)?;
    let fields = Fields {
        bytes: document.get(at..end)?,
        little: stream.little,
    };
    Some((fields.header(stream.kind)?.sound()?, end))
}

/// A header's words by their offset.
struct Fields<'d> {
    bytes: &'d [u8],
    little: bool,
}

impl Fields<'_> {
    /// The word at `offset`; none beyond the end of a short header.
    fn word(&self, offset: usize) -> Option<u32> {
        let word = self.bytes.get(offset..)?.first_chunk::<4>()?;
        Some(if self.little {
            u32::from_le_bytes(*word)
        } else {
            u32::from_be_bytes(*word)
        })
    }

    fn header(&self, kind: Kind) -> Option<PageHeader> {
        let word = |offset| self.word(offset);
        let duplex = (word(272)? != 0, word(368)? != 0);
        let space = Space::from_cups(word(400)?);
        let bits = word(384)?;
        let named = match kind {
            Kind::CupsFirst => None,
            _ => word(420).filter(|samples| (1..=16).contains(samples)),
        };
        let mut header = PageHeader {
            size_pt: None,
            width: word(372)? as usize,
            height: word(376)? as usize,
            resolution: (word(276)?, word(280)?),
            bits,
            pixel_bits: word(388)?,
            line_bytes: word(392)? as usize,
            order: match word(396)? {
                0 => Order::Chunked,
                1 => Order::Banded,
                2 => Order::Planar,
                _ => return None,
            },
            samples: named.map_or(space.samples(bits), |samples| samples as usize),
            space,
            copies: Some(word(340)?).filter(|copies| *copies > 0),
            sides: Some(match duplex {
                (false, _) => Sides::OneSided,
                (true, false) => Sides::TwoSidedLongEdge,
                (true, true) => Sides::TwoSidedShortEdge,
            }),
            // CUPS keeps its printer driver's own figures in this place.
            total_pages: word(452).filter(|total| kind == Kind::Pwg && *total > 0),
        };
        // PWG raster has zeros where CUPS writes the exact size.
        let exact = |offset| {
            let size = f64::from(f32::from_bits(word(offset)?));
            (kind == Kind::Cups && size.is_finite() && size > 0.0).then_some(size)
        };
        let whole = (word(352)?, word(356)?);
        header.size_pt = side(whole.0, exact(428), header.width, header.resolution.0).zip(side(
            whole.1,
            exact(432),
            header.height,
            header.resolution.1,
        ));
        Some(header)
    }
}

/// One side of a page. *Units*: points.
///
/// The header names it in whole points, rounded or cut; CUPS may name it
/// exactly; and where the picture covers the whole page, its dots tell too.
fn side(whole: u32, exact: Option<f64>, dots: usize, resolution: u32) -> Option<f64> {
    let named = f64::from(whole);
    if let Some(exact) = exact
        && (whole == 0 || (exact - named).abs() <= 1.0)
    {
        return Some(exact);
    }
    let covered = covered(dots, resolution);
    match covered {
        Some(covered) if whole == 0 || (covered - named).abs() < 1.0 => Some(covered),
        _ => (whole > 0).then_some(named),
    }
}

/// How far that many dots reach. *Units*: points, whole where whole points lie
/// within a dot and a thousandth of it: a page is cut to whole dots.
pub(super) fn covered(dots: usize, resolution: u32) -> Option<f64> {
    if resolution == 0 {
        return None;
    }
    let dot = 72.0 / f64::from(resolution);
    let reach = dots as f64 * dot;
    let whole = reach.round();
    let near = (reach - whole).abs();
    Some(if near <= dot && near <= whole / 1000.0 {
        whole
    } else {
        reach
    })
}
