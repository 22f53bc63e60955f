//! What shows and what does not: one page for each cause.

use crate::JudgedBy::{Drawn, Pixels, Unknown};
use crate::tests::{only, page, page_with, pdf, stream};
use crate::{JudgedBy, Limits, estimate};
use std::time::Duration;

#[track_caller]
fn judged(document: &[u8], colour: bool, by: JudgedBy) {
    let page = only(document);
    assert_eq!((page.colour, page.judged_by), (colour, by));
}

#[track_caller]
fn drawn(content: &str, colour: bool, by: JudgedBy) {
    judged(&page(content, FONT, &[]), colour, by);
}

const FONT: &str = "/Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>";

fn picture(entries: &str, hex: &str) -> String {
    stream(
        &format!(
            "/Type /XObject /Subtype /Image /BitsPerComponent 8 /Filter /ASCIIHexDecode {entries}"
        ),
        hex,
    )
}

#[test]
fn thin_lines_and_rules_of_full_colour_are_drawn() {
    drawn("1 0 0 RG 0 w 50 50.3 m 300 50.3 l S", true, Drawn);
    drawn("1 0 0 rg 50 50 300 0.1 re f", true, Drawn);
}

#[test]
fn shapes_show_as_far_as_they_cover() {
    drawn("1 0 0 rg 50 50 m 250 60 l 150 250 l f", true, Drawn);
    // Too slim to be sure of, wherever it lies.
    drawn("1 0 0 rg 50 50 m 250 52 l 250 52.4 l f", true, Pixels);
}

#[test]
fn a_clip_of_any_shape_hides_what_lies_beside_it() {
    let triangle = "0 0 m 300 0 l 0 300 l h W n";
    drawn(
        &format!("{triangle} 1 0 0 rg 280 280 9 9 re f"),
        false,
        Pixels,
    );
    drawn(&format!("{triangle} 1 0 0 rg 9 9 50 50 re f"), true, Pixels);
}

#[test]
fn text_beside_the_page_does_not_count() {
    let text = |at: &str| format!("1 0 0 rg BT /F 12 Tf {at} (words) Tj ET");
    drawn(&text("50 50 Td"), true, Drawn);
    drawn(&text("50 900 Td"), false, Drawn);
    drawn(&text("1 0 0 1 -90 50 Tm"), false, Drawn);
    drawn(&text("1 0 0 1 50 50 Tm 0 14 TD 0 900 Td"), false, Drawn);
    // After an adjustment that moves it off the page.
    drawn(
        "1 0 0 rg BT /F 12 Tf 50 50 Td [-90000 (words)] TJ ET",
        false,
        Drawn,
    );
}

#[test]
fn faint_small_text_is_looked_at() {
    let text = |size: f64| format!(".5 .4 .4 rg BT /F {size} Tf 50 50 Td (words) Tj ET");
    drawn(&text(6.0), false, Pixels);
    drawn(&text(60.0), true, Pixels);
}

#[test]
fn blank_glyphs_in_colour_leave_no_mark() {
    drawn("1 0 0 rg BT /F 12 Tf 50 50 Td (   ) Tj ET", false, Drawn);
    let resources = "/Font << /F << /Type /Font /Subtype /Type0 /BaseFont /H /Encoding /Identity-H \
                     /DescendantFonts [] >> >>";
    let blank = page(
        "1 0 0 rg BT /F 12 Tf 50 50 Td <00030003> Tj ET",
        resources,
        &[],
    );
    judged(&blank, false, Pixels);
}

#[test]
fn a_mask_hides_the_colour_of_a_picture() {
    let masked = |mask: &str| {
        page(
            "q 200 0 0 200 10 10 cm /I Do Q",
            "/XObject << /I 5 0 R >>",
            &[
                &picture(
                    "/Width 2 /Height 1 /ColorSpace /DeviceRGB /SMask 6 0 R",
                    "101010 f00000>",
                ),
                &picture("/Width 2 /Height 1 /ColorSpace /DeviceGray", mask),
            ],
        )
    };
    judged(&masked("ff00>"), false, Drawn);
    judged(&masked("00ff>"), true, Pixels);
    judged(&masked("0020>"), true, Pixels);
}

