//! How it stands with the server, for people.

use platen_sync::engine::{Away, Link, Shown, Stop, Wait};
use platen_sync::wire::WhoUpdates;
use platen_words::{LinkWords, Speech, fill};

/// How it stands with the server, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LinkState {
    /// Its name, for scripts.
    pub name: &'static str,
    /// It can't be reached.
    pub is_away: bool,
    /// What is not in order, in a few words.
    pub note: Option<&'static str>,
    /// The same as a sentence.
    pub sentence: String,
    /// What was done here and the server has not confirmed.
    pub undelivered: usize,
    /// Points that may be used without it: `5 on Course`.
    pub leases: Vec<String>,
}

impl LinkState {
    /// Nobody is signed in, or the memory of this device can't be used.
    pub(super) fn closed(words: &LinkWords, problem: Option<&str>) -> Self {
        Self {
            name: if problem.is_some() {
                "broken"
            } else {
                "closed"
            },
            is_away: false,
            note: problem.map(|_| words.note_broken),
            sentence: problem.unwrap_or(words.nobody).to_owned(),
            undelivered: 0,
            leases: Vec::new(),
        }
    }

    pub(super) fn of(speech: &'static Speech, shown: &Shown) -> Self {
        let words = &speech.link;
        let (name, note) = match shown.link {
            Link::Starting => ("starting", None),
            Link::Connected => ("connected", None),
            Link::Away(Away::Certificate) => ("away", Some(words.note_certificate)),
            Link::Away(Away::NotOurs) => ("away", Some(words.note_not_ours)),
            Link::Away(Away::Garbled) => ("away", Some(words.note_garbled)),
            Link::Away(Away::Outdated(_)) => ("away", Some(words.note_outdated)),
            Link::Away(Away::DiskFull) => ("away", Some(words.note_disk_full)),
            Link::Away(_) => ("away", Some(words.note_away)),
            Link::Stopped(_) => ("stopped", Some(words.note_stopped)),
        };
        let mut sentence = sentence(words, shown.link).to_owned();
        let leases = leases(speech, shown);
        if matches!(shown.link, Link::Away(_)) {
            sentence.push(' ');
            sentence.push_str(&points(words, &leases));
        }
        Self {
            name,
            is_away: matches!(shown.link, Link::Away(_)),
            note,
            sentence,
            undelivered: shown.undelivered,
            leases,
        }
    }
}

const fn sentence(words: &LinkWords, link: Link) -> &'static str {
    match link {
        Link::Starting => words.starting,
        Link::Connected => words.connected,
        Link::Away(Away::Unreachable | Away::Silent) => words.unreachable,
        Link::Away(Away::Certificate) => words.certificate,
        Link::Away(Away::NotOurs) => words.not_ours,
        Link::Away(Away::Garbled) => words.garbled,
        Link::Away(Away::Unavailable) => words.unavailable,
        Link::Away(Away::Outdated(WhoUpdates::Client)) => words.client_too_old,
        Link::Away(Away::Outdated(WhoUpdates::Server)) => words.server_too_old,
        Link::Away(Away::Misunderstood) => words.misunderstood,
        Link::Away(Away::DiskFull) => words.disk_full,
        Link::Stopped(Stop::SignedOut) => words.signed_out,
        Link::Stopped(Stop::Revoked) => words.revoked,
        Link::Stopped(Stop::SomebodyElse) => words.somebody_else,
        Link::Stopped(Stop::Diverged) => words.diverged,
    }
}

/// What may still be printed without the server.
fn leases(speech: &Speech, shown: &Shown) -> Vec<String> {
    let usable = shown.leases.iter().filter(|lease| !lease.ending);
    let named = usable.filter_map(|lease| {
        let mut accounts = shown.accounts.iter();
        let account = accounts.find(|one| one.id == lease.account)?;
        let left = speech.number(&lease.left);
        Some(fill(speech.link.lease, &[&left, &account.name]))
    });
    named.collect()
}

fn points(words: &LinkWords, leases: &[String]) -> String {
    if leases.is_empty() {
        return words.no_leases.to_owned();
    }
    fill(words.leases, &[&leases.join(", ")])
}

/// Why a document waits, for its owner. *Source*: rules.md R-39.
pub(super) fn waits(speech: &Speech, wait: Wait) -> String {
    let words = &speech.link;
    match wait {
        Wait::NoLease => words.waits_no_lease.to_owned(),
        Wait::LeaseTooSmall { cost, left } => fill(
            words.waits_lease_small,
            &[&speech.points(&cost), &speech.number(&left)],
        ),
        Wait::NoPrice => words.waits_no_price.to_owned(),
        Wait::SignIn => words.waits_sign_in.to_owned(),
        Wait::DiskFull => words.waits_disk_full.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use platen_words::ENGLISH;

    use super::*;

    #[test]
    fn who_is_too_old_is_told_as_the_protocol_says_it() {
        for who in [WhoUpdates::Client, WhoUpdates::Server] {
            let link = Link::Away(Away::Outdated(who));
            assert_eq!(sentence(&ENGLISH.link, link), who.sentence());
        }
    }
}
