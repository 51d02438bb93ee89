//! Fills the template with tables.

use std::fmt::Write as _;

use crate::{
    findings::{Findings, Unit},
    measure::{Area, Measured, Profile, Side},
    plan::{CONNECTIONS, OPEN_RATE, Plan},
    statistics::Summary,
    verdict::{self, Verdict, verdicts},
};

/// Replaces each `{{name}}` of the template.
pub(crate) fn fill(template: &str, findings: &Findings, plan: Plan, conditions: &str) -> String {
    let verdicts = verdicts(findings);
    let sections = [
        ("conditions", conditions.to_owned()),
        ("kept", kept(&verdicts)),
        ("verdicts", verdict_table(&verdicts)),
        ("requests", series_table(findings)),
        ("figures", figure_table(findings)),
        ("profile", profile_table(findings)),
        ("postgres", postgres_table(findings)),
        ("peers", peer_sentences(findings)),
        ("login", login_sentence(findings)),
        ("express", express_sentence(findings)),
        ("writes", write_sentence(findings)),
        ("connections", connection_sentence(findings)),
        ("hour", hour_sentence(findings)),
        ("skipped", skipped(findings)),
        ("rate", OPEN_RATE.to_string()),
        ("rows", plan.many_posts.to_string()),
    ];
    sections
        .into_iter()
        .fold(template.to_owned(), |text, (name, value)| {
            text.replace(&format!("{{{{{name}}}}}"), value.trim_end())
        })
}

/// How many promises hold, in a sentence.
fn kept(verdicts: &[Verdict]) -> String {
    let told = verdicts.iter().filter_map(Verdict::holds);
    let (held, broken): (Vec<bool>, Vec<bool>) = told.partition(|holds| *holds);
    let untold = verdicts.len() - held.len() - broken.len();
    let mut text = format!("{} of {} hold", held.len(), held.len() + broken.len());
    if untold > 0 {
        let _ = write!(text, "; {untold} were not measured in this run");
    }
    text + "."
}

fn verdict_table(verdicts: &[Verdict]) -> String {
    let mut table =
        String::from("| promise | limit | measured | of it | |\n|---|---:|---:|---:|---|\n");
    for verdict in verdicts {
        let word = match verdict.holds() {
            Some(true) => "holds",
            Some(false) => "**does not hold**",
            None => "not measured",
        };
        let value = |value: Option<f64>| {
            value.map_or_else(|| "–".to_owned(), |value| number(value, verdict.unit))
        };
        let (limit, measured) = (value(verdict.limit), value(verdict.measured));
        let used = verdict.used.map(|used| format!("{:.1} %", used * 100.0));
        let used = used.unwrap_or_else(|| "–".to_owned());
        let _ = writeln!(
            table,
            "| {} | {limit} | {measured} | {used} | {word} |",
            verdict.promise
        );
    }
    table
}

fn series_table(findings: &Findings) -> String {
    let mut table = String::from(
        "| candidate | CPU µs a request | requests/s | p50 µs | p99 µs | memory MiB |\n\
         |---|---:|---:|---:|---:|---:|\n",
    );
    for series in &findings.series {
        let Measured {
            cpu,
            per_second,
            p50,
            p99,
            ..
        } = series;
        let text = match series.label.side {
            Side::Ours => format!("**{}**", series.label.text),
            Side::Floor | Side::Peer | Side::PeerAside => series.label.text.clone(),
        };
        let _ = writeln!(
            table,
            "| {text} | {} | {:.0} | {:.0} | {:.0} | {} |",
            spread(*cpu),
            per_second.median,
            p50.median,
            p99.median,
            series.memory / 1024 / 1024,
        );
    }
    table
}

fn figure_table(findings: &Findings) -> String {
    let mut table = String::from("| | median (lowest – highest) |\n|---|---:|\n");
    for figure in &findings.figures {
        let (value, unit) = (spread(figure.value), figure.unit.symbol());
        let _ = writeln!(table, "| {} | {value} {unit} |", figure.text);
    }
    table
}

