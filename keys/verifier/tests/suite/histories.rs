//! For any history of sets that an issuer serves: a token is accepted if and only if its key is in
//! the set that was last had within `max_stale`, less what was withdrawn too recently. A key that was
//! held for no longer than an answer can be behind was not withdrawn: it may come back at once.

mod model;
mod replicas;

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use verifier::{Verifier, VerifyError};

use crate::support::fake_issuer::Answer;
use crate::support::{KEYS, World, serving};
use model::{MAX_STALE, Model, Served, TOMBSTONE, furthest_behind};

/// What happens next: time passes, and the issuer is down or serves other keys.
#[derive(Clone, Debug)]
struct Step {
    seconds: u64,
    served: Option<BTreeSet<usize>>,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let furthest_behind = furthest_behind(0);
    let seconds = prop_oneof![
        0..50_u64,
        furthest_behind - 1..=furthest_behind + 1,
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
    let (mut model, mut tokens) = (Model::default(), Tokens::default());
    for (number, step) in steps.iter().enumerate() {
        world.issuer.answers(match &step.served {
            Some(keys) => serving(&keys.iter().copied().collect::<Vec<_>>()),
            None => Answer::Resets,
        });
        world.clock.advance(Duration::from_secs(step.seconds));
        model.now += step.seconds;
        verifier.refresh().await;
        if let Some(keys) = &step.served {
            model.takes(&Served {
                keys: keys.clone(),
                asked: model.now,
                age: 0,
            });
        }
        for key in 0..3 {
            let code = code(&verifier, tokens.of(key, &world, model.now)).await;
            assert_eq!(
                code,
                model.verdict_on(key),
                "key {key} after step {number} of {steps:?}"
            );
        }
    }
}

/// A good token of each key, made anew well before it expires: most of them have been judged before,
/// under another set.
#[derive(Default)]
struct Tokens([Option<(u64, String)>; KEYS]);

impl Tokens {
    fn of(&mut self, key: usize, world: &World, now: u64) -> &str {
        let fresh = self.0[key].take().filter(|(made, _)| now - made < 600);
        let (_, token) = self.0[key].insert(fresh.unwrap_or_else(|| (now, world.token(key))));
        token
    }
}

async fn code(verifier: &Verifier, token: &str) -> &'static str {
    let verdict = verifier.verify(token).await;
    verdict.as_ref().map_or_else(VerifyError::code, |_| "ok")
}

/// Each case is a verifier with an issuer of its own: a quarter of what `PROPTEST_CASES` asks for.
fn config() -> ProptestConfig {
    ProptestConfig {
        cases: ProptestConfig::default().cases / 4,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn run(history: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(history);
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_token_is_accepted_if_and_only_if_its_key_is_held(steps in steps()) {
        run(live_through(steps));
    }
}
