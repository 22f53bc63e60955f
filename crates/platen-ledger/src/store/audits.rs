//! The log of what administrators did.

use platen_domain::UserId;
use uuid::Uuid;

use super::condition::Condition;
use super::table::{Kind, Stored, Table};
use super::value::{Row, Value, check_storable};
use super::{Result, Tx};
use crate::audit::{AuditEntry, AuditFilter};
use crate::page::Page;
use crate::text;

/// Characters of an entry that are searched.
const SEARCHED: usize = 4_000;

impl Stored for AuditEntry {
    type Key = Uuid;

    const TABLE: &'static Table = &Table {
        name: "audit",
        key: 1,
        locked: false,
        columns: &[
            ("id", Kind::Bytes),
            ("made_at", Kind::Int),
            ("actor", Kind::Text),
            ("name", Kind::Text),
            ("address", Kind::Text),
            ("action", Kind::Text),
            ("subject", Kind::Text),
            ("detail", Kind::Text),
            ("search", Kind::Text),
        ],
    };

    fn key_values(key: &Uuid) -> Vec<Value> {
        vec![(*key).into()]
    }

    fn key(&self) -> Uuid {
        self.id
    }

    fn values(&self) -> Result<Vec<Value>> {
        let texts = [
            &self.name,
            &self.subject,
            &self.action,
            &self.address,
            &self.detail,
        ];
        let search: String = texts.map(String::as_str).join(" ");
        let search: String = search.chars().take(SEARCHED).collect();
        Ok(vec![
            self.id.into(),
            self.at.into(),
            self.actor.as_str().into(),
            self.name.as_str().into(),
            self.address.as_str().into(),
            self.action.as_str().into(),
            self.subject.as_str().into(),
            self.detail.as_str().into(),
            text::key(&search).into(),
        ])
    }

    fn read(row: &mut Row) -> Result<Self> {
        let entry = Self {
            id: row.id()?,
            at: row.time()?,
            actor: UserId::new(row.text()?),
            name: row.text()?,
            address: row.text()?,
            action: row.text()?,
            subject: row.text()?,
            detail: row.text()?,
        };
        row.text()?;
        Ok(entry)
    }
}

impl Tx<'_> {
    /// Adds an entry; nothing ever changes one.
    pub(crate) fn add_audit(&self, entry: AuditEntry) -> Result<()> {
        let texts = [
            entry.actor.as_str(),
            &entry.name,
            &entry.address,
            &entry.action,
            &entry.subject,
            &entry.detail,
        ];
        check_storable(texts.map(Some))?;
        self.set().audits.put(entry);
        Ok(())
    }

    /// Whether there is an entry with this identity.
    pub(crate) fn has_audit(&self, id: Uuid) -> Result<bool> {
        Ok(self.row(|set| &mut set.audits, &id)?.is_some())
    }

    /// Entries, the newest first.
    pub(crate) fn audits(&self, filter: &AuditFilter) -> Result<Page<AuditEntry>> {
        let mut condition = Condition::default();
        if let Some(action) = &filter.action {
            if check_storable([Some(action.as_str())]).is_err() {
                return Ok(Page::default());
            }
            condition.and("action = #", action.as_str());
        }
        if let Some(since) = filter.since {
            condition.and("made_at >= #", since);
        }
        if let Some(until) = filter.until {
            condition.and("made_at < #", until);
        }
        condition.and_words("search", &filter.search);
        self.page(&condition, "made_at DESC, id DESC", filter.page)
    }
}
