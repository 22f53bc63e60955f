//! Document names come from anywhere; what is shown of them is one line of text.

/// Longer names are cut: menus and notifications have no more room.
/// *Units*: characters.
const LONGEST: usize = 120;

/// A name as it is shown: on one line, without characters that turn the
/// direction of the text around it or can't be seen.
///
/// *Source*: Unicode Standard Annex #9, section 2 (explicit formatting).
#[must_use]
pub fn shown_name(name: &str) -> String {
    let line: String = name
        .chars()
        .filter(|c| !is_unseen(*c))
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        return "Untitled document".to_owned();
    }
    if line.chars().count() <= LONGEST {
        return line;
    }
    let mut cut: String = line.chars().take(LONGEST - 1).collect();
    cut.push('…');
    cut
}

const fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{61c}'
            | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_is_one_line_that_reads_in_one_direction() {
        assert_eq!(shown_name("thesis.pdf"), "thesis.pdf");
        assert_eq!(shown_name("Übung 1 — ß.odt"), "Übung 1 — ß.odt");
        assert_eq!(shown_name("a\nb\r\n\tc\u{7}"), "a b c");
        assert_eq!(shown_name("invoice\u{202e}fdp.exe"), "invoicefdp.exe");
        assert_eq!(shown_name("\u{200b} \n"), "Untitled document");
        let long = shown_name(&"x".repeat(250));
        assert_eq!(long.chars().count(), LONGEST);
        assert!(long.ends_with("x…"));
    }
}
