//! How a program says who it is: HTTP Basic, or in the form (RFC 6749 §2.3.1).

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chassis::client_address::ClientAddress;
use http::{HeaderMap, HeaderValue, header};
use zeroize::Zeroizing;

use super::OAuthError;
use super::form::Form;
use crate::audit;
use crate::client::ClientSecret;

/// An id and a secret; nothing of it is proved yet.
pub(super) struct Credentials {
    /// The id.
    pub(super) unverified_id: String,
    /// The secret.
    pub(super) secret: ClientSecret,
}

impl Credentials {
    /// The credentials of a request, or none.
    ///
    /// # Errors
    /// They are there twice, or cannot be read.
    pub(super) fn find(
        headers: &HeaderMap,
        form: &Form,
        address: ClientAddress,
    ) -> Result<Option<Self>, OAuthError> {
        let mut headers = headers.get_all(header::AUTHORIZATION).iter();
        match (
            headers.next(),
            headers.next(),
            form.optional("client_secret"),
        ) {
            (None, _, None) => Ok(None),
            (None, _, Some(secret)) => {
                let unverified_id = form.required("client_id")?.to_owned();
                let secret = ClientSecret::unverified(secret.to_owned());
                Ok(Some(Self {
                    unverified_id,
                    secret,
                }))
            }
            (Some(basic), None, None) => {
                let credentials = Self::from_basic(basic).ok_or_else(|| Self::refuse(address))?;
                match form.optional("client_id") {
                    Some(other) if other != credentials.unverified_id => {
                        Err(OAuthError::TwoCredentials)
                    }
                    _ => Ok(Some(credentials)),
                }
            }
            _ => Err(OAuthError::TwoCredentials),
        }
    }

    /// There are none, or none that can be read.
    pub(super) fn refuse(address: ClientAddress) -> OAuthError {
        audit::client_refused(None::<&str>.as_ref(), address);
        OAuthError::InvalidClient
    }

    /// Both parts are form-encoded inside (RFC 6749 §2.3.1).
    fn from_basic(header: &HeaderValue) -> Option<Self> {
        let (scheme, encoded) = header.to_str().ok()?.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let decoded = Zeroizing::new(BASE64_STANDARD.decode(encoded.trim()).ok()?);
        let (id, secret) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
        Some(Self {
            unverified_id: form_decoded(id)?,
            secret: ClientSecret::unverified(form_decoded(secret)?),
        })
    }
}

/// Decodes one form-encoded value; `&` and `=` would have been encoded in it.
fn form_decoded(encoded: &str) -> Option<String> {
    if encoded.contains(['&', '=']) {
        return None;
    }
    let (decoded, _) = form_urlencoded::parse(encoded.as_bytes()).next()?;
    Some(decoded.into_owned())
}
