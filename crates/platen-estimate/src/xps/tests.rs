//! Whole packages, made here, with known answers.

use crate::limits::Limits;
use crate::report::{JudgedBy, Problem, Report};
use crate::{detect, estimate};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use platen_domain::Sides;
use proptest::prelude::*;
use std::io::Write;
use std::time::{Duration, Instant};

/// How a zip may be written.
#[derive(Clone, Copy, Default)]
struct Style {
    stored: bool,
    /// Sizes stand behind the data and are zero before it.
    described: bool,
    /// Sizes and offsets of 64 bits.
    wide: bool,
}

fn zip(style: Style, parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for (name, content) in parts {
        let at = out.len() as u32;
        let packed = if style.stored {
            content.to_vec()
        } else {
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(content).unwrap();
            encoder.finish().unwrap()
        };
        let (packed_size, size) = (packed.len() as u32, content.len() as u32);
        let method: u16 = if style.stored { 0 } else { 8 };
        let flags: u16 = if style.described { 8 } else { 0 };
        let local_sizes = if style.described {
            (0, 0)
        } else {
            (packed_size, size)
        };
        out.extend(b"PK\x03\x04\x14\0");
        out.extend(flags.to_le_bytes());
        out.extend(method.to_le_bytes());
        out.extend([0; 8]);
        out.extend(local_sizes.0.to_le_bytes());
        out.extend(local_sizes.1.to_le_bytes());
        out.extend((name.len() as u16).to_le_bytes());
        out.extend([0; 2]);
        out.extend(name.as_bytes());
        out.extend(&packed);
        if style.described {
            out.extend(b"PK\x07\x08\0\0\0\0");
            out.extend(packed_size.to_le_bytes());
            out.extend(size.to_le_bytes());
        }
        directory.extend(b"PK\x01\x02\x2d\0\x2d\0");
        directory.extend(flags.to_le_bytes());
        directory.extend(method.to_le_bytes());
        directory.extend([0; 8]);
        let extra: Vec<u8> = if style.wide {
            let numbers = [u64::from(size), u64::from(packed_size), u64::from(at)];
            [1, 0, 24, 0]
                .into_iter()
                .chain(numbers.into_iter().flat_map(u64::to_le_bytes))
                .collect()
        } else {
            Vec::new()
        };
        let number = |value: u32| if style.wide { u32::MAX } else { value }.to_le_bytes();
        directory.extend(number(packed_size));
        directory.extend(number(size));
        directory.extend((name.len() as u16).to_le_bytes());
        directory.extend((extra.len() as u16).to_le_bytes());
        directory.extend([0; 10]);
        directory.extend(number(at));
        directory.extend(name.as_bytes());
        directory.extend(extra);
    }
    let start = out.len();
    out.extend(directory);
    if style.wide {
        let end = out.len() as u64;
        out.extend(b"PK\x06\x06");
        out.extend([0; 44]);
        out.extend((start as u64).to_le_bytes());
        out.extend(b"PK\x06\x07\0\0\0\0");
        out.extend(end.to_le_bytes());
        out.extend([1, 0, 0, 0]);
    }
    out.extend(b"PK\x05\x06");
    out.extend([0; 12]);
    let start = if style.wide { u32::MAX } else { start as u32 };
    out.extend(start.to_le_bytes());
    out.extend([0; 2]);
    out
}

const XPS: &str = "http://schemas.microsoft.com/xps/2005/06";
const ROOT: &str = "<Relationships><Relationship Id='R' Target='/Seq.fdseq' \
    Type='http://schemas.microsoft.com/xps/2005/06/fixedrepresentation'/></Relationships>";
const SEQUENCE: &str =
    "<FixedDocumentSequence><DocumentReference Source='D/1.fdoc'/></FixedDocumentSequence>";

