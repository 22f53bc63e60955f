use super::*;
use crate::limits::Limits;
use proptest::prelude::*;

/// A stream being written.
struct Job(Vec<u8>);

impl Job {
    fn new() -> Self {
        let mut job = Self(b") HP-PCL XL;2;1;test\n".to_vec());
        job.words(a::UNITS_PER_MEASURE, 0xd1, &[300, 300]);
        job.byte(a::MEASURE, 0);
        job.operator(o::BEGIN_SESSION);
        job
    }

    fn byte(&mut self, attribute: u16, value: u8) -> &mut Self {
        self.0
            .extend_from_slice(&[0xc0, value, 0xf8, attribute as u8]);
        self
    }

    fn words(&mut self, attribute: u16, tag: u8, values: &[u16]) -> &mut Self {
        self.0.push(tag);
        for value in values {
            self.0.extend_from_slice(&value.to_le_bytes());
        }
        self.0.extend_from_slice(&[0xf8, attribute as u8]);
        self
    }

    fn array(&mut self, attribute: u16, values: &[u8]) -> &mut Self {
        self.0.extend_from_slice(&[0xc8, 0xc1]);
        self.0
            .extend_from_slice(&(values.len() as u16).to_le_bytes());
        self.0.extend_from_slice(values);
        self.0.extend_from_slice(&[0xf8, attribute as u8]);
        self
    }

    fn operator(&mut self, tag: u8) -> &mut Self {
        self.0.push(tag);
        self
    }

    fn data(&mut self, data: &[u8]) -> &mut Self {
        self.0.push(0xfa);
        self.0.extend_from_slice(&(data.len() as u32).to_le_bytes());
        self.0.extend_from_slice(data);
        self
    }

    fn begin(&mut self) -> &mut Self {
        self.byte(a::ORIENTATION, 0)
            .byte(a::MEDIA_SIZE, 2)
            .operator(o::BEGIN_PAGE)
    }

    fn end(&mut self) -> &mut Self {
        self.operator(o::END_PAGE)
    }

    fn brush(&mut self, rgb: [u8; 3]) -> &mut Self {
        self.array(a::RGB_COLOR, &rgb).operator(o::SET_BRUSH_SOURCE)
    }

    fn no_pen(&mut self) -> &mut Self {
        self.byte(a::NULL_PEN, 0).operator(o::SET_PEN_SOURCE)
    }

    fn rectangle(&mut self, side: u16) -> &mut Self {
        self.words(a::BOUNDING_BOX, 0xe1, &[100, 100, 100 + side, 100 + side])
            .operator(o::RECTANGLE)
    }

    fn image(
        &mut self,
        space: u8,
        mapping: u8,
        depth: u8,
        mode: u8,
        rows: u16,
        data: &[u8],
    ) -> &mut Self {
        self.byte(a::COLOR_SPACE, space)
            .operator(o::SET_COLOR_SPACE);
        self.pixels(mapping, depth, mode, rows, data)
    }

    fn pixels(&mut self, mapping: u8, depth: u8, mode: u8, rows: u16, data: &[u8]) -> &mut Self {
        self.byte(a::COLOR_MAPPING, mapping)
            .byte(a::COLOR_DEPTH, depth)
            .words(a::SOURCE_WIDTH, 0xc1, &[8])
            .words(a::SOURCE_HEIGHT, 0xc1, &[rows])
            .words(a::DESTINATION_SIZE, 0xd1, &[300, 300])
            .operator(o::BEGIN_IMAGE)
            .words(a::BLOCK_HEIGHT, 0xc1, &[rows])
            .byte(a::COMPRESS_MODE, mode)
            .operator(o::READ_IMAGE)
            .data(data)
            .operator(o::END_IMAGE)
    }

    fn run(&self) -> Printing {
        try_run(&self.0).unwrap()
    }

    fn colours(&self) -> String {
        let mark = |page: &Printed| if page.page.colour { 'C' } else { 'G' };
        self.run().pages.iter().map(mark).collect()
    }
}

