//! Which language a document is in.

use crate::pjl::{self, Entered};
use crate::report::Format;

/// How far into a document its signature may stand, as PDF readers accept it.
const SIGNATURE_WINDOW: usize = 1024;

/// Finds the language of an uncompressed document by its content.
#[must_use]
pub fn detect(document: &[u8]) -> Option<Format> {
    locate(document).map(|(format, _)| format)
}

/// The language, and where the document proper begins after a job header.
pub(crate) fn locate(document: &[u8]) -> Option<(Format, usize)> {
    let (entered, start) = pjl::skip(document);
    let body = &document[start..];
    match entered {
        Some(Entered::Pcl) => Some((Format::Pcl, start)),
        Some(Entered::PclXl) => Some((Format::PclXl, start)),
        Some(Entered::Other) => language(body).map(|(format, at)| (format, start + at)),
        None if start == 0 => language(body)
            .or_else(|| headless_pdf(body).filter(|_| holds_object(body) || !is_text(body)))
            .or_else(|| is_text(body).then_some((Format::Text, 0))),
        // Printers take what names no language for PCL.
        None => language(body)
            .map(|(format, at)| (format, start + at))
            .or_else(|| may_be_pcl(body).then_some((Format::Pcl, start))),
    }
}

/// The language of bytes without a job header, and where in them it begins.
pub(crate) fn language(head: &[u8]) -> Option<(Format, usize)> {
    if head.starts_with(&[0xff, 0xd8, 0xff]) {
        return Some((Format::Jpeg, 0));
    }
    if head.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some((Format::Png, 0));
    }
    let window = &head[..head.len().min(SIGNATURE_WINDOW)];
    if window.starts_with(b"%!") || window.starts_with(b"\x04%!") {
        return Some((Format::PostScript, 0));
    }
    if let Some(format) = binary(head) {
        return Some((format, 0));
    }
    if let Some(at) = binary_eps(head) {
        return Some((Format::PostScript, at));
    }
    if find(window, b"%PDF-").is_some() {
        return Some((Format::Pdf, 0));
    }
    is_pcl(head).then_some((Format::Pcl, 0))
}

/// Whether an object of a PDF begins near the beginning.
fn holds_object(document: &[u8]) -> bool {
    let head = &document[..document.len().min(SIGNATURE_WINDOW)];
    find(head, b" 0 obj").is_some()
}

/// A PDF that lost its head still ends as one.
fn headless_pdf(document: &[u8]) -> Option<(Format, usize)> {
    let tail = &document[document.len().saturating_sub(SIGNATURE_WINDOW)..];
    (find(tail, b"startxref").is_some() && find(tail, b"%%EOF").is_some())
        .then_some((Format::Pdf, 0))
}

