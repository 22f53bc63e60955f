//! Every key of the configuration, as data: files, environment, help and the
//! documents are held against this one list.

/// What a key's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One text.
    Text,
    /// Texts; in the environment with commas between them.
    List,
    /// A whole number.
    Whole,
    /// `true` or `false`.
    Switch,
}

/// One key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    /// Its name in the file, its table before a dot.
    pub(crate) path: &'static str,
    /// What its value is.
    pub(crate) kind: Kind,
    /// What it is for, in one line of the help.
    pub(crate) meaning: &'static str,
}

const fn key(path: &'static str, kind: Kind, meaning: &'static str) -> Key {
    Key {
        path,
        kind,
        meaning,
    }
}

/// All of them, in the order of the documents.
pub(crate) const KEYS: &[Key] = &[
    key("public_url", Kind::Text, "where people reach the server"),
    key(
        "listen",
        Kind::List,
        "addresses to listen on (127.0.0.1:8631)",
    ),
    key(
        "behind_proxy",
        Kind::Switch,
        "a proxy in front of it speaks TLS",
    ),
    key(
        "trusted_proxies",
        Kind::List,
        "addresses whose X-Forwarded-For counts",
    ),
    key("time_zone", Kind::Text, "the site's (this computer's)"),
    key(
        "data_dir",
        Kind::Text,
        "where its files are (/var/lib/platen)",
    ),
    key(
        "database",
        Kind::Text,
        "PostgreSQL's address; none: SQLite in data_dir",
    ),
    key(
        "database_file",
        Kind::Text,
        "a file with PostgreSQL's address in it",
    ),
    key(
        "pilot",
        Kind::Text,
        "accounts, rates and groups to load at every start",
    ),
    key(
        "upload_limit_mb",
        Kind::Whole,
        "the largest document that is taken (100)",
    ),
    key(
        "estimator",
        Kind::Text,
        "the document analyser (platen-estimate beside it)",
    ),
    key(
        "drain_s",
        Kind::Whole,
        "how long only /readyz says that it stops (0)",
    ),
    key(
        "shutdown_s",
        Kind::Whole,
        "how long requests may take to end (20)",
    ),
    key(
        "tls.certificate",
        Kind::Text,
        "PEM file: the certificate and those between",
    ),
    key("tls.key", Kind::Text, "PEM file: its private key"),
    key(
        "sign_in.issuer",
        Kind::Text,
        "the OpenID provider, as it names itself",
    ),
    key(
        "sign_in.client_id",
        Kind::Text,
        "the client registered there (platen-server)",
    ),
    key(
        "sign_in.client_secret",
        Kind::Text,
        "its secret; better in a file",
    ),
    key(
        "sign_in.client_secret_file",
        Kind::Text,
        "a file with its secret in it",
    ),
    key(
        "sign_in.scopes",
        Kind::List,
        "what is asked of the provider beside openid",
    ),
    key(
        "sign_in.groups_claim",
        Kind::Text,
        "the claim with a person's groups (groups)",
    ),
    key(
        "sign_in.administrators",
        Kind::List,
        "groups whose members are administrators",
    ),
    key(
        "sign_in.administrator_emails",
        Kind::List,
        "verified addresses of administrators as well",
    ),
    key(
        "sign_in.tray_clients",
        Kind::List,
        "client ids of tray apps that are trusted",
    ),
    key(
        "printing.cups_server",
        Kind::Text,
        "the print server's socket; none: no printing",
    ),
    key(
        "printing.queues",
        Kind::List,
        "queues without a gate to release to as well",
    ),
    key(
        "printing.gone_after_min",
        Kind::Whole,
        "when others end a silent server's releases (15)",
    ),
    key(
        "api.requests_per_second",
        Kind::Whole,
        "requests of one credential, over time (100)",
    ),
    key(
        "api.requests_at_once",
        Kind::Whole,
        "requests of one credential at once (200)",
    ),
    key(
        "api.tokens_per_minute",
        Kind::Whole,
        "tokens for one credential and address (20)",
    ),
    key(
        "push.services",
        Kind::List,
        "push services to call (the known browsers')",
    ),
    key(
        "log.level",
        Kind::Text,
        "error, warn, info, debug, trace (info)",
    ),
    key("log.format", Kind::Text, "human or json (human)"),
    key(
        "metrics.listen",
        Kind::Text,
        "an address of their own for the metrics",
    ),
    key(
        "metrics.allow",
        Kind::List,
        "who may read them (127.0.0.0/8, ::1)",
    ),
];

/// What every variable of the environment starts with.
pub(crate) const PREFIX: &str = "PLATEN_SERVER_";

impl Key {
    /// The variable of the environment that sets it.
    pub(crate) fn variable(&self) -> String {
        let name = self.path.replace('.', "_").to_ascii_uppercase();
        format!("{PREFIX}{name}")
    }
}

/// The key of that name.
pub(crate) fn find(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.path == path)
}

/// The key that was probably meant, if one is near.
pub(crate) fn nearest(path: &str) -> Option<&'static str> {
    let last = |path: &'static str| path.rsplit('.').next().unwrap_or(path);
    if let Some(key) = KEYS.iter().find(|key| last(key.path) == path) {
        return Some(key.path);
    }
    let candidates = KEYS.iter().map(|key| (distance(path, key.path), key.path));
    let (far, nearest) = candidates.min()?;
    (far <= 3).then_some(nearest)
}

/// How many letters must be changed, added or removed to make one of the other
/// (Levenshtein's distance).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.chars().enumerate() {
        let mut diagonal = line;
        row[0] = line + 1;
        for (column, wanted) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *wanted);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_leads_to_the_key_that_was_meant() {
        assert_eq!(nearest("publc_url"), Some("public_url"));
        assert_eq!(nearest("tls.certifcate"), Some("tls.certificate"));
        assert_eq!(nearest("issuer"), Some("sign_in.issuer"));
        assert_eq!(nearest("colour_of_the_sky"), None);
    }

    #[test]
    fn each_variable_stands_for_one_key() {
        let mut variables: Vec<String> = KEYS.iter().map(Key::variable).collect();
        variables.sort();
        variables.dedup();
        assert_eq!(variables.len(), KEYS.len());
        assert_eq!(KEYS[0].variable(), "PLATEN_SERVER_PUBLIC_URL");
    }

    #[test]
    fn every_key_is_documented_with_its_variable_s_rule() {
        let document = include_str!("../../../../docs/server.md");
        for key in KEYS {
            let row = format!("| `{}` |", key.path);
            assert!(document.contains(&row), "docs/server.md has no row {row}");
        }
    }
}
