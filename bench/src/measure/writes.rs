//! What a durable create costs, and how much of its time the disk takes: the same creates with the
//! database in memory, where making it durable is nothing, show what is left without.

use std::{fs::File, io::Write as _, path::Path, rc::Rc};

use rustix::fs::statfs;
use serde_json::json;
use tempfile::TempDir;

use super::{
    database::{database, database_in},
    lab::{LIST, Lab},
    series::{Label, Series, Side, Turn},
};
use crate::{
    clock,
    failure::{Failure, Result},
    findings::{Findings, Unit},
    load::Rotation,
    plan::CONNECTIONS,
    process::Server,
    say,
};

/// Where Linux keeps files in memory.
const IN_MEMORY: &str = "/dev/shm";

pub(crate) fn writes(lab: &Lab, findings: &mut Findings) -> Result<()> {
    let server = lab.posts("writes", &database(lab, "writes.db", 2, 10_000)?, &[])?;
    let mut all = pair(lab, "create", "posts, durable create", &server)?;
    let memory = findings.made("creates in memory", in_memory(lab));
    if let Some((_folder, server)) = &memory {
        let text = "posts, create in memory";
        all.extend(pair(lab, "memory-create", text, server)?);
    }
    if let Some(cluster) = &lab.cluster {
        let server = lab.posts_at("writes-postgres", &cluster.url(), &[])?;
        let text = "posts (PostgreSQL), durable create";
        let pair = pair(lab, "postgres-create", text, &server)?;
        all.extend(pair.into_iter().map(|series| series.with_database(cluster)));
    }
    let mut disk = Vec::new();
    for round in 1..=lab.plan.rounds {
        say!("writes, round {round} of {}", lab.plan.rounds);
        Series::take_turns(&mut all, findings);
        disk.push(sync(lab)?);
    }
    findings
        .series
        .extend(all.iter().filter_map(Series::sum_up));
    let text = "one write of 4 KiB and fdatasync, in wall time";
    findings.add("fsync", text, Unit::Microseconds, disk);
    Ok(())
}

/// One create at a time, and as many at a time as there are connections.
fn pair(lab: &Lab, key: &str, text: &str, server: &Rc<Server>) -> Result<Vec<Series>> {
    let post = json!({ "title": "The title of a post", "body": "Its body." });
    let series = |end: &str, how: String, in_flight| {
        let turn = Turn {
            connections: in_flight,
            in_flight,
            warm_up: 100,
            lead_in: 100,
            open: None,
            ..Turn::repeated(lab.plan)
        };
        let create = Box::new(Rotation::post(LIST, &post, lab.token()));
        let label = Label::new(format!("{key}-{end}"), format!("{text}, {how}"), Side::Ours);
        Series::begin(label, server, create, turn)
    };
    Ok(vec![
        series("one", "one at a time".to_owned(), 1)?,
        series("many", format!("{CONNECTIONS} at a time"), CONNECTIONS)?,
    ])
}

/// `posts` with its database in memory, and the folder of it.
fn in_memory(lab: &Lab) -> Result<(TempDir, Rc<Server>)> {
    const TMPFS: u64 = 0x0102_1994;
    let kind = statfs(IN_MEMORY)?.f_type;
    if u64::try_from(kind) != Ok(TMPFS) {
        return Err(Failure::new(format!("{IN_MEMORY} is not in memory")));
    }
    let folder = TempDir::new_in(Path::new(IN_MEMORY))?;
    let file = folder.path().join("posts.db");
    database_in(lab, &file, 2, 10_000)?;
    let server = lab.posts("writes-memory", &file, &[])?;
    Ok((folder, server))
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
