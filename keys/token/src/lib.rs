//! What a good access token is: claims, key set, policy and verification, without I/O.

mod base64url;
mod claims;
mod clock;
mod header;
mod jwk;
mod key_set;
mod kid;
mod policy;
mod provider;
mod public_key;
mod rejection;
mod scope;
mod strict_json;
mod verify;
mod weakness;

pub use claims::Claims;
pub use clock::{Clock, ManualClock, SystemClock, Timestamp};
pub use jwk::SkipReason;
pub use key_set::{KeySet, KeySetError, MAX_KEY_SET_BYTES, MAX_KEYS, Skipped};
pub use kid::{InvalidKid, Kid};
pub use policy::Policy;
pub use provider::install_verify_only;
pub use public_key::PublicKey;
pub use rejection::Rejection;
pub use scope::{InvalidScope, Scope};
pub use verify::{MAX_TOKEN_BYTES, UnverifiedToken, verify};
pub use weakness::WeakKey;
