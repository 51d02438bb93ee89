//! What a login and a refresh cost, beside the hash, the signature and the flush they are made of.

use std::rc::Rc;

use serde_json::json;

use super::{
    answer::answer,
    lab::{LIST, Lab},
    requests::measure_raw,
    series::{Label, Series, Side, Turn},
};
use crate::{
    failure::{Failure, Result},
    findings::{Findings, Unit},
    load::{Capture, RefreshChain, Rotation, refresh_token},
    peers::Peer,
    plan::CONNECTIONS,
    process::{self, Server},
    raw, say,
};

/// Logins that are refreshed at the same time, so that few share a flush to the disk. They are measured
/// beside as many as every other closed loop has.
const FEW: usize = 4;

/// The memory of a hash in huge pages, as the units and manifests of `auth` set it.
const HUGE_PAGES: (&str, &str) = ("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1");

pub(crate) fn logins(lab: &Lab, peers: &[Peer], findings: &mut Findings) -> Result<()> {
    let auth = start_auth(lab, "auth-logins")?;
    let mut ours = own_series(lab, &auth)?;
    let mut theirs = Vec::new();
    for peer in peers.iter().filter(|peer| peer.logs_in()) {
        match article_login(lab, peer) {
            Ok(series) => theirs.push(series),
            Err(failure) => findings
                .skipped
                .push(format!("{} login: {failure}", peer.name)),
        }
    }
    let mut raw = [
        raw::hash()?,
        raw::sign()?,
        raw::flush(&lab.path("flushed"))?,
    ];
    let mut costs = vec![Vec::new(); raw.len()];
    let rounds = lab.plan.login_turns().rounds;
    for round in 1..=rounds {
        say!("logins, round {round} of {rounds}");
        measure_raw(lab, &mut raw, &mut costs)?;
        Series::take_turns(&mut ours, findings);
        measure_raw(lab, &mut raw, &mut costs)?;
        Series::take_turns(&mut theirs, findings);
    }
    let all = ours.iter().chain(&theirs);
    findings.series.extend(all.filter_map(Series::sum_up));
    for ((operation, key), costs) in raw.iter().zip(["hash", "sign", "flush"]).zip(costs) {
        findings.add(key, operation.name, Unit::Microseconds, each_round(&costs));
    }
    Ok(())
}

/// What was measured before and after the turns of a round counts half each: a speed that changes
/// between them flatters neither side.
fn each_round(before_and_after: &[f64]) -> impl Iterator<Item = f64> {
    let pairs = before_and_after.chunks_exact(2);
    pairs.map(|pair| f64::midpoint(pair[0], pair[1]))
}

fn own_series(lab: &Lab, auth: &Rc<Server>) -> Result<Vec<Series>> {
    let label = |key: &str, text: String| Label::new(key, text, Side::Ours);
    let logins = label("login", "auth, login".to_owned());
    let logins = Series::begin(logins, auth, Box::new(login()), turn(lab, 2, 4))?;
    let refreshes = |key: &str, sessions| {
        let label = label(key, format!("auth, refresh (durable), {sessions} at once"));
        let chain = Box::new(RefreshChain::new(begin(auth, sessions)?));
        Series::begin(label, auth, chain, turn(lab, sessions, 100))
    };
    let few = refreshes("refresh", FEW)?;
    let many = refreshes("refresh-many", CONNECTIONS)?;
    Ok(vec![logins, few, floor(lab)?, many])
}

/// Bare axum right beside them: what a refresh costs but for the signature is work of that kind.
fn floor(lab: &Lab) -> Result<Series> {
    let server = lab.candidate("floor", &answer(lab)?)?;
    let label = Label::new("floor-logins", "bare axum, between refreshes", Side::Floor);
    let plan = lab.plan.login_turns();
    let turn = Turn {
        open: None,
        ..Turn::repeated(plan)
    };
    Series::begin(label, &server, lab.one_token(LIST), turn)
}

fn turn(lab: &Lab, connections: usize, warm_up: usize) -> Turn {
    Turn {
        connections,
        in_flight: connections,
        lead_in: connections,
        closed: lab.plan.login_turns().closed(),
        open: None,
        warm_up,
    }
}

/// Starts `auth` with the demo users, on the database and with the keys in `folder`, which it
/// makes when there are none.
pub(super) fn start_auth(lab: &Lab, folder: &str) -> Result<Rc<Server>> {
    let address = process::free_address()?;
    let folder = lab.path(folder);
    let mut command = lab.quiet(&lab.program("auth"));
    command
        .envs([HUGE_PAGES])
        .args(["serve", "--demo", "--ops-listen=127.0.0.1:0"])
        .arg(format!("--listen={address}"))
        .arg(format!(
            "--database-url=sqlite://{}/auth.db",
            folder.display()
        ))
        .arg(format!(
            "--sealing-key-file={}/sealing.key",
            folder.display()
        ));
    let mut first = Rotation::anonymous("/.well-known/jwks.json");
    lab.start("auth", command, address, &mut first)
}

/// The article's own login, which compares the password as it is.
fn article_login(lab: &Lab, peer: &Peer) -> Result<Series> {
    let server = peer.start(lab, &answer(lab)?)?;
    let label = Label::new(
        format!("{}-login", peer.name),
        format!("{}: login", peer.text),
        Side::PeerAside,
    );
    let turn = Turn {
        open: Some(lab.plan.login_turns().open()),
        ..turn(lab, 4, 100)
    };
    Series::begin(label, &server, Box::new(login()), turn)
}

/// Begins this many sessions; the refresh token of each.
fn begin(auth: &Server, count: usize) -> Result<Vec<String>> {
    let session = |_| {
        let mut asking = login();
        let mut answer = Capture::of(&mut asking);
        auth.ask(&mut answer)?;
        let token = refresh_token(answer.body.as_bytes());
        token.ok_or_else(|| Failure::new("a login gave no refresh token"))
    };
    (0..count).map(session).collect()
}

fn login() -> Rotation {
    let user = json!({ "username": "jack", "password": "jack_password" });
    Rotation::anonymous_post("/api/login", &user)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_is_compared_with_the_mean_of_before_and_after_it() {
        let each: Vec<f64> = each_round(&[300.0, 320.0, 400.0, 380.0]).collect();
        assert_eq!(each, [310.0, 390.0]);
    }
}
