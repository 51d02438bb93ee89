//! A `postgres://` URL as libpq writes it, with the two `sslmode`s that protect and the one that
//! says that nothing does.

use std::path::PathBuf;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

/// Who to connect to, and how the connection is protected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) config: Config,
    pub(super) encryption: Encryption,
}

/// How the connection is protected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Encryption {
    /// `sslmode=disable`: not at all.
    None,
    /// `sslmode=require`: from those who listen, not from those who pretend to be the server.
    Unverified,
    /// `sslmode=verify-full`: from both. Trusts this file, or what the system trusts.
    Verified(Option<PathBuf>),
}

impl Address {
    pub(super) fn parse(url: &str) -> Result<Self, String> {
        let (rest, query) = url.split_once('?').unwrap_or((url, ""));
        let (ours, theirs): (Vec<_>, Vec<_>) = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .partition(|pair| pair.starts_with("sslmode=") || pair.starts_with("sslrootcert="));
        let mut config = Config::from_str(&format!("{rest}?{}", theirs.join("&")))
            .map_err(|error| format!("is not a PostgreSQL address: {}", cause(&error)))?;
        if config.get_hosts().is_empty() {
            return Err("names no host, as in postgres://user@host/database".to_owned());
        }
        let encryption = encryption(&ours, is_local(&config))?;
        config.ssl_mode(match encryption {
            Encryption::None => SslMode::Disable,
            Encryption::Unverified | Encryption::Verified(_) => SslMode::Require,
        });
        Ok(Self { config, encryption })
    }
}

fn encryption(pairs: &[&str], local: bool) -> Result<Encryption, String> {
    let value = |name: &str| {
        let pair = pairs.iter().filter_map(|pair| pair.split_once('='));
        let found = pair
            .filter(|(key, _)| *key == name)
            .map(|(_, value)| value)
            .next_back()?;
        Some(percent_decode_str(found).decode_utf8_lossy().into_owned())
    };
    let file = value("sslrootcert")
        .filter(|file| file != "system")
        .map(PathBuf::from);
    match value("sslmode").as_deref() {
        Some("disable") => Ok(Encryption::None),
        Some("require") => Ok(Encryption::Unverified),
        // What leaves the machine is protected unless the operator says otherwise.
        None if local && file.is_none() => Ok(Encryption::None),
        Some("verify-full") | None => Ok(Encryption::Verified(file)),
        Some(_) => Err("has an sslmode other than verify-full, require and disable".to_owned()),
    }
}

fn is_local(config: &Config) -> bool {
    config.get_hosts().iter().all(|host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) if name == "localhost" => true,
        Host::Tcp(name) => name
            .parse()
            .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback()),
    })
}

fn cause(error: &tokio_postgres::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_the_machine_is_verified_unless_the_url_says_otherwise() {
        let verified = Encryption::Verified(None);
        let by_file = Encryption::Verified(Some("/etc/own ca.pem".into()));
        for (url, expected) in [
            ("postgres://u:p@db.example/x", &verified),
            ("postgresql://u@10.0.0.7/x?sslmode=verify-full", &verified),
            ("postgres://u@db.example/x?sslrootcert=system", &verified),
            (
                "postgres://u@db/x?sslmode=verify-full&sslrootcert=/etc/own%20ca.pem",
                &by_file,
            ),
            (
                "postgres://u@localhost/x?sslrootcert=/etc/own%20ca.pem",
                &by_file,
            ),
            ("postgres://u@db/x?sslmode=require", &Encryption::Unverified),
            (
                "postgres://u@db/x?application_name=y&sslmode=disable",
                &Encryption::None,
            ),
            ("postgres://u@localhost/x", &Encryption::None),
            ("postgres://u@127.0.0.1:5433/x", &Encryption::None),
            ("postgres://u@/x?host=/run/postgresql", &Encryption::None),
            ("postgres://u@127.0.0.1,db.example/x", &verified),
        ] {
            assert_eq!(&Address::parse(url).unwrap().encryption, expected, "{url}");
        }
    }

    #[test]
    fn a_url_that_cannot_be_used_is_refused_without_repeating_it() {
        for url in [
            "postgres://u:hunter2@db/x?sslmode=prefer",
            "postgres://u:hunter2@db/x?sslmode=verify-ca",
            "postgres://u:hunter2@db:port/x",
            "postgres://u:hunter2@db/x?colour=red",
            "postgres:///x",
        ] {
            let refusal = Address::parse(url).unwrap_err();
            assert!(!refusal.contains("hunter2"), "{refusal}");
        }
    }
}
