//! Whether settings are ones, as the programs themselves read them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use platen_lab::{finish, root};
use platen_tests::rig::programs_with;

use super::markdown::Page;
use super::{Faults, name};

/// Reads settings with the programs that use them.
pub(crate) struct Settings {
    programs: PathBuf,
    /// Stands for `/etc/platen`.
    etc: PathBuf,
    keys_of_server: String,
    keys_of_client: BTreeSet<String>,
    pub(crate) seen: usize,
}

impl Settings {
    pub(crate) fn new(scratch: &Path) -> Result<Self> {
        let programs = programs_with("platen-server")?;
        let etc = scratch.join("etc");
        fs::create_dir_all(etc.join("tls"))?;
        let key = rcgen::KeyPair::generate()?;
        let certificate = rcgen::CertificateParams::new(vec!["print.example.edu".to_owned()])?;
        let certificate = certificate.self_signed(&key)?;
        fs::write(etc.join("tls/fullchain.pem"), certificate.pem())?;
        fs::write(etc.join("tls/privkey.pem"), key.serialize_pem())?;
        fs::write(etc.join("client-secret"), "hush\n")?;
        fs::write(etc.join("database"), "postgres://platen@db/platen\n")?;
        let help = finish(Command::new(programs.join("platen-server")).arg("--help"))?;
        let mut keys = Command::new(programs.join("platenctl"));
        let keys = finish(keys.args(["policy", "keys"]))?;
        let first = |line: &str| line.split_whitespace().next().map(str::to_owned);
        Ok(Self {
            etc,
            keys_of_server: help,
            keys_of_client: keys.lines().skip(1).filter_map(first).collect(),
            programs,
            seen: 0,
        })
    }

    /// What a page says of settings that are none.
    pub(crate) fn faults(&mut self, page: &Page) -> Result<Faults> {
        let mut faults = Faults::new();
        for block in &page.blocks {
            let place = format!("{}:{}", name(&page.path), block.line);
            let text = block.lines.join("\n");
            let told = match block.kind.as_str() {
                "toml client" => self.client(&text)?,
                "toml server" => self.server(&text)?,
                "toml site" => self.site(&text)?,
                _ => continue,
            };
            self.seen += 1;
            faults.extend(told.map(|told| format!("{place}: {told}")));
        }
        for (number, span) in page.spans() {
            let tables = ["sign_in.", "printing.", "tls.", "api.", "push.", "metrics."];
            let is_key = !span.ends_with(".md")
                && tables.iter().any(|table| span.starts_with(table))
                && span
                    .chars()
                    .all(|letter| letter.is_lowercase() || "._".contains(letter));
            if is_key && !self.keys_of_server.contains(&format!("  {span} ")) {
                let place = format!("{}:{number}", name(&page.path));
                faults.push(format!("{place}: {span} is no key of the server"));
            }
        }
        faults.extend(self.tables(page)?);
        Ok(faults)
    }

    /// Tables of names that belong to the installers.
    fn tables(&mut self, page: &Page) -> Result<Faults> {
        let properties = fs::read_to_string(root().join("installer/windows/platen.wxs"))?;
        let english = root().join("installer/windows/policy/en-US/platen.adml");
        let english = fs::read_to_string(english)?;
        let mut faults = Faults::new();
        let mut table = "";
        for (number, line) in &page.text {
            let row = line.trim();
            if !row.starts_with('|') {
                table = "";
                continue;
            }
            let place = format!("{}:{number}", name(&page.path));
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            match (table, cells.as_slice()) {
                ("", ["", "property", "setting", ""]) => table = "properties",
                ("", ["", "policy", "value in the registry", ""]) => table = "policies",
                ("", _) => table = "another",
                ("properties", ["", cell, ..]) if cell.contains('`') => {
                    for property in cell.split('`').skip(1).step_by(2) {
                        self.seen += 1;
                        if !is_property(&properties, property) {
                            faults.push(format!("{place}: {property} is no property"));
                        }
                    }
                }
                ("policies", ["", title, value, ""]) if value.contains('`') => {
                    self.seen += 1;
                    let value = value.trim_matches('`');
                    let title = title.trim_matches('*');
                    let string = format!("<string id=\"{value}\">{title}</string>");
                    if !self.keys_of_client.contains(value) || !english.contains(&string) {
                        faults.push(format!("{place}: {title} is no policy {value}"));
                    }
                }
                _ => {}
            }
        }
        Ok(faults)
    }

    /// The settings that lie beside the guides as files.
    pub(crate) fn faults_of_examples(&mut self) -> Result<Faults> {
        let example = root().join("docs/guides/ansible/files/policy.toml");
        let told = self.client(&fs::read_to_string(&example)?)?;
        Ok(told
            .map(|told| format!("{}: {told}", name(&example)))
            .into_iter()
            .collect())
    }

    fn client(&self, text: &str) -> Result<Option<String>> {
        let file = self.written("policy.toml", text)?;
        let mut check = Command::new(self.programs.join("platenctl"));
        told(check.args(["policy", "check"]).arg(file))
    }

    /// Guides show parts: what every file needs is added.
    fn server(&self, text: &str) -> Result<Option<String>> {
        let etc = self.etc.display().to_string();
        let mut text = text.replace("/etc/platen", &etc);
        if !text.contains("public_url") {
            text = format!("public_url = \"http://127.0.0.1:8631\"\n{text}");
        }
        let file = self.written("server.toml", &text)?;
        let mut check = Command::new(self.programs.join("platen-server"));
        told(check.arg("--config").arg(file).arg("check"))
    }

    fn site(&self, text: &str) -> Result<Option<String>> {
        let file = self.written("pilot.toml", text)?;
        let mut load = Command::new(self.programs.join("platenctl"));
        load.args(["accounts", "--data-dir"])
            .arg(self.etc.join("data"));
        told(load.arg("load").arg(file))
    }

    fn written(&self, name: &str, text: &str) -> Result<PathBuf> {
        let file = self.etc.join(name);
        fs::write(&file, text)?;
        Ok(file)
    }
}

/// Whether the installer for Windows has a property of that name that people may give.
pub(crate) fn is_property(source: &str, property: &str) -> bool {
    source.contains(&format!("<Property Id=\"{property}\" Secure=\"yes\"/>"))
}

/// What a program that checks something finds wrong with it; none: nothing.
///
/// *Errors*: it can't be started.
pub(crate) fn told(check: &mut Command) -> Result<Option<String>> {
    let done = check.output().context("a program that was built")?;
    if done.status.success() {
        // What is allowed and yet rarely meant has no place in a guide.
        let said = String::from_utf8_lossy(&done.stdout);
        let warning = said.lines().find(|line| line.starts_with("warning"));
        return Ok(warning.map(str::to_owned));
    }
    let said = String::from_utf8_lossy(&done.stderr).replace('\n', " ");
    Ok(Some(said.trim().to_owned()))
}
