//! Promises of the verifier, held against issuers that misbehave.

mod support;

mod counts;