/// Languages that begin with a signature of their own. *Source*: PWG 5102.4,
/// section 4.1; cups/raster.h; TIFF 6.0, section 2; PCL XL Feature Reference,
/// "Stream Header"; MS-EMF, section 2.3.4.2; MS-EMFSPOOL, section 2.2.2.
fn binary(head: &[u8]) -> Option<Format> {
    let starts = |signatures: &[&[u8]]| signatures.iter().any(|s| head.starts_with(s));
    // Its class stands in the first header; some writers leave it empty, and
    // CUPS's own raster begins so on big-endian machines only.
    if starts(&[b"RaS2PwgRaster\0", b"RaS2\0"]) {
        return Some(Format::Pwg);
    }
    if starts(&[b"RaSt", b"tSaR", b"RaS2", b"2SaR", b"RaS3", b"3SaR"]) {
        return Some(Format::CupsRaster);
    }
    if starts(&[b"UNIRAST\0"]) {
        return Some(Format::Urf);
    }
    if starts(&[b") HP-PCL XL;", b"( HP-PCL XL;", b"' HP-PCL XL;"]) {
        return Some(Format::PclXl);
    }
    if starts(&[b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"]) {
        return Some(Format::Tiff);
    }
    if starts(&[b"PK\x03\x04"]) {
        return Some(Format::Xps);
    }
    let metafile = starts(&[&[1, 0, 0, 0]]) && head.get(40..44) == Some(b" EMF");
    (metafile || starts(&[&[0, 0, 1, 0]]) && head.len() >= 16).then_some(Format::Emf)
}

/// PCL begins with one of its escape sequences. *Source*: PCL 5 Technical
/// Reference, chapter 2.
fn is_pcl(head: &[u8]) -> bool {
    // Drivers wake a printer's port with zeros, which it passes over.
    let zeros = head.iter().take_while(|byte| **byte == 0).count();
    matches!(
        &head[zeros..],
        [0x1b, b'E' | b'9' | b'=' | b'Y' | b'Z', ..]
            | [0x1b, b'&' | b'*' | b'(' | b')' | b'%', b'!'..=b'~', ..]
    )
}

/// What may stand in a job that names no language: text up to an escape.
pub(crate) fn may_be_pcl(body: &[u8]) -> bool {
    let sample = &body[..body.len().min(256)];
    let text = sample.split(|byte| *byte == 0x1b).next();
    !body.is_empty() && text.is_none_or(|text| text.is_empty() || is_text(text))
}

/// Where the PostScript of a DOS EPS file begins. *Source*: Adobe 5002, section 5.2.
fn binary_eps(document: &[u8]) -> Option<usize> {
    let offset = document.strip_prefix(&[0xc5, 0xd0, 0xd3, 0xc6])?.get(..4)?;
    let offset = u32::from_le_bytes(offset.try_into().ok()?) as usize;
    document.get(offset..)?.starts_with(b"%!").then_some(offset)
}

/// Text: no control characters but those that move the print position.
fn is_text(document: &[u8]) -> bool {
    let sample = &document[..document.len().min(1 << 16)];
    sample
        .iter()
        .all(|byte| matches!(byte, 0x07..=0x0d | 0x20..=0x7e | 0x80..=0xff))
        && mostly_readable(sample)
}

/// Latin-1 has letters above 0x7f too, but no text consists of them alone.
fn mostly_readable(sample: &[u8]) -> bool {
    let valid = match std::str::from_utf8(sample) {
        Ok(_) => true,
        // The sample may end inside a character.
        Err(error) => error.valid_up_to() + 4 > sample.len(),
    };
    let plain = sample.iter().filter(|byte| byte.is_ascii()).count();
    valid || plain * 3 >= sample.len() * 2
}

/// Where `needle` first occurs.
pub(crate) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(document: &[u8], expected: Option<Format>) {
        assert_eq!(detect(document), expected);
    }

    #[test]
    fn language_is_found_by_content() {
        check(
            b"%\n1 0 obj\n<< >>\nendobj\nstartxref\n9\n%%EOF\n",
            Some(Format::Pdf),
        );
        check(
            b"The words startxref and %%EOF end it.\n",
            Some(Format::Text),
        );
        check(b"%PDF-1.4\n", Some(Format::Pdf));
        check(b"\n\njunk %PDF-1.4\n", Some(Format::Pdf));
        check(b"%!PS-Adobe-3.0\n", Some(Format::PostScript));
        check(
            b"\x1b%-12345X@PJL SET COPIES=2\r\n@PJL ENTER LANGUAGE=POSTSCRIPT\r\n%!PS\n",
            Some(Format::PostScript),
        );
        check(b"\xff\xd8\xff\xe0", Some(Format::Jpeg));
        check(b"\x89PNG\r\n\x1a\n", Some(Format::Png));
        check("Grüße aus dem Büro\n".as_bytes(), Some(Format::Text));
        check(b"Gr\xfc\xdfe\n", Some(Format::Text));
        check(b"\x1bE\x1b&l0O page \x0c", Some(Format::Pcl));
        check(
            b"\x1b%-12345X@PJL ENTER LANGUAGE = PCL\r\nplain\x0c",
            Some(Format::Pcl),
        );
        check(
            b"\x1b%-12345X@PJL ENTER LANGUAGE=PCLXL\r\n) HP-PCL XL;2;0\n",
            Some(Format::PclXl),
        );
        check(b"\0\0\0\x1bE\x1b%-12345X@PJL JOB\n", Some(Format::Pcl));
        check(b"PK\x03\x04", Some(Format::Xps));
        check(b"RaS2PwgRaster\0", Some(Format::Pwg));
        check(b"3SaR\0\0", Some(Format::CupsRaster));
        check(b"UNIRAST\0", Some(Format::Urf));
        check(b"MM\0*\0\0\0\x08", Some(Format::Tiff));
        check(&[0x80; 64], None);
    }

    proptest! {
        #[test]
        fn no_bytes_upset_detection(document in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = detect(&document);
        }

        #[test]
        fn no_job_header_upsets_detection(rest in "[@PJL\r\n\x1b%12345X-]{0,80}") {
            let _ = detect(format!("\x1b%-12345X{rest}").as_bytes());
        }
    }
}
