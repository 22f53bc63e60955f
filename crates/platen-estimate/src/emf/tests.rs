//! Whole metafiles and spool files, made here or by real programs, with known
//! answers.

use crate::limits::Limits;
use crate::report::{JudgedBy, Problem, Report};
use crate::{Format, detect, estimate};
use platen_domain::Sides;
use proptest::prelude::*;

const INKSCAPE_GREY: &[u8] = include_bytes!("../../tests/fixtures/inkscape-grey.emf");
const INKSCAPE_TEAL: &[u8] = include_bytes!("../../tests/fixtures/inkscape-teal.emf");
const LIBREOFFICE_GREY: &[u8] = include_bytes!("../../tests/fixtures/libreoffice-grey.emf");
const LIBREOFFICE_TEAL: &[u8] = include_bytes!("../../tests/fixtures/libreoffice-teal.emf");

const RED: u32 = 0x0000_00ff;
const GREY: u32 = 0x0080_8080;
const COPY: u32 = 0x00cc_0020;

fn words(values: &[u32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

/// A record of numbers.
fn record(kind: u32, values: &[u32]) -> Vec<u8> {
    record_of(kind, &words(values))
}

fn record_of(kind: u32, data: &[u8]) -> Vec<u8> {
    let padded = data.len().div_ceil(4) * 4;
    let mut record = words(&[kind, padded as u32 + 8]);
    record.extend(data);
    record.resize(padded + 8, 0);
    record
}

/// A metafile of 1000 × 1000 pixels, four inches wide and high.
fn metafile(records: &[Vec<u8>]) -> Vec<u8> {
    let mut header = words(&[0, 0, 999, 999, 0, 0, 10160, 10160]);
    header.extend(b" EMF");
    header.extend(words(&[
        0x1_0000, 0, 0, 2, 0, 0, 0, 2000, 2000, 203, 203, 0, 0, 0, 203_200, 203_200,
    ]));
    let mut all = vec![record_of(1, &header)];
    all.extend_from_slice(records);
    all.push(record(14, &[0, 16, 20]));
    all.concat()
}

fn read(document: &[u8]) -> Report {
    assert_eq!(detect(document), Some(Format::Emf));
    estimate(document, &Limits::default()).unwrap()
}

#[track_caller]
fn judged(records: &[Vec<u8>], expected: (bool, JudgedBy)) {
    let report = read(&metafile(records));
    assert_eq!(report.pages.len(), 1);
    assert_eq!(
        (report.pages[0].colour, report.pages[0].judged_by),
        expected
    );
}

#[track_caller]
fn colour(records: &[Vec<u8>], expected: bool) {
    judged(records, (expected, JudgedBy::Drawn));
}

/// Selects a new solid brush and no pen.
fn brush(colour: u32) -> Vec<u8> {
    [
        record(39, &[1, 0, colour, 0]),
        record(37, &[1]),
        record(37, &[0x8000_0008]),
    ]
    .concat()
}

fn rectangle(at: [u32; 4]) -> Vec<u8> {
    record(43, &at)
}

const MIDDLE: [u32; 4] = [300, 300, 700, 700];

/// EMR_EXTTEXTOUTW in the middle of the page.
fn text(text: &str) -> Vec<u8> {
    let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let count = units.len() as u32 / 2;
    let mut data = words(&[0, 0, 0, 0, 1, 0, 0, 400, 400, count, 76, 0, 0, 0, 0, 0, 0]);
    data.extend(units);
    record_of(84, &data)
}

/// EMR_STRETCHDIBITS of a 2 × 2 bitmap with that header behind its size and
/// those samples.
fn stretched(header: &[u8], samples: &[u8], operation: u32) -> Vec<u8> {
    let (length, samples_at) = (header.len() as u32, 80 + header.len() as u32);
    let mut data = words(&[
        0,
        0,
        0,
        0,
        300,
        300,
        0,
        0,
        2,
        2,
        80,
        length,
        samples_at,
        samples.len() as u32,
        0,
        operation,
        400,
        400,
    ]);
    data.extend(header);
    data.extend(samples);
    record_of(81, &data)
}

fn dib_header(bits: u32, compression: u32, palette: &[u32]) -> Vec<u8> {
    let mut header = words(&[40, 2, 2, 1 | bits << 16, compression, 0, 0, 0, 0, 0]);
    header.extend(words(palette));
    header
}

#[test]
fn metafiles_of_real_programs_are_judged() {
    for (metafile, colour) in [
        (INKSCAPE_GREY, false),
        (INKSCAPE_TEAL, true),
        (LIBREOFFICE_GREY, false),
        (LIBREOFFICE_TEAL, true),
    ] {
        let report = read(metafile);
        assert_eq!(report.pages.len(), 1);
        assert_eq!(report.pages[0].colour, colour);
        assert_eq!(report.pages[0].judged_by, JudgedBy::Drawn);
    }
    let page = read(INKSCAPE_TEAL).pages[0];
    assert_eq!(
        (page.width_pt.round(), page.height_pt.round()),
        (595.0, 842.0)
    );
}

#[test]
fn the_frame_is_the_page() {
    let page = read(&metafile(&[])).pages[0];
    assert_eq!((page.width_pt, page.height_pt), (288.0, 288.0));
    assert!(!page.colour);
}

#[test]
fn only_objects_that_are_selected_and_used_show() {
    colour(&[brush(RED)], false);
    colour(&[brush(RED), rectangle(MIDDLE)], true);
    colour(&[brush(GREY), rectangle(MIDDLE)], false);
    colour(
        &[brush(RED), record(37, &[0x8000_0004]), rectangle(MIDDLE)],
        false,
    );
    colour(&[brush(RED), rectangle([2000, 2000, 2400, 2400])], false);
    // Painted over.
    colour(
        &[
            brush(RED),
            rectangle(MIDDLE),
            brush(GREY),
            rectangle([0, 0, 999, 999]),
        ],
        false,
    );
    // Deleted, restored, drawn with the mix that does nothing.
    colour(&[brush(RED), record(40, &[1]), rectangle(MIDDLE)], true);
    colour(
        &[
            record(37, &[0x8000_0008]),
            record(33, &[]),
            brush(RED),
            record(34, &[u32::MAX]),
            rectangle(MIDDLE),
        ],
        false,
    );
    colour(&[brush(RED), record(20, &[11]), rectangle(MIDDLE)], false);
    let pen = |colour| [record(38, &[1, 0, 20, 0, colour]), record(37, &[1])].concat();
    let line = [record(27, &[100, 100]), record(54, &[800, 800])].concat();
    colour(&[pen(RED), line.clone()], true);
    colour(&[pen(0), line.clone()], false);
    let wide = |colour| {
        [
            record(95, &[1, 0, 0, 0, 0, 0x1_0000, 20, 0, colour, 0, 0]),
            record(37, &[1]),
        ]
        .concat()
    };
    colour(&[wide(RED), line.clone()], true);
    colour(&[wide(GREY), line], false);
}

#[test]
fn shapes_of_every_kind_are_drawn() {
    let triangle = [300, 300, 700, 300, 500, 700];
    let short: Vec<u32> = vec![300 | 300 << 16, 700 | 300 << 16, 500 | 700 << 16];
    let bounds = [0, 0, 0, 0];
    let with = |kind, head: &[u32], points: &[u32]| record(kind, &[&bounds, head, points].concat());
    let shapes = [
        with(3, &[3], &triangle),
        with(86, &[3], &short),
        with(8, &[1, 3, 3], &triangle),
        with(91, &[1, 3, 3], &short),
        record(42, &MIDDLE),
        record(44, &[300, 300, 700, 700, 9, 9]),
        record(47, &[300, 300, 700, 700, 700, 500, 300, 500]),
        with(
            71,
            &[48, 1],
            &[32, 1, 1, 16, 0, 0, 9, 9, 300, 300, 700, 700],
        ),
        with(74, &[48], &[32, 1, 1, 16, 0, 0, 9, 9, 300, 300, 700, 700]),
        [
            record(59, &[]),
            with(3, &[3], &triangle),
            record(60, &[]),
            with(62, &[], &[]),
        ]
        .concat(),
        [
            record(59, &[]),
            record(27, &[300, 300]),
            record(54, &[700, 300]),
            with(89, &[1], &[500 | 700 << 16]),
            record(61, &[]),
            record(60, &[]),
            with(63, &[], &[]),
        ]
        .concat(),
        record(15, &[500, 500, RED]).repeat(1),
        with(
            118,
            &[2, 1, 0],
            &[300, 300, 0xff00, 0, 700, 700, 0xff00, 0, 0, 1],
        ),
        with(
            118,
            &[3, 1, 2],
            &[
                300, 300, 0xff00, 0, 700, 300, 0xff00, 0, 500, 700, 0xff00, 0, 0, 1, 2,
            ],
        ),
    ];
    for (number, shape) in shapes.iter().enumerate() {
        let expected = number != 11;
        let report = read(&metafile(&[brush(RED), shape.clone()]));
        assert_eq!(report.pages[0].colour, expected, "{number}");
        if number < 11 {
            colour(&[brush(GREY), shape.clone()], false);
        }
    }
}

#[test]
fn text_shows_its_colour_and_blanks_do_not() {
    let tint = |colour| record(24, &[colour]);
    colour(&[tint(RED), text("seen")], true);
    colour(&[tint(RED), text("   ")], false);
    colour(&[tint(GREY), text("seen")], false);
    colour(&[tint(0), record(25, &[RED]), text("on red")], true);
    colour(
        &[
            tint(0),
            record(25, &[RED]),
            record(18, &[1]),
            text("on red"),
        ],
        false,
    );
    let small = [
        record(24, &[RED]),
        record_of(
            108,
            &[words(&[400, 400, 4, 0x300, 1, 0, 0]), b"seen".to_vec()].concat(),
        ),
    ];
    colour(&small, true);
}

#[test]
fn mapping_moves_what_is_drawn() {
    let anisotropic = |extent: u32| {
        [
            record(17, &[8]),
            record(9, &[extent, extent]),
            record(11, &[1000, 1000]),
        ]
        .concat()
    };
    let far = rectangle([3000, 3000, 7000, 7000]);
    colour(&[anisotropic(1000), brush(RED), far.clone()], false);
    colour(&[anisotropic(10_000), brush(RED), far.clone()], true);
    let scale = |by: f32| {
        record_of(
            35,
            &[by, 0.0, 0.0, by, 0.0, 0.0].map(f32::to_le_bytes).concat(),
        )
    };
    colour(&[scale(0.1), brush(RED), far.clone()], true);
    colour(&[scale(0.0), brush(RED), far.clone()], false);
    colour(&[scale(f32::NAN), brush(RED), far], false);
    // Upwards from the top is off the page.
    let metric = record(17, &[3]);
    colour(
        &[
            metric.clone(),
            brush(RED),
            rectangle([2000, 2000, 4000, 4000]),
        ],
        false,
    );
    let down = |value: i32| value.cast_unsigned();
    colour(
        &[
            metric,
            brush(RED),
            rectangle([2000, down(-4000), 4000, down(-2000)]),
        ],
        true,
    );
}

#[test]
fn clips_hide_colour() {
    let red = [brush(RED), rectangle(MIDDLE)].concat();
    colour(&[record(30, &[0, 0, 100, 100]), red.clone()], false);
    colour(&[record(30, &[400, 400, 500, 500]), red.clone()], true);
    let region = |mode, at: [u32; 4]| {
        record(
            75,
            &[&[48, mode, 32, 1, 1, 16, 0, 0, 9, 9][..], &at].concat(),
        )
    };
    colour(&[region(5, [0, 0, 100, 100]), red.clone()], false);
    colour(
        &[
            region(5, [0, 0, 100, 100]),
            record(75, &[0, 5]),
            red.clone(),
        ],
        true,
    );
    let path = [
        record(59, &[]),
        rectangle([0, 0, 100, 100]),
        record(60, &[]),
        record(67, &[1]),
    ]
    .concat();
    colour(&[path, red], false);
}

#[test]
fn bitmaps_of_every_depth_are_judged_by_their_samples() {
    let check = |header: &[u8], samples: &[u8], expected: (bool, JudgedBy)| {
        judged(&[stretched(header, samples, COPY)], expected);
    };
    let pixels = (true, JudgedBy::Pixels);
    let none = (false, JudgedBy::Drawn);
    let palette = [0x00ff_0000, 0x0080_8080];
    check(
        &dib_header(1, 0, &palette),
        &[0, 0, 0, 0, 0, 0, 0, 0],
        pixels,
    );
    check(
        &dib_header(1, 0, &palette),
        &[0xc0, 0, 0, 0, 0xc0, 0, 0, 0],
        none,
    );
    check(&dib_header(4, 0, &palette), &[0; 8], pixels);
    check(&dib_header(4, 0, &palette), &[0x11; 8], none);
    check(&dib_header(8, 0, &palette), &[0; 8], pixels);
    check(&dib_header(8, 0, &palette), &[1; 8], none);
    check(&dib_header(16, 0, &[]), &[0x00, 0x7c].repeat(4), pixels);
    check(&dib_header(16, 0, &[]), &[0xef, 0x3d].repeat(4), none);
    check(
        &dib_header(16, 3, &[0xf800, 0x7e0, 0x1f]),
        &[0xe0, 0x07].repeat(4),
        pixels,
    );
    check(
        &dib_header(24, 0, &[]),
        &[9, 9, 200, 9, 9, 200, 0, 0].repeat(2),
        pixels,
    );
    check(&dib_header(24, 0, &[]), &[90; 16], none);
    check(&dib_header(32, 0, &[]), &[9, 200, 9, 0].repeat(4), pixels);
    check(
        &dib_header(8, 1, &palette),
        &[2, 0, 0, 0, 2, 0, 0, 1],
        pixels,
    );
    check(&dib_header(8, 1, &palette), &[2, 1, 0, 0, 2, 1, 0, 1], none);
    check(
        &dib_header(4, 2, &palette),
        &[2, 0x00, 0, 0, 0, 2, 0, 0, 0, 1],
        pixels,
    );
    check(
        &dib_header(0, 4, &[]),
        include_bytes!("../../tests/fixtures/red.jpg"),
        pixels,
    );
    check(
        &dib_header(0, 4, &[]),
        include_bytes!("../../tests/fixtures/grey.jpg"),
        none,
    );
    check(&dib_header(0, 5, &[]), b"torn", (true, JudgedBy::Unknown));
    check(
        &words(&[12, 2 | 2 << 16, 1 | 24 << 16]),
        &[9, 9, 200, 9, 9, 200, 0, 0].repeat(2),
        pixels,
    );
}

#[test]
fn bitmaps_mix_with_what_lies_beneath() {
    let red = dib_header(24, 0, &[]);
    let samples = [9, 9, 200, 9, 9, 200, 0, 0].repeat(2);
    const OR: u32 = 0x00ee_0086;
    const AND: u32 = 0x0088_00c6;
    const NOTHING: u32 = 0x00aa_0029;
    let black = [brush(0), rectangle([200, 200, 800, 800])].concat();
    // Laid over white, nothing is left of it; over black, all.
    colour(&[stretched(&red, &samples, OR)], false);
    judged(
        &[black.clone(), stretched(&red, &samples, OR)],
        (true, JudgedBy::Pixels),
    );
    judged(&[stretched(&red, &samples, AND)], (true, JudgedBy::Pixels));
    colour(&[black, stretched(&red, &samples, AND)], false);
    colour(&[stretched(&red, &samples, NOTHING)], false);
    // A brush through a stencil.
    let stencil = dib_header(1, 0, &[0, 0x00ff_ffff]);
    let in_black = stretched(&stencil, &[0; 8], 0x00b8_074a);
    judged(&[brush(RED), in_black.clone()], (true, JudgedBy::Pixels));
    colour(&[brush(GREY), in_black], false);
    colour(
        &[brush(RED), stretched(&stencil, &[0; 8], 0x00e2_0746)],
        false,
    );
}

#[test]
fn see_through_bitmaps_show_as_far_as_they_cover() {
    let header = dib_header(32, 0, &[]);
    let blended = |alpha: u32, samples: &[u8]| {
        let mut data = words(&[0, 0, 0, 0, 300, 300, 400, 400, alpha << 16 | 1 << 24, 0, 0]);
        data.extend(
            [1.0_f32, 0.0, 0.0, 1.0, 0.0, 0.0]
                .map(f32::to_le_bytes)
                .concat(),
        );
        data.extend(words(&[0, 0, 108, 40, 148, samples.len() as u32, 2, 2]));
        data.extend(&header);
        data.extend(samples);
        record_of(114, &data)
    };
    judged(
        &[blended(255, &[0, 200, 0, 200].repeat(4))],
        (true, JudgedBy::Pixels),
    );
    colour(&[blended(10, &[0, 200, 0, 200].repeat(4))], false);
    colour(&[blended(255, &[0, 9, 0, 9].repeat(4))], false);
}

#[test]
fn pattern_brushes_are_their_mean() {
    let pattern = |samples: &[u8]| {
        let mut data = words(&[1, 0, 32, 40, 72, samples.len() as u32]);
        data.extend(dib_header(24, 0, &[]));
        data.extend(samples);
        [
            record_of(94, &data),
            record(37, &[1]),
            record(37, &[0x8000_0008]),
        ]
        .concat()
    };
    colour(
        &[
            pattern(&[9, 9, 200, 9, 9, 200, 0, 0].repeat(2)),
            rectangle(MIDDLE),
        ],
        true,
    );
    colour(&[pattern(&[99; 16]), rectangle(MIDDLE)], false);
}

#[test]
fn data_for_the_printer_alone_is_unknown() {
    judged(&[record(106, &[4115, 0])], (true, JudgedBy::Unknown));
    colour(&[record(106, &[8, 0])], false);
}

/// A comment that holds these EMF+ records after their header.
fn plus(dual: u16, records: &[(u16, u16, Vec<u8>)]) -> Vec<u8> {
    let header = (0x4001, dual, words(&[0xdbc0_1001, 1, 96, 96]));
    let mut data = b"EMF+".to_vec();
    for (kind, flags, content) in std::iter::once(&header).chain(records) {
        data.extend(kind.to_le_bytes());
        data.extend(flags.to_le_bytes());
        data.extend(words(&[content.len() as u32 + 12, content.len() as u32]));
        data.extend(content);
    }
    let mut comment = words(&[data.len() as u32]);
    comment.extend(data);
    record_of(70, &comment)
}

fn floats(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

const PLUS_RED: u32 = 0xffff_0000;
const PLUS_GREY: u32 = 0xff80_8080;
const BY_COLOUR: u16 = 0x8000;

fn plus_rectangle(colour: u32) -> (u16, u16, Vec<u8>) {
    let area = floats(&[300.0, 300.0, 400.0, 400.0]);
    (0x400a, BY_COLOUR, [words(&[colour, 1]), area].concat())
}

#[test]
fn emf_plus_draws_unless_plain_records_do() {
    colour(&[plus(0, &[plus_rectangle(PLUS_RED)])], true);
    colour(&[plus(0, &[plus_rectangle(PLUS_GREY)])], false);
    colour(&[plus(0, &[plus_rectangle(0x05ff_0000)])], false);
    // Dual: the plain records tell all.
    colour(&[plus(1, &[plus_rectangle(PLUS_RED)])], false);
    let plain = [brush(RED), rectangle(MIDDLE)].concat();
    colour(&[plus(1, &[]), plain.clone()], true);
    // Not dual: plain records draw only after GetDC.
    colour(
        &[plus(0, &[plus_rectangle(PLUS_GREY)]), plain.clone()],
        false,
    );
    colour(&[plus(0, &[(0x4004, 0, Vec::new())]), plain], true);
}

#[test]
fn emf_plus_objects_are_used_by_number() {
    let brush = |colour| (0x4008, 0x0101, words(&[1, 0, colour]));
    let path = (
        0x4008,
        0x0302,
        [
            words(&[1, 3, 0]),
            floats(&[300.0, 300.0, 700.0, 300.0, 500.0, 700.0]),
            vec![0, 1, 0x81, 0],
        ]
        .concat(),
    );
    let fill = (0x4014, 2, words(&[1]));
    colour(
        &[plus(0, &[brush(PLUS_RED), path.clone(), fill.clone()])],
        true,
    );
    colour(&[plus(0, &[brush(PLUS_GREY), path.clone(), fill])], false);
    let pen = |colour| {
        let data = [
            words(&[1, 0, 0, 0]),
            floats(&[20.0]),
            words(&[1, 0, colour]),
        ]
        .concat();
        (0x4008, 0x0203, data)
    };
    let stroke = (0x4015, 2, words(&[3]));
    colour(
        &[plus(0, &[pen(PLUS_RED), path.clone(), stroke.clone()])],
        true,
    );
    colour(&[plus(0, &[pen(PLUS_GREY), path.clone(), stroke])], false);
    let clip = (0x4033, 0x0102, Vec::new());
    colour(
        &[plus(
            0,
            &[path.clone(), clip.clone(), plus_rectangle(PLUS_RED)],
        )],
        true,
    );
    let away = (0x402d, 0, floats(&[900.0, 900.0]));
    colour(
        &[plus(0, &[path, away, clip, plus_rectangle(PLUS_RED)])],
        false,
    );
    let gradient = |to| {
        let data = [
            words(&[1, 4, 0, 0]),
            floats(&[300.0, 300.0, 400.0, 400.0]),
            words(&[0xff00_0000, to, 0, 0]),
        ]
        .concat();
        [
            (0x4008, 0x0101, data),
            (
                0x400a,
                0,
                [words(&[1, 1]), floats(&[300.0, 300.0, 400.0, 400.0])].concat(),
            ),
        ]
    };
    colour(&[plus(0, &gradient(PLUS_RED))], true);
    colour(&[plus(0, &gradient(PLUS_GREY))], false);
}

#[test]
fn emf_plus_pictures_and_text_are_seen() {
    let show = (
        0x401a,
        1,
        [
            words(&[0, 2]),
            floats(&[0.0, 0.0, 2.0, 2.0, 300.0, 300.0, 400.0, 400.0]),
        ]
        .concat(),
    );
    let samples = |pixel: u32| {
        (
            0x4008,
            0x0501,
            words(&[1, 1, 2, 2, 8, 0x0026_200a, 0, pixel, pixel, pixel, pixel]),
        )
    };
    judged(
        &[plus(0, &[samples(PLUS_RED), show.clone()])],
        (true, JudgedBy::Pixels),
    );
    colour(&[plus(0, &[samples(PLUS_GREY), show.clone()])], false);
    colour(&[plus(0, &[samples(0x00ff_0000), show.clone()])], false);
    let file = |data: &[u8]| {
        (
            0x4008,
            0x0501,
            [words(&[1, 1, 0, 0, 0, 0, 1]), data.to_vec()].concat(),
        )
    };
    let red = include_bytes!("../../tests/fixtures/red.jpg");
    judged(
        &[plus(0, &[file(red), show.clone()])],
        (true, JudgedBy::Pixels),
    );
    judged(
        &[plus(0, &[file(b"GIF89a"), show.clone()])],
        (true, JudgedBy::Unknown),
    );
    // In three parts, each but the last with the total before it.
    let (_, _, whole) = file(red);
    let third = whole.len() / 3;
    let total = words(&[whole.len() as u32]);
    let part = |range: std::ops::Range<usize>| {
        (
            0x4008,
            0x8501,
            [total.clone(), whole[range].to_vec()].concat(),
        )
    };
    let last = (0x4008, 0x0501, whole[2 * third..].to_vec());
    let parts = [part(0..third), part(third..2 * third), last, show];
    judged(&[plus(0, &parts)], (true, JudgedBy::Pixels));
    let font = (
        0x4008,
        0x0602,
        [words(&[1]), floats(&[60.0]), words(&[2, 0, 0, 0])].concat(),
    );
    let string = |colour, text: &str| {
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let head = words(&[colour, 0, units.len() as u32 / 2]);
        (
            0x401c,
            BY_COLOUR | 2,
            [head, floats(&[300.0, 300.0, 0.0, 0.0]), units].concat(),
        )
    };
    colour(&[plus(0, &[font.clone(), string(PLUS_RED, "seen")])], true);
    colour(&[plus(0, &[font.clone(), string(PLUS_RED, "    ")])], false);
    colour(&[plus(0, &[font, string(PLUS_GREY, "seen")])], false);
}

fn spool(records: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let name: Vec<u8> = "name\0\0"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let mut file = words(&[0x1_0000, 16 + name.len() as u32, 16, 0]);
    file.extend(name);
    for (kind, data) in records {
        let padded = data.len().div_ceil(4) * 4;
        file.extend(words(&[*kind, data.len() as u32]));
        file.extend(data);
        file.resize(file.len() + padded - data.len(), 0);
    }
    file
}

fn devmode(fields: u32, values: &[(usize, i16)]) -> (u32, Vec<u8>) {
    let mut data = vec![0; 220];
    data[72..76].copy_from_slice(&fields.to_le_bytes());
    for (at, value) in values {
        data[*at..at + 2].copy_from_slice(&value.to_le_bytes());
    }
    (3, data)
}

/// The metafile and a record that points back to it, as newer writers do.
fn pointed(metafile: &[u8], kind: u32) -> [(u32, Vec<u8>); 2] {
    let back = metafile.len() as u64 + 8;
    [
        (0xc, metafile.to_vec()),
        (kind, back.to_le_bytes().to_vec()),
    ]
}

#[test]
fn pages_of_spool_files_are_those_pointed_at_or_those_there_are() {
    let font = (0xf, vec![1, 2, 3]);
    let newer = [
        &[font][..],
        &pointed(INKSCAPE_TEAL, 0xd),
        &pointed(INKSCAPE_GREY, 0xd),
        &pointed(INKSCAPE_TEAL, 0xe),
    ]
    .concat();
    let report = read(&spool(&newer));
    let colour: Vec<bool> = report.pages.iter().map(|page| page.colour).collect();
    assert_eq!(colour, [true, false, false]);
    assert_eq!(report.pages[2].judged_by, JudgedBy::Declared);
    assert_eq!(report.pages[0].width_pt.round(), 595.0);
    let older = [(1, INKSCAPE_TEAL.to_vec()), (0xa, INKSCAPE_TEAL.to_vec())];
    let report = read(&spool(&older));
    assert!(report.pages[0].colour && !report.pages[1].colour);
    let bare = [(0xc, INKSCAPE_GREY.to_vec())];
    assert_eq!(read(&spool(&bare)).pages.len(), 1);
    // A record that points to nowhere is a page of which nothing is known.
    let lost = [(0xd, u64::MAX.to_le_bytes().to_vec())];
    assert_eq!(read(&spool(&lost)).pages[0].judged_by, JudgedBy::Unknown);
}

#[test]
fn settings_of_the_device_are_the_ticket_and_the_paper() {
    let settings = devmode(0x1903, &[(76, 2), (78, 9), (86, 3), (92, 1), (94, 3)]);
    let report = read(&spool(
        &[&[settings][..], &pointed(INKSCAPE_TEAL, 0xd)].concat(),
    ));
    assert_eq!(report.ticket.copies, Some(3));
    assert_eq!(report.ticket.sides, Some(Sides::TwoSidedShortEdge));
    assert_eq!(report.ticket.monochrome, Some(true));
    let page = report.pages[0];
    assert_eq!(
        (page.width_pt.round(), page.height_pt.round()),
        (842.0, 595.0)
    );
}

#[test]
fn settings_that_change_hold_for_the_pages_after_them() {
    let file = [
        &[devmode(0x900, &[(86, 2), (92, 1)])][..],
        &pointed(INKSCAPE_TEAL, 0xd),
        &[devmode(0x900, &[(86, 1), (92, 2)])],
        &pointed(INKSCAPE_TEAL, 0xd),
    ]
    .concat();
    let report = read(&spool(&file));
    let colour: Vec<bool> = report.pages.iter().map(|page| page.colour).collect();
    assert_eq!(colour, [false, false, true]);
    assert_eq!(
        (report.ticket.copies, report.ticket.monochrome),
        (None, None)
    );
}

#[test]
fn what_is_no_spool_file_is_unknown_and_a_torn_one_says_so() {
    let refused = |document: &[u8], problem| {
        assert_eq!(estimate(document, &Limits::default()), Err(problem));
    };
    refused(&words(&[0x1_0000, 16, 0, 0]), Problem::NoPages);
    refused(
        &words(&[0x1_0000, 16, 0, 0, 99, 4, 0]),
        Problem::UnknownFormat,
    );
    refused(&words(&[0x1_0000, 5000, 0, 0]), Problem::UnknownFormat);
    let whole = spool(&[pointed(INKSCAPE_TEAL, 0xd), pointed(INKSCAPE_GREY, 0xd)].concat());
    let torn = estimate(&whole[..whole.len() - 40], &Limits::default()).unwrap();
    assert_eq!(torn.pages.len(), 1);
    assert_eq!(torn.warnings.len(), 1);
    refused(&whole[..200], Problem::Damaged);
    let endless = devmode(0x100, &[(86, i16::MAX)]);
    let once = devmode(0x100, &[(86, 1)]);
    let many = [
        &[endless][..],
        &pointed(INKSCAPE_GREY, 0xd),
        &pointed(INKSCAPE_GREY, 0xd),
        &[once],
        &pointed(INKSCAPE_GREY, 0xd),
    ]
    .concat();
    refused(&spool(&many), Problem::limit("pages"));
}

#[test]
fn no_truncation_crashes_and_a_torn_metafile_is_unknown() {
    let all = spool(&[pointed(INKSCAPE_TEAL, 0xd), pointed(LIBREOFFICE_GREY, 0xd)].concat());
    for sample in [INKSCAPE_GREY, LIBREOFFICE_GREY, &all] {
        for end in (0..sample.len()).step_by(sample.len() / 100 + 10) {
            let result = estimate(&sample[..end], &Limits::default());
            if let Ok(report) = result
                && sample.len() < all.len()
            {
                assert_eq!(report.pages[0].judged_by, JudgedBy::Unknown, "{end}");
            }
        }
    }
}

#[test]
fn lying_sizes_end_the_metafile() {
    for size in [0, 4, 7, 9, 1 << 20, u32::MAX - 3] {
        judged(
            &[words(&[43, size]), rectangle(MIDDLE)],
            (true, JudgedBy::Unknown),
        );
    }
    // Counts larger than the record.
    for kind in [3, 8, 56, 71, 72, 84, 86, 91, 92, 96, 97, 118] {
        let _ = read(&metafile(&[brush(RED), record(kind, &[u32::MAX; 20])]));
        let _ = read(&metafile(&[brush(RED), record(kind, &[0x7fff_ffff; 20])]));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_flipped_bits_crash(which in 0usize..3, flips in proptest::collection::vec(any::<(usize, u8)>(), 1..9)) {
        let mut sample = match which {
            0 => INKSCAPE_TEAL.to_vec(),
            1 => LIBREOFFICE_GREY.to_vec(),
            _ => spool(&pointed(LIBREOFFICE_TEAL, 0xd)),
        };
        for (at, bits) in flips {
            let at = at % sample.len();
            sample[at] ^= bits;
        }
        let _ = estimate(&sample, &Limits::default());
    }

    #[test]
    fn no_records_crash(records in proptest::collection::vec((1u32..121, proptest::collection::vec(prop_oneof![
        Just(0u32), Just(1), Just(2), Just(40), Just(100), Just(u32::MAX), Just(0x8000_0000), any::<u32>(),
    ], 0..40)), 0..20)) {
        let records: Vec<Vec<u8>> = records.iter().map(|(kind, data)| record(*kind, data)).collect();
        let report = estimate(&metafile(&records), &Limits::default());
        prop_assert_eq!(report.map(|report| report.pages.len()), Ok(1));
    }

    #[test]
    fn no_plus_records_crash(records in proptest::collection::vec((0x4001u16..0x403b, any::<u16>(), proptest::collection::vec(prop_oneof![
        Just(0u32), Just(1), Just(2), Just(3), Just(4), Just(u32::MAX), Just(0x3f80_0000), any::<u32>(),
    ], 0..30)), 0..20)) {
        let records: Vec<_> = records.into_iter().map(|(kind, flags, data)| (kind, flags, words(&data))).collect();
        let report = estimate(&metafile(&[plus(0, &records)]), &Limits::default());
        prop_assert_eq!(report.map(|report| report.pages.len()), Ok(1));
    }
}
