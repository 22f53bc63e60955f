use crate::limits::Limits;
use crate::report::{Format, JudgedBy, Problem, Report};
use crate::{estimate, pjl::EXIT};
use platen_domain::Sides;
use proptest::prelude::*;

const LEAVE: &str = "\x1b%-12345X";
const POSTSCRIPT: &str = "%!PS-Adobe-3.0\n%%Pages: 2\n%%Page: 1 1\n0 setgray showpage\n\
    %%Page: 2 2\n0 setgray showpage\n%%Trailer\n%%EOF\n";

fn run(stream: impl AsRef<[u8]>) -> Report {
    estimate(stream.as_ref(), &Limits::default()).unwrap()
}

/// A job in PCL with these lines of the job language.
fn job(lines: &[&str], body: &str) -> String {
    let lines: String = lines
        .iter()
        .map(|line| format!("@PJL {line}\r\n"))
        .collect();
    format!("{LEAVE}{lines}@PJL ENTER LANGUAGE=PCL\r\n{body}{LEAVE}")
}

#[test]
fn every_job_of_a_stream_is_counted() {
    let one = job(&[], "a\x0cb\x0c");
    assert_eq!(run(&one).pages.len(), 2);
    assert_eq!(run(one.repeat(3)).pages.len(), 6);
    // With the farewell, padding, and jobs that print nothing between.
    let padded = format!("{one}@PJL EOJ\r\n{LEAVE}\0\0\x04{}\r\n{one}", job(&[], ""));
    assert_eq!(run(padded).pages.len(), 4);
}

#[test]
fn each_job_may_be_in_a_language_of_its_own() {
    let stream = format!(
        "{}@PJL ENTER LANGUAGE=POSTSCRIPT\n{POSTSCRIPT}\x04{}",
        job(&[], "\x1b*r3U\x1b*v1Sred\x0c"),
        job(&[], "last"),
    );
    let report = run(stream);
    let colours: Vec<bool> = report.pages.iter().map(|page| page.colour).collect();
    assert_eq!(colours, [true, false, false, false]);
    assert_eq!(report.format, Format::Pcl);
}

#[test]
fn what_names_no_language_is_taken_for_pcl() {
    assert_eq!(run(format!("{LEAVE}plain\x0ctext{LEAVE}")).pages.len(), 2);
    assert_eq!(
        run(format!("plain\x1bE{LEAVE}").replace("plain", "\x1bEa"))
            .pages
            .len(),
        1
    );
}

#[test]
fn a_language_of_rasters_alone_prints_no_text() {
    let stream = job(&[], "\x1bu300D\x0c\x1bE").replace("=PCL", "=PCL3GUI");
    assert_eq!(run(stream.clone()).pages.len(), 1);
    assert_eq!(run(stream.replace("\x0c", "\x1b&l0H\x0c")).pages.len(), 1);
}

#[test]
fn an_unknown_language_is_refused() {
    let stream = format!("{LEAVE}@PJL ENTER LANGUAGE=ZJS\r\nJZJZ\0\x01\x02");
    assert_eq!(
        estimate(stream.as_bytes(), &Limits::default()),
        Err(Problem::UnknownFormat)
    );
}

#[test]
fn the_header_sets_copies_sides_and_greys_for_any_language() {
    let lines = [
        "SET COPIES=2",
        "SET QTY=3",
        "SET DUPLEX=ON",
        "SET RENDERMODE=GRAYSCALE",
    ];
    for body in ["text".to_owned(), POSTSCRIPT.to_owned()] {
        let stream = job(&lines, &body).replace("LANGUAGE=PCL\r\n%", "LANGUAGE=POSTSCRIPT\r\n%");
        let ticket = run(stream).ticket;
        assert_eq!(ticket.copies, Some(6));
        assert_eq!(ticket.sides, Some(Sides::TwoSidedLongEdge));
        assert_eq!(ticket.monochrome, Some(true));
    }
}

