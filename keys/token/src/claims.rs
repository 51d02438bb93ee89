//! The claims of a verified access token (RFC 9068 §2.2).

use crate::{Scope, Timestamp};

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
