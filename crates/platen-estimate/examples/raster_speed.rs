//! How fast raster streams are counted and judged, beside a plain loop over
//! expanded pixels and a copy of the bytes. Pages are made in memory: A4 at
//! 600 dots an inch, none of them showing colour, so that nothing is skipped.
//!
//! `cargo run --release -p platen-estimate --example raster_speed [PAGES]`
//! prints a line for each kind: MB (10⁶ bytes) a second of processor time, of
//! the file and of the pixels that it stands for.

use platen_estimate::{Limits, estimate};
use rustix::time::{ClockId, clock_gettime};
use std::hint::black_box;
use std::time::Duration;

const WIDTH: usize = 4960;
const HEIGHT: usize = 7016;
const HEADER: usize = 1796;
/// Best of so many.
const TIMES: u32 = 3;

/// One dot of a page at (column, line).
type Picture = fn(usize, usize) -> [u8; 3];

fn main() {
    let pages = std::env::args()
        .nth(1)
        .and_then(|pages| pages.parse().ok())
        .unwrap_or(2);
    let pictures: [(&str, Picture); 4] = [
        ("text", text),
        ("grey photo", grey),
        ("faintly tinted photo", faint),
        ("coloured specks", specks),
    ];
    for (name, picture) in pictures {
        let expanded = expand(picture);
        let packed = pack(&expanded);
        for (format, document) in [
            ("pwg", pwg(&packed, pages)),
            ("urf", urf(&packed, pages)),
            ("cups", cups(&expanded, pages)),
        ] {
            let file = document.len();
            let all = expanded.len() * pages;
            let limits = Limits {
                document_bytes: u64::MAX,
                ..Limits::default()
            };
            let best = best(|| {
                let report = estimate(&document, &limits).expect("it is a sound document");
                assert_eq!(report.pages.len(), pages);
                assert!(report.pages.iter().all(|page| !page.colour));
            });
            println!("raster {format} ({name}) {}", rates(file, all, best));
        }
        let one = best(|| {
            black_box(naive(black_box(&expanded)));
        });
        println!(
            "  peer: loop over expanded pixels ({name}) {}",
            rates(expanded.len(), expanded.len(), one)
        );
        let mut to = vec![0; expanded.len()];
        let copy = best(|| black_box(&mut to).copy_from_slice(black_box(&expanded)));
        println!(
            "  peer: copy of expanded pixels {}",
            rates(expanded.len(), expanded.len(), copy)
        );
    }
}

fn rates(file: usize, expanded: usize, time: Duration) -> String {
    let rate = |bytes: usize| bytes as f64 / 1e6 / time.as_secs_f64();
    format!(
        "{:.0} MB/s file, {:.0} MB/s expanded",
        rate(file),
        rate(expanded)
    )
}

fn best(mut work: impl FnMut()) -> Duration {
    let clock = || {
        let now = clock_gettime(ClockId::ThreadCPUTime);
        Duration::new(
            u64::try_from(now.tv_sec).unwrap_or(0),
            u32::try_from(now.tv_nsec).unwrap_or(0),
        )
    };
    (0..TIMES)
        .map(|_| {
            let start = clock();
            work();
            clock().saturating_sub(start)
        })
        .min()
        .unwrap_or_default()
}

/// What a reader does that expands first: the chroma of each cell's mean.
fn naive(pixels: &[u8]) -> bool {
    const CELL: usize = 16;
    let mut sums = vec![[0u32; 3]; WIDTH.div_ceil(CELL)];
    let mut shows = false;
    for (line, row) in pixels.chunks_exact(WIDTH * 3).enumerate() {
        for (column, pixel) in row.chunks_exact(3).enumerate() {
            let sum = &mut sums[column / CELL];
            for (total, value) in sum.iter_mut().zip(pixel) {
                *total += u32::from(*value);
            }
        }
        if line % CELL == CELL - 1 {
            for sum in &mut sums {
                let spread = sum.iter().max().unwrap_or(&0) - sum.iter().min().unwrap_or(&0);
                shows |= spread > 24 * (CELL * CELL) as u32;
                *sum = [0; 3];
            }
        }
    }
    shows
}

fn noise(column: usize, line: usize) -> u8 {
    let mut value = (column as u32)
        .wrapping_mul(0x9e37_79b1)
        .wrapping_add((line as u32).wrapping_mul(0x85eb_ca6b));
    value ^= value >> 15;
    value = value.wrapping_mul(0x2c1b_3c6d);
    (value >> 24) as u8
}

