//! Where the time of `posts` goes, by sampling it with `perf` under load.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    rc::Rc,
};

use super::{
    answer::answer,
    database::database,
    lab::{LIST, Lab},
};
use crate::{
    failure::{Failure, Result, While as _},
    findings::Findings,
    load::{Generator, Limit, Pace, Traffic},
    plan::CONNECTIONS,
    process::Server,
    say, statistics,
};

/// What one request costs, area by area.
pub(crate) struct Profile {
    pub(crate) text: String,
    /// Microseconds of CPU time a request, without the sampling.
    pub(crate) cpu: f64,
    /// Each area's share of the samples, which are 1 together.
    pub(crate) shares: Vec<(Area, f64)>,
    /// What `perf report` says, symbol by symbol.
    pub(crate) symbols: String,
}

/// What code is for, in the order of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Area {
    Kernel,
    Http,
    Runtime,
    Routing,
    Rsa,
    Digest,
    Verifier,
    Json,
    Sqlite,
    Posts,
    Chassis,
    Memory,
    Other,
}

impl Area {
    pub(crate) const ALL: [Self; 13] = [
        Self::Kernel,
        Self::Http,
        Self::Runtime,
        Self::Routing,
        Self::Rsa,
        Self::Digest,
        Self::Verifier,
        Self::Json,
        Self::Sqlite,
        Self::Posts,
        Self::Chassis,
        Self::Memory,
        Self::Other,
    ];

    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Kernel => "kernel: sockets, epoll, scheduling",
            Self::Http => "HTTP/1.1 (hyper, httparse, http)",
            Self::Runtime => "runtime (tokio)",
            Self::Routing => "routing and layers (axum, tower)",
            Self::Rsa => "RSA verification (aws-lc)",
            Self::Digest => "fingerprint, SHA-256 (aws-lc)",
            Self::Verifier => "token, verifier, verdict cache",
            Self::Json => "JSON and base64",
            Self::Sqlite => "SQLite",
            Self::Posts => "posts' own code",
            Self::Chassis => "chassis, tracing, metrics",
            Self::Memory => "allocation and copying (libc)",
            Self::Other => "other",
        }
    }

    /// Whose a sampled symbol is. What is neither Rust nor of a shared library is C that was
    /// linked in: aws-lc, which prefixes its names, or SQLite, which does not.
    fn of(object: &str, symbol: &str) -> Self {
        let is = |parts: &[&str]| parts.iter().any(|part| symbol.contains(part));
        if symbol.starts_with("[k]") {
            return Self::Kernel;
        }
        if object.contains("libc") || object.contains("ld-linux") {
            return Self::Memory;
        }
        if is(&["aws_lc", "bignum_", "bn_", "rsaz"]) {
            return if is(&["sha256", "SHA256", "gcmsiv", "gcm_siv", "aead", "AEAD"]) {
                Self::Digest
            } else {
                Self::Rsa
            };
        }
        if is(&["rusqlite", "sqlite"]) || !is(&["::"]) {
            return Self::Sqlite;
        }
        let by_crate: [(Self, &[&str]); 10] = [
            (
                Self::Verifier,
                &["verifier::", "token::", "moka::", "crossbeam", "arc_swap"],
            ),
            (Self::Posts, &["posts::", "jiff", "uuid", "form_urlencoded"]),
            (
                Self::Chassis,
                &["chassis::", "tracing", "metrics", "sharded_slab"],
            ),
            (Self::Json, &["serde", "base64", "itoa", "ryu"]),
            (Self::Digest, &["aws_lc_rs::aead", "aws_lc_rs::digest"]),
            (Self::Rsa, &["aws_lc_rs"]),
            (Self::Routing, &["axum", "tower", "matchit"]),
            (
                Self::Http,
                &["hyper", "httparse", "http::", "h2::", "bytes::", "httpdate"],
            ),
            (Self::Runtime, &["tokio", "mio::", "futures", "parking_lot"]),
            (Self::Memory, &["alloc::", "__rust"]),
        ];
        let found = by_crate.iter().find(|(_, parts)| is(parts));
        found.map_or(Self::Other, |(area, _)| *area)
    }
}

pub(crate) fn profile(lab: &Lab, findings: &mut Findings) -> Result<()> {
    let database = database(lab, "profile.db", 2, 10_000)?;
    let posts = || lab.posts("profile", &database, &[]);
    for (text, server, traffic) in [
        (
            "bare axum",
            lab.candidate("floor", &answer(lab)?)?,
            lab.one_token(LIST),
        ),
        ("posts, one token", posts()?, lab.one_token(LIST)),
        ("posts, fresh tokens", posts()?, lab.fresh_list()),
    ] {
        say!("profile: {text}");
        match sampled(lab, text, &server, traffic) {
            Ok(profile) => findings.profiles.push(profile),
            Err(failure) => findings.skipped.push(format!("profile, {text}: {failure}")),
        }
    }
    Ok(())
}

