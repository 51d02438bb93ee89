#![doc = include_str!("../README.md")]

mod authorization;
mod builder;
mod cadence;
mod challenge;
mod disk;
mod extract;
mod fetch;
mod fetch_error;
mod file;
mod freshness;
mod held;
mod issuer;
mod journal;
mod metric;
mod origin;
mod readiness;
mod rejection;
mod remote;
#[cfg(feature = "testing")]
pub mod testing;
mod tls;
mod verdicts;
mod verifier;
mod withdrawn;

pub use builder::{Builder, ConfigError, ConfigProblem};
pub use extract::{Caller, CallerWith, OptionalCaller, RequiredScope};
pub use readiness::{IssuerReadiness, Readiness};
pub use rejection::AuthRejection;
pub use token::{Claims, Clock, KeySet, KeySetError, Kid, ManualClock, PublicKey};
pub use token::{Rejection, Scope, SystemClock, Timestamp};
pub use verifier::{Verifier, VerifyError};