/// A package whose only document has these pages, and more parts.
fn package(pages: &[&str], more: &[(&str, &[u8])]) -> Vec<u8> {
    let document: String = (0..pages.len())
        .map(|page| format!("<PageContent Source='P/{page}.fpage' Width='96' Height='192'/>"))
        .collect();
    let document = format!("<FixedDocument xmlns='{XPS}'>{document}</FixedDocument>");
    let names: Vec<String> = (0..pages.len())
        .map(|page| format!("D/P/{page}.fpage"))
        .collect();
    let mut parts: Vec<(&str, &[u8])> = vec![
        ("_rels/.rels", ROOT.as_bytes()),
        ("Seq.fdseq", SEQUENCE.as_bytes()),
        ("D/1.fdoc", document.as_bytes()),
    ];
    for (name, page) in names.iter().zip(pages) {
        parts.push((name, page.as_bytes()));
    }
    parts.extend_from_slice(more);
    zip(Style::default(), &parts)
}

/// A square page of one inch with this on it.
fn page(content: &str) -> String {
    format!("<FixedPage xmlns='{XPS}' Width='96' Height='96'>{content}</FixedPage>")
}

fn read(document: &[u8]) -> Report {
    estimate(document, &Limits::default()).unwrap()
}

#[track_caller]
fn judged(content: &str, more: &[(&str, &[u8])], expected: (bool, JudgedBy)) {
    let report = read(&package(&[&page(content)], more));
    let found = (report.pages[0].colour, report.pages[0].judged_by);
    assert_eq!((report.pages.len(), found), (1, expected), "{content}");
}

#[track_caller]
fn colour(content: &str, expected: bool) {
    judged(content, &[], (expected, JudgedBy::Drawn));
}

/// A square in the middle of the page, of a brush or colour.
fn square(fill: &str) -> String {
    format!("<Path Data='M 20,20 H 70 V 70 H 20 Z' Fill='{fill}'/>")
}

fn square_of(brush: &str) -> String {
    format!("<Path Data='M 20,20 H 70 V 70 H 20 Z'><Path.Fill>{brush}</Path.Fill></Path>")
}

fn png(pixel: [u8; 3]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 8, 8);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&pixel.repeat(64)).unwrap();
    writer.finish().unwrap();
    bytes
}

#[test]
fn pages_are_those_of_the_documents_in_order_and_in_their_own_size() {
    let wide = "<FixedPage Width='192' Height='96'/>";
    let report = read(&package(
        &[&page(""), wide, &page("")],
        &[("D/P/9.fpage", b"stray")],
    ));
    let sizes: Vec<(f64, f64)> = report
        .pages
        .iter()
        .map(|page| (page.width_pt, page.height_pt))
        .collect();
    assert_eq!(sizes, [(72.0, 72.0), (144.0, 72.0), (72.0, 72.0)]);
    assert!(report.pages.iter().all(|page| !page.colour));
    assert_eq!(report.warnings, Vec::<String>::new());
}

#[test]
fn packages_of_real_programs_are_judged() {
    let report = read(include_bytes!("../../tests/fixtures/ghostscript.xps"));
    let colour: Vec<bool> = report.pages.iter().map(|page| page.colour).collect();
    assert_eq!(colour, [true, false]);
}

#[test]
fn zips_of_every_style_are_read() {
    let page = page("");
    let parts: [(&str, &[u8]); 5] = [
        ("[Content_Types].xml", b"<Types/>"),
        ("_RELS/.rels", ROOT.as_bytes()),
        ("Seq.fdseq/[0].piece", &SEQUENCE.as_bytes()[..20]),
        (
            "D/1.fdoc",
            b"<FixedDocument><PageContent Source='/a%20b.fpage'/></FixedDocument>",
        ),
        ("A B.fpage", page.as_bytes()),
    ];
    let rest = ("Seq.fdseq/[1].last.piece", &SEQUENCE.as_bytes()[20..]);
    let mut all = parts.to_vec();
    all.insert(1, rest);
    for bits in 0..8 {
        let style = Style {
            stored: bits & 1 != 0,
            described: bits & 2 != 0,
            wide: bits & 4 != 0,
        };
        assert_eq!(read(&zip(style, &all)).pages.len(), 1, "{bits}");
    }
    // Without its last piece the part is not whole.
    let torn = zip(Style::default(), &parts);
    assert_eq!(estimate(&torn, &Limits::default()), Err(Problem::Damaged));
}

