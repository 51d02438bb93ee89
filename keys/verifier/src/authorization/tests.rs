use http::HeaderValue;
use proptest::prelude::*;

use super::*;

/// A header, what of it is taken for credentials, and whether those are a token.
type Row<'a> = (&'a [u8], Option<&'a [u8]>, bool);

#[test]
fn one_bearer_token_and_nothing_else_is_taken() {
    let table: [Row<'_>; 24] = [
        (b"Bearer abc", Some(b"abc"), true),
        (b"bearer abc", Some(b"abc"), true),
        (b"BEARER   abc", Some(b"abc"), true),
        (b"Bearer aZ09-._~+/==", Some(b"aZ09-._~+/=="), true),
        (b"", None, false),
        (b" Bearer abc", None, false),
        (b"Basic YTpi", None, false),
        (b"DPoP abc", None, false),
        (b"Bearerabc", None, false),
        (b"Bearers abc", None, false),
        (b"Bearer\tabc", None, false),
        (b"Bearer", Some(b""), false),
        (b"Bearer ", Some(b""), false),
        (b"Bearer =", Some(b"="), false),
        (b"Bearer ==", Some(b"=="), false),
        (b"Bearer a=b", Some(b"a=b"), false),
        (b"Bearer abc def", Some(b"abc def"), false),
        (b"Bearer abc ", Some(b"abc "), false),
        (b"Bearer abc,Bearer abc", Some(b"abc,Bearer abc"), false),
        (b"Bearer abc, Basic YTpi", Some(b"abc, Basic YTpi"), false),
        (b"Bearer \"abc\"", Some(b"\"abc\""), false),
        (b"Bearer \tabc", Some(b"\tabc"), false),
        (b"Bearer \xff\xfe", Some(b"\xff\xfe"), false),
        ("Bearer äbc".as_bytes(), Some("äbc".as_bytes()), false),
    ];
    for (value, credentials, is_token) in table {
        let value = HeaderValue::from_bytes(value).unwrap();
        let headers = HeaderMap::from_iter([(AUTHORIZATION, value)]);
        let expected = credentials.map_or(Presented::Nothing, Presented::Credentials);
        assert_eq!(presented(&headers), expected, "{headers:?}");
        assert_eq!(
            credentials.is_some_and(is_b64token),
            is_token,
            "{headers:?}"
        );
    }
}

#[test]
fn a_token_is_of_the_characters_that_rfc_6750_names() {
    for byte in 0..=255_u8 {
        let named = byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
        assert_eq!(is_body(byte), named, "{byte:#x}");
    }
}

#[test]
fn no_header_is_nothing_and_two_are_ambiguous_even_when_equal() {
    let mut headers = HeaderMap::new();
    assert_eq!(presented(&headers), Presented::Nothing);
    headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer abc"));
    headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer abc"));
    assert_eq!(presented(&headers), Presented::Ambiguous);
}

proptest! {
    #[test]
    fn whatever_is_sent_a_token_is_exactly_what_follows_the_scheme(
        value in "([Bb]earer )?[ -~\u{80}-\u{ff}]{0,40}",
    ) {
        let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) else { return Ok(()) };
        let headers = HeaderMap::from_iter([(AUTHORIZATION, value.clone())]);
        let Presented::Credentials(credentials) = presented(&headers) else { return Ok(()) };
        if is_b64token(credentials) {
            prop_assert!(credentials.iter().all(u8::is_ascii_graphic));
            let sent = value.to_str().unwrap();
            let follows = sent.get(7..).map(|rest| rest.trim_start().as_bytes());
            prop_assert_eq!(follows, Some(credentials));
        }
    }
}
