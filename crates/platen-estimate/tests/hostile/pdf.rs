//! PDF: its objects, its tables and its page tree.

use super::Trick;
use super::bytes::{bomb, deflated, page, page_with, pdf, stream};

pub(crate) const TRICKS: &[Trick] = &[
    ("page-tree-in-itself", || tree("/Kids [2 0 R]", "")),
    ("page-trees-in-each-other", || {
        tree("/Kids [3 0 R]", "<< /Type /Pages /Kids [2 0 R] /Count 1 >>")
    }),
    ("page-is-its-own-parent", || {
        tree("/Kids [3 0 R]", "<< /Type /Page /Parent 3 0 R >>")
    }),
    ("page-tree-doubled-thirty-times", doubled),
    ("page-tree-100000-deep", deep_tree),
    ("a-million-times-the-same-page", || {
        tree(
            &format!("/Kids [{}]", "3 0 R ".repeat(1_000_000)),
            "<< /Type /Page /Parent 2 0 R >>",
        )
    }),
    ("a-million-empty-pages", million_pages),
    ("count-that-lies", || {
        tree(
            "/Kids [3 0 R] /Count 2147483647",
            "<< /Type /Page /Parent 2 0 R >>",
        )
    }),
    ("kids-of-other-kinds", || {
        tree(
            "/Kids [null 1 (a) [3 0 R] << /Type /Page >> 99 0 R 1 0 R]",
            "<< /Type /Page >>",
        )
    }),
    ("boxes-beyond-numbers", || {
        boxes("/MediaBox [0 0 1e308 1e308]")
    }),
    ("boxes-of-nothing", || boxes("/MediaBox [0 0 0 0]")),
    ("boxes-not-a-number", || {
        boxes("/MediaBox [nan inf -inf 1e999]")
    }),
    ("boxes-of-three", || boxes("/MediaBox [0 0 7]")),
    ("box-that-is-itself", || boxes("/MediaBox 3 0 R")),
    ("huge-box", || {
        boxes("/MediaBox [0 0 2147483647 2147483647]")
    }),
    ("user-unit-beyond-reason", || {
        boxes("/MediaBox [0 0 9 9] /UserUnit 1e300")
    }),
    ("user-unit-zero", || {
        boxes("/MediaBox [0 0 9 9] /UserUnit 0 /Rotate 2147483649")
    }),
    ("arrays-a-million-deep", || {
        tree(
            "/Kids [3 0 R]",
            &format!("<< /Type /Page /Annots {} >>", "[".repeat(1_000_000)),
        )
    }),
    ("dictionaries-a-million-deep", || {
        tree(
            "/Kids [3 0 R]",
            &format!("<< /Type /Page /A {} >>", "<</A ".repeat(1_000_000)),
        )
    }),
    ("content-arrays-a-million-deep", || {
        page(&"[".repeat(1_000_000), "", &[])
    }),
    ("content-dictionaries-a-million-deep", || {
        page(&"/A <</A ".repeat(500_000), "", &[])
    }),
    ("table-that-follows-itself", || table("/Prev 9")),
    ("table-before-the-file", || table("/Prev -4")),
    ("table-beyond-the-file", || {
        table("/Prev 99999999999999999999")
    }),
    ("hybrid-table-in-itself", || table("/XRefStm 9")),
    ("table-of-four-thousand-million", || {
        b"%PDF-1.4\nxref\n0 4294967295\n0000000000 65535 f \ntrailer << /Size 4294967295 /Root 1 0 R >>\nstartxref\n9\n%%EOF".to_vec()
    }),
    ("table-stream-of-wide-fields", || {
        table_stream("/W [8 8 8] /Index [0 2147483647] /Size 2147483647", b"\xff")
    }),
    ("table-stream-of-no-fields", || {
        table_stream("/W [0 0 0] /Index [0 2147483647] /Size 2147483647", b"")
    }),
    ("table-stream-that-follows-itself", || {
        table_stream("/W [1 2 1] /Size 9 /Prev 9", &[1; 36])
    }),
    ("table-stream-bomb", || {
        let bomb = bomb(1, 256);
        table_stream_of("/W [1 2 1] /Size 60000000 /Filter /FlateDecode", &bomb)
    }),
    ("object-stream-bomb", || {
        object_stream("/N 1 /First 4 /Filter /FlateDecode", &bomb(b' ', 256))
    }),
    ("object-stream-of-a-million", || {
        object_stream("/N 2147483647 /First 2147483647", b"3 0 <</Type/Page>>")
    }),
    ("object-stream-extends-itself", || {
        object_stream("/N 1 /First 4 /Extends 5 0 R", b"3 0 <</Type/Page>>")
    }),
    ("content-bomb", || {
        page_with(stream("/Filter /FlateDecode", &bomb(b' ', 512)), "", &[])
    }),
    ("content-bomb-of-states", || {
        page_with(stream("/Filter /FlateDecode", &bomb(b'q', 64)), "", &[])
    }),
    ("bomb-in-a-bomb", || {
        let inner = deflated(&bomb(b' ', 512));
        page_with(
            stream("/Filter [/FlateDecode /FlateDecode]", &inner),
            "",
            &[],
        )
    }),
    ("a-thousand-filters", || {
        let filters = "/FlateDecode ".repeat(1000);
        page_with(
            stream(&format!("/Filter [{filters}]"), &bomb(b' ', 1)),
            "",
            &[],
        )
    }),
    ("lzw-bomb", || {
        page_with(stream("/Filter /LZWDecode", &[0x80; 200_000]), "", &[])
    }),
    ("run-length-bomb", || {
        page_with(
            stream("/Filter /RunLengthDecode", &[0x81, b' '].repeat(500_000)),
            "",
            &[],
        )
    }),
    ("predictor-of-a-row-too-wide", || {
        page_with(
            stream(
                "/Filter /FlateDecode /DecodeParms << /Predictor 15 /Columns 2147483647 /Colors 2147483647 /BitsPerComponent 16 >>",
                &bomb(b' ', 1),
            ),
            "",
            &[],
        )
    }),
    ("contents-shared-a-million-times", || {
        let contents = format!(
            "<< /Type /Page /Parent 2 0 R /Contents [{}] >>",
            "4 0 R ".repeat(1_000_000)
        );
        let mut objects = head("/Kids [3 0 R]");
        objects.push(contents.into_bytes());
        objects.push(stream("", &b"0 g 0 0 1 1 re f ".repeat(1000)));
        pdf(&objects)
    }),
    ("length-that-lies", || length("4294967295")),
    ("length-below-zero", || length("-1")),
    ("length-that-is-itself", || length("4 0 R")),
    ("encryption-without-its-keys", || {
        encrypted("<< /Filter /Standard /V 5 /R 6 /O (a) /U () /P -1 >>")
    }),
    ("encryption-of-the-future", || {
        encrypted("<< /Filter /Standard /V 99 /R 99 /Length 2147483647 >>")
    }),
    ("encryption-by-itself", || encrypted("5 0 R")),
    ("encryption-filter-in-itself", || {
        encrypted(
            "<< /Filter /Standard /V 4 /R 4 /O 5 0 R /U 5 0 R /P 0 /CF << /StdCF << /CFM /AESV2 /Length 4294967296 >> >> /StmF /StdCF /StrF /StdCF >>",
        )
    }),
    ("head-alone", || b"%PDF-1.7\n".to_vec()),
    ("a-million-heads", || b"%PDF-1.7\n".repeat(1_000_000)),
    ("a-million-objects-of-one-number", || {
        b"%PDF-1.7\n"
            .iter()
            .copied()
            .chain(b"1 0 obj\n<<>>\nendobj\n".repeat(1_000_000))
            .collect()
    }),
    ("a-million-trailers", || {
        b"%PDF-1.7\n"
            .iter()
            .copied()
            .chain(b"trailer << /Root 1 0 R >>\n".repeat(500_000))
            .collect()
    }),
];

