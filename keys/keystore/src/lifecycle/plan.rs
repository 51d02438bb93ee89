//! What is to be done about a ring now: the housekeeping that time asks for, as a pure function.

use std::time::Duration;

use token::{Kid, Timestamp};

use crate::lifecycle::State;
use crate::repository::{StoredKey, StoredRing};
use crate::schedule::{FOLLOW_WITHIN, Schedule};

/// A set larger than this is not made: verifiers refuse more than 100 keys.
pub(crate) const MOST_PUBLISHED: usize = 64;

/// Now, and what the wall clock would show if it had not been set since the last look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Now.
    pub now: Timestamp,
    /// Where the clock came from, when it has just been set forward.
    pub stepped_from: Option<Timestamp>,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Keep a key from signing before verifiers can know it, by this process's settings or since
    /// the clock has jumped over its waiting time.
    Postpone {
        /// Which key.
        kid: Kid,
        /// The earliest moment at which it may sign.
        until: Timestamp,
    },
    /// Keep a key from signing while this process cannot open its private half.
    HoldBack {
        /// Which key.
        kid: Kid,
        /// The earliest moment at which it may sign.
        until: Timestamp,
    },
    /// Keep a key published until the last token it has signed expires.
    Extend {
        /// Which key.
        kid: Kid,
        /// The earliest moment at which it may leave the set.
        until: Timestamp,
    },
    /// Write down that an activation has happened: no clock can undo it from here on.
    Settle(Timestamp),
    /// Erase the private half of a key that signs no more.
    Erase(Kid),
    /// Drop a key whose every token has expired.
    Forget(Kid),
}

/// The housekeeping that is due. Nothing is due once it has been applied.
///
/// `unopened` are the keys whose private half this process cannot open: while another goes on
/// signing in its place, such a key does not begin to.
///
/// A ring whose times must be moved is not settled in the same breath: what happens next
/// follows from the moved times.
#[must_use]
pub fn plan(ring: &StoredRing, schedule: &Schedule, moment: Moment, unopened: &[Kid]) -> Vec<Step> {
    let corrections = corrections(ring, schedule, moment, unopened);
    if corrections.is_empty() {
        housekeeping(ring, moment.now, unopened)
    } else {
        corrections
    }
}

/// When the next key of the schedule is to be announced; `None` while keys change only by hand,
/// while another is announced already, or while the set is full.
#[must_use]
pub fn next_publication(
    ring: &StoredRing,
    schedule: &Schedule,
    now: Timestamp,
) -> Option<Timestamp> {
    let rotate_every = schedule.rotate_every()?;
    let active = ring.active(now)?;
    let crowded = ring.published(now).len() >= MOST_PUBLISHED;
    if crowded || ring.next_to_sign(now).is_some() {
        return None;
    }
    Some(active.life.activates_at + rotate_every.saturating_sub(schedule.announcement()))
}

impl StoredRing {
    /// Does one thing.
    pub(crate) fn apply(&mut self, step: &Step, schedule: &Schedule) {
        match step {
            Step::Postpone { kid, until } => self.postpone(kid, *until, schedule),
            Step::HoldBack { kid, until } => self.hold_back(kid, *until, schedule),
            Step::Extend { kid, until } => {
                if let Some(key) = self.keys.iter_mut().find(|key| key.kid == *kid) {
                    key.life.leaves_at = Some(*until);
                }
            }
            Step::Settle(activated_at) => self.settle(*activated_at),
            Step::Erase(kid) => {
                if let Some(key) = self.keys.iter_mut().find(|key| key.kid == *kid) {
                    key.sealed = None;
                }
            }
            Step::Forget(kid) => self.keys.retain(|key| key.kid != *kid),
        }
    }
}

