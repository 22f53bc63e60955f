//! From TOML to a site: every mistake has a line, a column and a reason.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use jiff::civil::Date;
use platen_domain::{Access, Kind, Points};
use platen_rates::{Amount, Rates, Source};
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::{AccountSpec, LONGEST_HOURS, Leasing, Settings, Site, SiteError, Unreadable};
use crate::text;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SiteFile {
    #[serde(default)]
    settings: SettingsTable,
    #[serde(default, rename = "account")]
    accounts: Vec<Spanned<AccountTable>>,
    #[serde(default)]
    rates: Option<Rates>,
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
    user_portal: Option<bool>,
    upload: Option<bool>,
    clients_may_quit: Option<bool>,
    session_hours: Option<Spanned<i64>>,
    lease_points: Option<Spanned<i64>>,
    lease_hours: Option<Spanned<i64>>,
    lease_report_days: Option<Spanned<i64>>,
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

const fn yes() -> bool {
    true
}

/// Reads a whole site file.
pub(super) fn site(text: &str) -> Result<Site, SiteError> {
    let reader = Reader(Source(text));
    let file: SiteFile = reader.0.parse()?;
    Ok(Site {
        accounts: reader.accounts(&file.accounts)?,
        card: reader.0.card(file.rates.as_ref())?,
        groups: reader.groups(&file.groups)?,
        settings: reader.settings(&file.settings)?,
    })
}

struct Reader<'text>(Source<'text>);

impl Reader<'_> {
    fn error(&self, span: &Range<usize>, message: impl Into<String>) -> SiteError {
        self.0.error(span, message)
    }

    fn settings(&self, table: &SettingsTable) -> Result<Settings, SiteError> {
        let defaults = Settings::default();
        let number =
            |value: &Option<Spanned<i64>>, of: &str, least: u32, most: u32, default: u32| {
                let Some(value) = value else {
                    return Ok(default);
                };
                u32::try_from(*value.get_ref())
                    .ok()
                    .filter(|number| (least..=most).contains(number))
                    .ok_or_else(|| {
                        let must = format!("must be a number of {of} from {least} to {most}");
                        self.error(&value.span(), must)
                    })
            };
        let hours = |value: &Option<Spanned<i64>>, least, default| {
            number(value, "hours", least, LONGEST_HOURS, default)
        };
        let leasing = defaults.leasing;
        let leasing = Leasing {
            lease_points: number(
                &table.lease_points,
                "points",
                0,
                Leasing::MOST_POINTS,
                leasing.lease_points,
            )?,
            lease_hours: hours(&table.lease_hours, 1, leasing.lease_hours)?,
            lease_report_days: number(
                &table.lease_report_days,
                "days",
                0,
                Leasing::MOST_DAYS,
                leasing.lease_report_days,
            )?,
        };
        Ok(Settings {
            hold_hours: hours(&table.hold_hours, 1, defaults.hold_hours)?,
            grace_hours: hours(&table.grace_hours, 0, defaults.grace_hours)?,
            unreadable: table.unreadable.unwrap_or_default(),
            account_management: table
                .account_management
                .unwrap_or(defaults.account_management),
            user_portal: table.user_portal.unwrap_or(defaults.user_portal),
            upload: table.upload.unwrap_or(defaults.upload),
            clients_may_quit: table.clients_may_quit.unwrap_or(defaults.clients_may_quit),
            session_hours: hours(&table.session_hours, 1, defaults.session_hours)?,
            leasing,
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
                let key = text::key(value.get_ref());
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
            .map(|limit| self.0.amount(limit, "limit"))
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
                let exceed_by = self.0.amount(written, "exceed_by")?;
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
        if text::key(text).is_empty() {
            return Err(self.error(&written.span(), format!("the {what} is empty")));
        }
        if let Some(fault) = text::fault(text) {
            return Err(self.error(&written.span(), format!("the {what} {fault}")));
        }
        Ok(text.to_owned())
    }
}