fn head(pages: &str) -> Vec<Vec<u8>> {
    vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        format!("<< /Type /Pages {pages} >>").into_bytes(),
    ]
}

fn tree(pages: &str, third: &str) -> Vec<u8> {
    let mut objects = head(pages);
    objects.push(third.as_bytes().to_vec());
    pdf(&objects)
}

fn boxes(entries: &str) -> Vec<u8> {
    tree(
        "/Kids [3 0 R] /Count 1",
        &format!("<< /Type /Page /Parent 2 0 R {entries} >>"),
    )
}

/// Each level holds the next one twice: 2³⁰ pages.
fn doubled() -> Vec<u8> {
    let mut objects = head("/Kids [3 0 R 3 0 R] /Count 1073741824");
    for number in 4..34 {
        let level = format!("<< /Type /Pages /Kids [{number} 0 R {number} 0 R] >>");
        objects.push(level.into_bytes());
    }
    objects.push(b"<< /Type /Page >>".to_vec());
    pdf(&objects)
}

fn deep_tree() -> Vec<u8> {
    let mut objects = head("/Kids [3 0 R] /Count 1");
    for number in 4..100_004 {
        let parent = number - 2;
        let level =
            format!("<< /Type /Pages /Parent {parent} 0 R /Kids [{number} 0 R] /Count 1 >>");
        objects.push(level.into_bytes());
    }
    objects.push(b"<< /Type /Page /Parent 100002 0 R >>".to_vec());
    pdf(&objects)
}

