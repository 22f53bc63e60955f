//! Archives and packed files: gzip, and XPS in its ZIP.

use super::Trick;
use super::bytes::{Part, bomb, bomb_part, gzip_bomb, gzipped, part, zip};

const ONE_PAGE: &str = "<PageContent Source=\"/1.fpage\"/>";
const SEQUENCE: &str = "<FixedDocumentSequence xmlns=\"http://schemas.microsoft.com/xps/2005/06\"><DocumentReference Source=\"/1.fdoc\"/></FixedDocumentSequence>";
const RELATIONS: &str = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Type=\"http://schemas.microsoft.com/xps/2005/06/fixedrepresentation\" Target=\"/s.fdseq\" Id=\"R\"/></Relationships>";
const TYPES: &str = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"fdseq\" ContentType=\"application/vnd.ms-package.xps-fixeddocumentsequence+xml\"/><Default Extension=\"fdoc\" ContentType=\"application/vnd.ms-package.xps-fixeddocument+xml\"/><Default Extension=\"fpage\" ContentType=\"application/vnd.ms-package.xps-fixedpage+xml\"/></Types>";

pub(crate) const TRICKS: &[Trick] = &[
    ("gzip-bomb", || gzip_bomb(b' ', 300)),
    ("gzip-in-gzip-in-gzip", || {
        gzipped(&gzipped(&gzip_bomb(b' ', 300)))
    }),
    ("a-million-gzip-members", || gzipped(b"").repeat(1_000_000)),
    ("zip-of-nothing", || zip(&[])),
    ("zip-in-a-zip", || {
        let mut inner = zip(&[bomb_part("a", 0, 300)]);
        for _ in 0..50 {
            inner = zip(&[part("a.zip", &inner), part("b.zip", &inner)]);
            if inner.len() > 1 << 22 {
                break;
            }
        }
        zip(&[
            part("[Content_Types].xml", TYPES.as_bytes()),
            part("1.fpage", &inner),
        ])
    }),
    ("zip-page-bomb", || {
        xps_of(ONE_PAGE, bomb_part("1.fpage", b' ', 300))
    }),
    ("zip-of-sixty-thousand-entries", || {
        let names: Vec<String> = (0..60_000).map(|at| format!("{at}.fpage")).collect();
        let parts: Vec<Part<'_>> = names.iter().map(|name| part(name, b"")).collect();
        zip(&parts)
    }),
    ("zip-directory-that-lies", || {
        let mut archive = xps(b"<FixedPage Width=\"9\" Height=\"9\"/>");
        let end = archive.len();
        archive[end - 14..end - 2].fill(0xff);
        archive
    }),
    ("zip-sizes-that-lie", || {
        let mut archive = xps(b"<FixedPage Width=\"9\" Height=\"9\"/>");
        let directory = find_last(&archive, b"PK\x01\x02");
        archive[directory + 20..directory + 28].fill(0xff);
        archive
    }),
    ("entities-that-multiply", || {
        let mut text = "<!DOCTYPE a [<!ENTITY a0 \"aaaaaaaaaa\">".to_owned();
        for at in 1..30 {
            let last = at - 1;
            text.push_str(&format!(
                "<!ENTITY a{at} \"&a{last};&a{last};&a{last};&a{last};\">"
            ));
        }
        text.push_str("]><FixedPage Width=\"9\" Height=\"9\">&a29;</FixedPage>");
        xps(text.as_bytes())
    }),
    ("canvas-a-million-deep", || {
        let text = format!(
            "<FixedPage Width=\"9\" Height=\"9\">{}",
            "<Canvas>".repeat(1_000_000)
        );
        xps(text.as_bytes())
    }),
    ("brush-in-itself", || {
        xps(b"<FixedPage Width=\"900\" Height=\"900\" xmlns:x=\"http://schemas.microsoft.com/xps/2005/06/resourcedictionary-key\"><FixedPage.Resources><ResourceDictionary><VisualBrush x:Key=\"b\" Viewbox=\"0,0,1,1\" Viewport=\"0,0,1,1\" TileMode=\"Tile\"><VisualBrush.Visual><Path Fill=\"{StaticResource b}\" Data=\"M 0,0 L 9,9\"/></VisualBrush.Visual></VisualBrush></ResourceDictionary></FixedPage.Resources><Path Fill=\"{StaticResource b}\" Data=\"M 0,0 L 900,0 900,900\"/></FixedPage>")
    }),
    ("page-of-no-number", || {
        xps(b"<FixedPage Width=\"NaN\" Height=\"-1e999\"/>")
    }),
    ("attribute-without-end", || {
        let text = format!("<FixedPage Width=\"{}", "9".repeat(5_000_000));
        xps(text.as_bytes())
    }),
    ("a-million-pages-of-one-part", || {
        let pages = "<PageContent Source=\"/1.fpage\"/>".repeat(1_000_000);
        xps_of(
            &pages,
            part("1.fpage", b"<FixedPage Width=\"9\" Height=\"9\"/>"),
        )
    }),
    ("document-that-is-its-page", || {
        xps_of(
            "<PageContent Source=\"/1.fdoc\"/><PageContent Source=\"/s.fdseq\"/>",
            part("1.fpage", b""),
        )
    }),
    ("png-bomb", || {
        super::raster::png(20_000, 20_000, &bomb(0, 300))
    }),
    ("png-too-large", || {
        super::raster::png(0x7fff_ffff, 0x7fff_ffff, &bomb(0, 1))
    }),
    ("png-of-nothing", || super::raster::png(0, 0, b"")),
];

fn xps(page: &[u8]) -> Vec<u8> {
    xps_of(ONE_PAGE, part("1.fpage", page))
}

fn xps_of(pages: &str, page: Part<'_>) -> Vec<u8> {
    let document = format!(
        "<FixedDocument xmlns=\"http://schemas.microsoft.com/xps/2005/06\">{pages}</FixedDocument>"
    );
    zip(&[
        part("[Content_Types].xml", TYPES.as_bytes()),
        part("_rels/.rels", RELATIONS.as_bytes()),
        part("s.fdseq", SEQUENCE.as_bytes()),
        part("1.fdoc", document.as_bytes()),
        page,
    ])
}

fn find_last(bytes: &[u8], needle: &[u8]) -> usize {
    bytes
        .windows(needle.len())
        .rposition(|window| window == needle)
        .expect("it is there")
}
