//! Takes the token out of the `Authorization` header (RFC 6750 §2.1): never out of the query or
//! the body, where tokens end up in logs.

use http::HeaderMap;
use http::header::AUTHORIZATION;

/// What a request presents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presented<'a> {
    /// No `Authorization`, or one of another scheme.
    Nothing,
    /// A bearer token, of the right characters and nothing more.
    Token(&'a str),
    /// The scheme is `Bearer`, and what follows is no `b64token`.
    NoToken,
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

/// `Bearer` in any case, one or more spaces, a `b64token` (RFC 9110 §11.4).
fn bearer(credentials: &[u8]) -> Presented<'_> {
    let scheme_ends = credentials.iter().position(|&byte| byte == b' ');
    let (scheme, rest) = credentials.split_at(scheme_ends.unwrap_or(credentials.len()));
    if !scheme.eq_ignore_ascii_case(b"Bearer") {
        return Presented::Nothing;
    }
    let spaces = rest.iter().take_while(|&&byte| byte == b' ').count();
    b64token(&rest[spaces..]).map_or(Presented::NoToken, Presented::Token)
}

/// `1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`.
fn b64token(bytes: &[u8]) -> Option<&str> {
    let padding = bytes.iter().rev().take_while(|&&byte| byte == b'=').count();
    let body = &bytes[..bytes.len() - padding];
    let fits = !body.is_empty() && body.iter().all(|&byte| IS_BODY[usize::from(byte)]);
    fits.then(|| std::str::from_utf8(bytes).ok())?
}

/// Which bytes a token may have before its padding. A table, because this looks at every byte of
/// every request's token: asked one by one, it cost more than the hash of the token.
const IS_BODY: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < table.len() {
        #[expect(clippy::cast_possible_truncation, reason = "counts to 255")]
        let character = byte as u8;
        table[byte] = character.is_ascii_alphanumeric()
            || matches!(character, b'-' | b'.' | b'_' | b'~' | b'+' | b'/');
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests;
