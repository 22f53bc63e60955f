//! The job language in front of, between and behind a stream's documents.
//!
//! *Source*: HP PJL Technical Reference Manual, chapters 2, 4 and 6.

use crate::detect::find;
use crate::paper::{self, SizePt};
use platen_domain::Sides;

/// What leaves any language and enters the job language.
pub(crate) const EXIT: &[u8] = b"\x1b%-12345X";

/// As much of a line as is read; a longer one is skipped.
const MAX_LINE: usize = 512;

/// What the job language asks of the printer.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Settings {
    /// Copies of each page; a language may say otherwise.
    pub(crate) copies: Option<u32>,
    /// Copies of the whole job, whatever a language says.
    pub(crate) quantity: Option<u32>,
    pub(crate) duplex: Option<bool>,
    pub(crate) short_edge: bool,
    pub(crate) monochrome: Option<bool>,
    pub(crate) paper: Option<SizePt>,
    pub(crate) custom_pt: (Option<f64>, Option<f64>),
    pub(crate) landscape: bool,
    /// Text lines on a page.
    pub(crate) lines: Option<u32>,
    /// The language entered has no text, only rasters.
    pub(crate) textless: bool,
}

impl Settings {
    pub(crate) fn sides(&self) -> Option<Sides> {
        Some(match (self.duplex?, self.short_edge) {
            (false, _) => Sides::OneSided,
            (true, false) => Sides::TwoSidedLongEdge,
            (true, true) => Sides::TwoSidedShortEdge,
        })
    }

    /// The sheet that a job starts on.
    pub(crate) fn sheet(&self) -> SizePt {
        self.paper.unwrap_or(paper::DEFAULT)
    }

    fn set(&mut self, name: &[u8], value: &[u8]) {
        let is = |word: &str| value.eq_ignore_ascii_case(word.as_bytes());
        let name = name.to_ascii_uppercase();
        match name.as_slice() {
            b"COPIES" => self.copies = count(value).or(self.copies),
            b"QTY" => self.quantity = count(value).or(self.quantity),
            b"DUPLEX" => {
                self.duplex = match () {
                    () if is("ON") => Some(true),
                    () if is("OFF") => Some(false),
                    () => self.duplex,
                }
            }
            b"BINDING" => self.short_edge = is("SHORTEDGE"),
            b"RENDERMODE" | b"COLORMODE" => {
                let grey = ["GRAYSCALE", "GREYSCALE", "MONO", "BLACK", "MONOCHROME"];
                if grey.iter().any(|word| is(word)) {
                    self.monochrome = Some(true);
                } else if is("COLOR") || is("COLOUR") {
                    self.monochrome = Some(false);
                }
            }
            b"GRAYSCALE" if is("ON") || is("BLACKONLY") => self.monochrome = Some(true),
            b"PAPER" if is("CUSTOM") => self.take_custom(),
            b"PAPER" => self.paper = paper::by_name(value).or(self.paper),
            b"PAPERWIDTH" | b"PAPERLENGTH" => {
                let pt = number(value).map(|decipoints| decipoints / 10.0);
                if name == b"PAPERWIDTH" {
                    self.custom_pt.0 = pt;
                } else {
                    self.custom_pt.1 = pt;
                }
                self.take_custom();
            }
            b"ORIENTATION" => self.landscape = is("LANDSCAPE"),
            b"FORMLINES" => self.lines = count(value).filter(|lines| (5..=128).contains(lines)),
            _ => {}
        }
    }

    fn take_custom(&mut self) {
        if let (Some(width), Some(height)) = self.custom_pt {
            self.paper = paper::custom(width, height).or(self.paper);
        }
    }
}

fn number(value: &[u8]) -> Option<f64> {
    std::str::from_utf8(value).ok()?.trim().parse().ok()
}

/// A number of copies, as printers bound it.
fn count(value: &[u8]) -> Option<u32> {
    let number = number(value)?;
    (1.0..=32_767.0).contains(&number).then_some(number as u32)
}

/// The language that a header enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entered {
    Pcl,
    PclXl,
    /// Found by its content.
    Other,
}