#[test]
fn other_zips_are_of_unknown_format() {
    let refused = |document: &[u8], problem: Problem| {
        assert!(detect(document).is_some());
        assert_eq!(estimate(document, &Limits::default()), Err(problem));
    };
    let style = Style::default();
    refused(&zip(style, &[("a.txt", b"text")]), Problem::UnknownFormat);
    let inner = package(&[&page("")], &[]);
    refused(
        &zip(style, &[("inner.xps", &inner)]),
        Problem::UnknownFormat,
    );
    let word = "<Relationships><Relationship Target='word/document.xml' Type=\
        'http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument'/></Relationships>";
    let word = zip(
        style,
        &[
            ("_rels/.rels", word.as_bytes()),
            ("word/document.xml", b"<w/>"),
        ],
    );
    refused(&word, Problem::UnknownFormat);
    let epub = [("mimetype", &b"application/epub+zip"[..])];
    refused(&zip(style, &epub), Problem::UnknownFormat);
    refused(&package(&[], &[]), Problem::NoPages);
    refused(&inner[..inner.len() - 30], Problem::Damaged);
    let rootless = zip(style, &[("_rels/.rels", ROOT.as_bytes())]);
    refused(&rootless, Problem::Damaged);
}

#[test]
fn a_page_that_cannot_be_read_counts_and_is_unknown() {
    for broken in [
        "<FixedPage",
        "<Other/>",
        "<FixedPage/>",
        "<!DOCTYPE x [<!ENTITY a 'b'>]><FixedPage Width='9' Height='9'/>",
    ] {
        let report = read(&package(&[&page(""), broken], &[]));
        assert_eq!(report.pages.len(), 2);
        let second = report.pages[1];
        assert_eq!((second.colour, second.judged_by), (true, JudgedBy::Unknown));
        assert_eq!((second.width_pt, second.height_pt), (72.0, 144.0));
        assert_eq!(report.warnings.len(), 1, "{:?}", report.warnings);
    }
}

#[test]
fn only_chroma_that_shows_is_colour() {
    colour(&square("#FF0000"), true);
    colour(&square("#808080"), false);
    colour(&square("#80807a"), false);
    colour(&square("#00FF0000"), false);
    colour(&square("#10FF0000"), false);
    colour(&square("sc#1,0,0"), true);
    colour(&square("sc#0.2,0.2,0.2"), false);
    colour(&square("ContextColor /none.icc 1.0,0,0,0,1"), false);
    colour(&square("ContextColor /none.icc 1.0,0,1,0,0"), true);
    colour(&square_of("<SolidColorBrush Color='#0000FF'/>"), true);
    colour(
        &square_of("<SolidColorBrush Color='#0000FF' Opacity='0.01'/>"),
        false,
    );
    colour(
        "<Path Data='M 10,10 L 80,80' Stroke='#FF0000' StrokeThickness='3'/>",
        true,
    );
    colour(
        "<Path Data='M 10,10 L 80,80' Stroke='#FF0000' StrokeThickness='0.01'/>",
        false,
    );
    colour(
        "<Glyphs Fill='#FF0000' OriginX='9' OriginY='40' FontRenderingEmSize='12' UnicodeString='seen'/>",
        true,
    );
    colour(
        "<Glyphs Fill='#FF0000' OriginX='9' OriginY='40' FontRenderingEmSize='12' UnicodeString='  '/>",
        false,
    );
    colour(
        "<Glyphs Fill='#000000' OriginX='9' OriginY='40' FontRenderingEmSize='12' Indices='12;13'/>",
        false,
    );
}

#[test]
fn colour_that_cannot_be_seen_is_not_counted() {
    let red = square("#FF0000");
    colour(
        &format!("{red}<Path Data='M 0,0 H 96 V 96 H 0 Z' Fill='#FFFFFF'/>"),
        false,
    );
    colour("<Path Data='M 200,20 h 50 v 50 Z' Fill='#FF0000'/>", false);
    colour(
        &format!("<Canvas RenderTransform='1,0,0,1,100,0'>{red}</Canvas>"),
        false,
    );
    colour(
        &format!("<Canvas Clip='M 0,0 h 5 v 5 Z'>{red}</Canvas>"),
        false,
    );
    colour(
        &format!("<Canvas Clip='M 30,30 h 5 v 5 h -5 Z'>{red}</Canvas>"),
        true,
    );
    colour(&format!("<Canvas Opacity='0.02'>{red}</Canvas>"), false);
    colour(
        &format!("<Canvas OpacityMask='#03000000'>{red}</Canvas>"),
        false,
    );
    let masked = |alpha: &str| {
        format!(
            "<Canvas><Canvas.OpacityMask><LinearGradientBrush StartPoint='0,0' EndPoint='96,0'>\
             <LinearGradientBrush.GradientStops><GradientStop Color='#{alpha}000000' Offset='0'/>\
             <GradientStop Color='#{alpha}000000' Offset='1'/></LinearGradientBrush.GradientStops>\
             </LinearGradientBrush></Canvas.OpacityMask>{red}</Canvas>"
        )
    };
    colour(&masked("00"), false);
    colour(&masked("FF"), true);
    colour("<Path Data='' Fill='#FF0000'/>", false);
    colour("<Path Data='M 5,5 L 50,5' Fill='#FF0000'/>", false);
    colour(&square("{StaticResource missing}"), false);
}

