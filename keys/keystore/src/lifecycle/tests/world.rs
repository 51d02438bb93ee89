//! An issuer's world without cryptography: a ring of invented keys, its history, the hosts that
//! change it, and time as it really passes.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use token::{Kid, Timestamp};

use crate::lifecycle::{Life, Moment, next_publication, plan};
use crate::repository::{StoredKey, StoredRing};
use crate::schedule::{Schedule, ScheduleSettings};
use crate::seal::SealedKey;

pub(super) const START: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);

/// What an operator does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Act {
    Nothing,
    Rotate,
    RotateNow,
    Import,
    /// The key at this position, modulo their number.
    Revoke(usize),
}

/// One act, its distance from the one before, and the clock of the host it is done on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    pub(super) after: Duration,
    pub(super) act: Act,
    pub(super) skew: Skew,
}

/// A clock's distance from the true time, in thousandths of half the leeway.
#[derive(Clone, Copy, Debug)]
pub(super) struct Skew(pub(super) i32);

/// A ring and all that it has been.
pub(super) struct World {
    pub(super) schedule: Schedule,
    pub(super) history: Vec<(Timestamp, StoredRing)>,
    /// Keys that signed before verifiers could know them, because another was revoked.
    pub(super) hurried: BTreeSet<Kid>,
    made: usize,
}

impl World {
    pub(super) fn new(schedule: Schedule) -> Self {
        let mut world = Self {
            schedule,
            history: Vec::new(),
            hurried: BTreeSet::new(),
            made: 0,
        };
        let mut ring = StoredRing::default();
        ring.begin(world.invent(), START);
        world.history.push((START, ring));
        world
    }

    /// A world in which all this has happened, with a server that keeps house all the while.
    pub(super) fn lived(schedule: Schedule, turns: &[Turn]) -> Self {
        let mut world = Self::new(schedule);
        for turn in turns {
            let at = world.now() + turn.after;
            world.serve_until(at);
            world.act(at, *turn);
        }
        world
    }

    pub(super) fn now(&self) -> Timestamp {
        self.history.last().map_or(START, |(at, _)| *at)
    }

    pub(super) fn ring(&self) -> &StoredRing {
        &self.history.last().expect("a world begins with a ring").1
    }

    /// What a process whose clock is off by `skew` has made of the ring it read at `read_at`.
    pub(super) fn seen(&self, read_at: Timestamp, now: Timestamp, skew: Skew) -> StoredRing {
        let known = self.history.iter().rfind(|(at, _)| *at <= read_at);
        let ring = &known.unwrap_or(&self.history[0]).1;
        kept(ring, &self.schedule, self.wall(now, skew))
    }

    /// What a clock shows that is off by `skew`.
    pub(super) fn wall(&self, at: Timestamp, Skew(thousandths): Skew) -> Timestamp {
        let half = self.schedule.settings().leeway / 2;
        let off = half * thousandths.unsigned_abs() / 1000;
        if thousandths < 0 { at - off } else { at + off }
    }

    /// Lets a server with a true clock keep house and follow the schedule.
    pub(super) fn serve_until(&mut self, until: Timestamp) {
        loop {
            let (now, ring) = (self.now(), self.ring().clone());
            let seen = ring.now(now);
            let due = next_publication(&ring, &self.schedule, seen);
            let event = ring.next_change(seen).into_iter().chain(due).min();
            let at = match event {
                Some(event) if event.max(now) <= until => event.max(now),
                _ => break,
            };
            let mut next = kept(&ring, &self.schedule, at);
            if due.is_some_and(|due| due <= at) {
                next.announce(
                    self.invent(),
                    self.schedule.announcement(),
                    &self.schedule,
                    at,
                );
            }
            self.history.push((at, next));
        }
        let kept = kept(self.ring(), &self.schedule, until);
        self.history.push((until, kept));
    }

