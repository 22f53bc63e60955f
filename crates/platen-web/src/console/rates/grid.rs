//! The cells of a rates card as they are typed.

use platen_domain::{Points, PrintRates, RateCard, RateRow, Size};
use platen_ledger::site::CardSpec;

use super::super::fields::{Faults, Fields};
use super::super::show::Show;
use crate::words::console::Fill as _;

/// Sizes on one card at most: nobody reads more.
const MOST_SIZES: usize = 100;

/// One of the eight rates of a size.
pub(super) struct Column {
    /// Its name in the form.
    pub(super) name: &'static str,
    /// Its name for the row of other sizes.
    pub(super) other: &'static str,
    pub(super) copy: bool,
    pub(super) colour: bool,
    pub(super) duplex: bool,
}

const fn column(name: &'static str, other: &'static str, is: [bool; 3]) -> Column {
    let [copy, colour, duplex] = is;
    Column {
        name,
        other,
        copy,
        colour,
        duplex,
    }
}

pub(super) const COLUMNS: &[Column] = &[
    column("pms", "o_pms", [false, false, false]),
    column("pmd", "o_pmd", [false, false, true]),
    column("pcs", "o_pcs", [false, true, false]),
    column("pcd", "o_pcd", [false, true, true]),
    column("cms", "o_cms", [true, false, false]),
    column("cmd", "o_cmd", [true, false, true]),
    column("ccs", "o_ccs", [true, true, false]),
    column("ccd", "o_ccd", [true, true, true]),
];

/// The card as it is typed, right or wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Grid {
    pub(super) rows: Vec<Row>,
    /// The *Other size* row.
    pub(super) other: [String; 8],
    /// The version that it was loaded from.
    pub(super) version: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) name: String,
    /// Name and dimensions of the stored size, where its name alone tells none.
    pub(super) size: String,
    pub(super) rates: [String; 8],
}

impl Grid {
    /// The card in force; where there is none yet, an empty A4.
    pub(super) fn of(card: Option<&RateCard>, show: &Show) -> Self {
        let Some(card) = card else {
            let row = Row {
                name: "A4".to_owned(),
                ..Row::default()
            };
            return Self {
                rows: vec![row],
                ..Self::default()
            };
        };
        let rates = |print: &PrintRates, copy: &PrintRates| {
            std::array::from_fn(|at| {
                let column = &COLUMNS[at];
                let rates = if column.copy { copy } else { print };
                show.typed(rates.of(column.colour, column.duplex))
            })
        };
        Self {
            rows: card
                .rows
                .iter()
                .map(|row| Row {
                    name: row.name.clone(),
                    size: format!("{}x{} {}", row.size.width, row.size.height, row.name),
                    rates: rates(&row.print, &row.copy),
                })
                .collect(),
            other: rates(&card.other_print, &card.other_copy),
            version: card.version,
        }
    }

    pub(super) fn read(fields: &Fields) -> Self {
        let column = |name| fields.all(name).map(str::to_owned).collect::<Vec<_>>();
        let names = column("name");
        let sizes = column("size");
        let rates: [Vec<String>; 8] = std::array::from_fn(|at| column(COLUMNS[at].name));
        let text = |list: &[String], at: usize| list.get(at).cloned().unwrap_or_default();
        let rows = names.iter().take(MOST_SIZES).enumerate();
        Self {
            rows: rows
                .map(|(at, name)| Row {
                    name: name.clone(),
                    size: text(&sizes, at),
                    rates: std::array::from_fn(|of| text(&rates[of], at)),
                })
                .collect(),
            other: std::array::from_fn(|at| fields.get(COLUMNS[at].other).to_owned()),
            version: fields.number("version"),
        }
    }

    /// `add` adds an empty size, `remove-3` takes the fourth away.
    pub(super) fn resize(&mut self, deed: &str) {
        if deed == "add" && self.rows.len() < MOST_SIZES {
            self.rows.push(Row::default());
        }
        let at = deed.strip_prefix("remove-").and_then(|at| at.parse().ok());
        if let Some(at) = at.filter(|at| *at < self.rows.len()) {
            self.rows.remove(at);
        }
    }

    /// The card that was typed.
    ///
    /// *Errors*: what is wrong, by cell. *Source*: rules.md R-10.
    pub(super) fn card(&self, show: &Show) -> Result<CardSpec, Faults> {
        let w = &show.words().rates;
        let mut faults = Faults::default();
        let mut rows: Vec<RateRow> = Vec::new();
        for (at, row) in self.rows.iter().enumerate() {
            let field = format!("name-{at}");
            let [print, copy] = rates(&row.rates, &format!("r{at}"), show, &mut faults);
            let name = faults.take(&field, show.words().frame.read_text(&row.name, 60));
            let Some(name) = name else { continue };
            let Some(size) = row.read_size() else {
                faults.add(field, w.size_unknown);
                continue;
            };
            let same = rows.iter().find(|other| {
                other.size.same_paper(size) || other.name.eq_ignore_ascii_case(&name)
            });
            if let Some(same) = same {
                faults.add(field, w.size_twice.with(&same.name));
                continue;
            }
            rows.push(RateRow {
                name,
                size,
                print,
                copy,
            });
        }
        let [other_print, other_copy] = rates(&self.other, "o", show, &mut faults);
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(CardSpec {
            rows,
            other_print,
            other_copy,
        })
    }
}

