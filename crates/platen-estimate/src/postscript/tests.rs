use super::count;
use crate::limits::{Budget, Limits, processor_time};
use crate::report::{JudgedBy, Report};
use platen_domain::Sides;
use proptest::prelude::*;
use std::time::Duration;

fn run(document: &str) -> Report {
    count(document.as_bytes(), &Budget::start(&Limits::default())).unwrap()
}

fn colours(report: &Report) -> Vec<bool> {
    report.pages.iter().map(|page| page.colour).collect()
}

/// The colours of the pages, `c` or `g`, and nothing to be told.
#[track_caller]
fn check(document: &str, pages: &str) {
    let report = run(document);
    let found: String = report
        .pages
        .iter()
        .map(|page| if page.colour { 'c' } else { 'g' })
        .collect();
    assert_eq!(
        (found.as_str(), report.warnings.as_slice()),
        (pages, &[][..])
    );
}

#[test]
fn pages_are_those_that_are_printed() {
    check(
        "%!\n3 {0 0 moveto 9 9 lineto stroke showpage} repeat",
        "ggg",
    );
    check(
        "%!\n/p {showpage} bind def p /showpage {} def p showpage",
        "gg",
    );
    check("%!\nshowpage copypage", "gg");
    check("%!\n0 0 9 9 rectfill", "g");
    check("%!\n/showpage load exec (showpage) cvx exec", "gg");
}

