//! The life of a key, step by step.

use std::time::Duration;

use token::{Kid, Timestamp};

use super::world::{START, invented, kept};
use crate::lifecycle::{Life, Moment, State, Step, next_publication, plan};
use crate::repository::StoredRing;
use crate::schedule::{Schedule, ScheduleSettings};

fn schedule() -> Schedule {
    Schedule::new(ScheduleSettings::default()).expect("the defaults hold")
}

fn at(seconds: u64) -> Timestamp {
    START + Duration::from_secs(seconds)
}

/// A first key at zero, and a second that signs from 1000 on.
fn two_keys() -> StoredRing {
    let mut ring = StoredRing::default();
    ring.begin(invented(1), START);
    ring.announce(invented(2), Duration::from_secs(1000), &schedule(), START);
    ring
}

fn states(ring: &StoredRing, now: Timestamp) -> Vec<State> {
    ring.keys.iter().map(|key| key.life.state(now)).collect()
}

#[test]
fn a_key_is_announced_then_active_then_retired_then_gone() {
    use State::{Active, Announced, Gone, Retired};
    let ring = two_keys();
    for (seconds, expected) in [
        (0, [Active, Announced]),
        (999, [Active, Announced]),
        (1000, [Retired, Active]),
        (1000 + 929, [Retired, Active]),
        (1000 + 930, [Gone, Active]),
    ] {
        assert_eq!(states(&ring, at(seconds)), expected, "after {seconds} s");
    }
}

#[test]
fn a_revoked_key_is_revoked_at_every_moment() {
    let life = Life {
        revoked_at: Some(at(5)),
        ..Life::beginning(at(0), at(10))
    };
    for seconds in [0, 5, 10, 100_000] {
        assert_eq!(life.state(at(seconds)), State::Revoked);
        assert!(!life.is_published(at(seconds)));
    }
}

