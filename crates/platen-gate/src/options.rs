//! The options of a job, as filters and printers will read them.
//!
//! Everything that is not known to leave the price alone counts: a driver's own
//! option may well change paper, colour or the number of sides. What cupsd adds
//! by itself on queues with a driver (Duplex from sides, PageSize from media,
//! media and PageSize from media-col) stands after the approval among the options, and must agree with what was
//! approved.

use std::collections::BTreeMap;

use platen_domain::options::DUPLEX_OPTIONS;
use platen_domain::{Finishing, Size};
use uuid::Uuid;

use crate::APPROVAL_OPTION;
use crate::approval::digest_of;

/// Options, lower case, that change neither the count, the size nor the colour
/// of printed sides, or that are checked on their own.
const WITHOUT_EFFECT: &[&str] = &[
    APPROVAL_OPTION,
    "collate",
    "compression",
    "copies", // the backend's fourth argument, checked on its own
    "finishings",
    "fit-to-page",
    "fitplot",
    "ipp-attribute-fidelity",
    "landscape",
    "multiple-document-handling",
    "number-of-documents",
    "number-of-intervening-jobs",
    "orientation-requested",
    "output-bin",
    "outputorder",
    "print-content-optimize",
    "print-quality",
    "print-rendering-intent",
    "printer-resolution",
    "printer-uri",
    "resolution",
];

/// Beginnings of names, lower case, of what describes a job and not its print.
/// Banner pages (`job-sheets`) are documents of their own, and fingerprinted.
const DESCRIPTIVE: &[&str] = &[
    "attributes-",
    "date-time-at-",
    "document-",
    "job-",
    "time-at-",
];

/// The options, lower case, that cupsd derives from others on a queue with a
/// driver. *Source*: CUPS 2.4 `scheduler/job.c` `get_options`, `ppd-cache.c`.
const TWO_SIDED: &[&str] = &[
    "duplex",
    "jclduplex",
    "efduplex",
    "efduplexing",
    "kd03duplex",
];
const PAPER: &[&str] = &["media", "pagesize", "pageregion"];
const COLOUR: &[&str] = &["colormodel"];
const TRAYS: &[&str] = &[
    "inputslot",
    "hppapersource",
    "mediatype",
    "outputbin",
    "cupsprintquality",
];

/// The asked paper when it is only given as a collection; compared as a size,
/// since cupsd hands no collection to a backend.
const MEDIA_COLLECTION: &str = "media-col";

/// The options that may decide the price, out of all options of a job, with
/// names in lower case.
///
/// Applied to its own result it changes nothing.
/// *Source*: rules.md R-11; option by option, CUPS 2.4.2 measured.
#[must_use]
pub fn priced_options(all: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    all.iter()
        .filter_map(|(name, value)| {
            let name = name.to_ascii_lowercase();
            if name == MEDIA_COLLECTION {
                let size = size_of_collection(value)?;
                return Some((name, format!("{}x{}", size.width, size.height)));
            }
            counts(&name).then(|| (name, value.clone()))
        })
        .collect()
}

/// The options that a released job has: what was asked for, and written out what
/// the queue's defaults gave it, so that a printer's own defaults can't change
/// what was priced. Whoever releases a job sets these and approves them; the
/// server can tell them from a document's facts.
#[must_use]
pub fn released_options(
    priced: &BTreeMap<String, String>,
    finishing: &Finishing,
) -> BTreeMap<String, String> {
    let mut options = priced_options(priced);
    let says = |names: &[&str]| {
        names
            .iter()
            .any(|name| options.contains_key(&name.to_ascii_lowercase()))
    };
    let mut missing = Vec::new();
    if !says(&["sides"]) && !says(DUPLEX_OPTIONS) {
        missing.push(("sides", finishing.sides.keyword().to_owned()));
    }
    if !says(&["print-color-mode", "ColorModel"]) && finishing.monochrome {
        missing.push(("print-color-mode", "monochrome".to_owned()));
    }
    if !says(&["number-up"]) {
        missing.push(("number-up", finishing.number_up.max(1).to_string()));
    }
    options.extend(
        missing
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value)),
    );
    options
}

