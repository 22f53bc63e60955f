//! What the fonts that every printer has hold: glyph names and widths.
//! *Source*: PLRM, appendix E; Adobe technical note 5004 (core font metrics).

/// Runs of glyph names, each from a code on.
pub(super) type Encoding = &'static [(usize, &'static str)];

/// `StandardEncoding`.
pub(super) const STANDARD: Encoding = &[
    (
        32,
        "space exclam quotedbl numbersign dollar percent ampersand quoteright parenleft \
         parenright asterisk plus comma hyphen period slash zero one two three four five \
         six seven eight nine colon semicolon less equal greater question at A B C D E F \
         G H I J K L M N O P Q R S T U V W X Y Z bracketleft backslash bracketright \
         asciicircum underscore quoteleft a b c d e f g h i j k l m n o p q r s t u v w x \
         y z braceleft bar braceright asciitilde",
    ),
    (
        161,
        "exclamdown cent sterling fraction yen florin section currency quotesingle \
         quotedblleft guillemotleft guilsinglleft guilsinglright fi fl",
    ),
    (177, "endash dagger daggerdbl periodcentered"),
    (
        182,
        "paragraph bullet quotesinglbase quotedblbase quotedblright guillemotright \
         ellipsis perthousand",
    ),
    (191, "questiondown"),
    (
        193,
        "grave acute circumflex tilde macron breve dotaccent dieresis",
    ),
    (202, "ring cedilla"),
    (205, "hungarumlaut ogonek caron emdash"),
    (225, "AE"),
    (227, "ordfeminine"),
    (232, "Lslash Oslash OE ordmasculine"),
    (241, "ae"),
    (245, "dotlessi"),
    (248, "lslash oslash oe germandbls"),
];

/// `ISOLatin1Encoding`.
pub(super) const ISO_LATIN_1: Encoding = &[
    (
        32,
        "space exclam quotedbl numbersign dollar percent ampersand quoteright parenleft \
         parenright asterisk plus comma minus period slash zero one two three four five \
         six seven eight nine colon semicolon less equal greater question at A B C D E F \
         G H I J K L M N O P Q R S T U V W X Y Z bracketleft backslash bracketright \
         asciicircum underscore quoteleft a b c d e f g h i j k l m n o p q r s t u v w x \
         y z braceleft bar braceright asciitilde",
    ),
    (
        144,
        "dotlessi grave acute circumflex tilde macron breve dotaccent dieresis",
    ),
    (154, "ring cedilla"),
    (
        157,
        "hungarumlaut ogonek caron space exclamdown cent sterling currency yen brokenbar \
         section dieresis copyright ordfeminine guillemotleft logicalnot hyphen \
         registered macron degree plusminus twosuperior threesuperior acute mu paragraph \
         periodcentered cedilla onesuperior ordmasculine guillemotright onequarter \
         onehalf threequarters questiondown Agrave Aacute Acircumflex Atilde Adieresis \
         Aring AE Ccedilla Egrave Eacute Ecircumflex Edieresis Igrave Iacute Icircumflex \
         Idieresis Eth Ntilde Ograve Oacute Ocircumflex Otilde Odieresis multiply Oslash \
         Ugrave Uacute Ucircumflex Udieresis Yacute Thorn germandbls agrave aacute \
         acircumflex atilde adieresis aring ae ccedilla egrave eacute ecircumflex \
         edieresis igrave iacute icircumflex idieresis eth ntilde ograve oacute \
         ocircumflex otilde odieresis divide oslash ugrave uacute ucircumflex udieresis \
         yacute thorn ydieresis",
    ),
];

/// Widths of the codes 32 to 126. *Units*: 1/1000 of the size.
#[rustfmt::skip]
const HELVETICA: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 222, 333, 333, 389, 584, 278, 333, 278, 278, 556,
    556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015,
    667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778,
    722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 222, 556, 556,
    500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500,
    278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

/// Widths of the codes 32 to 126. *Units*: 1/1000 of the size.
#[rustfmt::skip]
const HELVETICA_BOLD: [u16; 95] = [
    278, 333, 474, 556, 556, 889, 722, 278, 333, 333, 389, 584, 278, 333, 278, 278, 556,
    556, 556, 556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722,
    722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778, 667, 778, 722,
    667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556, 278, 556, 611, 556,
    611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611, 611, 611, 389, 556, 333,
    611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
];

/// Widths of the codes 32 to 126. *Units*: 1/1000 of the size.
#[rustfmt::skip]
const TIMES: [u16; 95] = [
    250, 333, 408, 500, 500, 833, 778, 333, 333, 333, 500, 564, 250, 333, 250, 278, 500,
    500, 500, 500, 500, 500, 500, 500, 500, 500, 278, 278, 564, 564, 564, 444, 921, 722,
    667, 667, 722, 611, 556, 722, 722, 333, 389, 722, 611, 889, 722, 722, 556, 722, 667,
    556, 611, 722, 722, 944, 722, 722, 611, 333, 278, 333, 469, 500, 333, 444, 500, 444,
    500, 444, 333, 500, 500, 278, 278, 500, 278, 778, 500, 500, 500, 500, 333, 389, 278,
    500, 500, 722, 500, 500, 444, 480, 200, 480, 541,
];

