//! What an operator can set: options as they are given, and the settings they become once every
//! one of them is known to be good.

mod database;
mod issuer;
mod keys;
mod logins;
mod serve;

pub use chassis::database::DatabaseSettings;
pub use database::DatabaseOptions;
pub use issuer::{InvalidIssuer, Issuer};
pub use keys::{KeyOptions, KeySettings};
pub use logins::{LoginOptions, LoginSettings, Registration};
pub use serve::{ServeOptions, Settings};

/// The prefix of every environment variable: `--listen` is `AUTH_LISTEN`.
pub const ENVIRONMENT_PREFIX: &str = "AUTH";
