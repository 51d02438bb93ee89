//! The address under which clients know this service.
use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use http::Uri;

/// An `http` or `https` URL of a host, without a slash at its end. A path in it would be missing from
/// the links in answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(String);

/// The text is no such URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be http:// or https:// and a host, without path or query")]
pub struct InvalidPublicUrl;

impl PublicUrl {
    /// The address a listener has when nothing stands in front of it.
    #[must_use]
    pub fn of_listener(address: SocketAddr, tls: bool) -> Self {
        let scheme = if tls { "https" } else { "http" };
        Self(format!("{scheme}://{address}"))
    }

    /// Where the protected-resource metadata is found (RFC 9728 §3.1).
    #[must_use]
    pub fn metadata(&self) -> String {
        format!("{self}/.well-known/oauth-protected-resource")
    }
}

impl FromStr for PublicUrl {
    type Err = InvalidPublicUrl;

    fn from_str(text: &str) -> Result<Self, InvalidPublicUrl> {
        let uri: Uri = text.parse().map_err(|_| InvalidPublicUrl)?;
        let (Some("http" | "https"), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(InvalidPublicUrl);
        };
        let host = authority.host();
        let has_good_port = authority.port_u16().is_some() || authority.as_str() == host;
        let is_host = !host.is_empty() && !authority.as_str().contains('@');
        let is_all = uri.path() == "/" && uri.query().is_none() && !text.contains('#');
        if !(has_good_port && is_host && is_all) {
            return Err(InvalidPublicUrl);
        }
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_names_its_metadata() {
        let url: PublicUrl = "https://posts.example.com/".parse().unwrap();
        assert_eq!(
            url.metadata(),
            "https://posts.example.com/.well-known/oauth-protected-resource"
        );
        for bad in [
            "",
            "posts.example.com",
            "ftp://a",
            "https://a/?x",
            "https://a/#x",
            "https://a#x",
            "https://a/posts",
            "https://a//",
            "https://jack@a",
            "https://a:99999",
            "https://a:x",
            "https://",
            "https:///x",
            "https://a\"",
        ] {
            assert_eq!(bad.parse::<PublicUrl>(), Err(InvalidPublicUrl), "{bad}");
        }
    }
}
