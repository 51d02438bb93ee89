//! Findings as a table: verdict, subject, and what was found, folded into the third column.

use std::io;

use rustix::termios::tcgetwinsize;

use super::{Entry, Verdict, count};

/// Lines that are longer are hard to read.
const WIDEST: usize = 120;

/// Below this a third column is narrower than its words.
const NARROWEST: usize = 60;

/// Rows, and a last line that says how many of them need somebody.
pub(super) fn draw(findings: &[Entry], columns: usize) -> String {
    let widths = findings.iter().map(|entry| entry.subject.chars().count());
    let subject = widths.max().unwrap_or_default();
    let rows = findings.iter().map(|entry| row(entry, subject, columns));
    let bad = findings.iter().filter(|entry| !entry.good).count();
    let end = match bad {
        0 => "Nothing is wrong.".to_owned(),
        bad => format!("{} to put right.", count(bad, "thing")),
    };
    rows.chain([format!("\n{end}\n")]).collect()
}

/// A file or a pipe is searched by line.
pub(super) fn columns() -> usize {
    tcgetwinsize(io::stdout()).map_or(usize::MAX, |size| match usize::from(size.ws_col) {
        // A terminal that does not know.
        0 => 80,
        columns => columns.clamp(NARROWEST, WIDEST),
    })
}

fn row(entry: &Entry, subject: usize, columns: usize) -> String {
    let word = match entry.verdict {
        Verdict::Good => "good",
        Verdict::Note => "note",
        Verdict::Bad => "BAD",
    };
    let before = format!("{word:<4}  {:<subject$}  ", entry.subject);
    let indent = before.chars().count();
    let lines = fold(&entry.detail, columns.saturating_sub(indent));
    before + &lines.join(&format!("\n{:indent$}", "")) + "\n"
}

/// Breaks between words; a word that is longer than a line has one to itself.
fn fold(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::super::{Finding, Report};
    use super::*;

    fn report() -> Report {
        let mut report = Report::default();
        report.add("clocks", Finding::bad("apart ".repeat(40).trim()));
        report.add("sealing key", Finding::good("there"));
        report
    }

    #[test]
    fn a_table_is_folded_between_words_and_keeps_them_all() {
        for columns in [60, 80, 120] {
            let text = draw(&report().findings, columns);
            let longest = text.lines().map(|line| line.chars().count()).max();
            assert!(longest <= Some(columns), "{text}");
            assert_eq!(text.matches("apart").count(), 40);
            assert!(text.contains("\n                   apart"), "{text}");
            assert!(text.ends_with("\n\n1 thing to put right.\n"), "{text}");
        }
    }

    #[test]
    fn what_is_searched_by_line_has_a_line_for_each_finding() {
        let text = draw(&report().findings, usize::MAX);
        assert!(text.starts_with("BAD   clocks       apart apart"), "{text}");
        assert_eq!(text.lines().count(), 4);
    }
}
