//! Holds the service to its contract, over HTTP, with a clock that the tests move.

mod accounts;
mod commands;
mod discovery;
mod errors;
mod harness;
mod login;
mod oauth;
mod password_change;
mod secrecy;
mod sessions;
mod settings;
mod throttle;
