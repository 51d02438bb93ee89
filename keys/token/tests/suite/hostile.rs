//! Hostile tokens, as tables: an attack is a row, and says the code it must be refused with.
//! Every token that can be is signed by the known issuer, so that a row shows its own check at
//! work and not the signature's.

mod claims;
mod header;
mod signature;
mod text;

use std::collections::HashSet;

use token::{Rejection, UnverifiedToken, verify};

use crate::issuer::{KNOWN, now, policy};

struct Row {
    name: String,
    token: String,
    code: &'static str,
}

fn row(name: impl Into<String>, token: impl Into<String>, code: &'static str) -> Row {
    Row {
        name: name.into(),
        token: token.into(),
        code,
    }
}

fn rows() -> Vec<Row> {
    [
        header::rows(),
        claims::rows(),
        signature::rows(),
        text::rows(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn every_hostile_token_is_refused_for_its_own_reason() {
    let (keys, policy) = (KNOWN.keys(), policy());
    let wrong: Vec<_> = rows()
        .into_iter()
        .filter_map(|row| {
            let code = verify(&row.token, &keys, &policy, now()).map_err(Rejection::code);
            (code != Err(row.code)).then(|| format!("{}: {code:?}, not {}", row.name, row.code))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_header_that_is_known_excuses_no_other() {
    let (keys, policy, good) = (KNOWN.keys(), policy(), KNOWN.good_token());
    let known = UnverifiedToken::parse(&good).unwrap().checked_header();
    let verdict = |token: &str| {
        let token = UnverifiedToken::parse_knowing(token.as_bytes(), Some(&known))?;
        let key = keys.find(token.unverified_kid());
        token.verify(key.ok_or(Rejection::UnknownKey)?, &policy, now())
    };
    assert!(verdict(&good).is_ok());
    for row in rows() {
        let code = verdict(&row.token).map_err(Rejection::code);
        assert_eq!(code, Err(row.code), "{}", row.name);
    }
}

#[test]
fn no_row_is_written_twice() {
    let mut seen = HashSet::new();
    for row in rows() {
        assert!(seen.insert(row.token), "{}", row.name);
    }
    println!("{} rows", seen.len());
    assert!(seen.len() >= 150);
}