/// Times that would break a promise of this process's own settings, or that the wall clock has
/// jumped over: another process may have been started with other settings, or by another clock.
fn corrections(
    ring: &StoredRing,
    schedule: &Schedule,
    moment: Moment,
    unopened: &[Kid],
) -> Vec<Step> {
    ring.keys
        .iter()
        .filter_map(|key| {
            too_soon(ring, key, schedule, moment)
                .or_else(|| too_short(key, schedule, moment))
                .or_else(|| not_opened(ring, key, schedule, moment.now, unopened))
        })
        .collect()
}

fn too_soon(
    ring: &StoredRing,
    key: &StoredKey,
    schedule: &Schedule,
    Moment { now, stepped_from }: Moment,
) -> Option<Step> {
    let activates_at = key.life.activates_at;
    // What somebody has acted on is history, whatever this process's clock did; and where nobody
    // could go on signing instead, the key must.
    if Some(activates_at) <= ring.settled_at || ring.could_wait_with(key).is_none() {
        return None;
    }
    let by_settings =
        (activates_at > now).then(|| key.life.published_at.min(now) + schedule.least_wait());
    let by_clock = stepped_from
        .filter(|from| activates_at > *from)
        .map(|from| now + still_to_wait(key, schedule, from));
    let until = by_settings.max(by_clock.filter(|until| *until > now))?;
    let counted_from = until - schedule.least_wait();
    (until > activates_at || counted_from > key.life.published_at).then(|| Step::Postpone {
        kid: key.kid.clone(),
        until,
    })
}

/// Whoever cannot open the next key could not sign after its activation. Moved while nobody has
/// acted on it, the activation happens once the key opens.
fn not_opened(
    ring: &StoredRing,
    key: &StoredKey,
    schedule: &Schedule,
    now: Timestamp,
    unopened: &[Kid],
) -> Option<Step> {
    let activates_at = key.life.activates_at;
    let is_due = activates_at < now + FOLLOW_WITHIN;
    if !is_due || Some(activates_at) <= ring.settled_at || !unopened.contains(&key.kid) {
        return None;
    }
    let before = ring.could_wait_with(key)?;
    (!unopened.contains(&before.kid)).then(|| Step::HoldBack {
        kid: key.kid.clone(),
        until: now + schedule.least_wait(),
    })
}

/// What is left at `now` of the shortest time between publication and first signature.
fn still_to_wait(key: &StoredKey, schedule: &Schedule, now: Timestamp) -> Duration {
    schedule
        .least_wait()
        .saturating_sub(now.since(key.life.published_at))
}

fn too_short(key: &StoredKey, schedule: &Schedule, moment: Moment) -> Option<Step> {
    let (retires_at, leaves_at) = (key.life.retires_at?, key.life.leaves_at?);
    let Moment { now, stepped_from } = moment;
    if key.life.state(stepped_from.unwrap_or(now)) == State::Gone || key.life.revoked_at.is_some() {
        return None;
    }
    let by_settings = retires_at + schedule.retirement();
    let by_clock = stepped_from
        .filter(|from| leaves_at > *from)
        .map(|from| now + leaves_at.since(from).min(schedule.retirement()));
    let until = by_clock.map_or(by_settings, |by_clock| by_settings.max(by_clock));
    (until > leaves_at).then(|| Step::Extend {
        kid: key.kid.clone(),
        until,
    })
}

/// What only tidies. An activation is not settled, and no private half erased for it, by a process
/// that could not sign after it.
fn housekeeping(ring: &StoredRing, now: Timestamp, unopened: &[Kid]) -> Vec<Step> {
    let unsettled = ring
        .active(now)
        .filter(|active| Some(active.life.activates_at) > ring.settled_at);
    if unsettled.is_some_and(|active| unopened.contains(&active.kid)) {
        return Vec::new();
    }
    let settle = unsettled.map(|active| Step::Settle(active.life.activates_at));
    let tidy = ring
        .keys
        .iter()
        .filter_map(|key| match key.life.state(now) {
            State::Gone => Some(Step::Forget(key.kid.clone())),
            State::Retired if key.sealed.is_some() => Some(Step::Erase(key.kid.clone())),
            _ => None,
        });
    settle.into_iter().chain(tidy).collect()
}