#[test]
fn resources_are_found_inside_out_and_in_other_parts() {
    let brush = |colour: &str| format!("<SolidColorBrush x:Key='b' Color='{colour}'/>");
    let nested = |outer: &str, inner: &str| {
        format!(
            "<FixedPage.Resources><ResourceDictionary>{}</ResourceDictionary></FixedPage.Resources>\
             <Canvas><Canvas.Resources><ResourceDictionary>{}</ResourceDictionary></Canvas.Resources>{}</Canvas>",
            brush(outer),
            inner,
            square("{StaticResource b}"),
        )
    };
    colour(&nested("#FF0000", ""), true);
    colour(&nested("#FF0000", &brush("#777777")), false);
    colour(&nested("#777777", &brush("#FF0000")), true);
    let remote = format!(
        "<FixedPage.Resources><ResourceDictionary Source='../R/a.dict'/></FixedPage.Resources>{}",
        square("{StaticResource i}")
    );
    let dictionary = "<ResourceDictionary><ImageBrush x:Key='i' ImageSource='a.png' \
        Viewbox='0,0,8,8' Viewport='0,0,96,96'/></ResourceDictionary>";
    let with = |pixel| {
        let picture = png(pixel);
        let more: [(&str, &[u8]); 2] = [
            ("D/R/a.dict", dictionary.as_bytes()),
            ("D/R/a.png", &picture),
        ];
        read(&package(&[&page(&remote)], &more)).pages[0]
    };
    assert_eq!(with([9, 200, 9]).judged_by, JudgedBy::Pixels);
    assert!(!with([200, 200, 200]).colour);
}

#[test]
fn pictures_are_judged_by_their_samples() {
    let image = |name: &str, port: &str| {
        square_of(&format!(
            "<ImageBrush ImageSource='/{name}' Viewbox='0,0,8,8' Viewport='{port}'/>"
        ))
    };
    let red = include_bytes!("../../tests/fixtures/red.jpg");
    let grey = include_bytes!("../../tests/fixtures/grey.jpg");
    let green = png([9, 200, 9]);
    let parts: [(&str, &[u8]); 5] = [
        ("red.jpg", red),
        ("grey.jpg", grey),
        ("green.png", &green),
        ("odd.wdp", b"II\xbc\x01\x08\0\0\0"),
        ("torn.png", &green[..20]),
    ];
    let whole = "0,0,96,96";
    judged(&image("red.jpg", whole), &parts, (true, JudgedBy::Pixels));
    judged(&image("green.png", whole), &parts, (true, JudgedBy::Pixels));
    judged(&image("grey.jpg", whole), &parts, (false, JudgedBy::Drawn));
    // The picture lies beside the square that it would fill.
    judged(
        &image("green.png", "80,80,9,9"),
        &parts,
        (false, JudgedBy::Drawn),
    );
    for unreadable in ["odd.wdp", "torn.png", "missing.png"] {
        judged(&image(unreadable, whole), &parts, (true, JudgedBy::Unknown));
    }
    let converted = image("x", whole).replace("'/x'", "'{ColorConvertedBitmap /green.png /p.icc}'");
    judged(&converted, &parts, (true, JudgedBy::Pixels));
}

