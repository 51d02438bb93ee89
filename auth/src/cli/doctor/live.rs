//! What whoever answers for the issuer says, beside what is in the database.

use std::time::Duration;

use chassis::doctor::{self, Called, Caller, Finding, Report};
use serde_json::Value;
use token::{Clock, KeySet, SystemClock};

use crate::settings::{Issuer, Settings};
use crate::store::{ExaminedKey, ExaminedRing};

const KEY_SET: &str = "/.well-known/jwks.json";

/// By then a running service serves what is in the database.
const FOLLOWED_AFTER: Duration = Duration::from_millis(2_500);

/// Asks where verifiers ask, through all that stands between.
pub(super) async fn examine(
    settings: &Settings,
    issuer: &Issuer,
    ring: Option<&ExaminedRing>,
    caller: &Caller,
    report: &mut Report,
) {
    let answer = match caller.get(&issuer.at(KEY_SET)).await {
        Ok(answer) => answer,
        Err(silent) => return report.add("running", Finding::note(format!("no: {silent}"))),
    };
    let version = doctor::version(issuer.as_str(), caller).await;
    report.add("running", running(version.as_deref()));
    report.add("named", named(issuer, caller).await);
    let leeway = settings.keys.schedule.settings().leeway;
    let now = SystemClock.now();
    report.add("clocks", doctor::clocks(&answer, now, leeway));
    match served(&answer) {
        Ok(set) => {
            report.add("weak keys", weak(&set));
            let ids = match ring {
                Some(ring) => settled_kids(ring, &set, issuer, caller).await,
                None => Finding::note("not compared: the database cannot be read"),
            };
            report.add("key ids", ids);
        }
        Err(reason) => report.add("key set", Finding::bad(reason)),
    }
}

/// A service may follow a change two seconds later, so it is asked again before it is blamed.
async fn settled_kids(
    ring: &ExaminedRing,
    set: &KeySet,
    issuer: &Issuer,
    caller: &Caller,
) -> Finding {
    let found = kids(ring, set);
    if !found.is_bad() {
        return found;
    }
    tokio::time::sleep(FOLLOWED_AFTER).await;
    let again = caller.get(&issuer.at(KEY_SET)).await;
    let again = again.and_then(|answer| served(&answer));
    again.map_or(found, |set| kids(ring, &set))
}

fn running(version: Option<&str>) -> Finding {
    match version {
        Some(version) if version == env!("CARGO_PKG_VERSION") => {
            Finding::good(format!("version {version}"))
        }
        Some(version) => Finding::note(format!(
            "version {version}, which is not this program's: restart it to run this one"
        )),
        None => Finding::note("something that does not tell its version"),
    }
}

/// A verifier compares `iss` byte for byte.
async fn named(issuer: &Issuer, caller: &Caller) -> Finding {
    let metadata = issuer.at("/.well-known/oauth-authorization-server");
    let answer = caller.get(&metadata).await;
    let metadata = answer.map(|answer| serde_json::from_slice::<Value>(&answer.body));
    let Ok(Ok(metadata)) = metadata else {
        return Finding::note(format!("{issuer} publishes no metadata"));
    };
    match metadata["issuer"].as_str() {
        Some(name) if name == issuer.as_str() => {
            Finding::good("tokens are signed in the issuer's name")
        }
        name => Finding::bad(format!(
            "what answers at {issuer} signs in the name of {}: give both the same --issuer",
            name.unwrap_or("nobody")
        )),
    }
}

fn served(answer: &Called) -> Result<KeySet, String> {
    if answer.status != 200 {
        return Err(format!("it is answered with status {}", answer.status));
    }
    KeySet::parse(&answer.body).map_err(|error| format!("verifiers refuse it: {error}"))
}

fn weak(set: &KeySet) -> Finding {
    let skipped = set.skipped().iter();
    let skipped: Vec<_> = skipped
        .map(|entry| format!("entry {}: {}", entry.position, entry.reason))
        .collect();
    if skipped.is_empty() {
        return Finding::good("none are served");
    }
    Finding::bad(format!("verifiers leave out {}", skipped.join("; ")))
}

/// Every key that signs or will is served; none that was revoked or is not ours.
fn kids(ring: &ExaminedRing, served: &KeySet) -> Finding {
    let is_served = |kid: &str| served.find(kid).is_some();
    let of_ring = |wanted: fn(&ExaminedKey) -> bool| {
        let keys = ring.keys.iter().filter(move |key| wanted(key));
        keys.map(|key| key.kid.as_str())
    };
    let gaps: Vec<_> = of_ring(|key| key.signs)
        .filter(|kid| !is_served(kid))
        .collect();
    let revoked: Vec<_> = of_ring(|key| key.revoked)
        .filter(|kid| is_served(kid))
        .collect();
    let is_ours = |kid: &str| ring.keys.iter().any(|key| key.kid == kid);
    let served_kids = served.kids().map(token::Kid::as_str);
    let foreign: Vec<_> = served_kids.filter(|kid| !is_ours(kid)).collect();
    if !foreign.is_empty() {
        return Finding::bad(format!(
            "served, but not in this database: {}; does the service use another one?",
            foreign.join(", ")
        ));
    }
    if !revoked.is_empty() {
        return Finding::bad(format!(
            "revoked, and still served: {}; restart the service, and look for a cache before it",
            revoked.join(", ")
        ));
    }
    if !gaps.is_empty() {
        return Finding::bad(format!(
            "not served, though they sign or will: {}; the service cannot read its database, or a \
             cache stands before it",
            gaps.join(", ")
        ));
    }
    Finding::good(format!(
        "{} served, as in the database",
        doctor::count(served.len(), "key")
    ))
}