fn try_run(job: &[u8]) -> Result<Printing, Problem> {
    let budget = Budget::start_for(&Limits::default(), job.len());
    print(job, &Settings::default(), &budget)
}

const RED: [u8; 3] = [255, 0, 0];

#[test]
fn every_page_that_ends_is_printed() {
    let mut job = Job::new();
    job.begin().end().begin().rectangle(50).end();
    assert_eq!(job.colours(), "GG");
    // One that is cut short is counted, and told.
    job.begin();
    assert_eq!(job.run().pages.len(), 3);
    assert_eq!(job.run().warnings.len(), 1);
}

#[test]
fn pages_have_the_media_they_name_or_the_last_ones() {
    let sizes = |job: &Job| {
        let size = |page: &Printed| (page.page.width_pt.round(), page.page.height_pt.round());
        job.run().pages.iter().map(size).collect::<Vec<_>>()
    };
    let mut job = Job::new();
    job.begin().end();
    job.byte(a::ORIENTATION, 1).operator(o::BEGIN_PAGE).end();
    job.array(a::MEDIA_SIZE, b"A3")
        .byte(a::ORIENTATION, 0)
        .operator(o::BEGIN_PAGE)
        .end();
    job.words(a::CUSTOM_SIZE, 0xd1, &[1000, 2000])
        .byte(a::CUSTOM_UNITS, 2);
    job.operator(o::BEGIN_PAGE).end();
    assert_eq!(
        sizes(&job),
        [
            (595.0, 842.0),
            (842.0, 595.0),
            (842.0, 1191.0),
            (283.0, 567.0)
        ]
    );
}

#[test]
fn copies_and_sides_are_each_pages_own() {
    let mut job = Job::new();
    job.byte(a::DUPLEX, 1).operator(o::BEGIN_PAGE);
    job.words(a::PAGE_COPIES, 0xc1, &[3]).end();
    job.byte(a::SIMPLEX, 0).operator(o::BEGIN_PAGE).end();
    let pages = job.run().pages;
    assert_eq!((pages[0].copies, pages[1].copies), (3, 1));
    assert_eq!(pages[0].sides, Some(Sides::TwoSidedLongEdge));
    assert_eq!(pages[1].sides, Some(Sides::OneSided));
}

#[test]
fn only_what_paints_shows() {
    let judge = |make: &dyn Fn(&mut Job)| {
        let mut job = Job::new();
        job.begin().no_pen();
        make(&mut job);
        job.end();
        job.colours()
    };
    assert_eq!(judge(&|job| _ = job.brush(RED)), "G");
    assert_eq!(judge(&|job| _ = job.brush(RED).rectangle(50)), "C");
    assert_eq!(judge(&|job| _ = job.brush([90, 90, 99]).rectangle(50)), "G");
    assert_eq!(judge(&|job| _ = job.brush(RED).rectangle(1)), "G");
    // Nothing is painted with the operation that leaves the paper.
    assert_eq!(
        judge(&|job| _ = job
            .brush(RED)
            .byte(a::ROP3, 170)
            .operator(o::SET_ROP)
            .rectangle(50)),
        "G"
    );
    // Or outside the clip.
    assert_eq!(
        judge(&|job| {
            job.words(a::BOUNDING_BOX, 0xe1, &[0, 0, 50, 50])
                .byte(a::CLIP_REGION, 0);
            job.operator(o::SET_CLIP_RECTANGLE).brush(RED).rectangle(50);
        }),
        "G"
    );
    assert_eq!(
        judge(&|job| {
            job.operator(o::PUSH_GS)
                .brush(RED)
                .operator(o::POP_GS)
                .rectangle(50);
        }),
        "G"
    );
    assert_eq!(
        judge(&|job| _ = job
            .brush(RED)
            .byte(a::NULL_BRUSH, 0)
            .operator(o::SET_BRUSH_SOURCE)
            .rectangle(50)),
        "G"
    );
}

