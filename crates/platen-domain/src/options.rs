//! The one reader of print options, for the client and the command line.
//!
//! Options reach CUPS in several spellings; which of them wins was measured on
//! CUPS 2.4.2 with cups-filters 1.28. Names are read in any case, as CUPS does.
//! *Source*: rules.md R-11; CUPS "Command-Line Printing and Options".

mod names;
mod values;

use crate::finishing::{Booklet, Finishing, PageSet, Sides};
use crate::size::Size;
use crate::ticket::{Passage, Ticket};
use names::Name;
use std::fmt;

pub use names::DUPLEX_OPTIONS;

/// What a job, or its queue's defaults, say; none where they are silent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobOptions {
    /// `copies`.
    pub copies: Option<u32>,
    /// `sides`, or a PPD's spelling of duplex.
    pub sides: Option<Sides>,
    /// `number-up`.
    pub number_up: Option<u32>,
    /// `page-ranges`.
    pub ranges: Option<Vec<(u32, u32)>>,
    /// `page-set`.
    pub page_set: Option<PageSet>,
    /// `booklet`; the inner none is `off`.
    pub booklet: Option<Option<Booklet>>,
    /// `OutputOrder`.
    pub reverse: Option<bool>,
    /// `ColorModel`, or `print-color-mode`.
    pub monochrome: Option<bool>,
    /// `PageSize`, or `media`.
    pub media: Option<Size>,
    /// `job-sheets`: banners before and after.
    pub banners: Option<u32>,
    /// `raw`, or a document format that no filter touches.
    pub raw: Option<bool>,
    /// `scaling`, `natural-scaling` or `ppi` make pictures larger than a page:
    /// CUPS then prints them in parts on several.
    pub spreads_pictures: bool,
}

/// A value that makes no sense for its option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadOption {
    /// The option, as it was written.
    pub name: String,
    /// Its value, as it was written.
    pub value: String,
    /// What would make sense.
    pub expected: &'static str,
}

impl fmt::Display for BadOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            value,
            expected,
        } = self;
        write!(f, "option {name}={value}: {name} must be {expected}")
    }
}

/// What reading options gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// What they say; options with bad values count as not given.
    pub options: JobOptions,
    /// Options whose values make no sense.
    pub bad: Vec<BadOption>,
    /// Options that CUPS is not known to have.
    pub unknown: Vec<String>,
}

/// Spellings of one thing, before it is known which of them wins.
#[derive(Default)]
struct Spellings {
    sides: Option<Sides>,
    duplex: Option<Sides>,
    colour_model: Option<bool>,
    colour_mode: Option<bool>,
    page_size: Option<Size>,
    page_region: Option<Size>,
    media: Option<Size>,
    two_up: Option<Option<bool>>,
    signature: Option<u32>,
}

