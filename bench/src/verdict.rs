//! The ratios that the project promises, each with its limit and what was measured.

use crate::{
    findings::{Findings, Unit},
    measure::{Measured, Side},
};

/// One promise.
pub(crate) struct Verdict {
    pub(crate) promise: String,
    /// `None` when a part of it was not measured in this run.
    pub(crate) measured: Option<f64>,
    pub(crate) limit: Option<f64>,
    pub(crate) unit: Unit,
}

impl Verdict {
    /// Whether the promise is kept; `None` when that cannot be told.
    pub(crate) fn holds(&self) -> Option<bool> {
        Some(self.measured? <= self.limit?)
    }
}

/// How much of a rise still counts as flat: what two turns of the same work differ by.
const FLAT: f64 = 1.15;

/// All promises, in the order of the table.
pub(crate) fn verdicts(found: &Findings) -> Vec<Verdict> {
    let mut all = against_yardsticks(found);
    all.extend(absolute(found));
    all.extend(flat(found));
    all.extend(against_peers(found));
    all
}

fn against_yardsticks(found: &Findings) -> Vec<Verdict> {
    let floor = found.cpu("floor");
    let (verify, query) = (found.figure("verify"), found.figure("query"));
    let (hash, sign) = (found.figure("hash"), found.figure("sign"));
    let verified = sum([floor, times(verify, 1.25)]);
    let answered = sum([floor, query]);
    let cpu = |promise: &str, key: &str, limit| costs(promise, found.cpu(key), limit);
    vec![
        cpu(
            "verifier alone, fresh tokens ≤ bare axum + 1.25 × one verification",
            "guarded-fresh",
            verified,
        ),
        cpu(
            "verifier alone, 5,000 tokens in turn ≤ 1.2 × bare axum",
            "guarded-repeated",
            times(floor, 1.2),
        ),
        cpu(
            "posts, fresh tokens ≤ (bare axum + 1.25 × one verification + one query) + 15 %",
            "posts-fresh",
            times(sum([verified, query]), 1.15),
        ),
        cpu(
            "posts, 5,000 tokens in turn ≤ (bare axum + one query) × 1.25",
            "posts-repeated",
            times(answered, 1.25),
        ),
        cpu(
            "login ≤ (one Argon2id hash + one signature) + 5 %",
            "login",
            times(sum([hash, sign]), 1.05),
        ),
        cpu(
            "refresh, 4 at once ≤ one signature + 100 µs",
            "refresh",
            sum([sign, Some(100.0)]),
        ),
        cpu(
            "refresh, 32 at once ≤ one signature + 100 µs",
            "refresh-many",
            sum([sign, Some(100.0)]),
        ),
        cpu("key set ≤ 1.3 × bare axum", "key-set", times(floor, 1.3)),
    ]
}

fn absolute(found: &Findings) -> Vec<Verdict> {
    let row = |promise: &str, key: &str, limit, unit| Verdict {
        promise: promise.to_owned(),
        measured: found.figure(key),
        limit: Some(limit),
        unit,
    };
    vec![
        row(
            "posts, process start to first verified request ≤ 25 ms",
            "posts-start",
            25.0,
            Unit::Milliseconds,
        ),
        row(
            "posts, resident memory idle ≤ 15 MiB",
            "posts-idle",
            15.0,
            Unit::Mebibytes,
        ),
        row(
            "auth, resident memory idle ≤ 15 MiB",
            "auth-idle",
            15.0,
            Unit::Mebibytes,
        ),
        row(
            "posts, resident memory for each idle connection ≤ 16 KiB",
            "posts-connection",
            16.0,
            Unit::Kibibytes,
        ),
        row(
            "posts, program without symbols ≤ 12 MiB",
            "posts-size",
            12.0,
            Unit::Mebibytes,
        ),
        row(
            "auth, program without symbols ≤ 12 MiB",
            "auth-size",
            12.0,
            Unit::Mebibytes,
        ),
    ]
}

fn flat(found: &Findings) -> Vec<Verdict> {
    let cpu = |promise: &str, key: &str, than: &str| {
        let promise = format!("flat: {promise} (≤ × {FLAT})");
        costs(&promise, found.cpu(key), times(found.cpu(than), FLAT))
    };
    vec![
        cpu("100 keys in the set as 1", "posts-100-keys", "posts-fresh"),
        cpu(
            "first page of 20 in the large table as in the small",
            "many-first",
            "few-first",
        ),
        cpu(
            "last page in the large table as the first",
            "many-last",
            "many-first",
        ),
        costs(
            "flat: p99 of a page in the large table ≤ 1.5 × in the small",
            found.p99("many-first"),
            times(found.p99("few-first"), 1.5),
        ),
        cpu(
            "each of thousands of connections in turn as of 32",
            "posts-many-connections",
            "posts-few-connections",
        ),
    ]
}

/// No row when no peer was measured.
fn against_peers(found: &Findings) -> Vec<Verdict> {
    let peers = || {
        found
            .series
            .iter()
            .filter(|series| series.label.side == Side::Peer)
    };
    let Some(best) = peers().min_by(|one, other| one.cpu.median.total_cmp(&other.cpu.median))
    else {
        return Vec::new();
    };
    let cost = |series: &Measured| Some(series.cpu.median);
    let fresh = found.cpu("posts-fresh");
    let all = format!(
        "posts with its database, fresh tokens, ≤ every peer (the best is {})",
        best.label.text
    );
    let alone = "verifier alone, fresh tokens, ≤ every peer that answers from an array as it does";
    vec![
        costs(&all, fresh, cost(best)),
        costs(alone, found.cpu("guarded-fresh"), cost(best)),
        costs(
            "posts with its database, fresh tokens, ≤ half of plain node with jose",
            fresh,
            times(found.cpu("node-jose"), 0.5),
        ),
    ]
}

fn costs(promise: &str, measured: Option<f64>, limit: Option<f64>) -> Verdict {
    Verdict {
        promise: promise.to_owned(),
        measured,
        limit,
        unit: Unit::Microseconds,
    }
}

fn sum<const N: usize>(parts: [Option<f64>; N]) -> Option<f64> {
    parts.into_iter().sum()
}

fn times(value: Option<f64>, factor: f64) -> Option<f64> {
    Some(value? * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(verdicts: &[Verdict], promise: &str) -> (Option<f64>, Option<bool>) {
        let row = verdicts
            .iter()
            .find(|row| row.promise.starts_with(promise))
            .unwrap();
        (row.limit, row.holds())
    }

    #[test]
    fn a_promise_holds_up_to_its_limit() {
        let mut found = Findings::default();
        for (key, value) in [("sign", 300.0), ("posts-idle", 15.0), ("auth-idle", 15.1)] {
            found.add(key, key, Unit::Microseconds, [value]);
        }
        let all = verdicts(&found);
        assert_eq!(
            row(&all, "posts, resident memory idle"),
            (Some(15.0), Some(true))
        );
        assert_eq!(
            row(&all, "auth, resident memory idle"),
            (Some(15.0), Some(false))
        );
        assert_eq!(row(&all, "refresh"), (Some(400.0), None));
    }

    #[test]
    fn nothing_is_promised_of_what_was_not_measured() {
        let all = verdicts(&Findings::default());
        assert!(all.iter().all(|row| row.holds().is_none()));
        assert!(!all.iter().any(|row| row.promise.contains("peer")));
    }
}
