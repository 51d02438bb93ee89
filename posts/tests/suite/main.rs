//! What `posts` promises over HTTP, held against the running service.
mod conditional;
mod cors;
mod create;
mod errors;
mod harness;
mod idempotency;
mod issuer;
mod list;
mod metadata;
mod ownership;
mod replicas;
mod settings;
mod storage;
mod update;
