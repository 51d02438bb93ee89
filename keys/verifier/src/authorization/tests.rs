use http::HeaderValue;
use proptest::prelude::*;

use super::*;

#[test]
fn one_bearer_token_and_nothing_else_is_taken() {
    let table: [(&[u8], Presented<'_>); 24] = [
        (b"Bearer abc", Presented::Token("abc")),
        (b"bearer abc", Presented::Token("abc")),
        (b"BEARER   abc", Presented::Token("abc")),
        (b"Bearer aZ09-._~+/==", Presented::Token("aZ09-._~+/==")),
        (b"", Presented::Nothing),
        (b" Bearer abc", Presented::Nothing),
        (b"Basic YTpi", Presented::Nothing),
        (b"DPoP abc", Presented::Nothing),
        (b"Bearerabc", Presented::Nothing),
        (b"Bearers abc", Presented::Nothing),
        (b"Bearer\tabc", Presented::Nothing),
        (b"Bearer", Presented::NoToken),
        (b"Bearer ", Presented::NoToken),
        (b"Bearer =", Presented::NoToken),
        (b"Bearer ==", Presented::NoToken),
        (b"Bearer a=b", Presented::NoToken),
        (b"Bearer abc def", Presented::NoToken),
        (b"Bearer abc ", Presented::NoToken),
        (b"Bearer abc,Bearer abc", Presented::NoToken),
        (b"Bearer abc, Basic YTpi", Presented::NoToken),
        (b"Bearer \"abc\"", Presented::NoToken),
        (b"Bearer \tabc", Presented::NoToken),
        (b"Bearer \xff\xfe", Presented::NoToken),
        ("Bearer äbc".as_bytes(), Presented::NoToken),
    ];
    for (value, expected) in table {
        let value = HeaderValue::from_bytes(value).unwrap();
        let headers = HeaderMap::from_iter([(AUTHORIZATION, value)]);
        assert_eq!(presented(&headers), expected, "{headers:?}");
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
        if let Presented::Token(token) = presented(&headers) {
            prop_assert!(token.bytes().all(|byte| byte.is_ascii_graphic()));
            let sent = value.to_str().unwrap();
            prop_assert_eq!(sent.get(7..).map(str::trim_start), Some(token));
        }
    }
}
