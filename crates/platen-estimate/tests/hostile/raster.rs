//! Pictures: PWG, Apple and CUPS raster, TIFF, JPEG, PNG.

use super::Trick;

/// Where a raster header keeps its numbers. *Source*: cups/raster.h, PWG 5102.4.
const COPIES: usize = 340;
const WIDTH: usize = 372;
const HEIGHT: usize = 376;
const BITS_A_COLOUR: usize = 384;
const BITS_A_PIXEL: usize = 388;
const BYTES_A_LINE: usize = 392;
const SPACE: usize = 400;
const COLOURS: usize = 420;

pub(crate) const TRICKS: &[Trick] = &[
    ("pwg-too-large", || {
        pwg(&[(WIDTH, u32::MAX), (HEIGHT, u32::MAX)], &[0; 99])
    }),
    ("pwg-line-of-no-bytes", || {
        pwg(&[(BYTES_A_LINE, 0)], &[0; 99])
    }),
    ("pwg-line-of-four-thousand-million-bytes", || {
        pwg(&[(BYTES_A_LINE, u32::MAX)], &[0x7f; 9999])
    }),
    ("pwg-sixteen-bits-overflow", || {
        pwg(
            &[
                (WIDTH, 65_536),
                (HEIGHT, 65_537),
                (BITS_A_PIXEL, 65_535),
                (BITS_A_COLOUR, 65_535),
                (BYTES_A_LINE, 65_536 * 65_535 / 8),
            ],
            &[0xff; 9999],
        )
    }),
    ("pwg-of-no-size", || pwg(&[(WIDTH, 0), (HEIGHT, 0)], b"")),
    ("pwg-of-unknown-colours", || {
        pwg(&[(SPACE, u32::MAX), (COLOURS, u32::MAX)], &[0; 99])
    }),
    ("pwg-copies-beyond-reason", || {
        pwg(&[(COPIES, u32::MAX), (HEIGHT, 1)], b"\0\x7f\0\0\0")
    }),
    ("pwg-bomb-of-repeated-lines", || {
        pwg(
            &[(WIDTH, 1 << 20), (BYTES_A_LINE, 3 << 20), (HEIGHT, 1 << 24)],
            &[&[0xff], &b"\x7f\x10\x20\x30".repeat(8192)[..]]
                .concat()
                .repeat(60),
        )
    }),
    ("pwg-a-hundred-thousand-pages", || {
        let page = pwg(
            &[(WIDTH, 1), (HEIGHT, 1), (BYTES_A_LINE, 3)],
            b"\0\0\x10\x20\x30",
        );
        [b"RaS2".to_vec(), page[4..].repeat(20_000)].concat()
    }),
    ("pwg-heads-alone", || {
        [b"RaS2".to_vec(), pwg(&[], b"")[4..].repeat(10_000)].concat()
    }),
    ("cups-raster-sixteen-bits-overflow", || {
        let mut raster = pwg(
            &[(WIDTH, 65_537), (HEIGHT, 65_537), (BYTES_A_LINE, 65_535)],
            &[9; 999],
        );
        raster[..4].copy_from_slice(b"RaS3");
        raster
    }),
    ("urf-too-large", || urf(u32::MAX, u32::MAX, 24, &[0; 99])),
    ("urf-of-no-size", || urf(0, 0, 0, b"")),
    ("urf-bomb-of-white", || {
        urf(65_535, u32::MAX, 24, &b"\xff\x80".repeat(500_000))
    }),
    ("urf-pixels-of-many-bits", || urf(9, 9, 255, &[0; 99])),
    ("urf-pages-that-lie", || {
        let mut raster = urf(1, 1, 24, b"\0\0\x10\x20\x30");
        raster[8..12].fill(0xff);
        raster
    }),
    ("tiff-directory-that-follows-itself", || {
        tiff(b"\x08\0\0\0", &[])
    }),
    ("tiff-directory-beyond-the-file", || {
        tiff(b"\xff\xff\xff\xff", &[])
    }),
    ("tiff-of-65535-entries", || {
        b"II*\0\x08\0\0\0\xff\xff\x01\x02".to_vec()
    }),
    ("tiff-too-large", || {
        tiff(
            b"\0\0\0\0",
            &[
                (256, 4, 1, u32::MAX),
                (257, 4, 1, u32::MAX),
                (273, 4, 1, 8),
                (279, 4, 1, u32::MAX),
            ],
        )
    }),
    ("tiff-strips-beyond-the-file", || {
        tiff(
            b"\0\0\0\0",
            &[
                (256, 4, 1, 9),
                (257, 4, 1, 9),
                (273, 4, u32::MAX, 8),
                (279, 4, u32::MAX, 8),
            ],
        )
    }),
    ("tiff-tiles-of-no-size", || {
        tiff(
            b"\0\0\0\0",
            &[
                (256, 4, 1, 9),
                (257, 4, 1, 9),
                (322, 4, 1, 0),
                (323, 4, 1, 0),
                (324, 4, 1, 8),
                (325, 4, 1, 8),
            ],
        )
    }),
    ("tiff-samples-of-many-bits", || {
        tiff(
            b"\0\0\0\0",
            &[
                (256, 4, 1, 9),
                (257, 4, 1, 9),
                (258, 3, 1, 65_535),
                (277, 3, 1, 65_535),
                (273, 4, 1, 8),
                (279, 4, 1, 99),
            ],
        )
    }),
    ("big-tiff-beyond-the-file", || {
        b"II+\0\x08\0\0\0\xff\xff\xff\xff\xff\xff\xff\x7f".to_vec()
    }),
    ("tiff-directories-in-a-row", || {
        let mut out = b"II*\0\x08\0\0\0".to_vec();
        for _ in 0..200_000 {
            let next = out.len() as u32 + 6;
            out.extend([0, 0]);
            out.extend(next.to_le_bytes());
        }
        out
    }),
    ("jpeg-too-large", jpeg),
    ("jpeg-of-scans-without-end", || {
        let mut out = jpeg();
        for _ in 0..20_000 {
            out.extend(b"\xff\xda\0\x0c\x03\x01\0\x02\0\x03\0\0\x3f\0\0\0");
        }
        out
    }),
    ("jpeg-segments-of-no-length", || {
        [&b"\xff\xd8"[..], &b"\xff\xe0\0\0".repeat(300_000)].concat()
    }),
    ("jpeg-fill-bytes-alone", || {
        [&b"\xff\xd8"[..], &[0xff; 3_000_000]].concat()
    }),
];