/// A TIFF of 2 × 2 samples of one colour, or of one channel.
fn tiff(pixel: &[u8]) -> Vec<u8> {
    let channels = pixel.len() as u32;
    let kind = if channels == 3 { 2 } else { 1 };
    let mut file = b"II*\0\x08\0\0\0\x07\0".to_vec();
    for (tag, value) in [
        (256_u16, 2),
        (257, 2),
        (258, 8),
        (262, kind),
        (273, 98),
        (277, channels),
        (279, 4 * channels),
    ] {
        file.extend(tag.to_le_bytes());
        file.extend([4, 0, 1, 0, 0, 0]);
        file.extend(u32::to_le_bytes(value));
    }
    file.extend([0; 4]);
    file.extend(pixel.repeat(4));
    file
}

#[test]
fn tiff_pictures_are_judged_too() {
    let brush = "<ImageBrush ImageSource='/a.tif' Viewbox='0,0,2,2' Viewport='0,0,96,96'/>";
    let check =
        |picture: &[u8], expected| judged(&square_of(brush), &[("a.tif", picture)], expected);
    check(&tiff(&[9, 9, 200]), (true, JudgedBy::Pixels));
    check(&tiff(&[99, 99, 99]), (false, JudgedBy::Drawn));
    check(&tiff(&[99]), (false, JudgedBy::Drawn));
    let whole = tiff(&[9, 9, 200]);
    check(&whole[..100], (true, JudgedBy::Unknown));
}

#[test]
fn gradients_and_drawings_are_brushes() {
    let gradient = |kind: &str, at: &str, to: &str| {
        square_of(&format!(
            "<{kind} {at}><{kind}.GradientStops><GradientStop Color='#000000' Offset='0'/>\
             <GradientStop Color='{to}' Offset='1'/></{kind}.GradientStops></{kind}>"
        ))
    };
    for (kind, at) in [
        ("LinearGradientBrush", "StartPoint='20,20' EndPoint='70,70'"),
        (
            "RadialGradientBrush",
            "Center='45,45' GradientOrigin='45,45' RadiusX='20' RadiusY='9'",
        ),
        (
            "RadialGradientBrush",
            "Center='0,0' GradientOrigin='0,0' RadiusX='0' RadiusY='0'",
        ),
    ] {
        colour(&gradient(kind, at, "#FF0000"), true);
        colour(&gradient(kind, at, "#FFFFFF"), false);
    }
    let visual = |inner: &str| {
        square_of(&format!(
            "<VisualBrush Viewbox='0,0,96,96' Viewport='0,0,9,9' TileMode='Tile'>\
             <VisualBrush.Visual><Canvas>{inner}</Canvas></VisualBrush.Visual></VisualBrush>"
        ))
    };
    judged(&visual(&square("#FF0000")), &[], (true, JudgedBy::Pixels));
    colour(&visual(&square("#555555")), false);
}

fn ticket(entries: &str) -> String {
    format!("<psf:PrintTicket xmlns:psf='a' xmlns:psk='b'>{entries}</psf:PrintTicket>")
}

fn copies(keyword: &str, count: u32) -> String {
    format!(
        "<psf:ParameterInit name='psk:{keyword}'><psf:Value>{count}</psf:Value></psf:ParameterInit>"
    )
}

fn feature(keyword: &str, option: &str) -> String {
    format!("<psf:Feature name='psk:{keyword}'><psf:Option name='psk:{option}'/></psf:Feature>")
}

/// Two pages, the first coloured, with tickets of job, document and first page.
fn with_tickets(job: &str, document: &str, first: &str) -> Report {
    let relation = |target: &str| {
        format!(
            "<Relationships><Relationship Target='{target}' \
             Type='http://schemas.microsoft.com/xps/2005/06/printticket'/></Relationships>"
        )
    };
    let (job, document, first) = (ticket(job), ticket(document), ticket(first));
    let relations = [relation("/J.xml"), relation("/D.xml"), relation("/F.xml")];
    read(&package(
        &[&page(&square("#FF0000")), &page("")],
        &[
            ("_rels/Seq.fdseq.rels", relations[0].as_bytes()),
            ("D/_rels/1.fdoc.rels", relations[1].as_bytes()),
            ("D/P/_rels/0.fpage.rels", relations[2].as_bytes()),
            ("J.xml", job.as_bytes()),
            ("D.xml", document.as_bytes()),
            ("F.xml", first.as_bytes()),
        ],
    ))
}