/// Lines of letters with grey edges: runs of some four to forty dots.
fn text(column: usize, line: usize) -> [u8; 3] {
    let in_margin = !(300..WIDTH - 300).contains(&column) || line % 100 > 60;
    let stroke = (column / 5 + line / 9 * 7) % 11;
    match stroke {
        _ if in_margin => [255; 3],
        0 => [128; 3],
        1..4 => [0; 3],
        4 => [90; 3],
        _ => [255; 3],
    }
}

fn grey(column: usize, line: usize) -> [u8; 3] {
    [noise(column, line); 3]
}

fn faint(column: usize, line: usize) -> [u8; 3] {
    let value = noise(column, line);
    [value, value.saturating_add(15), value]
}

/// A coloured dot here and there, too small to show: every row of cells has to
/// be summed.
fn specks(column: usize, line: usize) -> [u8; 3] {
    let value = noise(column, line);
    if (column + 7 * line).is_multiple_of(61) {
        [value, 255 - value, value]
    } else {
        [value; 3]
    }
}

fn expand(picture: Picture) -> Vec<u8> {
    (0..HEIGHT)
        .flat_map(|line| (0..WIDTH).flat_map(move |column| picture(column, line)))
        .collect()
}

/// Packs a page as printers' drivers do: repeated lines, runs, the rest as is.
fn pack(expanded: &[u8]) -> Vec<u8> {
    let lines: Vec<&[u8]> = expanded.chunks_exact(WIDTH * 3).collect();
    let mut packed = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let same = lines[at..]
            .iter()
            .take(256)
            .take_while(|line| **line == lines[at])
            .count();
        packed.push((same - 1) as u8);
        pack_line(lines[at], &mut packed);
        at += same;
    }
    packed
}

fn pack_line(line: &[u8], packed: &mut Vec<u8>) {
    let dots: Vec<&[u8]> = line.chunks_exact(3).collect();
    let mut at = 0;
    while at < dots.len() {
        let rest = &dots[at..dots.len().min(at + 128)];
        let same = rest.iter().take_while(|dot| **dot == rest[0]).count();
        if same > 1 {
            packed.push((same - 1) as u8);
            packed.extend_from_slice(rest[0]);
            at += same;
            continue;
        }
        let different = rest
            .windows(2)
            .take_while(|pair| pair[0] != pair[1])
            .count()
            .max(1);
        // One dot as it is would be 256, which no byte holds.
        packed.push(if different == 1 {
            0
        } else {
            (257 - different) as u8
        });
        packed.extend(rest[..different].iter().copied().flatten());
        at += different;
    }
}

fn header(word: impl Fn(u32) -> [u8; 4]) -> Vec<u8> {
    let mut header = vec![0; HEADER];
    for (offset, value) in [
        (276, 600),
        (280, 600),
        (352, 595),
        (356, 842),
        (372, WIDTH as u32),
        (376, HEIGHT as u32),
        (384, 8),
        (388, 24),
        (392, 3 * WIDTH as u32),
        (400, 19),
        (420, 3),
    ] {
        header[offset..offset + 4].copy_from_slice(&word(value));
    }
    header
}

fn pwg(packed: &[u8], pages: usize) -> Vec<u8> {
    let mut header = header(u32::to_be_bytes);
    header[..9].copy_from_slice(b"PwgRaster");
    let mut document = b"RaS2".to_vec();
    for _ in 0..pages {
        document.extend_from_slice(&header);
        document.extend_from_slice(packed);
    }
    document
}

fn cups(expanded: &[u8], pages: usize) -> Vec<u8> {
    let mut document = b"3SaR".to_vec();
    for _ in 0..pages {
        document.extend_from_slice(&header(u32::to_le_bytes));
        document.extend_from_slice(expanded);
    }
    document
}

fn urf(packed: &[u8], pages: usize) -> Vec<u8> {
    let mut document = b"UNIRAST\0".to_vec();
    document.extend_from_slice(&(pages as u32).to_be_bytes());
    for _ in 0..pages {
        let mut header = [0; 32];
        header[..4].copy_from_slice(&[24, 1, 1, 4]);
        header[12..16].copy_from_slice(&(WIDTH as u32).to_be_bytes());
        header[16..20].copy_from_slice(&(HEIGHT as u32).to_be_bytes());
        header[20..24].copy_from_slice(&600u32.to_be_bytes());
        document.extend_from_slice(&header);
        document.extend_from_slice(packed);
    }
    document
}
