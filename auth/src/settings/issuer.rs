//! `--issuer`: the name that tokens are signed in, and the base of every published address.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use http::Uri;

/// An `http` or `https` URL without query or fragment (RFC 8414 §2), kept byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer(String);

/// A text that cannot name an issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an http:// or https:// URL without query, fragment, user name or trailing slash")]
pub struct InvalidIssuer;

impl Issuer {
    /// The issuer of a service that is reached at its own listener.
    #[must_use]
    pub fn of_listener(address: SocketAddr, scheme: &str) -> Self {
        Self(format!("{scheme}://{address}"))
    }

    /// The `iss` claim.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Empty for most.
    #[must_use]
    pub fn path(&self) -> &str {
        let host_and_path = self.0.split_once("://").map_or("", |(_, rest)| rest);
        host_and_path
            .find('/')
            .map_or("", |at| &host_and_path[at..])
    }

    /// The address of something that this issuer offers; `path` begins with a slash.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

impl FromStr for Issuer {
    type Err = InvalidIssuer;

    fn from_str(given: &str) -> Result<Self, InvalidIssuer> {
        let uri: Uri = given.parse().map_err(|_| InvalidIssuer)?;
        let web = matches!(uri.scheme_str(), Some("http" | "https"));
        let plain = !given.contains(['?', '#', '@']) && !given.ends_with('/');
        if web && plain && uri.host().is_some_and(|host| !host.is_empty()) {
            Ok(Self(given.to_owned()))
        } else {
            Err(InvalidIssuer)
        }
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_kept_byte_for_byte() {
        for given in [
            "http://127.0.0.1:4000",
            "https://Auth.example.com/tenant",
            "http://[::1]:4000",
        ] {
            assert_eq!(given.parse::<Issuer>().unwrap().as_str(), given);
        }
    }

    #[test]
    fn the_path_is_what_follows_the_host() {
        let path = |given: &str| given.parse::<Issuer>().unwrap().path().to_owned();
        assert_eq!(path("http://127.0.0.1:4000"), "");
        assert_eq!(path("https://auth.example.com/a/tenant"), "/a/tenant");
    }

    #[test]
    fn what_cannot_name_an_issuer_is_refused() {
        let bad = [
            "",
            "auth.example.com",
            "ftp://auth.example.com",
            "http://",
            "https://a.example/?q",
            "https://a.example/#f",
            "https://me@a.example",
            "https://a.example/",
            "https:///x",
        ];
        for given in bad {
            assert_eq!(given.parse::<Issuer>(), Err(InvalidIssuer), "{given}");
        }
    }
}
