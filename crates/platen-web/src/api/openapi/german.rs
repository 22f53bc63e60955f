//! The document in German: every sentence of it that a person reads.

use std::sync::LazyLock;

use serde_json::Value;

/// Members whose text a person reads.
const READ: [&str; 3] = ["description", "summary", "title"];

/// Puts the German sentences in place of the English ones. The names of sections
/// stay, since operations refer to them; their titles stand beside them.
pub(super) fn translate(document: &mut Value) {
    put(document);
    for tag in document["tags"].as_array_mut().into_iter().flatten() {
        let found = SECTIONS.iter().find(|(name, _)| tag["name"] == *name);
        if let Some((_, title)) = found {
            tag["x-title"] = (*title).into();
        }
    }
}

fn put(document: &mut Value) {
    match document {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) if READ.contains(&name.as_str()) => {
                        *text = german(text);
                    }
                    other => put(other),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(put),
        _ => {}
    }
}

/// Paragraph by paragraph; one without a German form stays as it is.
fn german(english: &str) -> String {
    let paragraphs = english.split("\n\n").map(|paragraph| {
        let found = SENTENCES.iter().find(|(text, _)| *text == paragraph);
        found.map_or(paragraph, |(_, german)| *german)
    });
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

/// What the sections are called.
const SECTIONS: [(&str, &str); 7] = [
    ("Tokens", "Token"),
    ("Accounts", "Konten"),
    ("Limits", "Limits"),
    ("Access", "Zugriff"),
    ("Rate card", "Preistafel"),
    ("Users", "Personen"),
    ("Activities", "Buchungen"),
];

/// English and German sentences: each English line has its German one under it.
static SENTENCES: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| {
    let mut lines = include_str!("german.txt").lines();
    let mut pairs = Vec::new();
    while let (Some(english), Some(german)) = (lines.next(), lines.next()) {
        pairs.push((english, german.trim_start()));
    }
    pairs
});

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::language::Language;

    fn read_by_people<'value>(part: &'value Value, found: &mut BTreeSet<&'value str>) {
        match part {
            Value::Object(members) => {
                for (name, value) in members {
                    match value {
                        Value::String(text) if READ.contains(&name.as_str()) => {
                            found.extend(text.split("\n\n"));
                        }
                        // Examples are data, not words.
                        _ if name.starts_with("example") => {}
                        other => read_by_people(other, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| read_by_people(item, found)),
            _ => {}
        }
    }

    #[test]
    fn every_sentence_of_the_document_has_a_german_form_and_none_is_left_over() {
        let mut read = BTreeSet::new();
        read_by_people(super::super::in_language(Language::English), &mut read);
        let known: BTreeSet<_> = SENTENCES.iter().map(|(english, _)| *english).collect();
        assert_eq!(known.len(), SENTENCES.len(), "a sentence comes twice");
        assert!(SENTENCES.iter().all(|(_, german)| !german.is_empty()));
        let missing: Vec<_> = read.difference(&known).collect();
        assert!(missing.is_empty(), "without a German form: {missing:#?}");
        let left_over: Vec<_> = known.difference(&read).collect();
        assert!(left_over.is_empty(), "in no document: {left_over:#?}");
    }
}