impl JobOptions {
    /// Reads options by name and value; of one that is given twice, the last.
    #[must_use]
    pub fn read<'text>(pairs: impl IntoIterator<Item = (&'text str, &'text str)>) -> Reading {
        let mut reading = Reading::default();
        let mut spellings = Spellings::default();
        for (name, value) in pairs {
            let Some(known) = Name::find(name) else {
                reading.unknown.push(name.to_owned());
                continue;
            };
            let read = reading.options.take(known, value, &mut spellings);
            if let Err(expected) = read {
                reading.bad.push(BadOption {
                    name: name.to_owned(),
                    value: value.to_owned(),
                    expected,
                });
            }
        }
        reading.options.settle(spellings);
        reading
    }

    fn take(
        &mut self,
        name: Name,
        value: &str,
        spellings: &mut Spellings,
    ) -> Result<(), &'static str> {
        match name {
            Name::Copies => self.copies = Some(values::copies(value)?),
            Name::Sides => spellings.sides = Some(values::sides(value)?),
            Name::Duplex => spellings.duplex = Some(values::duplex(value)?),
            Name::NumberUp => self.number_up = Some(values::number_up(value)?),
            Name::PageRanges => self.ranges = Some(values::page_ranges(value)?),
            Name::PageSet => self.page_set = Some(values::page_set(value)?),
            Name::Booklet => spellings.two_up = Some(values::booklet(value)?),
            Name::BookletSignature => spellings.signature = Some(values::signature(value)?),
            Name::OutputOrder => self.reverse = Some(values::reverse(value)?),
            Name::ColorModel => spellings.colour_model = Some(values::is_grey_model(value)),
            Name::PrintColorMode => {
                // `auto` says nothing.
                spellings.colour_mode = values::colour_mode(value)?;
            }
            Name::PageSize => spellings.page_size = Some(values::media(value)?),
            Name::PageRegion => spellings.page_region = Some(values::media(value)?),
            // Trays and types are media too and say nothing of the size.
            Name::Media => spellings.media = values::media(value).ok().or(spellings.media),
            Name::JobSheets => self.banners = Some(values::banners(value.split(','))),
            Name::Raw => self.raw = Some(values::switch(value)?),
            Name::DocumentFormat => self.raw = Some(value == "application/vnd.cups-raw"),
            Name::Scaling => self.spreads_pictures |= values::scaling(value)? > 100,
            Name::PictureSize => self.spreads_pictures = true,
            Name::Harmless => {}
        }
        Ok(())
    }

    /// `sides` wins over every PPD spelling of duplex, `ColorModel` over
    /// `print-color-mode`, which `lp` sends with the queue's default even when
    /// the user chose a model, and a PPD's `PageSize` over `media`.
    fn settle(&mut self, spellings: Spellings) {
        self.sides = spellings.sides.or(spellings.duplex);
        self.monochrome = spellings.colour_model.or(spellings.colour_mode);
        self.media = spellings
            .page_size
            .or(spellings.page_region)
            .or(spellings.media);
        self.booklet = spellings.two_up.map(|mode| {
            mode.map(|two_up| Booklet {
                two_up,
                signature: spellings.signature,
            })
        });
    }

    /// How a document of this job is printed.
    ///
    /// What the job states wins; where it is silent, what the document asks for
    /// (`ticket`) holds, then the queue's `defaults`. A document that the
    /// printer gets as it is ([`Passage::AsIs`]) obeys itself: no filter is
    /// there to choose pages, lay out, or take colour away, and its own copies
    /// come on top ([`Passage::repeats`]). Where it depends on the queue whether
    /// filters are there ([`Passage::Either`]), they are not counted on.
    /// *Source*: rules.md R-11; docs/estimating.md, “Job tickets”.
    #[must_use]
    pub fn finishing(&self, defaults: &Self, ticket: &Ticket, passage: Passage) -> Finishing {
        let copies = self.copies.or(match passage {
            Passage::LaidOut | Passage::Either => ticket.copies,
            Passage::Interpreted | Passage::AsIs => None,
        });
        let common = Finishing {
            copies: copies.or(defaults.copies).unwrap_or(1).max(1),
            banners: self.banners.or(defaults.banners).unwrap_or(0),
            ..Finishing::default()
        };
        match passage {
            Passage::AsIs => Finishing {
                sides: ticket
                    .sides
                    .or(self.sides)
                    .or(defaults.sides)
                    .unwrap_or_default(),
                monochrome: ticket.monochrome.unwrap_or(false),
                ..common
            },
            Passage::Either => Finishing {
                sides: self
                    .sides
                    .or(ticket.sides)
                    .or(defaults.sides)
                    .unwrap_or_default(),
                monochrome: self
                    .monochrome
                    .or(ticket.monochrome)
                    .or(defaults.monochrome)
                    .unwrap_or(false),
                media: self.media.or(defaults.media),
                ..common
            },
            Passage::LaidOut | Passage::Interpreted => Finishing {
                copies: common.copies,
                number_up: self.number_up.or(defaults.number_up).unwrap_or(1).max(1),
                ranges: self
                    .ranges
                    .clone()
                    .or_else(|| defaults.ranges.clone())
                    .unwrap_or_default(),
                page_set: self.page_set.or(defaults.page_set).unwrap_or_default(),
                booklet: self.booklet.or(defaults.booklet).flatten(),
                reverse: self.reverse.or(defaults.reverse).unwrap_or(false),
                ..self.finishing(defaults, ticket, Passage::Either)
            },
        }
    }
}

#[cfg(test)]
mod tests;
