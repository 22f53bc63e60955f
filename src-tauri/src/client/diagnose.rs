//! What is in order and what is not, as the portal shows it.

use std::path::Path;

use platen_settings::Managed;
use platen_spooler::Enforcement;
use platen_web::portal::{Check, Diagnostics};
use platen_words::{Speech, fill};

use super::{Client, SpoolerState, service};
use crate::notifier::Trouble;
use crate::session::SessionState;

impl Client {
    /// Looks at what the client already knows; asks nobody.
    pub(crate) fn diagnostics(&self, session: &SessionState) -> Diagnostics {
        let words = &self.words().client;
        let mut checks = vec![
            self.print_system(),
            check(
                words.sign_in,
                session.person.is_some() && session.note.is_none(),
                &session.sentence,
            ),
            match self.parts.notifier.trouble() {
                None => check(words.notifications, true, words.notifications_shown),
                Some(trouble) => {
                    let trouble = match trouble {
                        Trouble::Refused => words.notifications_refused,
                        Trouble::Silent => words.notifications_silent,
                    };
                    let missing = fill(words.notifications_missing, &[trouble]);
                    check(words.notifications, false, &missing)
                }
            },
        ];
        if !self.parts.managed.is_empty() {
            let set = sentence_of(self.words(), &self.parts.managed);
            checks.push(check(words.managed, true, &set));
        }
        let queues = self.queues.borrow();
        let managed: Vec<_> = queues.iter().filter(|queue| queue.managed).collect();
        if managed.is_empty() {
            checks.push(check(words.queues, false, words.no_queue));
        }
        for queue in managed {
            let what = fill(words.queue, &[&queue.name]);
            checks.push(match queue.enforcement {
                Enforcement::Enforced => check(&what, true, words.enforced),
                Enforcement::Courtesy => check(&what, false, words.courtesy),
            });
        }
        Diagnostics {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            checks,
        }
    }

    fn print_system(&self) -> Check {
        let words = &self.words().client;
        let what = words.print_system;
        match &*self.spooler.borrow() {
            SpoolerState::Up => check(what, true, words.print_system_up),
            SpoolerState::Unknown => check(what, false, words.print_system_unknown),
            SpoolerState::Hindered(why) => check(words.this_computer, false, why),
            SpoolerState::Down(reason) => {
                let reason = service(self.words(), reason);
                check(what, false, &fill(words.print_system_down, &[&reason]))
            }
        }
    }
}

/// Which settings an administrator has made, by file.
pub(crate) fn sentence_of(speech: &Speech, managed: &[Managed]) -> String {
    let words = &speech.client;
    let mut files: Vec<&Path> = managed.iter().map(|one| one.file.as_path()).collect();
    files.sort();
    files.dedup();
    let said = files.into_iter().map(|file| {
        let of_file = managed.iter().filter(|one| one.file == file);
        let keys: Vec<_> = of_file.map(|one| one.key.as_str()).collect();
        let file = file.display().to_string();
        fill(words.managed_file, &[&keys.join(", "), &file])
    });
    let said: Vec<_> = said.collect();
    fill(words.managed_settings, &[&said.join("; ")])
}

fn check(what: &str, fine: bool, text: &str) -> Check {
    Check {
        what: what.to_owned(),
        fine,
        text: text.to_owned(),
    }
}
