//! Headers: algorithm confusion, types, key ids, keys and extensions smuggled in, bad JSON.

use super::{Row, row};
use crate::accepted::crowd;
use crate::issuer::{GOOD_CLAIMS, KNOWN, STRANGER};

pub(super) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for (alg, code) in ALGORITHMS {
        rows.push(signed(
            &format!(r#"{{"alg":{alg},"typ":"at+jwt","kid":"KID"}}"#),
            code,
        ));
    }
    for typ in TYPES {
        let header = format!(r#"{{"alg":"RS256","typ":{typ},"kid":"KID"}}"#);
        rows.push(signed(&header, "typ_not_allowed"));
    }
    for (kid, code) in KEY_IDS {
        rows.push(signed(
            &format!(r#"{{"alg":"RS256","typ":"at+jwt","kid":{kid}}}"#),
            code,
        ));
    }
    for (member, code) in MEMBERS {
        let header = format!(r#"{{"alg":"RS256","typ":"at+jwt","kid":"KID",{member}}}"#);
        rows.push(signed(&header, code));
    }
    rows.extend(WHOLE.iter().map(|(header, code)| signed(header, code)));
    rows.extend(long_and_deep());
    rows.extend(KEYS.iter().flat_map(|member| smuggled_key(member)));
    rows
}

const ALGORITHMS: &[(&str, &str)] = &[
    (r#""none""#, "alg_not_allowed"),
    (r#""None""#, "alg_not_allowed"),
    (r#""NONE""#, "alg_not_allowed"),
    (r#""nOnE""#, "alg_not_allowed"),
    (r#""HS256""#, "alg_not_allowed"),
    (r#""HS384""#, "alg_not_allowed"),
    (r#""HS512""#, "alg_not_allowed"),
    (r#""RS384""#, "alg_not_allowed"),
    (r#""RS512""#, "alg_not_allowed"),
    (r#""PS256""#, "alg_not_allowed"),
    (r#""PS384""#, "alg_not_allowed"),
    (r#""PS512""#, "alg_not_allowed"),
    (r#""ES256""#, "alg_not_allowed"),
    (r#""ES384""#, "alg_not_allowed"),
    (r#""ES512""#, "alg_not_allowed"),
    (r#""ES256K""#, "alg_not_allowed"),
    (r#""EdDSA""#, "alg_not_allowed"),
    (r#""RS1""#, "alg_not_allowed"),
    (r#""RSA-OAEP""#, "alg_not_allowed"),
    (r#""dir""#, "alg_not_allowed"),
    (r#""""#, "alg_not_allowed"),
    (r#""rs256""#, "alg_not_allowed"),
    (r#"" RS256""#, "alg_not_allowed"),
    (r#""RS256 ""#, "alg_not_allowed"),
    (r#""RS256\u0000""#, "alg_not_allowed"),
    (r#""RS256,none""#, "alg_not_allowed"),
    (r#""ＲＳ２５６""#, "alg_not_allowed"),
    (r#""RЅ256""#, "alg_not_allowed"),
    ("null", "alg_not_allowed"),
    ("true", "alg_not_allowed"),
    ("256", "alg_not_allowed"),
    (r#"["RS256"]"#, "alg_not_allowed"),
    (r#"{"alg":"RS256"}"#, "alg_not_allowed"),
];

const TYPES: &[&str] = &[
    r#""JWT""#,
    r#""jwt""#,
    r#""JOSE""#,
    r#""application/jwt""#,
    r#""id+jwt""#,
    r#""logout+jwt""#,
    r#""secevent+jwt""#,
    r#""dpop+jwt""#,
    r#""oauth-authz-req+jwt""#,
    r#""at+jwt ""#,
    r#"" at+jwt""#,
    r#""at-jwt""#,
    r#""at+jwt\u0000""#,
    r#""at+jwt;charset=utf-8""#,
    r#""text/at+jwt""#,
    r#""application/application/at+jwt""#,
    r#""at＋jwt""#,
    r#""""#,
    "null",
    "1",
    r#"["at+jwt"]"#,
    r#"{"typ":"at+jwt"}"#,
];

const KEY_IDS: &[(&str, &str)] = &[
    ("null", "kid_invalid"),
    ("0", "kid_invalid"),
    ("true", "kid_invalid"),
    (r#"["KID"]"#, "kid_invalid"),
    (r#"{"kid":"KID"}"#, "kid_invalid"),
    (r#""""#, "kid_invalid"),
    (r#"" KID""#, "kid_invalid"),
    (r#""KID ""#, "kid_invalid"),
    (r#""KID\n""#, "kid_invalid"),
    (r#""KID\u0000""#, "kid_invalid"),
    (r#""KID\u200b""#, "kid_invalid"),
    (r#""\u202eKID""#, "kid_invalid"),
    (r#""кey""#, "kid_invalid"),
    (r#""' OR '1'='1""#, "kid_invalid"),
    (r#""'OR'1'='1""#, "unknown_key"),
    (r#""../../../../dev/null""#, "unknown_key"),
    (r#""/proc/sys/kernel/randomize_va_space""#, "unknown_key"),
    (r#""https://evil.example/jwks.json""#, "unknown_key"),
    (r#""|/bin/sh""#, "unknown_key"),
    (r#""KID=""#, "unknown_key"),
    (r#""KIDA""#, "unknown_key"),
    (r#""KID%00""#, "unknown_key"),
    (r#""0""#, "unknown_key"),
    (r#""*""#, "unknown_key"),
];

/// Members added to the good header.
const MEMBERS: &[(&str, &str)] = &[
    (r#""crit":["exp"]"#, "crit_present"),
    (r#""crit":["b64"],"b64":false"#, "crit_present"),
    (r#""crit":["b64"],"b64":true"#, "crit_present"),
    (r#""crit":["alg"]"#, "crit_present"),
    (r#""crit":[]"#, "crit_present"),
    (r#""crit":null"#, "crit_present"),
    (r#""crit":"exp""#, "crit_present"),
    (r#""\u0063rit":["exp"]"#, "crit_present"),
    (r#""b64":false"#, "header_not_supported"),
    (r#""b64":true"#, "header_not_supported"),
    (r#""zip":"DEF""#, "header_not_supported"),
    (r#""enc":"A128GCM""#, "header_not_supported"),
    (r#""alg":"none""#, "duplicate_member"),
    (r#""alg":"RS256""#, "duplicate_member"),
    (r#""\u0061lg":"none""#, "duplicate_member"),
    (r#""kid":"KID""#, "duplicate_member"),
    (r#""typ":"JWT""#, "duplicate_member"),
    (r#""x":1,"x":1"#, "duplicate_member"),
    (r#""x":{"y":1,"y":2}"#, "duplicate_member"),
    (r#""x":[{"y":[{"z":1,"z":1}]}]"#, "duplicate_member"),
    (r#""":1,"":2"#, "duplicate_member"),
    (r#""x":NaN"#, "bad_json"),
    (r#""x":Infinity"#, "bad_json"),
    (r#""x":1e999"#, "bad_json"),
    (r#""x":01"#, "bad_json"),
    (r#""x":+1"#, "bad_json"),
    (r#""x":.5"#, "bad_json"),
    (r#""x":0x10"#, "bad_json"),
    (r#""x":'y'"#, "bad_json"),
    (r#""x":undefined"#, "bad_json"),
    (r#""x":"\ud800""#, "bad_json"),
    (r#""x":"\x41""#, "bad_json"),
    ("\"x\":\"\u{1}\"", "bad_json"),
    (r"x:1", "bad_json"),
    (r#""x":1,"#, "bad_json"),
    (r#""x":1 /* why */"#, "bad_json"),
];

const WHOLE: &[(&str, &str)] = &[
    (r#"{"typ":"at+jwt","kid":"KID"}"#, "alg_not_allowed"),
    (
        r#"{"Alg":"RS256","typ":"at+jwt","kid":"KID"}"#,
        "alg_not_allowed",
    ),
    (r#"{"alg":"RS256","kid":"KID"}"#, "typ_not_allowed"),
    (r#"{"alg":"RS256","typ":"at+jwt"}"#, "kid_missing"),
    (
        r#"{"alg":"RS256","typ":"at+jwt","KID":"KID"}"#,
        "kid_missing",
    ),
    ("{}", "alg_not_allowed"),
    ("", "bad_json"),
    (" ", "bad_json"),
    ("null", "bad_json"),
    ("true", "bad_json"),
    ("1", "bad_json"),
    (r#""RS256""#, "bad_json"),
    ("[]", "bad_json"),
    (
        r#"[{"alg":"RS256","typ":"at+jwt","kid":"KID"}]"#,
        "bad_json",
    ),
    (r#"["alg","RS256","typ","at+jwt","kid","KID"]"#, "bad_json"),
    (r#"{"alg":"RS256","typ":"at+jwt","kid":"KID""#, "bad_json"),
    (r#"{"alg":"RS256","typ":"at+jwt","kid":"KID"}}"#, "bad_json"),
    (
        r#"{"alg":"RS256","typ":"at+jwt","kid":"KID"}{}"#,
        "bad_json",
    ),
    (
        "{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"KID\"}\0",
        "bad_json",
    ),
    (
        "\u{feff}{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"KID\"}",
        "bad_json",
    ),
    ("alg=RS256&typ=at+jwt&kid=KID", "bad_json"),
];

fn long_and_deep() -> Vec<Row> {
    let with =
        |member: String| format!(r#"{{"alg":"RS256","typ":"at+jwt","kid":"KID","x":{member}}}"#);
    let lists = |levels| with("[".repeat(levels) + &"]".repeat(levels));
    let objects = |levels| with(r#"{"x":"#.repeat(levels) + "1" + &"}".repeat(levels));
    let many = |count, last| with(format!("1,{}{last}", crowd(count)));
    let long_kid = format!(
        r#"{{"alg":"RS256","typ":"at+jwt","kid":"{}"}}"#,
        "k".repeat(257)
    );
    vec![
        signed(&lists(16), "too_deep"),
        signed(&lists(2000), "too_deep"),
        signed(&objects(16), "too_deep"),
        signed(&objects(500), "too_deep"),
        signed(&with("[".repeat(2000)), "too_deep"),
        signed(&long_kid, "kid_invalid"),
        signed(&many(11, r#""m10":1"#), "duplicate_member"),
        signed(&many(12, r#""m11":1"#), "duplicate_member"),
        signed(&many(40, r#""m0":1"#), "duplicate_member"),
        signed(&many(40, r#""alg":"none""#), "duplicate_member"),
        signed(&with(format!(r#""{}""#, "x".repeat(8192))), "too_large"),
    ]
}

/// Members that offer a key of the attacker's. `JWK` is that key, public.
const KEYS: &[&str] = &[
    r#""jwk":JWK"#,
    r#""jku":"https://evil.example/jwks.json""#,
    r#""jku":"file:///etc/passwd""#,
    r#""x5u":"https://evil.example/cert.pem""#,
    r#""x5c":["MIIB"]"#,
    r#""x5t":"AAAA","x5t#S256":"AAAA""#,
    r#""jwk":JWK,"jku":"https://evil.example","x5u":"https://evil.example","x5c":["MIIB"]"#,
];

/// The attacker signs with that key, once under the known key's id and once under its own.
fn smuggled_key(member: &str) -> [Row; 2] {
    let member = member.replace("JWK", &STRANGER.key.to_jwk());
    [
        (KNOWN.kid(), "bad_signature"),
        (STRANGER.kid(), "unknown_key"),
    ]
    .map(|(kid, code)| {
        let header = format!(r#"{{"alg":"RS256","typ":"at+jwt","kid":"{kid}",{member}}}"#);
        row(header.as_str(), STRANGER.token(&header, GOOD_CLAIMS), code)
    })
}

/// `KID` stands for the known key's id.
fn signed(header: &str, code: &'static str) -> Row {
    row(
        header,
        KNOWN.token(&header.replace("KID", KNOWN.kid()), GOOD_CLAIMS),
        code,
    )
}
