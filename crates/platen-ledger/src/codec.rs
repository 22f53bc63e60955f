//! The stored text forms of facts, rate cards and access, as JSON.
//!
//! These shapes are stored for years, so they are written out here and not
//! derived from types that other crates may change.

use std::collections::{BTreeMap, BTreeSet};

use platen_domain::{
    Access, Booklet, Finishing, PageFacts, PageRun, PageSet, Passage, Points, PrintRates, RateCard,
    RateRow, Sides, Size, Ticket,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::document::Facts;
use crate::error::LedgerError;

type Result<T> = std::result::Result<T, LedgerError>;

/// Writes a value whose shape is stable by itself.
pub(crate) fn to_text<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| LedgerError::corrupt(error.to_string()))
}

/// Reads what [`to_text`] wrote.
pub(crate) fn from_text<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| LedgerError::corrupt(error.to_string()))
}

/// width, height
type StoredSize = (u32, u32);
/// count, width, height, colour
type StoredRun = (u32, u32, u32, bool);
/// Hundredths: mono simplex, mono duplex, colour simplex, colour duplex
type StoredRates = (i64, i64, i64, i64);

#[derive(Serialize, Deserialize)]
struct StoredFacts {
    documents: Vec<Vec<StoredRun>>,
    digests: Vec<String>,
    format: String,
    finishing: StoredFinishing,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ticket: Option<StoredTicket>,
    /// Without it the job's filters decide, as they did before it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    passage: Option<String>,
    priced_options: BTreeMap<String, String>,
    warnings: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct StoredFinishing {
    copies: u32,
    sides: String,
    number_up: u32,
    ranges: Vec<(u32, u32)>,
    page_set: String,
    /// Two-up, signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    booklet: Option<(bool, Option<u32>)>,
    #[serde(default, skip_serializing_if = "is_false")]
    reverse: bool,
    monochrome: bool,
    media: Option<StoredSize>,
    banners: u32,
}

#[derive(Default, Serialize, Deserialize)]
struct StoredTicket {
    copies: Option<u32>,
    sides: Option<String>,
    monochrome: Option<bool>,
}

// serde asks for a reference.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
const fn is_false(value: &bool) -> bool {
    !*value
}

pub(crate) fn facts_to_text(facts: &Facts) -> Result<String> {
    let run = |run: &PageRun| {
        let size = run.page.size;
        (run.count, size.width, size.height, run.page.colour)
    };
    let finishing = &facts.finishing;
    to_text(&StoredFacts {
        documents: facts
            .documents
            .iter()
            .map(|runs| runs.iter().map(run).collect())
            .collect(),
        digests: facts.digests.iter().map(hex).collect(),
        format: facts.format.clone(),
        finishing: StoredFinishing {
            copies: finishing.copies,
            sides: finishing.sides.keyword().to_owned(),
            number_up: finishing.number_up,
            ranges: finishing.ranges.clone(),
            page_set: page_set_name(finishing.page_set).to_owned(),
            booklet: finishing
                .booklet
                .map(|booklet| (booklet.two_up, booklet.signature)),
            reverse: finishing.reverse,
            monochrome: finishing.monochrome,
            media: finishing.media.map(|size| (size.width, size.height)),
            banners: finishing.banners,
        },
        ticket: stored_ticket(&facts.ticket),
        passage: passage_name(facts.passage).map(str::to_owned),
        priced_options: facts.priced_options.clone(),
        warnings: facts.warnings.clone(),
    })
}

pub(crate) fn facts_from_text(text: &str) -> Result<Facts> {
    let stored: StoredFacts = from_text(text)?;
    let run = |(count, width, height, colour): StoredRun| PageRun {
        count,
        page: PageFacts {
            size: Size { width, height },
            colour,
        },
    };
    let finishing = stored.finishing;
    Ok(Facts {
        documents: stored
            .documents
            .into_iter()
            .map(|runs| runs.into_iter().map(run).collect())
            .collect(),
        digests: stored
            .digests
            .iter()
            .map(|digest| unhex(digest))
            .collect::<Result<_>>()?,
        format: stored.format,
        finishing: Finishing {
            copies: finishing.copies,
            sides: Sides::from_keyword(&finishing.sides)
                .ok_or_else(|| LedgerError::corrupt("the sides of a document"))?,
            number_up: finishing.number_up,
            ranges: finishing.ranges,
            page_set: page_set(&finishing.page_set)?,
            booklet: finishing
                .booklet
                .map(|(two_up, signature)| Booklet { two_up, signature }),
            reverse: finishing.reverse,
            monochrome: finishing.monochrome,
            media: finishing
                .media
                .map(|(width, height)| Size { width, height }),
            banners: finishing.banners,
        },
        ticket: ticket(stored.ticket)?,
        passage: passage(stored.passage.as_deref())?,
        priced_options: stored.priced_options,
        warnings: stored.warnings,
    })
}

const fn passage_name(passage: Passage) -> Option<&'static str> {
    match passage {
        Passage::LaidOut => None,
        Passage::Interpreted => Some("interpreted"),
        Passage::Either => Some("either"),
        Passage::AsIs => Some("as-is"),
    }
}

