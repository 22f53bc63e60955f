//! Who may come in: single-use links and the sessions they become.
//!
//! Whoever embeds the router mints a link and opens it in its own window; the
//! first visit turns it into a session. Only digests of tokens are kept, so
//! that looking one up takes no time that depends on the secret.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::local_path::local_path;
use crate::session::{Digest, digest_of, fresh_secret};

/// How long a link may wait for its visit. *Units*: a browser's cold start
/// takes seconds.
pub const LINK_LIFETIME: Duration = Duration::from_secs(60);
/// How long a session lasts: a working day.
pub const SESSION_LIFETIME: Duration = Duration::from_secs(12 * 3600);
/// Links and sessions kept at most; the oldest give way, so that a program that
/// mints in a loop can't fill the memory.
const KEPT: usize = 64;

/// Links and sessions of one portal.
pub struct Entrance {
    inside: Mutex<Inside>,
    revocations: watch::Sender<u64>,
}

#[derive(Default)]
struct Inside {
    links: HashMap<Digest, Link>,
    /// When each ends.
    sessions: HashMap<Digest, Instant>,
}

struct Link {
    target: String,
    expires: Instant,
}

/// What a visit to a link brought.
pub(crate) struct Entered {
    /// The session's secret, for the cookie.
    pub(crate) session: String,
    /// Where to go.
    pub(crate) target: String,
}

impl Default for Entrance {
    fn default() -> Self {
        Self::new()
    }
}

impl Entrance {
    /// An entrance that nobody may use yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            inside: Mutex::default(),
            revocations: watch::Sender::new(0),
        }
    }

    /// Makes a link that lets in once, within [`LINK_LIFETIME`], and leads to
    /// `target_path`, a path on the portal such as `/?document=ID`. Anything
    /// that isn't such a path leads to the first page.
    ///
    /// Returns the path to append to `http://HOST`. It is a secret: hand it to
    /// one window and don't log it.
    #[must_use]
    pub fn mint(&self, target_path: &str) -> String {
        self.mint_at(target_path, Instant::now())
    }

    /// Ends every session and link, and with them the streams of changes: for
    /// signing out, or when the window is gone.
    pub fn revoke_all(&self) {
        *self.lock() = Inside::default();
        self.revocations.send_modify(|count| *count += 1);
    }

    fn mint_at(&self, target_path: &str, now: Instant) -> String {
        let (secret, digest) = fresh_secret();
        let mut inside = self.lock();
        inside.links.retain(|_, link| link.expires > now);
        make_room(&mut inside.links, |link| link.expires);
        let link = Link {
            target: local_path(target_path).to_owned(),
            expires: now + LINK_LIFETIME,
        };
        inside.links.insert(digest, link);
        format!("/enter/{secret}")
    }

    /// Trades a link's token for a session, once.
    pub(crate) fn enter(&self, token: &str, now: Instant) -> Option<Entered> {
        let (session, session_digest) = fresh_secret();
        let mut inside = self.lock();
        let link = inside.links.remove(&digest_of(token))?;
        if link.expires <= now {
            return None;
        }
        inside.sessions.retain(|_, expires| *expires > now);
        make_room(&mut inside.sessions, |expires| *expires);
        inside
            .sessions
            .insert(session_digest, now + SESSION_LIFETIME);
        Some(Entered {
            session,
            target: link.target,
        })
    }

    /// Whether a cookie's secret opens a session.
    pub(crate) fn knows(&self, session: &str, now: Instant) -> bool {
        self.lock()
            .sessions
            .get(&digest_of(session))
            .is_some_and(|expires| *expires > now)
    }

    /// Changes when sessions were ended.
    pub(crate) fn revocations(&self) -> watch::Receiver<u64> {
        self.revocations.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        // Every change above is complete at each step, so a panic elsewhere
        // leaves nothing half done.
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn make_room<T>(kept: &mut HashMap<Digest, T>, expires: impl Fn(&T) -> Instant) {
    if kept.len() < KEPT {
        return;
    }
    let oldest = kept
        .iter()
        .min_by_key(|(_, item)| expires(item))
        .map(|(digest, _)| *digest);
    if let Some(oldest) = oldest {
        kept.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(path: &str) -> &str {
        path.strip_prefix("/enter/").unwrap()
    }

    #[test]
    fn link_lets_in_once_and_only_in_time() {
        let (entrance, now) = (Entrance::new(), Instant::now());
        let link = entrance.mint_at("/history", now);
        let entered = entrance.enter(token(&link), now).unwrap();
        assert_eq!(entered.target, "/history");
        assert!(entrance.knows(&entered.session, now));
        assert!(entrance.enter(token(&link), now).is_none());

        let late = entrance.mint_at("/", now);
        assert!(entrance.enter(token(&late), now + LINK_LIFETIME).is_none());
        assert!(entrance.enter("", now).is_none());
    }

    #[test]
    fn session_ends_after_a_day_or_when_revoked() {
        let (entrance, now) = (Entrance::new(), Instant::now());
        let enter = || {
            let link = entrance.mint_at("/", now);
            entrance.enter(token(&link), now).unwrap().session
        };
        let session = enter();
        assert!(!entrance.knows(&session, now + SESSION_LIFETIME));
        let waiting = entrance.mint_at("/", now);
        let revocations = entrance.revocations();
        entrance.revoke_all();
        assert!(!entrance.knows(&session, now));
        assert!(entrance.enter(token(&waiting), now).is_none());
        assert!(revocations.has_changed().unwrap());
    }

    #[test]
    fn link_never_leads_to_another_site() {
        let (entrance, now) = (Entrance::new(), Instant::now());
        for target in [
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "",
            "/a\r\nSet-Cookie: x",
            "/ü",
        ] {
            let link = entrance.mint_at(target, now);
            let entered = entrance.enter(token(&link), now).unwrap();
            assert_eq!(entered.target, "/", "{target:?}");
        }
    }

    #[test]
    fn minting_in_a_loop_keeps_a_bounded_number() {
        let (entrance, now) = (Entrance::new(), Instant::now());
        let first = entrance.mint_at("/", now);
        for number in 1..1000 {
            entrance.mint_at("/", now + Duration::from_millis(number));
        }
        assert_eq!(entrance.lock().links.len(), KEPT);
        assert!(entrance.enter(token(&first), now).is_none());
    }
}
