//! The metrics, through the `metrics` facade; the crate's documentation lists them.

use std::time::Duration;

use metrics::{counter, gauge};

/// An attempt to refresh the key set of an issuer ended.
pub(crate) fn refreshed(issuer: &str, result: &'static str) {
    counter!("verifier_refreshes_total", "issuer" => issuer.to_owned(), "result" => result)
        .increment(1);
}

/// So many keys of an issuer may be used.
pub(crate) fn keys(issuer: &str, number: usize) {
    gauge!("verifier_keys", "issuer" => issuer.to_owned())
        .set(u32::try_from(number).unwrap_or(u32::MAX));
}

/// For how long an issuer has not confirmed its key set.
pub(crate) fn age(issuer: &str, age: Duration) {
    gauge!("verifier_key_set_age_seconds", "issuer" => issuer.to_owned()).set(age.as_secs_f64());
}

/// A token was found good. Apart from [`rejected`], because labels that are known at compile time
/// cost no memory and no hash.
pub(crate) fn accepted() {
    counter!("verifier_verifications_total", "code" => "ok").increment(1);
}

/// A token was not accepted, for this reason.
pub(crate) fn rejected(code: &'static str) {
    counter!("verifier_verifications_total", "code" => code).increment(1);
}

/// A verdict was still known.
pub(crate) fn cache_hit() {
    counter!("verifier_cache_hits_total").increment(1);
}