/// Areas down, kinds of load across, in microseconds.
fn profile_table(findings: &Findings) -> String {
    let profiles = &findings.profiles;
    if profiles.is_empty() {
        return "Not taken in this run.".to_owned();
    }
    let across = |cell: &dyn Fn(&Profile) -> String| {
        let cells: Vec<String> = profiles.iter().map(cell).collect();
        format!(" {} |", cells.join(" | "))
    };
    let head = across(&|profile| format!("{}, µs", profile.text));
    let mut table = format!("| |{head}\n|---|{}\n", across(&|_| "---:".to_owned()));
    for (row, area) in Area::ALL.iter().enumerate() {
        let cells = across(&|profile| format!("{:.1}", profile.shares[row].1 * profile.cpu));
        let _ = writeln!(table, "| {} |{cells}", area.text());
    }
    let total = across(&|profile| format!("**{:.1}**", profile.cpu));
    let _ = writeln!(table, "| **together** |{total}");
    table
}

fn peer_sentences(findings: &Findings) -> String {
    let Some(ours) = findings.series("posts-fresh") else {
        return String::new();
    };
    let peers = findings
        .series
        .iter()
        .filter(|series| series.label.side == Side::Peer);
    let ratios = peers.filter_map(|peer| Some((verdict::ratio(peer, ours)?, peer)));
    let mut ratios: Vec<(f64, &Measured)> = ratios.collect();
    ratios.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    let mut list = String::new();
    for (ratio, peer) in ratios {
        let _ = writeln!(list, "- {} costs {ratio:.1} times as much", peer.label.text);
    }
    list
}

/// What share of a durable create is waiting for the disk.
fn write_sentence(findings: &Findings) -> String {
    let each = |key: &str| Some(1e6 / findings.series(key)?.per_second.median);
    let (Some(one), Some(memory), Some(sync)) = (
        each("create-one"),
        each("memory-create-one"),
        findings.figure("fsync"),
    ) else {
        return "Not measured in this run.".to_owned();
    };
    let mut text = format!(
        "One at a time, a durable create takes {one:.0} µs, and with the database in memory, where \
         `fsync` does nothing, {memory:.0} µs: waiting for the disk is {} of it. Making one page \
         durable takes this disk {sync:.0} µs.",
        percent(1.0 - memory / one),
    );
    if let (Some(many), Some(memory)) = (each("create-many"), each("memory-create-many")) {
        let _ = write!(
            text,
            " {} at a time, which share their commits, it is {:.0} creates a second, {many:.0} µs \
             each, of which the disk is {}.",
            CONNECTIONS,
            1e6 / many,
            percent(1.0 - memory / many),
        );
    }
    text
}

/// Both engines, the database's own processes apart.
fn postgres_table(findings: &Findings) -> String {
    const ROWS: [&str; 8] = [
        "posts-fresh",
        "posts-postgres-fresh",
        "posts-repeated",
        "posts-postgres-repeated",
        "create-one",
        "postgres-create-one",
        "create-many",
        "postgres-create-many",
    ];
    let rows = || ROWS.iter().filter_map(|key| findings.series(key));
    if rows().all(|series| series.database_cpu.is_none()) {
        return "Not measured in this run.".to_owned();
    }
    let mut table = String::from(
        "| | `posts`, CPU µs a request | PostgreSQL, CPU µs a request | requests a CPU second |\n\
         |---|---:|---:|---:|\n",
    );
    for series in rows() {
        let database = series.database_cpu.map_or(0.0, |cpu| cpu.median);
        let _ = writeln!(
            table,
            "| {} | {} | {} | {:.0} |",
            series.label.text,
            spread(series.cpu),
            series.database_cpu.map_or_else(|| "–".to_owned(), spread),
            1e6 / (series.cpu.median + database),
        );
    }
    table
}

/// How many times the article's login ours costs.
fn login_sentence(findings: &Findings) -> String {
    let (Some(ours), Some(article)) = (findings.cpu("login"), findings.cpu("express-hs256-login"))
    else {
        return "Not measured in this run.".to_owned();
    };
    let times = ours / article;
    format!("In this run {ours:.0} µs against {article:.0} µs, {times:.0} times as much.")
}

