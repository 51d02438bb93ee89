//! The header of an access token (RFC 7515 §4, RFC 9068 §2.1). Nothing in it is a place to find
//! a key: `jku`, `jwk`, `x5u` and `x5c` are never looked at.

use std::str::FromStr as _;

use jsonwebtoken::Algorithm;

use crate::strict_json::{Object, Value};
use crate::{Kid, Rejection, base64url};

/// Checks the header and tells which key the token asks for.
pub(crate) fn check(part: &[u8]) -> Result<Kid, Rejection> {
    let json = base64url::decode(part).map_err(|_| Rejection::BadBase64)?;
    let header = Object::parse(&json)?;
    check_algorithm(&header)?;
    check_extensions(&header)?;
    check_type(&header)?;
    unverified_kid(&header)
}

fn check_algorithm(header: &Object<'_>) -> Result<(), Rejection> {
    let name = header
        .get("alg")
        .and_then(Value::as_text)
        .unwrap_or_default();
    match Algorithm::from_str(name) {
        Ok(Algorithm::RS256) => Ok(()),
        _ => Err(Rejection::AlgNotAllowed),
    }
}

/// RFC 7515 §4.1.11: a recipient that does not understand all of `crit` must refuse. `b64`
/// (RFC 7797), `zip` and `enc` (RFC 7516) would make the bytes mean something else.
fn check_extensions(header: &Object<'_>) -> Result<(), Rejection> {
    if header.has("crit") {
        return Err(Rejection::CritPresent);
    }
    match ["b64", "zip", "enc"]
        .into_iter()
        .find(|name| header.has(name))
    {
        Some(name) => Err(Rejection::HeaderNotSupported(name)),
        None => Ok(()),
    }
}

/// RFC 9068 §4; a media type is compared without regard to case (RFC 7515 §4.1.9).
fn check_type(header: &Object<'_>) -> Result<(), Rejection> {
    let typ = header
        .get("typ")
        .and_then(Value::as_text)
        .unwrap_or_default();
    let allowed = ["at+jwt", "application/at+jwt"];
    if allowed.iter().any(|name| typ.eq_ignore_ascii_case(name)) {
        Ok(())
    } else {
        Err(Rejection::TypNotAllowed)
    }
}

fn unverified_kid(header: &Object<'_>) -> Result<Kid, Rejection> {
    let kid = header.get("kid").ok_or(Rejection::KidMissing)?;
    let text = kid.as_text().ok_or(Rejection::KidInvalid)?;
    Kid::new(text).map_err(|_| Rejection::KidInvalid)
}
