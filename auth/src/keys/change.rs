//! The commands that change the ring. Each says what happens next, and can be repeated.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use keystore::{Announcement, Made, Schedule, SealingKeyFile, State};
use token::{Kid, Timestamp};
use zeroize::Zeroizing;

use super::moment::{clock_time, relative, span};
use super::{KeysError, Keystore};

/// A PEM document with a key of 4096 bits has under 3300 characters.
const MAX_PEM_BYTES: u64 = 64 * 1024;

pub(super) async fn rotate(keystore: &Keystore) -> Result<(), KeysError> {
    let next = keystore.announce().await?;
    let now = keystore.overview().await?.now;
    match next.made {
        Made::Now if next.activates_at <= now => say(&format!("{} is the first key.", next.kid)),
        Made::Now => say(&format!("{} is announced.", next.kid)),
        Made::Before => say(&format!(
            "{} is announced already; `rotate --now` brings it forward.",
            next.kid
        )),
    }
    say(&signs(&next, now));
    Ok(())
}

pub(super) async fn rotate_now(keystore: &Keystore) -> Result<(), KeysError> {
    let next = keystore.rotate_now().await?;
    say(&format!("{} is the next key.", next.kid));
    say(&signs(&next, keystore.overview().await?.now));
    Ok(())
}

pub(super) async fn revoke(
    keystore: &Keystore,
    prefix: &str,
    schedule: &Schedule,
) -> Result<(), KeysError> {
    let kid = find(keystore, prefix).await?;
    let revocation = keystore.revoke(&kid).await?;
    let settings = schedule.settings();
    let (now, least) = (
        revocation.revoked_at,
        settings.jwks_max_age + settings.leeway,
    );
    if revocation.was == State::Revoked {
        say(&format!(
            "{kid} was revoked before, at {}.",
            clock_time(now)
        ));
        return Ok(());
    }
    say(&format!("{kid} is revoked."));
    say("It left the key set, and its private half is erased.");
    say(&format!(
        "Verifiers that honour max-age refuse its tokens within {}.",
        span(least)
    ));
    if let Some(active) = revocation
        .active
        .filter(|_| revocation.was == State::Active)
    {
        say(&format!(
            "{active} signs at once.\nA verifier that does not know it yet finds it by fetching \
             the set again;\none that never does so refuses its tokens for up to {}.",
            span(settings.jwks_max_age)
        ));
    }
    Ok(())
}

pub(super) async fn import(keystore: &Keystore, file: &Path) -> Result<(), KeysError> {
    let pem = read(file).map_err(|error| KeysError::Unreadable {
        path: file.to_owned(),
        error,
    })?;
    let imported = keystore.import(&pem).await?;
    match imported.made {
        Made::Now => say(&format!("{} is imported.", imported.kid)),
        Made::Before => say(&format!("{} was imported before.", imported.kid)),
    }
    say(&signs(&imported, keystore.overview().await?.now));
    say("Destroy the file: the key is sealed in the database now.");
    Ok(())
}

pub(super) async fn reseal(keystore: &Keystore, new: PathBuf) -> Result<(), KeysError> {
    let new = SealingKeyFile::created_when_missing(new);
    let resealed = keystore.reseal(&new).await?;
    let path = new.path().display();
    match resealed.keys {
        0 => say(&format!(
            "Every private key is sealed with the key in {path}."
        )),
        1 => say(&format!(
            "The private key is sealed anew, with the key in {path}."
        )),
        keys => say(&format!(
            "{keys} private keys are sealed anew, with the key in {path}."
        )),
    }
    say("Every server needs it in its own sealing-key file (--sealing-key-file) to");
    say("rotate and to restart; until then it goes on with the keys it holds.");
    say("Backups made before need the old file.");
    Ok(())
}

fn signs(next: &Announcement, now: Timestamp) -> String {
    let (at, relative) = (
        clock_time(next.activates_at),
        relative(next.activates_at, now),
    );
    if next.activates_at <= now {
        format!("It signs since {at}.")
    } else {
        format!("It signs from {at} ({relative}).\nUntil then the active key goes on signing.")
    }
}

async fn find(keystore: &Keystore, prefix: &str) -> Result<Kid, KeysError> {
    let keys = keystore.overview().await?.keys;
    let mut found = keys
        .into_iter()
        .map(|key| key.kid)
        .filter(|kid| kid.as_str().starts_with(prefix) && !prefix.is_empty());
    let Some(kid) = found.next() else {
        return Err(KeysError::NoSuchKey(prefix.to_owned()));
    };
    match found.next() {
        None => Ok(kid),
        Some(_) => Err(KeysError::Ambiguous(prefix.to_owned())),
    }
}

fn read(file: &Path) -> io::Result<Zeroizing<String>> {
    if file == Path::new("-") {
        return read_bounded(io::stdin().lock());
    }
    read_bounded(File::open(file)?)
}

fn read_bounded(source: impl Read) -> io::Result<Zeroizing<String>> {
    // Room for all of it from the start: a string that grows leaves copies behind.
    let mut pem = Zeroizing::new(String::with_capacity(64 * 1024 + 1));
    source.take(MAX_PEM_BYTES).read_to_string(&mut pem)?;
    Ok(pem)
}

#[expect(clippy::print_stdout, reason = "the result of a command")]
fn say(line: &str) {
    println!("{line}");
}