fn passage(name: Option<&str>) -> Result<Passage> {
    match name {
        None => Ok(Passage::LaidOut),
        Some("interpreted") => Ok(Passage::Interpreted),
        Some("either") => Ok(Passage::Either),
        Some("as-is") => Ok(Passage::AsIs),
        Some(_) => Err(LedgerError::corrupt("the passage of a document")),
    }
}

fn stored_ticket(ticket: &Ticket) -> Option<StoredTicket> {
    (*ticket != Ticket::default()).then(|| StoredTicket {
        copies: ticket.copies,
        sides: ticket.sides.map(|sides| sides.keyword().to_owned()),
        monochrome: ticket.monochrome,
    })
}

fn ticket(stored: Option<StoredTicket>) -> Result<Ticket> {
    let stored = stored.unwrap_or_default();
    let sides = |keyword: String| {
        Sides::from_keyword(&keyword)
            .ok_or_else(|| LedgerError::corrupt("the sides that a document asks for"))
    };
    Ok(Ticket {
        copies: stored.copies,
        sides: stored.sides.map(sides).transpose()?,
        monochrome: stored.monochrome,
    })
}

#[derive(Serialize, Deserialize)]
struct StoredCard {
    rows: Vec<StoredRow>,
    other_print: StoredRates,
    other_copy: StoredRates,
}

#[derive(Serialize, Deserialize)]
struct StoredRow {
    name: String,
    size: StoredSize,
    print: StoredRates,
    copy: StoredRates,
}

pub(crate) fn card_to_text(card: &RateCard) -> Result<String> {
    let row = |row: &RateRow| StoredRow {
        name: row.name.clone(),
        size: (row.size.width, row.size.height),
        print: stored_rates(row.print),
        copy: stored_rates(row.copy),
    };
    to_text(&StoredCard {
        rows: card.rows.iter().map(row).collect(),
        other_print: stored_rates(card.other_print),
        other_copy: stored_rates(card.other_copy),
    })
}

pub(crate) fn card_from_text(version: u64, text: &str) -> Result<RateCard> {
    let stored: StoredCard = from_text(text)?;
    let row = |row: StoredRow| RateRow {
        name: row.name,
        size: Size {
            width: row.size.0,
            height: row.size.1,
        },
        print: rates(row.print),
        copy: rates(row.copy),
    };
    Ok(RateCard {
        version,
        rows: stored.rows.into_iter().map(row).collect(),
        other_print: rates(stored.other_print),
        other_copy: rates(stored.other_copy),
    })
}

#[derive(Serialize, Deserialize)]
struct StoredAccess {
    groups: BTreeSet<String>,
    users: BTreeSet<String>,
}

pub(crate) fn access_to_text(access: &Access) -> Result<String> {
    to_text(&match access {
        Access::Everyone => None,
        Access::Only { groups, users } => Some(StoredAccess {
            groups: groups.clone(),
            users: users.clone(),
        }),
    })
}

pub(crate) fn access_from_text(text: &str) -> Result<Access> {
    Ok(match from_text::<Option<StoredAccess>>(text)? {
        None => Access::Everyone,
        Some(StoredAccess { groups, users }) => Access::Only { groups, users },
    })
}

/// Groups as JSON, in which every quotation mark, comma and backslash of a name is
/// escaped by its number. A name between quotation marks is then found in it as
/// text only where it is one of the groups as a whole.
pub(crate) fn groups_to_text(groups: &BTreeSet<String>) -> String {
    let groups: Vec<_> = groups.iter().map(|group| group_to_text(group)).collect();
    format!("[{}]", groups.join(","))
}

