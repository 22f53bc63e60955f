//! Documents to print, made for the test that prints them.

use std::fmt::Write as _;

use jiff::Timestamp;
use platen_domain::{DocumentId, PageFacts, PageRun, Size};
use platen_lab::pdf_of;
use platen_sync::engine::Submission;
use platen_sync::wire::{Facts, NewDocument};
use uuid::Uuid;

/// A page to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// Grey.
    A4,
    /// A4 with a red square.
    Colour,
    /// Grey.
    A3,
}

impl Page {
    const fn size(self) -> &'static str {
        match self {
            Self::A4 | Self::Colour => "595 842",
            Self::A3 => "842 1191",
        }
    }
}

/// A PDF of A4 pages: each is grey, or has a red square where `colour` says so.
#[must_use]
pub fn pdf(colour: &[bool]) -> Vec<u8> {
    let pages = colour.iter().map(|colour| {
        let page = if *colour { Page::Colour } else { Page::A4 };
        (page, String::new())
    });
    write_pdf(&pages.collect::<Vec<_>>())
}

/// The same with words on each page: `grey` or `colour`.
#[must_use]
pub fn labelled(pages: &[Page]) -> Vec<u8> {
    let pages = pages.iter().map(|page| {
        let word = if *page == Page::Colour {
            "colour"
        } else {
            "grey"
        };
        let text = format!(" 0 g BT /F 40 Tf 200 500 Td ({word}) Tj ET");
        (*page, text)
    });
    write_pdf(&pages.collect::<Vec<_>>())
}

/// Pages with what is drawn on them beside the square.
fn write_pdf(pages: &[(Page, String)]) -> Vec<u8> {
    let mut objects = vec!["<< /Type /Catalog /Pages 2 0 R >>".to_owned()];
    let kids: String = (0..pages.len()).fold(String::new(), |mut kids, page| {
        // Writing to a string does not fail.
        let _ = write!(kids, "{} 0 R ", 3 + page * 2);
        kids
    });
    objects.push(format!(
        "<< /Type /Pages /Kids [{kids}] /Count {} >>",
        pages.len()
    ));
    for (number, (page, text)) in pages.iter().enumerate() {
        let colour = if *page == Page::Colour {
            "1 0 0 rg"
        } else {
            "0 g"
        };
        let content = format!("{colour} 100 100 200 200 re f{text}");
        let resources = if text.is_empty() {
            "<< >>"
        } else {
            "<< /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
        };
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {}] /Resources {resources} /Contents {} 0 R >>",
            page.size(),
            4 + number * 2
        ));
        objects.push(format!(
            "<< /Length {} >>\nstream\n{content}\nendstream",
            content.len()
        ));
    }
    pdf_of(&objects)
}

/// A PDF of so many grey pages.
#[must_use]
pub fn grey(pages: usize) -> Vec<u8> {
    pdf(&vec![false; pages])
}

/// PWG raster of so many grey A4 pages whose header asks for both sides of the
/// sheet. *Source*: PWG 5102.4, section 4.3.
#[must_use]
pub fn two_sided_raster(pages: u32) -> Vec<u8> {
    const WIDTH: usize = 595;
    const HEIGHT: usize = 842;
    let mut header = vec![0u8; 1796];
    header[..9].copy_from_slice(b"PwgRaster");
    for (offset, value) in [
        // Duplex, and two resolutions in pixels per inch.
        (272, 1),
        (276, 72),
        (280, 72),
        // PageSize, width and height, bits, bytes a line, sGray, one colour.
        (352, 595),
        (356, 842),
        (372, 595),
        (376, 842),
        (384, 8),
        (388, 8),
        (392, 595),
        (400, 18),
        (420, 1),
        (452, pages),
    ] {
        header[offset..offset + 4].copy_from_slice(&value.to_be_bytes());
    }
    let mut raster = b"RaS2".to_vec();
    for _ in 0..pages {
        raster.extend_from_slice(&header);
        let mut line = 0;
        while line < HEIGHT {
            let repeated = (HEIGHT - line).min(256);
            // Both counts are less one.
            raster.extend((repeated - 1).to_be_bytes().last());
            let mut column = 0;
            while column < WIDTH {
                let run = (WIDTH - column).min(128);
                raster.extend((run - 1).to_be_bytes().last());
                raster.push(if (100..400).contains(&column) { 0 } else { 255 });
                column += run;
            }
            line += repeated;
        }
    }
    raster
}

/// A document of so many grey pages as a spooler tells of it, its job with this number.
#[must_use]
pub fn submission(document: Uuid, pages: u32, number: usize) -> Submission {
    let page = PageFacts {
        size: Size::A4,
        colour: false,
    };
    Submission {
        document: NewDocument {
            id: DocumentId(document),
            queue: "secure".into(),
            job_id: i32::try_from(number).unwrap_or_default(),
            name: format!("Document {document}"),
            submitted_at: Timestamp::now(),
        },
        facts: Facts {
            documents: vec![vec![PageRun { count: pages, page }]],
            digests: vec![[7; 32]],
            format: "application/pdf".into(),
            ..Facts::default()
        },
        account: None,
    }
}