impl Row {
    /// What the name says, else what the size was stored with under this name.
    fn read_size(&self) -> Option<Size> {
        Size::from_media_name(&self.name).or_else(|| {
            let (dimensions, name) = self.size.split_once(' ')?;
            let (width, height) = dimensions.split_once('x')?;
            if name != self.name {
                return None;
            }
            let size = Size {
                width: width.parse().ok()?,
                height: height.parse().ok()?,
            };
            // As a media name is read: from a hundredth of a millimetre to ten metres.
            let fits = |side| (1..=1_000_000).contains(&side);
            (fits(size.width) && fits(size.height)).then_some(size)
        })
    }
}

/// Print rates and copy rates of a row.
fn rates(typed: &[String; 8], row: &str, show: &Show, faults: &mut Faults) -> [PrintRates; 2] {
    let w = &show.words().rates;
    let read: [Points; 8] = std::array::from_fn(|at| {
        let points = show.words().frame.read_points(&typed[at]);
        let points = points.map_err(|_| w.rate_bad.to_owned());
        let field = format!("{row}-{}", COLUMNS[at].name);
        faults.take(&field, points).unwrap_or_default()
    });
    let of = |from: usize| PrintRates {
        mono_simplex: read[from],
        mono_duplex: read[from + 1],
        colour_simplex: read[from + 2],
        colour_duplex: read[from + 3],
    };
    [of(0), of(4)]
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
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

    fn card() -> RateCard {
        let rates = |from: i64| PrintRates {
            mono_simplex: Points::from_hundredths(from),
            mono_duplex: Points::from_hundredths(from + 1),
            colour_simplex: Points::from_hundredths(from + 2),
            colour_duplex: Points::from_hundredths(from + 3),
        };
        RateCard {
            version: 3,
            rows: vec![RateRow {
                name: "Our poster".into(),
                size: Size::A3,
                print: rates(100),
                copy: rates(200),
            }],
            other_print: rates(300),
            other_copy: rates(400),
        }
    }

    #[test]
    fn a_card_survives_being_shown_and_read() {
        let grid = Grid::of(Some(&card()), &show());
        let mut form = format!("version={}", grid.version);
        for row in &grid.rows {
            form += &format!("&name={}&size={}", row.name, row.size);
            for (column, rate) in COLUMNS.iter().zip(&row.rates) {
                form += &format!("&{}={rate}", column.name);
            }
        }
        for (column, rate) in COLUMNS.iter().zip(&grid.other) {
            form += &format!("&{}={rate}", column.other);
        }
        let read = Grid::read(&Fields::read(form.as_bytes()));
        assert_eq!(read, grid);
        assert_eq!(read.card(&show()).unwrap().with_version(3), card());
    }

    #[test]
    fn every_mistake_stands_at_its_cell() {
        let mut grid = Grid::of(Some(&card()), &show());
        grid.rows[0].rates[2] = "1.234".into();
        grid.rows.push(Row {
            name: "A3".into(),
            rates: std::array::from_fn(|_| "1".into()),
            ..Row::default()
        });
        grid.rows.push(Row {
            name: "napkin".into(),
            rates: std::array::from_fn(|_| "1".into()),
            ..Row::default()
        });
        grid.other[7] = "-1".into();
        let faults = grid.card(&show()).unwrap_err();
        for field in ["r0-pcs", "name-1", "name-2", "o-ccd"] {
            assert!(faults.of(field).is_some(), "{field}: {faults:?}");
        }
        assert_eq!(faults.len(), 4);
    }

    #[test]
    fn another_name_is_another_paper() {
        let mut grid = Grid::of(Some(&card()), &show());
        grid.rows[0].name = "Napkin".into();
        let faults = grid.card(&show()).unwrap_err();
        assert!(faults.of("name-0").is_some(), "{faults:?}");
    }

    #[test]
    fn sizes_come_and_go() {
        let mut grid = Grid::of(None, &show());
        grid.resize("add");
        assert_eq!(grid.rows.len(), 2);
        grid.resize("remove-0");
        assert_eq!(grid.rows[0].name, "");
        for deed in ["remove-7", "remove-x", "remove-"] {
            grid.resize(deed);
        }
        assert_eq!(grid.rows.len(), 1);
    }
}