/// What the article's Express pays for its secret being text.
fn express_sentence(findings: &Findings) -> String {
    let cpu = |key| findings.cpu(key);
    let (Some(text), Some(key), Some(rs256)) = (
        cpu("express-hs256"),
        cpu("express-hs256-key"),
        cpu("express-rs256"),
    ) else {
        return "Not measured in this run.".to_owned();
    };
    format!(
        "In this run {text:.0} µs a request with the secret as text, {key:.0} µs with the same \
         secret as a key object, and {rs256:.0} µs with RS256 and a key object."
    )
}

/// How flat the cost of many connections is, where that is hardest.
fn connection_sentence(findings: &Findings) -> String {
    let rise = |server| {
        let rise = Summary::of(verdict::rise(findings, server)?)?;
        Some(format!("{:.2}", rise.median))
    };
    let (Some(ours), Some(floor)) = (rise("posts"), rise("floor")) else {
        return "Not measured in this run.".to_owned();
    };
    format!("In this run it is {ours} times what 32 cost; with bare axum {floor} times.")
}

/// How fast the machine was, beside the one that limits in microseconds are from.
fn hour_sentence(findings: &Findings) -> String {
    let Some(floor) = findings.cpu("floor-logins") else {
        return "Not measured in this run.".to_owned();
    };
    format!("In this run it cost {floor:.1} µs in the turns between refreshes.")
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share.max(0.0) * 100.0)
}

fn skipped(findings: &Findings) -> String {
    if findings.skipped.is_empty() {
        return "Nothing was skipped.".to_owned();
    }
    let first_lines = findings
        .skipped
        .iter()
        .filter_map(|text| text.lines().next());
    let items: Vec<String> = first_lines.map(|line| format!("- {line}")).collect();
    items.join("\n")
}

fn spread(value: Summary) -> String {
    let Summary { median, low, high } = value;
    format!("{} ({} – {})", rounded(median), rounded(low), rounded(high))
}

fn number(value: f64, unit: Unit) -> String {
    format!("{} {}", rounded(value), unit.symbol())
}

/// Three digits that mean something.
fn rounded(value: f64) -> String {
    if value < 100.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.0}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_of_the_template_is_filled() {
        let text = fill(
            crate::report::TEMPLATE,
            &Findings::default(),
            Plan::full(),
            "- here\n",
        );
        assert!(!text.contains("{{"), "{text}");
        assert!(text.contains("- here"));
    }

    #[test]
    fn verdicts_are_told_in_words() {
        let verdict = |measured: Option<f64>| Verdict {
            promise: "a ≤ b".to_owned(),
            measured,
            limit: Some(15.0),
            used: measured.map(|measured| measured / 15.0),
            unit: Unit::Mebibytes,
        };
        let all = [verdict(Some(14.0)), verdict(Some(150.0)), verdict(None)];
        let table = verdict_table(&all);
        assert!(
            table.contains("| a ≤ b | 15.0 MiB | 14.0 MiB | 93.3 % | holds |"),
            "{table}"
        );
        assert!(
            table.contains("| 150 MiB | 1000.0 % | **does not hold** |"),
            "{table}"
        );
        assert!(table.contains("| – | – | not measured |"), "{table}");
        assert_eq!(kept(&all), "1 of 2 hold; 1 were not measured in this run.");
    }

    #[test]
    fn a_peer_is_compared_in_the_round_that_it_was_measured_in() {
        // The machine is half as fast from the second round on, until one of the last.
        let findings = Findings {
            series: vec![
                Measured::of_costs("posts-fresh", Side::Ours, &[20.0, 40.0, 40.0]),
                Measured::of_costs("slow", Side::Peer, &[60.0, 120.0, 119.0]),
                Measured::of_costs("quick", Side::Peer, &[30.0, 60.0, 30.0]),
            ],
            ..Findings::default()
        };
        assert_eq!(
            peer_sentences(&findings),
            "- quick costs 1.5 times as much\n- slow costs 3.0 times as much\n"
        );
    }

    #[test]
    fn a_figure_shows_its_spread() {
        let mut findings = Findings::default();
        findings.add("k", "text", Unit::Microseconds, [9.0, 10.04, 250.0]);
        assert!(figure_table(&findings).contains("| text | 10.0 (9.0 – 250) µs |"));
    }
}
