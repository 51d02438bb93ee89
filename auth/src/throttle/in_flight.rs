//! Attempts whose verdict is still to come.
//!
//! An attempt is counted as a failure before its password is checked, so several right ones at
//! once would slow their name. Whoever finds the gate closed therefore waits for the verdicts
//! under way: one success opens it again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::user::GivenName;

type Key = [u8; 32];

/// The attempts under way in this process, by name.
#[derive(Clone, Default)]
pub struct InFlight(Arc<Mutex<HashMap<Key, Entry>>>);

#[derive(Default)]
struct Entry {
    attempts: usize,
    verdict: Arc<Notify>,
}

/// One attempt; its end is a verdict.
pub struct Attempt {
    in_flight: InFlight,
    key: Key,
    verdict: Arc<Notify>,
    under_way: bool,
}

impl InFlight {
    /// Begins an attempt, before its gate is looked at.
    #[must_use]
    pub fn begin(&self, name: &GivenName) -> Attempt {
        let key = *name.digest();
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.entry(key).or_default();
        entry.attempts += 1;
        let verdict = Arc::clone(&entry.verdict);
        Attempt {
            in_flight: self.clone(),
            key,
            verdict,
            under_way: true,
        }
    }

    /// The attempts of this name that are left.
    fn leave(&self, key: &Key) -> usize {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(entry) = entries.get_mut(key) else {
            return 0;
        };
        entry.attempts -= 1;
        let left = entry.attempts;
        if left == 0 {
            entries.remove(key);
        }
        left
    }
}

impl Attempt {
    /// Steps back from a closed gate and waits for a verdict of those before it. False: there is
    /// none to wait for, or it did not come in time.
    pub async fn wait_for_verdict(mut self, patience: Duration) -> bool {
        // A verdict from now on is not missed, even before it is awaited.
        let verdict = Arc::clone(&self.verdict).notified_owned();
        if !self.step_back() {
            return false;
        }
        tokio::time::timeout(patience, verdict).await.is_ok()
    }

    /// Stepping back is no verdict, unless it leaves others waiting for one that will not come.
    fn step_back(&mut self) -> bool {
        self.under_way = false;
        let others = self.in_flight.leave(&self.key) > 0;
        if !others {
            self.verdict.notify_waiters();
        }
        others
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if self.under_way {
            self.in_flight.leave(&self.key);
            self.verdict.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_hours(1);

    fn jack() -> GivenName {
        GivenName::new("jack")
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_steps_back_hears_of_the_next_verdict() {
        let in_flight = InFlight::default();
        let first = in_flight.begin(&jack());
        let second = in_flight.begin(&jack());
        let (heard, ()) = tokio::join!(second.wait_for_verdict(LONG), async { drop(first) });
        assert!(heard);
        assert!(in_flight.0.lock().unwrap().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_to_step_back_has_nothing_to_wait_for_and_frees_the_others() {
        let in_flight = InFlight::default();
        let attempts = [in_flight.begin(&jack()), in_flight.begin(&jack())];
        let [first, second] = attempts.map(|attempt| attempt.wait_for_verdict(LONG));
        let (first, second) = tokio::join!(biased; first, second);
        assert!(
            first && !second,
            "the first looks again, the second gives up"
        );
        assert!(in_flight.0.lock().unwrap().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_verdict_that_does_not_come_in_time_is_not_waited_for() {
        let in_flight = InFlight::default();
        let _never = in_flight.begin(&jack());
        assert!(
            !in_flight
                .begin(&jack())
                .wait_for_verdict(Duration::from_secs(2))
                .await
        );
    }

    #[tokio::test]
    async fn other_names_have_nothing_to_do_with_it() {
        let in_flight = InFlight::default();
        let _robert = in_flight.begin(&GivenName::new("robert"));
        assert!(!in_flight.begin(&jack()).wait_for_verdict(LONG).await);
    }
}
