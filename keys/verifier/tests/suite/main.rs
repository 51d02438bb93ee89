//! What the crate promises, held against issuers that misbehave and callers that forge.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops where its own preparation fails"
)]

mod counts;
mod disk_copy;
mod extractors;
mod file;
mod histories;
mod issuers;
mod metrics;
mod misbehaviour;
mod outage;
mod runtimes;
mod support;
mod tls;
