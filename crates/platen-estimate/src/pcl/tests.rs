use super::*;
use crate::limits::Limits;
use crate::report::JudgedBy;
use platen_domain::Sides;
use proptest::prelude::*;

fn try_run(job: &[u8]) -> Result<Printing, Problem> {
    let budget = Budget::start_for(&Limits::default(), job.len());
    print(job, &Settings::default(), &budget)
}

fn run(job: impl AsRef<[u8]>) -> Printing {
    try_run(job.as_ref()).unwrap()
}

#[track_caller]
fn pages(job: impl AsRef<[u8]>, expected: usize) {
    let job = job.as_ref();
    let found = run(job).pages.len();
    assert_eq!(found, expected, "{}", String::from_utf8_lossy(job));
}

fn colours(job: impl AsRef<[u8]>) -> String {
    let mark = |page: &Printed| if page.page.colour { 'C' } else { 'G' };
    run(job).pages.iter().map(mark).collect()
}

#[track_caller]
fn colour(job: impl AsRef<[u8]>, expected: &str) {
    let job = job.as_ref();
    assert_eq!(colours(job), expected, "{}", String::from_utf8_lossy(job));
}

#[test]
fn only_marks_make_a_reset_or_the_end_eject() {
    pages("\x1bE\x1bE", 0);
    pages("\x1bEtext\x1bE", 1);
    pages("text", 1);
    pages("\x1bE  \t \r\n\x1bE", 0);
    pages("text\x1b%-12345X", 1);
}

#[test]
fn form_feed_ejects_a_page_whatever_stands_on_it() {
    pages("a\x0cb\x0c", 2);
    pages("\x0c\x0c", 2);
    pages("a\x0cb", 2);
}

#[test]
fn sixty_lines_fill_a_page() {
    pages("line\r\n".repeat(60), 1);
    pages("line\r\n".repeat(61), 2);
    pages("line\r\n".repeat(121), 3);
    // Eight lines to the inch, and A4.
    pages("\x1b&l8D".to_owned() + &"line\r\n".repeat(80), 1);
    pages("\x1b&l26A".to_owned() + &"line\r\n".repeat(64), 1);
    pages("\x1b&l26A".to_owned() + &"line\r\n".repeat(65), 2);
    // Landscape letter holds 45.
    pages("\x1b&l1O".to_owned() + &"line\r\n".repeat(45), 1);
    pages("\x1b&l1O".to_owned() + &"line\r\n".repeat(46), 2);
}

#[test]
fn lines_end_as_the_job_says() {
    pages("\x1b&k1G".to_owned() + &"line\r".repeat(61), 2);
    pages("line\r".repeat(61), 1);
    pages("\x1b&k2G".to_owned() + &"line\n".repeat(61), 2);
}

#[test]
fn long_lines_wrap_only_when_asked_to() {
    let line = "x".repeat(81 * 60 + 85 * 2);
    pages(&line, 1);
    pages(format!("\x1b&s0C{line}"), 1);
    pages(format!("\x1b&s0C{}", "x".repeat(85 * 60 + 1)), 2);
    pages(format!("\x1b&s0C{}", "x".repeat(85 * 60)), 1);
}

#[test]
fn text_that_was_moved_off_the_page_marks_nothing() {
    pages("\x1b&a9999Vtext", 0);
    pages("\x1b*p100Ytext", 1);
}

#[test]
fn what_changes_the_sheet_ejects_what_stands_on_it() {
    for change in [
        "&l26A", "&l1O", "&l2H", "&l0H", "&l1S", "&a1G", "&l1M", "&l60P", "*o1Q",
    ] {
        pages(format!("a\x1b{change}b"), 2);
        pages(format!("\x1b{change}b"), 1);
    }
    // The orientation that it has already.
    pages("a\x1b&l0Ob", 1);
}

#[test]
fn pages_have_the_size_and_turn_of_their_sheet() {
    let sizes = |job: &str| {
        let size = |page: &Printed| (page.page.width_pt, page.page.height_pt);
        run(job).pages.iter().map(size).collect::<Vec<_>>()
    };
    assert_eq!(sizes("a"), [(612.0, 792.0)]);
    assert_eq!(
        sizes("\x1b&l26Aa\x1b&l1Ob\x0c\x1b&l27Ac"),
        [(595.0, 842.0), (842.0, 595.0), (1191.0, 842.0)]
    );
    assert_eq!(sizes("\x1b&f3000i4000J\x1b&l101Aa"), [(300.0, 400.0)]);
    assert_eq!(sizes("\x1b&l999Aa"), [(612.0, 792.0)]);
}

