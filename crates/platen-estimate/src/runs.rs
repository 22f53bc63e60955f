//! The compact form that crosses from the analysing process to the client.

use crate::report::{Analysis, Format, Problem};
use platen_domain::{PageFacts, PageRun, Sides, Size, Ticket};
use serde::{Deserialize, Serialize};

/// What the process prints on its one line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Wire {
    /// It was counted.
    Counted {
        format: Format,
        /// Count, width and height in hundredths of a millimetre, colour.
        runs: Vec<(u32, u32, u32, bool)>,
        #[serde(default)]
        ticket: WireTicket,
        warnings: Vec<String>,
    },
    /// It was not.
    Refused(Problem),
}

/// What a document asks of the printer; nothing is left out by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WireTicket {
    #[serde(skip_serializing_if = "Option::is_none")]
    copies: Option<u32>,
    /// IPP's keyword.
    #[serde(skip_serializing_if = "Option::is_none")]
    sides: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    monochrome: Option<bool>,
}

impl From<&Ticket> for WireTicket {
    fn from(ticket: &Ticket) -> Self {
        Self {
            copies: ticket.copies,
            sides: ticket.sides.map(|sides| sides.keyword().to_owned()),
            monochrome: ticket.monochrome,
        }
    }
}

impl WireTicket {
    /// None when it names sides that there are not.
    fn into_ticket(self) -> Option<Ticket> {
        let sides = match self.sides {
            None => None,
            Some(keyword) => Some(Sides::from_keyword(&keyword)?),
        };
        Some(Ticket {
            copies: self.copies,
            sides,
            monochrome: self.monochrome,
        })
    }
}

impl From<&Analysis> for Wire {
    fn from(analysis: &Analysis) -> Self {
        let flat = |run: &PageRun| {
            let PageFacts { size, colour } = run.page;
            (run.count, size.width, size.height, colour)
        };
        Self::Counted {
            format: analysis.format,
            runs: analysis.runs.iter().map(flat).collect(),
            ticket: WireTicket::from(&analysis.ticket),
            warnings: analysis.warnings.clone(),
        }
    }
}

impl Wire {
    /// What it says; none when the numbers can't be true.
    pub(crate) fn into_result(self) -> Option<Result<Analysis, Problem>> {
        let (format, runs, ticket, warnings) = match self {
            Self::Refused(problem) => return Some(Err(problem)),
            Self::Counted {
                format,
                runs,
                ticket,
                warnings,
            } => (format, runs, ticket.into_ticket()?, warnings),
        };
        let runs: Vec<PageRun> = runs
            .into_iter()
            .map(|(count, width, height, colour)| PageRun {
                count,
                page: PageFacts {
                    size: Size { width, height },
                    colour,
                },
            })
            .collect();
        let sound = !runs.is_empty() && runs.iter().all(|run| run.count > 0);
        sound.then_some(Ok(Analysis {
            format,
            runs,
            ticket,
            warnings,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn analysis_crosses_the_boundary_whole() {
        let analysis = Analysis {
            format: Format::Pcl,
            runs: vec![PageRun {
                count: 2,
                page: PageFacts {
                    size: Size::A4,
                    colour: false,
                },
            }],
            ticket: Ticket {
                copies: Some(3),
                sides: Some(Sides::TwoSidedShortEdge),
                monochrome: Some(true),
            },
            warnings: vec!["Something was assumed.".into()],
        };
        let line = serde_json::to_string(&Wire::from(&analysis)).unwrap();
        let wire: Wire = serde_json::from_str(&line).unwrap();
        assert_eq!(wire.into_result(), Some(Ok(analysis)));
    }

    #[test]
    fn numbers_that_cannot_be_true_are_no_answer() {
        for line in [
            r#"{"counted":{"format":"pdf","runs":[],"warnings":[]}}"#,
            r#"{"counted":{"format":"pdf","runs":[[0,1,1,true]],"warnings":[]}}"#,
            r#"{"counted":{"format":"pdf","runs":[[1,1,1,true]],"ticket":{"sides":"x"},"warnings":[]}}"#,
        ] {
            let wire: Wire = serde_json::from_str(line).unwrap();
            assert_eq!(wire.into_result(), None, "{line}");
        }
    }
}