/// Settings through a stream of jobs.
#[derive(Debug, Default)]
pub(crate) struct JobLanguage {
    defaults: Settings,
    set: Settings,
    in_job: bool,
}

impl JobLanguage {
    pub(crate) const fn settings(&self) -> &Settings {
        &self.set
    }

    /// Reads what follows an exit: the lines up to the language they enter, or
    /// up to the first byte that is no line of the job language. Returns the
    /// language named and the bytes read.
    pub(crate) fn read(&mut self, header: &[u8]) -> (Option<Entered>, usize) {
        let mut at = 0;
        loop {
            if header[at..].starts_with(EXIT) {
                at += EXIT.len();
                if !self.in_job {
                    self.set = self.defaults.clone();
                }
                continue;
            }
            let blank = blanks(&header[at..]);
            if !starts_line(&header[at + blank..]) {
                // Blanks between lines are nobody's text.
                let more = header[at + blank..].starts_with(EXIT);
                return (None, if more { at + blank } else { at });
            }
            at += blank;
            let rest = &header[at..];
            // A line ends at its feed, or where a broken header is left.
            let line = rest.iter().position(|byte| matches!(byte, b'\n' | 0x1b));
            let end = line.unwrap_or(rest.len());
            at += end + usize::from(rest.get(end) == Some(&b'\n'));
            if let Some(entered) = self.line(&rest[4..end.clamp(4, MAX_LINE)]) {
                return (Some(entered), at);
            }
        }
    }

    fn line(&mut self, line: &[u8]) -> Option<Entered> {
        let line = line.trim_ascii();
        let (command, rest) = word(line);
        match command.to_ascii_uppercase().as_slice() {
            b"SET" => {
                if let Some((name, value)) = assignment(rest) {
                    self.set.set(name, value);
                }
            }
            b"DEFAULT" => {
                if let Some((name, value)) = assignment(rest) {
                    self.defaults.set(name, value);
                    self.set.set(name, value);
                }
            }
            b"JOB" | b"EOJ" => {
                self.in_job = command.eq_ignore_ascii_case(b"JOB");
                self.set = self.defaults.clone();
            }
            b"RESET" | b"INITIALIZE" => self.set = self.defaults.clone(),
            b"ENTER" => {
                let (_, language) = assignment(rest)?;
                let language = language.to_ascii_uppercase();
                self.set.textless = language == b"PCL3GUI";
                return Some(match language.as_slice() {
                    b"PCL" | b"PCL5" | b"PCL5C" | b"PCL5E" | b"PCL3" | b"PCL3GUI" => Entered::Pcl,
                    b"PCLXL" | b"PCL6" => Entered::PclXl,
                    _ => Entered::Other,
                });
            }
            _ => {}
        }
        None
    }
}

/// Whether a stream begins with the job language.
pub(crate) fn begins(document: &[u8]) -> bool {
    let start = &document[blanks(document)..];
    start.starts_with(EXIT) || starts_line(start)
}

/// Skips what the job language says up to the language it enters.
pub(crate) fn skip(document: &[u8]) -> (Option<Entered>, usize) {
    if begins(document) {
        let blank = blanks(document);
        let (entered, used) = JobLanguage::default().read(&document[blank..]);
        (entered, blank + used)
    } else {
        (None, 0)
    }
}

/// Where the language that ends at the next exit ends, from its start.
pub(crate) fn end_of_language(body: &[u8]) -> usize {
    find(body, EXIT).unwrap_or(body.len())
}

/// Padding that printers pass over between jobs.
pub(crate) fn blanks(bytes: &[u8]) -> usize {
    let padding = |byte: &u8| matches!(byte, 0 | 4 | b' ' | b'\t' | b'\r' | b'\n');
    bytes.iter().take_while(|byte| padding(byte)).count()
}

fn starts_line(bytes: &[u8]) -> bool {
    bytes
        .get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case(b"@PJL"))
}

fn word(line: &[u8]) -> (&[u8], &[u8]) {
    let end = line
        .iter()
        .position(u8::is_ascii_whitespace)
        .unwrap_or(line.len());
    (&line[..end], line[end..].trim_ascii())
}

