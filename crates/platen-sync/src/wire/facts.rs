//! What a price is made of.

use std::collections::BTreeMap;

use platen_domain::{Finishing, PageFacts, PageRun, Passage, Ticket};
use serde::{Deserialize, Serialize};

use super::limit::{self, Fault};

/// What a price is made of, and what an approval must match; field by field what
/// the ledger keeps of a document. *Source*: rules.md.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The pages of each of the job's documents, in order.
    #[serde(with = "super::form")]
    pub documents: Vec<Vec<PageRun>>,
    /// SHA-256 of each of them.
    #[serde(with = "super::form", default)]
    pub digests: Vec<[u8; 32]>,
    /// The format that the estimate recognised.
    #[serde(default)]
    pub format: String,
    /// The options that change the price.
    #[serde(with = "super::form", default)]
    pub finishing: Finishing,
    /// What the document itself asks for, where the job is silent.
    #[serde(with = "super::form", default)]
    pub ticket: Ticket,
    /// Whether filters or the document itself decide how it is printed.
    #[serde(with = "super::form", default)]
    pub passage: Passage,
    /// The same options as the spooler spells them.
    #[serde(default)]
    pub priced_options: BTreeMap<String, String>,
    /// What the estimate wants people to know.
    #[serde(default)]
    pub warnings: Vec<String>,
}

impl Facts {
    /// The pages, unfolded for the pricing function.
    #[must_use]
    pub fn pages(&self) -> Vec<Vec<PageFacts>> {
        self.documents
            .iter()
            .map(|runs| PageRun::unfold(runs))
            .collect()
    }

    /// Whether it keeps within what may be sent.
    ///
    /// *Errors*: the first limit that it breaks.
    pub fn check(&self) -> Result<(), Fault> {
        limit::pages(&self.documents)?;
        limit::count(self.digests.len(), limit::DOCUMENTS_OF_JOB, "digests")?;
        limit::text(&self.format, limit::QUEUE, "format")?;
        limit::count(
            self.finishing.ranges.len(),
            limit::RANGES,
            "ranges of pages",
        )?;
        limit::count(self.priced_options.len(), limit::OPTIONS, "options")?;
        for (name, value) in &self.priced_options {
            limit::text(name, limit::NAME, "name of an option")?;
            limit::text(value, limit::SENTENCE, "value of an option")?;
        }
        limit::count(self.warnings.len(), limit::WARNINGS, "warnings")?;
        self.warnings
            .iter()
            .try_for_each(|warning| limit::text(warning, limit::SENTENCE, "warning"))
    }
}
