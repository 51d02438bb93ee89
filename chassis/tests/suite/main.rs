//! What a client on the wire sees of a service built on the chassis.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failure here is a failed test"
)]

mod arriving;
mod drain;
mod framing;
mod http2;
mod metrics;
mod otlp;
mod process;
mod server;
mod slow;
mod tls;
