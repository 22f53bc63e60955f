//! Printers' own languages: PJL, PCL 5, PCL XL, and Windows' metafiles.

use super::Trick;

const EXIT: &[u8] = b"\x1b%-12345X";

pub(crate) const TRICKS: &[Trick] = &[
    ("pjl-line-without-end", || {
        [EXIT, b"@PJL ", &b"A".repeat(8_000_000)].concat()
    }),
    ("pjl-without-end", || {
        [EXIT, &b"@PJL SET COPIES=99\r\n".repeat(400_000)].concat()
    }),
    ("pjl-exits-without-end", || EXIT.repeat(800_000)),
    ("pjl-enters-without-end", || {
        let job = [EXIT, b"@PJL ENTER LANGUAGE=PCL\r\n\x1bE"].concat();
        job.repeat(300_000)
    }),
    ("pjl-copies-beyond-numbers", || {
        pjl("SET COPIES=99999999999999999999", b"\x1bEpage\x0c\x1bE")
    }),
    ("pjl-copies-of-many-pages", || {
        pjl("SET COPIES=65535", &b"page\x0c".repeat(40_000))
    }),
    ("pjl-quantity-below-zero", || {
        pjl("SET QTY=-1", b"\x1bEpage\x0c\x1bE")
    }),
    ("pcl-a-million-empty-pages", || {
        [&b"\x1bE"[..], &b"\x0c".repeat(1_000_000)].concat()
    }),
    ("pcl-a-million-pages", || {
        [&b"\x1bE"[..], &b"x\x0c".repeat(1_000_000)].concat()
    }),
    ("pcl-data-longer-than-the-file", || {
        b"\x1bE\x1b*b4294967295Wabc\x1b*b99999999999999999999Wabc".to_vec()
    }),
    ("pcl-number-without-end", || {
        [&b"\x1bE\x1b&l"[..], &b"9".repeat(5_000_000)].concat()
    }),
    ("pcl-macro-in-itself", || {
        b"\x1bE\x1b&f1Y\x1b&f0X\x1b&f1y2X\x1b&f1y3Xa\x0c\x1b&f1X\x1b&f1y2X\x1b&f1y3X\x0c".to_vec()
    }),
    ("pcl-macros-doubled-thirty-times", || {
        let mut out = b"\x1bE".to_vec();
        out.extend(b"\x1b&f1Y\x1b&f0Xa\x0c\x1b&f1X");
        for at in 2..32 {
            let last = at - 1;
            out.extend(
                format!("\x1b&f{at}Y\x1b&f0X\x1b&f{last}y2X\x1b&f{last}y2X\x1b&f1X").bytes(),
            );
        }
        out.extend(b"\x1b&f31y2X");
        out
    }),
    ("pcl-raster-too-wide", || {
        let mut out = b"\x1bE\x1b*t300R\x1b*r4294967295s4294967295T\x1b*r1A\x1b*b2M".to_vec();
        out.extend(b"\x1b*b2W\x81\xff".repeat(300_000));
        out
    }),
    ("pcl-raster-of-many-planes", || {
        let mut out = b"\x1bE\x1b*v6W\x02\x03\x40\x40\x40\x40\x1b*r2147483647s1A".to_vec();
        out.extend(b"\x1b*b1V\xff".repeat(300_000));
        out
    }),
    ("pcl-seed-rows-out-of-bounds", || {
        let mut out = b"\x1bE\x1b*r100s1A\x1b*b3M".to_vec();
        out.extend(b"\x1b*b6W\xff\xff\xff\xff\xff\xff".repeat(100_000));
        out
    }),
    ("pcl-rows-down-beyond-numbers", || {
        b"\x1bE\x1b*r1A\x1b*b2147483647Y\x1b*b1W\xff\x1b*b2147483647Y\x1b*b1W\xff\x1b*p2147483647Y\x1b&a2147483647Rx".to_vec()
    }),
    ("pcl-lines-of-no-height", || {
        [
            &b"\x1bE\x1b&l0C\x1b&l0P\x1b&l0D"[..],
            &b"a\n".repeat(1_000_000),
        ]
        .concat()
    }),
    ("hpgl-without-end", || {
        [&b"\x1bE\x1b%0B"[..], &b"PU0,0PD9,9".repeat(500_000)].concat()
    }),
    ("hpgl-numbers-beyond-reason", || {
        b"\x1bE\x1b%0BINSP2147483648PC1,999,999,999NP4294967296PA1e400,-1e400PD99999999999999999999,1PE<>????????\x1b%0A\x0c".to_vec()
    }),
    ("pclxl-array-of-four-thousand-million", || {
        pclxl(&[&b"\xc8\xc2\xff\xff\xff\xff"[..], &[0; 64]].concat())
    }),
    ("pclxl-data-longer-than-the-file", || {
        pclxl(b"\xfa\xff\xff\xff\xffabc")
    }),
    ("pclxl-a-million-pages", || {
        pclxl(&b"\xc0\x02\xf8\x25\xc0\x00\xf8\x28\x43\x44".repeat(500_000))
    }),
    ("pclxl-attributes-without-operator", || {
        pclxl(&b"\xc0\x01\xf8\x03".repeat(2_000_000))
    }),
    ("pclxl-picture-too-large", || {
        pclxl(b"\xc1\xff\xff\xf8\x6c\xc1\xff\xff\xf8\x6b\xd3\xff\xff\xff\xff\xf8\x67\xc0\x02\xf8\x64\xc0\x02\xf8\x03\xb0\xc1\0\0\xf8\x6d\xc1\xff\xff\xf8\x63\xc0\x01\xf8\x65\xb1\xfb\x04\x81\xff\x81\xff\xb2")
    }),
    ("emf-records-of-no-length", || {
        emf(&b"\x2b\0\0\0\0\0\0\0".repeat(1000))
    }),
    ("emf-record-longer-than-the-file", || {
        emf(b"\x2b\0\0\0\xff\xff\xff\xff")
    }),
    ("emf-a-million-records", || {
        emf(&b"\x25\0\0\0\x0c\0\0\0\0\0\0\x80".repeat(1_000_000))
    }),
    ("emf-states-a-million-deep", || {
        emf(&b"\x21\0\0\0\x08\0\0\0".repeat(1_000_000))
    }),
    ("emf-picture-out-of-bounds", || {
        let mut record = b"\x51\0\0\0\x58\0\0\0".to_vec();
        record.extend([0xff; 0x50]);
        emf(&record)
    }),
    ("emf-points-beyond-the-record", || {
        let mut record = b"\x03\0\0\0\x20\0\0\0".to_vec();
        record.extend([0; 16]);
        record.extend([0xff; 8]);
        emf(&record)
    }),
    ("spool-file-in-itself", || {
        let mut out = b"\0\0\x01\0\x10\0\0\0\0\0\0\0\0\0\0\0".to_vec();
        for _ in 0..100_000 {
            out.extend(b"\x01\0\0\0\x10\0\0\0\0\0\x01\0\x10\0\0\0\0\0\0\0\0\0\0\0");
        }
        out
    }),
    ("spool-record-of-no-length", || {
        [
            &b"\0\0\x01\0\x10\0\0\0\0\0\0\0\0\0\0\0"[..],
            &b"\x0c\0\0\0\0\0\0\0".repeat(200_000),
        ]
        .concat()
    }),
    ("spool-record-that-points-back", || {
        [
            &b"\0\0\x01\0\x10\0\0\0\0\0\0\0\0\0\0\0"[..],
            &b"\x0d\0\0\0\x08\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff".repeat(50_000),
        ]
        .concat()
    }),
];

