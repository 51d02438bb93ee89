//! A CRUD service whose users see only their own posts.
//!
//! It holds public keys alone: it can tell a good token from a bad one, and make none. A request
//! goes through `routes` to one file under `http/`, from there to `store`, and back.

pub mod app;
pub mod command;
pub mod settings;

mod cursor;
mod demo;
mod doctor;
mod http;
mod idempotency;
mod openapi;
mod page;
mod post;
mod precondition;
mod routes;
mod store;

/// The OpenAPI document, put together from the handlers.
pub use openapi::document as openapi_document;
