//! The ratios that the project promises, each with its limit and what was measured.

use crate::{
    findings::{Findings, Unit},
    measure::{Measured, Side},
    statistics::Summary,
};

/// One promise.
pub(crate) struct Verdict {
    pub(crate) promise: String,
    /// The median; `None` when a part of it was not measured in this run.
    pub(crate) measured: Option<f64>,
    pub(crate) limit: Option<f64>,
    /// How much of its limit is used up, round by round, and the median of that: the speed of the
    /// machine is another in each round, but much the same within one.
    pub(crate) used: Option<f64>,
    pub(crate) unit: Unit,
}

impl Verdict {
    /// Whether the promise is kept; `None` when that cannot be told.
    pub(crate) fn holds(&self) -> Option<bool> {
        Some(self.used? <= 1.0)
    }
}

/// What was measured in each round, or what follows from that; `None` without measurements.
type Rounds = Option<Vec<f64>>;

/// How much of a rise still counts as flat: a tolerance of our own, far above what turns of the same
/// work differ by.
const FLAT: f64 = 1.15;

/// Microseconds that a refresh may cost beside its signature, and what a request to bare axum costs on
/// the machine that they are from.
const BESIDE_A_SIGNATURE: f64 = 100.0;
const FLOOR_THERE: f64 = 9.5;

/// All promises, in the order of the table.
pub(crate) fn verdicts(found: &Findings) -> Vec<Verdict> {
    let mut all = against_yardsticks(found);
    all.extend(absolute(found));
    all.extend(flat(found));
    all.extend(against_peers(found));
    all
}

fn against_yardsticks(found: &Findings) -> Vec<Verdict> {
    let floor = || cpu(found, "floor");
    let [verify, query, hash, sign] =
        ["verify", "query", "hash", "sign"].map(|key| figure(found, key));
    let verified = sum([floor(), times(verify, 1.25)]);
    let answered = sum([floor(), query.clone()]);
    let refreshed = plus(sign.clone(), BESIDE_A_SIGNATURE);
    let here = times(cpu(found, "floor-logins"), BESIDE_A_SIGNATURE / FLOOR_THERE);
    let refreshed_here = sum([sign.clone(), here]);
    let row = |promise: &str, key: &str, limit| costs(promise, cpu(found, key), limit);
    vec![
        row(
            "verifier alone, fresh tokens ≤ bare axum + 1.25 × one verification",
            "guarded-fresh",
            verified.clone(),
        ),
        row(
            "verifier alone, 5,000 tokens in turn ≤ 1.2 × bare axum",
            "guarded-repeated",
            times(floor(), 1.2),
        ),
        row(
            "posts, fresh tokens ≤ (bare axum + 1.25 × one verification + one query) + 15 %",
            "posts-fresh",
            times(sum([verified, query]), 1.15),
        ),
        row(
            "posts, 5,000 tokens in turn ≤ (bare axum + one query) × 1.25",
            "posts-repeated",
            times(answered, 1.25),
        ),
        row(
            "login ≤ (one Argon2id hash + one signature) + 5 %",
            "login",
            times(sum([hash, sign]), 1.05),
        ),
        row(
            "refresh, 4 at once ≤ one signature + 100 µs",
            "refresh",
            refreshed.clone(),
        ),
        row(
            "refresh, 32 at once ≤ one signature + 100 µs",
            "refresh-many",
            refreshed,
        ),
        row(
            "refresh, 4 at once ≤ one signature + 10.5 × bare axum",
            "refresh",
            refreshed_here.clone(),
        ),
        row(
            "refresh, 32 at once ≤ one signature + 10.5 × bare axum",
            "refresh-many",
            refreshed_here,
        ),
        row("key set ≤ 1.3 × bare axum", "key-set", times(floor(), 1.3)),
    ]
}