#[test]
fn the_language_overrides_copies_and_sides_but_not_the_quantity() {
    let lines = ["SET COPIES=2", "SET QTY=3", "SET DUPLEX=ON"];
    let ticket = run(job(&lines, "\x1b&l4x0Sa\x0c")).ticket;
    assert_eq!(ticket.copies, Some(12));
    assert_eq!(ticket.sides, Some(Sides::OneSided));
    let ticket = run(job(&["SET COPIES=2"], "\x1b&l1Xa\x0c")).ticket;
    assert_eq!(ticket.copies, None);
}

#[test]
fn copies_that_differ_repeat_their_pages() {
    let report = run(job(&[], "\x1b&l3Xa\x0c\x1b&l1Xb\x0c"));
    assert_eq!((report.pages.len(), report.ticket.copies), (4, None));
    let twice = job(&["SET COPIES=2"], "a\x0c");
    let report = run(format!("{twice}{}", job(&[], "b")));
    assert_eq!((report.pages.len(), report.ticket.copies), (3, None));
    let report = run(twice.repeat(2));
    assert_eq!((report.pages.len(), report.ticket.copies), (2, Some(2)));
}

#[test]
fn a_grey_job_among_others_is_grey_by_itself() {
    let red = "\x1b*r3U\x1b*v1Sred\x0c";
    let report = run(format!(
        "{}{}",
        job(&["SET RENDERMODE=GRAYSCALE"], red),
        job(&[], red)
    ));
    let judged: Vec<_> = report
        .pages
        .iter()
        .map(|page| (page.colour, page.judged_by))
        .collect();
    assert_eq!(
        judged,
        [(false, JudgedBy::Declared), (true, JudgedBy::Drawn)]
    );
    assert_eq!(report.ticket.monochrome, None);
}

#[test]
fn sides_that_differ_are_told() {
    let report = run(format!("{}{}", job(&["SET DUPLEX=ON"], "a"), job(&[], "b")));
    assert_eq!(report.ticket.sides, None);
    assert_eq!(report.warnings.len(), 1);
}

#[test]
fn a_job_language_without_end_is_bounded() {
    let limits = Limits::default();
    for unit in [
        "@PJL SET COPIES=2\r\n",
        "@PJL JOB\r\n\x1b%-12345X",
        "\x1b%-12345X",
        "@PJL ",
    ] {
        let stream = unit.repeat(400_000 / unit.len());
        assert_eq!(
            estimate(stream.as_bytes(), &limits),
            Err(Problem::NoPages),
            "{unit:?}"
        );
    }
    // Each job may print a page, but not more than the limit.
    let limits = Limits {
        max_pages: 10,
        ..limits
    };
    let stream = format!("{LEAVE}a").repeat(50);
    assert_eq!(
        estimate(stream.as_bytes(), &limits),
        Err(Problem::limit("pages"))
    );
}

#[test]
fn a_stream_cut_at_every_tenth_byte_is_counted_or_refused() {
    let mut stream = job(&["SET COPIES=2"], "\x1b*r-3U\x1b*b2M\x1b*r1A").into_bytes();
    stream.truncate(stream.len() - EXIT.len());
    for _ in 0..40 {
        stream.extend_from_slice(b"\x1b*b4V\xf9\xff\x00\x07\x1b*b2V\xf9\xff\x1b*b2W\xf9\x00");
    }
    stream
        .extend_from_slice(b"\x1b*rB\x0c\x1b%0BIN;SP2;PD10,10;LBtext\x03;\x1b%0A\x0c\x1b%-12345X");
    let whole = run(&stream).pages.len();
    assert_eq!(whole, 2);
    for cut in (0..stream.len()).step_by(10) {
        if let Ok(report) = estimate(&stream[..cut], &Limits::default()) {
            assert!(report.pages.len() <= whole, "{cut}");
        }
    }
}

proptest! {
    #[test]
    fn no_stream_upsets_it(stream in "((\x1b%-12345X|@PJL |SET |COPIES=[0-9]{1,9}|ENTER LANGUAGE=|PCL|PCLXL|\\) HP-PCL XL;1;1\n|%!PS\n|\x1bE|\x0c|a|\r\n|\0){0,30})") {
        let _ = estimate(stream.as_bytes(), &Limits::default());
    }
}
