//! What was used over time, and by whom. *Source*: rules.md.

use std::collections::BTreeMap;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use platen_domain::Points;

use crate::activity::ActivityKind;
use crate::report::{Bucket, ReportFilter, ReportRow, TopAccount, TopPerson};
use crate::store::{LocalTime, Result, Share, Stretch, Tx, kept};

/// Rows in a report at most, as long as it says of each of them something: a
/// longer one leaves out those in which nothing happened.
const MOST: usize = 4_000;

/// Changes of the clock in one report at most. In two hundred years there are
/// fewer; more of them come from wrong clocks alone.
const CHANGES: usize = 500;

/// Rows in a list of the first ones at most.
const TOP: u32 = 200;

/// From when until before when the days from `since` to `until` last.
fn moments(since: Date, until: Date, zone: &TimeZone) -> [Timestamp; 2] {
    let begin = |day: Date| day.to_zoned(zone.clone()).map(|day| day.timestamp());
    let first = begin(since).unwrap_or(Timestamp::MIN);
    let end = until.tomorrow().and_then(begin).unwrap_or(Timestamp::MAX);
    [kept(first), kept(end)]
}

/// Local time while activities were made, and the day of the first of them.
fn local_time(stretch: &Stretch, zone: &TimeZone) -> (LocalTime, Date) {
    let micros = |seconds: i32| i64::from(seconds) * 1_000_000;
    let [first, last] = stretch.times;
    let mut offsets = vec![(first, micros(zone.to_offset(first).seconds()))];
    let changes = zone.following(first).take(CHANGES);
    let changes = changes.take_while(|change| change.timestamp() <= last);
    offsets.extend(changes.map(|it| (it.timestamp(), micros(it.offset().seconds()))));
    let day = zone.to_datetime(first).date();
    let first_day = day.to_zoned(TimeZone::UTC).map(|day| day.timestamp());
    let local = LocalTime {
        offsets,
        // Only the very first day of all has no beginning in UTC.
        first_day: first_day.unwrap_or(Timestamp::MIN).as_microsecond(),
    };
    (local, day)
}

/// The first day, within a report from `since` on, of what a row stands for.
fn start(day: Date, by: Bucket, since: Date) -> Date {
    let start = match by {
        Bucket::Day => day,
        Bucket::Week => {
            let passed = day.weekday().since(Weekday::Monday);
            day.checked_sub(i32::from(passed).days()).unwrap_or(day)
        }
        Bucket::Month => day.first_of_month(),
    };
    start.max(since)
}

/// The first day of the next row; none after the last day there is.
fn next(day: Date, by: Bucket) -> Option<Date> {
    let day = start(day, by, Date::MIN);
    let step = match by {
        Bucket::Day => 1.day(),
        Bucket::Week => 1.week(),
        Bucket::Month => 1.month(),
    };
    day.checked_add(step).ok()
}

/// What was posted by day, week or month.
pub(crate) fn report(tx: Tx<'_>, filter: &ReportFilter) -> Result<Vec<ReportRow>> {
    let ReportFilter {
        since,
        until,
        by,
        ref zone,
        ..
    } = *filter;
    if since > until
        || filter
            .user
            .as_ref()
            .is_some_and(|it| it.as_str().contains('\0'))
    {
        return Ok(Vec::new());
    }
    let mut rows = BTreeMap::new();
    let first = start(since, by, since);
    let starts = std::iter::successors(Some(first), |day| next(*day, by));
    let starts: Vec<_> = starts
        .take_while(|day| *day <= until)
        .take(MOST + 1)
        .collect();
    if starts.len() <= MOST {
        rows.extend(starts.into_iter().map(|start| (start, nothing(start))));
    }
    let [from, end] = moments(since, until, zone);
    if let Some(stretch) = tx.stretch(from, end)? {
        let part = Share {
            account: filter.account,
            user: filter.user.clone(),
        };
        let (local, first) = local_time(&stretch, zone);
        for sum in tx.day_sums(&stretch, &part, &local)? {
            let day = first.checked_add(sum.day.days()).unwrap_or(until);
            let start = start(day.clamp(since, until), by, since);
            let row = rows.entry(start).or_insert_with(|| nothing(start));
            let place = match sum.kind {
                ActivityKind::Print | ActivityKind::Overrun => &mut row.printed,
                ActivityKind::Copy => &mut row.copied,
                ActivityKind::Credit | ActivityKind::Debit | ActivityKind::Set => &mut row.adjusted,
            };
            *place = nearest(*place, sum.points);
            if sum.kind == ActivityKind::Print {
                row.documents += sum.count;
            }
        }
    }
    Ok(rows.into_values().collect())
}

const fn nothing(start: Date) -> ReportRow {
    ReportRow {
        start,
        printed: Points::ZERO,
        copied: Points::ZERO,
        adjusted: Points::ZERO,
        documents: 0,
    }
}

/// The sum, or the end of the range that is nearest to it.
pub(super) fn nearest(one: Points, other: Points) -> Points {
    Points::from_hundredths(one.hundredths().saturating_add(other.hundredths()))
}

/// The accounts that were charged most for prints and copies.
pub(crate) fn top_accounts(
    tx: Tx<'_>,
    [since, until]: [Date; 2],
    zone: &TimeZone,
    limit: u32,
) -> Result<Vec<TopAccount>> {
    let [from, end] = moments(since, until, zone);
    let Some(stretch) = tx.stretch(from, end)? else {
        return Ok(Vec::new());
    };
    let mut top = Vec::new();
    for (id, points, documents) in tx.top_accounts(&stretch, limit.min(TOP))? {
        if let Some(account) = tx.account(id)? {
            top.push(TopAccount {
                account: (*account).clone(),
                points,
                documents,
            });
        }
    }
    Ok(top)
}

/// The people who were charged most for prints and copies.
pub(crate) fn top_people(
    tx: Tx<'_>,
    [since, until]: [Date; 2],
    zone: &TimeZone,
    limit: u32,
) -> Result<Vec<TopPerson>> {
    let [from, end] = moments(since, until, zone);
    let Some(stretch) = tx.stretch(from, end)? else {
        return Ok(Vec::new());
    };
    let top = tx.top_people(&stretch, limit.min(TOP))?;
    let users: Vec<_> = top.iter().map(|(user, ..)| user.clone()).collect();
    let mut known = tx.people_by_id(&users)?;
    let person = |(user, points, documents)| {
        let person = known.remove(&user);
        let (name, login) = person.map_or_else(
            || (user.as_str().to_owned(), String::new()),
            |person| (person.name, person.login),
        );
        TopPerson {
            user,
            name,
            login,
            points,
            documents,
        }
    };
    Ok(top.into_iter().map(person).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn weeks_start_on_monday_and_the_first_row_within_the_report() {
        let sunday = date(2026, 11, 1);
        assert_eq!(start(sunday, Bucket::Week, Date::MIN), date(2026, 10, 26));
        assert_eq!(start(sunday, Bucket::Week, sunday), sunday);
        assert_eq!(next(sunday, Bucket::Week), Some(date(2026, 11, 2)));
        assert_eq!(
            start(date(2026, 2, 28), Bucket::Month, Date::MIN),
            date(2026, 2, 1)
        );
        assert_eq!(
            next(date(2026, 1, 31), Bucket::Month),
            Some(date(2026, 2, 1))
        );
        assert_eq!(next(Date::MAX, Bucket::Day), None);
        assert_eq!(start(Date::MIN, Bucket::Week, Date::MIN), Date::MIN);
    }
}
