//! The address under which clients know this service.
use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use http::Uri;

/// An `http` or `https` URL without query and without a slash at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(String);

/// The text is no such URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an http:// or https:// address without query")]
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
        let web = matches!(uri.scheme_str(), Some("http" | "https"));
        if !web || uri.query().is_some() || text.contains(['#', '"', '\\']) {
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
        ] {
            assert_eq!(bad.parse::<PublicUrl>(), Err(InvalidPublicUrl), "{bad}");
        }
    }
}
