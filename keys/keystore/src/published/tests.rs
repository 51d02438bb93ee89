use std::time::Duration;

use super::*;
use crate::generate::{KeyBits, generate};
use crate::repository::StoredKey;
use crate::schedule::ScheduleSettings;
use crate::sealing_key::SealingKeyFile;

const START: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);

fn schedule() -> Schedule {
    Schedule::new(ScheduleSettings {
        rotate_every: Some(Duration::from_secs(1000)),
        announce_for: Duration::from_secs(200),
        ..ScheduleSettings::default()
    })
    .unwrap()
}

async fn key() -> StoredKey {
    let folder = tempfile::tempdir().unwrap();
    let sealing = SealingKeyFile::created_when_missing(folder.path().join("key"));
    let key = generate(KeyBits::Rsa2048).await.unwrap();
    key.stored(&sealing.load_or_create().unwrap()).unwrap()
}

async fn ring() -> StoredRing {
    let mut ring = StoredRing::default();
    ring.begin(key().await, START);
    ring
}

fn published(ring: &StoredRing, now: Timestamp) -> PublishedKeys {
    PublishedKeys::of(ring, &schedule(), now).unwrap()
}

#[tokio::test]
async fn the_set_holds_the_members_of_the_contract_and_no_other() {
    let ring = ring().await;
    let body: serde_json::Value = serde_json::from_slice(published(&ring, START).body()).unwrap();
    let key = body["keys"][0].as_object().unwrap();
    let members: std::collections::BTreeSet<_> = key.keys().map(String::as_str).collect();
    assert_eq!(members, ["alg", "e", "kid", "kty", "n", "use"].into());
    assert_eq!(
        (&key["kid"], &key["e"]),
        (&ring.keys[0].kid.as_str().into(), &"AQAB".into())
    );
}

#[tokio::test]
async fn max_age_never_reaches_past_the_next_planned_change() {
    let ring = ring().await;
    let set = published(&ring, START);
    // The next key of this schedule is announced after 800 seconds.
    let max_age = |seconds| set.max_age(START + Duration::from_secs(seconds)).as_secs();
    assert_eq!(
        (max_age(0), max_age(740), max_age(741), max_age(799)),
        (60, 60, 59, 1)
    );
    assert!(
        set.cache_control(START)
            .starts_with("public, max-age=60, stale-if-error=")
    );
    // Overdue: nobody can plan with it, and the wait before it signs has yet to begin.
    assert_eq!(max_age(801), 60);
}

#[tokio::test]
async fn the_entity_tag_is_strong_and_moves_with_the_set_alone() {
    let mut ring = ring().await;
    let before = published(&ring, START);
    assert!(before.etag().starts_with('"') && before.etag().ends_with('"'));
    assert_eq!(
        published(&ring, START + Duration::from_secs(9)).etag(),
        before.etag()
    );
    ring.announce(key().await, Duration::from_secs(92), &schedule(), START);
    let announced = published(&ring, START);
    let switched = published(&ring, START + Duration::from_secs(92));
    assert_ne!(announced.etag(), before.etag());
    assert_ne!(
        switched.etag(),
        announced.etag(),
        "the signing key comes first"
    );
}

#[tokio::test]
async fn a_public_key_that_verifiers_would_refuse_is_not_published() {
    let mut ring = ring().await;
    ring.keys[0].exponent = vec![3];
    assert!(matches!(
        PublishedKeys::of(&ring, &schedule(), START),
        Err(PublishError::Weak(WeakKey::ExponentNotAllowed))
    ));
}

#[tokio::test]
async fn the_set_in_pem_is_read_back_as_the_same_keys() {
    use rsa::pkcs8::DecodePublicKey;
    use rsa::traits::PublicKeyParts;
    let ring = ring().await;
    let pem = published(&ring, START).to_pem().unwrap();
    let read = rsa::PublicKey::from_public_key_pem(&pem).unwrap();
    assert_eq!(*read.n_bytes(), *ring.keys[0].modulus);
}
