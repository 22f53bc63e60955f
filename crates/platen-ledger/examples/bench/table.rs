//! The table that is printed.

use crate::measure::Measured;

/// What a figure is compared with, and what it should be.
pub(crate) struct Comparison {
    beside: &'static str,
    ratio: f64,
    /// None where nothing is asked for.
    goal: Option<Bound>,
}

impl Comparison {
    /// Ours as a multiple of what stands beside it.
    pub(crate) fn new(beside: &'static str, ratio: f64) -> Self {
        Self {
            beside,
            ratio,
            goal: None,
        }
    }

    pub(crate) fn at_least(mut self, bound: f64) -> Self {
        self.goal = Some(Bound::AtLeast(bound));
        self
    }

    pub(crate) fn at_most(mut self, bound: f64) -> Self {
        self.goal = Some(Bound::AtMost(bound));
        self
    }
}

#[derive(Clone, Copy)]
enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

impl Bound {
    fn is_met(self, ratio: f64) -> bool {
        match self {
            Self::AtLeast(bound) => ratio >= bound,
            Self::AtMost(bound) => ratio <= bound,
        }
    }
}

#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<[String; 8]>,
}

impl Table {
    /// To add rows about `engine`.
    pub(crate) fn engine(&mut self, engine: &'static str) -> Rows<'_> {
        Rows {
            table: self,
            engine,
        }
    }

    /// As Markdown, columns aligned.
    pub(crate) fn print(&self) {
        let head = [
            "engine",
            "case",
            "a second",
            "median µs",
            "p99 µs",
            "beside",
            "goal",
            "",
        ];
        let width = |column: usize| {
            let cells = self.rows.iter().map(|row| row[column].chars().count());
            cells.chain([head[column].len()]).max().unwrap_or(0)
        };
        let widths: [usize; 8] = std::array::from_fn(width);
        let print = |cells: [&str; 8]| {
            let cells: Vec<String> = cells
                .iter()
                .zip(widths)
                .map(|(cell, width)| format!("{cell:width$}"))
                .collect();
            println!("| {} |", cells.join(" | "));
        };
        print(head);
        let rules = widths.map(|width| "-".repeat(width));
        print(std::array::from_fn(|column| rules[column].as_str()));
        for row in &self.rows {
            print(std::array::from_fn(|column| row[column].as_str()));
        }
    }
}

/// Adds rows about one engine.
pub(crate) struct Rows<'table> {
    table: &'table mut Table,
    engine: &'static str,
}

impl Rows<'_> {
    /// A rate with its waits.
    pub(crate) fn rate(&mut self, case: &str, measured: &Measured, beside: Option<Comparison>) {
        let rate = format!("{:.0}", measured.rate());
        self.push(case, [rate, wait(measured, 50), wait(measured, 99)], beside);
    }

    /// Waits alone, where nobody asks for a rate.
    pub(crate) fn wait(&mut self, case: &str, measured: &Measured, beside: Comparison) {
        let figures = [String::new(), wait(measured, 50), wait(measured, 99)];
        self.push(case, figures, Some(beside));
    }

    /// A comparison of figures that stand in rows above.
    pub(crate) fn comparison(&mut self, case: &str, beside: Comparison) {
        self.push(case, Default::default(), Some(beside));
    }

    fn push(&mut self, case: &str, figures: [String; 3], beside: Option<Comparison>) {
        let [rate, median, p99] = figures;
        let (mut compared, mut goal, mut met) = Default::default();
        if let Some(beside) = beside {
            compared = format!("{:.2}× {}", beside.ratio, beside.beside);
            if let Some(bound) = beside.goal {
                goal = match bound {
                    Bound::AtLeast(bound) => format!("≥ {bound}×"),
                    Bound::AtMost(bound) => format!("≤ {bound}×"),
                };
                met = if bound.is_met(beside.ratio) {
                    "met".to_owned()
                } else {
                    "missed".to_owned()
                };
            }
        }
        let engine = self.engine.to_owned();
        let row = [
            engine,
            case.to_owned(),
            rate,
            median,
            p99,
            compared,
            goal,
            met,
        ];
        self.table.rows.push(row);
    }
}

/// Units: microseconds.
fn wait(measured: &Measured, percent: usize) -> String {
    format!("{:.0}", measured.wait_us(percent))
}
