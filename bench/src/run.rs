//! A run from its options to its report.

use std::path::{Path, PathBuf};

use crate::{
    Part,
    failure::{Failure, Result},
    findings::Findings,
    measure::{self, Lab},
    peers::{self, Peer},
    plan::Plan,
    report, say,
};

#[derive(clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct RunOptions {
    /// Measure less of everything, in under three minutes
    #[arg(long)]
    quick: bool,

    /// Install and measure the peers too
    #[arg(long)]
    peers: bool,

    /// Measure on PostgreSQL too, in a cluster of this run's own
    #[arg(long)]
    postgres: bool,

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
    let mut findings = Findings::default();
    let peers = options.install_peers(&mut findings);
    let mut lab = Lab::set_up(options.plan())?;
    if options.postgres {
        let started = lab.start_cluster();
        findings.made("PostgreSQL", started);
    }
    let parts = options.parts();
    let minutes = lab
        .plan
        .expected(&parts, peers.len(), options.postgres)
        .as_secs()
        / 60
        + 1;
    say!("this takes about {minutes} minutes from here on");
    for part in parts {
        let measured = match part {
            Part::Requests => measure::requests(&lab, &peers, &mut findings),
            Part::Logins => measure::logins(&lab, &peers, &mut findings),
            Part::Starts => measure::starts(&lab, &mut findings),
            Part::Writes => measure::writes(&lab, &mut findings),
            Part::Growth => measure::growth(&lab, &mut findings),
            Part::Profile => measure::profile(&lab, &mut findings),
        };
        findings.made(format_args!("{part:?}"), measured);
        // What there is so far outlives whatever happens to the rest.
        report::write(&options.out, &report::text(&findings, &lab), &findings)?;
    }
    let text = report::text(&findings, &lab);
    if options.write {
        report::write_document(Path::new("docs"), &text, &findings)?;
    }
    say::print(&text);
    if findings.incomplete {
        return Err(Failure::new(
            "something of ours could not be measured; see above",
        ));
    }
    Ok(())
}

impl RunOptions {
    fn plan(&self) -> Plan {
        if self.quick {
            Plan::quick()
        } else {
            Plan::full()
        }
    }

    /// A run without peers is better than none.
    fn install_peers(&self, findings: &mut Findings) -> Vec<Peer> {
        if !self.peers {
            return Vec::new();
        }
        let installed = peers::install(Path::new("bench/peers"), &self.out.join("peers"));
        findings.made("peers", installed).unwrap_or_default()
    }

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