#[test]
fn the_signing_key_comes_first_in_the_set() {
    let ring = two_keys();
    let order = |seconds| {
        let published = ring.published(at(seconds));
        published
            .into_iter()
            .map(|key| key.kid.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(order(0), ["key-1", "key-2"]);
    assert_eq!(order(1000), ["key-2", "key-1"]);
}

#[test]
fn a_retired_key_loses_its_private_half_and_a_gone_one_its_place() {
    let ring = two_keys();
    let due = |seconds| {
        let moment = Moment {
            now: at(seconds),
            stepped_from: None,
        };
        plan(&ring, &schedule(), moment, &[])
    };
    let first = ring.keys[0].kid.clone();
    assert_eq!(due(999), []);
    assert_eq!(
        due(1000),
        [Step::Settle(at(1000)), Step::Erase(first.clone())]
    );
    assert_eq!(due(5000), [Step::Settle(at(1000)), Step::Forget(first)]);
}

#[test]
fn a_key_that_does_not_open_is_held_back_while_another_can_go_on() {
    let mut ring = two_keys();
    let (first, second) = (ring.keys[0].kid.clone(), ring.keys[1].kid.clone());
    let due = |ring: &StoredRing, seconds, unopened: &[Kid]| {
        let moment = Moment {
            now: at(seconds),
            stepped_from: None,
        };
        plan(ring, &schedule(), moment, unopened)
    };
    let unopened = [second.clone()];
    assert_eq!(due(&ring, 998, &unopened), []);
    let step = Step::HoldBack {
        kid: second.clone(),
        until: at(999 + 92),
    };
    assert_eq!(due(&ring, 999, &unopened), std::slice::from_ref(&step));
    ring.apply(&step, &schedule());
    assert_eq!(ring.keys[0].life.retires_at, Some(at(1091)));
    assert_eq!(ring.keys[1].life.published_at, START);
    // Whoever opens neither leaves the ring to others.
    assert_eq!(due(&ring, 1100, &[first, second]), []);
    // What somebody has acted on is history.
    ring.settle(at(1091));
    assert_eq!(due(&ring, 1100, &unopened).len(), 1, "the erasing alone");
}

#[test]
fn revoking_the_active_key_makes_the_announced_one_active_in_the_same_change() {
    let mut ring = two_keys();
    let first = ring.keys[0].kid.clone();
    ring.revoke(&first, Some(invented(3)), &schedule(), at(10));
    assert_eq!(states(&ring, at(10)), [State::Revoked, State::Active]);
    assert_eq!(ring.keys[0].sealed, None);
    assert_eq!(ring.settled_at, Some(at(10)));
}

#[test]
fn revoking_the_only_key_makes_a_fresh_one_active_in_the_same_change() {
    let mut ring = StoredRing::default();
    ring.begin(invented(1), START);
    let first = ring.keys[0].kid.clone();
    ring.revoke(&first, Some(invented(3)), &schedule(), at(10));
    assert_eq!(states(&ring, at(10)), [State::Revoked, State::Active]);
    assert_eq!(ring.keys[1].kid.as_str(), "key-3");
}

#[test]
fn revoking_the_announced_key_leaves_the_active_one_without_an_end() {
    let mut ring = two_keys();
    let second = ring.keys[1].kid.clone();
    ring.revoke(&second, None, &schedule(), at(10));
    assert_eq!(
        states(&ring, at(1_000_000)),
        [State::Active, State::Revoked]
    );
    assert_eq!(ring.keys[0].life.retires_at, None);
}

#[test]
fn a_key_brought_forward_still_waits_until_all_can_know_it() {
    let mut ring = two_keys();
    let (_, soon) = ring
        .bring_forward(&schedule(), at(10))
        .expect("one is announced");
    assert_eq!(soon, at(92));
    // Published long ago, it waits only until every process can know the new time.
    let mut ring = two_keys();
    let (_, soon) = ring
        .bring_forward(&schedule(), at(500))
        .expect("one is announced");
    assert_eq!(soon, at(502));
    // And it is never delayed.
    let mut ring = two_keys();
    let (_, soon) = ring
        .bring_forward(&schedule(), at(999))
        .expect("one is announced");
    assert_eq!(soon, at(1000));
}

#[test]
fn a_server_with_longer_waits_of_its_own_corrects_what_others_planned() {
    let slow = Schedule::new(ScheduleSettings {
        jwks_max_age: Duration::from_hours(1),
        token_ttl: Duration::from_hours(2),
        ..ScheduleSettings::default()
    });
    let ring = kept(&two_keys(), &slow.expect("they go together"), at(10));
    assert_eq!(ring.keys[1].life.activates_at, at(3600 + 30 + 2));
    assert_eq!(ring.keys[0].life.retires_at, Some(at(3632)));
    assert_eq!(ring.keys[0].life.leaves_at, Some(at(3632 + 7230)));
}

#[test]
fn the_schedule_announces_the_next_key_in_time_for_its_turn() {
    let mut ring = StoredRing::default();
    ring.begin(invented(1), START);
    let day = 86_400;
    assert_eq!(
        next_publication(&ring, &schedule(), START),
        Some(at(29 * day))
    );
    // One that is announced already is the next key.
    assert_eq!(next_publication(&two_keys(), &schedule(), START), None);
    let by_hand = ScheduleSettings {
        rotate_every: None,
        ..ScheduleSettings::default()
    };
    let by_hand = Schedule::new(by_hand).expect("they go together");
    assert_eq!(next_publication(&ring, &by_hand, START), None);
}

#[test]
fn a_full_set_takes_no_further_key_of_the_schedule() {
    let mut ring = StoredRing::default();
    ring.begin(invented(0), START);
    for number in 1..crate::lifecycle::MOST_PUBLISHED {
        ring.announce(invented(number), Duration::from_secs(1), &schedule(), START);
    }
    // All but the last have retired within the minute; every one is still published.
    assert_eq!(
        ring.published(at(2)).len(),
        crate::lifecycle::MOST_PUBLISHED
    );
    assert_eq!(next_publication(&ring, &schedule(), at(2)), None);
}

#[test]
fn time_never_goes_back_past_an_activation_that_has_happened() {
    let ring = kept(&two_keys(), &schedule(), at(1500));
    assert_eq!(ring.settled_at, Some(at(1000)));
    assert_eq!(ring.now(START), at(1000));
    assert_eq!(
        states(&ring, ring.now(START)),
        [State::Retired, State::Active]
    );
}
