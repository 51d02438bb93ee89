//! What HTTP/2 connections hold of answers that their clients do not take, with a ceiling in bytes.
//!
//! What a stream was given lies in its connection until the client grants room for it, and nobody
//! can take it back. So beyond the ceiling a connection is closed: the one with the answer of which
//! nothing has moved for the longest.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio_util::sync::CancellationToken;

use crate::ledger::Ledger;
use crate::metrics::UNREAD_GIVEN_UP;

/// What a stream takes besides its content: its state, its task, the head of its answer. Measured
/// were 2.3 KiB.
const STREAM: usize = 3 * 1024;

/// The answers by what closes their connection.
pub(super) struct Unsent(Mutex<Ledger<CancellationToken>>);

/// One answer, from its beginning until its connection has nothing of it left.
pub(super) struct Owed {
    unsent: Arc<Unsent>,
    /// Its number in the ledger, read and changed while that is locked.
    number: AtomicU64,
}

/// Some of its content.
struct Lent {
    content: Bytes,
    owed: Arc<Owed>,
}

impl Unsent {
    pub(super) fn new(ceiling: usize) -> Self {
        Self(Mutex::new(Ledger::new(ceiling)))
    }

    pub(super) fn begin(self: &Arc<Self>, hang_up: CancellationToken) -> Arc<Owed> {
        let number = enter(&mut self.ledger(), STREAM, hang_up);
        Arc::new(Owed {
            unsent: self.clone(),
            number: number.into(),
        })
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger<CancellationToken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Owed {
    /// Counts this until it is dropped.
    pub(super) fn lend(self: &Arc<Self>, content: Bytes) -> Bytes {
        self.moved(|held| held + content.len());
        Bytes::from_owner(Lent {
            content,
            owed: self.clone(),
        })
    }

    fn moved(&self, held: impl FnOnce(usize) -> usize) {
        let mut ledger = self.unsent.ledger();
        if let Some((before, hang_up)) = ledger.leave(self.number.load(Relaxed)) {
            let number = enter(&mut ledger, held(before), hang_up);
            self.number.store(number, Relaxed);
        }
    }
}

fn enter(ledger: &mut Ledger<CancellationToken>, bytes: usize, hang_up: CancellationToken) -> u64 {
    let number = ledger.enter(bytes, hang_up);
    while let Some(hang_up) = ledger.next_to_go() {
        metrics::counter!(UNREAD_GIVEN_UP).increment(1);
        hang_up.cancel();
    }
    number
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.content
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.owed.moved(|held| held - self.content.len());
    }
}

impl Drop for Owed {
    fn drop(&mut self) {
        self.unsent.ledger().leave(self.number.load(Relaxed));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_connection_that_takes_nothing_for_the_longest_is_closed() {
        let unsent = Arc::new(Unsent::new(3 * STREAM));
        let [still, moving, new] = [(); 3].map(|()| CancellationToken::new());
        let answers = [still.clone(), moving.clone()].map(|hang_up| unsent.begin(hang_up));
        drop(answers[1].lend(Bytes::from_static(b"moves")));
        let _third = unsent.begin(new.clone());
        assert!(!still.is_cancelled(), "all have room");
        let _piece = answers[1].lend(vec![0; STREAM].into());
        let closed = [still, moving, new].map(|hang_up| hang_up.is_cancelled());
        assert_eq!(closed, [true, false, false]);
    }

    #[test]
    fn an_answer_counts_until_its_connection_has_nothing_of_it_left() {
        let unsent = Arc::new(Unsent::new(usize::MAX));
        let owed = unsent.begin(CancellationToken::new());
        let (first, second) = (owed.lend(vec![0; 10].into()), owed.lend(vec![0; 5].into()));
        assert_eq!((&first[..], &second[..]), (&[0; 10][..], &[0; 5][..]));
        drop((owed, first));
        assert_eq!(unsent.ledger().bytes(), STREAM + 5);
        drop(second);
        assert_eq!(unsent.ledger().bytes(), 0);
    }

    #[test]
    fn what_was_given_up_counts_no_more() {
        let unsent = Arc::new(Unsent::new(STREAM));
        let owed = unsent.begin(CancellationToken::new());
        let piece = owed.lend(vec![0; 10].into());
        assert_eq!(unsent.ledger().bytes(), 0);
        drop((owed.lend(vec![0; 10].into()), piece, owed));
        assert_eq!(unsent.ledger().bytes(), 0);
    }
}
