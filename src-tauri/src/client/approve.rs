//! Sends a released document to its printer, with the approval that its gate
//! asks for. *Source*: rules.md R-20; docs/decisions/0002-approval-in-the-job.md.

use std::collections::BTreeMap;

use platen_domain::Finishing;
use platen_gate::{Approval, on_lease, priced_options};
use platen_ledger::Document;
use platen_spooler::{FinishingChange, Job, Spooler, finishing};

use super::{Client, WorkError, now};

/// A printer may be out of paper over the weekend; after this the document
/// goes back to held and can be released again. *Units*: seconds.
const APPROVAL_LIFE_S: i64 = 3 * 24 * 3600;

impl Client {
    /// Moves the job to its printer, gives it the approval and lets it print.
    /// Every step may be repeated after a crash.
    pub(crate) async fn send(&self, document: &Document, job: &Job) -> Result<(), WorkError> {
        let (Some(printer), Some(nonce), Some(facts)) =
            (&document.printer, document.release_nonce, &document.facts)
        else {
            tracing::error!(document.id = %document.id.0, "a released document has no printer");
            return Ok(());
        };
        let spooler = &self.parts.spooler;
        if job.queue != *printer {
            if !(Spooler::CHANGES_JOBS && self.has_printer(printer)) {
                return Err(WorkError::NoSuchPrinter);
            }
            spooler.move_to(job.id, printer).await?;
        }
        if Spooler::CHANGES_JOBS {
            // What the first queue took from its defaults is written into the job,
            // so that the printer's own defaults can't change what was priced.
            let pinned = pinned(job, &facts.finishing);
            spooler.set_options(job.id, &pinned).await?;
        }
        let Some(job) = self.job(job.id).await?.filter(|now| now.uuid == job.uuid) else {
            return Ok(());
        };
        if !self.is_as_priced(document, &job) {
            return Err(WorkError::Changed);
        }
        let approval = Approval {
            job: job.uuid,
            queue: printer.clone(),
            owner: job.owner.clone(),
            digests: facts.digests.clone(),
            copies: facts.finishing.copies,
            options: job.options_with_paper(),
            expires_unix_s: u64::try_from(now().as_second() + APPROVAL_LIFE_S).unwrap_or(0),
            nonce,
        };
        if Spooler::CHANGES_JOBS {
            let text = self.approval_text(document, &approval);
            spooler.set_approval(job.id, &text).await?;
        }
        self.memory().sent.insert(document.id);
        spooler.release(job.id).await?;
        tracing::info!(document.id = %document.id.0, "released");
        Ok(())
    }

    /// Whether a document may be released to this printer here.
    pub(crate) fn has_printer(&self, name: &str) -> bool {
        let queues = self.queues.borrow();
        queues
            .iter()
            .any(|queue| queue.name == name && queue.managed && queue.is_printer && queue.accepting)
    }

    /// The server's approval where it gave one; the lease with this computer's word
    /// where the points come from one; else this computer's own approval.
    fn approval_text(&self, document: &Document, approval: &Approval) -> String {
        let key = &self.parts.key;
        let Some(released) = self.books().released(document.id) else {
            return approval.sign(key);
        };
        if let Some(signed) = released.approval {
            return signed;
        }
        if let Some((lease, card)) = released.signed_lease {
            let cost = document.cost.unwrap_or_default();
            match on_lease(approval, cost, &lease, &card, key) {
                Ok(text) => return text,
                Err(error) => {
                    tracing::warn!(document.id = %document.id.0, %error, "not approved on its lease");
                }
            }
        }
        approval.sign(key)
    }

    /// Whether the job's options mean what was priced: its owner may have
    /// changed them a moment ago.
    pub(crate) fn is_as_priced(&self, document: &Document, job: &Job) -> bool {
        let Some(facts) = &document.facts else {
            return false;
        };
        let others = |options: &BTreeMap<String, String>| -> BTreeMap<String, String> {
            options
                .iter()
                .filter(|(name, _)| !is_finishing(name))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect()
        };
        let defaults = self.defaults_of(&document.queue);
        facts.finishing == finishing(job, &defaults, &facts.ticket, facts.passage)
            && others(&facts.priced_options) == others(&priced_options(&job.options_with_paper()))
    }
}

/// What the priced job left to its queue's defaults, to be written into it.
fn pinned(job: &Job, priced: &Finishing) -> FinishingChange {
    const SIDES: [&str; 6] = [
        "sides",
        "Duplex",
        "JCLDuplex",
        "EFDuplex",
        "ARDuplex",
        "KD03Duplex",
    ];
    const COLOUR: [&str; 2] = ["print-color-mode", "ColorModel"];
    // Print systems take the names of options in any case.
    let says = |names: &[&str]| {
        let mut options = job.options.keys();
        options.any(|said| names.iter().any(|name| said.eq_ignore_ascii_case(name)))
    };
    FinishingChange {
        sides: (!says(&SIDES)).then_some(priced.sides),
        monochrome: (!says(&COLOUR) && priced.monochrome).then_some(true),
        copies: job.copies.is_none().then_some(priced.copies),
        number_up: (!says(&["number-up"])).then_some(priced.number_up),
    }
}

/// Options that are not compared as such: [`Finishing`] holds what they mean,
/// and [`pinned`] may have written them.
fn is_finishing(name: &str) -> bool {
    ["sides", "print-color-mode", "number-up"].contains(&name)
}
