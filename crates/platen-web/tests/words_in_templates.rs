//! Templates name words and hold none: what they said would be said in one
//! language.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

/// The product's own name is no word of a language.
const NAME: &str = "Platen";
/// Attributes that people read or hear.
const READ: &[&str] = &["aria-label", "title", "placeholder", "alt", "content"];

fn templates(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            templates(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "html") {
            found.push(path);
        }
    }
}

/// Cuts every stretch between `open` and `close`.
fn without(text: &str, open: &str, close: &str) -> String {
    let mut rest = text;
    let mut kept = String::new();
    while let Some((before, after)) = rest.split_once(open) {
        kept.push_str(before);
        kept.push(' ');
        rest = after.split_once(close).map_or("", |(_, after)| after);
    }
    kept + rest
}

/// The words that a template itself says.
fn said(template: &str) -> Vec<String> {
    // An attribute that a page gives the layout's dialog.
    let mut text = without(template, "{% block dialog_open %}", "{% endblock %}");
    for (open, close) in [("{#", "#}"), ("{{", "}}"), ("{%", "%}"), ("<!--", "-->")] {
        text = without(&text, open, close);
    }
    let mut words = Vec::new();
    for name in READ {
        for part in text.split(&format!(" {name}=\"")).skip(1) {
            let value = part.split('"').next().unwrap_or_default();
            let is_code = *name == "content" && value.contains(['=', '#']);
            if !is_code && *name != "content" && value.chars().any(char::is_alphabetic) {
                words.push(format!("{name}: {value}"));
            }
        }
    }
    // Code is the same in every language.
    for (open, close) in [("<pre", "</pre>"), ("<code", "</code>")] {
        text = without(&text, open, close);
    }
    let seen = without(&text, "<", ">");
    let shown = seen.replace("&nbsp;", " ").replace("&middot;", " ");
    let spoken = shown
        .split_whitespace()
        .filter(|word| word.chars().any(char::is_alphabetic) && *word != NAME);
    words.extend(spoken.map(str::to_owned));
    words
}

#[test]
fn templates_hold_no_words_of_their_own() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/templates");
    let mut found = Vec::new();
    templates(&folder, &mut found);
    assert!(found.len() > 15, "the templates are elsewhere");
    let mut problems = Vec::new();
    for path in found {
        let words = said(&fs::read_to_string(&path).unwrap());
        if !words.is_empty() {
            problems.push(format!("{}: {words:?}", path.display()));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn words_are_found_where_people_read_them() {
    assert_eq!(
        said("<p>{{ w.title }}</p>{% if a %}<b class=\"x\">Hello</b>{% endif %}"),
        ["Hello"]
    );
    assert_eq!(
        said("<a aria-label=\"Close\" href=\"/\">×</a>"),
        ["aria-label: Close"]
    );
    assert_eq!(
        said("<a aria-label=\"{{ w.close }}\">{# note #}</a>"),
        Vec::<String>::new()
    );
}
