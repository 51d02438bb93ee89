//! A ring's keys on their one timeline: who signs, who is published, and the changes that
//! operators and time make. Everything here is a function of its arguments.

use std::time::Duration;

use token::{Kid, Timestamp};

use crate::lifecycle::{Life, State};
use crate::repository::{StoredKey, StoredRing};
use crate::schedule::{FOLLOW_WITHIN, Schedule};

impl StoredRing {
    /// Now, as this ring sees it: never before an activation that has happened. A wall clock
    /// that steps back must not bring back a key whose private half is erased.
    #[must_use]
    pub fn now(&self, wall: Timestamp) -> Timestamp {
        self.settled_at
            .map_or(wall, |settled_at| wall.max(settled_at))
    }

    /// The key that signs at `now`. There is exactly one in a ring that has any to trust.
    #[must_use]
    pub fn active(&self, now: Timestamp) -> Option<&StoredKey> {
        self.in_state(State::Active, now).next()
    }

    /// The key that signs next.
    #[must_use]
    pub fn next_to_sign(&self, now: Timestamp) -> Option<&StoredKey> {
        self.in_state(State::Announced, now).next()
    }

    /// The keys in the set at `now`: the one that signs, those to come, those that have been.
    #[must_use]
    pub fn published(&self, now: Timestamp) -> Vec<&StoredKey> {
        [State::Active, State::Announced, State::Retired]
            .into_iter()
            .flat_map(|state| self.in_state(state, now))
            .collect()
    }

    /// The next moment at which a key changes its state by time alone.
    #[must_use]
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        self.keys
            .iter()
            .filter_map(|key| key.life.next_change(now))
            .min()
    }

    /// The key with this id, in whatever state.
    #[must_use]
    pub fn key(&self, kid: &Kid) -> Option<&StoredKey> {
        self.keys.iter().find(|key| key.kid == *kid)
    }

    /// The key before this one, if it still can, and may, go on signing.
    pub(crate) fn could_wait_with(&self, key: &StoredKey) -> Option<&StoredKey> {
        let mut others = self.keys.iter();
        others.find(|other| {
            key.life.revoked_at.is_none()
                && other.life.retires_at == Some(key.life.activates_at)
                && other.life.revoked_at.is_none()
                && other.sealed.is_some()
        })
    }

    /// Begins a timeline with a key that signs at once. There is nobody to have seen another.
    pub(crate) fn begin(&mut self, mut key: StoredKey, now: Timestamp) {
        key.life = Life::beginning(now, now);
        self.keys.push(key);
        self.settle(now);
    }

    /// Puts a key at the end of the timeline, to sign after `wait` and after every other.
    pub(crate) fn announce(
        &mut self,
        mut key: StoredKey,
        wait: Duration,
        schedule: &Schedule,
        now: Timestamp,
    ) -> Timestamp {
        let trusted = self.keys.iter().filter(|key| key.life.revoked_at.is_none());
        let last = trusted
            .map(|key| key.life.activates_at)
            .max()
            .unwrap_or(now);
        let activates_at = (now + wait).max(last);
        key.life = Life::beginning(now, activates_at);
        self.keys.push(key);
        self.link(schedule);
        activates_at
    }

    /// Lets the next key sign as soon as every verifier can know it, and not before every
    /// process that signs can know that it does.
    pub(crate) fn bring_forward(
        &mut self,
        schedule: &Schedule,
        now: Timestamp,
    ) -> Option<(Kid, Timestamp)> {
        let next = self
            .keys
            .iter_mut()
            .find(|key| key.life.state(now) == State::Announced)?;
        let seen_by_all = next.life.published_at.min(now) + schedule.least_wait();
        let soonest = seen_by_all.max(now + FOLLOW_WITHIN);
        next.life.activates_at = next.life.activates_at.min(soonest);
        let moved = (next.kid.clone(), next.life.activates_at);
        self.link(schedule);
        Some(moved)
    }

    /// Keeps an announced key from signing before `until`, and counts its publication from there.
    pub(crate) fn postpone(&mut self, kid: &Kid, until: Timestamp, schedule: &Schedule) {
        if let Some(key) = self.keys.iter_mut().find(|key| key.kid == *kid) {
            let life = &mut key.life;
            life.published_at = life.published_at.max(until - schedule.least_wait());
        }
        self.hold_back(kid, until, schedule);
    }

    /// Keeps an announced key from signing before `until`.
    pub(crate) fn hold_back(&mut self, kid: &Kid, until: Timestamp, schedule: &Schedule) {
        let Some(position) = self.keys.iter().position(|key| key.kid == *kid) else {
            return;
        };
        // Those after it keep their place in the row.
        for key in self.keys[position..]
            .iter_mut()
            .filter(|key| key.life.revoked_at.is_none())
        {
            key.life.activates_at = key.life.activates_at.max(until);
        }
        self.link(schedule);
    }

    /// Takes a key out of the set at once. If it was the active one, the next to sign becomes
    /// active at once, and `fresh` when there is none.
    pub(crate) fn revoke(
        &mut self,
        kid: &Kid,
        fresh: Option<StoredKey>,
        schedule: &Schedule,
        now: Timestamp,
    ) {
        let Some(active) = self.active(now) else {
            return;
        };
        let (was_active, activated_at) = (active.kid == *kid, active.life.activates_at);
        // By a clock that is behind, the key before might still be the active one.
        self.settle(activated_at);
        if let Some(key) = self.keys.iter_mut().find(|key| key.kid == *kid) {
            key.life.revoked_at = Some(now);
            key.sealed = None;
        }
        if was_active {
            match self
                .keys
                .iter_mut()
                .find(|key| key.life.state(now) == State::Announced)
            {
                Some(next) => next.life.activates_at = now,
                None => self.keys.extend(fresh.map(|key| StoredKey {
                    life: Life::beginning(now, now),
                    ..key
                })),
            }
            self.settle(now);
        }
        self.link(schedule);
    }

    /// Notes that an activation has happened.
    pub(crate) fn settle(&mut self, activated_at: Timestamp) {
        self.settled_at = self.settled_at.max(Some(activated_at));
    }

    /// Erases the private half of every key whose successor has signed. Before that it is what
    /// would go on, had a clock been wrong.
    pub(crate) fn erase_history(&mut self) {
        let settled_at = self.settled_at;
        let history = |life: &Life| life.retires_at.is_some_and(|at| Some(at) <= settled_at);
        for key in self.keys.iter_mut().filter(|key| history(&key.life)) {
            key.sealed = None;
        }
    }

    /// Makes each key that still signs, or will, hand over to the one after it. A handing over
    /// that somebody has acted on is history.
    fn link(&mut self, schedule: &Schedule) {
        let settled_at = self.settled_at;
        let mut successor = None;
        for key in self.keys.iter_mut().rev() {
            let handed_over = key.life.retires_at.is_some_and(|at| Some(at) <= settled_at);
            if handed_over || key.life.revoked_at.is_some() {
                continue;
            }
            match successor {
                Some(at) => key.life.hand_over(at, schedule.retirement()),
                None => key.life.keep_on(),
            }
            successor = Some(key.life.activates_at);
        }
    }

    fn in_state(&self, state: State, now: Timestamp) -> impl Iterator<Item = &StoredKey> {
        self.keys
            .iter()
            .filter(move |key| key.life.state(now) == state)
    }
}
