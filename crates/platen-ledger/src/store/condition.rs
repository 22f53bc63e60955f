//! Conditions of lists, put together from what a filter asks.

use super::table::Stored;
use super::value::{Row, Value};
use super::{Result, Tx};
use crate::page::{Page, PageAsk};
use crate::text;

/// Words of a search that count; more make it no narrower.
const WORDS: usize = 8;

/// What all rows of a list fulfil.
#[derive(Debug, Default)]
pub(crate) struct Condition {
    sql: String,
    parameters: Vec<Value>,
}

impl Condition {
    /// Adds a comparison, in which `#` stands for the value.
    pub(crate) fn and(&mut self, comparison: &str, value: impl Into<Value>) {
        let place = self.place(value);
        self.and_always(&comparison.replace('#', &place));
    }

    /// Where a value stands that a comparison of several values names.
    pub(crate) fn place(&mut self, value: impl Into<Value>) -> String {
        self.parameters.push(value.into());
        format!("?{}", self.parameters.len())
    }

    /// Adds a comparison without a value.
    pub(crate) fn and_always(&mut self, comparison: &str) {
        let word = if self.sql.is_empty() { "WHERE" } else { "AND" };
        self.sql = format!("{} {word} {comparison}", self.sql);
    }

    /// Adds that a column of folded text has every word of `search` in it.
    pub(crate) fn and_words(&mut self, column: &str, search: &str) {
        for word in text::key(search).split(' ').take(WORDS) {
            if !word.is_empty() {
                let comparison = format!("{column} LIKE # ESCAPE '!'");
                self.and(&comparison, pattern(word));
            }
        }
    }
}

/// What finds a word anywhere in a text.
fn pattern(word: &str) -> String {
    let mut pattern = String::from("%");
    // No row has a zero character, and PostgreSQL takes none.
    for letter in word.chars().filter(|letter| *letter != '\0').take(200) {
        if matches!(letter, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

impl Tx<'_> {
    /// Reads what `select` names of the rows that a condition finds; `rest` is
    /// their order and number.
    pub(super) fn rows(&self, select: &str, condition: &Condition, rest: &str) -> Result<Vec<Row>> {
        let sql = format!("{select}{} {rest}", condition.sql);
        self.sql()?.query(&sql, &condition.parameters)
    }

    /// Reads a page of the rows that a condition finds.
    pub(super) fn page<T: Stored>(
        &self,
        condition: &Condition,
        order: &str,
        page: PageAsk,
    ) -> Result<Page<T>> {
        let mut parameters = condition.parameters.clone();
        let sql = format!("SELECT COUNT(*) FROM {} {}", T::TABLE.name, condition.sql);
        let total = self.sql()?.query_one(&sql, &parameters)?;
        let total = total.map_or(Ok(0), |mut row| row.count())?;
        if total <= page.offset {
            // Nothing is looked for twice in vain.
            let rows = Vec::new();
            return Ok(Page { rows, total });
        }
        parameters.push(page.rows().into());
        parameters.push(page.skipped().into());
        let (limit, offset) = (parameters.len() - 1, parameters.len());
        let condition = format!(
            "{} ORDER BY {order} LIMIT ?{limit} OFFSET ?{offset}",
            condition.sql
        );
        Ok(Page {
            rows: self.list(&condition, &parameters)?,
            total,
        })
    }

    /// Reads the first rows that a condition finds.
    pub(super) fn listed<T: Stored>(
        &self,
        condition: &Condition,
        order: &str,
        limit: u32,
    ) -> Result<Vec<T>> {
        let mut parameters = condition.parameters.clone();
        parameters.push(limit.into());
        let place = parameters.len();
        let condition = format!("{} ORDER BY {order} LIMIT ?{place}", condition.sql);
        self.list(&condition, &parameters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_takes_every_character_as_it_is() {
        let mut condition = Condition::default();
        condition.and("person = #", "alice");
        condition.and_words("search", " 100%  A_b! \0");
        assert_eq!(
            condition.sql,
            " WHERE person = ?1 AND search LIKE ?2 ESCAPE '!' AND search LIKE ?3 ESCAPE '!' \
             AND search LIKE ?4 ESCAPE '!'"
        );
        let wanted = ["alice", "%100!%%", "%a!_b!!%", "%%"];
        assert_eq!(condition.parameters, wanted.map(Value::from));
    }
}