#[test]
fn text_and_paths_take_brush_and_pen() {
    let mut job = Job::new();
    job.begin().brush(RED);
    job.words(a::POINT, 0xd1, &[500, 500])
        .operator(o::SET_CURSOR);
    job.array(a::TEXT_DATA, b"text").operator(o::TEXT).end();
    job.begin()
        .byte(a::NULL_BRUSH, 0)
        .operator(o::SET_BRUSH_SOURCE);
    job.array(a::RGB_COLOR, &RED).operator(o::SET_PEN_SOURCE);
    job.words(a::PEN_WIDTH, 0xc1, &[4])
        .operator(o::SET_PEN_WIDTH);
    job.operator(o::NEW_PATH);
    job.words(a::POINT, 0xd1, &[100, 100])
        .operator(o::SET_CURSOR);
    job.words(a::END_POINT, 0xd1, &[400, 100])
        .operator(o::LINE_PATH);
    let unpainted = Job(job.0.clone()).colours_after_end();
    assert_eq!(unpainted, "CG");
    job.operator(o::PAINT_PATH).end();
    assert_eq!(job.colours(), "CC");
}

impl Job {
    fn colours_after_end(mut self) -> String {
        self.end();
        self.colours()
    }
}

#[test]
fn images_are_judged_by_their_pixels() {
    let judge = |space: u8, mapping: u8, depth: u8, mode: u8, rows: u16, data: &[u8]| {
        let mut job = Job::new();
        job.begin()
            .image(space, mapping, depth, mode, rows, data)
            .end();
        job.colours()
    };
    let grey: Vec<u8> = [99, 99, 99].repeat(64);
    let blue: Vec<u8> = [99, 99, 200].repeat(64);
    assert_eq!(judge(2, 0, 2, 0, 8, &grey), "G");
    assert_eq!(judge(2, 0, 2, 0, 8, &blue), "C");
    assert_eq!(judge(1, 0, 2, 0, 8, &blue), "G");
    // Runs: 24 bytes of a row as eight literal pixels.
    let packed: Vec<u8> = [&[23][..], &blue[..24]].concat().repeat(8);
    assert_eq!(judge(2, 0, 2, 1, 8, &packed), "C");
    let packed: Vec<u8> = [0xe9, 77].repeat(8);
    assert_eq!(judge(2, 0, 2, 1, 8, &packed), "G");
    // Delta rows: the first in full, the others as the one before.
    let mut delta = vec![4, 0, 0x40, 9, 9, 200];
    delta.extend([0; 14]);
    assert_eq!(judge(2, 0, 2, 3, 8, &delta), "C");
    // A way of packing that isn't known.
    assert_eq!(judge(2, 0, 2, 9, 8, &blue), "C");
}

#[test]
fn an_image_in_an_unknown_form_is_unknown() {
    let mut job = Job::new();
    job.begin().image(2, 0, 2, 9, 8, &[0; 64]).end();
    job.begin().operator(o::VENDOR_UNIQUE).data(b"own").end();
    let judged: Vec<_> = job
        .run()
        .pages
        .iter()
        .map(|page| page.page.judged_by)
        .collect();
    assert_eq!(judged, [JudgedBy::Unknown; 2]);
    assert_eq!(job.run().warnings.len(), 2);
}

#[test]
fn indexed_images_take_the_palettes_colours() {
    let judge = |palette: &[u8], space: u8| {
        let mut job = Job::new();
        job.begin();
        job.byte(a::COLOR_SPACE, space).byte(a::PALETTE_DEPTH, 2);
        job.array(a::PALETTE_DATA, palette)
            .operator(o::SET_COLOR_SPACE);
        job.pixels(1, 0, 0, 8, &[0xff, 0, 0, 0].repeat(8)).end();
        job.colours()
    };
    assert_eq!(judge(&[255, 255, 255, 255, 0, 0], 2), "C");
    assert_eq!(judge(&[255, 0, 0, 9, 9, 9], 2), "G");
    assert_eq!(judge(&[255, 0], 1), "G");
}