/// `NAME = VALUE`, perhaps after a language in front: `LPARM : PCL`.
fn assignment(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = text.iter().position(|byte| *byte == b'=')?;
    let name = text[..at].trim_ascii();
    let name = name
        .rsplit(u8::is_ascii_whitespace)
        .next()
        .unwrap_or_default();
    let value = text[at + 1..].trim_ascii();
    let value = match value.strip_prefix(b"\"") {
        Some(quoted) => quoted.split(|byte| *byte == b'"').next()?,
        None => value,
    };
    Some((name, value.trim_ascii()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(header: &str) -> (Settings, Option<Entered>, usize) {
        let mut language = JobLanguage::default();
        let (entered, used) = language.read(header.as_bytes());
        (language.set, entered, used)
    }

    #[test]
    fn a_header_sets_what_the_printer_does() {
        let header = "\x1b%-12345X@PJL JOB NAME=\"a = b\"\r\n@PJL SET COPIES = 3\r\n\
            @pjl set qty=2\n@PJL SET DUPLEX=ON\r\n@PJL SET BINDING=SHORTEDGE\r\n\
            @PJL SET RENDERMODE=GRAYSCALE\r\n@PJL SET PAPER=A4\r\n\
            @PJL ENTER LANGUAGE = PCL \r\n\x1bE";
        let (settings, entered, used) = read(header);
        assert_eq!((settings.copies, settings.quantity), (Some(3), Some(2)));
        assert_eq!(settings.sides(), Some(Sides::TwoSidedShortEdge));
        assert_eq!(settings.monochrome, Some(true));
        assert_eq!(settings.sheet(), (595.0, 842.0));
        assert_eq!(entered, Some(Entered::Pcl));
        assert_eq!(&header[used..], "\x1bE");
    }

    #[test]
    fn settings_end_with_the_job_and_defaults_stay() {
        let (settings, ..) = read("@PJL DEFAULT DUPLEX=ON\n@PJL SET COPIES=4\n\x1b%-12345X");
        assert_eq!((settings.copies, settings.duplex), (None, Some(true)));
        let (settings, ..) = read("@PJL JOB\n@PJL SET COPIES=4\n\x1b%-12345X@PJL COMMENT\n");
        assert_eq!(settings.copies, Some(4));
        let (settings, ..) = read("@PJL JOB\n@PJL SET COPIES=4\n@PJL EOJ\n");
        assert_eq!(settings.copies, None);
    }

    #[test]
    fn copies_that_no_printer_makes_are_passed_over() {
        let (settings, ..) = read(
            "@PJL SET COPIES=0\n@PJL SET QTY=-1\n@PJL SET COPIES=99999999999999999999\n@PJL SET QTY=nan\n",
        );
        assert_eq!((settings.copies, settings.quantity), (None, None));
    }

    #[test]
    fn custom_paper_needs_both_its_measures() {
        let (settings, ..) = read("@PJL SET PAPER=CUSTOM\n@PJL SET PAPERWIDTH=3000\n");
        assert_eq!(settings.paper, None);
        let (settings, ..) =
            read("@PJL SET PAPERLENGTH=4000\n@PJL SET PAPERWIDTH=3000\n@PJL SET PAPER=CUSTOM\n");
        assert_eq!(settings.sheet(), (300.0, 400.0));
    }

    #[test]
    fn a_header_without_end_is_read_to_its_end() {
        let line = "@PJL COMMENT ".to_owned() + &"x".repeat(100_000);
        assert_eq!(read(&line).2, line.len());
        let many = "@PJL SET COPIES=2\n".repeat(10_000);
        assert_eq!(read(&many).2, many.len());
    }

    proptest! {
        #[test]
        fn no_bytes_upset_it(header in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = skip(&header);
        }

        #[test]
        fn no_lines_upset_it(lines in "((@PJL|\x1b%-12345X|SET|ENTER|=|\"|COPIES|\n| |\r){1,40})") {
            prop_assert!(skip(lines.as_bytes()).1 <= lines.len());
        }
    }
}
