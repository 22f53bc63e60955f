//! Whole documents, made here, with known answers.

use super::*;
use proptest::prelude::*;
use std::io::Write;
use std::time::Duration;

/// A PDF of these objects, numbered from one; object 1 is the catalog. Its
/// cross-reference table is left out, which readers repair.
pub(crate) fn pdf(objects: &[String]) -> Vec<u8> {
    let mut text = String::from("%PDF-1.7\n");
    for (number, object) in (1..).zip(objects) {
        text.push_str(&format!("{number} 0 obj\n{object}\nendobj\n"));
    }
    text.push_str("trailer\n<< /Root 1 0 R >>\n%%EOF\n");
    text.into_bytes()
}

/// One A4 page with this content and these resources; extra objects from 5 on.
pub(crate) fn page(content: &str, resources: &str, extra: &[&str]) -> Vec<u8> {
    page_with("", content, resources, extra)
}

pub(crate) fn page_with(entries: &str, content: &str, resources: &str, extra: &[&str]) -> Vec<u8> {
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 595 842] >>".to_owned(),
        format!(
            "<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << {resources} >> {entries} >>"
        ),
        stream("", content),
    ];
    objects.extend(extra.iter().map(|object| (*object).to_owned()));
    pdf(&objects)
}

pub(crate) fn stream(entries: &str, body: &str) -> String {
    format!(
        "<< {entries} /Length {} >>\nstream\n{body}\nendstream",
        body.len()
    )
}

/// Compressed as PDF, PostScript and TIFF have it.
pub(crate) fn deflate(data: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(data).unwrap();
    writer.finish().unwrap()
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(data).unwrap();
    writer.finish().unwrap()
}

pub(crate) fn only(document: &[u8]) -> PageReport {
    let report = estimate(document, &Limits::default()).unwrap();
    assert_eq!(report.pages.len(), 1);
    report.pages[0]
}

/// Colour of each page: C, G, or ? when it can't be told.
pub(crate) fn shown(report: &Report) -> String {
    report
        .pages
        .iter()
        .map(|page| match (page.judged_by, page.colour) {
            (JudgedBy::Unknown, _) => '?',
            (_, true) => 'C',
            (_, false) => 'G',
        })
        .collect()
}

#[track_caller]
fn colour(content: &str, expected: bool) {
    assert_eq!(only(&page(content, "", &[])).colour, expected, "{content}");
}

#[track_caller]
fn refused(document: &[u8], problem: &Problem) {
    assert_eq!(
        estimate(document, &Limits::default()).as_ref(),
        Err(problem)
    );
}

#[test]
fn only_chroma_that_shows_is_colour() {
    colour("0 0 0 rg 10 10 50 50 re f", false);
    colour("0.5 0.5 0.5 rg 10 10 50 50 re f", false);
    colour("0.5 0.55 0.5 rg 10 10 50 50 re f", false);
    colour("1 0 0 rg 10 10 50 50 re f", true);
    colour("0 0 0 1 k 10 10 50 50 re f", false);
    colour("0.3 0.3 0.3 0 k 10 10 50 50 re f", false);
    colour("0 1 0 0 K 10 10 m 50 50 l S", true);
}

#[test]
fn colour_that_is_not_drawn_is_not_counted() {
    colour("1 0 0 rg", false);
    colour("1 0 0 rg 0 g 10 10 50 50 re f", false);
    colour("q 1 0 0 rg Q 10 10 50 50 re f", false);
    colour("1 0 0 rg 10 10 50 50 re n", false);
    colour("1 0 0 rg 900 10 50 50 re f", false);
    colour("0 0 20 20 re W n 1 0 0 rg 100 100 50 50 re f", false);
    colour("1 0 0 rg BT 3 Tr /F 12 Tf 10 10 Td (hidden) Tj ET", false);
    colour("1 0 0 rg BT /F 12 Tf 10 10 Td (   ) Tj ET", false);
    colour("1 0 0 rg BT /F 12 Tf 10 10 Td (seen) Tj ET", true);
}

