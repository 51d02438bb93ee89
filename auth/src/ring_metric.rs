//! What the ring of signing keys looks like from outside: how many keys in which state, how old,
//! and what happens next. Read from the store, so that it also tells what other processes did.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use keystore::{Repository, Schedule, State, StoredKey, StoredRing, next_publication};
use metrics::{Unit, describe_gauge, gauge};
use token::{Clock, Timestamp};
use tokio_util::sync::CancellationToken;

use crate::store::Store;

const KEYS: &str = "auth_keys";
const AGE: &str = "auth_key_age_seconds";
const NEXT_CHANGE: &str = "auth_key_ring_next_change_timestamp_seconds";
const NEXT_ANNOUNCEMENT: &str = "auth_key_ring_next_announcement_timestamp_seconds";
const READ_AT: &str = "auth_key_ring_read_timestamp_seconds";

const EVERY: Duration = Duration::from_secs(5);
const STATES: [State; 4] = [
    State::Announced,
    State::Active,
    State::Retired,
    State::Revoked,
];

/// Measures until told to stop. A ring that cannot be read shows in the time of the last reading.
///
/// # Errors
/// Never.
pub async fn keep_measuring(
    store: Store,
    schedule: Schedule,
    clock: Arc<dyn Clock>,
    stopping: CancellationToken,
) -> Result<(), Infallible> {
    describe();
    let mut moments = tokio::time::interval(EVERY);
    while stopping.run_until_cancelled(moments.tick()).await.is_some() {
        if let Ok(ring) = store.load().await {
            show(&ring, &schedule, clock.now());
        }
    }
    Ok(())
}

fn describe() {
    describe_gauge!(KEYS, "Signing keys, by state");
    describe_gauge!(
        AGE,
        Unit::Seconds,
        "Time since the oldest key in this state was published"
    );
    describe_gauge!(
        NEXT_CHANGE,
        Unit::Seconds,
        "When a key next changes its state; 0 when none does"
    );
    describe_gauge!(
        NEXT_ANNOUNCEMENT,
        Unit::Seconds,
        "When the next key is to be announced; 0 when none is"
    );
    describe_gauge!(READ_AT, Unit::Seconds, "When the ring was last read");
}

fn show(ring: &StoredRing, schedule: &Schedule, wall: Timestamp) {
    let now = ring.now(wall);
    for state in STATES {
        let keys: Vec<_> = ring
            .keys
            .iter()
            .filter(|key| key.life.state(now) == state)
            .collect();
        gauge!(KEYS, "state" => state.as_str()).set(u32::try_from(keys.len()).unwrap_or(u32::MAX));
        gauge!(AGE, "state" => state.as_str()).set(oldest(&keys, now).as_secs_f64());
    }
    gauge!(NEXT_CHANGE).set(seconds(ring.next_change(now)));
    gauge!(NEXT_ANNOUNCEMENT).set(seconds(next_publication(ring, schedule, now)));
    gauge!(READ_AT).set(seconds(Some(wall)));
}

fn oldest(keys: &[&StoredKey], now: Timestamp) -> Duration {
    let ages = keys.iter().map(|key| now.since(key.life.published_at));
    ages.max().unwrap_or_default()
}

/// To the second: exact in a float for a hundred million years.
#[expect(clippy::cast_precision_loss, reason = "exact to 2^53")]
fn seconds(moment: Option<Timestamp>) -> f64 {
    moment.map_or(0.0, |moment| moment.unix_seconds() as f64)
}
