//! Sessions, by the digest of their secret.

use std::collections::BTreeSet;

use jiff::Timestamp;
use platen_domain::{Person, UserId};
use uuid::Uuid;

use super::condition::Condition;
use super::table::{Kind, Stored, Table};
use super::value::{Row, Value, check_storable};
use super::{Result, Tx};
use crate::codec;
use crate::error::LedgerError;
use crate::page::Page;
use crate::session::{Session, SessionFilter, SessionKind};
use crate::text;

/// A session with what finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredSession {
    pub(crate) digest: [u8; 32],
    pub(crate) session: Session,
}

impl Stored for StoredSession {
    type Key = [u8; 32];

    const TABLE: &'static Table = &Table {
        name: "session",
        key: 1,
        // One that was ended must not come back by somebody's being seen.
        locked: true,
        columns: &[
            ("digest", Kind::Bytes),
            ("id", Kind::Bytes),
            ("kind", Kind::Text),
            ("person", Kind::Text),
            ("login", Kind::Text),
            ("name", Kind::Text),
            ("groups", Kind::Text),
            ("administrator", Kind::Int),
            ("device", Kind::Text),
            ("address", Kind::Text),
            ("logout", Kind::Text),
            ("search", Kind::Text),
            ("made_at", Kind::Int),
            ("seen_at", Kind::Int),
            ("expires_at", Kind::Int),
            ("ended_at", Kind::Int),
        ],
    };

    fn key_values(key: &[u8; 32]) -> Vec<Value> {
        vec![(*key).into()]
    }

    fn key(&self) -> [u8; 32] {
        self.digest
    }

    fn values(&self) -> Result<Vec<Value>> {
        let session = &self.session;
        let person = &session.person;
        let search = format!("{} {} {}", person.name, person.login, session.device);
        Ok(vec![
            self.digest.into(),
            session.id.into(),
            session.kind.name().into(),
            person.id.as_str().into(),
            person.login.as_str().into(),
            person.name.as_str().into(),
            codec::to_text(&person.groups)?.into(),
            session.administrator.into(),
            session.device.as_str().into(),
            session.address.as_str().into(),
            session.logout.as_deref().into(),
            text::key(&search).into(),
            session.made_at.into(),
            session.seen_at.into(),
            session.expires_at.into(),
            session.ended_at.into(),
        ])
    }

    fn read(row: &mut Row) -> Result<Self> {
        let (digest, id) = (row.bytes()?, row.id()?);
        let kind = SessionKind::from_name(&row.text()?)
            .ok_or_else(|| LedgerError::corrupt("the kind of a session"))?;
        let (id_of_person, login, name) = (UserId::new(row.text()?), row.text()?, row.text()?);
        let groups: BTreeSet<String> = codec::from_text(&row.text()?)?;
        let person = Person {
            id: id_of_person,
            name,
            login,
            groups,
        };
        let administrator = row.truth()?;
        let (device, address) = (row.text()?, row.text()?);
        let (logout, _) = (row.optional_text()?, row.text()?);
        let session = Session {
            id,
            kind,
            person,
            administrator,
            device,
            address,
            logout,
            made_at: row.time()?,
            seen_at: row.time()?,
            expires_at: row.time()?,
            ended_at: row.optional_time()?,
        };
        Ok(Self { digest, session })
    }
}

impl Tx<'_> {
    pub(crate) fn session(&self, digest: &[u8; 32]) -> Result<Option<Session>> {
        let stored = self.row(|set| &mut set.sessions, digest)?;
        Ok(stored.map(|stored| stored.session.clone()))
    }

    pub(crate) fn put_session(&self, digest: [u8; 32], session: Session) -> Result<()> {
        let person = &session.person;
        let texts = [
            person.id.as_str(),
            &person.name,
            &person.login,
            &session.device,
            &session.address,
        ];
        check_storable(texts.map(Some))?;
        check_storable(person.groups.iter().map(|group| Some(group.as_str())))?;
        check_storable([session.logout.as_deref()])?;
        self.set().sessions.put(StoredSession { digest, session });
        Ok(())
    }

    /// Sessions, those that were opened last first.
    pub(crate) fn sessions(&self, filter: &SessionFilter) -> Result<Page<Session>> {
        let mut condition = Condition::default();
        if let Some(user) = &filter.user {
            condition.and("person = #", user.as_str());
        }
        if let Some(kind) = filter.kind {
            condition.and("kind = #", kind.name());
        }
        if let Some(now) = filter.live_at {
            // The sign keeps SQLite from looking most of them up by their end and then
            // sorting them: the first ones in order are found sooner.
            condition.and("+expires_at > #", now);
            condition.and_always("ended_at IS NULL");
        }
        condition.and_words("search", &filter.search);
        let page: Page<StoredSession> =
            self.page(&condition, "made_at DESC, id DESC", filter.page)?;
        Ok(page.map(|stored| stored.session))
    }

    /// What finds the session with this id.
    pub(crate) fn session_digests(&self, id: Uuid) -> Result<Vec<[u8; 32]>> {
        self.digests("SELECT digest FROM session WHERE id = ?1", &[id.into()])
    }

    /// The session with this id, over or not.
    pub(crate) fn session_named(&self, id: Uuid) -> Result<Option<Session>> {
        let digests = self.session_digests(id)?;
        let digest = digests.first();
        digest.map_or(Ok(None), |digest| self.session(digest))
    }

    /// What finds all of a person's sessions that let him in.
    pub(crate) fn live_digests(&self, user: &UserId, now: Timestamp) -> Result<Vec<[u8; 32]>> {
        self.digests(
            "SELECT digest FROM session WHERE person = ?1 AND expires_at > ?2
                 AND ended_at IS NULL",
            &[user.as_str().into(), now.into()],
        )
    }

    pub(super) fn digests(&self, sql: &str, parameters: &[Value]) -> Result<Vec<[u8; 32]>> {
        // No row has such a text, and PostgreSQL does not take it.
        let zero = |value: &Value| matches!(value, Value::Text(text) if text.contains('\0'));
        if parameters.iter().any(zero) {
            return Ok(Vec::new());
        }
        let rows = self.sql()?.query(sql, parameters)?;
        rows.into_iter().map(|mut row| row.bytes()).collect()
    }
}
