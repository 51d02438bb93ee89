//! Why a token is refused: one variant for each check.

/// The reason a token was refused. `Display` is for the operator's log; a caller is told no more
/// than `invalid_token` (RFC 6750 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Rejection {
    /// Over [`crate::MAX_TOKEN_BYTES`].
    #[error("the token is over 8 KiB")]
    TooLarge,
    /// Not `header.claims.signature`, the compact serialisation of RFC 7515 §3.1.
    #[error("the token is not three non-empty parts with dots between")]
    Malformed,
    /// A part is not canonical base64url without padding (RFC 7515 §2).
    #[error("a part of the token is not canonical base64url")]
    BadBase64,
    /// The header or the claims are not one JSON object.
    #[error("the header or the claims are not one JSON object")]
    BadJson,
    /// Arrays and objects nested deeper than a token has any use for.
    #[error("the header or the claims are nested too deep")]
    TooDeep,
    /// A member name twice in one object (RFC 7515 §4, RFC 7519 §4).
    #[error("a member name occurs twice in one object")]
    DuplicateMember,
    /// `alg` is not `RS256`.
    #[error("alg is not RS256")]
    AlgNotAllowed,
    /// `typ` is neither `at+jwt` nor `application/at+jwt` (RFC 9068 §4).
    #[error("typ is not at+jwt")]
    TypNotAllowed,
    /// There is no `kid`.
    #[error("kid is missing")]
    KidMissing,
    /// `kid` is not 1 to 256 visible ASCII characters.
    #[error("kid is not 1 to 256 visible characters")]
    KidInvalid,
    /// There is a `crit`: no extension is understood here (RFC 7515 §4.1.11).
    #[error("crit is present")]
    CritPresent,
    /// A header member that changes what is signed or encoded: `b64`, `zip`, `enc`.
    #[error("the header asks for {0}, which is not supported")]
    HeaderNotSupported(&'static str),
    /// No key of the set has this `kid`.
    #[error("no key of the set has the token's kid")]
    UnknownKey,
    /// The signature is not the key's over header and claims.
    #[error("the signature does not verify")]
    BadSignature,
    /// A required claim is not there.
    #[error("the claim {0} is missing")]
    ClaimMissing(&'static str),
    /// A claim is of the wrong type or outside its range.
    #[error("the claim {0} is of the wrong type or out of range")]
    ClaimInvalid(&'static str),
    /// `iss` is not the issuer demanded.
    #[error("iss is another issuer")]
    IssuerMismatch,
    /// `aud` does not contain the audience demanded.
    #[error("aud does not contain this audience")]
    AudienceMismatch,
    /// `exp` is not after `iat`.
    #[error("exp is not after iat")]
    LifeNotPositive,
    /// `exp − iat` is over the policy's longest life.
    #[error("exp - iat is over the longest life allowed")]
    LifeTooLong,
    /// `iat` is in the future by more than the leeway.
    #[error("iat is in the future")]
    IssuedInFuture,
    /// `nbf` is in the future by more than the leeway.
    #[error("nbf is in the future")]
    NotYetValid,
    /// `exp` has passed by the leeway or more.
    #[error("exp has passed")]
    Expired,
}

impl Rejection {
    /// A stable name for logs and metrics, in `snake_case`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::Malformed => "malformed",
            Self::BadBase64 => "bad_base64",
            Self::BadJson => "bad_json",
            Self::TooDeep => "too_deep",
            Self::DuplicateMember => "duplicate_member",
            Self::AlgNotAllowed => "alg_not_allowed",
            Self::TypNotAllowed => "typ_not_allowed",
            Self::KidMissing => "kid_missing",
            Self::KidInvalid => "kid_invalid",
            Self::CritPresent => "crit_present",
            Self::HeaderNotSupported(_) => "header_not_supported",
            Self::UnknownKey => "unknown_key",
            Self::BadSignature => "bad_signature",
            Self::ClaimMissing(_) => "claim_missing",
            Self::ClaimInvalid(_) => "claim_invalid",
            Self::IssuerMismatch => "issuer_mismatch",
            Self::AudienceMismatch => "audience_mismatch",
            Self::LifeNotPositive => "life_not_positive",
            Self::LifeTooLong => "life_too_long",
            Self::IssuedInFuture => "issued_in_future",
            Self::NotYetValid => "not_yet_valid",
            Self::Expired => "expired",
        }
    }
}
