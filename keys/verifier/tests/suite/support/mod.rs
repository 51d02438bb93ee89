//! The issuers that tests script.

pub(crate) mod fake_issuer;
