//! Places where a test can have the process die, as a power cut would have it. Compiled in only
//! with the feature `failpoints`, and in no optimised build even then.

/// The variable that names the place to die at.
#[cfg(all(feature = "failpoints", debug_assertions))]
const VARIABLE: &str = "KEYSTORE_FAILPOINT";

/// Dies here if the environment says so.
#[cfg(all(feature = "failpoints", debug_assertions))]
#[expect(
    clippy::disallowed_methods,
    reason = "no setting: it exists in test builds alone"
)]
pub fn reach(place: &str) {
    if std::env::var(VARIABLE).is_ok_and(|named| named == place) {
        let this = rustix::process::getpid();
        // If the signal could not be sent, the test would see the process live on, and fail.
        let _ = rustix::process::kill_process(this, rustix::process::Signal::KILL);
    }
}

/// Does nothing.
#[cfg(not(all(feature = "failpoints", debug_assertions)))]
pub const fn reach(_place: &str) {}
