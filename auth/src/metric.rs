//! What auth counts besides what the chassis does for every service. `docs/metrics.md` says what
//! each is good for.

use metrics::{Unit, counter, describe_counter, describe_gauge, gauge};

use crate::login::{Grant, LoginError};
use crate::password::HashError;
use crate::store::Refreshed;

const LOGINS: &str = "auth_logins_total";
const REFRESHES: &str = "auth_refreshes_total";
const HASHES: &str = "auth_hashes_total";
const HASH_JOBS: &str = "auth_hash_jobs";
const HASH_PLACES: &str = "auth_hash_places";
const HASH_WAITING: &str = "auth_hash_waiting";

const LOGIN_OUTCOMES: [&str; 5] = ["granted", "refused", "throttled", "busy", "failed"];
const MALFORMED: &str = "malformed";
const REFRESH_OUTCOMES: [&str; 5] = ["granted", "repeated", "reused", "refused", MALFORMED];

/// Describes all of it, and lets every count begin at nothing: a rate over a count that appears
/// with its first event misses that event.
pub fn begin() {
    describe_counter!(LOGINS, "Logins with a password, by outcome");
    describe_counter!(REFRESHES, "Refreshes of a login, by outcome");
    describe_counter!(HASHES, Unit::Count, "Password hashes begun");
    describe_gauge!(HASH_JOBS, "Password hashes that run or have a place");
    describe_gauge!(HASH_PLACES, "Places for password hashes");
    describe_gauge!(HASH_WAITING, "Password hashes that wait for a place");
    for outcome in LOGIN_OUTCOMES {
        counter!(LOGINS, "outcome" => outcome).increment(0);
    }
    for outcome in REFRESH_OUTCOMES {
        counter!(REFRESHES, "outcome" => outcome).increment(0);
    }
    counter!(HASHES).increment(0);
}

/// An attempt to log in has ended.
pub(crate) fn logged_in(outcome: &Result<Grant, LoginError>) {
    let outcome = match outcome {
        Ok(_) => "granted",
        Err(LoginError::Refused | LoginError::NotOffered(_)) => "refused",
        Err(LoginError::Throttled { .. }) => "throttled",
        Err(LoginError::Hash(HashError::Busy)) => "busy",
        Err(LoginError::Hash(_) | LoginError::Store(_) | LoginError::Mint(_)) => "failed",
    };
    counter!(LOGINS, "outcome" => outcome).increment(1);
}

/// The store has judged a refresh token.
pub(crate) fn refreshed(outcome: &Refreshed) {
    let outcome = match outcome {
        Refreshed::Granted(..) => "granted",
        Refreshed::Repeated(..) => "repeated",
        Refreshed::Reused(_) => "reused",
        Refreshed::TooMuch | Refreshed::Unknown => "refused",
    };
    counter!(REFRESHES, "outcome" => outcome).increment(1);
}

/// What was sent as a refresh token cannot be one.
pub(crate) fn refresh_malformed() {
    counter!(REFRESHES, "outcome" => MALFORMED).increment(1);
}

/// So many may hash or wait beside the threads at once.
pub(crate) fn hash_places(places: usize) {
    gauge!(HASH_PLACES).set(u32::try_from(places).unwrap_or(u32::MAX));
    gauge!(HASH_JOBS).set(0);
    gauge!(HASH_WAITING).set(0);
}

/// A password hash that waits for a place, until dropped.
pub(crate) struct HashWaiting(());

/// A password hash that has its place, until dropped.
pub(crate) struct HashJob(());

impl HashWaiting {
    pub(crate) fn begin() -> Self {
        gauge!(HASH_WAITING).increment(1);
        Self(())
    }
}

impl Drop for HashWaiting {
    fn drop(&mut self) {
        gauge!(HASH_WAITING).decrement(1);
    }
}

impl HashJob {
    pub(crate) fn begin() -> Self {
        counter!(HASHES).increment(1);
        gauge!(HASH_JOBS).increment(1);
        Self(())
    }
}

impl Drop for HashJob {
    fn drop(&mut self) {
        gauge!(HASH_JOBS).decrement(1);
    }
}
