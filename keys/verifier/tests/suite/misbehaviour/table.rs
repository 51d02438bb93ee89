//! What an issuer may answer instead of a good set, and the code that the log then names.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::support::fake_issuer::Answer;
use crate::support::{jwk, key_set};

type Row = (&'static str, Answer, &'static str);

/// Every row.
pub(super) fn table() -> Vec<Row> {
    [statuses(), bodies(), framing(), silences(), sets(), keys()].concat()
}

fn statuses() -> Vec<Row> {
    let with_location = |status, location: &str| {
        Answer::Http(status, vec![format!("Location: {location}")], vec![])
    };
    let elsewhere = with_location("302 Found", "http://127.0.0.1:9/");
    let itself = with_location("308 Permanent Redirect", "/");
    vec![
        ("500", Answer::status("500 Internal Server Error"), "status"),
        ("404", Answer::status("404 Not Found"), "status"),
        ("204", Answer::status("204 No Content"), "status"),
        ("206", Answer::status("206 Partial Content"), "status"),
        ("a redirect to elsewhere", elsewhere, "status"),
        ("a redirect to itself", itself, "status"),
    ]
}

fn bodies() -> Vec<Row> {
    let good = key_set(&[1]);
    let typed =
        |header: &str, body: &str| Answer::Http("200 OK", vec![header.to_owned()], body.into());
    let html = "<h1>Sign in</h1>";
    let cut = &good[..good.len() - 2];
    vec![
        (
            "HTML",
            typed("Content-Type: text/html", html),
            "content_type",
        ),
        ("HTML that says it is JSON", Answer::json(html), "malformed"),
        (
            "a set as text",
            typed("Content-Type: text/plain", &good),
            "content_type",
        ),
        (
            "a set as nothing",
            typed("X-Nothing: 1", &good),
            "content_type",
        ),
        ("an empty body", Answer::json(""), "malformed"),
        ("an array", Answer::json("[]"), "malformed"),
        ("truncated JSON", Answer::json(cut), "malformed"),
        ("10 MB", Answer::json(vec![b' '; 10_000_000]), "too_large"),
        ("no end", Answer::Unending, "too_large"),
    ]
}

/// What is no HTTP, or says of itself what is not so.
fn framing() -> Vec<Row> {
    let good = key_set(&[1]);
    let raw = |head: &str, body: &[u8]| {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{head}\r\n");
        Answer::Raw([head.as_bytes(), body].concat())
    };
    let length = format!("Content-Length: {}\r\n", good.len());
    let too_short = format!("Content-Length: {}\r\n", good.len() - 1);
    let zipped = "Content-Encoding: gzip\r\nContent-Length: 4\r\n";
    let many = "X-Many: 1\r\n".repeat(1000);
    let good = good.as_bytes();
    vec![
        (
            "no HTTP",
            Answer::Raw(b"SSH-2.0-OpenSSH\r\n".into()),
            "interrupted",
        ),
        (
            "two lengths",
            raw(&format!("{length}{too_short}"), good),
            "interrupted",
        ),
        ("too short a length", raw(&too_short, good), "malformed"),
        (
            "no number for a length",
            raw("Content-Length: x\r\n", good),
            "interrupted",
        ),
        (
            "a thousand headers",
            raw(&format!("{many}{length}"), good),
            "interrupted",
        ),
        (
            "chunks that are none",
            raw("Transfer-Encoding: chunked\r\n", b"zz\r\n"),
            "interrupted",
        ),
        (
            "a compressed body that nobody asked for",
            raw(zipped, b"\x1f\x8b\x08\x00"),
            "malformed",
        ),
    ]
}

fn silences() -> Vec<Row> {
    let good = key_set(&[1]).into_bytes();
    vec![
        (
            "a body that breaks off",
            Answer::BreaksOff(good.clone()),
            "interrupted",
        ),
        ("a byte at a time", Answer::Trickles(good), "timeout"),
        ("no answer", Answer::Hangs, "timeout"),
        ("a reset", Answer::Resets, "interrupted"),
    ]
}

fn sets() -> Vec<Row> {
    let with_member = |member: &str| set_of(&jwk(1).replacen('{', &format!("{{{member},"), 1));
    let shared_secret = set_of(r#"{"kty":"oct","k":"c2VjcmV0"}"#);
    vec![
        (
            "an empty set",
            Answer::json(r#"{"keys":[]}"#),
            "no_usable_key",
        ),
        (
            "a kid twice",
            Answer::json(key_set(&[1, 1])),
            "duplicate_kid",
        ),
        (
            "a member twice",
            with_member(r#""kty":"RSA""#),
            "duplicate_member",
        ),
        (
            "private members",
            with_member(r#""d":"AQAB""#),
            "private_member",
        ),
        ("a shared secret", shared_secret, "private_member"),
        (
            "101 keys",
            Answer::json(key_set(&[1; 101])),
            "too_many_keys",
        ),
    ]
}

fn keys() -> Vec<Row> {
    let replaced = |from, to| set_of(&jwk(1).replace(from, to));
    let short = with_modulus(|modulus| modulus.truncate(128));
    let even = with_modulus(|modulus| modulus[255] &= 0xfe);
    vec![
        (
            "use: enc",
            replaced(r#""sig""#, r#""enc""#),
            "no_usable_key",
        ),
        ("alg: HS256", replaced("RS256", "HS256"), "no_usable_key"),
        ("e = 1", replaced("AQAB", "AQ"), "no_usable_key"),
        ("e = 3", replaced("AQAB", "Aw"), "no_usable_key"),
        ("1024 bits", set_of(&short), "no_usable_key"),
        ("an even modulus", set_of(&even), "no_usable_key"),
    ]
}

fn set_of(jwk: &str) -> Answer {
    Answer::json(format!(r#"{{"keys":[{jwk}]}}"#))
}

fn with_modulus(change: impl Fn(&mut Vec<u8>)) -> String {
    let jwk = jwk(1);
    let text = jwk
        .split(r#""n":""#)
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let mut modulus = URL_SAFE_NO_PAD.decode(text).unwrap();
    change(&mut modulus);
    jwk.replace(text, &URL_SAFE_NO_PAD.encode(modulus))
}
