//! From flags and environment variables to settings that cannot be wrong.
//!
//! Options are declared as plain strings, so that clap never stops at the first bad one. The
//! service's `check` turns them into types through [`Problems`], which collects every complaint:
//! ```
//! # use chassis::settings::{self, Problems};
//! # struct Args { listen: String, token_ttl: String }
//! struct Settings { listen: std::net::SocketAddr, token_ttl: std::time::Duration }
//!
//! fn check(args: &Args, mut problems: Problems) -> Result<Settings, Problems> {
//!     let listen = problems.check("--listen", &args.listen, str::parse);
//!     let token_ttl = problems.check("--token-ttl", &args.token_ttl, settings::parse_duration);
//!     problems.finish(|| Some(Settings { listen: listen?, token_ttl: token_ttl? }))
//! }
//! ```

mod database;
mod duration;
mod environment;
mod problems;
mod shared;

pub use self::database::DatabaseArgs;
pub use self::duration::{InvalidDuration, format_duration, parse_duration};
pub use self::environment::{
    parse, parse_from, tell_unknown_environment, warn_unknown_environment, with_environment,
};
pub use self::problems::Problems;
pub use self::shared::{Shared, SharedArgs};