#[test]
fn copies_and_sides_hold_for_the_pages_that_follow() {
    let job = run("\x1b&l2xa\x0c\x1b&l1Xb\x0c\x1b&l1Sc\x0c\x1b&l0Xd\x0c");
    let copies: Vec<_> = job.pages.iter().map(|page| page.copies).collect();
    assert_eq!(copies, [2, 1, 1, 1]);
    let sides: Vec<_> = job.pages.iter().map(|page| page.sides).collect();
    assert_eq!(sides[1], None);
    assert_eq!(sides[2], Some(Sides::TwoSidedLongEdge));
}

#[test]
fn a_side_that_is_left_blank_is_told() {
    assert!(run("\x1b&l1S\x1b&a1Ga\x1b&a2Gb").warnings.is_empty());
    assert_eq!(run("\x1b&l1S\x1b&a1Ga\x1b&a1Gb").warnings.len(), 1);
}

#[test]
fn data_is_not_printed() {
    pages("\x1b(s7Wa\x0cb\x0cc\x0cd\x0c", 1);
    pages("\x1b)s9W\x1bE\x0cb\x0cc\x0cd", 0);
    pages("\x1b*c4W\x0c\x0c\x0c\x0c\x1b&p3X\x0cab", 1);
}

#[test]
fn macros_print_when_they_are_called() {
    let define = "\x1b&f7Y\x1b&f0Xa\x0c\x1b&f1X";
    pages(define, 0);
    pages(format!("{define}\x1b&f2X\x1b&f3X"), 2);
    // A reset forgets what isn't permanent.
    pages(format!("{define}\x1bE\x1b&f7y2X"), 0);
    pages(format!("{define}\x1b&f10X\x1bE\x1b&f7y2X"), 1);
    // A call puts the settings back, carrying out in place doesn't.
    let landscape = "\x1b&f1Y\x1b&f0X\x1b&l1O\x1b&f1X";
    let width = |job: String| run(job).pages[0].page.width_pt;
    assert_eq!(width(format!("{landscape}\x1b&f2Xa")), 792.0);
    assert_eq!(width(format!("{landscape}\x1b&f3Xa")), 612.0);
}

#[test]
fn a_macro_that_calls_itself_ends() {
    pages("\x1b&f1Y\x1b&f0Xa\x0c\x1b&f1y2X\x1b&f2X\x1b&f1X\x1b&f2X", 7);
}

#[test]
fn an_overlay_is_on_every_page() {
    let red = "\x1b&f1Y\x1b&f0X\x1b*r3U\x1b*v1S\x1b*c300a300b0P\x1b&f1X";
    colour(format!("{red}\x1b&f4Xa\x0cb\x0c\x1b&f5Xc\x0c"), "CCG");
}

#[test]
fn text_is_in_the_colour_of_the_foreground() {
    colour("\x1b*r3U\x1b*v1Stext", "C");
    colour("\x1b*r3U\x1b*v1S  \x0c", "G");
    colour("\x1b*v1Stext", "G");
    colour("\x1b*r-3U\x1b*v7Stext", "G");
    colour(
        "\x1b*v6W\x00\x01\x08\x08\x08\x08\x1b*v200a10b10c3I\x1b*v3Stext",
        "C",
    );
    colour(
        "\x1b*v6W\x00\x01\x08\x08\x08\x08\x1b*v90a90b90c3I\x1b*v3Stext",
        "G",
    );
    // A simple palette can't be changed.
    colour("\x1b*r3U\x1b*v90a90b90c1I\x1b*v1Stext", "C");
}

#[test]
fn what_renders_greys_shows_no_colour() {
    colour("\x1b&b1M\x1b*r3U\x1b*v1Stext", "G");
    colour("\x1b*r3U\x1b*t5J\x1b*v1Stext", "G");
    colour("\x1b*r3U\x1b*l170O\x1b*v1Stext", "G");
}

#[test]
fn rectangles_show_the_colour_they_are_filled_with() {
    colour("\x1b*r3U\x1b*v1S\x1b*c300a300b0P", "C");
    colour("\x1b*r3U\x1b*v1S\x1b*c300a300b1P", "G");
    colour("\x1b*r3U\x1b*v1S\x1b*c5g300a300b2P", "G");
    colour("\x1b*r3U\x1b*v1S\x1b*c1a1b0P", "G");
    pages("\x1b*c0a0b0P", 0);
}

