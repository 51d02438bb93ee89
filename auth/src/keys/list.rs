//! `auth keys list`: a table, the timeline, or JSON.

use keystore::{KeyOverview, Overview, State};
use serde::Serialize;
use token::Timestamp;

use super::moment::{relative, rfc3339, span};
use super::{KeysError, Keystore, timeline};

/// A key for machines.
#[derive(Serialize)]
struct Entry<'a> {
    kid: &'a str,
    state: &'static str,
    bits: usize,
    published_at: String,
    activates_at: String,
    retires_at: Option<String>,
    leaves_at: Option<String>,
    revoked_at: Option<String>,
}

#[expect(clippy::print_stdout, reason = "the result of a command")]
pub(super) async fn list(keystore: &Keystore, json: bool) -> Result<(), KeysError> {
    let overview = keystore.overview().await?;
    if json {
        let entries: Vec<_> = overview.keys.iter().map(Entry::of).collect();
        // Strings and numbers: there is nothing here that JSON cannot say.
        println!("{}", serde_json::to_string(&entries).unwrap_or_default());
    } else {
        print!("{}", text(&overview));
    }
    Ok(())
}

fn text(overview: &Overview) -> String {
    if overview.keys.is_empty() {
        return "There are no keys yet: `auth serve` makes the first one.\n".to_owned();
    }
    let rows = overview.keys.iter().map(|key| row(key, overview.now));
    let table: String = std::iter::once(HEADINGS.to_owned()).chain(rows).collect();
    let warning = clock_warning(overview);
    format!("{table}\n{}{warning}", timeline::draw(overview))
}

const HEADINGS: &str = "KID                                          STATE      BITS  NEXT\n";

/// 43 characters are a thumbprint.
fn row(key: &KeyOverview, now: Timestamp) -> String {
    let KeyOverview {
        kid, state, bits, ..
    } = key;
    let row = format!("{kid:<43}  {state:<9}  {bits:<4}  {}", next(key, now));
    row.trim_end().to_owned() + "\n"
}

fn next(key: &KeyOverview, now: Timestamp) -> String {
    let at = |what, moment: Option<Timestamp>| {
        moment.map_or_else(String::new, |moment| {
            format!("{what} {}", relative(moment, now))
        })
    };
    match key.state {
        State::Announced => at("signs", Some(key.life.activates_at)),
        State::Active => at("retires", key.life.retires_at),
        State::Retired | State::Gone => at("leaves", key.life.leaves_at),
        State::Revoked => at("", key.life.revoked_at).trim_start().to_owned(),
    }
}

/// Said whenever the timeline stands still.
fn clock_warning(overview: &Overview) -> String {
    if overview.ahead_of_clock.is_zero() {
        return String::new();
    }
    format!(
        "\nThe clock of this machine was set back: the timeline stands still for {}.\n",
        span(overview.ahead_of_clock)
    )
}

impl<'a> Entry<'a> {
    fn of(key: &'a KeyOverview) -> Self {
        Self {
            kid: key.kid.as_str(),
            state: key.state.as_str(),
            bits: key.bits,
            published_at: rfc3339(key.life.published_at),
            activates_at: rfc3339(key.life.activates_at),
            retires_at: key.life.retires_at.map(rfc3339),
            leaves_at: key.life.leaves_at.map(rfc3339),
            revoked_at: key.life.revoked_at.map(rfc3339),
        }
    }
}
