//! Comma-separated values. *Source*: RFC 4180.

use std::io::{self, Write};

use super::Line;

const HEADER: &str = "ordinal,id,account,account_code,holder,sequence,kind,points,posted_after,\
    user,document,change,reason,by,corrects,card_version,at,hash\r\n";

pub(super) fn header(sink: &mut impl Write) -> io::Result<()> {
    sink.write_all(HEADER.as_bytes())
}

pub(super) fn line(sink: &mut impl Write, line: &Line<'_>) -> io::Result<()> {
    let optional = |value: Option<String>| value.unwrap_or_default();
    let cells = [
        line.ordinal.to_string(),
        line.id.to_string(),
        line.account.to_string(),
        text(line.account_code),
        text(line.holder.unwrap_or_default()),
        line.sequence.to_string(),
        line.kind.to_owned(),
        line.points.clone(),
        line.posted_after.clone(),
        text(line.user.unwrap_or_default()),
        optional(line.document.map(|id| id.to_string())),
        optional(line.change.clone()),
        text(line.reason),
        text(line.by),
        optional(line.corrects.map(|id| id.to_string())),
        optional(line.card_version.map(|version| version.to_string())),
        line.at.clone(),
        line.hash.clone(),
    ];
    write!(sink, "{}\r\n", cells.join(","))
}

/// A text that no spreadsheet runs as a formula, quoted where it must be. One
/// that starts with an apostrophe gets another one, so that taking one away
/// gives back every text.
fn text(text: &str) -> String {
    let risky = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\'']);
    let harmless = if risky {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if harmless.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", harmless.replace('"', "\"\""))
    } else {
        harmless
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_only_where_they_must_be() {
        for (stored, written) in [
            ("Thesis über Ωμέγα 🎓", "Thesis über Ωμέγα 🎓"),
            ("", ""),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("two\r\nlines", "\"two\r\nlines\""),
        ] {
            assert_eq!(text(stored), written);
        }
    }

    #[test]
    fn formulas_are_defused_and_can_be_given_back() {
        for (stored, written) in [
            ("=1+1", "'=1+1"),
            ("+49", "'+49"),
            ("-x", "'-x"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\r=1", "\"'\r=1\""),
            (
                "=HYPERLINK(\"a\",\"b\")",
                "\"'=HYPERLINK(\"\"a\"\",\"\"b\"\")\"",
            ),
            ("'=1", "''=1"),
            ("a=1", "a=1"),
        ] {
            assert_eq!(text(stored), written);
        }
    }

    #[test]
    fn header_names_the_fields_of_the_json_in_the_same_order() {
        let line = Line {
            ordinal: 0,
            id: uuid::Uuid::nil(),
            account: uuid::Uuid::nil(),
            account_code: "",
            holder: None,
            sequence: 0,
            kind: "",
            points: String::new(),
            posted_after: String::new(),
            user: None,
            document: None,
            change: None,
            reason: "",
            by: "",
            corrects: None,
            card_version: None,
            at: String::new(),
            hash: String::new(),
        };
        let json = serde_json::to_string(&line).unwrap();
        let places: Vec<_> = HEADER
            .trim_end()
            .split(',')
            .map(|name| json.find(&format!("\"{name}\":")).unwrap())
            .collect();
        assert!(places.is_sorted());
        assert_eq!(json.matches("\":").count(), places.len());
    }
}
