//! Files made here, with known answers.

use super::*;
use crate::limits::Limits;
use crate::tests::{deflate, shown};
use crate::{detect, estimate};
use proptest::prelude::*;

const SIDE: usize = 32;
const RED: [u8; 3] = [200, 20, 20];
const GREY: [u8; 3] = [90, 90, 90];

/// One picture: its entries and the bytes of its parts.
#[derive(Clone)]
struct Drawn {
    entries: Vec<(u16, Vec<u32>)>,
    parts: Vec<Vec<u8>>,
}

impl Drawn {
    /// A picture of one strip, by its photometric number.
    fn new(photometric: u32, samples: u32, bits: u32, pixels: Vec<u8>) -> Self {
        Self {
            entries: vec![
                (256, vec![SIDE as u32]),
                (257, vec![SIDE as u32]),
                (258, vec![bits; samples as usize]),
                (262, vec![photometric]),
                (277, vec![samples]),
            ],
            parts: vec![pixels],
        }
    }

    fn rgb(pixel: [u8; 3]) -> Self {
        Self::new(2, 3, 8, pixel.repeat(SIDE * SIDE))
    }

    fn with(mut self, tag: u16, values: &[u32]) -> Self {
        self.entries.retain(|(known, _)| *known != tag);
        self.entries.push((tag, values.to_vec()));
        self
    }

    fn packed(mut self, number: u32, pack: impl Fn(&[u8]) -> Vec<u8>) -> Self {
        self.parts = self.parts.iter().map(|part| pack(part)).collect();
        self.with(259, &[number])
    }

    fn parts(mut self, parts: Vec<Vec<u8>>) -> Self {
        self.parts = parts;
        self
    }
}

/// How numbers are written.
#[derive(Clone, Copy)]
struct Form {
    little: bool,
    big: bool,
}

const CLASSIC: Form = Form {
    little: true,
    big: false,
};

impl Form {
    fn number(self, value: u64, length: usize) -> Vec<u8> {
        if self.little {
            value.to_le_bytes()[..length].to_vec()
        } else {
            value.to_be_bytes()[8 - length..].to_vec()
        }
    }

    fn file(self, pictures: &[Drawn]) -> Vec<u8> {
        let offset = if self.big { 8 } else { 4 };
        let mut file = match (self.little, self.big) {
            (true, false) => b"II*\0".to_vec(),
            (false, false) => b"MM\0*".to_vec(),
            (true, true) => b"II+\0\x08\0\0\0".to_vec(),
            (false, true) => b"MM\0+\0\x08\0\0".to_vec(),
        };
        let mut link = file.len();
        file.extend(vec![0; offset]);
        for picture in pictures {
            let mut entries = picture.entries.clone();
            let mut starts = Vec::new();
            for part in &picture.parts {
                starts.push(file.len() as u32);
                file.extend(part);
            }
            let tiled = entries.iter().any(|(tag, _)| *tag == 322);
            let tags = if tiled { (324, 325) } else { (273, 279) };
            entries.push((tags.0, starts));
            entries.push((
                tags.1,
                picture.parts.iter().map(|p| p.len() as u32).collect(),
            ));
            let mut directory = self.number(entries.len() as u64, if self.big { 8 } else { 2 });
            for (tag, values) in &entries {
                directory.extend(self.number(u64::from(*tag), 2));
                directory.extend(self.number(4, 2));
                directory.extend(self.number(values.len() as u64, offset));
                let mut field: Vec<u8> = values
                    .iter()
                    .flat_map(|value| self.number(u64::from(*value), 4))
                    .collect();
                if field.len() > offset {
                    let at = file.len() as u64;
                    file.extend(field);
                    field = self.number(at, offset);
                }
                field.resize(offset, 0);
                directory.extend(field);
            }
            let at = self.number(file.len() as u64, offset);
            file[link..link + offset].copy_from_slice(&at);
            file.extend(directory);
            link = file.len();
            file.extend(vec![0; offset]);
        }
        file
    }
}

fn counted(document: &[u8]) -> Report {
    estimate(document, &Limits::default()).unwrap()
}

/// Colour of each page: C, G, or ? when it can't be told.
fn colours(pictures: &[Drawn]) -> String {
    shown(&counted(&CLASSIC.file(pictures)))
}

fn lzw(data: &[u8]) -> Vec<u8> {
    weezl::encode::Encoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8)
        .encode(data)
        .unwrap()
}

