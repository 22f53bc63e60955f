//! Streams made here, with known answers.

use super::*;
use crate::limits::Limits;
use crate::report::JudgedBy;
use crate::tests::shown;
use crate::{detect, estimate};
use proptest::prelude::*;

/// A page of 40 × 40 dots at 36 dots an inch, which is 80 points wide and high;
/// its cells are single dots.
#[derive(Clone)]
struct Page {
    words: Vec<(usize, u32)>,
    data: Vec<u8>,
}

const SIDE: usize = 40;
const WHITE: [u8; 3] = [255; 3];

impl Page {
    /// By the number of a colour space, bits of a sample and bits of a pixel.
    fn new(space: u32, bits: u32, pixel_bits: u32, data: Vec<u8>) -> Self {
        let line = (SIDE as u32 * pixel_bits).div_ceil(8);
        Self {
            words: vec![
                (276, 36),
                (280, 36),
                (352, 80),
                (356, 80),
                (372, SIDE as u32),
                (376, SIDE as u32),
                (384, bits),
                (388, pixel_bits),
                (392, line),
                (400, space),
            ],
            data,
        }
    }

    fn with(mut self, offset: usize, value: u32) -> Self {
        self.words.push((offset, value));
        self
    }

    /// At 600 dots an inch, cells are 16 dots wide and high.
    fn fine(self) -> Self {
        self.with(276, 600).with(280, 600).with(352, 0).with(356, 0)
    }

    fn bytes(&self, length: usize, word: fn(u32) -> [u8; 4]) -> Vec<u8> {
        let mut bytes = vec![0; length];
        for (offset, value) in &self.words {
            bytes[*offset..offset + 4].copy_from_slice(&word(*value));
        }
        bytes.extend_from_slice(&self.data);
        bytes
    }
}

fn pwg(pages: &[Page]) -> Vec<u8> {
    let mut document = b"RaS2".to_vec();
    for page in pages {
        let mut bytes = page.bytes(1796, u32::to_be_bytes);
        bytes[..9].copy_from_slice(b"PwgRaster");
        document.extend(bytes);
    }
    document
}

/// One pixel on every dot.
fn solid(pixel: &[u8]) -> Vec<u8> {
    packed(&[&[(SIDE - 1) as u8], pixel].concat())
}

/// One packed line on every line.
fn packed(line: &[u8]) -> Vec<u8> {
    [&[(SIDE - 1) as u8], line].concat()
}

fn srgb(pixel: [u8; 3]) -> Page {
    Page::new(19, 8, 24, solid(&pixel))
}

fn counted(document: &[u8]) -> Report {
    estimate(document, &Limits::default()).unwrap()
}

/// Colour of each page: C, G, or ? when it can't be told.
fn colours(document: &[u8]) -> String {
    shown(&counted(document))
}

#[track_caller]
fn check(page: Page, expected: &str) {
    assert_eq!(colours(&pwg(&[page])), expected);
}

#[test]
fn every_colour_space_tells_grey_from_colour() {
    //       space bits pixel  grey                           colour
    type Row<'r> = (u32, u32, u32, &'r [u8], &'r [u8]);
    let spaces: &[Row<'_>] = &[
        (1, 8, 24, &[90, 90, 90], &[200, 90, 90]),
        (19, 8, 24, &[90, 100, 90], &[90, 120, 90]),
        (20, 8, 24, &[90, 100, 90], &[90, 108, 90]),
        (
            19,
            16,
            48,
            &[90, 7, 90, 9, 90, 200],
            &[90, 7, 90, 9, 130, 0],
        ),
        (4, 8, 24, &[50, 50, 50], &[0, 50, 0]),
        (5, 8, 24, &[50, 50, 50], &[0, 50, 0]),
        (6, 8, 32, &[9, 9, 9, 80], &[0, 60, 0, 80]),
        (6, 8, 32, &[0, 60, 0, 200], &[0, 60, 0, 100]),
        (
            6,
            16,
            64,
            &[9, 0, 9, 0, 9, 0, 80, 0],
            &[0, 0, 60, 0, 0, 0, 80, 0],
        ),
        (7, 8, 32, &[0, 0, 0, 255], &[255, 0, 0, 0]),
        (8, 8, 32, &[255, 0, 0, 0], &[0, 0, 0, 255]),
        (9, 1, 8, &[0b0010_0000], &[0b0000_0010]),
        (9, 8, 32, &[255, 0, 0, 0], &[0, 0, 0, 255]),
        (13, 8, 8, &[0], &[255]),
        (15, 8, 24, &[110, 116, 126], &[180, 116, 20]),
        (16, 8, 24, &[128, 128, 128], &[128, 190, 128]),
        (17, 8, 32, &[255, 0, 0, 0], &[255, 0, 0, 255]),
        (1, 1, 4, &[0x77], &[0x44]),
        (1, 2, 8, &[0x2a], &[0x30]),
        (1, 4, 16, &[0x08, 0x88], &[0x0f, 0x00]),
        (6, 1, 4, &[0x11], &[0x88]),
        (6, 2, 8, &[0x03], &[0xc0]),
    ];
    for (space, bits, pixel_bits, grey, colour) in spaces {
        let unit = pixel_bits.div_ceil(8) as usize;
        assert_eq!(grey.len(), unit);
        let page = |pixel: &[u8]| Page::new(*space, *bits, *pixel_bits, solid(pixel));
        assert_eq!(
            colours(&pwg(&[page(grey), page(colour)])),
            "GC",
            "space {space} of {bits} bits"
        );
    }
}

