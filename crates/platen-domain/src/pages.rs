//! Pages as the price needs them, before anything is laid out.

use crate::size::Size;

/// What the estimate needs to know of one page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PageFacts {
    /// The page's size as it would be printed.
    pub size: Size,
    /// Whether anything on it shows colour.
    pub colour: bool,
}

/// Pages in a row that are alike; how long documents are stored and sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PageRun {
    /// How many pages; at least one.
    pub count: u32,
    /// What each of them is.
    pub page: PageFacts,
}

impl PageRun {
    /// Folds pages into runs, in page order.
    #[must_use]
    pub fn fold(pages: &[PageFacts]) -> Vec<Self> {
        let mut runs: Vec<Self> = Vec::new();
        for page in pages {
            match runs.last_mut() {
                Some(run) if run.page == *page && run.count < u32::MAX => run.count += 1,
                _ => runs.push(Self {
                    count: 1,
                    page: *page,
                }),
            }
        }
        runs
    }

    /// Unfolds runs into pages; the inverse of [`PageRun::fold`].
    #[must_use]
    pub fn unfold(runs: &[Self]) -> Vec<PageFacts> {
        runs.iter()
            .flat_map(|run| std::iter::repeat_n(run.page, run.count as usize))
            .collect()
    }
}
