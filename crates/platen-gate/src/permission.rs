//! What lets a job print: an authority's approval, or a device's on a lease.

use std::env;
use std::path::Path;

use platen_gate::counter::{self, Print};
use platen_gate::estimate::{self, Estimator, default_paper};
use platen_gate::places::Places;
use platen_gate::spool::Spooled;
use platen_gate::{Authority, Claims, Draw, NotApproved, SigningKey, Terms, machine, used};

use crate::job::Job;
use crate::{Refusal, sentence, unprivileged};

/// A verified text.
pub(crate) enum Permission {
    /// Somebody has set the points aside.
    Approval(Claims),
    /// The gate counts the points.
    Draw(Box<Draw>),
}

impl Permission {
    pub(crate) fn verify(
        text: &str,
        owner: &str,
        trusted: &[Authority],
    ) -> Result<Self, NotApproved> {
        if Draw::is_meant(text) {
            let draw = Draw::verify(text, owner, trusted)?;
            return Ok(Self::Draw(Box::new(draw)));
        }
        Claims::verify(text, owner, trusted).map(Self::Approval)
    }

    pub(crate) fn claims(&self) -> &Claims {
        match self {
            Self::Approval(claims) => claims,
            Self::Draw(draw) => &draw.claims,
        }
    }

    /// Whether a print on a lease costs no more than its device says.
    pub(crate) fn is_paid(
        &self,
        job: &Job,
        spooled: &Spooled,
        places: &Places,
        uid: u32,
    ) -> Result<(), Refusal> {
        let Self::Draw(draw) = self else {
            return Ok(());
        };
        let estimator = Estimator::find(places, unprivileged(places, uid)?, uid);
        let driver = env::var_os("PPD").filter(|driver| Path::new(driver).exists());
        let format = env::var("CONTENT_TYPE").ok();
        let wanted = estimate::Job {
            files: &spooled.files,
            options: &job.options,
            copies: job.copies,
            format: format.as_deref(),
            has_driver: driver.is_some(),
            queue_paper: driver.and_then(|driver| default_paper(Path::new(&driver))),
        };
        let least = estimator
            .and_then(|estimator| estimator.at_least(&wanted, &draw.card))
            .map_err(sentence)?;
        if draw.cost < least {
            return Err(format!(
                "the document costs {least} points and not {}, please release it again",
                draw.cost
            ));
        }
        Ok(())
    }

    /// Marks it as used, and counts what is drawn; this succeeds once.
    pub(crate) fn spend(self, places: &Places, now_unix_s: u64) -> Result<Spent, Refusal> {
        let claims = self.claims();
        let Self::Draw(draw) = &self else {
            used::claim(&places.used, claims.nonce, claims.expires_unix_s).map_err(sentence)?;
            counter::note_time(places, now_unix_s, claims.expires_unix_s);
            return Ok(Spent::Approval);
        };
        let machine = machine::load_or_create(places).map_err(|error| {
            format!("this computer's key can't be used ({error}); ask your administrator")
        })?;
        let print = Print {
            nonce: claims.nonce,
            job: claims.job,
            expires_unix_s: claims.expires_unix_s,
            cost: draw.cost,
            now_unix_s,
        };
        match counter::draw(places, &machine, &draw.lease, print) {
            Ok(()) => Ok(Spent::Draw(Box::new((machine, draw.lease.clone(), print)))),
            Err(error) => {
                // Its points may be returned now. It may have been used, which is as good.
                let _void = used::claim(&places.used, claims.nonce, claims.expires_unix_s);
                Err(sentence(error))
            }
        }
    }
}

/// What was marked as used for a print.
pub(crate) enum Spent {
    /// Whoever has set its points aside hears that nothing was printed.
    Approval,
    /// The gate counted it.
    Draw(Box<(SigningKey, Terms, Print)>),
}

impl Spent {
    /// Nothing was printed: no points are counted for it. Its approval stays used.
    pub(crate) fn take_back(&self, places: &Places) {
        let Self::Draw(counted) = self else {
            return;
        };
        let (machine, lease, print) = &**counted;
        // Where it can't be taken back it counts, as if it had been printed.
        let _counts = counter::take_back(places, machine, lease, *print);
    }
}
