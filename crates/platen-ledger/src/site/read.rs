//! From TOML to a site: every mistake has a line, a column and a reason.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use jiff::civil::Date;
use platen_domain::{Access, Kind, Points, PrintRates, RateRow, Size};
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::{AccountSpec, CardSpec, Settings, Site, SiteError, Unreadable};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SiteFile {
    #[serde(default)]
    settings: SettingsTable,
    #[serde(default, rename = "account")]
    accounts: Vec<Spanned<AccountTable>>,
    #[serde(default)]
    rates: Option<Spanned<BTreeMap<Spanned<String>, RatesTable>>>,
    #[serde(default)]
    groups: BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SettingsTable {
    hold_hours: Option<Spanned<i64>>,
    grace_hours: Option<Spanned<i64>>,
    unreadable: Option<Unreadable>,
    account_management: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountTable {
    name: Spanned<String>,
    code: Spanned<String>,
    #[serde(default)]
    kind: KindWord,
    limit: Option<Spanned<Amount>>,
    exceed_by: Option<Spanned<Amount>>,
    start: Option<Spanned<Datetime>>,
    expiry: Option<Spanned<Datetime>>,
    groups: Option<Vec<Spanned<String>>>,
    users: Option<Vec<Spanned<String>>>,
    #[serde(default = "yes")]
    enabled: bool,
    #[serde(default = "yes")]
    on_clients: bool,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum KindWord {
    #[default]
    Individual,
    Shared,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RatesTable {
    mono: RatePair,
    colour: RatePair,
    copy: Option<CopyTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CopyTable {
    mono: RatePair,
    colour: RatePair,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RatePair {
    simplex: Spanned<Amount>,
    duplex: Spanned<Amount>,
}

/// A number of points as it is written. A decimal is never made a float: its
/// text is read from the file again.
enum Amount {
    Whole(i64),
    Decimal,
    Text(String),
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Amount;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number of points such as 15 or 7.5")
            }
            fn visit_i64<E>(self, whole: i64) -> Result<Amount, E> {
                Ok(Amount::Whole(whole))
            }
            fn visit_f64<E>(self, _: f64) -> Result<Amount, E> {
                Ok(Amount::Decimal)
            }
            fn visit_str<E>(self, text: &str) -> Result<Amount, E> {
                Ok(Amount::Text(text.to_owned()))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

const fn yes() -> bool {
    true
}

/// Reads a whole site file.
pub(super) fn site(text: &str) -> Result<Site, SiteError> {
    let file: SiteFile = toml::from_str(text).map_err(|error| {
        let message = error.message().trim().replace('`', "\"");
        Source(text).error(&error.span().unwrap_or(0..0), message)
    })?;
    let source = Source(text);
    Ok(Site {
        accounts: source.accounts(&file.accounts)?,
        card: source.card(file.rates.as_ref())?,
        groups: source.groups(&file.groups)?,
        settings: source.settings(&file.settings)?,
    })
}

struct Source<'text>(&'text str);

impl Source<'_> {
    fn error(&self, span: &Range<usize>, message: impl Into<String>) -> SiteError {
        let before = self.0.get(..span.start).unwrap_or(self.0);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        SiteError {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: message.into(),
        }
    }

    fn settings(&self, table: &SettingsTable) -> Result<Settings, SiteError> {
        let defaults = Settings::default();
        let hours = |value: &Option<Spanned<i64>>, least: i64, default: u32| {
            let Some(value) = value else {
                return Ok(default);
            };
            // Ten years are more than any site keeps a document.
            u32::try_from(*value.get_ref())
                .ok()
                .filter(|hours| (least..=87_600).contains(&i64::from(*hours)))
                .ok_or_else(|| {
                    self.error(
                        &value.span(),
                        format!("must be a number of hours from {least} to 87600"),
                    )
                })
        };
        Ok(Settings {
            hold_hours: hours(&table.hold_hours, 1, defaults.hold_hours)?,
            grace_hours: hours(&table.grace_hours, 0, defaults.grace_hours)?,
            unreadable: table.unreadable.unwrap_or_default(),
            account_management: table
                .account_management
                .unwrap_or(defaults.account_management),
        })
    }

    fn accounts(&self, tables: &[Spanned<AccountTable>]) -> Result<Vec<AccountSpec>, SiteError> {
        let mut names = HashMap::new();
        let mut codes = HashMap::new();
        let mut accounts = Vec::with_capacity(tables.len());
        for table in tables {
            let account = self.account(table.get_ref())?;
            let table = table.get_ref();
            for (seen, value, what) in [
                (&mut names, &table.name, "name"),
                (&mut codes, &table.code, "code"),
            ] {
                let key = value.get_ref().trim().to_lowercase();
                if let Some(first) = seen.insert(key, value.span()) {
                    let line = self.error(&first, "").line;
                    return Err(self.error(
                        &value.span(),
                        format!(
                            "another account has the {what} “{}” already (line {line})",
                            value.get_ref()
                        ),
                    ));
                }
            }
            accounts.push(account);
        }
        Ok(accounts)
    }

    fn account(&self, table: &AccountTable) -> Result<AccountSpec, SiteError> {
        let start = self.date(table.start.as_ref())?;
        let expiry = self.date(table.expiry.as_ref())?;
        if let (Some(first), Some(last), Some(written)) = (start, expiry, &table.expiry)
            && first > last
        {
            return Err(self.error(
                &written.span(),
                format!("the account would expire ({last}) before it starts ({first})"),
            ));
        }
        let limit = table
            .limit
            .as_ref()
            .map(|limit| self.amount(limit, "limit"))
            .transpose()?;
        let exceed_by = match &table.exceed_by {
            None => Points::ZERO,
            Some(written) => {
                let Some(limit) = limit else {
                    return Err(self.error(
                        &written.span(),
                        "“exceed_by” needs a “limit”: an account without one is unlimited",
                    ));
                };
                let exceed_by = self.amount(written, "exceed_by")?;
                limit
                    .plus(exceed_by)
                    .map_err(|error| self.error(&written.span(), error.to_string()))?;
                exceed_by
            }
        };
        Ok(AccountSpec {
            name: self.words(&table.name, "name")?,
            code: self.words(&table.code, "code")?,
            enabled: table.enabled,
            start,
            expiry,
            kind: match table.kind {
                KindWord::Individual => Kind::Individual,
                KindWord::Shared => Kind::Shared,
            },
            limit,
            exceed_by,
            access: self.access(table)?,
            on_clients: table.on_clients,
        })
    }

    /// Without groups and users an account is everyone's; with an empty list
    /// of them it is nobody's.
    fn access(&self, table: &AccountTable) -> Result<Access, SiteError> {
        if table.groups.is_none() && table.users.is_none() {
            return Ok(Access::Everyone);
        }
        let set = |list: &Option<Vec<Spanned<String>>>, what: &str| {
            list.iter()
                .flatten()
                .map(|word| self.words(word, what))
                .collect::<Result<BTreeSet<_>, _>>()
        };
        Ok(Access::Only {
            groups: set(&table.groups, "group")?,
            users: set(&table.users, "user")?,
        })
    }

    fn card(
        &self,
        rates: Option<&Spanned<BTreeMap<Spanned<String>, RatesTable>>>,
    ) -> Result<CardSpec, SiteError> {
        let Some(rates) = rates else {
            return Err(self.error(
                &(self.0.len()..self.0.len()),
                "the rate card is missing: add [rates.other] and a table for each paper size",
            ));
        };
        let mut rows: Vec<RateRow> = Vec::new();
        let mut other = None;
        for (name, table) in rates.get_ref() {
            let print = self.rates(&table.mono, &table.colour)?;
            let copy = match &table.copy {
                Some(copy) => self.rates(&copy.mono, &copy.colour)?,
                None => print,
            };
            if name.get_ref().eq_ignore_ascii_case("other") {
                other = Some((print, copy));
                continue;
            }
            let Some(size) = Size::from_media_name(name.get_ref()) else {
                return Err(self.error(
                    &name.span(),
                    format!(
                        "unknown paper “{}”: write a common name such as A4 or Letter, a media \
                         name such as iso_a4_210x297mm, or other",
                        name.get_ref()
                    ),
                ));
            };
            if let Some(same) = rows.iter().find(|row| row.size.same_paper(size)) {
                return Err(self.error(
                    &name.span(),
                    format!("“{}” is the same paper as “{}”", name.get_ref(), same.name),
                ));
            }
            rows.push(RateRow {
                name: name.get_ref().clone(),
                size,
                print,
                copy,
            });
        }
        let Some((other_print, other_copy)) = other else {
            return Err(self.error(
                &rates.span(),
                "the rate card has no row for other sizes: add [rates.other]",
            ));
        };
        Ok(CardSpec {
            rows,
            other_print,
            other_copy,
        })
    }

    fn rates(&self, mono: &RatePair, colour: &RatePair) -> Result<PrintRates, SiteError> {
        Ok(PrintRates {
            mono_simplex: self.amount(&mono.simplex, "rate")?,
            mono_duplex: self.amount(&mono.duplex, "rate")?,
            colour_simplex: self.amount(&colour.simplex, "rate")?,
            colour_duplex: self.amount(&colour.duplex, "rate")?,
        })
    }

    fn groups(
        &self,
        tables: &BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
    ) -> Result<BTreeMap<String, BTreeSet<String>>, SiteError> {
        let mut groups: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (name, logins) in tables {
            let group = self.words(name, "group")?;
            let mut members = BTreeSet::new();
            for login in logins {
                if !members.insert(self.words(login, "user")?) {
                    return Err(self.error(
                        &login.span(),
                        format!("“{}” is in this group twice", login.get_ref()),
                    ));
                }
            }
            groups.insert(group, members);
        }
        Ok(groups)
    }

    fn amount(&self, written: &Spanned<Amount>, what: &str) -> Result<Points, SiteError> {
        let span = written.span();
        let points = match written.get_ref() {
            Amount::Whole(whole) => Points::whole(*whole),
            Amount::Decimal => self.0[span.clone()].replace('_', "").parse(),
            Amount::Text(text) => text.parse(),
        };
        let points = points.map_err(|error| self.error(&span, error.to_string()))?;
        if points.is_negative() {
            return Err(self.error(&span, format!("a {what} can't be negative")));
        }
        Ok(points)
    }

    fn date(&self, written: Option<&Spanned<Datetime>>) -> Result<Option<Date>, SiteError> {
        let Some(written) = written else {
            return Ok(None);
        };
        let whole = written.get_ref();
        let (Some(day), None, None) = (whole.date, whole.time, whole.offset) else {
            return Err(self.error(&written.span(), "write a day alone, such as 2026-09-01"));
        };
        // TOML's year has four digits, its month and day two: they fit.
        Date::new(
            i16::try_from(day.year).unwrap_or(i16::MAX),
            i8::try_from(day.month).unwrap_or(i8::MAX),
            i8::try_from(day.day).unwrap_or(i8::MAX),
        )
        .map(Some)
        .map_err(|_| self.error(&written.span(), "there is no such day"))
    }

    fn words(&self, written: &Spanned<String>, what: &str) -> Result<String, SiteError> {
        let text = written.get_ref().trim();
        if text.is_empty() {
            return Err(self.error(&written.span(), format!("the {what} is empty")));
        }
        if text.chars().any(char::is_control) {
            return Err(self.error(
                &written.span(),
                format!("the {what} contains a control character"),
            ));
        }
        if text.chars().count() > 200 {
            return Err(self.error(
                &written.span(),
                format!("the {what} is longer than 200 characters"),
            ));
        }
        Ok(text.to_owned())
    }
}
