//! From a held job to what its price is made of.

use std::collections::BTreeMap;

use platen_domain::{DocumentId, JobOptions, Passage, Person};
use platen_estimate::Analysis;
use platen_gate::priced_options;
use platen_ledger::{Document, Facts};
use platen_spooler::{Job, QueueDefaults, SpoolerError, finishing};
use platen_web::facts;
use platen_web::words::ENGLISH;

use super::{Client, WorkError, at};

/// What reading a job gave.
pub(crate) enum Judged {
    /// It can be priced.
    Priceable(Facts),
    /// It can't; the sentence says why.
    Unreadable(String),
}

/// Larger documents are held and said to be too large; a print job of that size
/// is a mistake or an attack. *Units*: bytes.
const LARGEST_DOCUMENT: u64 = 1 << 30;
/// A job with more documents than this is refused as unreadable, and the sentence for it
/// says so.
const MOST_DOCUMENTS: u32 = 100;

impl Client {
    /// Fetches a job's documents and has each counted by the isolated analyser;
    /// `queue` is where it was submitted, whose defaults it was given.
    pub(crate) async fn read(&self, job: &Job, queue: &str) -> Result<Judged, WorkError> {
        // Never closed.
        let Ok(_turn) = self.analyses.acquire().await else {
            return Ok(Judged::Unreadable("Platen is ending.".into()));
        };
        if job.documents > MOST_DOCUMENTS {
            return unreadable(ENGLISH.stored_many_documents);
        }
        if begins_with_banner(job) {
            return unreadable(ENGLISH.stored_banner);
        }
        let defaults = self.defaults_of(queue);
        let of_text = options_of_text(job, &defaults);
        let banner = banner_document(job);
        let mut facts = Facts {
            priced_options: priced_options(&job.options_with_paper()),
            ..Facts::default()
        };
        for number in 1..=job.documents {
            let file = tempfile::Builder::new()
                .prefix("document-")
                .tempfile_in(&self.parts.scratch)?;
            let mut open = tokio::fs::File::from_std(file.reopen()?);
            let fetched = match self
                .parts
                .spooler
                .fetch(job.id, number, &mut open, LARGEST_DOCUMENT)
                .await
            {
                Ok(fetched) => fetched,
                Err(SpoolerError::TooLarge { .. }) => {
                    return unreadable(ENGLISH.stored_one_gigabyte);
                }
                Err(error) => return Err(error.into()),
            };
            facts.digests.push(fetched.sha256);
            if banner == Some(number) {
                continue;
            }
            match self.parts.analyser.analyse(file.path(), &of_text).await {
                Ok(analysis) if analysis.format.is_picture() && spreads_pictures(job) => {
                    return unreadable(ENGLISH.stored_picture);
                }
                Ok(analysis) => {
                    let passage = passage(&fetched.format, &analysis);
                    let asked = finishing(job, &defaults, &analysis.ticket, passage);
                    if facts.documents.is_empty() {
                        facts.finishing = asked;
                        facts.ticket = analysis.ticket;
                        facts.passage = passage;
                    } else if facts.finishing != asked || !repeats_alike(&facts, &analysis, passage)
                    {
                        return unreadable(ENGLISH.stored_differing);
                    }
                    if !facts::add(&mut facts, analysis, passage) {
                        return unreadable(ENGLISH.stored_copies);
                    }
                }
                Err(failure) => return Ok(Judged::Unreadable(failure.to_string())),
            }
        }
        if platen_domain::layout::lay_out(&facts.pages(), &facts.finishing)
            .copy
            .is_empty()
        {
            // What a printer makes of it is anybody's guess.
            return unreadable(ENGLISH.stored_range);
        }
        Ok(Judged::Priceable(facts))
    }

    /// Asks the ledger for the verdict, or writes down why there is none.
    pub(crate) async fn decide(
        &self,
        id: DocumentId,
        person: &Person,
        judged: Judged,
    ) -> Result<Document, WorkError> {
        match judged {
            Judged::Priceable(facts) => {
                let document = self.books().reserve(id, person, facts, at()).await?;
                tracing::info!(document.id = %id.0, state = document.state.name(), "verdict");
                Ok(document)
            }
            Judged::Unreadable(problem) => {
                let document = self.books().mark_unreadable(id, problem, at()).await?;
                tracing::info!(document.id = %id.0, "document can’t be priced");
                Ok(document)
            }
        }
    }

    /// Whether the job is no longer what was priced.
    pub(crate) fn differs(&self, document: &Document, job: &Job) -> bool {
        let Some(facts) = &document.facts else {
            return false;
        };
        facts.digests.len() != job.documents as usize || !self.is_as_priced(document, job)
    }

    /// What a queue adds where the job says nothing.
    pub(crate) fn defaults_of(&self, queue: &str) -> QueueDefaults {
        let queues = self.queues.borrow();
        queues
            .iter()
            .find(|one| one.name == queue)
            .map(|one| one.defaults.clone())
            .unwrap_or_default()
    }
}

/// What is written down in English, and told in the language of whoever reads it.
fn unreadable(sentence: &str) -> Result<Judged, WorkError> {
    Ok(Judged::Unreadable(sentence.to_owned()))
}

/// The options that plain text is laid out by, with the paper it will get.
fn options_of_text(job: &Job, defaults: &QueueDefaults) -> BTreeMap<String, String> {
    let mut options = job.options.clone();
    if let (None, Some(size)) = (stated(job).media, job.media_size.or(defaults.media)) {
        let millimetres = |hundredths: u32| f64::from(hundredths) / 100.0;
        let (width, height) = (millimetres(size.width), millimetres(size.height));
        options.insert("media".to_owned(), format!("custom_{width}x{height}mm"));
    }
    options
}

fn spreads_pictures(job: &Job) -> bool {
    stated(job).spreads_pictures
}

fn stated(job: &Job) -> JobOptions {
    let pairs = job.options.iter();
    JobOptions::read(pairs.map(|(name, value)| (name.as_str(), value.as_str()))).options
}

/// How the document will reach its printer: what CUPS was told to leave alone,
/// and what is in a printer's own language, as it is.
fn passage(format: &str, analysis: &Analysis) -> Passage {
    if format == "application/vnd.cups-raw" {
        Passage::AsIs
    } else {
        analysis.format.passage()
    }
}

/// Whether both would have their pages repeated in the same way: changes of the
/// job's copies are priced by the first document's ticket.
fn repeats_alike(facts: &Facts, analysis: &Analysis, passage: Passage) -> bool {
    let first = facts.passage.repeats_of_pages(&facts.ticket, 1);
    first == passage.repeats_of_pages(&analysis.ticket, 1)
}

/// The printer's gate is told copies and options of a job's first document
/// alone: were that a banner, those of the others could be anything.
/// *Source*: CUPS 2.4, measured.
fn begins_with_banner(job: &Job) -> bool {
    is_banner(job.sheets.first())
}

/// CUPS puts a banner page after a job among its documents; it is counted as a
/// banner and not analysed. *Source*: CUPS 2.4, measured.
fn banner_document(job: &Job) -> Option<u32> {
    is_banner(job.sheets.get(1)).then_some(job.documents)
}

fn is_banner(sheet: Option<&String>) -> bool {
    sheet.is_some_and(|sheet| sheet != "none")
}
