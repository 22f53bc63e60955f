//! Lists that are too long to be given at once.

/// Rows in one page at most.
const MOST: u32 = 200;

/// Which part of a list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageAsk {
    /// How many rows come before it.
    pub offset: u64,
    /// How many rows it has; zero means 50, and more than 200 are never given.
    pub limit: u32,
}

impl Default for PageAsk {
    fn default() -> Self {
        Self::first(Self::USUAL)
    }
}

impl PageAsk {
    /// Rows in a page where nobody says how many.
    pub const USUAL: u32 = 50;

    /// The beginning of a list.
    #[must_use]
    pub const fn first(limit: u32) -> Self {
        Self { offset: 0, limit }
    }

    /// The page with this number, counted from zero.
    #[must_use]
    pub fn number(number: u64, limit: u32) -> Self {
        let asked = Self { offset: 0, limit };
        Self {
            offset: number.saturating_mul(asked.rows().into()),
            limit,
        }
    }

    /// How many rows are given at most.
    #[must_use]
    pub fn rows(self) -> u32 {
        match self.limit {
            0 => Self::USUAL,
            limit => limit.min(MOST),
        }
    }

    /// How many rows come before it, as far as a database counts.
    pub(crate) fn skipped(self) -> i64 {
        i64::try_from(self.offset).unwrap_or(i64::MAX)
    }

    /// Takes the page out of a list that is in memory.
    pub(crate) fn cut<T>(self, all: Vec<T>) -> Page<T> {
        let total = all.len() as u64;
        let skipped = usize::try_from(self.offset).unwrap_or(usize::MAX);
        let rows = all.into_iter().skip(skipped).take(self.rows() as usize);
        Page {
            rows: rows.collect(),
            total,
        }
    }
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// Its rows.
    pub rows: Vec<T>,
    /// How many rows the whole list has.
    pub total: u64,
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            total: 0,
        }
    }
}

impl<T> Page<T> {
    /// The same page with each row made into something else.
    pub fn map<U>(self, make: impl FnMut(T) -> U) -> Page<U> {
        Page {
            rows: self.rows.into_iter().map(make).collect(),
            total: self.total,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_has_what_was_asked_for_and_never_more_than_two_hundred() {
        let all = || (0..1_000).collect::<Vec<_>>();
        let rows = |ask: PageAsk| ask.cut(all()).rows;
        assert_eq!(rows(PageAsk::first(3)), [0, 1, 2]);
        assert_eq!(rows(PageAsk::number(2, 3)), [6, 7, 8]);
        assert_eq!(rows(PageAsk::first(0)).len(), 50);
        assert_eq!(rows(PageAsk::first(u32::MAX)).len(), 200);
        assert_eq!(rows(PageAsk::number(1, u32::MAX))[0], 200);
    }

    #[test]
    fn page_beyond_the_end_is_empty_and_knows_the_total() {
        let beyond = PageAsk {
            offset: u64::MAX,
            limit: 10,
        };
        let page = beyond.cut(vec![1, 2]);
        assert_eq!((page.rows, page.total), (vec![], 2));
        assert_eq!(beyond.skipped(), i64::MAX);
        assert_eq!(PageAsk::number(u64::MAX, 200).offset, u64::MAX);
    }
}