#[test]
fn tickets_of_job_and_document_hold_for_the_whole() {
    let report = with_tickets(
        &(copies("JobCopiesAllDocuments", 3)
            + &feature("JobDuplexAllDocumentsContiguously", "TwoSidedShortEdge")),
        &copies("DocumentCopiesAllPages", 2),
        "",
    );
    assert_eq!(report.ticket.copies, Some(6));
    assert_eq!(report.ticket.sides, Some(Sides::TwoSidedShortEdge));
    assert_eq!(report.ticket.monochrome, None);
    assert_eq!(report.pages.len(), 2);
    let report = with_tickets("", &feature("DocumentDuplex", "OneSided"), "");
    assert_eq!(report.ticket.sides, Some(Sides::OneSided));
    let report = with_tickets(&feature("PageOutputColor", "Grayscale"), "", "");
    assert_eq!(report.ticket.monochrome, Some(true));
}

#[test]
fn tickets_of_a_page_hold_for_it_alone() {
    let report = with_tickets("", "", &copies("PageCopies", 3));
    let colour: Vec<bool> = report.pages.iter().map(|page| page.colour).collect();
    assert_eq!(colour, [true, true, true, false]);
    assert_eq!(report.ticket.copies, None);
    let report = with_tickets("", "", &feature("PageOutputColor", "Monochrome"));
    assert_eq!(report.pages[0].judged_by, JudgedBy::Declared);
    assert!(!report.pages[0].colour);
    assert_eq!(report.ticket.monochrome, None);
    let all_but_first = feature("PageOutputColor", "Color");
    let report = with_tickets(
        &feature("PageOutputColor", "Monochrome"),
        "",
        &all_but_first,
    );
    assert!(report.pages[0].colour);
}

/// Whatever happens, it ends, and soon.
#[track_caller]
fn bounded(document: &[u8], memory_bytes: u64) -> Result<Report, Problem> {
    let limits = Limits {
        memory_bytes,
        ..Limits::default()
    };
    let started = Instant::now();
    let result = estimate(document, &limits);
    assert!(started.elapsed() < Duration::from_secs(30));
    result
}

#[test]
fn bombs_are_not_inflated() {
    let bounded = |document: &[u8]| bounded(document, 16 << 20);
    // Blanks without end, as a part that nobody asked for.
    let bomb = " ".repeat(6 << 20);
    let report = bounded(&package(&[&page("")], &[("D/P/1.fpage", bomb.as_bytes())])).unwrap();
    assert_eq!(report.pages.len(), 1);
    // As the second page.
    let report = bounded(&package(&[&page(""), &bomb], &[])).unwrap();
    assert_eq!(report.pages[1].judged_by, JudgedBy::Unknown);
    // As a picture.
    let picture =
        square_of("<ImageBrush ImageSource='/a.png' Viewbox='0,0,8,8' Viewport='0,0,9,9'/>");
    let report = bounded(&package(&[&page(&picture)], &[("a.png", bomb.as_bytes())])).unwrap();
    assert_eq!(report.pages[0].judged_by, JudgedBy::Unknown);
    // As many pictures, each within the limit, all together not.
    let small = " ".repeat(1 << 20);
    let pages = vec![page(&picture.repeat(50)); 3];
    let pages: Vec<&str> = pages.iter().map(String::as_str).collect();
    let report = bounded(&package(&pages, &[("a.png", small.as_bytes())])).unwrap();
    assert!(report.warnings.len() == 2 && report.pages.len() == 3);
    // As the list of pages: nothing can be counted.
    let parts = [
        ("_rels/.rels", ROOT.as_bytes()),
        ("Seq.fdseq", bomb.as_bytes()),
    ];
    assert!(bounded(&zip(Style::default(), &parts)).is_err());
}

#[test]
fn a_million_entries_are_read_quickly_or_refused() {
    let whole = package(&[&page("")], &[]);
    let end = whole.len() - 22;
    let start = u32::from_le_bytes(whole[end + 16..end + 20].try_into().unwrap()) as usize;
    let mut stray = b"PK\x01\x02".to_vec();
    stray.extend([0; 42]);
    let with = |count: usize| {
        let directory = [&stray.repeat(count), &whole[start..end]].concat();
        bounded(
            &[&whole[..start], &directory, &whole[end..]].concat(),
            256 << 20,
        )
    };
    assert_eq!(with(100_000).unwrap().pages.len(), 1);
    assert!(with(1_000_000).is_err_and(|problem| problem.is_limit()));
}

