//! The command line of `cargo xtask run`.

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};

pub(super) const HELP: &str = "\
cargo xtask run [OPTIONS]

Starts a print server with the secure queue Platen-Secure, the printers Library and Office, a sign-in
provider, the tray app and the central server, all in a directory of their own that disappears with Ctrl-C.
Without a desktop (no DISPLAY and no WAYLAND_DISPLAY) the tray runs on a virtual one.

  --print FILE       print FILE to the secure queue once the tray is up, and show what the tray notified;
                     may be given more than once
  --once             end after that
  --sign-in NAME     sign in as NAME through the provider's login page: alice (the default), bob, carol,
                     admin or any other name
  --signed-out       don't sign in: do it yourself from the tray
  --no-issuer        no provider: the computer's own user is the identity
  --no-server        no central server
  --virtual          a virtual desktop even where there is a real one
  --screenshot FILE  write a picture of the virtual desktop to FILE (PNG) after printing";

/// Who the client works for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Identity {
    /// Signed in at the start as this pilot user.
    SignedIn(String),
    /// With a provider, but signed out.
    SignedOut,
    /// The computer's own user.
    Computer,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) print: Vec<PathBuf>,
    pub(super) once: bool,
    pub(super) identity: Identity,
    pub(super) server: bool,
    pub(super) on_virtual_desktop: bool,
    pub(super) screenshot: Option<PathBuf>,
}

impl Options {
    /// `None` when help is asked for.
    pub(super) fn parse(arguments: &[String]) -> Result<Option<Self>> {
        let screen = ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
        let mut options = Self {
            print: Vec::new(),
            once: false,
            identity: Identity::SignedIn("alice".to_owned()),
            server: true,
            on_virtual_desktop: !screen,
            screenshot: None,
        };
        let mut words = arguments.iter().map(String::as_str);
        while let Some(word) = words.next() {
            let mut value = || {
                words
                    .next()
                    .with_context(|| format!("{word} needs something after it"))
            };
            match word {
                "--print" => options.print.push(existing(value()?)?),
                "--once" => options.once = true,
                "--sign-in" => options.identity = Identity::SignedIn(value()?.to_owned()),
                "--signed-out" => options.identity = Identity::SignedOut,
                "--no-issuer" => options.identity = Identity::Computer,
                "--no-server" => options.server = false,
                "--virtual" => options.on_virtual_desktop = true,
                "--screenshot" => options.screenshot = Some(PathBuf::from(value()?)),
                // What cargo itself would have taken away in `cargo run -- …`.
                "--" => {}
                "--help" | "-h" => return Ok(None),
                other => bail!("no option {other:?}; cargo xtask run --help"),
            }
        }
        ensure!(
            options.screenshot.is_none() || options.on_virtual_desktop,
            "a picture is taken of a virtual desktop only; add --virtual"
        );
        Ok(Some(options))
    }
}

fn existing(file: &str) -> Result<PathBuf> {
    std::fs::canonicalize(file).with_context(|| format!("looking for {file}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> Result<Option<Options>> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        Options::parse(&words)
    }

    #[test]
    fn a_file_may_be_printed_without_anyone_signing_in_by_hand() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let options = parsed(&["--", "--print", file]).unwrap().unwrap();
        assert_eq!(options.print, [PathBuf::from(file)]);
        assert_eq!(options.identity, Identity::SignedIn("alice".to_owned()));
        assert!(options.server);
        assert!(!parsed(&["--no-server"]).unwrap().unwrap().server);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        assert!(parsed(&["--print"]).is_err());
        assert!(parsed(&["--print", "/no/such/file"]).is_err());
        assert!(parsed(&["--prnt", "x"]).is_err());
        assert_eq!(parsed(&["--help"]).unwrap(), None);
    }
}
