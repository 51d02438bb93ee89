//! What a change of the ring of signing keys did to each key.

use keystore::{StoredKey, StoredRing};
use token::Kid;

/// One line for each key that a change concerns, whoever made it: an operator, or the schedule.
pub fn keys_changed(before: &StoredRing, after: &StoredRing) {
    for key in &after.keys {
        for event in events(find(before, &key.kid), key) {
            let activates_at = key.life.activates_at.unix_seconds();
            tracing::info!(target: "audit", event, kid = %key.kid, activates_at);
        }
    }
    for key in &before.keys {
        if find(after, &key.kid).is_none() {
            tracing::info!(target: "audit", event = "key-forgotten", kid = %key.kid);
        }
    }
    if before.sealed_with.is_some() && before.sealed_with != after.sealed_with {
        tracing::info!(target: "audit", event = "keys-resealed");
    }
}

fn find<'a>(ring: &'a StoredRing, kid: &Kid) -> Option<&'a StoredKey> {
    ring.keys.iter().find(|key| key.kid == *kid)
}

fn events(before: Option<&StoredKey>, after: &StoredKey) -> Vec<&'static str> {
    let Some(before) = before else {
        return vec!["key-added"];
    };
    let revoked = before.life.revoked_at.is_none() && after.life.revoked_at.is_some();
    let erased = before.sealed.is_some() && after.sealed.is_none();
    let moved = before.life.activates_at != after.life.activates_at;
    let happened = [
        (revoked, "key-revoked"),
        (erased, "key-erased"),
        (moved, "key-moved"),
    ];
    let happened = happened.into_iter().filter(|(happened, _)| *happened);
    happened.map(|(_, event)| event).collect()
}
