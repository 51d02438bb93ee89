//! The good token, and variations of it that the standards allow.

use token::{Claims, Timestamp, verify};

use crate::issuer::{GOOD_CLAIMS, KNOWN, NOW, now, policy};

#[test]
fn a_good_token_gives_its_claims() {
    let claims = verify(&KNOWN.good_token(), &KNOWN.keys(), &policy(), now()).unwrap();
    let expected = Claims {
        issuer: "https://auth.example.com".into(),
        subject: "jack".into(),
        audience: vec!["posts".into()],
        issued_at: Timestamp::from_unix_seconds(NOW),
        not_before: Some(Timestamp::from_unix_seconds(NOW)),
        expires_at: Timestamp::from_unix_seconds(NOW + 900),
        token_id: Some("0190-a".into()),
        client_id: Some("cli".into()),
        scope: "posts:read posts:write".parse().unwrap(),
        name: Some("Jack".into()),
        session_id: Some("s1".into()),
    };
    assert_eq!(claims, expected);
}

/// Headers that a good issuer may write; `KID` stands for the key's id.
const HEADERS: &[(&str, &str)] = &[
    (
        "the long media type",
        r#"{"alg":"RS256","typ":"application/at+jwt","kid":"KID"}"#,
    ),
    (
        "a media type in capitals",
        r#"{"alg":"RS256","typ":"AT+JWT","kid":"KID"}"#,
    ),
    (
        "white space",
        " {\n\"kid\" : \"KID\",\t\"typ\":\"at+jwt\", \"alg\":\"RS256\" }\r\n",
    ),
    (
        "an escaped member name",
        r#"{"\u0061lg":"RS256","typ":"at+jwt","kid":"KID"}"#,
    ),
    (
        "a member nobody knows",
        r#"{"alg":"RS256","typ":"at+jwt","kid":"KID","x5t":"abc"}"#,
    ),
    (
        "sixteen levels",
        r#"{"alg":"RS256","typ":"at+jwt","kid":"KID","x":[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]}"#,
    ),
];

#[test]
fn headers_that_a_good_issuer_may_write_are_accepted() {
    for (name, header) in HEADERS {
        let token = KNOWN.token(&header.replace("KID", KNOWN.kid()), GOOD_CLAIMS);
        let verdict = verify(&token, &KNOWN.keys(), &policy(), now());
        assert!(verdict.is_ok(), "{name}: {verdict:?}");
    }
}

/// Values that a claim of the good token may take instead; `None` leaves the claim out.
const CLAIMS: &[(&str, &str, Option<&str>)] = &[
    (
        "one audience of several",
        "aud",
        Some(r#"["other","posts"]"#),
    ),
    ("no nbf", "nbf", None),
    ("no jti", "jti", None),
    ("no client_id", "client_id", None),
    ("no scope", "scope", None),
    ("an empty scope", "scope", Some(r#""""#)),
    ("no name", "name", None),
    ("a name in any script", "name", Some(r#""ジャック 🦊""#)),
    ("no sid", "sid", None),
    ("a subject of one byte", "sub", Some(r#""x""#)),
    (
        "an iat at the edge of the leeway",
        "iat",
        Some("1700000030"),
    ),
    (
        "an nbf at the edge of the leeway",
        "nbf",
        Some("1700000030"),
    ),
    ("an exp at the longest life", "exp", Some("1700003600")),
    ("a life of one second", "exp", Some("1700000001")),
    (
        "an array nobody knows",
        "groups",
        Some(r#"["a",{"b":[1.5,null,true]}]"#),
    ),
];

#[test]
fn claims_that_a_good_issuer_may_write_are_accepted() {
    for (name, claim, value) in CLAIMS {
        let token = KNOWN.token(&KNOWN.good_header(), &with_claim(claim, *value));
        let verdict = verify(&token, &KNOWN.keys(), &policy(), now());
        assert!(verdict.is_ok(), "{name}: {verdict:?}");
    }
}

/// The good claims with one of them replaced, added or left out.
pub(crate) fn with_claim(claim: &str, value: Option<&str>) -> String {
    let mut claims: serde_json::Map<_, _> = serde_json::from_str(GOOD_CLAIMS).unwrap();
    claims.remove(claim);
    let rest = serde_json::to_string(&claims).unwrap();
    match value {
        Some(value) => rest.replacen('{', &format!(r#"{{"{claim}":{value},"#), 1),
        None => rest,
    }
}

#[test]
fn a_subject_of_256_bytes_is_accepted() {
    let subject = format!(r#""{}""#, "x".repeat(256));
    let token = KNOWN.token(&KNOWN.good_header(), &with_claim("sub", Some(&subject)));
    assert!(verify(&token, &KNOWN.keys(), &policy(), now()).is_ok());
}

#[test]
fn claims_in_any_number_are_accepted_while_each_is_there_once() {
    for count in [0, 5, 6, 7, 400] {
        let claims = GOOD_CLAIMS.replacen('{', &format!("{{{}", crowd(count)), 1);
        let token = KNOWN.token(&KNOWN.good_header(), &claims);
        let verdict = verify(&token, &KNOWN.keys(), &policy(), now());
        assert!(verdict.is_ok(), "{count}: {verdict:?}");
    }
}

/// So many members that nobody knows, each with a comma after it.
pub(crate) fn crowd(count: usize) -> String {
    let members: Vec<_> = (0..count).map(|n| format!(r#""m{n}":{n},"#)).collect();
    members.concat()
}
