//! An issuer that publishes keys and withdraws them for good, seen through replicas that lag,
//! caches that say their age or do not, answers that take long and answers that are no key set.
//!
//! The verdicts are those of the model, and of the truth: no key that the issuer publishes is ever
//! barred, so that its tokens are good whenever the answer that was had last knows it.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::Index;
use verifier::Verifier;

use super::model::{MAX_AGE, MAX_STALE, Model, REPLICA_LAG, Served, furthest_behind};
use super::{Tokens, code, config, run};
use crate::support::fake_issuer::Answer;
use crate::support::{KEYS, World, key_set, serving};

/// Time passes, the issuer may change its keys, and the verifier asks for them.
#[derive(Clone, Debug)]
struct Beat {
    seconds: u64,
    change: Option<Change>,
    delivery: Delivery,
}

#[derive(Clone, Debug)]
enum Change {
    /// A key that has never been published before.
    Publish,
    /// One of the published keys, unless it is the only one.
    Withdraw(Index),
}

#[derive(Clone, Debug)]
enum Delivery {
    /// No set comes.
    Fails(Answer),
    /// What the issuer published so many seconds ago, with this `Age`.
    Comes { behind: u64, age: u64 },
    /// The same, and only so many seconds after it was asked for.
    Late { behind: u64, takes: u64 },
}

/// What the issuer has published, since when.
struct Issuer(Vec<(u64, BTreeSet<usize>)>);

impl Issuer {
    fn changes(&mut self, now: u64, change: &Change) {
        let mut keys = self.published(now);
        let used: BTreeSet<usize> = self.0.iter().flat_map(|(_, keys)| keys).copied().collect();
        match change {
            Change::Publish => keys.extend((0..KEYS).find(|key| !used.contains(key))),
            Change::Withdraw(_) if keys.len() == 1 => {}
            Change::Withdraw(index) => {
                let key = *index.get(&keys.iter().copied().collect::<Vec<_>>());
                keys.remove(&key);
            }
        }
        self.0.push((now, keys));
    }

    fn published(&self, at: u64) -> BTreeSet<usize> {
        let (_, keys) = self.0.iter().rfind(|(since, _)| *since <= at).unwrap();
        keys.clone()
    }
}

/// The verifier, and what is known of it from outside.
struct History {
    world: World,
    verifier: Verifier,
    issuer: Issuer,
    model: Model,
    last: Option<Served>,
    tokens: Tokens,
}

impl History {
    async fn new() -> Self {
        let world = World::new().await;
        Self {
            verifier: world.verifier(),
            world,
            issuer: Issuer(vec![(0, BTreeSet::from([0]))]),
            model: Model::default(),
            last: None,
            tokens: Tokens::default(),
        }
    }

    fn pass(&mut self, seconds: u64) {
        self.world.clock.advance(Duration::from_secs(seconds));
        self.model.now += seconds;
    }

    async fn goes_on(&mut self, beat: &Beat) {
        self.pass(beat.seconds);
        if let Some(change) = &beat.change {
            self.issuer.changes(self.model.now, change);
        }
        match &beat.delivery {
            Delivery::Fails(answer) => self.asks(answer.clone()).await,
            &Delivery::Comes { behind, age } => {
                let served = self.served(behind, age);
                self.asks(answer(&served)).await;
                self.takes_in(served);
            }
            &Delivery::Late { behind, takes } => {
                let served = self.served(behind, 0);
                self.asks_and_waits(&served, takes).await;
                self.takes_in(served);
            }
        }
        // From here on nothing can be had: the verdicts come from what the answer has left behind.
        self.asks(Answer::Resets).await;
    }

    async fn asks(&self, answer: Answer) {
        self.world.issuer.answers(answer);
        self.verifier.refresh().await;
    }

    async fn asks_and_waits(&mut self, served: &Served, seconds: u64) {
        let keys: Vec<_> = served.keys.iter().copied().collect();
        let before = self.world.issuer.requests();
        self.world.issuer.holds_back();
        self.world
            .issuer
            .answers(Answer::Paused(key_set(&keys).into()));
        let verifier = self.verifier.clone();
        tokio::join!(verifier.refresh(), async {
            self.world.issuer.has_had(before + 1).await;
            self.pass(seconds);
            self.world.issuer.goes_on();
        });
    }

