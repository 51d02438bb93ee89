//! The OAuth calls, which take forms and answer errors as RFC 6749 §5.2 asks.

mod credentials;
mod error;
mod form;
pub mod revoke;
pub mod token;

pub use error::OAuthError;
