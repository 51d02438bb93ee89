//! Lists for people and for machines, on standard output.

use std::fmt::Display;

use serde::Serialize;
use token::Timestamp;

/// Rows under headings, each column as wide as its widest cell.
#[expect(clippy::print_stdout, reason = "the result of a command")]
pub(super) fn print<const N: usize>(headings: [&str; N], rows: &[[String; N]]) {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells
            .chain([headings[column].len()])
            .max()
            .unwrap_or_default()
    };
    println!("{}", line(&headings, width));
    for row in rows {
        println!("{}", line(row, width));
    }
}

/// One JSON document.
#[expect(clippy::print_stdout, reason = "the result of a command")]
pub(super) fn print_json(value: &impl Serialize) {
    // Strings and numbers: there is nothing here that JSON cannot say.
    println!("{}", serde_json::to_string(value).unwrap_or_default());
}

/// A moment as RFC 3339, to the second.
pub(super) fn moment(timestamp: Timestamp) -> String {
    jiff::Timestamp::from_second(timestamp.unix_seconds())
        .map_or_else(|_| "-".to_owned(), |moment| moment.to_string())
}

fn line<const N: usize, T: Display>(cells: &[T; N], width: impl Fn(usize) -> usize) -> String {
    let padded = cells.iter().enumerate().map(|(column, cell)| {
        let width = width(column);
        format!("{cell:width$}")
    });
    padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
}