#[test]
fn only_the_part_of_a_picture_that_is_seen_counts() {
    let at = |left: i32| {
        page(
            &format!("q 400 0 0 200 {left} 10 cm /I Do Q"),
            "/XObject << /I 5 0 R >>",
            &[&picture(
                "/Width 4 /Height 1 /ColorSpace /DeviceRGB",
                "101010 202020 303030 f00000>",
            )],
        )
    };
    judged(&at(0), true, Pixels);
    judged(&at(400), false, Drawn);
    judged(&at(-200), true, Pixels);
}

#[test]
fn a_jpeg_that_does_not_begin_as_one_is_not_drawn() {
    let torn = stream(
        "/Type /XObject /Subtype /Image /Width 9 /Height 9 /BitsPerComponent 8 \
         /ColorSpace /DeviceRGB /Filter /DCTDecode",
        "no such picture",
    );
    let document = page(
        "q 99 0 0 99 9 9 cm /I Do Q",
        "/XObject << /I 5 0 R >>",
        &[&torn],
    );
    judged(&document, false, Drawn);
}

#[test]
fn soft_masks_and_blending_are_looked_at() {
    let content = "0 g 0 0 300 300 re f /M gs 1 0 0 rg 10 10 90 90 re f";
    let state = |entries: &str| format!("/ExtGState << /M << {entries} >> >>");
    judged(&page(content, &state("/BM /Multiply"), &[]), false, Pixels);
    judged(&page(content, &state("/BM /Screen"), &[]), true, Pixels);
    judged(&page(content, &state("/BM /Normal"), &[]), true, Drawn);
    let masked = |luminosity: &str| {
        page(
            content,
            &state("/SMask << /Type /Mask /S /Luminosity /G 5 0 R >>"),
            &[&stream(
                "/Type /XObject /Subtype /Form /BBox [0 0 595 842] \
                 /Group << /S /Transparency /CS /DeviceGray >>",
                &format!("{luminosity} g 0 0 595 842 re f"),
            )],
        )
    };
    judged(&masked("0"), false, Pixels);
    judged(&masked("1"), true, Pixels);
}

#[test]
fn the_opacity_of_a_group_applies_to_what_is_in_it() {
    let group = |alpha: &str| {
        page(
            "/A gs /X Do",
            &format!("/ExtGState << /A << /ca {alpha} >> >> /XObject << /X 5 0 R >>"),
            &[&stream(
                "/Type /XObject /Subtype /Form /BBox [0 0 99 99] /Group << /S /Transparency >> \
                 /Resources << /ExtGState << /A << /ca 1 >> >> >>",
                "/A gs 1 0 0 rg 9 9 50 50 re f",
            )],
        )
    };
    judged(&group("0.05"), false, Drawn);
    judged(&group("0.5"), true, Drawn);
}

#[test]
fn gradients_count_where_they_are_seen() {
    let shading = "/Shading << /G << /ShadingType 2 /ColorSpace /DeviceRGB /Coords [0 0 500 0] \
                   /Function << /FunctionType 2 /Domain [0 1] /C0 [1 1 1] /C1 [1 0 0] /N 1 >> >> >>";
    let part = |left: i32| page(&format!("{left} 0 20 800 re W n /G sh"), shading, &[]);
    judged(&part(0), false, Pixels);
    judged(&part(400), true, Pixels);
}

#[test]
fn cells_of_patterns_are_looked_at() {
    let pattern = |colour: &str| {
        page(
            "/Pattern cs /P scn 9 9 200 200 re f",
            "/Pattern << /P 5 0 R >>",
            &[&stream(
                "/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 20 20] \
                 /XStep 20 /YStep 20 /Resources << >>",
                &format!("{colour} rg 2 2 9 9 re f"),
            )],
        )
    };
    judged(&pattern("1 0 0"), true, Pixels);
    judged(&pattern(".5 .5 .5"), false, Drawn);
}