#[test]
fn transparency_takes_colour_away() {
    let resources = "/ExtGState << /Faint << /ca 0.05 >> >>";
    let faint = page("/Faint gs 1 0 0 rg 10 10 50 50 re f", resources, &[]);
    assert!(!only(&faint).colour);
}

#[test]
fn spot_inks_are_what_their_alternate_shows() {
    let space = |tint: &str| {
        format!(
            "/ColorSpace << /S [/Separation /Gold /DeviceCMYK << /FunctionType 2 /Domain [0 1] \
             /C0 [0 0 0 0] /C1 [{tint}] /N 1 >>] >>"
        )
    };
    let content = "/S cs 1 scn 10 10 50 50 re f";
    assert!(only(&page(content, &space("0 0.2 1 0"), &[])).colour);
    assert!(!only(&page(content, &space("0 0 0 1"), &[])).colour);
}

#[test]
fn an_rgb_picture_of_grey_pixels_is_mono() {
    let content = "q 200 0 0 200 10 10 cm /I Do Q";
    let picture = |hex: &str| {
        stream(
            "/Type /XObject /Subtype /Image /Width 2 /Height 1 /BitsPerComponent 8 \
             /ColorSpace /DeviceRGB /Filter /ASCIIHexDecode",
            hex,
        )
    };
    let resources = "/XObject << /I 5 0 R >>";
    assert!(!only(&page(content, resources, &[&picture("101010 f0f0f0>")])).colour);
    let seen = only(&page(content, resources, &[&picture("101010 f00000>")]));
    assert!(seen.colour);
    assert_eq!(seen.judged_by, JudgedBy::Pixels);
}

#[test]
fn a_palette_without_colour_is_mono_unseen() {
    let content = "q 200 0 0 200 10 10 cm BI /W 2 /H 1 /BPC 8 /CS [/I /RGB 1 <000000808080>] \
                   /F /AHx ID 0001> EI Q";
    colour(content, false);
    colour(&content.replace("808080", "80ff80"), true);
}

#[test]
fn forms_are_followed_and_may_call_themselves() {
    let form = |body: &str| {
        stream(
            "/Type /XObject /Subtype /Form /BBox [0 0 100 100] \
             /Resources << /XObject << /X 5 0 R >> >>",
            body,
        )
    };
    let resources = "/XObject << /X 5 0 R >>";
    let endless = page("/X Do", resources, &[&form("/X Do /X Do")]);
    assert!(!only(&endless).colour);
    let coloured = page("/X Do", resources, &[&form("0 0 1 rg 1 1 9 9 re f")]);
    assert!(only(&coloured).colour);
}

#[test]
fn gradients_through_colour_are_colour() {
    let shading = |to: &str| {
        format!(
            "/Shading << /G << /ShadingType 2 /ColorSpace /DeviceRGB /Coords [0 0 9 9] /Function \
             << /FunctionType 2 /Domain [0 1] /C0 [0 0 0] /C1 [{to}] /N 1 >> >> >>"
        )
    };
    assert!(only(&page("/G sh", &shading("0 1 0"), &[])).colour);
    assert!(!only(&page("/G sh", &shading("1 1 1"), &[])).colour);
}

#[test]
fn hidden_layers_do_not_count() {
    let layered = |off: &str| {
        let mut objects = vec![
            format!(
                "<< /Type /Catalog /Pages 2 0 R /OCProperties << /OCGs [5 0 R] /D << /OFF [{off}] >> >> >>"
            ),
            "<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 100 100] >>".to_owned(),
            "<< /Type /Page /Contents 4 0 R /Resources << /Properties << /L 5 0 R >> >> >>"
                .to_owned(),
        ];
        objects.push(stream("", "/OC /L BDC 1 0 0 rg 1 1 9 9 re f EMC"));
        objects.push("<< /Type /OCG /Name (L) >>".to_owned());
        pdf(&objects)
    };
    assert!(only(&layered("")).colour);
    assert!(!only(&layered("5 0 R")).colour);
}

