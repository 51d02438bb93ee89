//! One entry of a key set (RFC 7517 §4, RFC 7518 §6.3.1): a key we can use, or why not.

use crate::strict_json::{Object, Value};
use crate::{Kid, PublicKey, WeakKey, base64url};

/// Why an entry of a key set was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum SkipReason {
    /// `kty` is not `RSA`.
    #[error("kty is not RSA")]
    KeyType,
    /// `use` is there and is not `sig`.
    #[error("use is not sig")]
    Use,
    /// `key_ops` is there and does not list `verify`.
    #[error("key_ops does not list verify")]
    KeyOps,
    /// `alg` is there and is not `RS256`.
    #[error("alg is not RS256")]
    Algorithm,
    /// There is no `kid`.
    #[error("kid is missing")]
    KidMissing,
    /// `kid` is not 1 to 256 visible ASCII characters.
    #[error("kid is not 1 to 256 visible characters")]
    KidInvalid,
    /// `n` or `e` is missing or not canonical base64url.
    #[error("{0} is missing or not base64url")]
    NumberInvalid(&'static str),
    /// The key is not fit for use.
    #[error(transparent)]
    Weak(#[from] WeakKey),
}

impl SkipReason {
    /// A stable name for logs and metrics, in `snake_case`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::KeyType => "kty_not_supported",
            Self::Use => "use_not_sig",
            Self::KeyOps => "key_ops_not_verify",
            Self::Algorithm => "alg_not_supported",
            Self::KidMissing => "kid_missing",
            Self::KidInvalid => "kid_invalid",
            Self::NumberInvalid(_) => "number_invalid",
            Self::Weak(weakness) => weakness.code(),
        }
    }
}

/// Admits the key of an entry. `use`, `key_ops` and `alg` are optional (RFC 7517 §4.2 to §4.4),
/// and hold when they are there.
pub(crate) fn admit(entry: &Object<'_>) -> Result<PublicKey, SkipReason> {
    if !is_text(entry.get("kty"), "RSA") {
        return Err(SkipReason::KeyType);
    }
    if entry.has("use") && !is_text(entry.get("use"), "sig") {
        return Err(SkipReason::Use);
    }
    if entry
        .get("key_ops")
        .is_some_and(|operations| !lists_verify(operations))
    {
        return Err(SkipReason::KeyOps);
    }
    if entry.has("alg") && !is_text(entry.get("alg"), "RS256") {
        return Err(SkipReason::Algorithm);
    }
    let kid = kid(entry)?;
    let key = PublicKey::from_components(&number(entry, "n")?, &number(entry, "e")?)?;
    Ok(key.with_kid(kid))
}

/// The entry's id, when it has one of the right shape.
pub(crate) fn kid(entry: &Object<'_>) -> Result<Kid, SkipReason> {
    let kid = entry.get("kid").ok_or(SkipReason::KidMissing)?;
    let text = kid.as_text().ok_or(SkipReason::KidInvalid)?;
    Kid::new(text).map_err(|_| SkipReason::KidInvalid)
}

fn is_text(value: Option<&Value<'_>>, expected: &str) -> bool {
    value.and_then(Value::as_text) == Some(expected)
}

fn lists_verify(operations: &Value<'_>) -> bool {
    match operations {
        Value::List(list) => list
            .iter()
            .any(|operation| operation.as_text() == Some("verify")),
        _ => false,
    }
}

fn number(entry: &Object<'_>, name: &'static str) -> Result<Vec<u8>, SkipReason> {
    let text = entry.get(name).and_then(Value::as_text);
    text.and_then(|text| base64url::decode(text).ok())
        .ok_or(SkipReason::NumberInvalid(name))
}