#[test]
fn spaces_without_colour_are_grey_whatever_their_samples() {
    for space in [0, 3, 12, 14, 18] {
        for (bits, pixel) in [(1, &[0xaa][..]), (8, &[77]), (16, &[7, 7])] {
            let page = Page::new(space, bits, bits, solid(pixel));
            let report = counted(&pwg(&[page]));
            assert!(!report.pages[0].colour);
            assert_eq!(report.pages[0].judged_by, JudgedBy::Declared);
        }
    }
}

#[test]
fn inks_without_a_name_are_unknown_unless_there_is_none() {
    check(Page::new(51, 8, 32, solid(&[0, 0, 0, 1])), "?");
    check(Page::new(51, 8, 32, solid(&[0, 0, 0, 0])), "G");
    check(Page::new(51, 8, 32, packed(&[128])), "G");
    check(Page::new(34, 8, 24, solid(&[0, 0, 0])), "?");
    let report = counted(&pwg(&[Page::new(2, 8, 32, solid(&[9; 4]))]));
    assert!(report.warnings[0].contains("no known colour"));
}

#[test]
fn colours_come_line_by_line_and_page_by_page_too() {
    // Cyan, magenta, yellow and black, a band of 40 bytes each.
    let band = |ink: u8| [&[39, ink][..]].concat();
    let line = |inks: [u8; 4]| packed(&inks.map(band).concat());
    let banded = |inks| {
        Page::new(6, 8, 8, line(inks))
            .with(392, 160)
            .with(396, 1)
            .with(420, 4)
    };
    check(banded([0, 0, 0, 200]), "G");
    check(banded([99, 99, 99, 20]), "G");
    check(banded([99, 0, 0, 20]), "C");
    let planar = |inks: [u8; 4]| {
        Page::new(6, 8, 8, inks.map(|ink| solid(&[ink])).concat())
            .with(396, 2)
            .with(420, 4)
    };
    check(planar([0, 0, 0, 200]), "G");
    check(planar([99, 99, 99, 20]), "G");
    check(planar([0, 0, 99, 20]), "C");
    assert_eq!(
        colours(&pwg(&[planar([0; 4]), planar([99, 0, 0, 0]), srgb(WHITE)])),
        "GCG"
    );
}

#[test]
fn colour_is_what_a_cell_shows_on_the_whole() {
    // Red beside cyan on every line of a cell of 16 dots: grey on the whole.
    let dots = [[255, 0, 0], [0, 255, 255]].concat().repeat(SIDE / 2);
    let line = [&[(257 - SIDE) as u8], &dots[..]].concat();
    check(Page::new(19, 8, 24, packed(&line)).fine(), "G");
    check(Page::new(19, 8, 24, packed(&line)), "C");
    // One red dot of 256 doesn't show; 25 of 256 do: 25 × 255 ÷ 256 > 24.
    let red = |dots: u8| {
        let line = [&[dots - 1, 255, 0, 0, 128][..]].concat();
        let rest = [&[38, 128][..]].concat();
        Page::new(19, 8, 24, [&[0], &line[..], &rest].concat()).fine()
    };
    check(red(1), "G");
    check(red(16), "G");
    let square = |lines: u8| {
        let first = [lines - 1, 4, 255, 0, 0, 128];
        let rest = [39 - lines, 128];
        Page::new(19, 8, 24, [&first[..], &rest].concat()).fine()
    };
    check(square(4), "G");
    check(square(5), "C");
}

