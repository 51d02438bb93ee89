//! The place of one answer under an idempotency key.
use crate::idempotency::{Answer, Fingerprint, IdempotencyKey};
use crate::post::Author;

/// What a key stands for: whose it is, what it is called, and what it was used for.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub(super) author: Author,
    pub(super) key: IdempotencyKey,
    pub(super) fingerprint: Fingerprint,
}

/// What is known of a key.
pub(super) enum Known {
    /// Nothing, or nothing any more.
    Unused,
    /// The same request was answered so.
    Answered(Answer),
    /// It was used for another request.
    UsedForAnother,
}

impl Slot {
    /// What a stored answer means for this request.
    pub(super) fn compare(&self, stored: Option<(&[u8], Answer)>) -> Known {
        match stored {
            None => Known::Unused,
            Some((fingerprint, answer)) if fingerprint == self.fingerprint.as_bytes() => {
                Known::Answered(answer)
            }
            Some(_) => Known::UsedForAnother,
        }
    }
}

/// Headers as they are stored: a line each.
pub(super) fn header_lines(answer: &Answer) -> String {
    let lines: Vec<_> = answer
        .headers
        .iter()
        .map(|(name, value)| format!("{name}:{value}"))
        .collect();
    lines.join("\n")
}

/// Headers as they were.
pub(super) fn headers(lines: &str) -> Vec<(String, String)> {
    let pairs = lines.lines().filter_map(|line| line.split_once(':'));
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}
