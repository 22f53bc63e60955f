//! CSV files: reading those that people make, writing those that spreadsheets
//! open.
//!
//! *Source*: RFC 4180; OWASP, CSV injection.

use std::collections::HashMap;

use axum::body::Bytes;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use csv::{ReaderBuilder, StringRecord, WriterBuilder};

use super::super::stop::Stop;
use crate::words::console::{Fill as _, TransferWords};

/// Lines of one file at most.
pub(super) const MOST_LINES: usize = 200_000;
/// A field that is longer swallowed the lines after it.
const LONGEST_FIELD: usize = 20_000;

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    pub(super) line: u64,
    pub(super) text: String,
    /// What stands there.
    pub(super) value: String,
}

/// A file whose first line names its columns.
#[derive(Debug)]
pub(super) struct Sheet {
    columns: HashMap<&'static str, usize>,
    pub(super) lines: Vec<Line>,
}

#[derive(Debug)]
pub(super) struct Line {
    pub(super) number: u64,
    fields: StringRecord,
}

/// What a file may have in it.
pub(super) struct Form {
    pub(super) columns: &'static [&'static str],
    pub(super) needed: &'static [&'static str],
}

impl Sheet {
    /// Reads a file.
    ///
    /// *Errors*: every mistake of its form, by line.
    pub(super) fn read(text: &str, form: &Form, w: &TransferWords) -> Result<Self, Vec<Mistake>> {
        let text = text.trim_start_matches('\u{feff}');
        let first = text.lines().next().unwrap_or_default();
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter(first))
            .from_reader(text.as_bytes());
        let mut records = reader.records();
        let one = |line, text: String, value: &str| {
            vec![Mistake {
                line,
                text,
                value: value.to_owned(),
            }]
        };
        let head = match records.next() {
            Some(Ok(head)) if !head.iter().all(|name| name.trim().is_empty()) => head,
            _ => return Err(one(1, w.empty.to_owned(), "")),
        };
        let columns = columns(&head, form, w).map_err(|(text, value)| one(1, text, &value))?;
        let mut lines = Vec::new();
        let mut mistakes = Vec::new();
        for record in records {
            let Ok(fields) = record else {
                return Err(one(1, w.not_text.to_owned(), ""));
            };
            let number = fields.position().map_or(0, csv::Position::line);
            if fields.iter().all(|field| field.trim().is_empty()) {
                continue;
            }
            if lines.len() == MOST_LINES {
                return Err(one(number, w.too_many.with(MOST_LINES), ""));
            }
            if fields.iter().any(|field| field.len() > LONGEST_FIELD) {
                mistakes.extend(one(number, w.unreadable.to_owned(), ""));
            } else if fields.len() != head.len() {
                let text = w.fields_differ.with2(fields.len(), head.len());
                mistakes.extend(one(number, text, fields.get(0).unwrap_or_default()));
            } else {
                lines.push(Line { number, fields });
            }
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        if lines.is_empty() {
            return Err(one(1, w.empty.to_owned(), ""));
        }
        Ok(Self { columns, lines })
    }

    /// Whether the file has this column.
    pub(super) fn has(&self, column: &str) -> bool {
        self.columns.contains_key(column)
    }

    /// What a line says in a column; empty if the file has no such column.
    pub(super) fn get<'a>(&self, line: &'a Line, column: &str) -> &'a str {
        let at = self.columns.get(column);
        let field = at.and_then(|at| line.fields.get(*at)).unwrap_or_default();
        unguarded(field.trim())
    }

    /// Several names in one field.
    pub(super) fn list(&self, line: &Line, column: &str) -> Vec<String> {
        self.get(line, column)
            .split(';')
            .map(|name| unguarded(name.trim()).to_owned())
            .filter(|name| !name.is_empty())
            .collect()
    }
}

/// Spreadsheets write what their language puts between fields.
fn delimiter(first: &str) -> u8 {
    let count = |sign: char| first.matches(sign).count();
    [(';', b';'), ('\t', b'\t')]
        .into_iter()
        .filter(|(sign, _)| count(*sign) > count(','))
        .max_by_key(|(sign, _)| count(*sign))
        .map_or(b',', |(_, byte)| byte)
}

