//! Manual pages and licences.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use platen_lab::{finish, root};

use super::Release;
use crate::cargo::cargo;

/// A package that a program is built from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Crate {
    pub(super) name: String,
    pub(super) version: String,
    /// An SPDX expression, as its author wrote it; may be empty.
    pub(super) licence: String,
    pub(super) repository: String,
}

/// What `program --help` says, as a manual page. *Source*: man(7).
pub(super) fn manual(
    release: &Release,
    program: &str,
    section: &str,
    summary: &str,
) -> Result<String> {
    let help = finish(Command::new(release.programs.join(program)).arg("--help"))?;
    let title = program.to_uppercase();
    let version = &release.version;
    let body: String = help.trim().lines().map(verbatim).collect();
    Ok(format!(
        ".TH {title} {section} \"\" \"Platen {version}\"\n.SH NAME\n{} \\- {summary}\n\
         .SH DESCRIPTION\n.nf\n{body}.fi\n",
        program.replace('-', "\\-")
    ))
}

fn verbatim(line: &str) -> String {
    let escaped = line.replace('\\', "\\e").replace('-', "\\-");
    let guard = if escaped.starts_with(['.', '\'']) {
        "\\&"
    } else {
        ""
    };
    format!("{guard}{escaped}\n")
}

/// Our own licence, and that `others` has the others. *Source*: Debian policy, 12.5.
pub(super) fn copyright(others: &str) -> Result<String> {
    let mut text = format!(
        "Platen is licensed under MIT or Apache-2.0, as you like. What it is built from, and\n\
         under which licences, is in {others}.\n"
    );
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        let own = fs::read_to_string(root().join(licence))?;
        text.push_str(&format!("\n{licence}\n\n{own}"));
    }
    Ok(text)
}

/// Every package that the programs are built from, with the texts of its licences.
pub(super) fn third_party(crates: &BTreeSet<Crate>) -> Result<String> {
    let mut list = String::from("Platen's programs are built from:\n\n");
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for one in crates {
        let licence = match one.licence.as_str() {
            "" => "see below",
            licence => licence,
        };
        let name = format!("{} {}", one.name, one.version);
        list.push_str(&format!("{name}: {licence} {}\n", one.repository));
        for text in licence_texts(one)? {
            texts.entry(text).or_default().insert(name.clone());
        }
    }
    for (text, names) in texts {
        let names: Vec<String> = names.into_iter().collect();
        let line = "-".repeat(78);
        list.push_str(&format!(
            "\n{line}\n{}\n\n{}\n",
            names.join(", "),
            text.trim()
        ));
    }
    Ok(list)
}

/// Every package that `programs` are built from for `target`, but ours; none: this
/// computer's system.
pub(super) fn crates(programs: &[&str], target: Option<&str>) -> Result<BTreeSet<Crate>> {
    let mut command = cargo();
    command.args(["tree", "--locked"]);
    match target {
        Some(target) => command.args(["--target", target]),
        // Everything is here, since the programs were built from it.
        None => command.arg("--offline"),
    };
    command.args(["--edges", "normal", "--prefix", "none"]);
    command.args(["--format", "{p}\t{l}\t{r}"]);
    for program in programs {
        command.args(["--package", program]);
    }
    let listed = finish(&mut command)?;
    Ok(listed.lines().filter_map(parse).collect())
}

/// A line such as `serde v1.0.2 (*)`; ours have a path behind the version.
fn parse(line: &str) -> Option<Crate> {
    let mut fields = line.split('\t');
    let mut words = fields.next()?.split_whitespace();
    let (name, version) = (words.next()?, words.next()?);
    if words.next().is_some_and(|word| word.starts_with("(/")) {
        return None;
    }
    let mut field = || {
        let text = fields.next().unwrap_or_default();
        text.trim_end_matches("(*)").trim().to_owned()
    };
    Some(Crate {
        name: name.to_owned(),
        version: version.trim_start_matches('v').to_owned(),
        licence: field(),
        repository: field(),
    })
}

/// From where cargo has unpacked it to build it.
fn licence_texts(one: &Crate) -> Result<Vec<String>> {
    let mut texts = Vec::new();
    for registry in fs::read_dir(registries()?)? {
        let place = registry?
            .path()
            .join(format!("{}-{}", one.name, one.version));
        let Ok(files) = fs::read_dir(place) else {
            continue;
        };
        let mut paths: Vec<PathBuf> = files.map(|file| Ok(file?.path())).collect::<Result<_>>()?;
        paths.sort();
        for path in paths.iter().filter(|path| is_licence(path)) {
            texts.push(String::from_utf8_lossy(&fs::read(path)?).replace('\r', ""));
        }
    }
    Ok(texts)
}

fn is_licence(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.to_uppercase();
    let starts = ["LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE"];
    path.is_file() && starts.iter().any(|start| name.starts_with(start))
}

fn registries() -> Result<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    Ok(home.context("cargo has no home")?.join("registry/src"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_read_as_cargo_lists_them() {
        let one = parse("serde v1.0.2\tMIT OR Apache-2.0\thttps://example.org/serde (*)").unwrap();
        assert_eq!(
            (one.name.as_str(), one.version.as_str()),
            ("serde", "1.0.2")
        );
        assert_eq!(one.licence, "MIT OR Apache-2.0");
        assert_eq!(one.repository, "https://example.org/serde");
        assert!(parse("platen-domain v0.1.0 (/src/platen-domain)\tMIT\t").is_none());
        assert!(parse("").is_none());
        assert_eq!(parse("r-efi v5.0.0\t\t").unwrap().licence, "");
    }

    #[test]
    fn lines_of_help_do_not_become_requests_of_a_manual_page() {
        assert_eq!(verbatim(".so /etc/passwd"), "\\&.so /etc/passwd\n");
        assert_eq!(verbatim("  --all  a\\b"), "  \\-\\-all  a\\eb\n");
    }
}
