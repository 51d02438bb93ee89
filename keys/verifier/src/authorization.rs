//! Takes the token out of the `Authorization` header (RFC 6750 §2.1): never out of the query or
//! the body, where tokens end up in logs.

use http::HeaderMap;
use http::header::AUTHORIZATION;

/// What a request presents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presented<'a> {
    /// No `Authorization`, or one of another scheme.
    Nothing,
    /// What follows the scheme `Bearer`. Not looked at: most of the time it is a token that is known.
    Credentials(&'a [u8]),
    /// More than one `Authorization` header.
    Ambiguous,
}

/// Reads the `Authorization` header.
pub(crate) fn presented(headers: &HeaderMap) -> Presented<'_> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Presented::Nothing;
    };
    if values.next().is_some() {
        return Presented::Ambiguous;
    }
    bearer(value.as_bytes())
}

/// `Bearer` in any case and one or more spaces, before what is presented (RFC 9110 §11.4).
fn bearer(credentials: &[u8]) -> Presented<'_> {
    let scheme_ends = credentials.iter().position(|&byte| byte == b' ');
    let (scheme, rest) = credentials.split_at(scheme_ends.unwrap_or(credentials.len()));
    if !scheme.eq_ignore_ascii_case(b"Bearer") {
        return Presented::Nothing;
    }
    let spaces = rest.iter().take_while(|&&byte| byte == b' ').count();
    Presented::Credentials(&rest[spaces..])
}

/// Whether these credentials are a token and nothing more:
/// `1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`.
pub(crate) fn is_b64token(bytes: &[u8]) -> bool {
    let padding = bytes.iter().rev().take_while(|&&byte| byte == b'=').count();
    let body = &bytes[..bytes.len() - padding];
    !body.is_empty() && body.iter().fold(true, |fit, &byte| fit & is_body(byte))
}

/// Whether a token may have this byte before its padding. Without branches, and asked of all bytes
/// without stopping, so that the compiler looks at sixteen at once.
#[expect(
    clippy::needless_bitwise_bool,
    reason = "a branch for each byte costs more"
)]
const fn is_body(byte: u8) -> bool {
    let is_letter = (byte | 0x20).wrapping_sub(b'a') < 26;
    let is_between_minus_and_nine = byte.wrapping_sub(b'-') <= b'9' - b'-';
    is_letter | is_between_minus_and_nine | (byte == b'_') | (byte == b'~') | (byte == b'+')
}

#[cfg(test)]
mod tests;
