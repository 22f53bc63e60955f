//! Bars of points over time, drawn on the server. The numbers stand in a table
//! beside them, so that nobody has to see or hover to read them.

use jiff::civil::Date;
use platen_domain::Points;

use super::super::show::Show;

/// Units of the drawing; the page stretches it.
const WIDTH: i64 = 1200;
const HEIGHT: i64 = 240;

/// What is drawn for one stretch of time.
pub(in crate::console) struct Stretch {
    pub(in crate::console) start: Date,
    pub(in crate::console) printed: Points,
    pub(in crate::console) copied: Points,
    pub(in crate::console) label: String,
}

pub(in crate::console) struct Bar {
    pub(in crate::console) x: i64,
    pub(in crate::console) width: i64,
    pub(in crate::console) printed_y: i64,
    pub(in crate::console) printed_height: i64,
    pub(in crate::console) copied_y: i64,
    pub(in crate::console) copied_height: i64,
    pub(in crate::console) label: String,
}

pub(in crate::console) struct Chart {
    pub(in crate::console) bars: Vec<Bar>,
    /// The values at the top, the middle and the bottom.
    pub(in crate::console) scale: [String; 3],
    /// The first, a middle and the last stretch.
    pub(in crate::console) labels: Vec<String>,
    pub(in crate::console) width: i64,
    pub(in crate::console) height: i64,
}

impl Chart {
    /// Draws `stretches` one beside the other; printed below copied.
    pub(in crate::console) fn draw(stretches: &[Stretch], show: &Show) -> Self {
        let highest = stretches.iter().map(total).max().unwrap_or(0);
        let top = round_up(highest);
        let step = WIDTH / i64::try_from(stretches.len().max(1)).unwrap_or(WIDTH);
        let gap = (step / 6).min(10);
        let units = |points: Points| {
            let part = i128::from(points.hundredths().max(0)) * i128::from(HEIGHT);
            i64::try_from(part / i128::from(top)).unwrap_or(HEIGHT)
        };
        let bars = stretches.iter().zip(0..).map(|(stretch, at)| {
            let printed = units(stretch.printed);
            let copied = units(stretch.copied);
            Bar {
                x: at * step + gap,
                width: (step - 2 * gap).max(1),
                printed_y: HEIGHT - printed,
                printed_height: printed,
                copied_y: HEIGHT - printed - copied,
                copied_height: copied,
                label: stretch.label.clone(),
            }
        });
        let value = |hundredths| show.amount(Points::from_hundredths(hundredths));
        Self {
            bars: bars.collect(),
            scale: [value(top), value(top / 2), value(0)],
            labels: labels(stretches, show),
            width: WIDTH,
            height: HEIGHT,
        }
    }
}

fn total(stretch: &Stretch) -> i64 {
    let positive = |points: Points| points.hundredths().max(0);
    positive(stretch.printed).saturating_add(positive(stretch.copied))
}

/// The next of 2, 4, 10, 20, 40, 100 … points, so that the middle is a round
/// number too.
fn round_up(hundredths: i64) -> i64 {
    let mut ten: i64 = 100;
    loop {
        for factor in [2, 4, 10] {
            match ten.checked_mul(factor) {
                Some(top) if top >= hundredths => return top,
                Some(_) => {}
                None => return i64::MAX,
            }
        }
        ten = ten.saturating_mul(10);
    }
}

fn labels(stretches: &[Stretch], show: &Show) -> Vec<String> {
    let at = |at: usize| stretches.get(at).map(|stretch| show.date(stretch.start));
    let last = stretches.len().saturating_sub(1);
    let mut places = vec![0, last / 2, last];
    places.dedup();
    places.into_iter().filter_map(at).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    use super::*;
    use crate::language::Language;

    fn show() -> Show {
        Show {
            language: Language::English,
            zone: TimeZone::UTC,
            now: Timestamp::UNIX_EPOCH,
        }
    }

    fn stretch(day: i8, printed: i64, copied: i64) -> Stretch {
        Stretch {
            start: date(2026, 9, day),
            printed: Points::from_hundredths(printed),
            copied: Points::from_hundredths(copied),
            label: String::new(),
        }
    }

    #[test]
    fn bars_stand_on_the_ground_and_end_below_the_top() {
        let days = [
            stretch(1, 2_500, 1_500),
            stretch(2, 0, 0),
            stretch(3, -50, 100),
        ];
        let chart = Chart::draw(&days, &show());
        assert_eq!(chart.scale, ["40", "20", "0"]);
        let first = &chart.bars[0];
        assert_eq!(first.printed_y + first.printed_height, HEIGHT);
        assert_eq!(first.copied_y + first.copied_height, first.printed_y);
        assert_eq!(first.copied_y, 0);
        assert_eq!(chart.bars[2].printed_height, 0);
        assert!(chart.bars.iter().all(|bar| bar.x + bar.width <= WIDTH));
        assert_eq!(chart.labels, ["1 Sep 2026", "2 Sep 2026", "3 Sep 2026"]);
    }

    #[test]
    fn the_scale_is_round_and_never_below_what_it_carries() {
        for (highest, top) in [
            (0, 200),
            (200, 200),
            (201, 400),
            (401, 1_000),
            (1_001, 2_000),
            (9_999, 10_000),
        ] {
            assert_eq!(round_up(highest), top, "{highest}");
        }
        for highest in [1, 777, 123_456, 999_999_999, i64::MAX] {
            assert!(round_up(highest) >= highest, "{highest}");
        }
    }

    #[test]
    fn nothing_and_very_much_can_be_drawn() {
        assert!(Chart::draw(&[], &show()).bars.is_empty());
        let most = Chart::draw(&[stretch(1, i64::MAX, i64::MAX)], &show());
        assert!(most.bars[0].printed_height <= HEIGHT);
    }
}
