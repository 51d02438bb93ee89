//! The load generator: one thread, one epoll, requests prepared as bytes.

mod answer;
mod generator;
mod traffic;

pub(crate) use generator::{Generator, Limit, Pace};
pub(crate) use traffic::{Capture, RefreshChain, Rotation, Traffic, Turns, refresh_token};
