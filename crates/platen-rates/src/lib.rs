//! Rate cards as people write them: TOML, read as a whole or not at all.
//!
//! The site file of the ledger has a rate card in it, and `platen-estimate`
//! prices by the same file. Every mistake has a line, a column and a reason.

use std::collections::BTreeMap;
use std::ops::Range;

use platen_domain::{Points, PrintRates, RateCard, RateRow, Size};
use serde::Deserialize;
use toml::Spanned;

/// A rate card without its version, which the ledger gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardSpec {
    /// The sizes with rates of their own.
    pub rows: Vec<RateRow>,
    /// The *Other size* row: printing.
    pub other_print: PrintRates,
    /// The *Other size* row: copying.
    pub other_copy: PrintRates,
}

impl CardSpec {
    /// The card with a version.
    #[must_use]
    pub fn with_version(&self, version: u64) -> RateCard {
        RateCard {
            version,
            rows: self.rows.clone(),
            other_print: self.other_print,
            other_copy: self.other_copy,
        }
    }
}

/// A mistake in a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct Mistake {
    /// Counted from one.
    pub line: usize,
    /// Counted from one, in characters.
    pub column: usize,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// The `rates` table of a file: paper by name.
pub type Rates = Spanned<BTreeMap<Spanned<String>, RatesTable>>;

/// What one paper costs, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RatesTable {
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
pub enum Amount {
    /// `15`
    Whole(i64),
    /// `7.5`
    Decimal,
    /// `"7.5"`
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

/// A whole site file, or one with nothing but rates: the rest is not looked at.
#[derive(Deserialize)]
struct RatesFile {
    #[serde(default)]
    rates: Option<Rates>,
}

/// Reads the rate card of a site file, or of a file with nothing else in it.
///
/// # Errors
/// The first mistake, with its place and a reason that a person understands.
/// *Source*: rules.md R-10.
pub fn card_from_toml(text: &str) -> Result<CardSpec, Mistake> {
    let source = Source(text);
    let file: RatesFile = source.parse()?;
    source.card(file.rates.as_ref())
}

/// The text of a file, for what is read from it again and for its places.
#[derive(Clone, Copy)]
pub struct Source<'text>(pub &'text str);

impl Source<'_> {
    /// Parses the text.
    ///
    /// # Errors
    /// It is no TOML, or has another form.
    pub fn parse<T: serde::de::DeserializeOwned>(&self) -> Result<T, Mistake> {
        toml::from_str(self.0).map_err(|error| {
            let message = error.message().trim().replace('`', "\"");
            self.error(&error.span().unwrap_or(0..0), message)
        })
    }

    /// A mistake at that place.
    #[must_use]
    pub fn error(&self, span: &Range<usize>, message: impl Into<String>) -> Mistake {
        let before = self.0.get(..span.start).unwrap_or(self.0);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Mistake {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: message.into(),
        }
    }

    /// Reads the rate card of a file that was parsed.
    ///
    /// # Errors
    /// The first mistake.
    pub fn card(&self, rates: Option<&Rates>) -> Result<CardSpec, Mistake> {
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

    fn rates(&self, mono: &RatePair, colour: &RatePair) -> Result<PrintRates, Mistake> {
        Ok(PrintRates {
            mono_simplex: self.amount(&mono.simplex, "rate")?,
            mono_duplex: self.amount(&mono.duplex, "rate")?,
            colour_simplex: self.amount(&colour.simplex, "rate")?,
            colour_duplex: self.amount(&colour.duplex, "rate")?,
        })
    }

    /// Reads a number of points that is not negative; `what` names it.
    ///
    /// # Errors
    /// It is none, or negative.
    pub fn amount(&self, written: &Spanned<Amount>, what: &str) -> Result<Points, Mistake> {
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
}

#[cfg(test)]
mod tests;