#[test]
fn drawings_that_contain_themselves_end() {
    let brush = "<VisualBrush x:Key='v' Viewbox='0,0,9,9' Viewport='0,0,99,99' Visual='{StaticResource c}'/>";
    let twice = square("{StaticResource v}").repeat(2);
    let content = format!(
        "<FixedPage.Resources><ResourceDictionary>{brush}<Canvas x:Key='c'>{twice}</Canvas>\
         </ResourceDictionary></FixedPage.Resources>{twice}"
    );
    let report = bounded(&package(&[&page(&content)], &[]), 256 << 20).unwrap();
    assert_eq!(report.pages[0].judged_by, JudgedBy::Unknown);
    let alternate = format!(
        "{}{}",
        "<AlternateContent><Choice>".repeat(90),
        "</Choice></AlternateContent>".repeat(90)
    );
    colour(&alternate, false);
}

#[test]
fn pages_beyond_the_time_are_counted_unjudged() {
    let busy = page(&square("#FF0000").repeat(20_000));
    let limits = Limits {
        time: Duration::from_millis(100),
        ..Limits::default()
    };
    let document = package(&[&busy, &busy, &busy, &busy, &busy, &busy], &[]);
    let report = estimate(&document, &limits).unwrap();
    assert_eq!(report.pages.len(), 6);
    assert_eq!(report.pages[5].judged_by, JudgedBy::Unknown);
    assert!(report.warnings.len() >= 2);
    let few = Limits {
        max_pages: 5,
        ..Limits::default()
    };
    assert_eq!(estimate(&document, &few), Err(Problem::limit("pages")));
}

fn sample() -> Vec<u8> {
    let content = square("#FF0000")
        + &square_of(
            "<ImageBrush ImageSource='/a.png' Viewbox='0,0,8,8' Viewport='0,0,9,9' TileMode='Tile'/>",
        )
        + "<Canvas Clip='M 0,0 A 5,5 0 0 1 9,9 Z' Opacity='.5'><Glyphs Fill='#00f000' OriginX='1' \
           OriginY='9' FontRenderingEmSize='9' UnicodeString='x'/></Canvas>";
    package(
        &[&page(&content), &page("")],
        &[("a.png", &png([9, 9, 200]))],
    )
}

#[test]
fn no_truncation_crashes() {
    let sample = sample();
    for end in (0..sample.len()).step_by(10) {
        let result = estimate(&sample[..end], &Limits::default());
        assert!(result.is_err(), "{end}");
    }
}

proptest! {
    #[test]
    fn no_flipped_bits_crash(flips in proptest::collection::vec(any::<(usize, u8)>(), 1..9)) {
        let mut sample = sample();
        for (at, bits) in flips {
            let at = at % sample.len();
            sample[at] ^= bits;
        }
        let _ = estimate(&sample, &Limits::default());
    }

    #[test]
    fn no_markup_crashes(words in proptest::collection::vec(proptest::sample::select(vec![
        "<Canvas>", "</Canvas>", "<Path Data='M 0,0 L 1e30,-1e30 9,9 Z' Fill='#f00'/>",
        "<Path Data='M0,0A1,1e-30 9 1 1 9,9' Stroke='#ff0000' StrokeThickness='1e30' StrokeDashArray='0 1e-30'/>",
        "<Canvas RenderTransform='0,0,0,0,0,0' Clip='M 1,1'>", "<Canvas Opacity='NaN'>",
        "<Canvas RenderTransform='1e30,0,0,1e30,0,0'>", "<Canvas OpacityMask='#8000ff00'>",
        "<Glyphs Fill='#0000ff' OriginX='1e38' OriginY='NaN' FontRenderingEmSize='1e38' Indices=';;,1e38'/>",
    ]), 0..20)) {
        let report = estimate(&package(&[&page(&words.concat())], &[]), &Limits::default());
        prop_assert_eq!(report.map(|report| report.pages.len()), Ok(1));
    }
}
