//! The compact form that crosses from the analysing process to the client.

use crate::report::{Analysis, Format, Problem};
use platen_domain::{PageFacts, PageRun, Size};
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
        warnings: Vec<String>,
    },
    /// It was not.
    Refused(Problem),
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
            warnings: analysis.warnings.clone(),
        }
    }
}

impl Wire {
    /// What it says; none when the numbers can't be true.
    pub(crate) fn into_result(self) -> Option<Result<Analysis, Problem>> {
        let (format, runs, warnings) = match self {
            Self::Refused(problem) => return Some(Err(problem)),
            Self::Counted {
                format,
                runs,
                warnings,
            } => (format, runs, warnings),
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
            warnings,
        }))
    }
}