#[test]
fn only_annotations_that_print_count() {
    let note = |flags: u32| {
        page_with(
            "/Annots [5 0 R]",
            "",
            "",
            &[
                &format!(
                    "<< /Type /Annot /Subtype /Stamp /Rect [10 10 60 60] /F {flags} /AP << /N 6 0 R >> >>"
                ),
                &stream(
                    "/Subtype /Form /BBox [0 0 10 10]",
                    "1 0 0 rg 0 0 10 10 re f",
                ),
            ],
        )
    };
    assert!(only(&note(4)).colour);
    assert!(!only(&note(0)).colour);
    assert!(!only(&note(6)).colour);
    let link = page_with(
        "/Annots [<< /Subtype /Link /Rect [0 0 9 9] /Border [0 0 1] /C [1 0 0] >>]",
        "",
        "",
        &[],
    );
    assert!(!only(&link).colour);
}

#[test]
fn page_size_is_the_crop_box_turned_and_in_user_units() {
    let turned = only(&page_with(
        "/CropBox [10 10 210 110] /Rotate 90 /UserUnit 2",
        "",
        "",
        &[],
    ));
    assert_eq!((turned.width_pt, turned.height_pt), (200.0, 400.0));
    let inherited = only(&page("", "", &[]));
    assert_eq!((inherited.width_pt, inherited.height_pt), (595.0, 842.0));
}

#[test]
fn a_page_listed_twice_is_printed_twice() {
    let twice = pdf(&[
        "<< /Type /Catalog /Pages 2 0 R >>".into(),
        "<< /Type /Pages /Kids [3 0 R 3 0 R] /Count 2 >>".into(),
        "<< /Type /Page /MediaBox [0 0 9 9] >>".into(),
    ]);
    let report = estimate(&twice, &Limits::default()).unwrap();
    assert_eq!(report.pages.len(), 2);
}

#[test]
fn a_page_tree_that_bites_its_tail_ends() {
    let cyclic = pdf(&[
        "<< /Type /Catalog /Pages 2 0 R >>".into(),
        "<< /Type /Pages /Kids [2 0 R 3 0 R 2 0 R] /Count 9 >>".into(),
        "<< /Type /Page /MediaBox [0 0 9 9] >>".into(),
    ]);
    assert_eq!(
        estimate(&cyclic, &Limits::default()).unwrap().pages.len(),
        1
    );
}

#[test]
fn bad_documents_have_names() {
    refused(b"", &Problem::Empty);
    refused(&gzip(b""), &Problem::Empty);
    refused(b"PK\x03\x04 something else", &Problem::UnknownFormat);
    refused(b"%PDF-1.7\nnothing in it", &Problem::Damaged);
    let no_pages = pdf(&[
        "<< /Type /Catalog /Pages 2 0 R >>".into(),
        "<< /Type /Pages /Kids [] /Count 0 >>".into(),
    ]);
    refused(&no_pages, &Problem::NoPages);
    let mut truncated = gzip(b"text\n");
    truncated.truncate(12);
    refused(&truncated, &Problem::Damaged);
}

#[test]
fn gzipped_documents_are_counted_and_bombs_are_not() {
    let report = estimate(&gzip(b"one\x0ctwo"), &Limits::default()).unwrap();
    assert_eq!((report.format, report.pages.len()), (Format::Text, 2));
    let limits = Limits {
        memory_bytes: 4 << 20,
        ..Limits::default()
    };
    let bomb = gzip(&vec![b' '; 8 << 20]);
    assert_eq!(estimate(&bomb, &limits), Err(Problem::limit("memory")));
}

#[test]
fn limits_on_size_pages_and_time_are_kept() {
    let limits = Limits {
        document_bytes: 3,
        ..Limits::default()
    };
    let too_large = Problem::TooLarge { limit_bytes: 3 };
    assert_eq!(estimate(b"text", &limits), Err(too_large));

    let kids = "3 0 R ".repeat(100_000);
    let many = pdf(&[
        "<< /Type /Catalog /Pages 2 0 R >>".into(),
        format!("<< /Type /Pages /Kids [{kids}] /Count 100000 >>"),
        "<< /Type /Page /MediaBox [0 0 9 9] >>".into(),
    ]);
    refused(&many, &Problem::limit("pages"));

    let limits = Limits {
        time: Duration::ZERO,
        ..Limits::default()
    };
    let busy = b"one\x0ctwo".repeat(10_000);
    assert_eq!(estimate(&busy, &limits), Err(Problem::limit("time")));
}