#[test]
fn a_picture_for_other_documents_is_a_page_though_it_prints_none() {
    check("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "g");
    check("%!PS-Adobe-3.0 EPSF-3.0\n0 0 9 9 rectfill", "g");
}

#[test]
fn a_pattern_leaves_nothing_on_the_stack() {
    check(
        "%!\n<< /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 9 9] /XStep 9 /YStep 9 \
         /PaintProc {1 0 0 setrgbcolor 0 0 5 5 rectfill} >> matrix makepattern setpattern \
         50 50 90 90 rectfill count 0 eq {showpage} if",
        "c",
    );
}

#[test]
fn what_the_comments_say_wrongly_does_not_count() {
    check("%!PS-Adobe-3.0\n%%Pages: 7\n%%Page: 1 1\nshowpage\n", "g");
}

#[test]
fn colour_is_what_is_painted() {
    let fill = |set: &str| format!("%!\n{set} 10 10 90 90 rectfill showpage");
    check(&fill("1 0 0 setrgbcolor"), "c");
    check(&fill(".5 .5 .5 setrgbcolor"), "g");
    check(&fill(".2 .2 .2 .5 setcmykcolor"), "g");
    check(&fill(".3 1 1 sethsbcolor"), "c");
    check(
        &fill("[/Indexed /DeviceRGB 1 <808080ff0000>] setcolorspace 0 setcolor"),
        "g",
    );
    check(
        &fill("[/Indexed /DeviceRGB 1 <808080ff0000>] setcolorspace 1 setcolor"),
        "c",
    );
    let spot = "[/Separation /Spot /DeviceCMYK {0 exch dup 0}] setcolorspace";
    check(&fill(&format!("{spot} 1 setcolor")), "c");
    check(&fill(&format!("{spot} 0 setcolor")), "g");
    let lab = "[/CIEBasedABC << /WhitePoint [.9505 1 1.089] /MatrixABC [1 0 0 0 1 0 0 0 1] >>] setcolorspace";
    check(&fill(&format!("{lab} .475 .5 .5445 setcolor")), "g");
    check(&fill(&format!("{lab} .4 .2 0 setcolor")), "c");
    check("%!\n1 0 0 setrgbcolor showpage", "g");
    check(
        "%!\n1 0 0 setrgbcolor 9000 10 moveto 90 90 rlineto stroke showpage",
        "g",
    );
    check(
        "%!\n1 0 0 setrgbcolor 0 0 9 9 rectclip 50 50 9 9 rectfill showpage",
        "g",
    );
    check(
        "%!\n1 0 0 setrgbcolor 0 0 9 9 rectfill erasepage showpage",
        "g",
    );
}

#[test]
fn text_is_painted_in_any_kind_of_font() {
    check(
        "%!\n/Times-Roman 12 selectfont 9 9 moveto 1 0 0 setrgbcolor (x) show showpage",
        "c",
    );
    check(
        "%!\n/Times-Roman 12 selectfont 9 9 moveto 1 0 0 setrgbcolor ( ) show showpage",
        "g",
    );
    let font = |set: &str| {
        format!(
            "%!\n/F << /FontType 3 /FontMatrix [.001 0 0 .001 0 0] /FontBBox [0 0 1000 1000] \
             /Encoding 256 array /BuildChar {{pop pop {set} 0 0 500 500 rectfill}} >> definefont pop \
             /F 20 selectfont 9 9 moveto (a) show (ab) show showpage"
        )
    };
    check(&font("500 0 setcharwidth 0 0 1 setrgbcolor"), "c");
    check(
        &font("500 0 0 0 500 500 setcachedevice 0 0 1 setrgbcolor"),
        "g",
    );
}

#[test]
fn a_position_follows_the_widths_of_glyphs() {
    let measure = |font: &str, text: &str, width: f64| {
        check(
            &format!(
                "%!\n/{font} 100 selectfont ({text}) stringwidth pop {width} sub abs .01 gt \
                 {{1 0 0 setrgbcolor}} if 9 9 9 9 rectfill showpage"
            ),
            "g",
        );
    };
    measure("Courier", "abc", 180.0);
    measure("Helvetica", "Ab", 122.3);
}

#[test]
fn pictures_are_judged_by_their_samples() {
    let picture = |data: &str| {
        format!(
            "%!\n100 100 scale 2 2 8 [2 0 0 2 0 0] {{currentfile 6 string readhexstring pop}} \
             false 3 colorimage\n{data}\nshowpage"
        )
    };
    check(&picture("808080 808080 808080 808080"), "g");
    check(&picture("808080 808080 808080 ff0000"), "c");
    check(
        "%!\n/DeviceRGB setcolorspace 100 100 scale << /ImageType 1 /Width 1 /Height 1 \
         /BitsPerComponent 8 /Decode [0 1 0 1 0 1] /ImageMatrix [1 0 0 1 0 0] \
         /DataSource currentfile /ASCII85Decode filter /FlateDecode filter >> image\n\
         Gb\"ZW^]4?:!!*'~>\nshowpage 0 setgray showpage",
        "cg",
    );
    check(
        "%!\n1 0 0 setrgbcolor 9 9 scale 8 1 true [8 0 0 1 0 0] {<00>} imagemask showpage \
         8 1 true [8 0 0 1 0 0] {<00>} imagemask showpage",
        "gg",
    );
}

#[test]
fn patterns_shadings_and_forms_show_what_they_hold() {
    check(
        "%!\n<< /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 9 9] /XStep 9 /YStep 9 \
         /PaintProc {pop 0 1 0 setrgbcolor 0 0 5 5 rectfill} >> matrix makepattern setpattern \
         50 50 90 90 rectfill showpage",
        "c",
    );
    check(
        "%!\n<< /ShadingType 2 /ColorSpace /DeviceRGB /Coords [0 0 9 9] \
         /Function << /FunctionType 2 /Domain [0 1] /C0 [0 0 0] /C1 [1 0 0] /N 1 >> >> shfill showpage",
        "c",
    );
    check(
        "%!\n<< /FormType 1 /BBox [0 0 99 99] /Matrix [1 0 0 1 0 0] \
         /PaintProc {pop 0 1 0 setrgbcolor 0 0 5 5 rectfill} >> execform showpage",
        "c",
    );
}

#[test]
fn encrypted_parts_are_run() {
    let key = 55665;
    let mut document = b"%!\ncurrentfile eexec\n".to_vec();
    let secret = b"0000/x {1 0 0 setrgbcolor} def mark currentfile closefile\n";
    document.extend(super::filters::encrypt(secret, key));
    document.extend(b"0000000000\ncleartomark x 9 9 9 9 rectfill showpage");
    let report = count(&document, &Budget::start(&Limits::default())).unwrap();
    assert_eq!((colours(&report), report.warnings.len()), (vec![true], 0));
}

#[test]
fn paper_sides_and_copies_are_what_the_device_was_asked_for() {
    let report = run(
        "%!\n<< /PageSize [842 1191] /Duplex true /Tumble true /NumCopies 3 >> setpagedevice \
         showpage showpage",
    );
    assert_eq!(report.pages.len(), 2);
    assert_eq!(
        (report.pages[0].width_pt, report.pages[0].height_pt),
        (842.0, 1191.0)
    );
    assert_eq!(report.ticket.copies, Some(3));
    assert_eq!(report.ticket.sides, Some(Sides::TwoSidedShortEdge));
    let old = run("%!\n/#copies 2 def statusdict begin true setduplexmode end a4 showpage");
    assert_eq!(
        (old.ticket.copies, old.ticket.sides),
        (Some(2), Some(Sides::TwoSidedLongEdge))
    );
    assert_eq!(old.pages[0].width_pt, 595.0);
    let mixed = run("%!\nshowpage /#copies 3 def showpage");
    assert_eq!((mixed.pages.len(), mixed.ticket.copies), (4, None));
}

#[test]
fn end_page_decides_what_is_printed() {
    check(
        "%!\n<< /EndPage {exch pop 0 eq {odd not} {false} ifelse} >> setpagedevice \
         /odd false def showpage /odd true def showpage /odd false def showpage",
        "gg",
    );
    check(
        "%!\n<< /EndPage {exch pop 2 ne} >> setpagedevice showpage showpage",
        "gg",
    );
}

#[test]
fn save_brings_back_what_it_kept() {
    check(
        "%!\n/a [0] def /d 5 dict def /s save def a 0 1 put d /k 1 put /x 1 def 9 9 translate s restore \
         a 0 get 0 ne d /k known or /x where {pop true} {false} ifelse or \
         {1 0 0 setrgbcolor} if 9 9 9 9 rectfill showpage",
        "g",
    );
}

#[test]
fn errors_are_caught_where_the_program_catches_them() {
    check(
        "%!\n{nonsense} stopped {showpage} if {1 0 div} stopped {showpage} if",
        "gg",
    );
    check("%!\nerrordict /undefined {pop showpage} put nonsense", "g");
    check(
        "%!\n{{exit} loop showpage stop showpage} stopped {showpage} if",
        "gg",
    );
}

#[test]
fn an_error_that_is_not_caught_is_told() {
    let report = run("%!PS-Adobe-3.0\n%%Page: 1 1\nshowpage nonsense\n%%Page: 2 2\nshowpage\n");
    assert_eq!(report.pages.len(), 2);
    assert_eq!(report.pages[1].judged_by, JudgedBy::Unknown);
    assert!(report.warnings[0].contains("estimate"));
}

/// Each ends, in a report or a problem, within the limits.
const HOSTILE: &[&str] = &[
    "{} loop",
    "/f {f f} def f",
    "/f {{f} exec 1} def f",
    "{2000000000 array} stopped {2000000000 string} stopped {999999999 dict} stopped showpage",
    "{60000 array pop} loop",
    "[ {60000 array} loop",
    "/s () def {s length 1 add string /s exch def} loop",
    "/d 9 dict def 0 1 100000000 {d exch dup put} for",
    "/d 9 dict def d 0 0 put d {pop 1 add dup d 3 1 roll put} forall",
    "{showpage} loop",
    "{gsave} loop",
    "{save} loop",
    "{currentdict begin} loop",
    "{1} loop",
    "mark {mark} loop",
    "0 {dup (00000000) cvs cvn pop 1 add} loop",
    "{currentfile /ASCII85Decode filter} loop",
    "{{/x filter} stopped} loop",
    "/a 1 array def a 0 a put a cvx exec a bind pop a ==",
    "[ 30000 {[} repeat",
    "100000 {{} stopped} repeat",
    "<< /PaintProc {execform} /BBox [0 0 9 9] /Matrix matrix >> dup /x exch def execform",
    "/F << /FontType 3 /FontMatrix matrix /Encoding 256 array /BuildChar {pop pop (a) show} >> \
     definefont setfont 0 0 moveto (a) show",
    "1e9 cvi dup 1 matrix {(a)} image",
    "100000 100000 8 matrix {(aaaaaaaaaaaaaaaaaaaaaaaaaaaaa)} false 3 colorimage",
    "0 0 moveto 2000000 {1 1 rlineto} repeat stroke",
    "{0 0 moveto 9 9 lineto gsave} loop",
    "<< /EndPage {showpage} >> setpagedevice showpage",
    "<< /BeginPage {setpagedevice} >> setpagedevice",
    "errordict /undefined {undefined} put undefined",
    "errordict /stackoverflow {{1} loop} put {1} loop",
    "/DeviceN [/a] 5 array cvx 4 array setcolorspace",
    "{(%stdin) (r) file pop} loop",
    "currentfile 0 setfileposition",
    "0 0 0 1e30 1e-30 arc 0 0 9 0 1e30 arc stroke",
    "/x {(x) cvx exec} def x",
    "{} {} 1 2 roll 2147483647 -2147483648 roll",
    "1 1e38 1 {pop} for 0 0 1 {} for",
    "0 1e-38 1 {pop} for",
];

#[test]
fn hostile_programs_end_within_the_limits() {
    for program in HOSTILE {
        let limits = Limits {
            time: Duration::from_millis(200),
            max_pages: 2_000,
            ..Limits::default()
        };
        let start = processor_time();
        let _ = count(
            format!("%!\n{program}\n").as_bytes(),
            &Budget::start(&limits),
        );
        assert!(
            processor_time() - start < Duration::from_secs(4),
            "{program}"
        );
    }
}

const WORDS: &[&str] = &[
    "0",
    "1",
    "-1",
    "3",
    "2.5",
    "1e30",
    "true",
    "false",
    "null",
    "mark",
    "[",
    "]",
    "<<",
    ">>",
    "{",
    "}",
    "(ab)",
    "<00ff>",
    "/x",
    "x",
    "/Helvetica",
    "matrix",
    "currentfile",
    "systemdict",
    "userdict",
    "/DeviceRGB",
    "/DeviceCMYK",
    "/Font",
    "/ASCIIHexDecode",
    "$error",
    "errordict",
    "statusdict",
    "[1 2 3 4 5 6]",
    "[0 0 1]",
    "{pop}",
    "{}",
    "{x}",
    "<< /ImageType 1 /Width 2 /Height 2 >>",
];

fn token() -> impl Strategy<Value = String> {
    let operators: Vec<String> = super::operators::names().map(str::to_owned).collect();
    prop_oneof![
        proptest::sample::select(WORDS).prop_map(str::to_owned),
        proptest::sample::select(operators),
    ]
}

proptest! {
    #[test]
    fn no_program_of_operators_upsets_it(tokens in proptest::collection::vec(token(), 0..60)) {
        let limits = Limits { time: Duration::from_millis(100), max_pages: 500, ..Limits::default() };
        let _ = count(format!("%!\n{}", tokens.join(" ")).as_bytes(), &Budget::start(&limits));
    }

    #[test]
    fn no_bytes_upset_it(document in proptest::collection::vec(any::<u8>(), 0..400)) {
        let limits = Limits { time: Duration::from_millis(100), max_pages: 500, ..Limits::default() };
        let _ = count(&document, &Budget::start(&limits));
    }
}
