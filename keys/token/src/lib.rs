//! What a good access token is, in one place: strict, pure, without I/O.
//!
//! A token is a JWT in the profile of RFC 9068, signed with RS256. To verify one takes the keys of
//! its issuer, a policy and the time; how the keys are fetched is another crate's matter.
//!
//! ```
//! use token::{Clock, KeySet, Policy, Rejection, SystemClock};
//!
//! # const KEY_SET: &[u8] = br#"{"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":"2011-04-29","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB"}]}"#;
//! # let bearer = "eyJhbGciOiJub25lIn0.e30.";
//! let keys = KeySet::parse(KEY_SET)?;
//! let policy = Policy::new("https://auth.example.com", "posts");
//!
//! match token::verify(bearer, &keys, &policy, SystemClock.now()) {
//!     Ok(claims) => println!("{} may {}", claims.subject, claims.scope),
//!     Err(Rejection::UnknownKey) => println!("time to fetch the key set again"),
//!     Err(rejection) => println!("refused: {}", rejection.code()),
//! }
//! # Ok::<(), token::KeySetError>(())
//! ```
//!
//! # What is checked, in this order
//!
//! | check | refused with |
//! |---|---|
//! | at most 8 KiB, three parts (RFC 7515 §3.1) | `too_large`, `malformed` |
//! | canonical base64url (RFC 7515 §2) | `bad_base64` |
//! | one JSON object, shallow, no member twice at any depth (RFC 7515 §4) | `bad_json`, `too_deep`, `duplicate_member` |
//! | `alg` is `RS256` | `alg_not_allowed` |
//! | no `crit` (RFC 7515 §4.1.11), `b64`, `zip` or `enc` | `crit_present`, `header_not_supported` |
//! | `typ` is `at+jwt` or `application/at+jwt` (RFC 9068 §4) | `typ_not_allowed` |
//! | `kid` is 1 to 256 visible characters, and names a key | `kid_missing`, `kid_invalid`, `unknown_key` |
//! | the signature; nothing in the claims has been read before | `bad_signature` |
//! | `iss`, `sub`, `aud`, `iat`, `exp` are there | `claim_missing` |
//! | every claim used has its type; times are whole seconds up to the year 9999 | `claim_invalid` |
//! | `iss` is the issuer and `aud` contains the audience, byte for byte | `issuer_mismatch`, `audience_mismatch` |
//! | `exp` is after `iat`, by no more than the longest life | `life_not_positive`, `life_too_long` |
//! | `iat` and `nbf` are not in the future beyond the leeway | `issued_in_future`, `not_yet_valid` |
//! | `now < exp + leeway` | `expired` |
//!
//! `jku`, `jwk`, `x5u` and `x5c` are never looked at: a token does not say where its key comes
//! from. A key is checked when it is admitted ([`WeakKey`]), and parsed once. A key set with a
//! private member, a duplicate id or no usable key is refused whole ([`KeySetError`]); entries for
//! other uses are left out ([`SkipReason`]).
//!
//! # No signer
//!
//! The crate has no code that makes a signature. Of `jsonwebtoken` it takes the types and the seam
//! for cryptography: [`PublicKey`] is a `JwtVerifier`, and [`install_verify_only`] makes RS256
//! verification all that `jsonwebtoken` can do in the process.

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
mod timestamp;
mod verify;
mod weakness;

pub use claims::Claims;
pub use clock::{Clock, ManualClock, SystemClock};
pub use jwk::SkipReason;
pub use key_set::{KeySet, KeySetError, MAX_KEY_SET_BYTES, MAX_KEYS, Skipped};
pub use kid::{InvalidKid, Kid};
pub use policy::Policy;
pub use provider::install_verify_only;
pub use public_key::PublicKey;
pub use rejection::Rejection;
pub use scope::{InvalidScope, Scope};
pub use timestamp::Timestamp;
pub use verify::{CheckedHeader, MAX_TOKEN_BYTES, UnverifiedToken, verify};
pub use weakness::WeakKey;