#[test]
fn pages_counted_in_time_stay_counted_when_their_colour_is_not() {
    let limits = Limits {
        time: Duration::ZERO,
        ..Limits::default()
    };
    let busy = page(&"0 g 1 1 9 9 re f\n".repeat(10_000), "", &[]);
    let report = estimate(&busy, &limits).unwrap();
    assert_eq!(report.pages.len(), 1);
    assert_eq!(report.pages[0].judged_by, JudgedBy::Unknown);
    assert_eq!(
        report.warnings,
        ["One page could not be judged within the limit on time and is counted as colour."]
    );
}

#[test]
fn pictures_are_one_page_judged_by_their_pixels() {
    let png = |pixel: [u8; 3]| {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, 4, 2);
        encoder.set_color(png::ColorType::Rgb);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&pixel.repeat(8)).unwrap();
        writer.finish().unwrap();
        bytes
    };
    let grey = only(&png([90, 90, 90]));
    assert!(!grey.colour && grey.width_pt > grey.height_pt);
    assert!(only(&png([90, 190, 90])).colour);

    let red = include_bytes!("../tests/fixtures/red.jpg");
    let grey = include_bytes!("../tests/fixtures/grey.jpg");
    assert!(only(red).colour);
    assert!(!only(grey).colour);
    assert_eq!(only(grey).judged_by, JudgedBy::Pixels);
    let torn = only(&red[..red.len() / 4]);
    assert!(torn.colour);
    assert_eq!(torn.judged_by, JudgedBy::Unknown);
}

/// Something of everything, to be damaged.
fn samples() -> Vec<Vec<u8>> {
    let form = stream("/Subtype /Form /BBox [0 0 9 9]", "0.5 g 0 0 5 5 re f");
    vec![
        page(
            "/X Do q 9 0 0 9 0 0 cm BI /W 2 /H 2 /BPC 8 /CS /G ID abcd EI Q BT (x) Tj ET",
            "/XObject << /X 5 0 R >> /ColorSpace << /S [/Indexed /DeviceRGB 1 <000000ffffff>] >>",
            &[&form],
        ),
        b"%!PS-Adobe-3.0\n%%Pages: 2\n%%Page: 1 1\n1 0 0 rg\n%%Page: 2 2\nshowpage\n".to_vec(),
        gzip(b"some text\n"),
        include_bytes!("../tests/fixtures/red.jpg").to_vec(),
    ]
}

#[test]
fn no_truncation_crashes() {
    for sample in samples() {
        for end in (0..sample.len()).step_by(7) {
            let _ = estimate(&sample[..end], &Limits::default());
        }
    }
}

proptest! {
    #[test]
    fn no_flipped_bits_crash(which in 0usize..4, flips in proptest::collection::vec(any::<(usize, u8)>(), 1..9)) {
        let mut sample = samples().swap_remove(which);
        for (at, bits) in flips {
            let at = at % sample.len();
            sample[at] ^= bits;
        }
        let _ = estimate(&sample, &Limits::default());
    }

    #[test]
    fn no_content_crashes(words in proptest::collection::vec(proptest::sample::select(vec![
        "q", "Q", "1", "-1e9", "0", "re", "f", "S", "W", "n", "/S", "cs", "scn", "cm", "BT", "Tj",
        "(x)", "[(x)]", "TJ", "/X", "Do", "BDC", "EMC", "BI", "ID", "EI", "<<", ">>", "d0", "sh", "gs",
    ]), 0..80)) {
        let resources = "/ColorSpace << /S /Pattern /X [/Indexed /S 9 (a)] >> /XObject << /X 4 0 R >>";
        let report = estimate(&page(&words.join(" "), resources, &[]), &Limits::default());
        prop_assert_eq!(report.map(|report| report.pages.len()), Ok(1));
    }
}
