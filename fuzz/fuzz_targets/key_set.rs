//! Any bytes as a key set: what is accepted holds only fit keys, and reads back as itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use token::KeySet;

fuzz_target!(|json: &[u8]| {
    let Ok(set) = KeySet::parse(json) else { return };
    assert!(!set.is_empty());
    for kid in set.kids() {
        let key = set.find(kid.as_str()).expect("a listed id is found");
        assert!((2048..=8192).contains(&key.bits()));
    }
    let again = KeySet::parse(set.to_json().as_bytes()).expect("our own JSON is a key set");
    assert!(again.kids().eq(set.kids()) && again.skipped().is_empty());
});
