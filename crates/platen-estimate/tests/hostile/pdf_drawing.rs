//! PDF: what is drawn on the page.

use super::Trick;
use super::bytes::{bomb, deflated, page, page_with, stream};

const FORM: &str = "/Type /XObject /Subtype /Form /BBox [0 0 9 9]";
const PATTERN: &str =
    "/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 1 1] /XStep 1 /YStep 1";

pub(crate) const TRICKS: &[Trick] = &[
    ("form-in-itself", || {
        let inner = stream(
            &format!("{FORM} /Resources << /XObject << /A 6 0 R >> >>"),
            b"/A Do",
        );
        page("/A Do", "/XObject << /A 6 0 R >>", &[inner])
    }),
    ("forms-in-each-other", || {
        let form = |other: u32| {
            let entries = format!("{FORM} /Resources << /XObject << /A {other} 0 R >> >>");
            stream(&entries, b"/A Do /A Do")
        };
        page("/A Do", "/XObject << /A 6 0 R >>", &[form(7), form(6)])
    }),
    ("forms-doubled-thirty-times", || {
        let mut forms: Vec<Vec<u8>> = (7..37)
            .map(|next| {
                let entries = format!("{FORM} /Resources << /XObject << /A {next} 0 R >> >>");
                stream(&entries, b"/A Do /A Do")
            })
            .collect();
        forms.push(stream(FORM, b"0 g 0 0 1 1 re f"));
        page("/A Do", "/XObject << /A 6 0 R >>", &forms)
    }),
    ("form-drawn-a-million-times", || {
        let form = stream(FORM, b"0 g 0 0 1 1 re f");
        page(
            &"/A Do ".repeat(1_000_000),
            "/XObject << /A 6 0 R >>",
            &[form],
        )
    }),
    ("pattern-in-itself", || {
        let pattern = stream(
            &format!("{PATTERN} /Resources << /Pattern << /P 6 0 R >> >>"),
            b"/Pattern cs /P scn 0 0 9 9 re f",
        );
        page(
            "/Pattern cs /P scn 0 0 500 500 re f",
            "/Pattern << /P 6 0 R >>",
            &[pattern],
        )
    }),
    ("pattern-of-steps-too-small", || {
        let entries = PATTERN.replace("Step 1", "Step 1e-30");
        let pattern = stream(&format!("{entries} /Resources << >>"), b"0 g 0 0 1 1 re f");
        page(
            "/Pattern cs /P scn 0 0 500 500 re f",
            "/Pattern << /P 6 0 R >>",
            &[pattern],
        )
    }),
    ("soft-mask-in-itself", || {
        let group = stream(
            &format!(
                "{FORM} /Group << /S /Transparency >> /Resources << /ExtGState << /G 6 0 R >> >>"
            ),
            b"/G gs 0 g 0 0 9 9 re f",
        );
        let state = b"<< /SMask << /S /Luminosity /G 7 0 R >> >>".to_vec();
        page(
            "/G gs 1 0 0 rg 0 0 9 9 re f",
            "/ExtGState << /G 6 0 R >>",
            &[state, group],
        )
    }),
    ("glyph-that-shows-itself", || {
        let font = b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 1 1] /FontMatrix [1 0 0 1 0 0] /FirstChar 97 /LastChar 97 /Widths [1] /Encoding << /Differences [97 /a] >> /CharProcs << /a 7 0 R >> /Resources << /Font << /F 6 0 R >> >> >>".to_vec();
        let glyph = stream("", b"1 0 d0 BT /F 1 Tf (aaaa) Tj ET");
        page(
            "BT /F 12 Tf (aaaa) Tj ET",
            "/Font << /F 6 0 R >>",
            &[font, glyph],
        )
    }),
    ("colour-space-in-itself", || {
        page(
            "/C cs 0 scn 0 0 9 9 re f",
            "/ColorSpace << /C 6 0 R >>",
            &[b"[/Indexed 6 0 R 1 <00>]".to_vec()],
        )
    }),
    ("colour-spaces-nested-deep", || {
        let space = format!(
            "{}/DeviceRGB{}",
            "[/Pattern ".repeat(100_000),
            "]".repeat(100_000)
        );
        page(
            "/C cs /P scn 0 0 9 9 re f",
            "/ColorSpace << /C 6 0 R >>",
            &[space.into_bytes()],
        )
    }),
    ("colour-space-of-many-inks", || {
        let inks = "/Ink ".repeat(100_000);
        let space = format!("[/DeviceN [{inks}] /DeviceCMYK 6 0 R]");
        page(
            "/C cs 1 scn 0 0 9 9 re f",
            "/ColorSpace << /C 6 0 R >>",
            &[space.into_bytes()],
        )
    }),
    ("function-in-itself", || {
        shading(
            "<< /FunctionType 3 /Domain [0 1] /Functions [6 0 R 6 0 R] /Bounds [0.5] /Encode [0 1 0 1] >>",
        )
    }),
    ("function-of-braces", || {
        let code = format!("{}{}", "{".repeat(500_000), "}".repeat(500_000));
        shading_of(stream(
            "/FunctionType 4 /Domain [0 1] /Range [0 1 0 1 0 1]",
            code.as_bytes(),
        ))
    }),
    ("function-that-grows-its-stack", || {
        let code = format!("{{ {} }}", "dup ".repeat(500_000));
        shading_of(stream(
            "/FunctionType 4 /Domain [0 1] /Range [0 1 0 1 0 1]",
            code.as_bytes(),
        ))
    }),
    ("function-that-rolls-for-ever", || {
        let code = format!(
            "{{ {} }}",
            "1000000000 1000000001 roll -2147483648 1 idiv ".repeat(1000)
        );
        shading_of(stream(
            "/FunctionType 4 /Domain [0 1] /Range [0 1 0 1 0 1]",
            code.as_bytes(),
        ))
    }),
    ("function-of-too-many-samples", || {
        shading_of(stream(
            "/FunctionType 0 /Domain [0 1 0 1 0 1 0 1] /Range [0 1 0 1 0 1] /Size [65535 65535 65535 65535] /BitsPerSample 32",
            b"abc",
        ))
    }),
    ("function-of-no-samples", || {
        shading_of(stream(
            "/FunctionType 0 /Domain [0 1] /Range [0 1 0 1 0 1] /Size [0] /BitsPerSample 0",
            b"",
        ))
    }),
    ("mesh-without-end", || {
        let mesh = stream(
            "/ShadingType 4 /ColorSpace /DeviceRGB /BitsPerCoordinate 1 /BitsPerComponent 1 /BitsPerFlag 2 /Decode [0 1 0 1 0 1 0 1 0 1] /Filter /FlateDecode",
            &bomb(0x55, 32),
        );
        page("/S sh", "/Shading << /S 6 0 R >>", &[mesh])
    }),
    ("picture-too-wide", || {
        picture(
            "/Width 2147483647 /Height 2147483647 /ColorSpace /DeviceRGB /BitsPerComponent 8",
            b"abc",
        )
    }),
    ("picture-of-no-bits", || {
        picture(
            "/Width 9 /Height 9 /ColorSpace /DeviceRGB /BitsPerComponent 0",
            b"abc",
        )
    }),
    ("picture-below-zero", || {
        picture(
            "/Width -9 /Height -9 /ColorSpace /DeviceRGB /BitsPerComponent 33",
            b"abc",
        )
    }),
    ("picture-bomb", || {
        picture(
            "/Width 10000 /Height 10000 /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /FlateDecode",
            &bomb(0x55, 300),
        )
    }),
    ("picture-that-masks-itself", || {
        picture(
            "/Width 1 /Height 1 /ColorSpace /DeviceRGB /BitsPerComponent 8 /SMask 6 0 R /Mask 6 0 R",
            b"abc",
        )
    }),
    ("picture-of-a-palette-too-long", || {
        picture(
            "/Width 9 /Height 9 /ColorSpace [/Indexed /DeviceRGB 2147483647 <ff>] /BitsPerComponent 8",
            b"abc",
        )
    }),
    ("picture-jpeg-too-large", || {
        picture(
            "/Width 65535 /Height 65535 /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode",
            &super::raster::jpeg(),
        )
    }),
    ("picture-fax-too-wide", || {
        picture(
            "/Width 100000 /Height 100000 /ColorSpace /DeviceGray /BitsPerComponent 1 /Filter /CCITTFaxDecode /DecodeParms << /K -1 /Columns 2147483647 /Rows 2147483647 >>",
            &[0x55; 10_000],
        )
    }),
    ("picture-jbig2-broken", || {
        picture(
            "/Width 65535 /Height 65535 /ColorSpace /DeviceGray /BitsPerComponent 1 /Filter /JBIG2Decode",
            b"\0\0\0\0\x30\0\x01\0\0\0\x13\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0\0\0\0\0\0\0\0",
        )
    }),
    ("picture-jpeg2000-broken", || {
        picture(
            "/Width 65535 /Height 65535 /Filter /JPXDecode",
            b"\xff\x4f\xff\x51\0\x2f\0\0\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\x01\0\0\0\0\0\0\0\0\0\x03\x07\x01\x01\x07\x01\x01\x07\x01\x01",
        )
    }),
    ("inline-picture-without-end", || {
        page(
            &"q BI /W 9999999 /H 9999999 /CS /RGB /BPC 16 ID a ".repeat(20_000),
            "",
            &[],
        )
    }),
    ("layers-nested-deep", || {
        let group = format!("<< /Type /OCMD /VE {} >>", "[/Not ".repeat(100_000));
        page(
            "/OC /L BDC 1 0 0 rg 0 0 9 9 re f EMC",
            "/Properties << /L 6 0 R >>",
            &[group.into_bytes()],
        )
    }),
    ("marks-a-million-deep", || {
        page(&"/A BMC ".repeat(1_000_000), "", &[])
    }),
    ("states-a-million-deep", || {
        page(&"q ".repeat(2_000_000), "", &[])
    }),
    ("clips-a-million-deep", || {
        page(&"q 0 0 9 9 re W n ".repeat(200_000), "", &[])
    }),
    ("path-of-a-million-curves", || {
        page(
            &format!("0 0 m {} f", "1 2 3 4 5 6 c ".repeat(700_000)),
            "",
            &[],
        )
    }),
    ("coordinates-beyond-numbers", || {
        page(
            "1e38 0 0 1e38 1e38 1e38 cm 1e38 1e38 1e38 1e38 1e38 1e38 cm 1 0 0 rg 1e38 -1e38 1e38 1e38 re f [1e-38] 0 d 1e38 w 0 0 m 1e38 1e38 l S",
            "",
            &[],
        )
    }),
    ("dashes-too-short", || {
        page("[0.0000001] 0 d 1 0 0 RG 1 w 0 0 m 500 500 l S", "", &[])
    }),
    ("operands-without-operator", || {
        page(&"1 ".repeat(3_000_000), "", &[])
    }),
    ("string-without-end", || {
        page(&"(".repeat(3_000_000), "", &[])
    }),
    ("comments-only", || page(&"%\n".repeat(3_000_000), "", &[])),
    ("annotations-of-each-other", || {
        let annotation = b"<< /Type /Annot /Subtype /Widget /Rect [0 0 9 9] /F 4 /Parent 6 0 R /Kids [6 0 R] /AP << /N 6 0 R >> >>".to_vec();
        let document = page("0 g", "", &[annotation]);
        let text = String::from_utf8_lossy(&document)
            .replace("/Contents 4 0 R", "/Annots [6 0 R 6 0 R] /Contents 4 0 R");
        text.into_bytes()
    }),
    ("a-million-annotations", || {
        let all = format!("/Annots [{}] /Contents 4 0 R", "6 0 R ".repeat(1_000_000));
        let annotation =
            b"<< /Type /Annot /Subtype /Square /Rect [0 0 9 9] /F 4 /AP << /N 7 0 R >> >>".to_vec();
        let document = page("0 g", "", &[annotation, stream(FORM, b"0 g 0 0 9 9 re f")]);
        String::from_utf8_lossy(&document)
            .replace("/Contents 4 0 R", &all)
            .into_bytes()
    }),
    ("resources-that-are-the-page", || {
        let document = page("/A Do", "", &[]);
        String::from_utf8_lossy(&document)
            .replace(
                "/Resources 5 0 R",
                "/Resources 3 0 R /XObject 3 0 R /A 3 0 R",
            )
            .into_bytes()
    }),
    ("text-of-ten-million-letters", || {
        let text = format!("BT /F 1 Tf ({}) Tj ET", "a".repeat(10_000_000));
        page_with(
            stream("/Filter /FlateDecode", &deflated(text.as_bytes())),
            "/Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>",
            &[],
        )
    }),
];

fn shading(function: &str) -> Vec<u8> {
    shading_of(function.as_bytes().to_vec())
}

fn shading_of(function: Vec<u8>) -> Vec<u8> {
    let shading =
        b"<< /ShadingType 2 /ColorSpace /DeviceRGB /Coords [0 0 595 842] /Function 6 0 R >>";
    page(
        "/S sh",
        "/Shading << /S 7 0 R >>",
        &[function, shading.to_vec()],
    )
}

fn picture(entries: &str, content: &[u8]) -> Vec<u8> {
    let picture = stream(
        &format!("/Type /XObject /Subtype /Image {entries}"),
        content,
    );
    page(
        "q 500 0 0 500 0 0 cm /A Do Q",
        "/XObject << /A 6 0 R >>",
        &[picture],
    )
}
