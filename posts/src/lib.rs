//! A CRUD service whose users see only their own posts.
//!
//! It holds public keys alone: it can tell a good token from a bad one, and make none. A request
//! goes through [`routes`] to one file under `http/`, from there to [`store`], and back.

pub mod app;
pub mod command;
pub mod cursor;
pub mod idempotency;
pub mod page;
pub mod post;
pub mod precondition;
pub mod settings;
pub mod store;

mod demo;
mod doctor;
mod http;
mod routes;
