//! Verifiers as strangers run them, none of which asks for `max-age`: with the default schedule
//! none of them ever refuses a good token.

use std::time::Duration;

use proptest::prelude::*;
use token::{Kid, Timestamp};

use super::world::{Act, START, Skew, Turn, World, skews, turns};
use crate::schedule::{FOLLOW_WITHIN, Schedule, ScheduleSettings};

/// How a verifier keeps its copy of the key set.
#[derive(Clone, Copy, Debug)]
struct Habits {
    name: &'static str,
    /// A copy older than this is fetched again before it is used.
    keeps_for: Duration,
    /// How soon after a fetch an unknown key id leads to another; `None`: never.
    asks_again_after: Option<Duration>,
    /// From this age on a copy is renewed in the background.
    renews_from: Option<Duration>,
}

const HABITS: [Habits; 5] = [
    Habits {
        name: "jose",
        keeps_for: Duration::from_mins(10),
        asks_again_after: Some(Duration::from_secs(30)),
        renews_from: None,
    },
    Habits {
        name: "PyJWT",
        keeps_for: Duration::from_mins(5),
        asks_again_after: Some(Duration::ZERO),
        renews_from: None,
    },
    Habits {
        name: "PyJWT since 2.15",
        keeps_for: Duration::from_mins(5),
        asks_again_after: Some(Duration::from_secs(30)),
        renews_from: None,
    },
    Habits {
        name: "Nimbus",
        keeps_for: Duration::from_mins(5),
        asks_again_after: Some(Duration::ZERO),
        renews_from: Some(Duration::from_secs(270)),
    },
    Habits {
        name: "Envoy",
        keeps_for: Duration::from_mins(10),
        asks_again_after: None,
        renews_from: None,
    },
];

/// A verifier that has checked tokens for a while.
struct Verifier<'a> {
    habits: Habits,
    world: &'a World,
    servers: Skew,
    fetched_at: Option<Timestamp>,
    known: Vec<Kid>,
}

impl Verifier<'_> {
    fn accepts(&mut self, kid: &Kid, now: Timestamp) -> bool {
        let age = self.fetched_at.map(|fetched_at| now.since(fetched_at));
        if age.is_none_or(|age| age >= self.habits.keeps_for) {
            self.fetch(now);
        }
        let known = self.known.contains(kid);
        let asks = self
            .habits
            .asks_again_after
            .is_some_and(|wait| age.is_none_or(|age| age >= wait));
        let renews = self
            .habits
            .renews_from
            .is_some_and(|from| age.is_some_and(|age| age >= from));
        if (!known && asks) || renews {
            self.fetch(now);
        }
        known || self.known.contains(kid)
    }

    /// From a server that follows as late as it may.
    fn fetch(&mut self, now: Timestamp) {
        let ring = self.world.seen(now - FOLLOW_WITHIN, now, self.servers);
        let published = ring.published(ring.now(self.world.wall(now, self.servers)));
        self.known = published.into_iter().map(|key| key.kid.clone()).collect();
        self.fetched_at = Some(now);
    }
}

/// Everything but an emergency, which is for keys that are worse than a refused token.
fn peaceful_act() -> impl Strategy<Value = Act> + Clone {
    prop_oneof![Just(Act::Nothing), Just(Act::Rotate), Just(Act::Import)]
}

fn default_worlds() -> impl Strategy<Value = World> {
    let schedule = Schedule::new(ScheduleSettings::default()).expect("the defaults hold");
    turns(schedule, peaceful_act()).prop_map(move |turns| {
        let mut world = World::lived(schedule, &turns);
        let rest = Turn {
            after: Duration::from_hours(48),
            act: Act::Nothing,
            skew: Skew(0),
        };
        let end = world.now() + rest.after;
        world.serve_until(end);
        world.act(end, rest);
        world
    })
}

proptest! {
    // A failure prints its smallest case; no file is kept of it.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn none_refuses_a_good_token(
        world in default_worlds(),
        checks in prop::collection::vec((0_f64..1.0, 0_u64..900_000, 0_u64..40_000), 1..30),
        (signers, servers) in (skews(), skews()),
    ) {
        let mut checks: Vec<_> = checks
            .into_iter()
            .flat_map(|(place, age, next)| {
                let signed_at = around_a_change(&world, place, age);
                // Two checks close together meet a cache that has just been filled.
                [signed_at + Duration::from_millis(age), signed_at + Duration::from_millis(age + next)]
                    .map(|checked_at| (checked_at, signed_at))
            })
            .collect();
        checks.sort();
        for habits in HABITS {
            let mut verifier =
                Verifier { habits, world: &world, servers, fetched_at: None, known: Vec::new() };
            for (checked_at, signed_at) in &checks {
                let ring = world.seen(*signed_at - FOLLOW_WITHIN, *signed_at, signers);
                let now = ring.now(world.wall(*signed_at, signers));
                let key = ring.active(now).expect("there is one at every moment");
                let expires_at = *signed_at + world.schedule.settings().token_ttl;
                if *checked_at < expires_at {
                    prop_assert!(
                        verifier.accepts(&key.kid, *checked_at),
                        "{} refused a token of {} signed {signed_at:?} at {checked_at:?}",
                        habits.name, key.kid,
                    );
                }
            }
        }
    }
}

/// A moment within a quarter of an hour of something that happened.
fn around_a_change(world: &World, place: f64, before: u64) -> Timestamp {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index drawn at random"
    )]
    let index = (place * world.history.len() as f64) as usize;
    let change = world.history[index.min(world.history.len() - 1)].0;
    (change + Duration::from_mins(5) - Duration::from_millis(before)).max(START + FOLLOW_WITHIN)
}
