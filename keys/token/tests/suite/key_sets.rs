//! Key sets: what is refused whole, what is left out, and what is kept.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use token::{KeySet, Kid, MAX_KEY_SET_BYTES, MAX_KEYS};

use crate::issuer::{KNOWN, STRANGER, encode};

/// A usable entry under an id, with more members.
fn entry(kid: &str, more: &str) -> String {
    let (n, e) = (encode(KNOWN.key.modulus()), encode(KNOWN.key.exponent()));
    format!(r#"{{"kty":"RSA","use":"sig","alg":"RS256","kid":"{kid}","n":"{n}","e":"{e}"{more}}}"#)
}

fn set(entries: &[String]) -> String {
    format!(r#"{{"keys":[{}]}}"#, entries.join(","))
}

/// `GOOD` stands for a usable entry, `N` for a good modulus.
const REFUSED: &[(&str, &str)] = &[
    ("", "malformed"),
    ("null", "malformed"),
    ("[]", "malformed"),
    ("{}", "malformed"),
    ("[GOOD]", "malformed"),
    ("GOOD", "malformed"),
    ("<html><body>502 Bad Gateway</body></html>", "malformed"),
    (r#"{"keys":[GOOD]"#, "malformed"),
    (r#"{"keys":[GOOD]} trailing"#, "malformed"),
    (r#"{"keys":[GOOD],}"#, "malformed"),
    (r#"{"keys":null}"#, "malformed"),
    (r#"{"keys":{}}"#, "malformed"),
    (r#"{"keys":{"a":GOOD}}"#, "malformed"),
    (r#"{"keys":"GOOD"}"#, "malformed"),
    (r#"{"Keys":[GOOD]}"#, "malformed"),
    (r#"{"keys":[GOOD,null]}"#, "malformed"),
    (r#"{"keys":[GOOD,"key"]}"#, "malformed"),
    (r#"{"keys":[GOOD,[GOOD]]}"#, "malformed"),
    (r#"{"keys":[]}"#, "no_usable_key"),
    (r#"{"keys":[{}]}"#, "no_usable_key"),
    (
        r#"{"keys":[{"kty":"EC","kid":"a","crv":"P-256","x":"AA","y":"AA"}]}"#,
        "no_usable_key",
    ),
    (r#"{"keys":[GOOD],"keys":[GOOD]}"#, "duplicate_member"),
    (r#"{"keys":[],"k\u0065ys":[GOOD]}"#, "duplicate_member"),
    (
        r#"{"keys":[GOOD,{"kty":"EC","kty":"RSA"}]}"#,
        "duplicate_member",
    ),
    (
        r#"{"keys":[GOOD,{"kty":"EC","x":{"a":1,"a":1}}]}"#,
        "duplicate_member",
    ),
    (r#"{"keys":[GOOD,GOOD]}"#, "duplicate_kid"),
    (
        r#"{"keys":[GOOD],"x":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]}"#,
        "too_deep",
    ),
    (r#"{"keys":[GOOD,{"kty":"EC","d":"AA"}]}"#, "private_member"),
    (
        r#"{"keys":[GOOD,{"kty":"OKP","d":"AA"}]}"#,
        "private_member",
    ),
    (
        r#"{"keys":[GOOD,{"kty":"oct","k":"AA"}]}"#,
        "private_member",
    ),
    (
        r#"{"keys":[GOOD,{"kty":"AKP","priv":"AA"}]}"#,
        "private_member",
    ),
    (r#"{"keys":[GOOD,{"d":null}]}"#, "private_member"),
    (r#"{"keys":[GOOD,{"\u0064":"AA"}]}"#, "private_member"),
    (r#"{"keys":[GOOD],"d":"AA"}"#, "private_member"),
    (r#"{"kty":"RSA","n":"N","d":"AA"}"#, "private_member"),
];

#[test]
fn a_set_that_is_not_to_be_trusted_is_refused_whole() {
    let (good, n) = (entry("a", ""), encode(KNOWN.key.modulus()));
    for (template, code) in REFUSED {
        let json = template
            .replace("GOOD", &good)
            .replace(r#""N""#, &format!(r#""{n}""#));
        let verdict = KeySet::parse(json.as_bytes()).map(|set| set.len());
        assert_eq!(
            verdict.map_err(|error| error.code()),
            Err(*code),
            "{template}"
        );
    }
}

#[test]
fn every_private_member_of_an_rsa_key_refuses_the_set() {
    for member in ["d", "p", "q", "dp", "dq", "qi", "oth"] {
        let leaking = entry("b", &format!(r#","{member}":"AA""#));
        let error = KeySet::parse(set(&[entry("a", ""), leaking]).as_bytes()).unwrap_err();
        assert_eq!(error.code(), "private_member");
        assert!(
            error
                .to_string()
                .contains(&format!("private member {member}:")),
            "{error}"
        );
    }
}

#[test]
fn a_private_key_in_any_dress_is_no_key_set() {
    let pkcs8 = KNOWN.pkcs8();
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n", STANDARD.encode(&pkcs8));
    assert_eq!(KeySet::parse(&pkcs8).unwrap_err().code(), "malformed");
    assert_eq!(
        KeySet::parse(pem.as_bytes()).unwrap_err().code(),
        "malformed"
    );
}

#[test]
fn a_set_over_the_limits_is_refused() {
    let entries = |count| {
        (0..count)
            .map(|n| entry(&n.to_string(), ""))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        KeySet::parse(set(&entries(MAX_KEYS)).as_bytes())
            .unwrap()
            .len(),
        MAX_KEYS
    );
    let error = KeySet::parse(set(&entries(MAX_KEYS + 1)).as_bytes()).unwrap_err();
    assert_eq!(error.code(), "too_many_keys");

    let foreign = vec![r#"{"kty":"EC"}"#.to_owned(); MAX_KEYS];
    let error = KeySet::parse(set(&[&foreign[..], &entries(1)].concat()).as_bytes()).unwrap_err();
    assert_eq!(error.code(), "too_many_keys");

    let good = set(&entries(1));
    let padded = |bytes| good.clone() + &" ".repeat(bytes - good.len());
    assert!(KeySet::parse(padded(MAX_KEY_SET_BYTES).as_bytes()).is_ok());
    let error = KeySet::parse(padded(MAX_KEY_SET_BYTES + 1).as_bytes()).unwrap_err();
    assert_eq!(error.code(), "too_large");
}

/// Entries that are left out beside a good one. `N` and `E` stand for good numbers.
const SKIPPED: &[(&str, &str)] = &[
    ("{}", "kty_not_supported"),
    (
        r#"{"kty":"EC","kid":"b","crv":"P-256","x":"AA","y":"AA"}"#,
        "kty_not_supported",
    ),
    (
        r#"{"kty":"OKP","kid":"b","crv":"Ed25519","x":"AA"}"#,
        "kty_not_supported",
    ),
    (
        r#"{"kty":"rsa","kid":"b","n":"N","e":"E"}"#,
        "kty_not_supported",
    ),
    (
        r#"{"kty":["RSA"],"kid":"b","n":"N","e":"E"}"#,
        "kty_not_supported",
    ),
    (
        r#"{"kty":"RSA","use":"enc","kid":"b","n":"N","e":"E"}"#,
        "use_not_sig",
    ),
    (
        r#"{"kty":"RSA","use":"SIG","kid":"b","n":"N","e":"E"}"#,
        "use_not_sig",
    ),
    (
        r#"{"kty":"RSA","use":null,"kid":"b","n":"N","e":"E"}"#,
        "use_not_sig",
    ),
    (
        r#"{"kty":"RSA","use":["sig"],"kid":"b","n":"N","e":"E"}"#,
        "use_not_sig",
    ),
    (
        r#"{"kty":"RSA","key_ops":["encrypt"],"kid":"b","n":"N","e":"E"}"#,
        "key_ops_not_verify",
    ),
    (
        r#"{"kty":"RSA","key_ops":"verify","kid":"b","n":"N","e":"E"}"#,
        "key_ops_not_verify",
    ),
    (
        r#"{"kty":"RSA","key_ops":[],"kid":"b","n":"N","e":"E"}"#,
        "key_ops_not_verify",
    ),
    (
        r#"{"kty":"RSA","alg":"RS512","kid":"b","n":"N","e":"E"}"#,
        "alg_not_supported",
    ),
    (
        r#"{"kty":"RSA","alg":"PS256","kid":"b","n":"N","e":"E"}"#,
        "alg_not_supported",
    ),
    (
        r#"{"kty":"RSA","alg":"RSA-OAEP","kid":"b","n":"N","e":"E"}"#,
        "alg_not_supported",
    ),
    (
        r#"{"kty":"RSA","alg":"HS256","kid":"b","n":"N","e":"E"}"#,
        "alg_not_supported",
    ),
    (
        r#"{"kty":"RSA","alg":"none","kid":"b","n":"N","e":"E"}"#,
        "alg_not_supported",
    ),
    (
        r#"{"kty":"RSA","alg":null,"kid":"b","n":"N","e":"E"}"#,
        "alg_not_supported",
    ),
    (r#"{"kty":"RSA","n":"N","e":"E"}"#, "kid_missing"),
    (r#"{"kty":"RSA","kid":null,"n":"N","e":"E"}"#, "kid_invalid"),
    (r#"{"kty":"RSA","kid":"","n":"N","e":"E"}"#, "kid_invalid"),
    (r#"{"kty":"RSA","kid":7,"n":"N","e":"E"}"#, "kid_invalid"),
    (
        r#"{"kty":"RSA","kid":"b b","n":"N","e":"E"}"#,
        "kid_invalid",
    ),
    (r#"{"kty":"RSA","kid":"b","e":"E"}"#, "number_invalid"),
    (r#"{"kty":"RSA","kid":"b","n":"N"}"#, "number_invalid"),
    (r#"{"kty":"RSA","kid":"b","n":1,"e":"E"}"#, "number_invalid"),
    (
        r#"{"kty":"RSA","kid":"b","n":"N","e":65537}"#,
        "number_invalid",
    ),
    (
        r#"{"kty":"RSA","kid":"b","n":"N=","e":"E"}"#,
        "number_invalid",
    ),
    (
        r#"{"kty":"RSA","kid":"b","n":"N\n","e":"E"}"#,
        "number_invalid",
    ),
    (
        r#"{"kty":"RSA","kid":"b","n":"N","e":"AQAC+"}"#,
        "number_invalid",
    ),
    (r#"{"kty":"RSA","kid":"b","n":"","e":"E"}"#, "not_minimal"),
    (
        r#"{"kty":"RSA","kid":"b","n":"AAAA","e":"E"}"#,
        "not_minimal",
    ),
    (r#"{"kty":"RSA","kid":"b","n":"N","e":""}"#, "not_minimal"),
    (
        r#"{"kty":"RSA","kid":"b","n":"N","e":"AAEAAQ"}"#,
        "not_minimal",
    ),
    (
        r#"{"kty":"RSA","kid":"b","n":"AQAB","e":"E"}"#,
        "modulus_too_short",
    ),
    (
        r#"{"kty":"RSA","kid":"b","n":"N","e":"AQ"}"#,
        "exponent_not_allowed",
    ),
    (
        r#"{"kty":"RSA","kid":"b","n":"N","e":"Aw"}"#,
        "exponent_not_allowed",
    ),
    (
        r#"{"kty":"RSA","kid":"b","n":"N","e":"AQAA"}"#,
        "exponent_not_allowed",
    ),
];

#[test]
fn an_entry_for_another_use_is_left_out_and_the_rest_is_kept() {
    let (n, e) = (encode(KNOWN.key.modulus()), encode(KNOWN.key.exponent()));
    for (template, code) in SKIPPED {
        let other = template
            .replace(r#""N"#, &format!(r#""{n}"#))
            .replace(r#""E""#, &format!(r#""{e}""#));
        let set = KeySet::parse(set(&[other, entry("a", "")]).as_bytes()).unwrap();
        let skipped: Vec<_> = set
            .skipped()
            .iter()
            .map(|entry| entry.reason.code())
            .collect();
        assert_eq!(skipped, [*code], "{template}");
        assert_eq!(set.skipped()[0].position, 0);
        assert_eq!(set.kids().map(Kid::as_str).collect::<Vec<_>>(), ["a"]);
    }
}

#[test]
fn a_skipped_entry_is_named_when_it_has_a_name() {
    let encryption = entry("b", "").replace(r#""sig""#, r#""enc""#);
    let set = KeySet::parse(set(&[entry("a", ""), encryption]).as_bytes()).unwrap();
    assert_eq!(set.skipped()[0].position, 1);
    assert_eq!(set.skipped()[0].kid.as_ref().map(Kid::as_str), Some("b"));
}

#[test]
fn a_foreign_key_may_share_the_id_of_a_usable_one() {
    let foreign = r#"{"kty":"EC","kid":"a"}"#.to_owned();
    let set = KeySet::parse(set(&[foreign, entry("a", "")]).as_bytes()).unwrap();
    assert_eq!(set.len(), 1);
}

#[test]
fn use_and_alg_and_key_ops_are_optional() {
    let bare = entry("a", "").replace(r#""use":"sig","alg":"RS256","#, "");
    let with_operations = entry("b", r#","key_ops":["verify"],"x5c":["MIIB"],"x5t":"AA""#);
    let set = KeySet::parse(set(&[bare, with_operations]).as_bytes()).unwrap();
    assert_eq!((set.len(), set.skipped().len()), (2, 0));
}

#[test]
fn a_set_keeps_its_order_and_reads_back_as_itself() {
    let keys = vec![STRANGER.key.clone(), KNOWN.key.clone()];
    let set = KeySet::from_keys(keys).unwrap();
    assert_eq!(
        set.to_json(),
        format!(
            r#"{{"keys":[{},{}]}}"#,
            STRANGER.key.to_jwk(),
            KNOWN.key.to_jwk()
        )
    );
    let again = KeySet::parse(set.to_json().as_bytes()).unwrap();
    assert!(again.kids().eq(set.kids()));
    assert_eq!(again.to_json(), set.to_json());
    assert!(!again.is_empty());
}

#[test]
fn a_jwk_has_six_members_in_their_order() {
    let key = KNOWN.key.clone().with_kid(Kid::new(r#"a"\b"#).unwrap());
    let n = encode(key.modulus());
    let expected =
        format!(r#"{{"kty":"RSA","use":"sig","alg":"RS256","kid":"a\"\\b","n":"{n}","e":"AQAB"}}"#);
    assert_eq!(key.to_jwk(), expected);
    let set = KeySet::parse(format!(r#"{{"keys":[{expected}]}}"#).as_bytes()).unwrap();
    assert!(set.find(r#"a"\b"#).is_some());
}

#[test]
fn a_set_of_keys_at_hand_follows_the_same_rules() {
    let of = |keys| {
        KeySet::from_keys(keys)
            .map_err(|error| error.code())
            .map(|set| set.len())
    };
    assert_eq!(of(vec![]), Err("no_usable_key"));
    assert_eq!(
        of(vec![KNOWN.key.clone(), KNOWN.key.clone()]),
        Err("duplicate_kid")
    );
    let named = |n: usize| {
        KNOWN
            .key
            .clone()
            .with_kid(Kid::new(&n.to_string()).unwrap())
    };
    assert_eq!(of((0..MAX_KEYS).map(named).collect()), Ok(MAX_KEYS));
    assert_eq!(
        of((0..=MAX_KEYS).map(named).collect()),
        Err("too_many_keys")
    );
}

#[test]
fn a_key_is_found_by_its_whole_id_only() {
    let keys = KNOWN.keys();
    let kid = KNOWN.kid();
    assert_eq!(keys.find(kid).unwrap().kid().as_str(), kid);
    for other in [
        "",
        &kid[1..],
        &kid[..42],
        &kid.to_lowercase(),
        &format!("{kid}="),
    ] {
        assert!(keys.find(other).is_none(), "{other}");
    }
}