#[test]
fn patterns_show_what_they_hold_where_they_paint() {
    let judge = |rgb: [u8; 3], paint: bool| {
        let mut job = Job::new();
        job.begin().no_pen();
        job.byte(a::COLOR_SPACE, 2).operator(o::SET_COLOR_SPACE);
        job.byte(a::COLOR_MAPPING, 0).byte(a::COLOR_DEPTH, 2);
        job.words(a::SOURCE_WIDTH, 0xc1, &[8])
            .words(a::SOURCE_HEIGHT, 0xc1, &[8]);
        job.words(a::DESTINATION_SIZE, 0xd1, &[8, 8])
            .words(a::PATTERN_DEFINE, 0xc3, &[5]);
        job.operator(o::BEGIN_PATTERN);
        job.words(a::BLOCK_HEIGHT, 0xc1, &[8])
            .byte(a::COMPRESS_MODE, 0);
        job.operator(o::READ_PATTERN)
            .data(&rgb.repeat(64))
            .operator(o::END_PATTERN);
        job.words(a::PATTERN_SELECT, 0xc3, &[5])
            .operator(o::SET_BRUSH_SOURCE);
        if paint {
            job.rectangle(100);
        }
        job.end();
        job.colours()
    };
    assert_eq!(judge([200, 0, 0], true), "C");
    assert_eq!(judge([200, 0, 0], false), "G");
    assert_eq!(judge([200, 200, 200], true), "G");
}

#[test]
fn streams_are_carried_out_and_may_not_go_round_forever() {
    let mut job = Job::new();
    let mut inner = Job(b") HP-PCL XL;2;0;\n".to_vec());
    inner.no_pen().brush(RED).rectangle(50);
    inner.array(a::STREAM_NAME, b"s").operator(o::EXEC_STREAM);
    job.array(a::STREAM_NAME, b"s").operator(o::BEGIN_STREAM);
    job.operator(o::READ_STREAM)
        .data(&inner.0)
        .operator(o::END_STREAM);
    job.begin().end();
    job.begin()
        .array(a::STREAM_NAME, b"s")
        .operator(o::EXEC_STREAM)
        .end();
    assert_eq!(job.colours(), "GC");
}

#[test]
fn damage_ends_the_job_and_is_told() {
    let mut job = Job::new();
    job.begin().end();
    job.0.extend_from_slice(b"\xf0\x01garbage\x1b%-12345Xrest");
    let printed = job.run();
    assert_eq!((printed.pages.len(), printed.warnings.len()), (1, 1));
    assert_eq!(&job.0[printed.used..], b"\x1b%-12345Xrest");
}

#[test]
fn the_form_in_text_is_refused() {
    assert_eq!(
        try_run(b"' HP-PCL XL;2;0\n").unwrap_err(),
        Problem::UnknownFormat
    );
}

proptest! {
    #[test]
    fn no_bytes_upset_it(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut job = Job::new();
        job.begin();
        job.0.extend_from_slice(&body);
        let _ = try_run(&job.0);
    }

    #[test]
    fn no_operators_upset_it(parts in proptest::collection::vec((0x40u8..0xc0, proptest::collection::vec((1u16..180, 0xc0u8..0xf0, proptest::collection::vec(any::<u16>(), 4)), 0..6), proptest::collection::vec(any::<u8>(), 0..20)), 0..30)) {
        let mut job = Job::new();
        job.begin();
        for (tag, attributes, data) in parts {
            for (attribute, kind, values) in attributes {
                let count = match kind { 0xd0.. if kind < 0xe0 => 2, 0xe0.. => 4, _ => 1 };
                let kind = (kind & 0xf0) | 1;
                job.words(attribute, kind, &values[..count]);
            }
            job.operator(tag).data(&data);
        }
        let _ = try_run(&job.0);
    }

    #[test]
    fn a_job_cut_short_prints_no_more(cut in 0usize..400) {
        let mut job = Job::new();
        job.begin().image(2, 0, 2, 0, 8, &[7; 192]).end().begin().rectangle(9).end();
        let cut = cut.min(job.0.len());
        if let Ok(part) = try_run(&job.0[..cut]) {
            prop_assert!(part.pages.len() <= 2);
        }
    }
}
