//! A run from its options to its report.

use std::path::{Path, PathBuf};

use crate::{
    Part,
    failure::Result,
    findings::Findings,
    measure::{self, Lab},
    peers,
    plan::Plan,
    report, say,
};

#[derive(clap::Args)]
pub(crate) struct RunOptions {
    /// Measure less of everything, in under three minutes
    #[arg(long)]
    quick: bool,

    /// Install and measure the peers too
    #[arg(long)]
    peers: bool,

    /// Write the report and the chart into docs/
    #[arg(long)]
    write: bool,

    /// Where the report, the chart and the CSV file go, and peers are installed
    #[arg(long, value_name = "FOLDER", default_value = "target/bench")]
    out: PathBuf,

    /// Make these parts of the run alone
    #[arg(long, value_name = "PARTS", value_delimiter = ',')]
    only: Vec<Part>,
}

pub(crate) fn run(options: &RunOptions) -> Result<()> {
    let plan = if options.quick {
        Plan::quick()
    } else {
        Plan::full()
    };
    let peers = if options.peers {
        peers::install(Path::new("bench/peers"), &options.out.join("peers"))?
    } else {
        Vec::new()
    };
    let lab = Lab::set_up(plan)?;
    let mut findings = Findings::default();
    for part in options.parts() {
        match part {
            Part::Requests => measure::requests(&lab, &peers, &mut findings)?,
            Part::Logins => measure::logins(&lab, &mut findings)?,
            Part::Starts => measure::starts(&lab, &mut findings)?,
            Part::Writes => measure::writes(&lab, &mut findings)?,
            Part::Growth => measure::growth(&lab, &mut findings)?,
            Part::Profile => measure::profile(&lab, &mut findings)?,
        }
    }
    let text = report::text(&findings, plan, lab.processors);
    report::write(&options.out, &text, &findings)?;
    if options.write {
        report::write_document(Path::new("docs"), &text, &findings)?;
    }
    say::print(&text);
    Ok(())
}

impl RunOptions {
    fn parts(&self) -> Vec<Part> {
        let all = [
            Part::Requests,
            Part::Logins,
            Part::Starts,
            Part::Writes,
            Part::Growth,
            Part::Profile,
        ];
        let wanted = |part: &Part| self.only.is_empty() || self.only.contains(part);
        all.into_iter().filter(wanted).collect()
    }
}
