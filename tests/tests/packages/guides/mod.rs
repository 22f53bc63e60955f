//! What the documents say, against the programs: settings, commands, properties of the
//! installer, links. Nothing of it is run but what says whether something is there.

mod commands;
mod links;
mod markdown;
mod settings;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use commands::Commands;
use markdown::Page;
use platen_lab::{Scratch, root};
use settings::Settings;

/// A mistake in a document, with its place.
pub(crate) type Faults = Vec<String>;

/// Every page that people read, the ones that say what was decided included.
fn pages() -> Result<Vec<PathBuf>> {
    let mut found = vec![root().join("README.md"), root().join("CHANGELOG.md")];
    let mut places = vec![root().join("docs")];
    while let Some(place) = places.pop() {
        for entry in fs::read_dir(place)? {
            let path = entry?.path();
            if path.is_dir() {
                places.push(path);
            } else if path.extension().is_some_and(|kind| kind == "md") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Everything that is wrong with a page.
fn faults(page: &Page, commands: &mut Commands, settings: &mut Settings) -> Result<Faults> {
    let mut faults = links::faults(page)?;
    // What was decided stays as it was written, with the names of that day.
    if !page.path.starts_with(root().join("docs/decisions")) {
        faults.extend(commands.faults(page)?);
        faults.extend(settings.faults(page)?);
    }
    Ok(faults)
}

#[test]
fn documents_say_what_the_programs_do() {
    let scratch = Scratch::new("guides").unwrap();
    let mut commands = Commands::new(scratch.path()).unwrap();
    let mut settings = Settings::new(scratch.path()).unwrap();
    let mut found = Faults::new();
    for path in pages().unwrap() {
        let page = Page::read(&path).unwrap();
        found.extend(faults(&page, &mut commands, &mut settings).unwrap());
    }
    found.extend(settings.faults_of_examples().unwrap());
    assert!(
        found.is_empty(),
        "{} faults\n{}",
        found.len(),
        found.join("\n")
    );
    // What was looked at is not nothing.
    assert!(commands.seen > 50, "{} commands", commands.seen);
    assert!(settings.seen > 15, "{} settings", settings.seen);
}

#[test]
fn mistakes_in_a_document_are_found() {
    let text = r#"# A page
## One heading
[good](configuration.md) [gone](nowhere.md) [no heading](#two-headings)
[here](#one-heading) and `sign_in.isuer`.
```toml client
isuer = "https://login.example.edu"
```
```toml server
[sign_in]
issuer = "https://login.example.edu"
client_secret_file = "/etc/platen/client-secret"
administratorss = ["a"]
```
```sh
sudo platenctl queue ad Library
sudo -u platen platen-server check --fast
platenctl policy set allow_quit=maybe
platen frobnicate && cargo xtask dust
echo platen platen/isuer string x | debconf-set-selections
```
```bat
msiexec /i platen.msi /qn SERVER_URI=https://print.example.edu ^
  ISSUER=https://login.example.edu
```
"#;
    let scratch = Scratch::new("guides-wrong").unwrap();
    let mut commands = Commands::new(scratch.path()).unwrap();
    let mut settings = Settings::new(scratch.path()).unwrap();
    let page = Page::of(&root().join("docs/page.md"), text);
    let found = faults(&page, &mut commands, &mut settings).unwrap();
    for (line, expected) in [
        (3, "nowhere.md is not there"),
        (3, "no heading #two-headings in docs/page.md"),
        (4, "sign_in.isuer is no key of the server"),
        (5, "unknown field `isuer`"),
        (8, "“sign_in.administratorss” is not known"),
        (15, "platenctl queue has no command ad"),
        (16, "platen-server check has no option --fast"),
        (17, "the setting “allow_quit” must be true or false"),
        (18, "platen has no command frobnicate"),
        (18, "cargo xtask has no command dust"),
        (19, "platen/isuer is no question of the package"),
        (22, "SERVER_URI is no property of platen.wxs"),
    ] {
        let place = format!("docs/page.md:{line}: ");
        let told = found
            .iter()
            .any(|one| one.starts_with(&place) && one.contains(expected));
        assert!(told, "{place}{expected:?} is not among {found:#?}");
    }
    assert_eq!(found.len(), 12, "{found:#?}");
}

/// A page's name, as faults tell it.
pub(crate) fn name(path: &Path) -> String {
    let path = path.strip_prefix(root()).unwrap_or(path);
    path.display().to_string()
}
