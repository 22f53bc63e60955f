//! The command line.

use std::process::ExitCode;

use anyhow::{Result, bail};
use platen_settings::Files;
use uuid::Uuid;

use crate::control::{Instance, Request, Response, ask};
use crate::run::run as run_client;
use crate::system::{SETTINGS, meeting_place};

const HELP: &str = "\
Platen shows what printing costs, before it costs it.

Usage: platen [COMMAND]

Commands:
  (none)                     start the tray app, or open the portal of the one that runs
  open [--document ID]       open the User Portal
  open --print-link          print a single-use address of the portal instead
  sign-in [--print-link]     sign in with the organisation's identity provider
  sign-out                   sign out and forget
  status [--json]            say who is signed in, which account is active, what is waiting
  quit                       end the tray app
  restart                    start the tray app anew, after an upgrade
  --autostart                start the tray app with the desktop, unless a setting forbids it
  --help, --version
";

/// Does what the command line says.
///
/// *Errors*: a sentence for the person at the terminal.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let request = match words.as_slice() {
        [] => return start(),
        ["--help" | "-h" | "help"] => {
            return print(&format!(
                "{HELP}\n{}\nPLATEN_LOG=debug says more.",
                SETTINGS.trim()
            ));
        }
        ["--version" | "-V"] => return print(concat!("platen ", env!("CARGO_PKG_VERSION"))),
        ["open"] => Request::Open { document: None },
        ["open", "--document", id] => Request::Open {
            document: Some(document(id)?),
        },
        ["open", "--print-link"] => Request::Link { document: None },
        ["open", "--print-link", "--document", id] | ["open", "--document", id, "--print-link"] => {
            Request::Link {
                document: Some(document(id)?),
            }
        }
        ["sign-in"] => Request::SignIn { link: false },
        ["sign-in", "--print-link"] => Request::SignIn { link: true },
        ["sign-out"] => Request::SignOut,
        ["status"] => Request::Status { json: false },
        ["status", "--json"] => Request::Status { json: true },
        ["quit"] => Request::Quit,
        ["restart"] => Request::Restart,
        ["--autostart"] => return start_with_desktop(),
        _ => bail!(
            "unknown command “{}”; platen --help lists them",
            words.join(" ")
        ),
    };
    forward(&request)
}

fn start() -> Result<ExitCode> {
    let Some(instance) = Instance::claim(&meeting_place()?)? else {
        return forward(&Request::Open { document: None });
    };
    run_client(Files::from_environment()?.load()?, instance)
}

/// Unlike [`start`] it opens no window where a client runs already.
fn start_with_desktop() -> Result<ExitCode> {
    let loaded = Files::from_environment()?.load()?;
    if !loaded.settings.autostart.unwrap_or(true) {
        return Ok(ExitCode::SUCCESS);
    }
    match Instance::claim(&meeting_place()?)? {
        Some(instance) => run_client(loaded, instance),
        None => Ok(ExitCode::SUCCESS),
    }
}

fn forward(request: &Request) -> Result<ExitCode> {
    match ask(&meeting_place()?, request)? {
        Response::Done(Some(text)) => print(&text),
        Response::Done(None) => Ok(ExitCode::SUCCESS),
        Response::Refused(reason) => bail!(reason),
    }
}

fn document(id: &str) -> Result<Uuid> {
    match Uuid::parse_str(id) {
        Ok(id) => Ok(id),
        Err(_) => bail!("“{id}” is not a document; platen status --json lists their ids"),
    }
}

fn print(text: &str) -> Result<ExitCode> {
    println!("{text}");
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_words_and_ids_are_refused_with_a_way_out() {
        let refused = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            format!("{:#}", run(&words).unwrap_err())
        };
        assert!(refused(&["opne"]).contains("platen --help"));
        assert!(refused(&["open", "--document", "7"]).contains("platen status --json"));
    }
}
