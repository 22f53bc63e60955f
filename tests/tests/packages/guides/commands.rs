//! Whether command lines name commands and options that there are.
//!
//! The programs are asked for their help, and for nothing else but what settings they
//! take; what a guide's commands do to a computer is not done.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use platen_lab::{finish, root};
use platen_tests::rig::programs_with;

use super::markdown::Page;
use super::settings::{is_property, told};
use super::{Faults, name};

/// Languages of blocks with commands in them.
const SHELLS: [&str; 4] = ["sh", "bash", "bat", "yaml"];
/// Programs whose help says which commands and options there are.
const OURS: [&str; 4] = ["platen", "platenctl", "platen-server", "platen-estimate"];
/// Commands of xtask without options, and so without a help of their own.
const PLAIN: [&str; 2] = ["test", "tidy"];

/// Knows the programs' commands.
pub(crate) struct Commands {
    programs: PathBuf,
    scratch: PathBuf,
    /// What was asked already, by command.
    helps: BTreeMap<String, String>,
    properties: String,
    questions: String,
    pub(crate) seen: usize,
}

impl Commands {
    pub(crate) fn new(scratch: &Path) -> Result<Self> {
        Ok(Self {
            programs: programs_with("xtask")?,
            scratch: scratch.to_owned(),
            helps: BTreeMap::new(),
            properties: fs::read_to_string(root().join("installer/windows/platen.wxs"))?,
            questions: fs::read_to_string(root().join("installer/linux/deb/platen/templates"))?,
            seen: 0,
        })
    }

    /// What a page's blocks, and commands within its lines, name that is not there.
    pub(crate) fn faults(&mut self, page: &Page) -> Result<Faults> {
        let mut faults = Faults::new();
        let mut lines = Vec::new();
        for block in &page.blocks {
            if SHELLS.contains(&block.kind.as_str()) {
                lines.extend(joined(block.line + 1, &block.lines));
            }
        }
        for (number, span) in page.spans() {
            // A program's name alone, or a made-up end of one, is no command line.
            if span.contains(' ') && !span.contains(['…', '|']) {
                lines.push((number, span.to_owned()));
            }
        }
        for (number, line) in lines {
            let place = format!("{}:{number}", name(&page.path));
            let told = self.line(&line)?;
            faults.extend(told.into_iter().map(|told| format!("{place}: {told}")));
        }
        Ok(faults)
    }

    fn line(&mut self, line: &str) -> Result<Faults> {
        let words = words(line);
        let mut faults = Faults::new();
        if words.iter().any(|word| word == "msiexec") {
            faults.extend(self.properties(&words));
        }
        if let Some(at) = words.iter().position(|word| word.starts_with("platen/")) {
            self.seen += 1;
            let question = &words[at];
            if !self.questions.contains(&format!("Template: {question}\n")) {
                faults.push(format!("{question} is no question of the package"));
            }
            return Ok(faults);
        }
        for command in words.split(|word| ["|", "||", "&&", ";", "&"].contains(&word.as_str())) {
            let command = without_prefix(command);
            let told = match command {
                [program, rest @ ..] if OURS.contains(&program.as_str()) => {
                    self.seen += 1;
                    self.ours(program, rest)?
                }
                [cargo, xtask, rest @ ..] if cargo == "cargo" && xtask == "xtask" => {
                    self.seen += 1;
                    self.xtask(rest)?
                }
                _ => None,
            };
            faults.extend(told);
        }
        Ok(faults)
    }

    fn properties(&mut self, words: &[String]) -> Faults {
        let mut faults = Faults::new();
        for word in words {
            let Some((property, _)) = word.split_once('=') else {
                continue;
            };
            self.seen += 1;
            if !is_property(&self.properties, property) {
                faults.push(format!("{property} is no property of platen.wxs"));
            }
        }
        faults
    }

    /// A line for one of the programs: commands, options, arguments.
    fn ours(&mut self, program: &str, words: &[String]) -> Result<Option<String>> {
        let mut path = vec![program.to_owned()];
        let mut words = words.iter().peekable();
        while let Some(word) = words.next() {
            let help = self.help(&path)?;
            if word == "--" {
                break;
            }
            if word.starts_with('-') {
                let option = word.split('=').next().unwrap_or(word);
                let Some(takes_value) = option_of(&help, option) else {
                    return Ok(Some(format!("{} has no option {option}", path.join(" "))));
                };
                if takes_value && !word.contains('=') {
                    words.next();
                }
            } else if is_command(&help, word) {
                path.push(word.clone());
            } else if has_commands(&help) {
                return Ok(Some(format!("{} has no command {word}", path.join(" "))));
            } else if !takes_arguments(&help) {
                return Ok(Some(format!("{} takes no {word}", path.join(" "))));
            } else if path.join(" ") == "platenctl policy set" {
                return self.assign(word, words.cloned().collect());
            }
        }
        Ok(None)
    }

    /// Settings are set for real, in a file of their own.
    fn assign(&self, first: &str, rest: Vec<String>) -> Result<Option<String>> {
        let file = self.scratch.join("assigned.toml");
        // As if the site's other settings were there already.
        fs::write(&file, "issuer = \"https://login.example.edu\"\n")?;
        let mut set = Command::new(self.programs.join("platenctl"));
        set.args(["policy", "set", "--file"]).arg(file);
        told(set.arg("--").arg(first).args(rest))
    }