fn counts(name: &str) -> bool {
    !WITHOUT_EFFECT.contains(&name) && !DESCRIPTIVE.iter().any(|start| name.starts_with(start))
}

/// The fingerprint of what [`priced_options`] keeps, collections left out.
pub(crate) fn digest(priced: &BTreeMap<String, String>) -> [u8; 32] {
    digest_of(
        priced
            .iter()
            .filter(|(name, _)| *name != MEDIA_COLLECTION)
            .flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]),
    )
}

/// The paper that was asked for. *Source*: cupsd lets `media` win over
/// `media-col`, measured on 2.4.2.
pub(crate) fn paper(priced: &BTreeMap<String, String>) -> Option<Size> {
    ["pagesize", "media"]
        .iter()
        .find_map(|name| priced.get(*name))
        .map_or_else(
            || size_of_collection(priced.get(MEDIA_COLLECTION)?),
            |value| value.split(',').find_map(size_of_name),
        )
}

/// Reads `{media-size={x-dimension=21000 y-dimension=29700} …}` or `21000x29700`.
fn size_of_collection(text: &str) -> Option<Size> {
    let member = |name: &str| -> Option<u32> {
        let (_, after) = text.split_once(name)?;
        let digits = after.trim_start_matches(['=', ' ']);
        let end = digits
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(digits.len());
        digits[..end].parse().ok()
    };
    let pair = text
        .split_once('x')
        .and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    let (width, height) =
        pair.or_else(|| Some((member("x-dimension")?, member("y-dimension")?)))?;
    Some(Size { width, height })
}

/// `A4`, `A4.Fullbleed`, `iso_a4_210x297mm`, `Custom.210x297mm`.
pub(crate) fn size_of_name(name: &str) -> Option<Size> {
    Size::from_media_name(name).or_else(|| {
        let (base, rest) = name.split_once('.')?;
        if base.eq_ignore_ascii_case("custom") {
            return Size::from_media_name(&format!("custom_{rest}"));
        }
        Size::from_media_name(base)
    })
}

/// Why an option string is refused: it could mean one thing here and another
/// to a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// A name with other characters than IPP names have.
    #[error("an option of this document has no proper name")]
    Name,
    /// A control character, quote or brace where cupsd writes none.
    #[error("an option of this document has no proper value")]
    Value,
    /// The same name twice: which one counts is the reader's guess.
    #[error("an option of this document is given twice")]
    Twice,
}

/// The fifth argument of a backend, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    asked: BTreeMap<String, String>,
    derived: BTreeMap<String, String>,
}

impl Options {
    /// Reads the options as cupsd writes them: names and values in
    /// `name=value`, `name` or `noname` for truth values, backslashes before
    /// blanks, quotes and backslashes.
    ///
    /// # Errors
    /// [`Malformed`], whenever a reader more lenient than this one could
    /// understand something else.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let mut options = Self::default();
        let mut after_approval = false;
        let mut rest = text.trim_start_matches(' ');
        while !rest.is_empty() {
            let (name, value, remaining) = next(rest)?;
            if options.asked.contains_key(&name) || options.derived.contains_key(&name) {
                return Err(Malformed::Twice);
            }
            let may_be_derived = after_approval && is_derivable(&name);
            after_approval |= name == APPROVAL_OPTION;
            if may_be_derived {
                options.derived.insert(name, value);
            } else {
                options.asked.insert(name, value);
            }
            rest = remaining.trim_start_matches(' ');
        }
        Ok(options)
    }

    /// What was asked for, with names in lower case.
    #[must_use]
    pub fn asked(&self) -> &BTreeMap<String, String> {
        &self.asked
    }

    #[cfg(unix)]
    /// All that filters and printer will follow, with names in lower case; what
    /// cupsd derived comes last.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.asked.iter().chain(&self.derived);
        all.filter(|(name, _)| *name != APPROVAL_OPTION)
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The approval among the options.
    #[must_use]
    pub fn approval(&self) -> Option<&str> {
        self.asked.get(APPROVAL_OPTION).map(String::as_str)
    }

    /// The job's own identifier.
    #[must_use]
    pub fn job_uuid(&self) -> Option<Uuid> {
        self.asked
            .get("job-uuid")?
            .strip_prefix("urn:uuid:")?
            .parse()
            .ok()
    }

    /// Whether all that stands after the approval follows from `approved`;
    /// otherwise the name of an option that does not.
    ///
    /// `paper` is the paper that was priced, if one was asked for.
    pub(crate) fn derived_fit(
        &self,
        approved: &BTreeMap<String, String>,
        approved_paper: Option<Size>,
    ) -> Result<(), String> {
        for (name, value) in &self.derived {
            let name = name.as_str();
            let fits = if TWO_SIDED.contains(&name) {
                approved
                    .get("sides")
                    .is_some_and(|sides| two_sided(value) == Some(sides.as_str()))
            } else if PAPER.contains(&name) {
                approved.get("media") == Some(value)
                    || approved_paper
                        .zip(size_of_name(value))
                        .is_some_and(|(approved, derived)| approved.same_paper(derived))
            } else if COLOUR.contains(&name) {
                // Priced with colour, a print without costs nobody anything.
                !is_monochrome(approved) || is_grey(value)
            } else {
                TRAYS.contains(&name)
            };
            if !fits {
                return Err(name.to_owned());
            }
        }
        Ok(())
    }
}

