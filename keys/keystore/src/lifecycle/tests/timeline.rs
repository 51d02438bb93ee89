//! What holds on every timeline, whatever the schedule, the operators and the clocks do.

use std::time::Duration;

use proptest::prelude::*;
use token::Timestamp;

use super::world::{Act, Skew, World, any_act, schedules, skews, turns};
use crate::lifecycle::{Moment, State, plan};
use crate::repository::StoredRing;
use crate::schedule::FOLLOW_WITHIN;

fn worlds(acts: impl Strategy<Value = Act> + Clone + 'static) -> impl Strategy<Value = World> {
    schedules().prop_flat_map(move |schedule| {
        turns(schedule, acts.clone()).prop_map(move |turns| World::lived(schedule, &turns))
    })
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}\n{:#?}", self.schedule, self.history)
    }
}

fn active_keys(ring: &StoredRing, now: Timestamp) -> usize {
    let now = ring.now(now);
    ring.keys
        .iter()
        .filter(|key| key.life.state(now) == State::Active)
        .count()
}

proptest! {
    // A failure prints its smallest case; no file is kept of it.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn exactly_one_key_is_active_at_every_moment(
        world in worlds(any_act()),
        later in 0_u64..100_000_000,
    ) {
        for (at, ring) in &world.history {
            for moment in [*at, *at + Duration::from_millis(later), *at - Duration::from_millis(later)] {
                prop_assert_eq!(active_keys(ring, moment), 1, "at {:?} of {:#?}", moment, ring);
            }
        }
    }

    #[test]
    fn the_active_key_has_its_private_half_and_nobody_else_keeps_one_for_nothing(
        world in worlds(any_act()),
    ) {
        for (at, ring) in &world.history {
            let now = ring.now(*at);
            prop_assert!(ring.active(now).is_some_and(|active| active.sealed.is_some()));
        }
        let (at, ring) = (world.now(), world.seen(world.now(), world.now(), Skew(0)));
        for key in &ring.keys {
            let signs = matches!(key.life.state(ring.now(at)), State::Announced | State::Active);
            prop_assert_eq!(key.sealed.is_some(), signs, "{:#?}", key);
        }
    }

    #[test]
    fn a_key_is_published_as_long_as_promised_before_it_signs(
        world in worlds(prop_oneof![Just(Act::Nothing), Just(Act::Rotate), Just(Act::Import)]),
    ) {
        for (_, ring) in &world.history {
            for key in ring.keys.iter().skip(1) {
                let wait = key.life.activates_at.since(key.life.published_at);
                prop_assert!(wait >= world.schedule.announcement(), "{key:#?}");
            }
        }
    }

    #[test]
    fn a_token_verifies_with_every_fresh_set_until_it_expires(
        world in worlds(any_act()),
        places in prop::collection::vec((any::<prop::sample::Index>(), skews(), skews()), 1..8),
        lags in (0_u64..=2_000, 0_u64..=2_000),
        (age, life) in (0_f64..1.0, 0_f64..1.0),
    ) {
        let settings = *world.schedule.settings();
        let lags = (Duration::from_millis(lags.0), Duration::from_millis(lags.1));
        for (place, signer, server) in places {
            // A process signs, going by a ring that it read a moment ago.
            let signed_at = place.get(&world.history).0;
            let ring = world.seen(signed_at - lags.0, signed_at, signer);
            let Some(key) = ring.active(ring.now(world.wall(signed_at, signer))) else { continue };
            // Another one serves a set, that is then kept as long as it may be.
            let checked_at = signed_at + settings.token_ttl.mul_f64(life);
            let fetched_at = checked_at - settings.jwks_max_age.mul_f64(age);
            if fetched_at < super::world::START {
                continue;
            }
            let served = world.seen(fetched_at - lags.1, fetched_at, server);
            let known = served.key(&key.kid).is_some_and(|key| {
                key.life.is_published(served.now(world.wall(fetched_at, server)))
            });
            let revoked = world
                .history
                .iter()
                .any(|(_, ring)| ring.key(&key.kid).is_some_and(|key| key.life.revoked_at.is_some()));
            prop_assert!(
                known || revoked || world.hurried.contains(&key.kid),
                "{} signed {signed_at:?}, fetched {fetched_at:?}, checked {checked_at:?}\n{ring:#?}\n{served:#?}",
                key.kid,
            );
        }
    }

    #[test]
    fn a_revoked_key_is_in_no_set_once_everybody_has_followed(
        world in worlds(any_act()),
        server in skews(),
    ) {
        let now = world.now() + FOLLOW_WITHIN;
        let ring = world.seen(world.now(), now, server);
        for key in ring.published(ring.now(world.wall(now, server))) {
            prop_assert_eq!(key.life.revoked_at, None);
        }
        for (_, earlier) in &world.history {
            for revoked in earlier.keys.iter().filter(|key| key.life.revoked_at.is_some()) {
                let now = ring.key(&revoked.kid);
                prop_assert!(now.is_some_and(|now| now.life.revoked_at.is_some() && now.sealed.is_none()));
            }
        }
    }

    #[test]
    fn what_is_due_is_done_once(world in worlds(any_act()), server in skews()) {
        let wall = world.wall(world.now(), server);
        let ring = world.seen(world.now(), world.now(), server);
        let moment = Moment { now: ring.now(wall), stepped_from: None };
        prop_assert_eq!(plan(&ring, &world.schedule, moment, &[]), []);
    }

    #[test]
    fn the_schedule_turns_the_key_by_itself(schedule in schedules(), rotations in 1_u32..6) {
        let every = schedule.rotate_every().expect("these schedules have one").max(schedule.announcement());
        let mut world = World::new(schedule);
        world.serve_until(super::world::START + every * rotations + Duration::from_millis(1));
        let signed: std::collections::BTreeSet<_> = world
            .history
            .iter()
            .filter_map(|(at, ring)| ring.active(ring.now(*at)).map(|key| key.kid.clone()))
            .collect();
        prop_assert_eq!(signed.len(), rotations as usize + 1);
    }
}
