//! The copy of the key set on the disk, beside the set that is served.
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use chassis::doctor::{self, Finding};
use chassis::settings::format_duration;
use serde::Deserialize;
use serde_json::value::RawValue;
use token::{Clock, KeySet, Kid, SystemClock, Timestamp};

use super::issuer::Live;
use super::running::Running;
use crate::settings::KeySettings;

/// How much later than its `max-age` a set may be fetched.
const GRACE: Duration = Duration::from_secs(30);

/// What of the copy is looked at.
#[derive(Deserialize)]
struct Copy {
    issuer: String,
    confirmed_at: Timestamp,
    jwks: Box<RawValue>,
}

pub(super) fn examine(
    settings: &KeySettings,
    live: Option<&Live>,
    running: Option<&Running>,
) -> Finding {
    if settings.key_set_file().is_some() {
        return Finding::good("none: the key set is a file");
    }
    let path = settings.jwks_cache_file();
    let shown = path.display();
    match read(path) {
        Ok(None) if running.is_some() => Finding::bad(format!(
            "{shown} is not written by the service that runs: its log says why"
        )),
        Ok(None) => Finding::good(format!("{shown} is made when the first set is had")),
        Err(reason) => Finding::bad(format!("{shown} cannot be used: {reason}; remove it")),
        Ok(Some((copy, _))) if copy.issuer != settings.issuer() => Finding::note(format!(
            "{shown} is of another issuer, {}, and will be replaced",
            copy.issuer
        )),
        Ok(Some((copy, keys))) => {
            let writable = doctor::unchangeable(path);
            if writable.is_bad() {
                return writable;
            }
            compared(settings.max_stale(), &copy, &keys, live, running)
        }
    }
}

fn read(path: &Path) -> Result<Option<(Copy, KeySet)>, String> {
    let json = match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        json => json.map_err(|error| error.to_string())?,
    };
    let copy: Copy = serde_json::from_slice(&json).map_err(|error| error.to_string())?;
    let keys = KeySet::parse(copy.jwks.get().as_bytes()).map_err(|error| error.to_string())?;
    Ok(Some((copy, keys)))
}

fn compared(
    max_stale: Duration,
    copy: &Copy,
    keys: &KeySet,
    live: Option<&Live>,
    running: Option<&Running>,
) -> Finding {
    let age = Duration::from_secs(SystemClock.now().since(copy.confirmed_at).as_secs());
    let held = doctor::count(keys.len(), "key");
    if age > max_stale {
        return Finding::note(format!(
            "{held}, confirmed {} ago and too old to be used: a start needs the issuer",
            format_duration(age)
        ));
    }
    let confirmed = format!("{held}, confirmed {} ago", format_duration(age));
    let Some(live) = live else {
        return Finding::good(confirmed);
    };
    let differs = [
        ("lacks", missing(&live.keys, keys)),
        ("still has", missing(keys, &live.keys)),
    ];
    let differs: Vec<_> = differs
        .into_iter()
        .filter(|(_, kids)| !kids.is_empty())
        .map(|(verb, kids)| format!("{verb} {}", kids.join(", ")))
        .collect();
    if differs.is_empty() {
        return Finding::good(format!("{confirmed}, the same that are served"));
    }
    let differs = format!(
        "beside the set that is served, it {}",
        differs.join(" and ")
    );
    let late = live.max_age.unwrap_or_default() + GRACE;
    match running.map(|running| running.age().unwrap_or_default()) {
        Some(age) if age > late.as_secs_f64() => Finding::bad(format!(
            "{differs}: the service that runs has not fetched it in time; its log says why"
        )),
        Some(_) => Finding::note(format!("{differs}: the next refresh settles it")),
        None => Finding::note(format!("{differs}: the next start settles it")),
    }
}

/// The ids that are in `one` and not in `other`.
fn missing<'a>(one: &'a KeySet, other: &KeySet) -> Vec<&'a str> {
    let kids = one.kids().map(Kid::as_str);
    kids.filter(|kid| other.find(kid).is_none()).collect()
}
