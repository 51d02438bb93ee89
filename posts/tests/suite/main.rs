//! What `posts` promises over HTTP, held against the running service.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod conditional;
mod cors;
mod create;
mod docs;
mod errors;
mod full;
mod harness;
mod idempotency;
mod issuer;
mod list;
mod metadata;
mod model;
mod ownership;
mod replicas;
mod settings;
mod storage;
mod update;
