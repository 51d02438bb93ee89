//! Claims, all of them signed by the known issuer: what is left to catch when an issuer errs, or
//! signs for another audience, another time or another use.

use super::{Row, row};
use crate::accepted::with_claim;
use crate::issuer::{GOOD_CLAIMS, KNOWN, encode};

pub(super) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for (claim, value, code) in VALUES {
        rows.push(signed(&with_claim(claim, Some(value)), code));
    }
    for claim in ["iss", "sub", "aud", "iat", "exp"] {
        rows.push(signed(&with_claim(claim, None), "claim_missing"));
    }
    for claim in ["jti", "client_id", "scope", "name", "sid"] {
        for value in ["null", "7", "true", r#"["x"]"#, r#"{"x":"y"}"#] {
            rows.push(signed(&with_claim(claim, Some(value)), "claim_invalid"));
        }
    }
    for (member, code) in MEMBERS {
        rows.push(signed(
            &GOOD_CLAIMS.replacen('{', &format!("{{{member},"), 1),
            code,
        ));
    }
    rows.extend(
        TIMES
            .iter()
            .map(|(times, code)| signed(&with_times(times), code)),
    );
    rows.extend(WHOLE.iter().map(|(claims, code)| signed(claims, code)));
    rows.extend(bytes_and_sizes());
    rows
}