/// A raster of `rows`, each with these planes.
fn raster(setup: &str, rows: &[&[&[u8]]]) -> Vec<u8> {
    let mut job = format!("{setup}\x1b*t75R\x1b*r0A").into_bytes();
    for row in rows {
        for (at, plane) in row.iter().enumerate() {
            let last = at + 1 == row.len();
            let end = if last { 'W' } else { 'V' };
            job.extend(format!("\x1b*b{}{end}", plane.len()).bytes());
            job.extend_from_slice(plane);
        }
    }
    job.extend_from_slice(b"\x1b*rB\x0c");
    job
}

#[test]
fn a_raster_is_judged_by_its_pixels() {
    const FULL: &[u8] = &[0xff; 8];
    const NONE: &[u8] = &[0; 8];
    let judge = |setup: &str, row: &[&[u8]]| colours(raster(setup, &[row; 40]));
    assert_eq!(judge("", &[FULL]), "G");
    assert_eq!(judge("\x1b*r-3U", &[FULL, FULL, FULL]), "G");
    assert_eq!(judge("\x1b*r-3U", &[FULL, NONE, NONE]), "C");
    assert_eq!(judge("\x1b*r3U", &[FULL, FULL, FULL]), "G");
    assert_eq!(judge("\x1b*r3U", &[FULL, NONE, NONE]), "C");
    assert_eq!(judge("\x1b*r-4U", &[FULL, FULL, NONE, NONE]), "G");
    assert_eq!(judge("\x1b*r-4U", &[NONE, FULL, NONE, NONE]), "C");
    // A black raster takes the foreground's colour.
    assert_eq!(
        judge(
            "\x1b*v6W\x00\x01\x01\x08\x08\x08\x1b*v255a1I\x1b*v1S",
            &[FULL]
        ),
        "C"
    );
    let direct = "\x1b*v6W\x00\x03\x08\x08\x08\x08";
    assert_eq!(judge(direct, &[&[200, 200, 200].repeat(8)]), "G");
    assert_eq!(judge(direct, &[&[200, 200, 100].repeat(8)]), "C");
    let inks = "\x1b*g26W\x02\x04\x01\x2c\x01\x2c\x00\x02\x01\x2c\x01\x2c\x00\x04\x01\x2c\x01\x2c\x00\x04\x01\x2c\x01\x2c\x00\x04";
    assert_eq!(
        judge(inks, &[NONE, FULL, FULL, NONE, NONE, NONE, NONE]),
        "C"
    );
    assert_eq!(
        judge(inks, &[FULL, NONE, NONE, NONE, NONE, NONE, NONE]),
        "G"
    );
    assert_eq!(
        judge(inks, &[NONE, FULL, FULL, FULL, FULL, FULL, FULL]),
        "G"
    );
}

#[test]
fn a_finer_black_has_two_rows_to_one_of_the_others() {
    let inks = "\x1b*g26W\x02\x04\x02\x58\x02\x58\x00\x02\x01\x2c\x01\x2c\x00\x04\x01\x2c\x01\x2c\x00\x04\x01\x2c\x01\x2c\x00\x04";
    let (full, none): (&[u8], &[u8]) = (&[0xff; 8], &[0; 8]);
    let judge = |row: &[&[u8]]| colours(raster(inks, &[row; 40]));
    assert_eq!(
        judge(&[full, full, none, none, none, none, none, none]),
        "G"
    );
    assert_eq!(
        judge(&[none, none, full, full, none, none, none, none]),
        "C"
    );
}

#[test]
fn a_raster_packed_in_an_unknown_way_is_unknown() {
    let job = run("\x1b*r-3U\x1b*b77M\x1b*r0A\x1b*b4Wabcd\x1b*rB\x0cplain\x0c");
    let judged: Vec<_> = job.pages.iter().map(|page| page.page.judged_by).collect();
    assert_eq!(judged, [JudgedBy::Unknown, JudgedBy::Drawn]);
    assert!(job.pages[0].page.colour);
    assert_eq!(job.warnings.len(), 1);
    // What can't have colour is known whatever it holds.
    colour("\x1b*b77M\x1b*r0A\x1b*b4Wabcd\x1b*rB\x0c", "G");
}

