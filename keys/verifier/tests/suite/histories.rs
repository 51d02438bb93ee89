//! For any history of sets that an issuer serves: a token is accepted if and only if its key is in
//! the set that was last had within `max_stale`, less what was withdrawn too recently. A key that was
//! held for no longer than an answer can be behind was not withdrawn: it may come back at once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;
use verifier::{Verifier, VerifyError};

use crate::support::fake_issuer::Answer;
use crate::support::{World, serving};

const MAX_STALE: u64 = 3600;
const TOMBSTONE: u64 = 7200;

/// The `max-age` of the sets served and the lag of a replica.
const FURTHEST_BEHIND: u64 = 60 + 30;

/// What happens next: time passes, and the issuer is down or serves other keys.
#[derive(Clone, Debug)]
struct Step {
    seconds: u64,
    served: Option<BTreeSet<usize>>,
}

/// What the verifier ought to hold.
#[derive(Default)]
struct Model {
    now: u64,
    /// And since when.
    held: BTreeMap<usize, u64>,
    confirmed: Option<u64>,
    withdrawn: BTreeMap<usize, u64>,
}

impl Model {
    fn refresh(&mut self, served: &BTreeSet<usize>) {
        let now = self.now;
        self.withdrawn.retain(|_, until| now < *until);
        let admitted = served
            .iter()
            .filter(|key| !self.withdrawn.contains_key(key));
        let admitted: BTreeSet<usize> = admitted.copied().collect();
        if admitted.is_empty() {
            return;
        }
        let gone = self.held.iter().filter(|(key, _)| !admitted.contains(key));
        let withdrawn = gone.filter(|&(_, &since)| now - since > FURTHEST_BEHIND);
        self.withdrawn
            .extend(withdrawn.map(|(&key, _)| (key, now + TOMBSTONE)));
        let since = |key: &usize| self.held.get(key).copied().unwrap_or(now);
        self.held = admitted.iter().map(|key| (*key, since(key))).collect();
        self.confirmed = Some(now);
    }

    fn verdict_on(&self, key: usize) -> &'static str {
        match self.confirmed {
            Some(at) if self.now < at + MAX_STALE && self.held.contains_key(&key) => "ok",
            Some(at) if self.now < at + MAX_STALE => "unknown_key",
            _ => "key_set_unavailable",
        }
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let seconds = prop_oneof![
        0..50_u64,
        FURTHEST_BEHIND - 1..=FURTHEST_BEHIND + 1,
        0..4000_u64,
        Just(MAX_STALE),
        Just(TOMBSTONE),
    ];
    let served = prop_oneof![
        1 => Just(None),
        3 => prop::collection::btree_set(0..3_usize, 1..=3).prop_map(Some),
    ];
    let step = (seconds, served).prop_map(|(seconds, served)| Step { seconds, served });
    prop::collection::vec(step, 1..12)
}

async fn live_through(steps: Vec<Step>) {
    let world = World::new().await;
    let verifier = world.verifier();
    let mut model = Model::default();
    for (number, step) in steps.iter().enumerate() {
        world.issuer.answers(match &step.served {
            Some(keys) => serving(&keys.iter().copied().collect::<Vec<_>>()),
            None => Answer::Resets,
        });
        world.clock.advance(Duration::from_secs(step.seconds));
        model.now += step.seconds;
        verifier.refresh().await;
        if let Some(served) = &step.served {
            model.refresh(served);
        }
        for key in 0..3 {
            let code = code(&verifier, &world.token(key)).await;
            assert_eq!(
                code,
                model.verdict_on(key),
                "key {key} after step {number} of {steps:?}"
            );
        }
    }
}

async fn code(verifier: &Verifier, token: &str) -> &'static str {
    let verdict = verifier.verify(token).await;
    verdict.as_ref().map_or_else(VerifyError::code, |_| "ok")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_token_is_accepted_if_and_only_if_its_key_is_held(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(live_through(steps));
    }
}
