//! All options of `auth serve` together.

use std::net::SocketAddr;

use chassis::client_address::{Network, TrustedProxies};
use chassis::settings::{Problems, Shared, SharedArgs};

use super::{
    DatabaseOptions, DatabaseSettings, Issuer, KeyOptions, KeySettings, LoginOptions,
    LoginSettings, Registration,
};
use crate::password::HasherSettings;

/// Everything that `auth serve` can be told.
#[derive(Clone, Debug, clap::Args)]
pub struct ServeOptions {
    /// Address of the public listener
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4000")]
    listen: String,

    /// Address of /metrics, /healthz and /readyz
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4100")]
    ops_listen: String,

    /// The iss of tokens and base of the metadata; by default http:// and the listen address
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,

    /// Audiences that a login may ask for, separated by commas; the first is the default
    #[arg(long, value_name = "NAMES", default_value = "posts")]
    audiences: String,

    #[command(flatten)]
    database: DatabaseOptions,

    #[command(flatten)]
    keys: KeyOptions,

    #[command(flatten)]
    logins: LoginOptions,

    /// Networks whose Forwarded or X-Forwarded-For header is believed, separated by commas
    #[arg(
        long,
        value_name = "NETWORKS",
        default_value = "",
        hide_default_value = true
    )]
    trusted_proxies: String,

    /// Add the users jack, robert and lina, and let anyone register; loopback only
    #[arg(long)]
    demo: bool,

    #[command(flatten)]
    shared: SharedArgs,
}

/// What `auth serve` runs with; every value is good.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Address of the public listener.
    pub listen: SocketAddr,
    /// Address of the listener for operators.
    pub ops_listen: SocketAddr,
    /// The `iss` of tokens; by default the public listener's address.
    pub issuer: Option<Issuer>,
    /// Audiences that a login may ask for, the default first. Never empty.
    pub audiences: Vec<String>,
    /// Where the data is.
    pub database: DatabaseSettings,
    /// The signing keys.
    pub keys: KeySettings,
    /// How long logins last and what guards them.
    pub logins: LoginSettings,
    /// How passwords are hashed; not an option.
    pub hasher: HasherSettings,
    /// Whose forwarding headers are believed.
    pub trusted_proxies: TrustedProxies,
    /// Whether the demo's users are added.
    pub demo: bool,
    /// Certificate, log, traces, sandbox.
    pub shared: Shared,
}

impl ServeOptions {
    /// Turns the options into settings.
    ///
    /// # Errors
    /// Every option that is wrong, not only the first.
    pub fn check(&self, mut problems: Problems) -> Result<Settings, Problems> {
        let listen = problems.check("--listen", &self.listen, address);
        let ops_listen = problems.check("--ops-listen", &self.ops_listen, address);
        let issuer =
            problems.check_optional("--issuer", self.issuer.as_deref(), str::parse::<Issuer>);
        let audiences = self.audiences(&mut problems);
        let database = self.database.check(&mut problems);
        let keys = self.keys.check(&mut problems);
        let logins = self.logins.check(&mut problems);
        let proxies = problems.check_list(
            "--trusted-proxies",
            &self.trusted_proxies,
            str::parse::<Network>,
        );
        let shared = self.shared.check(&mut problems);
        problems.check_listeners(listen, ops_listen);
        self.check_demo("--listen", listen, &mut problems);
        self.check_demo("--ops-listen", ops_listen, &mut problems);
        problems.finish(|| {
            Some(Settings {
                listen: listen?,
                ops_listen: ops_listen?,
                issuer: issuer?,
                audiences: audiences?,
                database: database?,
                keys: keys?,
                logins: self.with_demo(logins?),
                hasher: HasherSettings::default(),
                trusted_proxies: TrustedProxies::new(proxies?),
                demo: self.demo,
                shared: shared?,
            })
        })
    }

    fn audiences(&self, problems: &mut Problems) -> Option<Vec<String>> {
        let audiences = problems.check_list("--audiences", &self.audiences, audience)?;
        if audiences.is_empty() {
            problems.add("--audiences", "must name at least one");
        }
        Some(audiences)
    }

    /// The passwords of the demo's users are known to everybody.
    fn check_demo(&self, option: &str, listen: Option<SocketAddr>, problems: &mut Problems) {
        if self.demo && listen.is_some_and(|address| !address.ip().is_loopback()) {
            problems.add(option, "must be a loopback address, because of --demo");
        }
    }

    fn with_demo(&self, logins: LoginSettings) -> LoginSettings {
        let registration = if self.demo {
            Registration::Open
        } else {
            logins.registration
        };
        LoginSettings {
            registration,
            ..logins
        }
    }
}

fn address(given: &str) -> Result<SocketAddr, &'static str> {
    given
        .parse()
        .map_err(|_| "must be an IP address and a port, as in 127.0.0.1:4000")
}

fn audience(given: &str) -> Result<String, &'static str> {
    let visible = given.bytes().all(|byte| byte.is_ascii_graphic());
    if visible && given.len() <= 256 {
        Ok(given.to_owned())
    } else {
        Err("must be at most 256 visible ASCII characters")
    }
}