/// A literal, nothing, and a run, over and over.
fn packbits(data: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    for chunk in data.chunks(6) {
        if chunk.iter().all(|byte| *byte == chunk[0]) && chunk.len() > 1 {
            packed.extend([(257 - chunk.len()) as u8, chunk[0], 128]);
        } else {
            packed.push((chunk.len() - 1) as u8);
            packed.extend(chunk);
        }
    }
    packed
}

/// Differences to the pixel before, along each row of so many bytes.
fn differences(data: &[u8], row: usize, samples: usize) -> Vec<u8> {
    data.chunks(row)
        .flat_map(|row| {
            (0..row.len()).map(|at| match at.checked_sub(samples) {
                Some(before) => row[at].wrapping_sub(row[before]),
                None => row[at],
            })
        })
        .collect()
}

#[test]
fn each_picture_is_a_page_in_every_form_of_file() {
    let pictures = [Drawn::rgb(GREY), Drawn::rgb(RED), Drawn::rgb(GREY)];
    for little in [true, false] {
        for big in [true, false] {
            let file = Form { little, big }.file(&pictures);
            assert_eq!(detect(&file), Some(Format::Tiff));
            let report = counted(&file);
            assert_eq!(shown(&report), "GCG");
            assert!(report.warnings[0].contains("3 pictures"));
        }
    }
    assert!(counted(&CLASSIC.file(&pictures[..1])).warnings.is_empty());
}

#[test]
fn thumbnails_and_masks_are_no_pages() {
    let aside = |kind| Drawn::rgb(RED).with(254, &[kind]);
    assert_eq!(colours(&[Drawn::rgb(GREY), aside(1), aside(4)]), "G");
    assert_eq!(colours(&[Drawn::rgb(GREY), aside(2), aside(0)]), "GCC");
    assert_eq!(
        colours(&[Drawn::rgb(GREY), Drawn::rgb(RED).with(255, &[2])]),
        "G"
    );
    assert_eq!(colours(&[aside(1)]), "C");
}

#[test]
fn every_colour_space_tells_grey_from_colour() {
    //       photometric, samples, bits, grey, colour
    type Row<'r> = (u32, u32, u32, &'r [u8], &'r [u8]);
    let spaces: &[Row<'_>] = &[
        (2, 3, 8, &[90, 100, 90], &[90, 130, 90]),
        (
            2,
            3,
            16,
            &[9, 90, 200, 90, 9, 90],
            &[9, 90, 200, 130, 9, 90],
        ),
        (2, 4, 8, &[90, 90, 90, 7], &[90, 130, 90, 7]),
        (5, 4, 8, &[50, 50, 50, 9], &[50, 0, 50, 9]),
        (5, 4, 8, &[50, 0, 50, 255], &[50, 0, 50, 0]),
        (8, 3, 8, &[99, 0, 0], &[99, 60, 0]),
        (8, 3, 8, &[99, 2, 255], &[99, 196, 0]),
        (9, 3, 8, &[99, 128, 128], &[99, 188, 128]),
    ];
    for (photometric, samples, bits, grey, colour) in spaces {
        let drawn =
            |pixel: &[u8]| Drawn::new(*photometric, *samples, *bits, pixel.repeat(SIDE * SIDE));
        assert_eq!(
            colours(&[drawn(grey), drawn(colour)]),
            "GC",
            "{photometric}"
        );
    }
}

#[test]
fn grey_pictures_are_grey_however_they_are_packed() {
    for compression in [1, 2, 3, 4, 5, 7, 32773, 34661, 65000] {
        for photometric in [0, 1] {
            let drawn = Drawn::new(photometric, 1, 1, vec![0xaa; 9]).with(259, &[compression]);
            let report = counted(&CLASSIC.file(&[drawn]));
            assert!(!report.pages[0].colour);
            assert_eq!(report.pages[0].judged_by, JudgedBy::Declared);
        }
    }
}

#[test]
fn a_palette_counts_by_what_is_used_of_it() {
    let palette = |colour: [u32; 3], index: u8| {
        let mut map = vec![0; 3 * 256];
        for (at, value) in colour.iter().enumerate() {
            map[at * 256 + 7] = value * 257;
        }
        Drawn::new(3, 1, 8, vec![index; SIDE * SIDE]).with(320, &map)
    };
    assert_eq!(colours(&[palette([200, 20, 20], 7)]), "C");
    assert_eq!(colours(&[palette([200, 20, 20], 8)]), "G");
    assert_eq!(colours(&[palette([90, 90, 90], 7)]), "G");
    let short = Drawn::new(3, 1, 8, vec![0; SIDE * SIDE]).with(320, &[0; 9]);
    assert_eq!(colours(&[short]), "?");
    // Four bits: two dots a byte.
    let mut map = vec![0; 3 * 16];
    map[5] = 60_000;
    let nibbles = |byte| Drawn::new(3, 1, 4, vec![byte; SIDE * SIDE / 2]).with(320, &map);
    assert_eq!(colours(&[nibbles(0x55), nibbles(0x44)]), "CG");
}

