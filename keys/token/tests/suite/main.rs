//! What the crate promises, held against attackers, standards and chance.

mod accepted;
mod issuer;
