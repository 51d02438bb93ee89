//! What a login and a refresh cost, beside the hash and the signature they are made of.

use std::rc::Rc;

use serde_json::json;

use super::{
    answer::answer,
    lab::Lab,
    requests::measure_raw,
    series::{Label, Series, Side, Turn},
};
use crate::{
    failure::{Failure, Result},
    findings::{Findings, Unit},
    load::{Capture, RefreshChain, Rotation, refresh_token},
    peers::Peer,
    process::{self, Server},
    raw, say,
};

/// Logins that are refreshed at the same time.
const SESSIONS: usize = 4;

pub(crate) fn logins(lab: &Lab, peers: &[Peer], findings: &mut Findings) -> Result<()> {
    let auth = start_auth(lab, "auth-logins")?;
    let label = |key, text| Label::new(key, text, Side::Ours);
    let turn = Turn {
        connections: 2,
        in_flight: 2,
        closed: lab.plan.closed(),
        open: None,
        warm_up: 4,
    };
    let logins = Series::begin(
        label("login", "auth, login"),
        &auth,
        Box::new(login()),
        turn,
    )?;
    let chain = RefreshChain::new(sessions(&auth)?);
    let turn = Turn {
        connections: SESSIONS,
        in_flight: SESSIONS,
        warm_up: 100,
        ..turn
    };
    let text = label("refresh", "auth, refresh (durable)");
    let refreshes = Series::begin(text, &auth, Box::new(chain), turn)?;
    let mut both = vec![logins, refreshes];
    for peer in peers.iter().filter(|peer| peer.logs_in()) {
        match article_login(lab, peer, turn) {
            Ok(series) => both.push(series),
            Err(failure) => findings
                .skipped
                .push(format!("{} login: {failure}", peer.name)),
        }
    }
    let mut raw = [raw::hash()?, raw::sign()?];
    let mut costs = vec![Vec::new(); raw.len()];
    for round in 1..=lab.plan.rounds {
        say!("logins, round {round} of {}", lab.plan.rounds);
        Series::take_turns(&mut both, findings);
        measure_raw(lab, &mut raw, &mut costs)?;
    }
    findings
        .series
        .extend(both.iter().filter_map(Series::sum_up));
    for ((operation, key), costs) in raw.iter().zip(["hash", "sign"]).zip(costs) {
        findings.add(key, operation.name, Unit::Microseconds, costs);
    }
    Ok(())
}

/// Starts `auth` with the demo users, on the database and with the keys in `folder`, which it
/// makes when there are none.
pub(super) fn start_auth(lab: &Lab, folder: &str) -> Result<Rc<Server>> {
    let address = process::free_address()?;
    let folder = lab.path(folder);
    let mut command = lab.quiet(&lab.program("auth"));
    command
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
fn article_login(lab: &Lab, peer: &Peer, turn: Turn) -> Result<Series> {
    let server = peer.start(lab, &answer(lab)?)?;
    let label = Label::new(
        format!("{}-login", peer.name),
        format!("{}: login", peer.text),
        Side::Peer,
    );
    let turn = Turn {
        open: Some(lab.plan.open()),
        ..turn
    };
    Series::begin(label, &server, Box::new(login()), turn)
}

fn sessions(auth: &Server) -> Result<Vec<String>> {
    let session = |_| {
        let mut asking = login();
        let mut answer = Capture::of(&mut asking);
        auth.ask(&mut answer)?;
        let token = refresh_token(answer.body.as_bytes());
        token.ok_or_else(|| Failure::new("a login gave no refresh token"))
    };
    (0..SESSIONS).map(session).collect()
}

fn login() -> Rotation {
    let user = json!({ "username": "jack", "password": "jack_password" });
    Rotation::anonymous_post("/api/login", &user)
}