#[test]
fn transparency_takes_colour_away() {
    let drawn =
        |alpha: u8| Drawn::new(2, 4, 8, [200, 20, 20, alpha].repeat(SIDE * SIDE)).with(338, &[2]);
    assert_eq!(colours(&[drawn(255), drawn(10), drawn(0)]), "CGG");
}

#[test]
fn every_way_of_packing_is_unpacked() {
    for pixel in [RED, GREY] {
        let plain = Drawn::rgb(pixel);
        let want = if pixel == RED { "C" } else { "G" };
        let predict = |data: &[u8]| differences(data, SIDE * 3, 3);
        let all = [
            plain.clone(),
            plain.clone().packed(5, lzw),
            plain.clone().packed(8, deflate),
            plain.clone().packed(32946, deflate),
            plain.clone().packed(32773, packbits),
            plain
                .clone()
                .packed(5, |data| lzw(&predict(data)))
                .with(317, &[2]),
            plain
                .packed(8, |data| deflate(&predict(data)))
                .with(317, &[2]),
        ];
        assert_eq!(colours(&all), want.repeat(all.len()));
    }
}

#[test]
fn strips_that_are_jpeg_are_unpacked() {
    let report = counted(include_bytes!("../../tests/fixtures/jpeg-pages.tif"));
    assert_eq!(shown(&report), "CG");
}

#[test]
fn predicted_samples_of_sixteen_bits_carry() {
    // 0x00ff, then a difference of 0x5a01 and none: 0x5b00 in each colour.
    let row: Vec<u8> = (0..SIDE * 3)
        .flat_map(|at| match at {
            0..3 => [0xff, 0x00],
            3..6 => [0x01, 0x5a],
            _ => [0, 0],
        })
        .collect();
    let grey = Drawn::new(2, 3, 16, row.repeat(SIDE))
        .packed(8, deflate)
        .with(317, &[2]);
    assert_eq!(colours(&[grey]), "G");
}

#[test]
fn strips_and_tiles_and_planes_are_put_together() {
    let strips = |last: [u8; 3]| {
        let strip = |pixel: [u8; 3]| pixel.repeat(SIDE * 10);
        let parts = vec![strip(GREY), strip(GREY), strip(GREY), last.repeat(SIDE * 2)];
        Drawn::rgb(GREY).parts(parts).with(278, &[10])
    };
    assert_eq!(colours(&[strips(GREY), strips(RED)]), "GC");
    // Nine tiles of 16 × 16, of which one is coloured.
    let tiles = |coloured: usize| {
        let parts = (0..9)
            .map(|at| if at == coloured { RED } else { GREY }.repeat(16 * 16))
            .collect();
        Drawn::rgb(GREY)
            .parts(parts)
            .with(256, &[40])
            .with(257, &[40])
            .with(322, &[16])
            .with(323, &[16])
    };
    assert_eq!(colours(&[tiles(9), tiles(8), tiles(0)]), "GCC");
    // Red, green and blue on their own, in two strips each.
    let planes = |red: u8| {
        let parts = [[90; 2], [90; 2], [red, 90]]
            .concat()
            .iter()
            .map(|value| vec![*value; SIDE * SIDE / 2])
            .collect();
        Drawn::rgb(GREY)
            .parts(parts)
            .with(278, &[SIDE as u32 / 2])
            .with(284, &[2])
    };
    assert_eq!(colours(&[planes(90), planes(150)]), "GC");
}

#[test]
fn lightness_and_shared_colour_are_read_in_blocks() {
    for (across, down) in [(1, 1), (2, 1), (2, 2), (4, 2)] {
        let drawn = |red: u8| {
            let mut block = vec![120; across * down];
            block.extend([128, red]);
            let blocks = SIDE.div_ceil(across) * SIDE.div_ceil(down);
            Drawn::new(6, 3, 8, block.repeat(blocks)).with(530, &[across as u32, down as u32])
        };
        assert_eq!(colours(&[drawn(128), drawn(190)]), "GC");
    }
}

