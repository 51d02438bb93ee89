//! Logs people in, signs their tokens, publishes and rotates the keys.

pub mod client;
pub mod password;
pub mod session;
pub mod settings;
pub mod store;
pub mod throttle;
pub mod user;
