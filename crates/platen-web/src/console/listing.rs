//! Lists whose search, filters, order and page stand in the address.

use platen_ledger::PageAsk;
use url::form_urlencoded;

use super::fields::Fields;
use super::show::Show;
use crate::words::console::Fill as _;

/// An address with what stands behind its `?`.
#[derive(Clone, Debug)]
pub(super) struct Listing {
    path: String,
    /// In the order in which they stand in the address; none is empty.
    fields: Vec<(&'static str, String)>,
    page: u64,
    total: u64,
}

impl Listing {
    /// Keeps those of `names` that the address has.
    pub(super) fn read(path: impl Into<String>, names: &[&'static str], query: &Fields) -> Self {
        let fields = names
            .iter()
            .map(|name| (*name, query.get(name).to_owned()))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        Self {
            path: path.into(),
            fields,
            page: query.number("page").max(1) - 1,
            total: 0,
        }
    }

    /// What to ask the ledger for.
    pub(super) fn ask(&self) -> PageAsk {
        PageAsk::number(self.page, PageAsk::USUAL)
    }

    /// How many there are in all, once they were asked for.
    pub(super) fn found(&mut self, total: u64) {
        self.total = total;
    }

    /// The value of a name; empty if it has none.
    pub(super) fn get(&self, name: &str) -> &str {
        self.fields
            .iter()
            .find(|(key, _)| *key == name)
            .map_or("", |(_, value)| value)
    }

    pub(super) fn is(&self, name: &str, value: &str) -> bool {
        self.get(name) == value
    }

    /// Whether anything narrows the list.
    pub(super) fn is_narrowed(&self) -> bool {
        self.fields
            .iter()
            .any(|(name, _)| !matches!(*name, "sort" | "down" | "archived"))
    }

    /// The first page of the same list.
    pub(super) fn here(&self) -> String {
        self.address(&self.fields, 0)
    }

    /// The first page with one value changed; an empty one goes away.
    pub(super) fn with(&self, name: &'static str, value: &str) -> String {
        let mut fields = self.fields.clone();
        fields.retain(|(key, _)| *key != name);
        if !value.is_empty() {
            fields.push((name, value.to_owned()));
        }
        self.address(&fields, 0)
    }

    /// The same list in the order of `column`; a second time the other way.
    pub(super) fn sorted(&self, column: &str) -> String {
        let down = self.is("sort", column) && self.get("down").is_empty();
        let mut fields = self.fields.clone();
        fields.retain(|(key, _)| !matches!(*key, "sort" | "down"));
        fields.push(("sort", column.to_owned()));
        if down {
            fields.push(("down", "yes".to_owned()));
        }
        self.address(&fields, 0)
    }

    /// What `aria-sort` says of a column, where the list is in its order.
    pub(super) fn order(&self, column: &str, usual: &str) -> Option<&'static str> {
        let sort = self.get("sort");
        let sorted = if sort.is_empty() { usual } else { sort };
        (sorted == column).then(|| {
            if self.get("down").is_empty() {
                "ascending"
            } else {
                "descending"
            }
        })
    }

    /// The icon of the order.
    pub(super) fn arrow(&self) -> &'static str {
        if self.get("down").is_empty() {
            "up"
        } else {
            "down"
        }
    }

    /// What a search form has to carry along beside its own `names`.
    pub(super) fn carried(&self, names: &[&str]) -> Vec<(&'static str, &str)> {
        self.fields
            .iter()
            .filter(|(name, _)| !names.contains(name))
            .map(|(name, value)| (*name, value.as_str()))
            .collect()
    }

    pub(super) fn total(&self) -> u64 {
        self.total
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// `51–100 of 1,234`.
    pub(super) fn range(&self, show: &Show) -> String {
        let first = self.page * u64::from(PageAsk::USUAL) + 1;
        let last = (first + u64::from(PageAsk::USUAL) - 1).min(self.total);
        let w = &show.words().frame;
        w.range.with_all(&[
            &show.number(first.min(last)),
            &show.number(last),
            &show.number(self.total),
        ])
    }

    pub(super) fn previous(&self) -> Option<String> {
        let page = self.page.checked_sub(1)?;
        // From beyond the end back to where there is something.
        let last = self.total.saturating_sub(1) / u64::from(PageAsk::USUAL);
        Some(self.address(&self.fields, page.min(last)))
    }

    pub(super) fn next(&self) -> Option<String> {
        let end = self.page.checked_add(1)?;
        (end.checked_mul(u64::from(PageAsk::USUAL))? < self.total)
            .then(|| self.address(&self.fields, end))
    }

    fn address(&self, fields: &[(&'static str, String)], page: u64) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in fields {
            query.append_pair(name, value);
        }
        if page > 0 {
            query.append_pair("page", &(page + 1).to_string());
        }
        let query = query.finish();
        if query.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{query}", self.path)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 4] = ["search", "sort", "down", "kind"];

    fn listing(query: &str, total: u64) -> Listing {
        let mut listing = Listing::read("/x", &NAMES, &Fields::read(query.as_bytes()));
        listing.found(total);
        listing
    }

    #[test]
    fn address_keeps_what_it_knows_and_drops_the_rest() {
        let list = listing("search=a%26b&evil=1&kind=&page=3", 500);
        assert_eq!(list.here(), "/x?search=a%26b");
        assert_eq!(list.with("kind", "shared"), "/x?search=a%26b&kind=shared");
        assert_eq!(list.with("search", ""), "/x");
        assert_eq!(list.previous().as_deref(), Some("/x?search=a%26b&page=2"));
        assert_eq!(list.next().as_deref(), Some("/x?search=a%26b&page=4"));
    }

    #[test]
    fn a_column_sorts_up_then_down() {
        let up = listing("sort=name", 1);
        assert_eq!(up.sorted("name"), "/x?sort=name&down=yes");
        assert_eq!(up.sorted("code"), "/x?sort=code");
        assert_eq!(up.order("name", "name"), Some("ascending"));
        let down = listing("sort=name&down=yes", 1);
        assert_eq!(down.sorted("name"), "/x?sort=name");
        assert_eq!(down.order("name", "name"), Some("descending"));
        assert_eq!(listing("", 1).order("name", "name"), Some("ascending"));
        assert_eq!(listing("", 1).order("code", "name"), None);
    }

    #[test]
    fn pages_end_where_the_list_ends() {
        let first = listing("", 50);
        assert_eq!((first.previous(), first.next()), (None, None));
        assert_eq!(listing("", 51).next().as_deref(), Some("/x?page=2"));
        let beyond = listing("page=99", 51);
        assert_eq!(beyond.previous().as_deref(), Some("/x?page=2"));
        assert_eq!(beyond.next(), None);
        let far = listing(&format!("page={}", u64::MAX), 51);
        assert_eq!(far.next(), None);
    }
}