#[test]
fn plotter_drawings_mark_the_page() {
    pages("\x1b%0BIN;SP1;PU0,0;\x1b%0A", 0);
    pages("\x1b%0BIN;SP1;PD9,9;\x1b%0A\x0c", 1);
    colour(
        "\x1b%0BIN;SP2;PD9,9;\x1b%0A\x0c\x1b%0BSP1;PD9,9;\x1bE",
        "CG",
    );
    // Its instructions are no text, and text is no instruction.
    pages("\x1b%0BIN;\x1b%0A", 0);
    colour("SP2;PD9,9;", "G");
}

#[test]
fn colour_ends_with_its_page() {
    colour("\x1b*r3U\x1b*v1Sa\x0c\x1b*v0Sb\x0c", "CG");
}

#[test]
fn lengths_that_lie_are_bounded() {
    for length in ["-1", "32767", "99999999999", "0"] {
        for name in [
            "*b#W", "*b#V", "(s#W", ")s#W", "&p#X", "*v#W", "*g#W", "*c#W", "*b5m#W",
        ] {
            let job = format!("\x1bE\x1b{}ab\x0cc", name.replace('#', length));
            assert!(try_run(job.as_bytes()).is_ok(), "{job}");
        }
    }
    let job = b"\x1b*r1000000000S\x1b*r-3U\x1b*b5M\x1b*b3W\x05\xff\xff".repeat(20);
    assert!(try_run(&job).is_ok());
}

#[test]
fn endless_pages_reach_the_limit() {
    let limits = Limits {
        max_pages: 100,
        ..Limits::default()
    };
    let budget = Budget::start(&limits);
    let job = [0x0c; 500];
    let stopped = print(&job, &Settings::default(), &budget);
    assert_eq!(stopped.unwrap_err(), Problem::limit("pages"));
}

#[test]
fn rows_without_end_leave_colour_unknown_and_pages_counted() {
    // Each empty delta row repeats one of 64 kB.
    let limits = Limits {
        time: std::time::Duration::from_millis(300),
        ..Limits::default()
    };
    let mut job = b"\x1b*r-3U\x1b*r0A\x1b*b0M\x1b*b32767V".to_vec();
    job.extend_from_slice(&[0x5a; 32767]);
    job.extend_from_slice(b"\x1b*b32767V");
    job.extend_from_slice(&[0x5a; 32767]);
    job.extend_from_slice(b"\x1b*b32767W");
    job.extend_from_slice(&[0x5a; 32767]);
    job.extend_from_slice(b"\x1b*b3m1Y");
    job.extend(b"\x1b*b0v0v0W".repeat(30_000));
    job.extend_from_slice(b"\x0ctext\x0c");
    let budget = Budget::start(&limits);
    let printed = print(&job, &Settings::default(), &budget).unwrap();
    assert_eq!(printed.pages.len(), 2);
}

proptest! {
    #[test]
    fn no_bytes_upset_it(job in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = try_run(&job);
    }

    #[test]
    fn no_sequences_upset_it(parts in proptest::collection::vec((proptest::sample::select(vec![
        "&l#A", "&l#O", "&l#X", "&l#S", "&l#C", "&l#D", "&l#E", "&l#F", "&l#L", "&l#P", "&a#R", "&a#V",
        "&a#C", "&a#L", "&a#M", "&a#P", "&a#G", "*p#X", "*p#Y", "&k#H", "&k#G", "&s#C", "(s#H", "(s#V",
        "&u#D", "&f#Y", "&f#X", "&f#S", "&f#I", "*c#A", "*c#B", "*c#P", "*c#G", "*c#W", "*r#U", "*r#A",
        "*r#S", "*r#B", "*t#R", "*b#M", "*b#Y", "*b#W", "*b#V", "*v#W", "*v#A", "*v#I", "*v#S", "*v#T",
        "*g#W", "*l#O", "*p#P", "&p#S", "&p#I", "&p#C", "&p#X", "%#B", "%#A", "=", "9", "E", "*t#J",
    ]), -5i64..400, "[ -~\r\n\x0c]{0,12}"), 0..40)) {
        let mut job = String::new();
        for (name, number, text) in parts {
            job.push('\x1b');
            job.push_str(&name.replace('#', &number.to_string()));
            job.push_str(&text);
        }
        let _ = try_run(job.as_bytes());
    }

    /// What a job is cut down to has no more pages than the whole.
    #[test]
    fn a_job_cut_short_prints_no_more(cut in 0usize..400) {
        let job = ["line\r\n".repeat(61), "\x1b&l1Oa\x0c\x1b*r3U\x1b*v1Sb".into()].concat();
        let whole = run(&job).pages.len();
        let part = run(&job[..cut.min(job.len())]).pages.len();
        prop_assert!(part <= whole);
    }
}
