//! Starts `auth` and `posts` as the processes that users run, on free ports in a temporary
//! folder, and speaks to them as a client does.
//!
//! A [`Balancer`] gives the issuer an address that outlives its process, as a proxy does in
//! production: services can start in any order and come back on another port.

#![expect(
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a panic is how a test fails"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "a test's tasks and time end with the test"
)]

mod balancer;
mod cable;
mod client;
mod forge;
mod line;
mod namespace;
mod pair;
mod patience;
mod program;
mod wall_clock;

pub use balancer::Balancer;
pub use cable::{Cable, Socket};
pub use client::{Answer, Client, login_body};
pub use forge::Forger;
pub use line::Line;
pub use pair::Pair;
pub use patience::{PATIENCE, until};
pub use program::Program;
pub use wall_clock::WallClock;

/// Whether the long versions of the promises were asked for (`scripts/test --full`).
#[must_use]
pub fn full_run() -> bool {
    std::env::var("E2E_FULL").is_ok_and(|value| value == "1")
}
