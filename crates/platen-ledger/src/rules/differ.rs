//! What changed, for the log: each field's value before and after, as JSON.

use std::collections::{BTreeMap, BTreeSet};

use platen_domain::{Access, Account, Kind, PrintRates, RateCard};
use serde_json::{Map, Value, json};

use crate::site::Settings;
use crate::store::Result;

/// Names of a set that are written out; more are counted.
const NAMES: usize = 50;

/// Fields by their names.
pub(super) type Fields = Map<String, Value>;

/// The fields that differ, each as `[before, after]`.
pub(super) fn differ(before: &Fields, after: &Fields) -> Fields {
    let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let pair = |name: &String| {
        let of = |fields: &Fields| fields.get(name).cloned().unwrap_or(Value::Null);
        (of(before), of(after))
    };
    names
        .into_iter()
        .map(|name| (name, pair(name)))
        .filter(|(_, (before, after))| before != after)
        .map(|(name, (before, after))| (name.clone(), json!([before, after])))
        .collect()
}

/// What was taken out of a set and what was added; none if nothing was.
pub(super) fn differ_sets(before: &BTreeSet<String>, after: &BTreeSet<String>) -> Option<Value> {
    (before != after).then(|| {
        let gone = cut(before.difference(after));
        json!([gone, cut(after.difference(before))])
    })
}

/// The first of many names; `+12` stands for twelve more.
fn cut<'set>(names: impl Iterator<Item = &'set String>) -> Vec<String> {
    let mut first = Names::default();
    names.cloned().for_each(|name| first.push(name));
    first.told()
}

/// The first of many names, and how many more there are.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    first: Vec<String>,
    more: usize,
}

impl Names {
    pub(super) fn push(&mut self, name: String) {
        if self.first.len() < NAMES {
            self.first.push(name);
        } else {
            self.more += 1;
        }
    }

    pub(super) fn add(&mut self, later: Self) {
        later.first.into_iter().for_each(|name| self.push(name));
        self.more += later.more;
    }

    /// The names; `+12` stands for twelve more.
    pub(super) fn told(&self) -> Vec<String> {
        let more = (self.more > 0).then(|| format!("+{}", self.more));
        self.first.iter().cloned().chain(more).collect()
    }
}

/// What an account changed in; all of it where there was none.
pub(super) fn of_accounts(before: Option<&Account>, after: &Account) -> Fields {
    let nothing = (Fields::new(), BTreeSet::new(), BTreeSet::new());
    let (before, groups, users) = before.map_or(nothing, account);
    let (after, groups_after, users_after) = account(after);
    let mut fields = differ(&before, &after);
    for (name, sets) in [
        ("groups", differ_sets(&groups, &groups_after)),
        ("users", differ_sets(&users, &users_after)),
    ] {
        if let Some(change) = sets {
            fields.insert(name.to_owned(), change);
        }
    }
    fields
}

fn account(account: &Account) -> (Fields, BTreeSet<String>, BTreeSet<String>) {
    let (access, groups, users) = match &account.access {
        Access::Everyone => ("everyone", BTreeSet::new(), BTreeSet::new()),
        Access::Only { groups, users } => ("only", groups.clone(), users.clone()),
    };
    let kind = match account.kind {
        Kind::Individual => "individual",
        Kind::Shared => "shared",
    };
    let fields = [
        ("name", json!(account.name)),
        ("code", json!(account.code)),
        ("enabled", json!(account.enabled)),
        ("start", json!(account.start.map(|day| day.to_string()))),
        ("expiry", json!(account.expiry.map(|day| day.to_string()))),
        ("kind", json!(kind)),
        ("limit", json!(account.limit.map(|limit| limit.to_string()))),
        ("exceed_by", json!(account.exceed_by.to_string())),
        ("access", json!(access)),
        ("on_clients", json!(account.on_clients)),
        ("archived", json!(account.archived)),
    ];
    let fields = fields.map(|(name, value)| (name.to_owned(), value));
    (fields.into_iter().collect(), groups, users)
}

/// What settings changed in.
pub(super) fn of_settings(before: &Settings, after: &Settings) -> Result<Fields> {
    Ok(differ(&settings(before)?, &settings(after)?))
}

fn settings(settings: &Settings) -> Result<Fields> {
    crate::codec::from_text(&crate::codec::to_text(settings)?)
}

/// What a rate card changed in, by paper and rate.
pub(super) fn of_cards(before: Option<&RateCard>, after: &RateCard) -> Fields {
    differ(&before.map_or_else(Fields::new, card), &card(after))
}

fn card(card: &RateCard) -> Fields {
    let mut fields = Fields::new();
    let mut add = |name: &str, what: &str, rates: PrintRates| {
        for (rate, points) in [
            ("mono simplex", rates.mono_simplex),
            ("mono duplex", rates.mono_duplex),
            ("colour simplex", rates.colour_simplex),
            ("colour duplex", rates.colour_duplex),
        ] {
            fields.insert(format!("{name}: {what} {rate}"), json!(points.to_string()));
        }
    };
    for row in &card.rows {
        add(&row.name, "print", row.print);
        add(&row.name, "copy", row.copy);
    }
    add("other", "print", card.other_print);
    add("other", "copy", card.other_copy);
    for row in &card.rows {
        let size = format!("{}x{}", row.size.width, row.size.height);
        fields.insert(format!("{}: size", row.name), json!(size));
    }
    fields
}

/// What groups changed in: logins that went and logins that came, by group.
pub(super) fn of_groups(
    before: &BTreeMap<String, BTreeSet<String>>,
    after: &BTreeMap<String, BTreeSet<String>>,
) -> Fields {
    let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let nobody = BTreeSet::new();
    let change = |name: &String| {
        let of = |groups: &BTreeMap<_, _>| groups.get(name).cloned();
        let (before, after) = (of(before), of(after));
        let change = differ_sets(
            before.as_ref().unwrap_or(&nobody),
            after.as_ref().unwrap_or(&nobody),
        )?;
        Some((name.clone(), change))
    };
    let mut changes: Vec<_> = names.into_iter().filter_map(change).collect();
    let more = changes.len().saturating_sub(NAMES);
    changes.truncate(NAMES);
    let mut fields: Fields = changes.into_iter().collect();
    if more > 0 {
        fields.insert("+".to_owned(), json!(more));
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn sets_say_who_went_and_who_came_and_never_more_than_fifty() {
        let change = differ_sets(&set(&["a", "b"]), &set(&["b", "c"]));
        assert_eq!(change, Some(json!([["a"], ["c"]])));
        assert_eq!(differ_sets(&set(&["a"]), &set(&["a"])), None);
        let many: BTreeSet<_> = (0..1_000).map(|number| format!("{number:04}")).collect();
        let Some(Value::Array(sides)) = differ_sets(&set(&[]), &many) else {
            panic!("no change");
        };
        let came = sides[1].as_array().unwrap();
        assert_eq!((came.len(), &came[50]), (51, &json!("+950")));
    }

    #[test]
    fn setting_that_changed_is_named_with_both_values() {
        let before = Settings::default();
        let after = Settings {
            upload: false,
            session_hours: 1,
            ..before
        };
        let fields = of_settings(&before, &after).unwrap();
        let text = Value::Object(fields).to_string();
        assert_eq!(text, r#"{"session_hours":[12,1],"upload":[true,false]}"#);
    }
}