    pub(super) fn act(&mut self, at: Timestamp, Turn { act, skew, .. }: Turn) {
        let mut ring = self.ring().clone();
        let now = ring.now(self.wall(at, skew));
        let schedule = self.schedule;
        match act {
            Act::Nothing => {}
            Act::Rotate | Act::RotateNow => {
                let hurry = matches!(act, Act::RotateNow);
                let wait = if hurry {
                    schedule.least_wait()
                } else {
                    schedule.announcement()
                };
                if ring.next_to_sign(now).is_none() {
                    ring.announce(self.invent(), wait, &schedule, now);
                } else if hurry {
                    ring.bring_forward(&schedule, now);
                }
            }
            Act::Import => {
                ring.announce(self.invent(), schedule.announcement(), &schedule, now);
            }
            Act::Revoke(position) => {
                let kid = ring.keys[position % ring.keys.len()].kid.clone();
                let before = ring.active(now).map(|active| active.kid.clone());
                ring.revoke(&kid, Some(self.invent()), &schedule, now);
                let after = ring.active(now).map(|active| active.kid.clone());
                self.hurried
                    .extend(after.filter(|after| before.as_ref() != Some(after)));
            }
        }
        self.history.push((at, ring));
    }

    pub(super) fn invent(&mut self) -> StoredKey {
        self.made += 1;
        invented(self.made)
    }
}

pub(super) fn invented(number: usize) -> StoredKey {
    StoredKey {
        kid: Kid::new(&format!("key-{number}")).expect("it is visible ASCII"),
        modulus: Vec::new(),
        exponent: Vec::new(),
        sealed: Some(SealedKey::from_bytes(vec![1])),
        life: Life::beginning(START, START),
    }
}

/// The ring after the housekeeping that is due.
pub(super) fn kept(ring: &StoredRing, schedule: &Schedule, wall: Timestamp) -> StoredRing {
    keep(
        ring,
        schedule,
        Moment {
            now: wall,
            stepped_from: None,
        },
    )
}

pub(super) fn keep(ring: &StoredRing, schedule: &Schedule, mut moment: Moment) -> StoredRing {
    let mut ring = ring.clone();
    for _ in 0..4 {
        moment.now = ring.now(moment.now);
        let steps = plan(&ring, schedule, moment, &[]);
        if steps.is_empty() {
            return ring;
        }
        for step in &steps {
            ring.apply(step, schedule);
        }
        moment.stepped_from = None;
    }
    panic!("housekeeping does not end: {ring:?}");
}

/// Any schedule that can be constructed, from seconds to months.
pub(super) fn schedules() -> impl Strategy<Value = Schedule> {
    let millis = |range: std::ops::Range<u64>| range.prop_map(Duration::from_millis);
    let scale = prop_oneof![Just(1_u64), Just(60), Just(3_600)];
    (
        scale,
        millis(0..5_000),
        millis(0..3_000),
        millis(1..9_000),
        millis(0..9_000),
        millis(1..9_000),
    )
        .prop_map(|(scale, max_age, leeway, ttl, more, again)| {
            let scaled = |duration: Duration| duration * u32::try_from(scale).expect("it is small");
            let announce_for = scaled(max_age + leeway + more);
            Schedule::new(ScheduleSettings {
                rotate_every: Some(announce_for + scaled(again)),
                announce_for,
                jwks_max_age: scaled(max_age),
                leeway: scaled(leeway),
                token_ttl: scaled(ttl),
            })
            .expect("every inequality holds by construction")
        })
}

pub(super) fn skews() -> impl Strategy<Value = Skew> {
    (-1000..=1000).prop_map(Skew)
}

/// Turns at distances that matter: moments, waits, whole rotations.
pub(super) fn turns(
    schedule: Schedule,
    acts: impl Strategy<Value = Act> + Clone,
) -> impl Strategy<Value = Vec<Turn>> {
    let up_to = |longest: Duration| {
        let longest = u64::try_from(longest.as_millis()).expect("a schedule is bounded");
        (0..=longest).prop_map(Duration::from_millis)
    };
    let rotation = schedule.rotate_every().unwrap_or_default() + schedule.retirement();
    let after = prop_oneof![
        up_to(Duration::from_secs(3)),
        up_to(schedule.announcement()),
        up_to(rotation),
    ];
    let turn = (after, acts, skews()).prop_map(|(after, act, skew)| Turn { after, act, skew });
    prop::collection::vec(turn, 0..12)
}

pub(super) fn any_act() -> impl Strategy<Value = Act> + Clone {
    prop_oneof![
        2 => Just(Act::Nothing),
        3 => Just(Act::Rotate),
        2 => Just(Act::RotateNow),
        1 => Just(Act::Import),
        2 => (0_usize..8).prop_map(Act::Revoke),
    ]
}
