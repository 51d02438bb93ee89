//! A running issuer whose wall clock is set by up to an hour in either direction, again and
//! again: it goes on with one key that it has, and keeps every wait in real time.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use token::{Kid, Timestamp};

use super::world::{START, invented, keep, schedules};
use crate::lifecycle::{Moment, next_publication};
use crate::repository::StoredRing;
use crate::schedule::{FOLLOW_WITHIN, Schedule};

#[derive(Clone, Copy, Debug)]
enum Event {
    Pass(Duration),
    Forward(Duration),
    Back(Duration),
    Rotate,
    RotateNow,
    /// A new process knows nothing of where the clock came from.
    Restart,
}

/// One process, its clock, and the time as it really passes.
struct Issuer {
    schedule: Schedule,
    ring: StoredRing,
    real: Duration,
    wall: Timestamp,
    last_look: Option<(Duration, Timestamp)>,
    made: usize,
    /// In real time.
    published: BTreeMap<Kid, Duration>,
    last_signed: BTreeMap<Kid, Duration>,
    signing: Option<Kid>,
}

impl Issuer {
    fn new(schedule: Schedule) -> Self {
        let mut ring = StoredRing::default();
        ring.begin(invented(0), START);
        let mut issuer = Self {
            schedule,
            ring,
            real: Duration::ZERO,
            wall: START,
            last_look: None,
            made: 0,
            published: BTreeMap::new(),
            last_signed: BTreeMap::new(),
            signing: None,
        };
        issuer.look();
        issuer
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Pass(duration) => self.pass(duration),
            Event::Forward(by) => self.wall = self.wall + by,
            Event::Back(by) => self.wall = self.wall - by,
            Event::Restart => self.last_look = None,
            Event::Rotate => self.announce(self.schedule.announcement()),
            Event::RotateNow => {
                self.announce(self.schedule.least_wait());
                let now = self.ring.now(self.wall);
                self.ring.bring_forward(&self.schedule, now);
            }
        }
        self.look();
    }

    /// Looks as often as a process does where something happens, and before long anyway.
    fn pass(&mut self, duration: Duration) {
        let end = self.real + duration;
        while self.real < end {
            let now = self.ring.now(self.wall);
            let due = next_publication(&self.ring, &self.schedule, now);
            let event = self.ring.next_change(now).into_iter().chain(due).min();
            let to_event = event.map_or(duration, |event| event.since(self.wall));
            let step = to_event
                .max(Duration::from_millis(500))
                .min(end.saturating_sub(self.real));
            self.real += step;
            self.wall = self.wall + step;
            self.look();
        }
    }

    fn announce(&mut self, wait: Duration) {
        let now = self.ring.now(self.wall);
        if self.ring.next_to_sign(now).is_none() {
            self.made += 1;
            self.ring
                .announce(invented(self.made), wait, &self.schedule, now);
        }
    }

    fn look(&mut self) {
        let expected = self
            .last_look
            .map(|(real, wall)| wall + self.real.saturating_sub(real));
        self.last_look = Some((self.real, self.wall));
        let stepped_from = expected.filter(|at| self.wall > *at + Duration::from_secs(1));
        let moment = Moment {
            now: self.wall,
            stepped_from,
        };
        self.ring = keep(&self.ring, &self.schedule, moment);
        let now = self.ring.now(self.wall);
        if next_publication(&self.ring, &self.schedule, now).is_some_and(|due| due <= now) {
            self.announce(self.schedule.announcement());
        }
        self.note(now);
    }

    fn note(&mut self, now: Timestamp) {
        for key in self.ring.published(now) {
            self.published.entry(key.kid.clone()).or_insert(self.real);
        }
        let active = self.ring.active(now).expect("there is one at every moment");
        assert!(
            active.sealed.is_some(),
            "the only key is lost: {:#?}",
            self.ring
        );
        if let Some(before) = self.signing.replace(active.kid.clone()) {
            self.last_signed.insert(before, self.real);
        }
    }

    fn waited(&self, kid: &Kid) -> Duration {
        self.real.saturating_sub(self.published[kid])
    }
}

fn events(restarts: u32) -> impl Strategy<Value = Vec<Event>> {
    let up_to = |seconds: u64| (0..seconds * 1000).prop_map(Duration::from_millis);
    prop::collection::vec(
        prop_oneof![
            4 => up_to(5).prop_map(Event::Pass),
            4 => up_to(7200).prop_map(Event::Pass),
            3 => up_to(3600).prop_map(Event::Forward),
            3 => up_to(3600).prop_map(Event::Back),
            2 => Just(Event::Rotate),
            2 => Just(Event::RotateNow),
            restarts => Just(Event::Restart),
        ],
        1..30,
    )
}

proptest! {
    // A failure prints its smallest case; no file is kept of it.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_one_active_key_always_has_its_private_half(
        schedule in schedules(),
        events in events(2),
    ) {
        let mut issuer = Issuer::new(schedule);
        for event in events {
            issuer.happen(event);
            let now = issuer.ring.now(issuer.wall);
            let active = issuer.ring.keys.iter().filter(|key| {
                key.life.state(now) == crate::lifecycle::State::Active
            });
            prop_assert_eq!(active.count(), 1);
        }
    }

    #[test]
    fn no_key_signs_before_it_was_published_long_enough_in_real_time(
        schedule in schedules(),
        events in events(0),
    ) {
        let mut issuer = Issuer::new(schedule);
        let first = issuer.signing.clone();
        for event in events {
            issuer.happen(event);
            let signing = issuer.signing.clone().expect("somebody signs");
            // A look may be late by what a step of the clock is allowed to be unnoticed.
            let waited = issuer.waited(&signing) + Duration::from_secs(1);
            prop_assert!(
                Some(&signing) == first.as_ref() || waited >= issuer.schedule.least_wait(),
                "{signing} signs after {waited:?}"
            );
        }
    }

    #[test]
    fn no_key_leaves_the_set_before_its_last_token_has_expired_in_real_time(
        schedule in schedules(),
        events in events(0),
    ) {
        let mut issuer = Issuer::new(schedule);
        for event in events {
            issuer.happen(event);
            let now = issuer.ring.now(issuer.wall);
            for (kid, last_signed) in &issuer.last_signed {
                let since = issuer.real.saturating_sub(*last_signed) + FOLLOW_WITHIN;
                let published = issuer.ring.key(kid).is_some_and(|key| key.life.is_published(now));
                prop_assert!(
                    published || since >= issuer.schedule.retirement(),
                    "{kid} is gone {since:?} after its last token"
                );
            }
        }
    }
}