/// A page of 9 × 9 pixels in sRGB, but for what `changes` says.
fn pwg(changes: &[(usize, u32)], data: &[u8]) -> Vec<u8> {
    let mut header = vec![0; 1796];
    let usual = [
        (276, 72),
        (280, 72),
        (352, 595),
        (356, 842),
        (WIDTH, 9),
        (HEIGHT, 9),
        (BITS_A_COLOUR, 8),
        (BITS_A_PIXEL, 24),
        (BYTES_A_LINE, 27),
        (SPACE, 19),
        (COLOURS, 3),
    ];
    for (at, value) in usual.iter().chain(changes) {
        header[*at..at + 4].copy_from_slice(&value.to_be_bytes());
    }
    header[..10].copy_from_slice(b"PwgRaster\0");
    [b"RaS2", &header[..], data].concat()
}

fn urf(width: u32, height: u32, bits: u8, data: &[u8]) -> Vec<u8> {
    let mut out = b"UNIRAST\0\0\0\0\x01".to_vec();
    out.extend([bits, 1, 1, 4, 0, 0, 0, 0, 0, 0, 0, 0]);
    out.extend(width.to_be_bytes());
    out.extend(height.to_be_bytes());
    out.extend(72_u32.to_be_bytes());
    out.extend([0; 8]);
    out.extend(data);
    out
}

/// One directory of tag, type, count and value, and where the next one is.
fn tiff(next: &[u8; 4], entries: &[(u16, u16, u32, u32)]) -> Vec<u8> {
    let mut out = b"II*\0\x08\0\0\0".to_vec();
    out.extend((entries.len() as u16).to_le_bytes());
    for (tag, kind, count, value) in entries {
        out.extend(tag.to_le_bytes());
        out.extend(kind.to_le_bytes());
        out.extend(count.to_le_bytes());
        out.extend(value.to_le_bytes());
    }
    out.extend(next);
    out
}

/// A JPEG that declares 65,535 × 65,535 pixels in three colours and holds none.
pub(crate) fn jpeg() -> Vec<u8> {
    let mut out = b"\xff\xd8\xff\xdb\0\x43\0".to_vec();
    out.extend([1; 64]);
    out.extend(b"\xff\xc2\0\x11\x08\xff\xff\xff\xff\x03\x01\x22\0\x02\x11\0\x03\x11\0");
    for class in [0x00, 0x10] {
        out.extend(b"\xff\xc4\0\x14");
        out.push(class);
        out.extend([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    }
    out.extend(b"\xff\xda\0\x0c\x03\x01\0\x02\0\x03\0\0\0\0");
    out.extend([0x55; 100]);
    out.extend(b"\xff\xd9");
    out
}

/// A PNG in 8-bit RGB, its samples as they are given.
pub(crate) fn png(width: u32, height: u32, data: &[u8]) -> Vec<u8> {
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut head = Vec::new();
    head.extend(width.to_be_bytes());
    head.extend(height.to_be_bytes());
    head.extend([8, 2, 0, 0, 0]);
    for (name, content) in [(b"IHDR", &head[..]), (b"IDAT", data), (b"IEND", b"")] {
        let mut crc = flate2::Crc::new();
        crc.update(name);
        crc.update(content);
        out.extend((content.len() as u32).to_be_bytes());
        out.extend(name);
        out.extend(content);
        out.extend(crc.sum().to_be_bytes());
    }
    out
}
