//! Plain text against CUPS's own filter, `texttopdf` of cups-filters.

use platen_estimate::{Format, Limits, Problem, TextPage, estimate_text};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Options that are tried with every text; the filter knows only Letter where
/// no queue describes its printer.
const OPTIONS: [&[(&str, &str)]; 14] = [
    &[],
    &[("landscape", "true")],
    &[("orientation-requested", "5"), ("page-left", "100")],
    &[("orientation-requested", "6"), ("page-top", "100")],
    &[("cpi", "12"), ("lpi", "8")],
    &[("cpi", "16.67")],
    &[("lpi", "0.3")],
    &[("columns", "2")],
    &[("columns", "3"), ("cpi", "17"), ("landscape", "yes")],
    &[("columns", "40")],
    &[
        ("page-left", "72"),
        ("page-right", "36.5"),
        ("page-bottom", "9"),
    ],
    &[("wrap", "false")],
    &[("prettyprint", "true")],
    &[
        ("prettyprint", "yes"),
        ("orientation-requested", "4"),
        ("lpi", "5"),
    ],
];
const TEXTS: u64 = 30;

#[test]
fn random_texts_fill_as_many_pages_as_cups_prints() {
    let filter = filter();
    let seed = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(1, |time| time.subsec_nanos());
    let mut random = Random(u64::from(seed) | 1);
    for number in 0..TEXTS {
        let text = random.text();
        let options = OPTIONS[random.below(OPTIONS.len() as u64) as usize];
        let expected = printed(&filter, &text, options);
        let found = counted(&text, options);
        assert_eq!(
            found,
            expected,
            "seed {seed}, text {number}, {} bytes, {options:?}",
            text.len()
        );
    }
}

#[test]
fn every_option_shapes_the_page_as_in_cups() {
    let filter = filter();
    let lines = "a line that is long enough to wrap where columns are narrow\n".repeat(230);
    for options in OPTIONS {
        let text = lines.as_bytes();
        assert_eq!(
            counted(text, options),
            printed(&filter, text, options),
            "{options:?}"
        );
    }
}

#[test]
fn odd_bytes_are_taken_as_cups_takes_them() {
    let filter = filter();
    let many = |bytes: &[u8], times: usize| bytes.repeat(times);
    let texts = [
        b"\x0c".to_vec(),
        b"\r".to_vec(),
        b"\x08".to_vec(),
        many(b"\xe9\n", 70),
        many(b"\xc4\n", 200),
        many(b"\x80", 4801),
        many("漢".as_bytes(), 4801),
        many(b"\t", 601),
        ["x\n".repeat(70), "😀\n".to_owned(), "x\n".repeat(200)]
            .concat()
            .into_bytes(),
        [many(b"\n", 59), b"\x0b\n\nx".to_vec()].concat(),
        [many(b"\x1b9\x1b9", 60), b"\n\nx".to_vec()].concat(),
        [many(b"\x1b9\x1b8\x1b8\n", 61)].concat(),
        [many(b"\n", 59), b"\x1b7\n\nx\xe2\x82".to_vec()].concat(),
    ];
    for text in texts {
        assert_eq!(
            counted(&text, &[]),
            printed(&filter, &text, &[]),
            "{:?}…",
            &text[..text.len().min(20)]
        );
    }
}

fn counted(text: &[u8], options: &[(&str, &str)]) -> usize {
    let on_letter = [&[("media", "Letter")], options].concat();
    let (page, bad) = TextPage::read(on_letter.iter().copied());
    assert!(bad.is_empty(), "{bad:?}");
    match estimate_text(text, &page, &Limits::default()) {
        Ok(report) => {
            assert_eq!(report.format, Format::Text);
            report.pages.len()
        }
        Err(Problem::NoPages) => 0,
        Err(problem) => panic!("{problem}"),
    }
}

/// How many pages the filter makes.
fn printed(filter: &Path, text: &[u8], options: &[(&str, &str)]) -> usize {
    let words: Vec<String> = options
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let mut child = Command::new(filter)
        .args(["1", "user", "title", "1", &words.join(" ")])
        .env("CHARSET", "utf-8")
        .env("CONTENT_TYPE", "text/plain")
        .env_remove("PPD")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the filter starts");
    let mut stdin = child.stdin.take().expect("piped");
    // A filter that ends the text early may not read all of it.
    let _ = stdin.write_all(text);
    drop(stdin);
    let output = child.wait_with_output().expect("the filter ends");
    assert!(output.status.success(), "{options:?}");
    let page = b"/Type/Page\n";
    output
        .stdout
        .windows(page.len())
        .filter(|window| window == page)
        .count()
}

/// Where CUPS keeps its filters.
fn filter() -> PathBuf {
    ["/usr/lib/cups", "/usr/libexec/cups"]
        .iter()
        .map(|place| Path::new(place).join("filter/texttopdf"))
        .find(|filter| filter.is_file())
        .expect("cups-filters is installed (cargo xtask installs it)")
}

/// Marsaglia's xorshift64: good enough to write nonsense.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    /// Lines of all lengths with whatever moves the print position.
    fn text(&mut self) -> Vec<u8> {
        let mut text = Vec::new();
        for _ in 0..self.below(400) {
            for _ in 0..self.below(30) {
                match self.below(60) {
                    0 => text.push(b'\t'),
                    1 => text.push(0x08),
                    2 => text.push(b'\r'),
                    3 => text.extend("ü漢".as_bytes()),
                    4 if self.below(20) == 0 => text.push(0x0c),
                    5 if self.below(4) == 0 => text.push(0x0b),
                    6 => text.extend([0x1b, b'7' + self.below(3) as u8]),
                    7 => text.extend(std::iter::repeat_n(b'x', self.below(300) as usize)),
                    8 => text.push(self.below(0xf0) as u8),
                    _ => text.extend(b"word "),
                }
            }
            text.push(b'\n');
        }
        text
    }
}
