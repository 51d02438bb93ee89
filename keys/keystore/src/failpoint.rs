//! Places where a test can have the process die, as a power cut would have it. Compiled in only
//! with the feature `failpoints`, which no release has.

/// The variable that names the place to die at.
#[cfg(feature = "failpoints")]
const VARIABLE: &str = "KEYSTORE_FAILPOINT";

/// Dies here if the environment says so.
#[cfg(feature = "failpoints")]
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
#[cfg(not(feature = "failpoints"))]
pub const fn reach(_place: &str) {}