    fn xtask(&mut self, words: &[String]) -> Result<Option<String>> {
        let Some((command, rest)) = words.split_first() else {
            return Ok(None);
        };
        let all = self.help(&["xtask".to_owned()])?;
        if !is_command(&all, command) {
            return Ok(Some(format!("cargo xtask has no command {command}")));
        }
        let plain = PLAIN.contains(&command.as_str());
        for word in rest.iter().filter(|word| *word != "--") {
            if !word.starts_with('-') || word == "--help" {
                continue;
            }
            let option = word.split('=').next().unwrap_or(word);
            let known = !plain && {
                let help = self.help(&["xtask".to_owned(), command.clone()])?;
                option_of(&help, option).is_some()
            };
            if !known {
                return Ok(Some(format!(
                    "cargo xtask {command} has no option {option}"
                )));
            }
        }
        Ok(None)
    }

    fn help(&mut self, path: &[String]) -> Result<String> {
        let key = path.join(" ");
        if let Some(known) = self.helps.get(&key) {
            return Ok(known.clone());
        }
        let (program, commands) = path.split_first().context("a command has a program")?;
        let mut ask = Command::new(self.programs.join(program));
        // The tray app has one help for all of its commands.
        if program != "platen" {
            ask.args(commands);
        }
        let help = finish(ask.arg("--help"))?;
        self.helps.insert(key, help.clone());
        Ok(help)
    }
}

/// Lines that end with the shell's sign for "goes on" are one.
fn joined(first: usize, lines: &[String]) -> Vec<(usize, String)> {
    let mut all = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, line) in lines.iter().enumerate() {
        let (number, mut text) = open.take().unwrap_or((first + index, String::new()));
        let part = line.trim_end();
        let goes_on = part.ends_with('\\') || part.ends_with(" ^");
        text.push_str(part.trim_end_matches(['\\', '^']));
        text.push(' ');
        if goes_on {
            open = Some((number, text));
        } else {
            all.push((number, text));
        }
    }
    all.extend(open);
    all
}

/// A line's words as a shell takes them, without comments. Signs between commands are
/// words of their own.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    for letter in line.chars() {
        match quote {
            Some(end) if letter == end => quote = None,
            Some(_) => word.push(letter),
            None if "\"'".contains(letter) => quote = Some(letter),
            None if letter == '#' && word.is_empty() => break,
            None if letter.is_whitespace() => words.extend(taken(&mut word)),
            None if letter == ';' => {
                words.extend(taken(&mut word));
                words.push(";".to_owned());
            }
            None => word.push(letter),
        }
    }
    words.extend(taken(&mut word));
    words
}

fn taken(word: &mut String) -> Option<String> {
    (!word.is_empty()).then(|| std::mem::take(word))
}

/// A command without what is said about how to run it.
fn without_prefix(mut words: &[String]) -> &[String] {
    loop {
        words = match words {
            [list, rest @ ..] if list == "-" => rest,
            [key, rest @ ..] if key.ends_with("command:") => rest,
            [sudo, option, _, rest @ ..] if sudo == "sudo" && option == "-u" => rest,
            [sudo, rest @ ..] if sudo == "sudo" => rest,
            [variable, rest @ ..]
                if variable.split_once('=').is_some_and(|(name, _)| {
                    !name.is_empty()
                        && name
                            .chars()
                            .all(|letter| letter.is_ascii_uppercase() || letter == '_')
                }) =>
            {
                rest
            }
            _ => return words,
        };
    }
}

/// Whether a help lists a command of that name.
fn is_command(help: &str, word: &str) -> bool {
    help.lines().any(|line| {
        let text = line.trim_start();
        let deep = line.len() - text.len();
        deep == 2 && text.split_whitespace().next() == Some(word)
    })
}

fn has_commands(help: &str) -> bool {
    help.contains("Commands:")
}

fn takes_arguments(help: &str) -> bool {
    let usage = help.lines().find(|line| line.starts_with("Usage:"));
    usage.is_some_and(|usage| {
        let rest = usage.replace("[OPTIONS]", "");
        rest.contains(['<', '[']) || rest.contains("FILE…")
    })
}

/// Whether there is such an option; and if so, whether a value follows it.
fn option_of(help: &str, option: &str) -> Option<bool> {
    let ends = |rest: &str| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '-');
    help.lines().find_map(|line| {
        let starts = line.match_indices(option);
        let rests = starts.filter_map(|(at, _)| {
            let before = line[..at].chars().next_back();
            let rest = &line[at + option.len()..];
            (ends(rest) && before.is_none_or(|before| " [,(|".contains(before))).then_some(rest)
        });
        rests.map(takes_value).next()
    })
}

fn takes_value(rest: &str) -> bool {
    let value = rest.trim_start_matches(['=', ' ']);
    let shown = rest.len() - value.len() <= 1;
    let name = value.starts_with('<') || value.starts_with(|first: char| first.is_uppercase());
    shown && name
}