#[test]
fn annotations_that_do_not_print_are_not_looked_at_either() {
    let note = |flags: u32, mode: &str| {
        format!(
            "<< /Type /Annot /Subtype /Stamp /Rect [10 10 60 60] /F {flags} /AP << /N {mode} >> >>"
        )
    };
    let form = |resources: &str, content: &str| {
        stream(
            &format!("/Subtype /Form /BBox [0 0 10 10] /Resources << {resources} >>"),
            content,
        )
    };
    let multiply = "/ExtGState << /M << /BM /Multiply >> >>";
    let document = |shown: u32, content: &str| {
        page_with(
            "/Annots [5 0 R 6 0 R]",
            content,
            FONT,
            &[
                &note(shown, "7 0 R"),
                &note(4, "8 0 R"),
                &form("", "1 0 0 rg 0 0 10 10 re f"),
                &form(multiply, "/M gs 1 0 0 rg 0 0 10 10 re f"),
            ],
        )
    };
    // Both print; one does not, and what shows may be either.
    judged(&document(4, ""), true, Drawn);
    judged(&document(2, ""), true, Pixels);
    judged(&document(0, ""), true, Unknown);
    let faint = ".5 .4 .4 rg BT /F 60 Tf 50 50 Td (words) Tj ET";
    judged(&document(0, faint), true, Pixels);
}

#[test]
fn annotations_without_a_look_count_where_they_are_whole() {
    let underline = |left: i32| {
        let right = left + 200;
        let entries = format!(
            "/Annots [<< /Subtype /Underline /F 4 /C [1 0 0] /Rect [{left} 10 {right} 30] \
             /QuadPoints [{left} 30 {right} 30 {left} 10 {right} 10] >>]"
        );
        page_with(&entries, "", "", &[])
    };
    judged(&underline(50), true, Drawn);
    judged(&underline(-190), false, Pixels);
    judged(&underline(-290), false, Drawn);
}

#[test]
fn pages_that_take_too_long_to_draw_are_unknown() {
    let many = "0 0 m 300 0 l 0 300 l h W n ".to_owned() + &"1 0 0 rg 280 280 9 9 re f ".repeat(3);
    let document = page(&many, "", &[]);
    let limits = Limits {
        time: Duration::ZERO,
        ..Limits::default()
    };
    let report = estimate(&document, &limits).unwrap();
    assert_eq!(report.pages[0].judged_by, Unknown);
    assert_eq!(report.warnings.len(), 1);
}

#[test]
fn huge_and_tiny_pages_are_drawn_small() {
    for side in ["0.5", "3", "14400", "200000"] {
        let document = pdf(&[
            "<< /Type /Catalog /Pages 2 0 R >>".into(),
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".into(),
            format!(
                "<< /Type /Page /MediaBox [0 0 {side} {side}] /Contents 4 0 R /Resources << \
                 /ExtGState << /M << /BM /Multiply >> >> >> >>"
            ),
            stream("", &format!("/M gs 1 0 0 rg 0 0 {side} {side} re f")),
        ]);
        assert_eq!(only(&document).judged_by, Pixels, "{side}");
    }
}

#[test]
fn functions_that_nest_without_end_are_not_handed_to_the_renderer() {
    let code = format!("{}{}", "{".repeat(200_000), "}".repeat(200_000));
    let shading = "/Shading << /G << /ShadingType 2 /ColorSpace /DeviceRGB /Coords [0 0 9 9] \
                   /Function 5 0 R >> >>";
    let function = stream("/FunctionType 4 /Domain [0 1] /Range [0 1 0 1 0 1]", &code);
    judged(&page("/G sh", shading, &[&function]), true, Unknown);
}
