//! What the two programs promise, each promise in a file of its own, with real processes.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

mod audit;
mod backup;
mod clock_moved;
mod deployments;
mod doctor;
mod documents;
mod file_limit;
mod foreign_clients;
mod foreign_oauth_clients;
mod foreign_verifier;
mod forged_tokens;
mod key_crash;
mod key_races;
mod key_ring;
mod kill_auth;
mod kill_posts;
mod leaked_backup;
mod log_in_then_post;
mod login_flood;
mod login_timing;
mod login_without_key;
mod metrics;
mod outage;
mod over_https;
mod replicas;
mod replicas_cut_off;
mod resealing;
mod rotation_under_load;
mod slow_clients;
mod start_order;
mod stop;
mod under_load;
