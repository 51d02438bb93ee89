//! What the crate promises, held against attackers, standards and chance.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops where its own preparation fails"
)]

mod accepted;
mod hostile;
mod issuer;
mod key_sets;
mod numbers;
mod properties;
mod provider;
mod seeds;
mod values;
mod vectors;
mod weak_keys;
