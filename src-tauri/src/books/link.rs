//! How it stands with the server, for people.

use platen_sync::engine::{Away, Link, Shown, Stop, Wait};

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
    pub(super) fn closed(problem: Option<&str>) -> Self {
        Self {
            name: if problem.is_some() {
                "broken"
            } else {
                "closed"
            },
            is_away: false,
            note: problem.map(|_| "not connected"),
            sentence: problem
                .unwrap_or("Nobody is signed in at the print server.")
                .to_owned(),
            undelivered: 0,
            leases: Vec::new(),
        }
    }

    pub(super) fn of(shown: &Shown) -> Self {
        let (name, note) = match shown.link {
            Link::Starting => ("starting", None),
            Link::Connected => ("connected", None),
            Link::Away(Away::Certificate) => ("away", Some("the print server is not trusted")),
            Link::Away(Away::NotOurs) => ("away", Some("the network wants a sign-in")),
            Link::Away(Away::Garbled) => ("away", Some("the print server is out of order")),
            Link::Away(Away::Outdated(_)) => ("away", Some("an update is needed")),
            Link::Away(Away::DiskFull) => ("away", Some("the disk is full")),
            Link::Away(_) => ("away", Some("print server away")),
            Link::Stopped(_) => ("stopped", Some("sign in again")),
        };
        let mut sentence = sentence(shown.link);
        let leases = leases(shown);
        if matches!(shown.link, Link::Away(_)) {
            sentence.push(' ');
            sentence.push_str(&points(&leases));
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

fn sentence(link: Link) -> String {
    match link {
        Link::Starting => "The print server has not answered yet.",
        Link::Connected => "The print server answers.",
        Link::Away(Away::Unreachable | Away::Silent) => "The print server can’t be reached.",
        Link::Away(Away::Certificate) => {
            "What answers in the print server’s place shows a certificate that is not trusted on \
             this computer, so nothing is sent to it. Tell your administrator if this happens in \
             your usual network."
        }
        Link::Away(Away::NotOurs) => {
            "Something else answers in the print server’s place: this network may want a sign-in \
             in the browser first."
        }
        Link::Away(Away::Garbled) => {
            "What the print server says makes no sense, so nothing of it is taken in. Tell your \
             administrator."
        }
        Link::Away(Away::Unavailable) => "The print server can’t do its work at the moment.",
        Link::Away(Away::Outdated(who)) => return who.sentence().to_owned(),
        Link::Away(Away::Misunderstood) => {
            "The print server does not understand this version of Platen. Tell your administrator."
        }
        Link::Away(Away::DiskFull) => {
            "The disk is full. Free some space; what the print server says can’t be kept."
        }
        Link::Stopped(Stop::SignedOut) => {
            "The print server wants you to sign in again. Documents stay held until then."
        }
        Link::Stopped(Stop::Revoked) => {
            "An administrator shut this computer out of the print server. Sign out and in again, \
             or ask your administrator."
        }
        Link::Stopped(Stop::SomebodyElse) => {
            "The print server knows somebody else under this sign-in. Sign out and in again."
        }
        Link::Stopped(Stop::Diverged) => {
            "What this computer remembers does not fit the print server’s records: one of them \
             was put back to an earlier day. Sign out and in again; this computer then begins anew."
        }
    }
    .to_owned()
}

/// What may still be printed without the server.
fn leases(shown: &Shown) -> Vec<String> {
    let usable = shown.leases.iter().filter(|lease| !lease.ending);
    let named = usable.filter_map(|lease| {
        let mut accounts = shown.accounts.iter();
        let account = accounts.find(|one| one.id == lease.account)?;
        Some(format!("{} on {}", lease.left, account.name))
    });
    named.collect()
}

fn points(leases: &[String]) -> String {
    if leases.is_empty() {
        return "Documents stay held until it is back.".to_owned();
    }
    format!(
        "Until it is back, this computer prints with the points set aside for it: {}.",
        leases.join(", ")
    )
}

/// Why a document waits, for its owner. *Source*: rules.md R-39.
pub(super) fn waits(wait: Wait) -> String {
    match wait {
        Wait::NoLease => {
            "The print server can’t be reached, and no points are set aside on this computer for \
             your account."
                .to_owned()
        }
        Wait::LeaseTooSmall { cost, left } => format!(
            "The print server can’t be reached. It costs {cost} points, and of those set aside on \
             this computer {left} are left."
        ),
        Wait::NoPrice => {
            "The print server can’t be reached, and without it nothing can be priced yet."
                .to_owned()
        }
        Wait::SignIn => "You have to sign in again first.".to_owned(),
        Wait::DiskFull => "The disk of this computer is full.".to_owned(),
    }
}
