//! Text and PostScript.

use super::Trick;

pub(crate) const TRICKS: &[Trick] = &[
    ("text-of-a-million-pages", || b"\x0c".repeat(1_000_000)),
    ("text-of-one-line", || b"a".repeat(8_000_000)),
    ("text-of-empty-lines", || b"\n".repeat(8_000_000)),
    ("postscript-that-loops", || ps("{ } loop showpage")),
    ("postscript-that-calls-itself", || {
        ps("/f { f f } def f showpage")
    }),
    ("postscript-that-counts-for-ever", || {
        ps("0 1 2147483647 { 1 1 0 setrgbcolor pop } for showpage")
    }),
    ("postscript-of-pages-without-end", || {
        ps("{ showpage } loop")
    }),
    ("postscript-of-a-string-too-long", || {
        ps("2147483647 string pop 65535 { 65535 array } repeat showpage")
    }),
    ("postscript-that-grows", || ps("{ 60000 string } loop")),
    ("postscript-that-doubles-its-stack", || {
        ps("1 { count copy } loop")
    }),
    ("postscript-of-braces", || ps(&"{".repeat(2_000_000))),
    ("postscript-of-marks", || ps(&"[".repeat(2_000_000))),
    ("postscript-of-dictionaries", || ps(&"<<".repeat(2_000_000))),
    ("postscript-of-brackets", || ps(&"(".repeat(5_000_000))),
    ("postscript-of-saves", || ps(&"gsave save ".repeat(300_000))),
    ("postscript-that-runs-itself", || {
        ps("/s (s cvx exec) def s cvx exec")
    }),
    ("postscript-that-redefines-showpage", || {
        ps("/showpage { showpage showpage } bind def /showpage { showpage } def showpage")
    }),
    ("postscript-pages-beyond-numbers", || {
        b"%!PS-Adobe-3.0\n%%Pages: 99999999999999999999\n%%EndComments\nshowpage\n".to_vec()
    }),
    ("postscript-pages-below-zero", || {
        b"%!PS-Adobe-3.0\n%%Pages: -1\n%%EndComments\nshowpage\n".to_vec()
    }),
    ("postscript-of-a-million-page-comments", || {
        [
            &b"%!PS-Adobe-3.0\n%%Pages: 1000000\n"[..],
            &b"%%Page: 1 1\nshowpage\n".repeat(1_000_000),
        ]
        .concat()
    }),
    ("postscript-data-longer-than-the-file", || {
        b"%!PS-Adobe-3.0\n%%BeginData: 99999999999999999999 Binary Bytes\nshowpage\n%%BeginBinary: 4294967295\n".to_vec()
    }),
    ("postscript-documents-in-documents", || {
        [
            &b"%!PS-Adobe-3.0\n"[..],
            &b"%%BeginDocument: a\n".repeat(1_000_000),
        ]
        .concat()
    }),
    ("postscript-copies-beyond-numbers", || {
        ps("<< /NumCopies 2147483647 >> setpagedevice /#copies 99999999999 def showpage")
    }),
    ("postscript-page-of-no-size", || {
        ps(
            "<< /PageSize [0 0] >> setpagedevice showpage << /PageSize [1e38 -1e38] >> setpagedevice showpage",
        )
    }),
    ("eps-that-points-beyond", || {
        b"\xc5\xd0\xd3\xc6\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0".to_vec()
    }),
    ("eps-box-beyond-numbers", || {
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: -99999999999999 0 1e999 nan\nshowpage\n".to_vec()
    }),
];

fn ps(code: &str) -> Vec<u8> {
    format!("%!\n{code}\n").into_bytes()
}
