//! Tables for people.

use super::score::{Score, difference};
use super::tools::Answer;
use super::truth::Document;
use crate::bench::numbers::ratio;

/// Upper ends of the histogram's rows. Units: microseconds.
const STEPS_US: [f64; 14] = [
    10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 1e6,
];
/// The longest bar.
const BAR: usize = 50;
/// So many of the slowest are named.
const WORST: usize = 10;

/// The heading of [`row`].
pub(super) fn heading() -> String {
    format!(
        "{:<12} {:>5} {:>10} {:>8} {:>8} {:>6} {:>7} {:>8} {:>7} {:>7} {:>7}  {}\n",
        "",
        "docs",
        "CPU ms",
        "ms each",
        "ratio",
        "pages",
        "refused",
        "colour",
        "falsely",
        "falsely",
        "unknown",
        ""
    ) + &format!(
        "{:<12} {:>5} {:>10} {:>8} {:>8} {:>6} {:>7} {:>8} {:>7} {:>7} {:>7}\n",
        "", "", "", "", "to ours", "wrong", "", "right %", "colour", "grey", ""
    )
}

/// One tool; `same_us` is what ours took for the same documents.
pub(super) fn row(name: &str, does: &str, score: &Score, same_us: f64) -> String {
    format!(
        "{name:<12} {:>5} {:>10.1} {:>8.3} {:>8} {:>6} {:>7} {:>8} {:>7} {:>7} {:>7}  {does}\n",
        score.documents,
        score.spent_us / 1000.0,
        score.each_ms(),
        ratio(score.spent_us, same_us),
        score.pages_wrong,
        score.refused,
        score.right(),
        score.falsely_colour,
        score.falsely_grey,
        score.unknown,
    )
}

/// A line for each format, ours.
pub(super) fn formats(documents: &[Document], answers: &[Answer]) -> String {
    let mut names: Vec<&str> = documents.iter().map(|it| it.format.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let mut text = format!(
        "{:<12} {:>5} {:>10} {:>11} {:>7} {:>7} {:>12} {:>8} {:>8} {:>8}\n",
        "format",
        "docs",
        "undisputed",
        "pages wrong",
        "refused",
        "pages",
        "right %",
        "f.colour",
        "f.grey",
        "ms each"
    );
    for name in names {
        let score = Score::of(
            documents
                .iter()
                .zip(answers)
                .filter(|(document, _)| document.format == name),
        );
        text.push_str(&format!(
            "{name:<12} {:>5} {:>10} {:>11} {:>7} {:>7} {:>12} {:>8} {:>8} {:>8.3}\n",
            score.documents,
            score.undisputed,
            score.pages_wrong,
            score.refused,
            score.pages_judged,
            score.right(),
            score.falsely_colour,
            score.falsely_grey,
            score.each_ms()
        ));
    }
    text
}

/// How many documents took how long.
pub(super) fn histogram(answers: &[Answer]) -> String {
    let mut counts = [0_usize; STEPS_US.len() + 1];
    for answer in answers {
        let row = STEPS_US.partition_point(|step| *step < answer.spent_us);
        counts[row] += 1;
    }
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let mut text = "our time a document\n".to_owned();
    for (row, count) in counts.iter().enumerate() {
        let label = STEPS_US
            .get(row)
            .map_or("more".to_owned(), |step| format!("≤ {}", time(*step)));
        let bar = "█".repeat((count * BAR).div_ceil(most));
        text.push_str(&format!("{label:>10} {count:>5} {bar}\n"));
    }
    text
}

/// Those that took longest.
pub(super) fn worst(documents: &[Document], answers: &[Answer]) -> String {
    let mut order: Vec<(&Document, &Answer)> = documents.iter().zip(answers).collect();
    order.sort_by(|a, b| b.1.spent_us.total_cmp(&a.1.spent_us));
    let mut text = format!("the {WORST} slowest of ours\n");
    for (document, answer) in order.iter().take(WORST) {
        let pages = answer.pages.as_ref().map_or(0, Vec::len);
        text.push_str(&format!(
            "{:>10} {pages:>5} pages  {}\n",
            time(answer.spent_us),
            document.name
        ));
    }
    text
}

/// Every document on which ours and the table of truth differ.
pub(super) fn differences(documents: &[Document], answers: &[Answer]) -> String {
    let mut text = String::new();
    for disputed in [false, true] {
        let lines: Vec<String> = documents
            .iter()
            .zip(answers)
            .filter(|(document, _)| document.undisputed() != disputed)
            .filter_map(|(document, answer)| {
                let what = difference(document, answer)?;
                let tools = match document.disagree.as_str() {
                    "" => String::new(),
                    what => format!("  [{what}]"),
                };
                Some(format!("  {}: {what}{tools}\n", document.name))
            })
            .collect();
        let heading = if disputed {
            "differences where the public tools disagree among themselves"
        } else {
            "differences from the truth"
        };
        text.push_str(&format!("{heading}: {}\n{}", lines.len(), lines.concat()));
    }
    text
}

fn time(us: f64) -> String {
    if us < 1000.0 {
        format!("{us:.0} µs")
    } else {
        format!("{:.1} ms", us / 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_document_is_in_the_histogram() {
        let answers = [5.0, 15.0, 15.0, 5e6].map(|us| Answer::said(us, vec![true]));
        let text = histogram(&answers);
        assert!(text.contains("≤ 10 µs     1 "), "{text}");
        assert!(text.contains("≤ 20 µs     2 "), "{text}");
        assert!(text.contains("more     1 "), "{text}");
    }
}
