//! Settings, rate cards and group membership.

use std::collections::{BTreeMap, BTreeSet};

use platen_domain::{Person, RateCard};
use rusqlite::{OptionalExtension, params};

use super::{Result, Tx};
use crate::codec;
use crate::error::LedgerError;
use crate::site::Settings;

const SITE: &str = "site";

impl Tx<'_> {
    pub(crate) fn settings(&self) -> Result<Settings> {
        let stored: Option<String> = self
            .connection
            .prepare_cached("SELECT value FROM setting WHERE name = ?1")?
            .query_row([SITE], |row| row.get(0))
            .optional()?;
        match stored {
            None => Ok(Settings::default()),
            Some(text) => codec::from_text(&text),
        }
    }

    pub(crate) fn put_settings(&self, settings: &Settings) -> Result<()> {
        self.connection
            .prepare_cached(
                "INSERT INTO setting (name, value) VALUES (?1, ?2)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            )?
            .execute(params![SITE, codec::to_text(settings)?])?;
        Ok(())
    }

    /// The card in force: the one with the highest version.
    pub(crate) fn current_card(&self) -> Result<Option<RateCard>> {
        self.connection
            .prepare_cached("SELECT version, card FROM rate_card ORDER BY version DESC LIMIT 1")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?
            .map(card)
            .transpose()
    }

    pub(crate) fn card(&self, version: u64) -> Result<RateCard> {
        let row = self
            .connection
            .prepare_cached("SELECT version, card FROM rate_card WHERE version = ?1")?
            .query_row(params![version], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?
            .ok_or_else(|| LedgerError::corrupt(format!("rate card {version} is missing")))?;
        card(row)
    }

    /// Adds a version; cards are never changed, since charges name them.
    pub(crate) fn add_card(&self, card: &RateCard) -> Result<()> {
        self.connection
            .prepare_cached("INSERT INTO rate_card (version, card) VALUES (?1, ?2)")?
            .execute(params![card.version, codec::card_to_text(card)?])?;
        Ok(())
    }

    /// Groups that the site gives a person, by login or by id.
    pub(crate) fn site_groups(&self, person: &Person) -> Result<BTreeSet<String>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT group_name FROM membership WHERE login IN (?1, ?2)")?;
        let rows =
            statement.query_map(params![person.login, person.id.as_str()], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    pub(crate) fn replace_groups(&self, groups: &BTreeMap<String, BTreeSet<String>>) -> Result<()> {
        self.connection.execute("DELETE FROM membership", [])?;
        let mut insert = self
            .connection
            .prepare_cached("INSERT INTO membership (group_name, login) VALUES (?1, ?2)")?;
        for (group, logins) in groups {
            for login in logins {
                insert.execute(params![group, login])?;
            }
        }
        Ok(())
    }
}

fn card((version, text): (u64, String)) -> Result<RateCard> {
    codec::card_from_text(version, &text)
}