fn absolute(found: &Findings) -> Vec<Verdict> {
    let row = |promise: &str, key: &str, limit, unit| {
        let measured = figure(found, key);
        let limit = vec![limit; measured.as_ref().map_or(1, Vec::len)];
        Verdict {
            unit,
            ..costs(promise, measured, Some(limit))
        }
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
    let row = |promise: &str, key: &str, than: &str| {
        let promise = format!("flat: {promise} (≤ × {FLAT})");
        costs(&promise, cpu(found, key), times(cpu(found, than), FLAT))
    };
    let p99 = |key| Some(vec![found.p99(key)?]);
    vec![
        row("100 keys in the set as 1", "posts-100-keys", "posts-fresh"),
        row(
            "first page of 20 in the large table as in the small",
            "many-first",
            "few-first",
        ),
        row(
            "last page in the large table as the first",
            "many-last",
            "many-first",
        ),
        costs(
            "flat: p99 of a page in the large table ≤ 1.5 × in the small",
            p99("many-first"),
            times(p99("few-first"), 1.5),
        ),
        row(
            "32 connections beside thousands that are open as 32 alone",
            "posts-beside-connections",
            "posts-few-connections",
        ),
        row(
            "each of thousands of connections in turn as of 32",
            "posts-many-connections",
            "posts-few-connections",
        ),
        row(
            "each of thousands of connections in turn as a single one",
            "posts-many-connections",
            "posts-one-connection",
        ),
        Verdict {
            unit: Unit::Factor,
            ..costs(
                "flat: thousands in turn cost more than 32 by no more than with bare axum",
                rise(found, "posts"),
                rise(found, "floor"),
            )
        },
    ]
}

/// How much dearer a request is over thousands of connections in turn than over 32.
pub(crate) fn rise(found: &Findings, server: &str) -> Rounds {
    let many = cpu(found, &format!("{server}-many-connections"))?;
    let few = cpu(found, &format!("{server}-few-connections"))?;
    Some(
        many.iter()
            .zip(&few)
            .map(|(many, few)| many / few)
            .collect(),
    )
}

/// No row when no peer was measured.
fn against_peers(found: &Findings) -> Vec<Verdict> {
    let peers = || {
        found
            .series
            .iter()
            .filter(|series| series.label.side == Side::Peer)
    };
    let Some(ours) = found.series("posts-fresh") else {
        return Vec::new();
    };
    let beside_ours = |peer: &&Measured| ratio(peer, ours).unwrap_or(f64::INFINITY);
    let Some(best) = peers().min_by(|one, other| beside_ours(one).total_cmp(&beside_ours(other)))
    else {
        return Vec::new();
    };
    let cost = |series: &Measured| Some(series.cpu_each.clone());
    let fresh = || Some(ours.cpu_each.clone());
    let all = format!(
        "posts with its database, fresh tokens, ≤ every peer (the best is {})",
        best.label.text
    );
    let alone = "verifier alone, fresh tokens, ≤ every peer that answers from an array as it does";
    vec![
        costs(&all, fresh(), cost(best)),
        costs(alone, cpu(found, "guarded-fresh"), cost(best)),
        costs(
            "posts with its database, fresh tokens, ≤ half of plain node with jose",
            fresh(),
            times(cpu(found, "node-jose"), 0.5),
        ),
    ]
}

/// How much a series costs for each microsecond of another, round by round.
pub(crate) fn ratio(series: &Measured, other: &Measured) -> Option<f64> {
    used(&series.cpu_each, &other.cpu_each)
}

fn costs(promise: &str, measured: Rounds, limit: Rounds) -> Verdict {
    let (measured, limit) = (measured.unwrap_or_default(), limit.unwrap_or_default());
    Verdict {
        promise: promise.to_owned(),
        used: used(&measured, &limit),
        measured: median(&measured),
        limit: median(&limit),
        unit: Unit::Microseconds,
    }
}

/// Of a series that has missed a round it is not known which, so that only medians are left.
fn used(measured: &[f64], limit: &[f64]) -> Option<f64> {
    if measured.len() != limit.len() {
        return Some(median(measured)? / median(limit)?);
    }
    let used = measured.iter().zip(limit).map(|(cost, limit)| cost / limit);
    Some(Summary::of(used)?.median)
}

fn median(rounds: &[f64]) -> Option<f64> {
    Some(Summary::of(rounds.iter().copied())?.median)
}

fn cpu(found: &Findings, key: &str) -> Rounds {
    Some(found.series(key)?.cpu_each.clone())
}

fn figure(found: &Findings, key: &str) -> Rounds {
    Some(found.figure_of(key)?.each.clone())
}

fn sum([one, other]: [Rounds; 2]) -> Rounds {
    let pairs = one?.into_iter().zip(other?);
    Some(pairs.map(|(one, other)| one + other).collect())
}

fn plus(rounds: Rounds, amount: f64) -> Rounds {
    Some(rounds?.into_iter().map(|each| each + amount).collect())
}

fn times(rounds: Rounds, factor: f64) -> Rounds {
    Some(rounds?.into_iter().map(|each| each * factor).collect())
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
    fn both_limits_of_a_refresh_are_one_where_bare_axum_costs_as_much_as_there() {
        let mut found = Findings::default();
        found.add("sign", "sign", Unit::Microseconds, [400.0, 600.0]);
        let floor = [FLOOR_THERE, 2.0 * FLOOR_THERE];
        found
            .series
            .push(Measured::of_costs("floor-logins", Side::Floor, &floor));
        let cost = [500.0, 801.0];
        found
            .series
            .push(Measured::of_costs("refresh", Side::Ours, &cost));
        let all = verdicts(&found);
        let used = |promise: &str| {
            let row = all.iter().find(|row| row.promise.starts_with(promise));
            row.and_then(|row| row.used).unwrap()
        };
        let [added, scaled] = ["+ 100 µs", "+ 10.5 × bare axum"]
            .map(|limit| used(&format!("refresh, 4 at once ≤ one signature {limit}")));
        assert!((added - f64::midpoint(500.0 / 500.0, 801.0 / 700.0)).abs() < 1e-9);
        assert!((scaled - f64::midpoint(500.0 / 500.0, 801.0 / 800.0)).abs() < 1e-9);
    }

    #[test]
    fn a_limit_counts_in_the_round_that_it_was_measured_in() {
        let rounds = |each: &[f64]| Some(each.to_vec());
        // Twice as slow in the second round, and then again in the last.
        let (limit, measured) = ([10.0, 20.0, 10.0, 20.0], [9.0, 18.0, 18.0, 18.0]);
        let verdict = costs("", rounds(&measured), rounds(&limit));
        assert_eq!((verdict.measured, verdict.limit), (Some(18.0), Some(15.0)));
        assert_eq!((verdict.used, verdict.holds()), (Some(0.9), Some(true)));
        let missed = costs("", rounds(&measured[..2]), rounds(&limit));
        assert_eq!(missed.used, Some(0.9));
    }

    #[test]
    fn nothing_is_promised_of_what_was_not_measured() {
        let all = verdicts(&Findings::default());
        assert!(all.iter().all(|row| row.holds().is_none()));
        assert!(!all.iter().any(|row| row.promise.contains("peer")));
    }
}
