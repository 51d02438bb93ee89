//! Protects an axum service with the public keys of a remote issuer.

mod authorization;
mod builder;
mod extract;
mod readiness;
mod rejection;
mod verifier;

pub use builder::{Builder, ConfigError, ConfigProblem};
pub use extract::{Caller, CallerWith, OptionalCaller, RequiredScope};
pub use readiness::{IssuerReadiness, Readiness};
pub use rejection::AuthRejection;
pub use token::{Claims, KeySet, Rejection, Scope};
pub use verifier::{Verifier, VerifyError};
