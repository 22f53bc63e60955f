//! A report as CSV.

use axum::response::Response;
use platen_ledger::ReportRow;

use super::super::stop::Stop;
use super::super::transfer::sheet;

pub(super) fn csv(rows: &[ReportRow]) -> Result<Response, Stop> {
    let head = ["start", "printed", "copied", "adjusted", "documents"];
    let lines = rows.iter().map(|row| {
        [
            row.start.to_string(),
            row.printed.to_string(),
            row.copied.to_string(),
            row.adjusted.to_string(),
            row.documents.to_string(),
        ]
    });
    sheet::download("report.csv", &head, lines)
}
