//! Documents that are no longer open.

use std::collections::HashMap;

use platen_domain::{DocumentId, UserId};

use super::condition::Condition;
use super::directory::{padded, places};
use super::documents::Record;
use super::{Result, Tx};
use crate::document::{Document, HistoryQuery, HistorySort};
use crate::page::Page;
use crate::text;

/// Documents whose names are looked at in one search at most.
const SEARCHED: u32 = 50_000;

/// Documents that are fetched by one statement at most.
const AT_ONCE: usize = 256;

impl Tx<'_> {
    /// A page of a person's documents that are no longer open and fit.
    pub(crate) fn past_documents(
        &self,
        user: &UserId,
        query: &HistoryQuery,
    ) -> Result<Page<Document>> {
        if user.as_str().contains('\0') {
            // Nobody is like that, and PostgreSQL can't be asked.
            return Ok(Page::default());
        }
        let mut condition = Condition::default();
        condition.and("person = #", user.as_str());
        condition.and_always("open = 0");
        if let Some(since) = query.since {
            condition.and("submitted_at >= #", since);
        }
        if let Some(until) = query.until {
            condition.and("submitted_at < #", until);
        }
        if let Some(account) = query.account {
            condition.and("account = #", account.0);
        }
        if let Some(state) = query.state {
            condition.and("state = #", state.name());
        }
        let order = match query.sort {
            HistorySort::Newest | HistorySort::Name => "submitted_at DESC, id DESC",
            HistorySort::Oldest => "submitted_at, id",
            HistorySort::Points => {
                "COALESCE(posted, 0) + COALESCE(overrun, 0) DESC, submitted_at DESC, id DESC"
            }
        };
        let search = text::key(&query.search);
        if search.is_empty() && query.sort != HistorySort::Name {
            let page: Page<Record> = self.page(&condition, order, query.page)?;
            return Ok(page.map(|record| record.document));
        }
        let found = self.named_documents(&condition, order, &search, query.sort)?;
        let page = query.page.cut(found);
        Ok(Page {
            rows: self.documents_by_id(&page.rows)?,
            total: page.total,
        })
    }

    /// Those documents whose names have each word of a folded search in them.
    fn named_documents(
        &self,
        condition: &Condition,
        order: &str,
        search: &str,
        sort: HistorySort,
    ) -> Result<Vec<DocumentId>> {
        let rest = format!("ORDER BY {order} LIMIT {SEARCHED}");
        let rows = self.rows("SELECT id, name FROM document", condition, &rest)?;
        let mut found = Vec::new();
        for mut row in rows {
            let (id, key) = (DocumentId(row.id()?), text::key(&row.text()?));
            if search.split(' ').all(|word| key.contains(word)) {
                found.push((key, id));
            }
        }
        if sort == HistorySort::Name {
            found.sort_by(|(one, _), (other, _)| one.cmp(other));
        }
        Ok(found.into_iter().map(|(_, id)| id).collect())
    }

    /// Documents in the order of their ids as they are given; those that there
    /// are not are left out.
    pub(crate) fn documents_by_id(&self, ids: &[DocumentId]) -> Result<Vec<Document>> {
        let mut found = HashMap::new();
        for few in ids.chunks(AT_ONCE) {
            let (list, count) = places(1, few.len());
            let parameters = padded(few.iter().map(|id| id.0.into()), count);
            for document in self.documents(&format!("WHERE id IN {list}"), &parameters)? {
                found.insert(document.id, document);
            }
        }
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }
}
