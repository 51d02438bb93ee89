//! Where and when a run was made, and with what.

use std::{fs, process::Command};

use jiff::{Timestamp, Unit};

use crate::measure::Lab;

/// Lines of a Markdown list.
pub(crate) fn conditions(lab: &Lab) -> String {
    let database = lab.cluster.as_ref();
    let lines = [
        format!("date: {}", date()),
        format!(
            "machine: {} × {}, {}",
            processors_of_this_machine(),
            model(),
            memory()
        ),
        format!("system: Linux {}", trimmed("/proc/sys/kernel/osrelease")),
        format!(
            "commit: {}",
            version("git", &["rev-parse", "--short=12", "HEAD"])
        ),
        format!("Rust: {}", version("rustc", &["--version"])),
        format!("Node: {}", version("node", &["--version"])),
        format!("Python: {}", version("python3", &["--version"])),
        format!(
            "PostgreSQL: {}",
            database.map_or_else(|| "not measured".to_owned(), |cluster| cluster.version())
        ),
        format!(
            "{}; {} rounds, {} of what is compared by microseconds, {} of logins",
            lab.processors.describe(),
            lab.plan.rounds,
            lab.plan.short_turns().rounds,
            lab.plan.login_turns().rounds
        ),
    ];
    lines.map(|line| format!("- {line}\n")).concat()
}

fn date() -> String {
    let now = Timestamp::now();
    now.round(Unit::Minute).unwrap_or(now).to_string()
}

fn model() -> String {
    let info = trimmed("/proc/cpuinfo");
    field(&info, "model name")
        .unwrap_or("unknown processor")
        .to_owned()
}

fn processors_of_this_machine() -> usize {
    let info = trimmed("/proc/cpuinfo");
    info.lines()
        .filter(|line| line.starts_with("processor"))
        .count()
}

fn memory() -> String {
    let info = trimmed("/proc/meminfo");
    let kib = field(&info, "MemTotal").and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
    kib.map_or_else(
        || "memory unknown".to_owned(),
        |kib| format!("{} GiB", kib.div_ceil(1 << 20)),
    )
}

fn field<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    let line = info.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim())
}

fn trimmed(file: &str) -> String {
    fs::read_to_string(file)
        .unwrap_or_default()
        .trim()
        .to_owned()
}

fn version(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    match output {
        Ok(output) if output.status.success() => {
            String::from_utf8_lossy(&output.stdout).trim().to_owned()
        }
        _ => "not there".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_their_name() {
        let info = "processor\t: 0\nmodel name\t: A: B\n";
        assert_eq!(field(info, "model name"), Some("A: B"));
        assert_eq!(field(info, "stepping"), None);
    }
}