/// Widths of the codes 32 to 126. *Units*: 1/1000 of the size.
#[rustfmt::skip]
const TIMES_BOLD: [u16; 95] = [
    250, 333, 555, 500, 500, 1000, 833, 333, 333, 333, 500, 570, 250, 333, 250, 278,
    500, 500, 500, 500, 500, 500, 500, 500, 500, 500, 333, 333, 570, 570, 570, 500, 930,
    722, 667, 722, 722, 667, 611, 778, 778, 389, 500, 778, 667, 944, 722, 778, 611, 778,
    722, 556, 667, 722, 722, 1000, 722, 722, 667, 333, 278, 333, 581, 500, 333, 500,
    556, 444, 556, 444, 333, 500, 556, 278, 333, 556, 278, 833, 556, 500, 556, 556, 444,
    389, 333, 556, 500, 722, 500, 500, 444, 394, 220, 394, 520,
];

/// Widths of the codes 32 to 126. *Units*: 1/1000 of the size.
#[rustfmt::skip]
const TIMES_ITALIC: [u16; 95] = [
    250, 333, 420, 500, 500, 833, 778, 333, 333, 333, 500, 675, 250, 333, 250, 278, 500,
    500, 500, 500, 500, 500, 500, 500, 500, 500, 333, 333, 675, 675, 675, 500, 920, 611,
    611, 667, 722, 611, 611, 722, 722, 333, 444, 667, 556, 833, 667, 722, 611, 722, 611,
    500, 556, 722, 611, 833, 611, 556, 556, 389, 278, 389, 422, 500, 333, 500, 500, 444,
    500, 444, 278, 500, 500, 278, 278, 444, 278, 722, 500, 500, 500, 500, 389, 389, 278,
    500, 444, 667, 444, 444, 389, 400, 275, 400, 541,
];

/// Widths of the codes 32 to 126. *Units*: 1/1000 of the size.
#[rustfmt::skip]
const TIMES_BOLD_ITALIC: [u16; 95] = [
    250, 389, 555, 500, 500, 833, 778, 333, 333, 333, 500, 570, 250, 333, 250, 278, 500,
    500, 500, 500, 500, 500, 500, 500, 500, 500, 333, 333, 570, 570, 570, 500, 832, 667,
    667, 667, 722, 667, 667, 722, 778, 389, 500, 667, 611, 889, 722, 722, 611, 722, 667,
    556, 611, 722, 667, 889, 667, 611, 611, 333, 278, 333, 570, 500, 333, 500, 500, 444,
    500, 444, 333, 500, 556, 278, 278, 500, 278, 778, 556, 500, 500, 500, 389, 389, 278,
    556, 444, 667, 500, 444, 389, 348, 220, 348, 570,
];

/// The 256 glyph names of an encoding.
pub(super) fn glyph_names(encoding: Encoding) -> Vec<&'static str> {
    let mut names = vec![".notdef"; 256];
    for (start, run) in encoding {
        for (place, name) in names
            .iter_mut()
            .skip(*start)
            .zip(run.split_ascii_whitespace())
        {
            *place = name;
        }
    }
    names
}

/// The width of a character of a font that isn't in the document, by the
/// nearest of the core fonts. *Units*: 1/1000 of the size.
pub(super) fn width(font: &[u8], code: u8) -> f64 {
    let has = |part: &[u8]| font.windows(part.len()).any(|window| window == part);
    let bold = has(b"Bold") || has(b"Demi") || has(b"Black");
    let slanted = has(b"Italic") || has(b"Oblique");
    if has(b"Courier") || has(b"Mono") || has(b"Typewriter") || has(b"Console") {
        return 600.0;
    }
    let sans = has(b"Helvetica") || has(b"Arial") || has(b"Sans") || has(b"AvantGarde");
    let widths = match (sans, bold, slanted) {
        (true, false, _) => &HELVETICA,
        (true, true, _) => &HELVETICA_BOLD,
        (false, false, false) => &TIMES,
        (false, true, false) => &TIMES_BOLD,
        (false, false, true) => &TIMES_ITALIC,
        (false, true, true) => &TIMES_BOLD_ITALIC,
    };
    let width = usize::from(code)
        .checked_sub(32)
        .and_then(|at| widths.get(at));
    let width = f64::from(width.copied().unwrap_or(500));
    if has(b"Narrow") || has(b"Condensed") {
        width * 0.82
    } else {
        width
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_the_names_and_widths_of_the_core_fonts() {
        assert_eq!(glyph_names(STANDARD)[65], "A");
        assert_eq!(glyph_names(STANDARD)[251], "germandbls");
        assert_eq!(glyph_names(ISO_LATIN_1)[228], "adieresis");
        assert_eq!(width(b"Helvetica-Bold", b'A'), 722.0);
        assert_eq!(width(b"Courier", b'i'), 600.0);
        assert_eq!(width(b"Helvetica-Narrow", b' '), 278.0 * 0.82);
    }
}