/// One of the groups as it stands in [`groups_to_text`].
pub(crate) fn group_to_text(group: &str) -> String {
    let mut text = String::from("\"");
    for character in group.chars() {
        match character {
            '"' | ',' | '\\' | '\0'..='\x1f' => {
                text.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            _ => text.push(character),
        }
    }
    text.push('"');
    text
}

pub(crate) fn groups_from_text(text: &str) -> Result<BTreeSet<String>> {
    from_text(text)
}

const fn stored_rates(rates: PrintRates) -> StoredRates {
    (
        rates.mono_simplex.hundredths(),
        rates.mono_duplex.hundredths(),
        rates.colour_simplex.hundredths(),
        rates.colour_duplex.hundredths(),
    )
}

const fn rates(stored: StoredRates) -> PrintRates {
    PrintRates {
        mono_simplex: Points::from_hundredths(stored.0),
        mono_duplex: Points::from_hundredths(stored.1),
        colour_simplex: Points::from_hundredths(stored.2),
        colour_duplex: Points::from_hundredths(stored.3),
    }
}

const fn page_set_name(page_set: PageSet) -> &'static str {
    match page_set {
        PageSet::All => "all",
        PageSet::Even => "even",
        PageSet::Odd => "odd",
    }
}

fn page_set(name: &str) -> Result<PageSet> {
    match name {
        "all" => Ok(PageSet::All),
        "even" => Ok(PageSet::Even),
        "odd" => Ok(PageSet::Odd),
        _ => Err(LedgerError::corrupt("the page set of a document")),
    }
}

fn hex(bytes: &[u8; 32]) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| DIGITS[usize::from(digit)])
        .collect()
}

fn unhex(text: &str) -> Result<[u8; 32]> {
    let wrong = || LedgerError::corrupt("the digest of a document");
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return Err(wrong());
    }
    let bytes = pairs
        .iter()
        .map(|pair| {
            let pair = std::str::from_utf8(pair).map_err(|_| wrong())?;
            u8::from_str_radix(pair, 16).map_err(|_| wrong())
        })
        .collect::<Result<Vec<u8>>>()?;
    bytes.try_into().map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_survive_being_stored() {
        let facts = Facts {
            documents: vec![
                vec![PageRun {
                    count: 3,
                    page: PageFacts {
                        size: Size::A4,
                        colour: true,
                    },
                }],
                vec![],
            ],
            digests: vec![[0xa5; 32], [0; 32]],
            format: "pdf".into(),
            finishing: Finishing {
                copies: 2,
                sides: Sides::TwoSidedShortEdge,
                number_up: 4,
                ranges: vec![(1, 3), (7, 7)],
                page_set: PageSet::Odd,
                booklet: Some(Booklet {
                    two_up: true,
                    signature: Some(8),
                }),
                reverse: true,
                monochrome: true,
                media: Some(Size::A3),
                banners: 1,
            },
            ticket: Ticket {
                copies: Some(3),
                sides: Some(Sides::TwoSidedLongEdge),
                monochrome: None,
            },
            passage: Passage::AsIs,
            priced_options: BTreeMap::from([("sides".into(), "two-sided-short-edge".into())]),
            warnings: vec!["page 2 is damaged".into()],
        };
        let text = facts_to_text(&facts).unwrap();
        assert_eq!(facts_from_text(&text).unwrap(), facts);
    }

    #[test]
    fn facts_of_older_versions_are_still_read() {
        let text = r#"{"documents":[[[2,21000,29700,false]]],"digests":[],"format":"pdf",
            "finishing":{"copies":1,"sides":"one-sided","number_up":1,"ranges":[],
            "page_set":"all","monochrome":false,"media":null,"banners":0},
            "priced_options":{},"warnings":[]}"#;
        let facts = facts_from_text(text).unwrap();
        assert_eq!(facts.finishing, Finishing::default());
        assert_eq!(facts.ticket, Ticket::default());
        assert_eq!(facts.passage, Passage::LaidOut);
        // What is new is written only where it says something.
        let again: serde_json::Value =
            serde_json::from_str(&facts_to_text(&facts).unwrap()).unwrap();
        assert_eq!(
            again,
            serde_json::from_str::<serde_json::Value>(text).unwrap()
        );
    }

    #[test]
    fn group_is_found_in_stored_groups_only_as_a_whole() {
        let odd = [
            "staff", "Staff", "", ",", "\"", "a\"b", "a,b", "b", "\\", "a\\", "[", "]", "ü\n",
            "\",\"", "x\",\"b", "u002c",
        ];
        for one in odd {
            let stored = groups_to_text(&BTreeSet::from([one.to_owned(), "zz".to_owned()]));
            let read = groups_from_text(&stored).unwrap();
            assert!(read.contains(one) && read.len() == 2, "{stored}");
            for other in odd {
                assert_eq!(
                    stored.contains(&group_to_text(other)),
                    one == other,
                    "{other:?} in {stored}"
                );
            }
        }
        assert_eq!(groups_from_text("[]").unwrap(), BTreeSet::new());
    }

    #[test]
    fn text_that_is_not_what_was_stored_is_damage() {
        for text in ["", "{}", "[]", "null"] {
            assert!(matches!(
                facts_from_text(text),
                Err(LedgerError::Corrupt { .. })
            ));
        }
    }
}
