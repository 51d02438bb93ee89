//! The claims of an access token (RFC 9068 §2.2), each of the right type and in range.

use crate::strict_json::{Object, Value};
use crate::{Rejection, Scope, Timestamp};

/// What a verified token says. Values come only from `verify`, or from tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// `iss`: who issued the token.
    pub issuer: String,
    /// `sub`: whom it speaks for; 1 to 256 bytes without control characters.
    pub subject: String,
    /// `aud`: whom it is for; a single string becomes a list of one.
    pub audience: Vec<String>,
    /// `iat`: when it was issued.
    pub issued_at: Timestamp,
    /// `nbf`: before this it is not valid.
    pub not_before: Option<Timestamp>,
    /// `exp`: from this moment it is no longer valid.
    pub expires_at: Timestamp,
    /// `jti`: the name of this token.
    pub token_id: Option<String>,
    /// `client_id`: the program it was issued to.
    pub client_id: Option<String>,
    /// `scope`: what it allows; empty when absent.
    pub scope: Scope,
    /// `name`: how to address the subject.
    pub name: Option<String>,
    /// `sid`: the login that it belongs to, opaque.
    pub session_id: Option<String>,
}

const MAX_SUBJECT_BYTES: usize = 256;

/// The end of the year 9999: what RFC 3339 can still write.
const LAST_SECOND: i64 = 253_402_300_799;

impl Claims {
    /// Types and ranges; whether the values are acceptable is the policy's to say.
    pub(crate) fn read(claims: &Object<'_>) -> Result<Self, Rejection> {
        Ok(Self {
            issuer: required(claims, "iss", text)?,
            subject: required(claims, "sub", subject)?,
            audience: required(claims, "aud", audience)?,
            issued_at: required(claims, "iat", moment)?,
            not_before: optional(claims, "nbf", moment)?,
            expires_at: required(claims, "exp", moment)?,
            token_id: optional(claims, "jti", text)?,
            client_id: optional(claims, "client_id", text)?,
            scope: optional(claims, "scope", scope)?.unwrap_or_default(),
            name: optional(claims, "name", text)?,
            session_id: optional(claims, "sid", text)?,
        })
    }
}

fn required<T>(
    claims: &Object<'_>,
    name: &'static str,
    read: fn(&Value<'_>) -> Option<T>,
) -> Result<T, Rejection> {
    optional(claims, name, read)?.ok_or(Rejection::ClaimMissing(name))
}

fn optional<T>(
    claims: &Object<'_>,
    name: &'static str,
    read: fn(&Value<'_>) -> Option<T>,
) -> Result<Option<T>, Rejection> {
    match claims.get(name) {
        None => Ok(None),
        Some(value) => read(value).map(Some).ok_or(Rejection::ClaimInvalid(name)),
    }
}

fn text(value: &Value<'_>) -> Option<String> {
    value.as_text().map(str::to_owned)
}

/// Control characters are refused: a subject ends up in logs and in databases, not all of which
/// take a NUL.
fn subject(value: &Value<'_>) -> Option<String> {
    text(value).filter(|subject| {
        (1..=MAX_SUBJECT_BYTES).contains(&subject.len()) && !subject.chars().any(char::is_control)
    })
}

/// RFC 7519 §4.1.3: a string, or an array of strings.
fn audience(value: &Value<'_>) -> Option<Vec<String>> {
    match value {
        Value::List(list) => list.iter().map(text).collect(),
        single => text(single).map(|audience| vec![audience]),
    }
}

/// A `NumericDate` (RFC 7519 §2), of which we take whole seconds only.
fn moment(value: &Value<'_>) -> Option<Timestamp> {
    match value {
        Value::Integer(seconds @ 0..=LAST_SECOND) => Some(Timestamp::from_unix_seconds(*seconds)),
        _ => None,
    }
}

fn scope(value: &Value<'_>) -> Option<Scope> {
    value.as_text()?.parse().ok()
}
