//! What a request for two posts costs: at the floor, through the verifier, at `posts`, at peers.

use std::{path::Path, rc::Rc};

use super::{
    answer::answer,
    database::database,
    lab::{LIST, Lab},
    logins::start_auth,
    postgres::{self, QueryCosts},
    series::{Label, Series, Side, Turn},
};
use crate::{
    failure::{Failure, Result},
    findings::{Findings, Unit},
    load::Rotation,
    peers::{Peer, Tokens},
    process::Server,
    raw::{self, Operation},
    say,
};

/// Rows of the database that the common case is measured on.
const POSTS: u32 = 10_000;

/// Measures all candidates, turn by turn, with the raw costs in between.
pub(crate) fn requests(lab: &Lab, peers: &[Peer], findings: &mut Findings) -> Result<()> {
    let database = database(lab, "two-posts.db", 2, POSTS)?;
    let answer = answer(lab)?;
    let mut all = own_series(lab, &database, &answer)?;
    let on_postgres = lab.cluster.as_ref().map(|cluster| {
        postgres::fill(lab, cluster)?;
        all.extend(postgres::series(lab, cluster)?);
        Ok((Rc::clone(cluster), QueryCosts::begin(cluster.socket())?))
    });
    let mut on_postgres = on_postgres.and_then(|begun| findings.made("posts on PostgreSQL", begun));
    for peer in peers {
        say!("starting {}", peer.name);
        match peer_series(lab, peer, &answer) {
            Ok(series) => all.push(series),
            Err(failure) => findings.skipped.push(format!("{}: {failure}", peer.name)),
        }
    }
    let mut raw = [raw::verify()?, raw::query(&database)?];
    let mut costs = vec![Vec::new(); raw.len()];
    let (rounds, candidates) = (lab.plan.short_turns().rounds, all.len());
    for round in 1..=rounds {
        say!("requests, round {round} of {rounds}: {candidates} candidates");
        Series::take_turns(&mut all, findings);
        measure_raw(lab, &mut raw, &mut costs)?;
        if let Some((cluster, query)) = &mut on_postgres {
            let measured = query.measure(lab, cluster);
            findings.made("one PostgreSQL query", measured);
        }
    }
    findings
        .series
        .extend(all.iter().filter_map(Series::sum_up));
    for ((operation, key), costs) in raw.iter().zip(["verify", "query"]).zip(costs) {
        findings.add(key, operation.name, Unit::Microseconds, costs);
    }
    if let Some((_, query)) = on_postgres {
        query.report(findings);
    }
    Ok(())
}

/// A turn of raw operations, on the processor that the servers have.
pub(super) fn measure_raw(
    lab: &Lab,
    operations: &mut [Operation],
    costs: &mut [Vec<f64>],
) -> Result<()> {
    for (operation, costs) in operations.iter_mut().zip(costs) {
        costs.push(lab.processors.on_server(|| operation.measure())?);
    }
    Ok(())
}

fn own_series(lab: &Lab, database: &Path, answer: &Path) -> Result<Vec<Series>> {
    let plan = lab.plan.short_turns();
    let (fresh, repeated) = (Turn::fresh(plan), Turn::repeated(plan));
    let series = |key: &str, text: &str, server: &Rc<Server>, traffic, turn| {
        let side = if key.starts_with("floor") {
            Side::Floor
        } else {
            Side::Ours
        };
        Series::begin(Label::new(key, text, side), server, traffic, turn)
    };
    let floor = lab.candidate("floor", answer)?;
    let signature = lab.candidate("floor-and-signature", answer)?;
    let guarded = [
        lab.candidate("guarded", answer)?,
        lab.candidate("guarded", answer)?,
    ];
    let posts = || lab.posts("posts", database, &[]);
    let posts = [posts()?, posts()?, posts()?];
    let keys = format!("--jwks-url={}", lab.issuer.many_keys_url());
    let hundred = lab.posts("posts-100", database, &[&keys])?;
    let auth = start_auth(lab, "auth-key-set")?;
    let key_set = || Box::new(Rotation::anonymous("/.well-known/jwks.json"));
    Ok(vec![
        series(
            "floor",
            "bare axum, no check",
            &floor,
            lab.one_token(LIST),
            repeated,
        )?,
        series(
            "floor-and-signature",
            "bare axum, one signature verified",
            &signature,
            lab.one_token(LIST),
            repeated,
        )?,
        series(
            "guarded-fresh",
            "verifier + array, fresh tokens",
            &guarded[0],
            lab.fresh_list(),
            fresh,
        )?,
        series(
            "guarded-repeated",
            "verifier + array, 5,000 tokens in turn",
            &guarded[1],
            lab.repeated_list(),
            repeated,
        )?,
        series(
            "guarded-one",
            "verifier + array, one token",
            &guarded[1],
            lab.one_token(LIST),
            repeated,
        )?,
        series(
            "posts-fresh",
            "posts (SQLite), fresh tokens",
            &posts[0],
            lab.fresh_list(),
            fresh,
        )?,
        series(
            "posts-repeated",
            "posts (SQLite), 5,000 tokens in turn",
            &posts[1],
            lab.repeated_list(),
            repeated,
        )?,
        series(
            "posts-one",
            "posts (SQLite), one token",
            &posts[2],
            lab.one_token(LIST),
            repeated,
        )?,
        series(
            "posts-100-keys",
            "posts (SQLite), fresh tokens, 100 keys in the set",
            &hundred,
            lab.fresh_list(),
            fresh,
        )?,
        series("key-set", "auth, key set", &auth, key_set(), repeated)?,
    ])
}

fn peer_series(lab: &Lab, peer: &Peer, answer: &Path) -> Result<Series> {
    let server = peer.start(lab, answer)?;
    let (turn, traffic) = match peer.tokens {
        Tokens::Signed => (Turn::fresh(lab.plan.short_turns()), lab.fresh_list()),
        Tokens::SharedSecret => (
            Turn::repeated(lab.plan.short_turns()),
            lab.list_of(peer.tokens),
        ),
    };
    let mut forged = lab.forged_list(peer.tokens);
    if server.ask(&mut *forged).is_ok() {
        return Err(Failure::new("it accepts a token with a wrong signature"));
    }
    Series::begin(
        Label::new(peer.name, peer.text, Side::Peer),
        &server,
        traffic,
        turn,
    )
}
