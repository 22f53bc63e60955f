//! The time that a report is of, cut into days, weeks or months.

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};
use platen_domain::Points;
use platen_ledger::{Bucket, ReportRow};

use super::super::fields::Faults;
use super::super::listing::Listing;
use super::super::show::Show;
use crate::language::Language;
use crate::words::console::Fill as _;

/// Stretches of one report at most: more bars than that nobody tells apart.
const MOST: usize = 400;

#[derive(Clone, Debug)]
pub(in crate::console) struct Period {
    pub(in crate::console) since: Date,
    /// Inclusive.
    pub(in crate::console) until: Date,
    pub(in crate::console) by: Bucket,
}

impl Period {
    /// The last thirty days, today being one of them.
    pub(super) fn last_30(show: &Show) -> Self {
        let until = show.today();
        Self {
            since: until.saturating_sub(29.days()),
            until,
            by: Bucket::Day,
        }
    }

    /// What the address asks for; what it leaves out is the last thirty days.
    pub(super) fn read(list: &Listing, show: &Show, faults: &mut Faults) -> Self {
        let usual = Self::last_30(show);
        let (frame, w) = (&show.words().frame, &show.words().reports);
        let until = faults.take("until", frame.read_date(list.get("until")));
        let since = faults.take("since", frame.read_date(list.get("since")));
        let until = until.flatten().unwrap_or(usual.until);
        let since = since.flatten().unwrap_or(until.saturating_sub(29.days()));
        let period = Self {
            since,
            until,
            by: match list.get("by") {
                "week" => Bucket::Week,
                "month" => Bucket::Month,
                _ => Bucket::Day,
            },
        };
        if period.since > period.until {
            faults.add("until", w.until_before);
            return usual;
        }
        if period.starts().len() > MOST {
            faults.add("since", w.too_long.with(MOST));
            return usual;
        }
        period
    }

    /// The first day of the stretch that `day` is in.
    fn start_of(&self, day: Date) -> Date {
        match self.by {
            Bucket::Day => day,
            Bucket::Week => {
                let since_monday = day.weekday().since(Weekday::Monday);
                day.saturating_sub(i32::from(since_monday).days())
            }
            Bucket::Month => day.first_of_month(),
        }
    }

    /// The first days of its stretches; one more than is drawn where there are
    /// too many.
    fn starts(&self) -> Vec<Date> {
        let mut starts = Vec::new();
        let mut day = self.start_of(self.since);
        while day <= self.until && starts.len() <= MOST {
            starts.push(day);
            let next = match self.by {
                Bucket::Day => day.tomorrow(),
                Bucket::Week => day.checked_add(1.week()),
                Bucket::Month => day.checked_add(1.month()),
            };
            let Ok(next) = next else { break };
            day = next;
        }
        starts
    }

    /// A row for each stretch, in order; zeros where `found` has none.
    pub(super) fn filled(&self, found: Vec<ReportRow>) -> Vec<ReportRow> {
        let mut found = found.into_iter().peekable();
        let empty = |start| ReportRow {
            start,
            printed: Points::ZERO,
            copied: Points::ZERO,
            adjusted: Points::ZERO,
            documents: 0,
        };
        let starts = self.starts().into_iter();
        starts
            .map(|start| {
                found
                    .next_if(|row| self.start_of(row.start) == start)
                    .unwrap_or_else(|| empty(start))
            })
            .collect()
    }

    /// `21 Nov 2026`, `Week of 16 Nov 2026`, `11/2026`.
    pub(super) fn label(&self, start: Date, show: &Show) -> String {
        match self.by {
            Bucket::Day => show.date(start),
            Bucket::Week => {
                let w = &show.words().reports;
                w.week_of.with(show.date(start))
            }
            Bucket::Month => match show.language {
                Language::English => format!("{}/{}", start.month(), start.year()),
                Language::German => format!("{:02}.{}", start.month(), start.year()),
            },
        }
    }

    pub(super) fn is_by(&self, name: &str) -> bool {
        let by = match self.by {
            Bucket::Day => "day",
            Bucket::Week => "week",
            Bucket::Month => "month",
        };
        by == name
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn period(by: Bucket) -> Period {
        Period {
            since: date(2026, 8, 30),
            until: date(2026, 10, 2),
            by,
        }
    }

    #[test]
    fn stretches_begin_on_days_mondays_and_firsts() {
        assert_eq!(period(Bucket::Day).starts().len(), 34);
        let weeks = period(Bucket::Week).starts();
        assert_eq!(weeks.first(), Some(&date(2026, 8, 24)));
        assert!(weeks.iter().all(|day| day.weekday() == Weekday::Monday));
        assert_eq!(
            period(Bucket::Month).starts(),
            [date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1)]
        );
    }

    #[test]
    fn stretches_without_use_are_there_with_zeros() {
        let found = vec![ReportRow {
            start: date(2026, 9, 1),
            printed: Points::from_hundredths(500),
            copied: Points::ZERO,
            adjusted: Points::ZERO,
            documents: 2,
        }];
        let rows = period(Bucket::Month).filled(found);
        let documents: Vec<_> = rows.iter().map(|row| row.documents).collect();
        assert_eq!(documents, [0, 2, 0]);
    }

    #[test]
    fn the_end_of_time_is_no_trouble() {
        let period = Period {
            since: Date::MAX,
            until: Date::MAX,
            by: Bucket::Day,
        };
        assert_eq!(period.starts().len(), 1);
    }
}
