//! Keys that make a create safe to repeat (draft-ietf-httpapi-idempotency-key-header).
use std::collections::HashSet;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::digest;

use crate::post::{Author, Draft};

/// How long an answer is kept to be given again.
pub(crate) const KEPT_FOR: Duration = Duration::from_hours(24);
const MAX_KEY_BYTES: usize = 255;

/// What the client calls one create, whether it writes it as the string that the draft asks for
/// (RFC 8941 §3.3.3) or bare.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct IdempotencyKey(String);

/// The text is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "An Idempotency-Key has 1 to {MAX_KEY_BYTES} visible ASCII characters, or spaces too in quotes."
)]
pub(crate) struct InvalidKey;

impl FromStr for IdempotencyKey {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let key = match text.strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None if text.bytes().all(|byte| byte.is_ascii_graphic()) => text.to_owned(),
            None => return Err(InvalidKey),
        };
        if !(1..=MAX_KEY_BYTES).contains(&key.len()) {
            return Err(InvalidKey);
        }
        Ok(Self(key))
    }
}

/// What stands between the quotes. Parameters behind them mean nothing here, and the draft has none.
fn unquoted(text: &str) -> Result<String, InvalidKey> {
    let mut key = String::new();
    let mut rest = text.chars();
    loop {
        match rest.next().ok_or(InvalidKey)? {
            '"' => break,
            '\\' => match rest.next() {
                Some(escaped @ ('"' | '\\')) => key.push(escaped),
                _ => return Err(InvalidKey),
            },
            plain @ ' '..='~' => key.push(plain),
            _ => return Err(InvalidKey),
        }
    }
    let parameters = rest.as_str();
    if parameters.is_empty() || parameters.starts_with(';') {
        Ok(key)
    } else {
        Err(InvalidKey)
    }
}

impl IdempotencyKey {
    /// The key as text, without quotes.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Tells one draft from another, so that a key is not used for two of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of a draft. The title's length keeps it apart from the body.
    #[must_use]
    pub(crate) fn of(draft: &Draft) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(&draft.title.as_str().len().to_be_bytes());
        context.update(draft.title.as_str().as_bytes());
        context.update(draft.body.as_str().as_bytes());
        let mut bytes = [0; 32];
        bytes.copy_from_slice(context.finish().as_ref());
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub(crate) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A whole answer, as it was given and will be given again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The status code.
    pub(crate) status: u16,
    /// Names and values, none of which holds a line break.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

/// The keys whose requests are being answered by this process.
#[derive(Clone, Debug, Default)]
pub(crate) struct InFlight(Arc<Mutex<HashSet<(Author, IdempotencyKey)>>>);

/// The right to answer the one request of a key; given back when dropped.
#[derive(Debug)]
pub(crate) struct Claim {
    keys: InFlight,
    held: (Author, IdempotencyKey),
}

/// Another request with the key is being answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("A request with this Idempotency-Key is still being answered.")]
pub(crate) struct StillInFlight;

impl InFlight {
    /// Claims the key, unless another request holds it.
    pub(crate) fn claim(
        &self,
        author: Author,
        key: IdempotencyKey,
    ) -> Result<Claim, StillInFlight> {
        let held = (author, key);
        if !self.keys(|keys| keys.insert(held.clone())) {
            return Err(StillInFlight);
        }
        Ok(Claim {
            keys: self.clone(),
            held,
        })
    }

    /// An insert or a remove is whole or did not happen, so a poisoned lock guards a sound set.
    fn keys<T>(&self, use_keys: impl FnOnce(&mut HashSet<(Author, IdempotencyKey)>) -> T) -> T {
        use_keys(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Claim {
    /// The key that is claimed.
    #[must_use]
    pub(crate) fn key(&self) -> &IdempotencyKey {
        &self.held.1
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.keys.keys(|keys| keys.remove(&self.held));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(title: &str, body: &str) -> Draft {
        Draft {
            title: title.parse().unwrap(),
            body: body.parse().unwrap(),
        }
    }

    #[test]
    fn a_key_is_the_same_with_and_without_its_quotes() {
        let bare: IdempotencyKey = "8e03978e".parse().unwrap();
        assert_eq!("\"8e03978e\"".parse().as_ref(), Ok(&bare));
        assert_eq!("\"8e03978e\";p=1".parse(), Ok(bare));
        for bad in ["", "\"\"", "a b", "ä", "a\n", &"k".repeat(256)] {
            assert_eq!(bad.parse::<IdempotencyKey>(), Err(InvalidKey), "{bad:?}");
        }
    }

    #[test]
    fn a_quoted_key_is_a_string_of_structured_fields() {
        for (text, key) in [
            (r#""order 66""#, "order 66"),
            (r#""a\"b\\c""#, r#"a"b\c"#),
            (r"a\b", r"a\b"),
        ] {
            let parsed = text.parse::<IdempotencyKey>();
            assert_eq!(parsed.as_ref().map(IdempotencyKey::as_str), Ok(key));
        }
        for bad in [
            r#""a"#, r#""a\b""#, r#""a\""#, "\"a\tb\"", "\"ä\"", r#""a"b"#,
        ] {
            assert_eq!(bad.parse::<IdempotencyKey>(), Err(InvalidKey), "{bad:?}");
        }
    }

    #[test]
    fn drafts_that_differ_have_other_fingerprints() {
        let one = Fingerprint::of(&draft("ab", "c"));
        assert_eq!(one, Fingerprint::of(&draft("ab", "c")));
        assert_ne!(one, Fingerprint::of(&draft("a", "bc")));
        assert_ne!(one, Fingerprint::of(&draft("ab", "d")));
    }

    #[test]
    fn a_key_is_claimed_by_one_request_at_a_time_and_by_each_author_apart() {
        let in_flight = InFlight::default();
        let claim = |author| in_flight.claim(Author::known(author), "k".parse().unwrap());

        let held = claim("jack").unwrap();
        assert_eq!(claim("jack").unwrap_err(), StillInFlight);
        assert!(claim("robert").is_ok());
        drop(held);
        assert!(claim("jack").is_ok());
    }
}