fn columns(
    head: &StringRecord,
    form: &Form,
    w: &TransferWords,
) -> Result<HashMap<&'static str, usize>, (String, String)> {
    let mut columns = HashMap::new();
    for (at, name) in head.iter().enumerate() {
        let key = name.trim().to_lowercase().replace(' ', "_");
        let Some(column) = form.columns.iter().find(|column| **column == key) else {
            let known = form.columns.join(", ");
            return Err((w.column_unknown.with2(name.trim(), known), name.to_owned()));
        };
        if columns.insert(*column, at).is_some() {
            return Err((w.column_twice.with(column), name.to_owned()));
        }
    }
    for needed in form.needed {
        if !columns.contains_key(needed) {
            return Err((w.column_missing.with(needed), String::new()));
        }
    }
    Ok(columns)
}

/// Signs that make a spreadsheet take a text for a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A text that a spreadsheet does not take for a formula; a number stays one.
pub(super) fn guarded(text: &str) -> String {
    let is_number = text.parse::<platen_domain::Points>().is_ok();
    if text.starts_with(FORMULA) && !is_number {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// What [`guarded`] was given.
fn unguarded(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if rest.starts_with(FORMULA) => rest,
        _ => text,
    }
}

/// Lines of a file as bytes.
pub(in crate::console) fn lines<const N: usize>(
    lines: impl Iterator<Item = [String; N]>,
) -> Result<Bytes, Stop> {
    let mut writer = WriterBuilder::new().from_writer(Vec::new());
    for line in lines {
        let fields = line.iter().map(|field| guarded(field));
        writer.write_record(fields).map_err(|_| Stop::Render)?;
    }
    let bytes = writer.into_inner().map_err(|_| Stop::Render)?;
    Ok(bytes.into())
}

/// What a browser saves as a file.
pub(in crate::console) fn attachment(name: &str, body: impl Into<axum::body::Body>) -> Response {
    let head = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (head, body.into()).into_response()
}

/// A whole file.
pub(in crate::console) fn download<const N: usize>(
    name: &str,
    head: &[&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> Result<Response, Stop> {
    let head = head.map(str::to_owned);
    Ok(attachment(name, lines(std::iter::once(head).chain(rows))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const W: TransferWords = TransferWords::ENGLISH;
    const FORM: Form = Form {
        columns: &["code", "name", "groups"],
        needed: &["code"],
    };

    fn read(text: &str) -> Result<Sheet, Vec<Mistake>> {
        Sheet::read(text, &FORM, &W)
    }

    #[track_caller]
    fn refused(text: &str, line: u64, expected: &str) {
        let mistakes = read(text).unwrap_err();
        assert_eq!(mistakes[0].line, line, "{mistakes:?}");
        assert!(mistakes[0].text.contains(expected), "{mistakes:?}");
    }

    #[test]
    fn files_of_other_spreadsheets_are_read_too() {
        for text in [
            "code,name\na,\"Ä, B\"\n",
            "\u{feff}code;name\r\na;Ä, B\r\n",
            "Name\tCODE\nÄ, B\ta\n\n",
        ] {
            let sheet = read(text).unwrap();
            assert_eq!(sheet.lines.len(), 1, "{text:?}");
            assert_eq!(sheet.get(&sheet.lines[0], "code"), "a");
            assert_eq!(sheet.get(&sheet.lines[0], "name"), "Ä, B");
            assert!(!sheet.has("groups"));
        }
    }

    #[test]
    fn mistakes_of_form_name_their_line() {
        refused("", 1, "no lines");
        refused("code,name\n", 1, "no lines");
        refused("name\nx\n", 1, "“code” is missing");
        refused("code,colour\nx,y\n", 1, "“colour” is not known");
        refused("code,code\nx,y\n", 1, "twice");
        refused("code,name\na,b\nc\nd,e\n", 3, "1 fields");
        let long = format!("code,name\na,\"{}", "x\n".repeat(20_000));
        refused(&long, 2, "quotation mark");
    }

    #[test]
    fn formulas_are_guarded_on_the_way_out_and_come_back_as_they_were() {
        for text in ["=1+1", "+a", "-cmd", "@sum", "\tx"] {
            assert_eq!(guarded(text), format!("'{text}"));
            assert_eq!(unguarded(&guarded(text)), text);
        }
        assert_eq!(guarded("-12.5"), "-12.5");
        assert_eq!(guarded("O'Neil"), "O'Neil");
        assert_eq!(unguarded("'quoted"), "'quoted");
    }
}