/// Values of one claim; all others are good.
const VALUES: &[(&str, &str, &str)] = &[
    ("iss", "null", "claim_invalid"),
    ("iss", "1", "claim_invalid"),
    ("iss", "true", "claim_invalid"),
    ("iss", r#"["https://auth.example.com"]"#, "claim_invalid"),
    (
        "iss",
        r#"{"iss":"https://auth.example.com"}"#,
        "claim_invalid",
    ),
    ("iss", r#""""#, "issuer_mismatch"),
    ("iss", r#""https://auth.example.com/""#, "issuer_mismatch"),
    ("iss", r#""http://auth.example.com""#, "issuer_mismatch"),
    ("iss", r#""HTTPS://auth.example.com""#, "issuer_mismatch"),
    ("iss", r#""https://Auth.example.com""#, "issuer_mismatch"),
    (
        "iss",
        r#""https://auth.example.com:443""#,
        "issuer_mismatch",
    ),
    ("iss", r#""https://auth.example.com.""#, "issuer_mismatch"),
    (
        "iss",
        r#""https://auth.example.com.evil.example""#,
        "issuer_mismatch",
    ),
    (
        "iss",
        r#""https://auth.example.com@evil.example""#,
        "issuer_mismatch",
    ),
    (
        "iss",
        r#""https://evil.example/https://auth.example.com""#,
        "issuer_mismatch",
    ),
    ("iss", r#""https://auth.example.com?""#, "issuer_mismatch"),
    ("iss", r#""https://auth.example.com#""#, "issuer_mismatch"),
    ("iss", r#""https://auth.example.com ""#, "issuer_mismatch"),
    (
        "iss",
        r#""https://auth.example.com\u0000""#,
        "issuer_mismatch",
    ),
    (
        "iss",
        r#""https://auth.example.com\u200b""#,
        "issuer_mismatch",
    ),
    ("iss", r#""https://auth。example。com""#, "issuer_mismatch"),
    ("iss", r#""https://аuth.example.com""#, "issuer_mismatch"),
    ("iss", r#""auth.example.com""#, "issuer_mismatch"),
    ("iss", r#""https://auth.example.co""#, "issuer_mismatch"),
    ("sub", "null", "claim_invalid"),
    ("sub", "1", "claim_invalid"),
    ("sub", "true", "claim_invalid"),
    ("sub", r#"["jack"]"#, "claim_invalid"),
    ("sub", r#"{"sub":"jack"}"#, "claim_invalid"),
    ("sub", r#""""#, "claim_invalid"),
    ("sub", r#""jack\u0000""#, "claim_invalid"),
    ("sub", r#""jack\nrobert""#, "claim_invalid"),
    ("sub", r#""jack\u007f""#, "claim_invalid"),
    ("sub", r#""jack\u0085""#, "claim_invalid"),
    ("aud", "null", "claim_invalid"),
    ("aud", "1", "claim_invalid"),
    ("aud", "true", "claim_invalid"),
    ("aud", r#"{"aud":"posts"}"#, "claim_invalid"),
    ("aud", r#"["posts",1]"#, "claim_invalid"),
    ("aud", r#"[null,"posts"]"#, "claim_invalid"),
    ("aud", r#"[["posts"]]"#, "claim_invalid"),
    ("aud", "[]", "audience_mismatch"),
    ("aud", r#""""#, "audience_mismatch"),
    ("aud", r#"["",""]"#, "audience_mismatch"),
    ("aud", r#"["auth","billing"]"#, "audience_mismatch"),
    ("aud", r#""post""#, "audience_mismatch"),
    ("aud", r#""postss""#, "audience_mismatch"),
    ("aud", r#""Posts""#, "audience_mismatch"),
    ("aud", r#""POSTS""#, "audience_mismatch"),
    ("aud", r#"" posts""#, "audience_mismatch"),
    ("aud", r#""posts ""#, "audience_mismatch"),
    ("aud", r#""posts/""#, "audience_mismatch"),
    ("aud", r#""posts,auth""#, "audience_mismatch"),
    ("aud", r#""posts auth""#, "audience_mismatch"),
    ("aud", r#""*""#, "audience_mismatch"),
    ("aud", r#""%70osts""#, "audience_mismatch"),
    ("aud", r#""posts\u0000""#, "audience_mismatch"),
    ("aud", r#""posts\u200b""#, "audience_mismatch"),
    ("aud", r#""роsts""#, "audience_mismatch"),
    ("aud", r#""ｐosts""#, "audience_mismatch"),
    ("aud", r#""po\u0301sts""#, "audience_mismatch"),
    ("exp", "null", "claim_invalid"),
    ("exp", "true", "claim_invalid"),
    ("exp", r#""1700000900""#, "claim_invalid"),
    ("exp", "[1700000900]", "claim_invalid"),
    ("exp", r#"{"exp":1700000900}"#, "claim_invalid"),
    ("exp", "1700000900.0", "claim_invalid"),
    ("exp", "1700000900.5", "claim_invalid"),
    ("exp", "1.7000009e9", "claim_invalid"),
    ("exp", "-1", "claim_invalid"),
    ("exp", "-0", "claim_invalid"),
    ("exp", "-1700000900", "claim_invalid"),
    ("exp", "-9223372036854775808", "claim_invalid"),
    ("exp", "253402300800", "claim_invalid"),
    ("exp", "1700000900000", "claim_invalid"),
    ("exp", "9223372036854775807", "claim_invalid"),
    ("exp", "9223372036854775808", "claim_invalid"),
    ("exp", "18446744073709551616", "claim_invalid"),
    ("exp", "1e300", "claim_invalid"),
    ("exp", "1e400", "bad_json"),
    ("exp", "NaN", "bad_json"),
    ("exp", "Infinity", "bad_json"),
    ("exp", "-Infinity", "bad_json"),
    ("exp", "0x6553f484", "bad_json"),
    ("exp", "01700000900", "bad_json"),
    ("exp", "253402300799", "life_too_long"),
    ("exp", "1700003601", "life_too_long"),
    ("exp", "1700000000", "life_not_positive"),
    ("exp", "1699999999", "life_not_positive"),
    ("exp", "0", "life_not_positive"),
    ("iat", "null", "claim_invalid"),
    ("iat", r#""1700000000""#, "claim_invalid"),
    ("iat", "1700000000.0", "claim_invalid"),
    ("iat", "1700000000.25", "claim_invalid"),
    ("iat", "-1", "claim_invalid"),
    ("iat", "1700000000000", "claim_invalid"),
    ("iat", "[1700000000]", "claim_invalid"),
    ("iat", "false", "claim_invalid"),
    ("iat", "0", "life_too_long"),
    ("iat", "1700000031", "issued_in_future"),
    ("nbf", "null", "claim_invalid"),
    ("nbf", r#""1700000000""#, "claim_invalid"),
    ("nbf", "1700000000.5", "claim_invalid"),
    ("nbf", "-1", "claim_invalid"),
    ("nbf", "true", "claim_invalid"),
    ("nbf", "[1700000000]", "claim_invalid"),
    ("nbf", "1700000000000", "claim_invalid"),
    ("nbf", "1700000031", "not_yet_valid"),
    ("nbf", "253402300799", "not_yet_valid"),
    ("scope", r#""posts:read  posts:write""#, "claim_invalid"),
    ("scope", r#"" posts:read""#, "claim_invalid"),
    ("scope", r#""posts:read ""#, "claim_invalid"),
    ("scope", r#"" ""#, "claim_invalid"),
    ("scope", r#""posts:read\tposts:write""#, "claim_invalid"),
    ("scope", r#""posts:read\nposts:write""#, "claim_invalid"),
    ("scope", r#""posts:read\u00a0posts:write""#, "claim_invalid"),
    ("scope", r#""posts\"read""#, "claim_invalid"),
    ("scope", r#""posts\\read""#, "claim_invalid"),
    ("scope", r#""pоsts:read""#, "claim_invalid"),
];

/// Members put before the good claims.
const MEMBERS: &[(&str, &str)] = &[
    (r#""sub":"robert""#, "duplicate_member"),
    (r#""sub":"jack""#, "duplicate_member"),
    (r#""s\u0075b":"robert""#, "duplicate_member"),
    (r#""exp":1700000900"#, "duplicate_member"),
    (r#""aud":"auth""#, "duplicate_member"),
    (r#""x":1,"x":2"#, "duplicate_member"),
    (r#""x":{"y":1,"y":1}"#, "duplicate_member"),
    (r#""x":[[{"y":1,"z":2,"y":3}]]"#, "duplicate_member"),
    (r#""x":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]"#, "too_deep"),
    (r#""x":NaN"#, "bad_json"),
    (r#""x":"\udc00\ud800""#, "bad_json"),
];

/// `iat` and `exp` together, around a leeway of 30 s.
const TIMES: &[((i64, i64), &str)] = &[
    ((1_699_999_070, 1_699_999_970), "expired"),
    ((1_699_999_069, 1_699_999_969), "expired"),
    ((0, 1), "expired"),
    ((1_700_000_031, 1_700_000_931), "issued_in_future"),
    ((253_402_300_798, 253_402_300_799), "issued_in_future"),
    ((1_700_000_900, 1_700_000_000), "life_not_positive"),
    ((1_699_996_300, 1_700_000_001), "life_too_long"),
];

const WHOLE: &[(&str, &str)] = &[
    ("", "bad_json"),
    (" ", "bad_json"),
    ("{", "bad_json"),
    ("[]", "bad_json"),
    ("null", "bad_json"),
    ("0", "bad_json"),
    (r#""jack""#, "bad_json"),
    ("{} {}", "bad_json"),
    ("{}\0", "bad_json"),
    ("\u{feff}{}", "bad_json"),
    ("{}", "claim_missing"),
    (
        r#"{"claims":{"iss":"https://auth.example.com","sub":"jack"}}"#,
        "claim_missing",
    ),
    ("<xml/>", "bad_json"),
];

fn with_times((iat, exp): &(i64, i64)) -> String {
    GOOD_CLAIMS
        .replace(
            r#""iat":1700000000,"nbf":1700000000"#,
            &format!(r#""iat":{iat}"#),
        )
        .replace(r#""exp":1700000900"#, &format!(r#""exp":{exp}"#))
}

fn bytes_and_sizes() -> Vec<Row> {
    let header = encode(KNOWN.good_header());
    let latin1 = encode(b"{\"iss\":\"https://auth.example.com\",\"sub\":\"j\xe4ck\"}");
    let overlong = encode(b"{\"sub\":\"\xc0\xaf\"}");
    let long_subject = with_claim("sub", Some(&format!(r#""{}""#, "x".repeat(257))));
    let wide_subject = with_claim("sub", Some(&format!(r#""{}""#, "ä".repeat(129))));
    let long = with_claim("x", Some(&format!(r#""{}""#, "x".repeat(8192))));
    vec![
        row("Latin-1", KNOWN.sign_parts(&header, &latin1), "bad_json"),
        row(
            "overlong UTF-8",
            KNOWN.sign_parts(&header, &overlong),
            "bad_json",
        ),
        row(
            "a token in the token",
            KNOWN.token(&KNOWN.good_header(), &KNOWN.good_token()),
            "bad_json",
        ),
        signed(&long_subject, "claim_invalid"),
        signed(&wide_subject, "claim_invalid"),
        signed(&long, "too_large"),
    ]
}

fn signed(claims: &str, code: &'static str) -> Row {
    row(claims, KNOWN.token(&KNOWN.good_header(), claims), code)
}