#[test]
fn runs_may_cross_from_cell_to_cell() {
    // 14 white, 25 red, 1 white dots, once and on two lines: the middle cell is
    // red on one of its 16 lines, or on two.
    let lines = |times: u8| {
        let mut data = vec![times - 1, 13];
        data.extend(WHITE);
        data.extend([24, 255, 0, 0, 0]);
        data.extend(WHITE);
        data.extend([39 - times, 128]);
        Page::new(19, 8, 24, data).fine()
    };
    // 255 ÷ 16 = 16 and 2 × 255 ÷ 16 = 32.
    check(lines(1), "G");
    check(lines(2), "C");
    // The same from dots as they are.
    let literal = |times: u8| {
        let mut data = vec![times - 1, (257 - SIDE) as u8];
        for dot in 0..SIDE {
            data.extend(if (14..39).contains(&dot) {
                [255, 0, 0]
            } else {
                WHITE
            });
        }
        data.extend([39 - times, 128]);
        Page::new(19, 8, 24, data).fine()
    };
    check(literal(1), "G");
    check(literal(2), "C");
    // And where the two lines lie in different rows of cells.
    let apart = |first: u8| {
        let data = [first - 1, 128, 1, 39, 255, 0, 0, 37 - first, 128];
        Page::new(19, 8, 24, data.to_vec()).fine()
    };
    check(apart(14), "C");
    check(apart(15), "G");
}

#[test]
fn every_place_of_a_coloured_dot_is_seen() {
    for at in 0..SIDE {
        for channel in 0..3 {
            let mut line = [100; SIDE * 3];
            line[at * 3 + channel] = 126;
            let data = [&[39, (257 - SIDE) as u8], &line[..]].concat();
            check(Page::new(19, 8, 24, data.clone()), "C");
            line[at * 3 + channel] = 124;
            let data = [&[39, (257 - SIDE) as u8], &line[..]].concat();
            check(Page::new(19, 8, 24, data), "G");
        }
    }
}

#[test]
fn the_header_tells_the_size() {
    //        dots   resolution  points  exact
    for (dots, resolution, points, expected) in [
        (1275, 150, 612, 612.0),
        (1240, 150, 595, 595.0),
        (1755, 150, 842, 842.0),
        (8, 150, 3, 3.84),
        (8, 150, 4, 3.84),
        (4960, 600, 0, 595.2),
        // A picture that doesn't cover the page.
        (100, 300, 595, 595.0),
        (100, 0, 595, 595.0),
    ] {
        let page = Page::new(18, 8, 8, solid(&[0]))
            .with(372, dots)
            .with(392, dots)
            .with(276, resolution)
            .with(352, points);
        let (header, _) = page_header(
            &page.bytes(1796, u32::to_be_bytes),
            0,
            open(Format::Pwg, b"RaS2").unwrap().0,
        )
        .unwrap();
        let (width, _) = header.size_pt.unwrap();
        assert!(
            (width - expected).abs() < 1e-6,
            "{dots} at {resolution}: {width}"
        );
    }
    let unsized_page = srgb(WHITE).with(276, 0).with(352, 0);
    let report = counted(&pwg(&[unsized_page]));
    assert_eq!(report.pages[0].width_pt, 595.0);
    assert!(report.warnings[0].contains("A4"));
}

#[test]
fn cups_names_the_size_exactly() {
    let page = srgb(WHITE).with(352, 80).with(428, 80.276f32.to_bits());
    let mut document = b"3SaR".to_vec();
    document.extend(
        page.with(432, 80.0f32.to_bits())
            .bytes(1796, u32::to_le_bytes),
    );
    document.resize(4 + 1796 + SIDE * SIDE * 3, 255);
    let report = counted(&document);
    assert!((report.pages[0].width_pt - 80.276).abs() < 1e-3);
}