fn is_derivable(name: &str) -> bool {
    [TWO_SIDED, PAPER, COLOUR, TRAYS]
        .iter()
        .any(|names| names.contains(&name))
}

/// The IPP keyword for a driver's choice. *Source*: CUPS 2.4 `ppd-cache.c`.
fn two_sided(choice: &str) -> Option<&'static str> {
    Some(match choice {
        "None" | "False" => "one-sided",
        "DuplexNoTumble" | "LongEdge" | "Top" => "two-sided-long-edge",
        "DuplexTumble" | "ShortEdge" | "Bottom" => "two-sided-short-edge",
        _ => return None,
    })
}

fn is_monochrome(approved: &BTreeMap<String, String>) -> bool {
    approved
        .get("print-color-mode")
        .is_some_and(|mode| mode.contains("monochrome") || mode.contains("bi-level"))
}

fn is_grey(choice: &str) -> bool {
    let choice = choice.to_ascii_lowercase();
    choice.contains("gray")
        || choice.contains("grey")
        || choice.starts_with("mono")
        || choice == "black"
}

/// The first option of `text` (name in lower case, value) and what follows it.
fn next(text: &str) -> Result<(String, String, &str), Malformed> {
    let end = text.find(['=', ' ']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let proper = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || !name.chars().all(proper) {
        return Err(Malformed::Name);
    }
    let name = name.to_ascii_lowercase();
    let Some(rest) = rest.strip_prefix('=') else {
        return Ok(match name.strip_prefix("no") {
            Some(positive) if !positive.is_empty() => (positive.into(), "false".into(), rest),
            _ => (name, "true".into(), rest),
        });
    };
    let (value, rest) = if rest.starts_with('{') {
        collection(rest)?
    } else {
        plain(rest)?
    };
    Ok((name, value, rest))
}

/// A value up to the next blank, without its backslashes.
fn plain(text: &str) -> Result<(String, &str), Malformed> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            ' ' => return Ok((value, &text[at..])),
            '\\' => value.push(characters.next().ok_or(Malformed::Value)?.1),
            '"' | '\'' => return Err(Malformed::Value),
            control if control.is_control() => return Err(Malformed::Value),
            other => value.push(other),
        }
    }
    Ok((value, ""))
}

/// A value in braces, as it stands, up to the brace that closes it.
fn collection(text: &str) -> Result<(String, &str), Malformed> {
    let mut depth = 0_usize;
    for (at, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            '\\' | '"' | '\'' => return Err(Malformed::Value),
            control if control.is_control() => return Err(Malformed::Value),
            _ => {}
        }
        if depth == 0 {
            let (value, rest) = text.split_at(at + 1);
            return match rest.chars().next() {
                None | Some(' ') => Ok((value.to_owned(), rest)),
                Some(_) => Err(Malformed::Value),
            };
        }
    }
    Err(Malformed::Value)
}

#[cfg(test)]
mod tests;
