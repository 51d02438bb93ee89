//! What the two programs promise, each promise in a file of its own, with real processes.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

mod foreign_clients;
mod forged_tokens;
mod kill_posts;
mod log_in_then_post;
mod outage;
mod start_order;
mod stop;
