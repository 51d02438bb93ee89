//! The verification of an access token: size, parts, header, signature, claims, policy.

use memchr::memchr_iter;

use crate::strict_json::{JsonError, Object, Value};
use crate::{Claims, KeySet, Kid, Policy, PublicKey, Rejection, Timestamp, base64url, header};

/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// Verifies `token` with the key of `keys` that it names.
///
/// # Errors
/// The first check that failed, [`Rejection::UnknownKey`] when no key has the token's `kid`.
pub fn verify(
    token: &str,
    keys: &KeySet,
    policy: &Policy,
    now: Timestamp,
) -> Result<Claims, Rejection> {
    let token = UnverifiedToken::parse(token)?;
    let key = keys
        .find(token.unverified_kid())
        .ok_or(Rejection::UnknownKey)?;
    token.verify(key, policy, now)
}

/// A token whose size, shape and header are in order. Nothing it says is to be believed.
#[derive(Clone, Debug)]
pub struct UnverifiedToken<'a> {
    kid: Kid,
    header: &'a [u8],
    /// Header and claims with the dot between (RFC 7515 §2, JWS Signing Input).
    signed: &'a [u8],
    claims: &'a [u8],
    signature: &'a [u8],
}

/// The header of a token, which was found in order, and the key that it asks for.
#[derive(Clone, Debug)]
pub struct CheckedHeader {
    text: Box<[u8]>,
    kid: Kid,
}

impl<'a> UnverifiedToken<'a> {
    /// Checks the size, the three parts and the header.
    ///
    /// # Errors
    /// The first check that failed.
    pub fn parse(token: &'a str) -> Result<Self, Rejection> {
        Self::parse_knowing(token.as_bytes(), None)
    }

    /// As [`UnverifiedToken::parse`], with a header that need not be read again: the tokens that
    /// one key signs tend to begin with the same. Bytes that are no text are no base64url either.
    ///
    /// # Errors
    /// The same.
    pub fn parse_knowing(
        token: &'a [u8],
        known: Option<&CheckedHeader>,
    ) -> Result<Self, Rejection> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Rejection::TooLarge);
        }
        let mut dots = memchr_iter(b'.', token);
        let (Some(first), Some(second), None) = (dots.next(), dots.next(), dots.next()) else {
            return Err(Rejection::Malformed);
        };
        let (signed, signature) = (&token[..second], &token[second + 1..]);
        let (header, claims) = (&signed[..first], &signed[first + 1..]);
        let kid = match known {
            Some(known) if *known.text == *header => known.kid.clone(),
            _ => header::check(header)?,
        };
        Ok(Self {
            kid,
            header,
            signed,
            claims,
            signature,
        })
    }

    /// The id of the key that the token claims to be signed with.
    #[must_use]
    pub fn unverified_kid(&self) -> &str {
        self.kid.as_str()
    }

    /// The header, for [`UnverifiedToken::parse_knowing`]; that it was checked says nothing of the
    /// token's signature.
    #[must_use]
    pub fn checked_header(&self) -> CheckedHeader {
        CheckedHeader {
            text: self.header.into(),
            kid: self.kid.clone(),
        }
    }

    /// Whether the token begins with this header.
    #[must_use]
    pub fn begins_with(&self, header: &CheckedHeader) -> bool {
        self.header == &*header.text
    }

    /// The issuer that the token claims to be from: good for choosing a key set, for nothing else.
    #[must_use]
    pub fn unverified_issuer(&self) -> Option<String> {
        let json = base64url::decode(self.claims).ok()?;
        let claims = Object::parse(&json).ok()?;
        claims
            .get("iss")
            .and_then(Value::as_text)
            .map(str::to_owned)
    }

    /// Verifies the signature, then reads the claims and holds them to `policy`.
    ///
    /// # Errors
    /// The first check that failed.
    pub fn verify(
        &self,
        key: &PublicKey,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<Claims, Rejection> {
        let mut part = Vec::with_capacity(self.claims.len().max(self.signature.len()));
        base64url::decode_into(&mut part, self.signature).map_err(|_| Rejection::BadBase64)?;
        if !key.verify(self.signed, &part) {
            return Err(Rejection::BadSignature);
        }
        base64url::decode_into(&mut part, self.claims).map_err(|_| Rejection::BadBase64)?;
        let claims = Claims::read(&Object::parse(&part)?)?;
        policy.check(&claims, now)?;
        Ok(claims)
    }
}

impl From<JsonError> for Rejection {
    fn from(error: JsonError) -> Self {
        match error {
            JsonError::NotAnObject => Self::BadJson,
            JsonError::TooDeep => Self::TooDeep,
            JsonError::DuplicateMember => Self::DuplicateMember,
        }
    }
}
