//! What each endpoint answers, one file an endpoint.
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod patch;
pub(crate) mod read;
pub(crate) mod replace;
pub(crate) mod resource;

mod answer;
mod coding;
mod conditions;
mod error;
mod fields;
mod key;
mod path;
mod query;
pub(crate) mod scope;

pub(crate) use error::ApiError;
pub(crate) use key::IDEMPOTENCY_KEY;