/// Each an object of its own, in an object stream.
fn million_pages() -> Vec<u8> {
    const COUNT: usize = 1_000_000;
    let body = "<</Type/Page/Parent 2 0 R>>\n";
    let numbers: String = (0..COUNT)
        .map(|index| format!("{} {} ", index + 10, index * body.len()))
        .collect();
    let kids: String = (0..COUNT)
        .map(|index| format!("{} 0 R ", index + 10))
        .collect();
    let mut out = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n".to_vec();
    out.extend(
        format!("2 0 obj\n<< /Type /Pages /Count {COUNT} /Kids [{kids}] >>\nendobj\n").bytes(),
    );
    let entries = format!(
        "/Type /ObjStm /N {COUNT} /First {} /Filter /FlateDecode",
        numbers.len()
    );
    let content = deflated((numbers + &body.repeat(COUNT)).as_bytes());
    out.extend(b"5 0 obj\n");
    out.extend(stream(&entries, &content));
    out.extend(b"\nendobj\ntrailer\n<< /Root 1 0 R >>\n");
    out
}

/// A table at offset 9 with an entry more in its trailer.
fn table(entry: &str) -> Vec<u8> {
    format!(
        "%PDF-1.4\nxref\n0 1\n0000000000 65535 f \ntrailer << /Size 1 /Root 1 0 R {entry} >>\nstartxref\n9\n%%EOF\n"
    )
    .into_bytes()
}

fn table_stream(entries: &str, content: &[u8]) -> Vec<u8> {
    table_stream_of(
        &format!("{entries} /Filter /FlateDecode"),
        &deflated(content),
    )
}

fn table_stream_of(entries: &str, content: &[u8]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n7 0 obj\n".to_vec();
    out.extend(stream(
        &format!("/Type /XRef /Root 1 0 R {entries}"),
        content,
    ));
    out.extend(b"\nendobj\nstartxref\n9\n%%EOF\n");
    out
}

fn object_stream(entries: &str, content: &[u8]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n5 0 obj\n".to_vec();
    out.extend(stream(&format!("/Type /ObjStm {entries}"), content));
    out.extend(b"\nendobj\ntrailer << /Root 1 0 R >>\n");
    out
}

fn length(length: &str) -> Vec<u8> {
    let mut objects = head("/Kids [3 0 R] /Count 1");
    objects.push(b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /MediaBox [0 0 9 9] >>".to_vec());
    objects.push(
        format!("<< /Length {length} >>\nstream\n1 0 0 rg 0 0 9 9 re f\nendstream").into_bytes(),
    );
    pdf(&objects)
}

fn encrypted(how: &str) -> Vec<u8> {
    let mut document = boxes("/MediaBox [0 0 9 9]");
    document.extend(format!("5 0 obj\n{how}\nendobj\ntrailer << /Root 1 0 R /Encrypt 5 0 R /ID [(a) (b)] >>\nstartxref\n").bytes());
    let at = document.len();
    document.extend(format!("{at}\n%%EOF\n").bytes());
    document
}
