//! How much is measured: everything, or a look that takes less than three minutes.

use std::time::Duration;

use crate::{Part, load::Limit};

/// The sizes of a run.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    /// How often each candidate has its turn.
    pub(crate) rounds: usize,
    /// How long one turn of the closed loop takes.
    pub(crate) turn: Duration,
    /// How often logins and refreshes have theirs.
    pub(crate) login_rounds: usize,
    /// Tokens that are shown once, in one turn of the closed loop.
    pub(crate) fresh_tokens: usize,
    /// How long one turn of the open loop takes.
    pub(crate) open_turn: Duration,
    /// Starts of each program.
    pub(crate) starts: usize,
    /// Rows of the large database.
    pub(crate) many_posts: u32,
    /// Connections that are open at once.
    pub(crate) many_connections: usize,
}

/// Requests a second of every open loop, few enough for the slowest peer.
pub(crate) const OPEN_RATE: u32 = 400;

/// Connections of the closed loops.
pub(crate) const CONNECTIONS: usize = 32;

/// Tokens that are shown in turn, so that every one has been seen before.
pub(crate) const REPEATED_TOKENS: usize = 5_000;

impl Plan {
    pub(crate) fn full() -> Self {
        Self {
            rounds: 5,
            turn: Duration::from_millis(1500),
            login_rounds: 40,
            fresh_tokens: 8_000,
            open_turn: Duration::from_millis(1500),
            starts: 21,
            many_posts: 10_000_000,
            many_connections: 10_000,
        }
    }

    pub(crate) fn quick() -> Self {
        Self {
            rounds: 3,
            turn: Duration::from_millis(400),
            login_rounds: 12,
            fresh_tokens: 4_000,
            open_turn: Duration::from_millis(400),
            starts: 11,
            many_posts: 300_000,
            many_connections: 2_000,
        }
    }

    /// The same time in many short turns, for what is compared with one another by microseconds:
    /// the speed of a rented machine changes within a second, and changes then meet all alike. The
    /// medians of two servers that do the same were 14 % apart with turns of a fifth, and 3 % with
    /// these; round by round, which is what decides, less than 1 %.
    pub(crate) fn short_turns(self) -> Self {
        Self {
            rounds: 16 * self.rounds + 1,
            turn: self.turn / 20,
            fresh_tokens: self.fresh_tokens / 12,
            ..self
        }
    }

    /// Turns for what is nearly all hash or signature and is compared with one: short, but long
    /// enough for a few logins and for several times 32 refreshes.
    pub(crate) fn login_turns(self) -> Self {
        let tenth = Duration::from_millis(100);
        Self {
            rounds: self.login_rounds,
            turn: tenth,
            open_turn: 4 * tenth,
            ..self
        }
    }

    /// How long the parts of a run take, when the machine is quiet.
    pub(crate) fn expected(self, parts: &[Part], peers: usize, postgres: bool) -> Duration {
        let (one, engines) = (self.turn + self.open_turn, if postgres { 2 } else { 1 });
        let turns = |count: usize| u32::try_from(count * self.rounds).unwrap_or(u32::MAX);
        let of = |part: &Part| match part {
            Part::Requests => one * turns(10 + peers + 2 * (engines - 1)),
            Part::Logins => {
                // Four turns of ours, and as long again for hashes and signatures and for peers.
                let plan = self.login_turns();
                10 * plan.turn * u32::try_from(plan.rounds).unwrap_or(u32::MAX)
            }
            Part::Starts => {
                Duration::from_millis(200) * u32::try_from(self.starts).unwrap_or(u32::MAX)
            }
            Part::Writes => self.turn * turns(4 + 2 * (engines - 1)),
            Part::Growth => one * turns(6) + Duration::from_micros(6) * self.many_posts,
            Part::Profile => (self.turn + Duration::from_secs(5)) * 3,
        };
        let each_part = Duration::from_secs(3);
        parts.iter().map(|part| of(part) + each_part).sum()
    }

    /// A turn of the closed loop with tokens that are shown again.
    pub(crate) fn closed(self) -> Limit {
        Limit {
            requests: usize::MAX,
            time: self.turn,
        }
    }

    /// A turn of the closed loop with tokens that are shown once.
    pub(crate) fn closed_fresh(self) -> Limit {
        Limit {
            requests: self.fresh_tokens,
            time: 4 * self.turn,
        }
    }

    /// Tokens that are shown once before such a turn counts.
    pub(crate) fn lead_in(self) -> usize {
        self.fresh_tokens / 4
    }

    /// A turn of the open loop.
    pub(crate) fn open(self) -> Limit {
        Limit {
            requests: usize::MAX,
            time: self.open_turn,
        }
    }

    /// Tokens that one candidate is shown once in a whole run.
    pub(crate) fn tokens(self) -> usize {
        let seconds = usize::try_from(self.open_turn.as_millis()).unwrap_or(usize::MAX) / 1000 + 1;
        let open = seconds * usize::try_from(OPEN_RATE).unwrap_or(usize::MAX);
        let short = self.short_turns();
        let closed = |plan: Self| plan.rounds * (plan.lead_in() + plan.fresh_tokens);
        WARM_UP + closed(short).max(closed(self)) + (self.rounds + 1) * open
    }
}

/// Requests before the first turn, which are not counted.
pub(crate) const WARM_UP: usize = 1_500;
