//! Tables that fit a terminal of 80 columns.

/// The widest line. *Units*: characters.
const WIDTH: usize = 80;
/// A column is never cut narrower than this. *Units*: characters.
const NARROWEST: usize = 8;
const GAP: usize = 2;

/// Rows under a heading; the widest columns are cut until a line fits.
#[must_use]
pub(crate) fn table(heading: &[&str], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = heading.iter().map(|cell| cell.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let gaps = GAP * widths.len().saturating_sub(1);
    while widths.iter().sum::<usize>() + gaps > WIDTH {
        let Some(widest) = widths.iter_mut().max() else {
            break;
        };
        if *widest <= NARROWEST {
            break;
        }
        *widest -= 1;
    }
    let heading: Vec<String> = heading.iter().map(ToString::to_string).collect();
    std::iter::once(&heading)
        .chain(rows)
        .map(|row| line(row, &widths))
        .collect()
}

fn line(row: &[String], widths: &[usize]) -> String {
    let mut text = String::new();
    for (cell, width) in row.iter().zip(widths) {
        let length = cell.chars().count();
        if length > *width {
            text.extend(cell.chars().take(width.saturating_sub(1)));
            text.push('…');
        } else {
            text.push_str(cell);
        }
        let padding = width.saturating_sub(length) + GAP;
        text.extend(std::iter::repeat_n(' ', padding));
    }
    format!("{}\n", text.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_never_exceed_a_terminal() {
        let rows = vec![
            vec!["a".repeat(90), "short".into(), "b".repeat(30)],
            vec!["ä".into(), String::new(), "c".into()],
        ];
        let text = table(&["NAME", "STATE", "DEVICE"], &rows);
        assert_eq!(text.lines().count(), 3);
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH));
        assert!(text.contains("short"));
    }

    #[test]
    fn columns_are_aligned() {
        let rows = vec![vec!["long name".into(), "x".into()]];
        assert_eq!(table(&["N", "S"], &rows), "N          S\nlong name  x\n");
    }
}
