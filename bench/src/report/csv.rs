//! All numbers, one a line, for programs.

use std::fmt::Write as _;

use crate::{findings::Findings, statistics::Summary};

/// `key,text,quantity,unit,median,low,high`
pub(crate) fn table(findings: &Findings) -> String {
    let mut csv = String::from("key,text,quantity,unit,median,low,high\n");
    for series in &findings.series {
        let label = &series.label;
        let mut row = |quantity, unit, value| {
            line(&mut csv, &label.key, &label.text, quantity, unit, value);
        };
        row("cpu per request", "µs", series.cpu);
        if let Some(database) = series.database_cpu {
            row("cpu of the database per request", "µs", database);
        }
        row("requests", "1/s", series.per_second);
        row("latency p50", "µs", series.p50);
        row("latency p99", "µs", series.p99);
    }
    for figure in &findings.figures {
        line(
            &mut csv,
            &figure.key,
            &figure.text,
            "value",
            figure.unit.symbol(),
            figure.value,
        );
    }
    csv
}

fn line(csv: &mut String, key: &str, text: &str, quantity: &str, unit: &str, value: Summary) {
    let Summary { median, low, high } = value;
    let text = text.replace('"', "\"\"");
    // Writing to a string cannot fail.
    let _ = writeln!(
        csv,
        r#"{key},"{text}",{quantity},{unit},{median:.3},{low:.3},{high:.3}"#
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::Unit;

    #[test]
    fn texts_are_quoted() {
        let mut findings = Findings::default();
        findings.add("k", "a, \"b\"", Unit::Kibibytes, [1.0, 2.0, 4.0]);
        let line = table(&findings).lines().nth(1).unwrap().to_owned();
        assert_eq!(line, r#"k,"a, ""b""",value,KiB,2.000,1.000,4.000"#);
    }
}
