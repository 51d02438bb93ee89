//! What an operator can set: options as they are given, and the settings they become once every
//! one of them is known to be good.
mod keys;
mod origin;
mod public_url;
mod serve;
mod storage;

pub use keys::{KeyOptions, KeySettings};
pub use origin::Origin;
pub use public_url::PublicUrl;
pub use serve::{IfMatch, Samples, ServeOptions, Settings};
pub use storage::StorageOptions;