#[test]
fn all_versions_of_cups_raster_in_both_byte_orders() {
    let dots = |pixel: [u8; 3]| pixel.repeat(SIDE * SIDE);
    for (signature, length, is_packed) in [
        (b"RaSt", 420, false),
        (b"tSaR", 420, false),
        (b"RaS2", 1796, true),
        (b"2SaR", 1796, true),
        (b"RaS3", 1796, false),
        (b"3SaR", 1796, false),
    ] {
        let little = signature.ends_with(b"R");
        let word = if little {
            u32::to_le_bytes
        } else {
            u32::to_be_bytes
        };
        let mut document = signature.to_vec();
        for pixel in [[50; 3], [255, 0, 0], [90; 3]] {
            let mut page = srgb(pixel);
            if !is_packed {
                page.data = dots(pixel);
            }
            let mut bytes = page.bytes(length, word);
            bytes[0] = b'x';
            document.extend(bytes);
        }
        assert_eq!(detect(&document), Some(Format::CupsRaster));
        assert_eq!(colours(&document), "GCG", "{signature:?}");
    }
}

#[test]
fn sixteen_bits_are_in_the_order_of_the_file() {
    let page = Page::new(19, 16, 48, [0, 200, 9, 200, 99, 200].repeat(SIDE * SIDE));
    let mut little = b"3SaR".to_vec();
    little.extend(page.bytes(1796, u32::to_le_bytes));
    assert_eq!(colours(&little), "G");
    let mut big = b"RaS3".to_vec();
    big.extend(page.bytes(1796, u32::to_be_bytes));
    assert_eq!(colours(&big), "C");
}

/// Apple raster: bits of a pixel, colour space, sides and the pixel.
fn urf(pages: u32, headers: &[(u8, u8, u8, &[u8])]) -> Vec<u8> {
    let mut document = b"UNIRAST\0".to_vec();
    document.extend(pages.to_be_bytes());
    for (bits, space, sides, pixel) in headers {
        let mut header = [0; 32];
        header[..3].copy_from_slice(&[*bits, *space, *sides]);
        for (offset, value) in [(12, 40u32), (16, 40), (20, 36)] {
            header[offset..offset + 4].copy_from_slice(&value.to_be_bytes());
        }
        document.extend(header);
        document.extend(solid(pixel));
    }
    document
}

#[test]
fn apple_raster_in_all_its_colour_spaces() {
    let document = urf(
        8,
        &[
            (8, 0, 3, &[9]),
            (24, 1, 3, &[9, 9, 9]),
            (24, 1, 3, &[99, 9, 9]),
            (24, 2, 3, &[99, 128, 128]),
            (24, 3, 3, &[99, 9, 9]),
            (32, 6, 3, &[0, 99, 0, 0]),
            (1, 4, 3, &[0]),
            (48, 5, 3, &[9, 0, 9, 0, 9, 0]),
        ],
    );
    let report = counted(&document);
    assert_eq!(report.format, Format::Urf);
    assert_eq!(colours(&document), "GGCGCCGG");
    assert_eq!(report.ticket.sides, Some(Sides::TwoSidedLongEdge));
    assert_eq!(report.pages[0].width_pt, 80.0);
    assert!(report.warnings.is_empty());
}

#[test]
fn a_wrong_number_of_pages_is_told() {
    let pages: [(u8, u8, u8, &[u8]); 2] = [(8, 0, 1, &[9]), (8, 0, 2, &[9])];
    let report = counted(&urf(5, &pages));
    assert_eq!(report.pages.len(), 2);
    assert!(report.warnings[0].contains("5 pages; 2"));
    assert!(report.warnings[1].contains("both sides"));
    assert_eq!(report.ticket.sides, None);
    assert!(counted(&urf(0, &pages[..1])).warnings.is_empty());
    let report = counted(&pwg(&[srgb(WHITE).with(452, 3), srgb(WHITE).with(452, 3)]));
    assert!(report.warnings[0].contains("3 pages; 2"));
}

