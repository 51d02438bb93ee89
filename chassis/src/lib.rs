//! The microservice chassis: what both services do alike, so that each holds only its own subject.
//!
//! A service parses its settings ([`settings`]), starts its log ([`telemetry`]), opens its
//! database ([`database`]), wraps its routes ([`edge`]), binds its listeners ([`serve`]) and runs
//! until it is told to stop ([`lifecycle`]).

pub mod client_address;
pub mod database;
pub mod docs;
pub mod doctor;
pub mod edge;
pub mod health;
pub mod json;
mod ledger;
pub mod lifecycle;
pub mod limits;
pub mod metrics;
pub mod otlp;
pub mod problem;
pub mod request_id;
mod routes;
pub mod runtime;
pub mod sandbox;
pub mod serve;
pub mod settings;
pub mod telemetry;
pub mod tls;
pub mod trace_context;

pub use edge::Edge;
pub use json::{Change, Fields, FromFields, Json, MergePatch};
pub use lifecycle::{Lifecycle, Stopped};
pub use limits::Limits;
pub use metrics::{Metrics, Occupied};
pub use problem::Problem;
pub use routes::Routes;
pub use sandbox::Sandbox;
pub use serve::Listener;