    fn served(&self, behind: u64, age: u64) -> Served {
        let asked = self.model.now;
        let keys = self.issuer.published(asked.saturating_sub(behind));
        Served { keys, asked, age }
    }

    fn takes_in(&mut self, served: Served) {
        if self.model.takes(&served) {
            self.last = Some(served);
        }
    }

    /// The set that was taken last, if it may still be used.
    fn in_use(&self) -> Option<&Served> {
        let last = self.last.as_ref()?;
        (self.model.now < last.asked + MAX_STALE).then_some(last)
    }

    async fn is_as_it_should(&mut self, beats: &[Beat]) {
        let published = self.issuer.published(self.model.now);
        for key in 0..KEYS {
            let token = self.tokens.of(key, &self.world, self.model.now);
            let code = code(&self.verifier, token).await;
            assert_eq!(code, self.model.verdict_on(key), "key {key} of {beats:?}");
            let Some(served) = self.in_use() else {
                continue;
            };
            let is_served = served.keys.contains(&key);
            if is_served && published.contains(&key) {
                assert_eq!(code, "ok", "key {key} is barred after {beats:?}");
            }
            assert!(is_served || code != "ok", "key {key} after {beats:?}");
        }
    }
}

fn answer(served: &Served) -> Answer {
    let keys: Vec<_> = served.keys.iter().copied().collect();
    if served.age == 0 {
        return serving(&keys);
    }
    let headers = vec![
        "Content-Type: application/json".to_owned(),
        format!("Cache-Control: max-age={MAX_AGE}"),
        format!("Age: {}", served.age),
    ];
    Answer::Http("200 OK", headers, key_set(&keys).into())
}

fn beats() -> impl Strategy<Value = Vec<Beat>> {
    let edge = furthest_behind(0);
    let seconds =
        prop_oneof![4 => 0..20_u64, 2 => 0..200_u64, 1 => edge - 2..=edge + 2, 1 => 0..4000_u64];
    let change = prop_oneof![
        2 => Just(None),
        2 => Just(Some(Change::Publish)),
        1 => any::<Index>().prop_map(|index| Some(Change::Withdraw(index))),
    ];
    let beat = (seconds, change, delivery());
    let beat = beat.prop_map(|(seconds, change, delivery)| Beat {
        seconds,
        change,
        delivery,
    });
    prop::collection::vec(beat, 1..16)
}

fn delivery() -> impl Strategy<Value = Delivery> {
    let failure = prop_oneof![
        Just(Answer::Resets),
        Just(Answer::status("500 Internal Server Error")),
        Just(Answer::json(r#"{"keys":[]}"#)),
        Just(Answer::BreaksOff(b"{\"keys\":".to_vec())),
    ];
    let lag = || prop_oneof![Just(0), 0..=REPLICA_LAG, Just(REPLICA_LAG)];
    let behind = || (0..=MAX_AGE, lag()).prop_map(|(cached, lag)| cached + lag);
    let aged = (1..600_u64, lag());
    prop_oneof![
        1 => failure.prop_map(Delivery::Fails),
        4 => lag().prop_map(|behind| Delivery::Comes { behind, age: 0 }),
        2 => behind().prop_map(|behind| Delivery::Comes { behind, age: 0 }),
        1 => aged.prop_map(|(age, lag)| Delivery::Comes { behind: age + lag, age }),
        1 => (behind(), prop_oneof![1..6_u64, 0..4000_u64])
            .prop_map(|(behind, takes)| Delivery::Late { behind, takes }),
    ]
}

async fn live_through(beats: Vec<Beat>) {
    let mut history = History::new().await;
    for (number, beat) in beats.iter().enumerate() {
        history.goes_on(beat).await;
        history.is_as_it_should(&beats[..=number]).await;
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_key_that_is_published_is_barred_by_replicas_that_lag(beats in beats()) {
        run(live_through(beats));
    }
}
