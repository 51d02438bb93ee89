//! The seeds of the fuzz targets, each with some hundred mutations: the same ones in each run. The
//! coverage-guided search is in the folder `fuzz`.

use std::path::Path;

use token::{KeySet, UnverifiedToken, verify};

use crate::issuer::{KNOWN, now, policy};

const MUTATIONS: usize = 300;

#[test]
fn every_token_seed_and_its_mutations_get_a_verdict() {
    let (keys, policy) = (KNOWN.keys(), policy());
    each("token", |bytes| {
        let text = String::from_utf8_lossy(bytes);
        assert!(verify(&text, &keys, &policy, now()).is_err());
        if let Ok(token) = UnverifiedToken::parse(&text) {
            let _ = token.unverified_issuer();
        }
    });
}

#[test]
fn every_claims_seed_and_its_mutations_get_a_verdict() {
    let (keys, policy) = (KNOWN.keys(), policy());
    each("claims", |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let claims = text.split_once('\n').map_or("", |(_, claims)| claims);
        let token = KNOWN.token(&KNOWN.good_header(), claims);
        assert!(
            verify(&token, &keys, &policy, now()).is_err(),
            "of another issuer"
        );
    });
}

#[test]
fn every_key_set_seed_and_its_mutations_get_a_verdict() {
    each("key_set", |json| {
        let Ok(set) = KeySet::parse(json) else { return };
        let again = KeySet::parse(set.to_json().as_bytes()).unwrap();
        assert!(again.kids().eq(set.kids()) && again.skipped().is_empty());
    });
}

fn each(target: &str, mut run: impl FnMut(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/seeds")
        .join(target);
    let mut files: Vec<_> = folder
        .read_dir()
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort_unstable();
    assert!(files.len() > 10, "{} seeds of {target}", files.len());
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    for file in files {
        let seed = std::fs::read(file).unwrap();
        run(&seed);
        for _ in 0..MUTATIONS {
            run(&mutation(seed.clone(), &mut chance));
        }
    }
}

/// One to four small accidents.
fn mutation(mut bytes: Vec<u8>, chance: &mut Chance) -> Vec<u8> {
    const SPECIAL: &[u8] = b"\"\\{}[]:,.=-+0\0\n \xff";
    for _ in 0..=chance.below(4) {
        let at = chance.below(bytes.len() + 1);
        match chance.below(5) {
            0 if at < bytes.len() => bytes[at] ^= 1 << chance.below(8),
            1 if at < bytes.len() => drop(bytes.remove(at)),
            2 => bytes.insert(at, SPECIAL[chance.below(SPECIAL.len())]),
            3 => bytes.truncate(at),
            _ => bytes.extend_from_within(at..),
        }
    }
    bytes
}

/// Xorshift: numbers that look random and are the same in each run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }
}
