//! What is in order and what is not, as the portal shows it.

use std::path::Path;

use platen_settings::Managed;
use platen_spooler::Enforcement;
use platen_web::portal::{Check, Diagnostics};

use super::{Client, SpoolerState};
use crate::session::SessionState;

impl Client {
    /// Looks at what the client already knows; asks nobody.
    pub(crate) fn diagnostics(&self, session: &SessionState) -> Diagnostics {
        let mut checks = vec![
            self.print_system(),
            check(
                "Sign-in",
                session.person.is_some() && session.note.is_none(),
                &session.sentence,
            ),
            match self.parts.notifier.trouble() {
                None => check("Notifications", true, "The desktop shows them."),
                Some(trouble) => check(
                    "Notifications",
                    false,
                    &format!("{trouble} What they say is in the tray menu and here."),
                ),
            },
        ];
        if !self.parts.managed.is_empty() {
            let set = sentence_of(&self.parts.managed);
            checks.push(check("Managed settings", true, &set));
        }
        let queues = self.queues.borrow();
        let managed: Vec<_> = queues.iter().filter(|queue| queue.managed).collect();
        if managed.is_empty() {
            checks.push(check(
                "Queues",
                false,
                "There is no managed queue. An administrator makes one with “platenctl queue add”.",
            ));
        }
        for queue in managed {
            let what = format!("Queue “{}”", queue.name);
            checks.push(match queue.enforcement {
                Enforcement::Enforced => check(
                    &what,
                    true,
                    "Enforced: it prints nothing that was not approved.",
                ),
                Enforcement::Courtesy => check(
                    &what,
                    false,
                    "Courtesy: it holds documents, but its users can print past Platen.",
                ),
            });
        }
        Diagnostics {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            checks,
        }
    }

    fn print_system(&self) -> Check {
        match &*self.spooler.borrow() {
            SpoolerState::Up => check("Print system", true, "It answers."),
            SpoolerState::Unknown => check("Print system", false, "It has not answered yet."),
            SpoolerState::Hindered(why) => check("This computer", false, why),
            SpoolerState::Down(reason) => check(
                "Print system",
                false,
                &format!("It does not answer: {reason}."),
            ),
        }
    }
}

/// Which settings an administrator has made, by file.
pub(crate) fn sentence_of(managed: &[Managed]) -> String {
    let mut files: Vec<&Path> = managed.iter().map(|one| one.file.as_path()).collect();
    files.sort();
    files.dedup();
    let said = files.into_iter().map(|file| {
        let of_file = managed.iter().filter(|one| one.file == file);
        let keys: Vec<_> = of_file.map(|one| one.key.as_str()).collect();
        format!("{} in {}", keys.join(", "), file.display())
    });
    let said: Vec<_> = said.collect();
    format!("Set by your administrator: {}.", said.join("; "))
}

fn check(what: &str, fine: bool, text: &str) -> Check {
    Check {
        what: what.to_owned(),
        fine,
        text: text.to_owned(),
    }
}