#[test]
fn what_cannot_be_read_is_not_guessed() {
    for unusual in [
        Drawn::rgb(GREY).with(259, &[6]),
        Drawn::rgb(GREY).with(259, &[34712]),
        Drawn::rgb(GREY).with(266, &[2]),
        Drawn::rgb(GREY).with(339, &[3]),
        Drawn::rgb(GREY).with(317, &[3]),
        Drawn::rgb(GREY).with(262, &[32803]),
        Drawn::rgb(GREY).with(258, &[5, 6, 5]),
        Drawn::rgb(GREY).with(258, &[64]),
        Drawn::rgb(GREY).with(277, &[2]),
        Drawn::rgb(GREY).with(277, &[0xffff]),
        Drawn::rgb(GREY).with(256, &[u32::MAX]),
        Drawn::rgb(GREY).with(322, &[0]),
        Drawn::rgb(GREY).packed(7, <[u8]>::to_vec),
        Drawn::new(5, 4, 8, vec![0; 4 * SIDE * SIDE]).with(332, &[2]),
    ] {
        let report = counted(&CLASSIC.file(&[unusual]));
        assert_eq!(shown(&report), "?");
        assert!(report.warnings[0].contains("can't be told"));
    }
}

#[test]
fn missing_parts_leave_the_colour_open() {
    let cut = |pixel: [u8; 3]| Drawn::rgb(pixel).parts(vec![pixel.repeat(SIDE)]);
    assert_eq!(colours(&[cut(GREY)]), "?");
    let early = Drawn::rgb(RED).parts(vec![RED.repeat(SIDE * SIDE / 2)]);
    assert_eq!(colours(&[early]), "C");
    let tall = Drawn::rgb(GREY).with(257, &[u32::MAX]);
    assert_eq!(colours(&[tall]), "?");
    for number in [5, 8, 32773] {
        let broken = Drawn::rgb(GREY).with(259, &[number]);
        assert_eq!(colours(&[broken]), "?");
    }
}

#[test]
fn pictures_are_held_as_they_lie() {
    let size = |drawn: Drawn| {
        let page = counted(&CLASSIC.file(&[drawn])).pages[0];
        (page.width_pt, page.height_pt)
    };
    let wide = Drawn::rgb(GREY).with(257, &[SIDE as u32 / 2]);
    assert_eq!(size(Drawn::rgb(GREY)), (595.0, 842.0));
    assert_eq!(size(wide.clone()), (842.0, 595.0));
    assert_eq!(size(wide.with(274, &[6])), (595.0, 842.0));
}

#[test]
fn a_chain_that_bites_itself_ends() {
    let mut file = CLASSIC.file(&[Drawn::rgb(GREY), Drawn::rgb(GREY)]);
    let first = file[4..8].to_vec();
    let end = file.len();
    file[end - 4..].copy_from_slice(&first);
    let report = counted(&file);
    assert_eq!(report.pages.len(), 2);
    assert!(report.warnings[0].contains("damaged"));
    file[end - 4..].copy_from_slice(&[0xff; 4]);
    assert_eq!(counted(&file).pages.len(), 2);
}

#[test]
fn files_cut_at_every_tenth_end_in_an_answer() {
    let file = CLASSIC.file(&[Drawn::rgb(GREY), Drawn::rgb(RED), Drawn::rgb(GREY)]);
    for tenth in 1..10 {
        match estimate(&file[..file.len() * tenth / 10], &Limits::default()) {
            Ok(report) => assert!(report.warnings[0].contains("damaged")),
            Err(problem) => assert_eq!(problem, Problem::Damaged),
        }
    }
}

#[test]
fn too_many_pictures_reach_the_limit() {
    let limits = Limits {
        max_pages: 2,
        ..Limits::default()
    };
    let file = CLASSIC.file(&vec![Drawn::rgb(GREY); 3]);
    assert_eq!(estimate(&file, &limits), Err(Problem::limit("pages")));
}

proptest! {
    #[test]
    fn no_bytes_upset_it(
        little in any::<bool>(),
        big in any::<bool>(),
        changes in prop::collection::vec(
            (
                prop::sample::select(vec![
                    254u16, 256, 257, 258, 259, 262, 266, 274, 277, 278, 284, 317, 320, 322, 323,
                    338, 339, 347, 530,
                ]),
                prop::collection::vec(
                    prop_oneof![0u32..40, any::<u32>(), prop::sample::select(vec![8u32, 16, 32773])],
                    0..5,
                ),
            ),
            0..6,
        ),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        data in prop::collection::vec(any::<u8>(), 0..4000),
    ) {
        let mut drawn = Drawn::new(2, 3, 8, data);
        for (tag, values) in changes {
            drawn = drawn.with(tag, &values);
        }
        let mut file = Form { little, big }.file(&[drawn.clone(), drawn]);
        for (at, byte) in flips {
            let at = at.index(file.len());
            file[at] = byte;
        }
        let _ = estimate(&file, &Limits::default());
    }
}
