//! The page for people, held against the program.

use serde_json::Value;
use std::fs;
use std::process::Command;

const PROGRAM: &str = env!("CARGO_BIN_EXE_platen-estimate");

fn page() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/estimating.md");
    fs::read_to_string(path).expect("docs/estimating.md")
}

/// The first block in that language.
fn block<'page>(page: &'page str, language: &str) -> &'page str {
    let start = format!("```{language}\n");
    let from = page.find(&start).expect("the block is there") + start.len();
    let length = page[from..].find("```").expect("the block ends");
    &page[from..from + length]
}

#[test]
fn examples_are_what_the_program_says() {
    let page = page();
    let places = tempfile::tempdir().expect("a directory");
    fs::write(places.path().join("letter.txt"), "one\x0ctwo\x0cthree").expect("written");
    fs::write(places.path().join("rates.toml"), block(&page, "toml")).expect("written");
    let run = |words: &str| {
        let output = Command::new(PROGRAM)
            .args(words.split_whitespace())
            .current_dir(places.path())
            .output()
            .expect("the program runs");
        assert!(output.status.success());
        String::from_utf8(output.stdout).expect("text")
    };
    let (command, table) = block(&page, "console").split_once('\n').expect("lines");
    let words = command
        .strip_prefix("$ platen-estimate ")
        .expect("a command");
    assert_eq!(run(words), table);

    let command = page
        .lines()
        .find_map(|line| line.strip_prefix("`platen-estimate --json"))
        .and_then(|rest| rest.strip_suffix('`'))
        .expect("a command");
    let said: Value = serde_json::from_str(&run(&format!("--json{command}"))).expect("JSON");
    let shown: Value = serde_json::from_str(block(&page, "json")).expect("JSON");
    assert_eq!(said, shown);
}

#[test]
fn every_word_of_the_answers_is_explained() {
    let page = page();
    let source = include_str!("../src/report.rs");
    let words = |from: &str| -> Vec<String> {
        let start = source.find(from).expect("the enum");
        let end = source[start..].find("\n}").expect("its end");
        source[start..start + end]
            .lines()
            .map(str::trim)
            .filter(|line| line.starts_with(|letter: char| letter.is_ascii_uppercase()))
            .map(|line| {
                let name: String = line
                    .chars()
                    .take_while(|letter| letter.is_alphanumeric())
                    .collect();
                snake_case(&name)
            })
            .collect()
    };
    for word in [words("pub enum JudgedBy"), words("pub enum Problem")].concat() {
        assert!(
            page.contains(&format!("`{word}`")),
            "{word} is not explained"
        );
    }
    let help = Command::new(PROGRAM).arg("--help").output().expect("help");
    for option in String::from_utf8_lossy(&help.stdout)
        .split_whitespace()
        .filter(|word| word.starts_with("--"))
    {
        assert!(page.contains(option), "{option} is not explained");
    }
}

fn snake_case(name: &str) -> String {
    let mut word = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !word.is_empty() {
            word.push('_');
        }
        word.push(letter.to_ascii_lowercase());
    }
    word
}
