//! A web origin (RFC 6454): what a browser says a call comes from.
use std::str::FromStr;

use http::{HeaderValue, Uri};

/// Scheme, host and port, as browsers spell them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(HeaderValue);

/// The text is not the spelling of an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an origin as browsers send it, such as https://app.example.com")]
pub struct InvalidOrigin;

impl FromStr for Origin {
    type Err = InvalidOrigin;

    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        let uri: Uri = text.parse().map_err(|_| InvalidOrigin)?;
        let (Some("http" | "https"), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(InvalidOrigin);
        };
        // A path, a trailing slash or a capital letter would never equal what a browser sends.
        let spelled = text.ends_with(authority.as_str()) && text == text.to_lowercase();
        if !spelled || authority.as_str().contains('@') {
            return Err(InvalidOrigin);
        }
        HeaderValue::from_str(text)
            .map(Self)
            .map_err(|_| InvalidOrigin)
    }
}

impl From<Origin> for HeaderValue {
    fn from(origin: Origin) -> Self {
        origin.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_spelled_as_a_browser_sends_it() {
        for good in [
            "https://app.example.com",
            "http://localhost:3000",
            "http://[::1]:80",
        ] {
            assert!(good.parse::<Origin>().is_ok(), "{good}");
        }
        for bad in [
            "*",
            "null",
            "app.example.com",
            "https://app.example.com/",
            "https://app.example.com/x",
            "https://App.example.com",
            "https://jack@app.example.com",
            "ftp://app.example.com",
            "https://",
            "",
        ] {
            assert_eq!(bad.parse::<Origin>(), Err(InvalidOrigin), "{bad}");
        }
    }
}
