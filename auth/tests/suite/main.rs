//! Holds the service to its contract, over HTTP, with a clock that the tests move.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod accounts;
mod commands;
mod discovery;
mod documentation;
mod errors;
mod harness;
mod login;
mod oauth;
mod password_change;
mod replicas;
mod secrecy;
mod sessions;
mod settings;
mod storage;
mod throttle;