#[test]
fn the_header_is_a_job_ticket() {
    let sides = |duplex, tumble| {
        let page = srgb(WHITE).with(272, duplex).with(368, tumble);
        counted(&pwg(&[page.clone(), page])).ticket.sides
    };
    assert_eq!(sides(0, 0), Some(Sides::OneSided));
    assert_eq!(sides(1, 0), Some(Sides::TwoSidedLongEdge));
    assert_eq!(sides(1, 1), Some(Sides::TwoSidedShortEdge));
    let copies = |first, second| {
        let report = counted(&pwg(&[
            srgb(WHITE).with(340, first),
            srgb([255, 0, 0]).with(340, second),
        ]));
        (report.ticket.copies, report.pages.len())
    };
    assert_eq!(copies(0, 0), (None, 2));
    assert_eq!(copies(1, 0), (None, 2));
    assert_eq!(copies(3, 3), (Some(3), 2));
    assert_eq!(copies(3, 1), (None, 4));
    let endless = pwg(&[srgb(WHITE).with(340, 2), srgb(WHITE).with(340, u32::MAX)]);
    assert_eq!(
        estimate(&endless, &Limits::default()),
        Err(Problem::limit("pages"))
    );
}

#[test]
fn figures_that_do_not_fit_are_not_believed() {
    for (offset, value) in [
        (372, 0),
        (372, u32::MAX),
        (376, 0),
        (384, 0),
        (384, 17),
        (388, 0),
        (388, 241),
        (388, u32::MAX),
        (392, 0),
        (392, u32::MAX),
        (392, 119),
        (396, 3),
        (276, u32::MAX),
    ] {
        let document = pwg(&[srgb(WHITE).with(offset, value)]);
        assert_eq!(
            estimate(&document, &Limits::default()),
            Err(Problem::Damaged),
            "{value} at {offset}"
        );
        let document = pwg(&[srgb(WHITE), srgb(WHITE).with(offset, value)]);
        let report = counted(&document);
        assert_eq!(report.pages.len(), 1);
        assert!(report.warnings[0].contains("follows page 1"));
    }
}

#[test]
fn more_lines_than_the_page_has_are_left_out() {
    let long = |times: u8| {
        let mut page = srgb(WHITE);
        page.data[0] = times;
        page
    };
    assert_eq!(colours(&pwg(&[long(255), srgb([255, 0, 0])])), "GC");
}

#[test]
fn huge_pages_take_neither_time_nor_memory() {
    // Four thousand million lines of two thousand million bytes, of which 100
    // are there.
    let mut data = Vec::new();
    for _ in 0..100 {
        data.extend([255, 128]);
    }
    for (space, order) in [(19, 0), (6, 1), (6, 2), (18, 0)] {
        let page = Page::new(space, 8, 24, data.clone())
            .with(372, 0x2000_0000)
            .with(376, u32::MAX)
            .with(388, if space == 18 { 8 } else { 24 })
            .with(392, 0x7fff_fff8)
            .with(396, order);
        let report = counted(&pwg(&[page]));
        assert_eq!(report.pages.len(), 1);
        assert!(report.warnings[0].contains("before it is complete"));
        assert_eq!(report.pages[0].colour, space != 18);
    }
}

#[test]
fn a_page_without_end_is_counted_and_not_guessed() {
    let document = pwg(&[srgb(WHITE), srgb([255, 0, 0]), srgb(WHITE)]);
    let whole = document.len();
    for tenth in 1..10 {
        let cut = &document[..whole * tenth / 10];
        match estimate(cut, &Limits::default()) {
            Ok(report) => assert!(!report.warnings.is_empty()),
            Err(problem) => assert_eq!(problem, Problem::Damaged),
        }
    }
    // One byte less, and the last page can't be told.
    let report = counted(&document[..whole - 1]);
    assert_eq!(colours(&document[..whole - 1]), "GC?");
    assert!(report.warnings[0].contains("before it is complete"));
    // What was seen of a page's colour stays seen.
    let mut data = vec![9, 39, 255, 0, 0];
    data.extend([29, 39, 255]);
    check(Page::new(19, 8, 24, data), "C");
}

#[test]
fn too_many_pages_reach_the_limit() {
    let pages: Vec<_> = (0..4).map(|_| srgb(WHITE)).collect();
    let limits = Limits {
        max_pages: 3,
        ..Limits::default()
    };
    assert_eq!(
        estimate(&pwg(&pages), &limits),
        Err(Problem::limit("pages"))
    );
}

#[test]
fn no_time_leaves_pages_counted_and_colour_unknown() {
    let limits = Limits {
        time: std::time::Duration::ZERO,
        ..Limits::default()
    };
    let lines: Vec<u8> = [0, 39, 9, 9, 9].repeat(SIDE);
    let pages: Vec<_> = (0..20)
        .map(|_| Page::new(19, 8, 24, lines.clone()))
        .collect();
    let report = estimate(&pwg(&pages), &limits).unwrap();
    assert_eq!(report.pages.len(), 20);
    assert!(report.warnings[0].contains("no time left"));
}