fn pjl(command: &str, content: &[u8]) -> Vec<u8> {
    let head = format!("@PJL {command}\r\n@PJL ENTER LANGUAGE=PCL\r\n");
    [EXIT, head.as_bytes(), content, EXIT].concat()
}

/// A session begun and what follows. *Source*: PCL XL Feature Reference.
fn pclxl(rest: &[u8]) -> Vec<u8> {
    [
        &b") HP-PCL XL;2;0;Comment\n"[..],
        b"\xd1\x58\x02\x58\x02\xf8\x89\xc0\x00\xf8\x86\x41\xc0\x00\xf8\x88\xc0\x01\xf8\x82\x48",
        rest,
    ]
    .concat()
}

/// A metafile's heading and what follows. *Source*: MS-EMF, section 2.3.4.2.
fn emf(rest: &[u8]) -> Vec<u8> {
    let mut out = vec![0; 108];
    out[0] = 1;
    out[4] = 108;
    let mut number = |at: usize, value: u32| {
        out[at..at + 4].copy_from_slice(&value.to_le_bytes());
    };
    number(16, 900);
    number(20, 900);
    number(32, 21_000);
    number(36, 29_700);
    number(44, 0x1_0000);
    number(48, u32::MAX);
    number(52, u32::MAX);
    number(72, 4960);
    number(76, 7015);
    number(80, 210);
    number(84, 297);
    out[40..44].copy_from_slice(b" EMF");
    out.extend(rest);
    out
}
