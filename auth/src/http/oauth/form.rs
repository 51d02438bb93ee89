//! A form in the body: `application/x-www-form-urlencoded`, no parameter twice.

use std::collections::BTreeMap;

use axum::extract::{FromRequest, Request};
use http::{HeaderMap, header};
use zeroize::Zeroizing;

use super::OAuthError;

/// The parameters of an OAuth request. One without a value counts as absent (RFC 6749 §3.2).
pub struct Form(BTreeMap<String, Zeroizing<String>>);

const MEDIA_TYPE: &str = "application/x-www-form-urlencoded";

impl Form {
    /// A parameter that may be absent.
    pub fn optional(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.as_str())
    }

    /// A parameter that must be there.
    ///
    /// # Errors
    /// `invalid_request` when it is not.
    pub fn required(&self, name: &'static str) -> Result<&str, OAuthError> {
        self.optional(name).ok_or(OAuthError::Missing(name))
    }
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = OAuthError;

    async fn from_request(request: Request, state: &S) -> Result<Self, OAuthError> {
        if !is_form(request.headers()) {
            return Err(OAuthError::NotAForm);
        }
        chassis::json::check_coding(request.headers(), MEDIA_TYPE).map_err(OAuthError::Unread)?;
        let body = chassis::json::read(request, state)
            .await
            .map_err(OAuthError::Unread)?;
        parse(&body)
    }
}

/// Parameters of the media type don't matter; two headers could be understood differently.
fn is_form(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return false;
    };
    let essence = value.to_str().unwrap_or_default().split(';').next();
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case(MEDIA_TYPE))
}

fn parse(body: &[u8]) -> Result<Form, OAuthError> {
    let mut parameters = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(body).filter(|(_, value)| !value.is_empty()) {
        let value = Zeroizing::new(value.into_owned());
        if parameters.insert(name.into_owned(), value).is_some() {
            return Err(OAuthError::Repeated);
        }
    }
    Ok(Form(parameters))
}