/// What a reader that expands everything says: the mean of each cell.
fn by_the_book(pixels: &[[u8; 3]], cell: usize) -> bool {
    let mut shows = false;
    for top in (0..SIDE).step_by(cell) {
        for left in (0..SIDE).step_by(cell) {
            let mut sums = [0u32; 3];
            let mut dots = 0;
            for line in top..SIDE.min(top + cell) {
                for column in left..SIDE.min(left + cell) {
                    for (sum, value) in sums.iter_mut().zip(pixels[line * SIDE + column]) {
                        *sum += u32::from(value);
                    }
                    dots += 1;
                }
            }
            let spread = sums.iter().max().unwrap() - sums.iter().min().unwrap();
            shows |= spread > 24 * dots;
        }
    }
    shows
}

/// Packs lines: each run is repeated or as it is, by chance.
fn pack(pixels: &[[u8; 3]], choices: &[u8]) -> Vec<u8> {
    let mut data = Vec::new();
    let mut choice = choices.iter().cycle();
    let lines: Vec<_> = pixels.chunks_exact(SIDE).collect();
    let mut line = 0;
    while line < SIDE {
        let same = lines[line..]
            .iter()
            .take_while(|l| **l == lines[line])
            .count();
        data.push((same - 1) as u8);
        let mut at = 0;
        while at < SIDE {
            let run = lines[line][at..]
                .iter()
                .take_while(|p| **p == lines[line][at])
                .count();
            if choice.next().unwrap().is_multiple_of(2) || SIDE - at < 2 {
                data.push((run - 1) as u8);
                data.extend(lines[line][at]);
                at += run;
            } else {
                let count = 2.max(run).min(SIDE - at);
                data.push((257 - count) as u8);
                data.extend(lines[line][at..at + count].iter().flatten());
                at += count;
            }
        }
        line += same;
    }
    data
}

proptest! {
    #[test]
    fn packed_pages_are_judged_as_their_pixels_are(
        dots in prop::collection::vec((0usize..SIDE * SIDE, 1usize..90, any::<[u8; 3]>()), 0..12),
        spread in 1u8..60,
        choices in prop::collection::vec(any::<u8>(), 1..20),
        is_fine in any::<bool>(),
    ) {
        let mut pixels = vec![WHITE; SIDE * SIDE];
        for (at, count, [base, red, blue]) in dots {
            let value = [
                base.saturating_add(red % spread),
                base,
                base.saturating_add(blue % spread),
            ];
            for pixel in pixels.iter_mut().skip(at).take(count) {
                *pixel = value;
            }
        }
        let page = Page::new(19, 8, 24, pack(&pixels, &choices));
        let (page, cell) = if is_fine { (page.fine(), 16) } else { (page, 1) };
        let expected = by_the_book(&pixels, cell);
        prop_assert_eq!(counted(&pwg(&[page])).pages[0].colour, expected);
    }

    #[test]
    fn no_bytes_upset_it(
        signature in prop::sample::select(vec![
            "RaSt", "tSaR", "RaS2", "2SaR", "RaS3", "3SaR", "UNIRAST\0", "RaS2PwgRaster\0",
        ]),
        words in prop::collection::vec((0usize..449, any::<u32>()), 0..6),
        space in 0u32..64,
        bits in prop::sample::select(vec![1u32, 2, 4, 8, 16, 3]),
        pixel_bits in 1u32..64,
        order in 0u32..3,
        data in prop::collection::vec(any::<u8>(), 0..3000),
    ) {
        let mut page = Page::new(space, bits, pixel_bits, data).with(396, order);
        for (word, value) in words {
            page = page.with(word * 4, value);
        }
        let mut document = signature.as_bytes().to_vec();
        let length = if signature.ends_with('t') { 420 } else { 1796 };
        let page = Page { words: page.words.into_iter().filter(|(at, _)| *at < 416).collect(), ..page };
        document.extend(page.bytes(length, u32::to_be_bytes));
        let _ = estimate(&document, &Limits::default());
        let _ = estimate(&[b"UNIRAST\0", &document[..]].concat(), &Limits::default());
    }
}
