//! The token as text: number of parts, other serialisations, base64url with a second spelling.

use super::{Row, row};
use crate::issuer::{GOOD_CLAIMS, KNOWN, encode};

pub(super) fn rows() -> Vec<Row> {
    [
        parts(),
        serialisations(),
        surroundings(),
        spellings(),
        sizes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn parts() -> Vec<Row> {
    let token = KNOWN.good_token();
    let [header, claims, signature] = split(&token);
    vec![
        row("nothing", "", "malformed"),
        row("one part", &header, "malformed"),
        row("two parts", format!("{header}.{claims}"), "malformed"),
        row("four parts", format!("{token}.{signature}"), "malformed"),
        row(
            "five parts, as in a JWE",
            format!("{token}..{signature}"),
            "malformed",
        ),
        row("a dot after", format!("{token}."), "malformed"),
        row("a dot before", format!(".{token}"), "malformed"),
        row(
            "a dot too many",
            format!("{header}..{claims}.{signature}"),
            "malformed",
        ),
        row("dots alone", "..", "bad_json"),
        row("one dot", ".", "malformed"),
        row("three dots", "...", "malformed"),
        row("no header", format!(".{claims}.{signature}"), "bad_json"),
        row(
            "no claims",
            format!("{header}..{signature}"),
            "bad_signature",
        ),
        row(
            "claims first",
            format!("{claims}.{header}.{signature}"),
            "alg_not_allowed",
        ),
        row("full-width dots", token.replace('.', "．"), "malformed"),
        row("dots escaped", token.replace('.', "%2E"), "malformed"),
        row("other separators", token.replace('.', ":"), "malformed"),
    ]
}

fn serialisations() -> Vec<Row> {
    let [header, claims, signature] = split(&KNOWN.good_token());
    let flattened =
        format!(r#"{{"payload":"{claims}","protected":"{header}","signature":"{signature}"}}"#);
    let general = format!(
        r#"{{"payload":"{claims}","signatures":[{{"protected":"{header}","signature":"{signature}"}}]}}"#
    );
    let dotted = format!(r#"{{"a.b.c":1,"payload":"{claims}","signature":"{signature}"}}"#);
    vec![
        row("flattened JSON serialisation", flattened, "malformed"),
        row("general JSON serialisation", general, "malformed"),
        row("JSON serialisation with two dots", dotted, "bad_base64"),
        row("the claims alone", GOOD_CLAIMS, "bad_base64"),
    ]
}

fn surroundings() -> Vec<Row> {
    let token = KNOWN.good_token();
    let [header, claims, signature] = split(&token);
    vec![
        row("a space before", format!(" {token}"), "bad_base64"),
        row("a space after", format!("{token} "), "bad_base64"),
        row("a line feed after", format!("{token}\n"), "bad_base64"),
        row("a NUL after", format!("{token}\0"), "bad_base64"),
        row("a comma after", format!("{token},"), "bad_base64"),
        row(
            "a byte-order mark before",
            format!("\u{feff}{token}"),
            "bad_base64",
        ),
        row("quotes around", format!("\"{token}\""), "bad_base64"),
        row("the scheme before", format!("Bearer {token}"), "bad_base64"),
        row(
            "a space before the claims",
            format!("{header}. {claims}.{signature}"),
            "bad_signature",
        ),
        row(
            "a space before the signature",
            format!("{header}.{claims}. {signature}"),
            "bad_base64",
        ),
    ]
}

/// Texts that a lenient decoder reads as the good token's bytes. Where header or claims are
/// respelled the known issuer signs the new text, so that only the decoder stands in the way.
fn spellings() -> Vec<Row> {
    let [header, claims, signature] = split(&KNOWN.good_token());
    let mut rows = Vec::new();
    for (name, respell) in RESPELL {
        let headers = KNOWN.sign_parts(&respell(&header), &claims);
        let in_claims = KNOWN.sign_parts(&header, &respell(&claims));
        let in_signature = format!("{header}.{claims}.{}", respell(&signature));
        rows.push(row(format!("{name} in the header"), headers, "bad_base64"));
        rows.push(row(
            format!("{name} in the claims"),
            in_claims,
            "bad_base64",
        ));
        rows.push(row(
            format!("{name} in the signature"),
            in_signature,
            "bad_base64",
        ));
    }
    rows
}

type Respell = fn(&str) -> String;

const RESPELL: &[(&str, Respell)] = &[
    ("one padding character", |part| format!("{part}=")),
    ("padding", |part| format!("{part}==")),
    ("escaped padding", |part| format!("{part}%3D%3D")),
    ("a line feed", |part| {
        format!("{}\n{}", &part[..8], &part[8..])
    }),
    ("a carriage return", |part| format!("{part}\r")),
    ("a tab", |part| format!("\t{part}")),
    ("a space", |part| format!("{} {}", &part[..4], &part[4..])),
    ("a NUL", |part| format!("{}\0{}", &part[..4], &part[4..])),
    ("a soft hyphen", |part| {
        format!("{}\u{ad}{}", &part[..4], &part[4..])
    }),
    ("the other alphabet", |part| format!("+/{}", &part[2..])),
    ("a full-width letter", |part| format!("Ａ{}", &part[1..])),
    ("a character too many", |part| {
        format!("{}A", &part[..part.len() / 4 * 4])
    }),
    ("a last character with spare bits", with_spare_bits),
];

/// Cuts the part to a length that leaves four spare bits in the last character, and sets one.
fn with_spare_bits(part: &str) -> String {
    format!("{}AB", &part[..part.len() / 4 * 4 - 4])
}

fn sizes() -> Vec<Row> {
    let token = KNOWN.good_token();
    let [header, claims, signature] = split(&token);
    vec![
        row("one byte too long", "A".repeat(8193), "too_large"),
        row(
            "a good token, grown",
            format!("{token}{}", "A".repeat(8192)),
            "too_large",
        ),
        row(
            "a megabyte",
            format!("{header}.{}.{signature}", claims.repeat(4096)),
            "too_large",
        ),
        row("dots, 8 KiB of them", ".".repeat(8192), "malformed"),
        row("letters, 8 KiB of them", "A".repeat(8192), "malformed"),
        row(
            "a long signature",
            format!("{header}.{claims}.{}", "A".repeat(7000)),
            "bad_signature",
        ),
        row("nothing of value", encode("x"), "malformed"),
    ]
}

fn split(token: &str) -> [String; 3] {
    let parts: Vec<_> = token.split('.').map(str::to_owned).collect();
    parts.try_into().unwrap()
}
