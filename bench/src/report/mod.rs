//! What a run leaves behind: Markdown, CSV and a chart.

mod chart;
mod csv;
mod machine;
mod markdown;

use std::{fs, path::Path};

use crate::{
    failure::{Result, While as _},
    findings::Findings,
    measure::Lab,
};

/// What is said in `docs/performance.md` around the numbers.
pub(crate) const TEMPLATE: &str = include_str!("../../performance.md");

const CHART: &str = "cost-per-request.svg";

/// The whole report in Markdown.
pub(crate) fn text(findings: &Findings, lab: &Lab) -> String {
    let conditions = machine::conditions(lab);
    markdown::fill(TEMPLATE, findings, lab.plan, &conditions)
}

/// Writes the report, the numbers and the chart into `folder`.
pub(crate) fn write(folder: &Path, report: &str, findings: &Findings) -> Result<()> {
    write_document(folder, report, findings)?;
    for profile in &findings.profiles {
        let name = format!(
            "profile-{}.txt",
            profile.text.replace(", ", "-").replace(' ', "-")
        );
        write_file(&folder.join(name), &profile.symbols)?;
    }
    write_file(&folder.join("performance.csv"), &csv::table(findings))
}

/// Writes the report and the chart alone.
pub(crate) fn write_document(folder: &Path, report: &str, findings: &Findings) -> Result<()> {
    fs::create_dir_all(folder)?;
    write_file(&folder.join("performance.md"), report)?;
    write_file(&folder.join(CHART), &chart::draw(&chart::bars(findings)))
}

fn write_file(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).while_doing(format_args!("writing {}", path.display()))
}
