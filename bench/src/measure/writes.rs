//! What a durable create costs, and how much of its time the disk takes.

use std::{fs::File, io::Write as _};

use serde_json::json;

use super::{
    database::database,
    lab::{LIST, Lab},
    series::{Label, Series, Side, Turn},
};
use crate::{
    clock,
    failure::Result,
    findings::{Findings, Unit},
    load::Rotation,
    plan::CONNECTIONS,
    say,
};

pub(crate) fn writes(lab: &Lab, findings: &mut Findings) -> Result<()> {
    let server = lab.posts("writes", &database(lab, "writes.db", 2, 10_000)?, &[])?;
    let post = json!({ "title": "The title of a post", "body": "Its body." });
    let series = |key, text, in_flight| {
        let turn = Turn {
            connections: in_flight,
            in_flight,
            warm_up: 100,
            open: None,
            ..Turn::repeated(lab.plan)
        };
        let create = Box::new(Rotation::post(LIST, &post, lab.token()));
        Series::begin(Label::new(key, text, Side::Ours), &server, create, turn)
    };
    let mut all = [
        series("create-one", "posts, durable create, one at a time", 1)?,
        series(
            "create-many",
            "posts, durable create, 32 at a time",
            CONNECTIONS,
        )?,
    ];
    let mut disk = Vec::new();
    for round in 1..=lab.plan.rounds {
        say!("writes, round {round} of {}", lab.plan.rounds);
        for series in &mut all {
            series.take_turn()?;
        }
        disk.push(sync(lab)?);
    }
    findings
        .series
        .extend(all.iter().filter_map(Series::sum_up));
    let text = "one write of 4 KiB and fdatasync, in wall time";
    findings.add("fsync", text, Unit::Microseconds, disk);
    Ok(())
}

/// Microseconds that the disk takes to make one page durable.
fn sync(lab: &Lab) -> Result<f64> {
    const TIMES: u32 = 50;
    let mut file = File::create(lab.path("sync"))?;
    let before = clock::now();
    for _ in 0..TIMES {
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
    }
    let took = clock::since(before);
    Ok(took.as_secs_f64() * 1e6 / f64::from(TIMES))
}
