//! How long the programs take to start, and what they take up when they have nothing to do.
//!
//! A start finds everything where an earlier one left it: the program in the page cache, a migrated
//! database, the key set on the disk, tokens already made. It ends with the first good answer.

use std::rc::Rc;

use super::{database::database, lab::Lab, logins::start_auth};
use crate::{
    failure::Result,
    findings::{Findings, Unit},
    process::Server,
    say,
    statistics::as_f64,
};

pub(crate) fn starts(lab: &Lab, findings: &mut Findings) -> Result<()> {
    say!("starts: {} of each program", lab.plan.starts);
    let database = database(lab, "starts.db", 2, 10_000)?;
    let posts = || lab.posts("posts-start", &database, &[]);
    let keeps_the_key_set = posts()?;
    drop(keeps_the_key_set);
    let first = "process start to first verified request";
    add(findings, "posts", first, lab.plan.starts, posts)?;
    let auth = || start_auth(lab, "auth-starts");
    let makes_keys_and_users = auth()?;
    drop(makes_keys_and_users);
    let first = "process start to first key set";
    add(findings, "auth", first, lab.plan.starts, auth)?;
    for name in ["posts", "auth"] {
        let size = mebibytes(lab.stripped_size(name)?);
        let text = format!("{name}, program without symbols");
        findings.add(&format!("{name}-size"), text, Unit::Mebibytes, [size]);
    }
    Ok(())
}

fn add(
    findings: &mut Findings,
    name: &str,
    first: &str,
    starts: usize,
    start: impl Fn() -> Result<Rc<Server>>,
) -> Result<()> {
    let (mut times, mut memory) = (Vec::new(), Vec::new());
    for _ in 0..starts {
        let server = start()?;
        times.push(server.started_in.as_secs_f64() * 1e3);
        memory.push(mebibytes(server.resident_memory()));
    }
    let (start, idle) = (format!("{name}-start"), format!("{name}-idle"));
    findings.add(
        &start,
        format!("{name}, {first}"),
        Unit::Milliseconds,
        times,
    );
    findings.add(
        &idle,
        format!("{name}, resident memory idle"),
        Unit::Mebibytes,
        memory,
    );
    Ok(())
}

fn mebibytes(bytes: u64) -> f64 {
    as_f64(usize::try_from(bytes).unwrap_or(usize::MAX)) / 1024.0 / 1024.0
}