fn sampled(
    lab: &Lab,
    text: &str,
    server: &Rc<Server>,
    mut traffic: Box<dyn Traffic>,
) -> Result<Profile> {
    let mut generator = Generator::connect(server.address, CONNECTIONS)?;
    let mut load = |requests| {
        let limit = Limit {
            requests,
            time: 4 * lab.plan.turn,
        };
        let pace = Pace::Closed {
            in_flight: CONNECTIONS,
        };
        generator.run(&mut *traffic, pace, limit)
    };
    load(1_000)?;
    let before = server.usage();
    let plain = load(lab.plan.fresh_tokens)?;
    let used = server.usage().since(&before);
    let cpu = used.as_secs_f64() * 1e6 / statistics::as_f64(plain.answered);
    let samples = lab.path("perf.data");
    let perf = start_sampling(server.pid(), &samples)?;
    load(lab.plan.fresh_tokens * 2)?;
    stop_sampling(perf)?;
    let symbols = report(&samples)?;
    Ok(Profile {
        text: text.to_owned(),
        cpu,
        shares: shares(&symbols)?,
        symbols,
    })
}

fn start_sampling(pid: u32, samples: &Path) -> Result<Child> {
    let mut perf = Command::new("perf");
    perf.args(["record", "--quiet", "--freq=9000", "--output"])
        .arg(samples)
        .arg(format!("--pid={pid}"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let child = perf
        .spawn()
        .while_doing("perf, of the package linux-perf")?;
    // It samples once its ring buffers are there; what comes before is not missed.
    std::thread::sleep(std::time::Duration::from_secs(1));
    Ok(child)
}

fn stop_sampling(mut perf: Child) -> Result<()> {
    use rustix::process::{Pid, Signal, kill_process};
    let pid = i32::try_from(perf.id()).ok().and_then(Pid::from_raw);
    kill_process(
        pid.ok_or_else(|| Failure::new("perf has no pid"))?,
        Signal::INT,
    )?;
    perf.wait()?;
    Ok(())
}

fn report(samples: &Path) -> Result<String> {
    let mut report = Command::new("perf");
    report
        .args([
            "report",
            "--stdio",
            "--no-children",
            "--fields=overhead,dso,symbol",
        ])
        .args(["--field-separator=|", "--input"])
        .arg(samples)
        .stderr(Stdio::null());
    let output = report.output().while_doing("perf report")?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Adds the lines of a report up, area by area.
fn shares(report: &str) -> Result<Vec<(Area, f64)>> {
    let lines: Vec<(Area, f64)> = report.lines().filter_map(line).collect();
    let total: f64 = lines.iter().map(|(_, share)| share).sum();
    if total <= 0.0 {
        return Err(Failure::new("perf took no samples"));
    }
    let sum = |area: Area| {
        let own = lines.iter().filter(|(of, _)| *of == area);
        own.fold(0.0, |sum, (_, share)| sum + share) / total
    };
    Ok(Area::ALL
        .into_iter()
        .map(|area| (area, sum(area)))
        .collect())
}

/// `  12.50%|posts|[.] some::symbol`
fn line(line: &str) -> Option<(Area, f64)> {
    let mut fields = line.splitn(3, '|').map(str::trim);
    let share = fields.next()?.strip_suffix('%')?.parse().ok()?;
    let (object, symbol) = (fields.next()?, fields.next()?);
    Some((Area::of(object, symbol), share))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_belong_to_areas() {
        for (object, symbol, area) in [
            ("[kernel.kallsyms]", "[k] tcp_sendmsg", Area::Kernel),
            ("libc.so.6", "[.] malloc", Area::Memory),
            ("posts", "[.] aws_lc_0_35_0_bn_mul_mont", Area::Rsa),
            (
                "posts",
                "[.] aws_lc_0_35_0_sha256_block_data_order_hw",
                Area::Digest,
            ),
            (
                "posts",
                "[.] aws_lc_0_47_0_aesgcmsiv_polyval_horner",
                Area::Digest,
            ),
            ("posts", "[.] sqlite3VdbeExec", Area::Sqlite),
            ("posts", "[.] moveToRoot", Area::Sqlite),
            (
                "posts",
                "[.] <hyper::proto::h1::conn::Conn>::poll",
                Area::Http,
            ),
            (
                "posts",
                "[.] moka::sync::cache::Cache<K,V>::get",
                Area::Verifier,
            ),
            ("posts", "[.] core::ptr::drop", Area::Other),
        ] {
            assert_eq!(Area::of(object, symbol), area, "{symbol}");
        }
    }

    #[test]
    fn shares_are_of_what_was_sampled() {
        let report = "# comment\n\n    60.00%|posts|[.] sqlite3_step\n    20.00%|[k]|[k] read\n";
        let shares = shares(report).unwrap();
        assert!(shares.contains(&(Area::Sqlite, 0.75)), "{shares:?}");
        assert!(shares.contains(&(Area::Kernel, 0.25)), "{shares:?}");
        assert!(super::shares("# nothing").is_err());
    }
}
