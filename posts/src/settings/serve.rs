//! Everything that `posts serve` can be told.
use std::net::SocketAddr;

use chassis::Sandbox;
use chassis::client_address::TrustedProxies;
use chassis::settings::{Problems, Shared, SharedArgs};
use clap::Args;

use super::{KeyOptions, KeySettings, Origin, PublicUrl, StorageOptions};
use chassis::database::DatabaseSettings;

/// The options of `posts serve`.
#[derive(Clone, Debug, Args)]
pub struct ServeOptions {
    /// Address of the public listener
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4001")]
    listen: String,

    /// Address of /metrics, /healthz and /readyz
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4101")]
    ops_listen: String,

    /// Address under which clients know this service, when it is not the listener's
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,

    #[command(flatten)]
    keys: KeyOptions,

    #[command(flatten)]
    storage: StorageOptions,

    /// Networks of proxies, separated by commas: they speak for many, so that the share of the
    /// connections that one client may have is not theirs
    #[arg(
        long,
        value_name = "NETWORKS",
        default_value = "",
        hide_default_value = true
    )]
    trusted_proxies: String,

    /// An origin that a browser may call from, or several with commas; repeatable
    #[arg(long, value_name = "ORIGIN")]
    cors_origin: Vec<String>,

    /// Answer PUT, PATCH and DELETE without If-Match with 428
    #[arg(long)]
    require_if_match: bool,

    /// Add the six sample posts to an empty table
    #[arg(long)]
    demo: bool,

    #[command(flatten)]
    shared: SharedArgs,
}

/// The checked form of [`ServeOptions`].
#[derive(Clone, Debug)]
pub struct Settings {
    /// Address of the public listener.
    pub listen: SocketAddr,
    /// Address of the listener for operators.
    pub ops_listen: SocketAddr,
    /// Address under which clients know this service, when it is not the listener's.
    pub public_url: Option<PublicUrl>,
    /// Whose tokens are accepted.
    pub keys: KeySettings,
    /// Where posts are kept.
    pub storage: DatabaseSettings,
    /// Whose connections are those of many clients.
    pub trusted_proxies: TrustedProxies,
    /// Where browsers may call from.
    pub cors_origins: Vec<Origin>,
    /// Whether a change must name the version it changes.
    pub if_match: IfMatch,
    /// What an empty table is filled with.
    pub samples: Samples,
    /// What both services can be told.
    pub shared: Shared,
}

/// Whether a change must name the version it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// A change without it is made.
    Optional,
    /// A change without it is answered with 428.
    Required,
}

/// What an empty table is filled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Samples {
    /// Nothing.
    None,
    /// The six sample posts.
    Demo,
}

impl Settings {
    /// What stays reachable after start: the database, the files of the key set and of TLS.
    #[must_use]
    pub fn sandbox(&self) -> Option<Sandbox> {
        let sandbox = self.shared.sandbox()?;
        let with_database = self.storage.keep_in_reach(sandbox);
        Some(self.keys.extend(with_database))
    }
}

impl ServeOptions {
    /// Makes settings of the options.
    ///
    /// # Errors
    /// Everything that is wrong with them, and all that `problems` held already.
    pub fn check(&self, mut problems: Problems) -> Result<Settings, Problems> {
        let listen = problems.check("--listen", &self.listen, address);
        let ops_listen = problems.check("--ops-listen", &self.ops_listen, address);
        problems.check_listeners(listen, ops_listen);
        let public_url =
            problems.check_optional("--public-url", self.public_url.as_deref(), str::parse);
        let keys = self.keys.check(&mut problems);
        let storage = self.storage.check(&mut problems);
        let origins = self.cors_origin.join(",");
        let origins = problems.check_list("--cors-origin", &origins, str::parse);
        let proxies = problems.check_list("--trusted-proxies", &self.trusted_proxies, str::parse);
        let shared = self.shared.check(&mut problems);
        problems.finish(|| {
            Some(Settings {
                listen: listen?,
                ops_listen: ops_listen?,
                public_url: public_url?,
                keys: keys?,
                storage: storage?,
                trusted_proxies: TrustedProxies::new(proxies?),
                cors_origins: origins?,
                if_match: if self.require_if_match {
                    IfMatch::Required
                } else {
                    IfMatch::Optional
                },
                samples: if self.demo {
                    Samples::Demo
                } else {
                    Samples::None
                },
                shared: shared?,
            })
        })
    }
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse()
        .map_err(|_| "must be an IP address and a port, as in 127.0.0.1:4001")
}
