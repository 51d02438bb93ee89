//! Whole keystores on one ring in memory, with real keys and a clock set by hand.

use std::time::Duration;

use rsa::pkcs8::{EncodePrivateKey, LineEnding};
use serde_json::json;
use tempfile::TempDir;
use token::{Kid, ManualClock};

use super::*;
use crate::lifecycle::State;
use crate::repository::memory::InMemory;
use crate::schedule::ScheduleSettings;

/// A ring, its clock, its sealing key.
struct Bench {
    ring: InMemory,
    clock: ManualClock,
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        Self {
            ring: InMemory::default(),
            clock: ManualClock::new(Timestamp::from_unix_seconds(1_800_000_000)),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn keystore(&self) -> Keystore<InMemory> {
        self.keystore_sealed_by("sealing.key")
    }

    fn keystore_sealed_by(&self, name: &str) -> Keystore<InMemory> {
        Keystore::new(
            self.ring.clone(),
            Arc::new(self.clock.clone()),
            Schedule::new(ScheduleSettings::default()).unwrap(),
            KeyBits::Rsa2048,
            SealingKeyFile::created_when_missing(self.folder.path().join(name)),
        )
    }

    async fn live(&self) -> LiveKeys<InMemory> {
        self.keystore().start().await.unwrap()
    }

    fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    async fn states(&self) -> Vec<(Kid, State)> {
        let overview = self.keystore().overview().await.unwrap();
        overview
            .keys
            .into_iter()
            .map(|key| (key.kid, key.state))
            .collect()
    }
}

fn signing(keys: &LiveKeys<InMemory>) -> Kid {
    keys.signer().unwrap().kid().clone()
}

fn published(keys: &LiveKeys<InMemory>) -> Vec<Kid> {
    keys.published()
        .current()
        .key_set()
        .kids()
        .cloned()
        .collect()
}

#[tokio::test]
async fn the_first_start_makes_one_key_and_the_next_ones_find_it() {
    let bench = Bench::new();
    let first = bench.live().await;
    let again = bench.live().await;
    assert_eq!(signing(&first), signing(&again));
    assert_eq!(bench.states().await, [(signing(&first), State::Active)]);
}

#[tokio::test]
async fn of_servers_that_start_at_once_all_sign_with_the_same_key() {
    let bench = Bench::new();
    let (a, b, c) = tokio::join!(bench.live(), bench.live(), bench.live());
    for keys in [&a, &b, &c] {
        keys.follow().await.unwrap();
    }
    assert_eq!(signing(&a), signing(&b));
    assert_eq!(signing(&b), signing(&c));
    assert_eq!(bench.states().await.len(), 1);
}

#[tokio::test]
async fn a_rotation_is_followed_published_and_then_signed_with() {
    let bench = Bench::new();
    let keys = bench.live().await;
    let old = signing(&keys);
    let next = bench.keystore().rotate_now().await.unwrap();
    keys.follow().await.unwrap();
    assert_eq!(signing(&keys), old);
    assert_eq!(published(&keys), [old.clone(), next.kid.clone()]);
    bench.pass(92);
    keys.follow().await.unwrap();
    assert_eq!(signing(&keys), next.kid);
    assert_eq!(published(&keys), [next.kid.clone(), old.clone()]);
    assert_eq!(
        bench.ring.load().await.unwrap().key(&old).unwrap().sealed,
        None
    );
    bench.pass(930);
    keys.follow().await.unwrap();
    assert_eq!(published(&keys), [next.kid]);
}

#[tokio::test]
async fn operators_who_rotate_at_once_announce_one_key() {
    let bench = Bench::new();
    let _keys = bench.live().await;
    let (one, other) = (bench.keystore(), bench.keystore());
    let (one, other) = tokio::join!(one.announce(), other.announce());
    assert_eq!(one.unwrap().kid, other.unwrap().kid);
    assert_eq!(bench.states().await.len(), 2);
}

#[tokio::test]
async fn the_schedule_announces_in_time_and_once() {
    let bench = Bench::new();
    let (keys, replica) = (bench.live().await, bench.live().await);
    bench.pass(29 * 86_400 - 1);
    keys.rotate_when_due().await.unwrap();
    assert_eq!(bench.states().await.len(), 1);
    bench.pass(1);
    let (one, other) = tokio::join!(keys.rotate_when_due(), replica.rotate_when_due());
    one.unwrap();
    other.unwrap();
    assert_eq!(bench.states().await.len(), 2);
    bench.pass(86_400);
    keys.follow().await.unwrap();
    assert_eq!(signing(&keys), bench.states().await[1].0);
}

#[tokio::test]
async fn a_revoked_key_is_gone_at_once_and_another_signs() {
    let bench = Bench::new();
    let keys = bench.live().await;
    let leaked = signing(&keys);
    let revocation = bench.keystore().revoke(&leaked).await.unwrap();
    keys.follow().await.unwrap();
    assert_eq!(Some(signing(&keys)), revocation.active);
    assert_eq!(published(&keys), [signing(&keys)]);
    assert_eq!(bench.states().await[0], (leaked.clone(), State::Revoked));
    // Again: the same answer, and no further key.
    let again = bench.keystore().revoke(&leaked).await.unwrap();
    assert_eq!(
        (again.active, again.was),
        (revocation.active, State::Revoked)
    );
    assert_eq!(bench.states().await.len(), 2);
    let unknown = Kid::new("unknown").unwrap();
    assert!(matches!(
        bench.keystore().revoke(&unknown).await,
        Err(RevokeError::Unknown(_))
    ));
}

fn pem() -> zeroize::Zeroizing<String> {
    let key = rsa::PrivateKey::new(&mut rand::rngs::SysRng, 2048).unwrap();
    key.to_pkcs8_pem(LineEnding::LF).unwrap()
}

#[tokio::test]
async fn the_first_key_of_a_ring_may_be_imported_and_a_later_one_is_announced() {
    let bench = Bench::new();
    let (first, second) = (pem(), pem());
    let imported = bench.keystore().import(&first).await.unwrap();
    let keys = bench.live().await;
    assert_eq!(signing(&keys), imported.kid);
    let later = bench.keystore().import(&second).await.unwrap();
    assert_eq!(
        bench.states().await[1],
        (later.kid.clone(), State::Announced)
    );
    // Again: it is there already.
    let again = bench.keystore().import(&second).await.unwrap();
    assert_eq!((again.kid, again.made), (later.kid.clone(), Made::Before));
    bench.keystore().revoke(&later.kid).await.unwrap();
    let refused = bench.keystore().import(&second).await;
    assert!(matches!(refused, Err(ImportError::Revoked { .. })));
}

#[tokio::test]
async fn after_resealing_the_new_sealing_key_opens_everything_and_the_old_one_nothing() {
    let bench = Bench::new();
    let keys = bench.live().await;
    bench.keystore().announce().await.unwrap();
    let new = SealingKeyFile::created_when_missing(bench.folder.path().join("new.key"));
    assert_eq!(bench.keystore().reseal(&new).await.unwrap().keys, 2);
    assert_eq!(
        bench
            .keystore_sealed_by("new.key")
            .reseal(&new)
            .await
            .unwrap()
            .keys,
        0
    );
    let with_new = bench.keystore_sealed_by("new.key").start().await.unwrap();
    assert_eq!(signing(&with_new), signing(&keys));
    let with_old = bench.keystore().start().await;
    assert!(matches!(
        with_old.err(),
        Some(KeystoreError::SealingKey(SealingKeyProblem::Other { .. }))
    ));
    // A server that runs on goes on with the keys it holds.
    assert!(keys.follow().await.unwrap().unopened.is_some());
    assert!(keys.signer().is_ok());
    // And finds the new sealing key once it is put where it looks.
    std::fs::rename(new.path(), bench.folder.path().join("sealing.key")).unwrap();
    assert!(keys.follow().await.unwrap().unopened.is_none());
}

#[tokio::test]
async fn a_key_that_a_server_cannot_open_waits_and_signs_once_it_can() {
    let bench = Bench::new();
    let (keys, replica) = (bench.live().await, bench.live().await);
    let old = signing(&keys);
    let new = SealingKeyFile::created_when_missing(bench.folder.path().join("new.key"));
    bench.keystore().reseal(&new).await.unwrap();
    let next = bench
        .keystore_sealed_by("new.key")
        .rotate_now()
        .await
        .unwrap();
    // However long it takes, and however late a server looks.
    for seconds in [90, 1, 1, 200, 3_600] {
        bench.pass(seconds);
        for keys in [&keys, &replica] {
            assert!(keys.follow().await.unwrap().unopened.is_some());
            assert_eq!((signing(keys), keys.unopened()), (old.clone(), 1));
            assert_eq!(published(keys), [old.clone(), next.kid.clone()]);
        }
    }
    std::fs::rename(new.path(), bench.folder.path().join("sealing.key")).unwrap();
    bench.pass(92);
    for keys in [&keys, &replica] {
        assert!(keys.follow().await.unwrap().unopened.is_none());
        assert_eq!((signing(keys), keys.unopened()), (next.kid.clone(), 0));
    }
}

#[tokio::test]
async fn a_server_with_the_wrong_sealing_key_starts_not_and_changes_nothing() {
    let bench = Bench::new();
    bench.live().await;
    bench.keystore().rotate_now().await.unwrap();
    let other = bench.folder.path().join("other.key");
    SealingKeyFile::created_when_missing(&other)
        .load_or_create()
        .unwrap();
    bench.pass(93);
    let before = bench.ring.load().await.unwrap();
    assert!(bench.keystore_sealed_by("other.key").start().await.is_err());
    assert_eq!(bench.ring.load().await.unwrap(), before);
}

#[tokio::test]
async fn with_both_sealing_keys_in_its_file_a_server_notices_no_resealing() {
    let bench = Bench::new();
    let keys = bench.live().await;
    let file = bench.folder.path().join("sealing.key");
    let old = std::fs::read_to_string(&file).unwrap();
    let other = SealingKeyFile::created_when_missing(bench.folder.path().join("new.key"));
    other.load_or_create().unwrap();
    let new = std::fs::read_to_string(other.path()).unwrap();
    std::fs::write(&file, new.clone() + &old).unwrap();
    // Before: what is new is sealed as the rest is.
    bench.keystore().announce().await.unwrap();
    assert!(
        bench
            .live()
            .await
            .follow()
            .await
            .unwrap()
            .unopened
            .is_none()
    );
    let both = SealingKeyFile::existing(&file);
    assert_eq!(bench.keystore().reseal(&both).await.unwrap().keys, 2);
    // After, and once the old one is gone from the file.
    for text in [new.clone() + &old, new] {
        std::fs::write(&file, text).unwrap();
        assert!(keys.follow().await.unwrap().unopened.is_none());
        assert_eq!(signing(&bench.live().await), signing(&keys));
        bench.keystore().reseal(&both).await.unwrap();
    }
}

#[tokio::test]
async fn a_change_while_no_server_runs_erases_what_has_signed_its_last() {
    let bench = Bench::new();
    let old = signing(&bench.live().await);
    let next = bench.keystore().rotate_now().await.unwrap();
    bench.pass(93);
    let sealed = async |kid: &Kid| {
        let ring = bench.ring.load().await.unwrap();
        ring.key(kid).unwrap().sealed.is_some()
    };
    // Nobody has acted on the activation yet: by another clock, the old key goes on.
    bench.keystore().announce().await.unwrap();
    assert!(sealed(&old).await);
    bench.keystore().revoke(&next.kid).await.unwrap();
    assert!(!sealed(&old).await && !sealed(&next.kid).await);
}

#[tokio::test]
async fn a_lost_sealing_key_is_told_and_never_replaced() {
    let bench = Bench::new();
    bench.live().await;
    let path = bench.folder.path().join("sealing.key");
    std::fs::remove_file(&path).unwrap();
    let error = bench.keystore().start().await.err().unwrap();
    assert!(
        error.to_string().contains("sealing.key does not exist"),
        "{error}"
    );
    assert!(!path.exists());
}

#[tokio::test]
async fn private_halves_that_were_exchanged_in_the_store_are_noticed() {
    let bench = Bench::new();
    let keystore = bench.keystore();
    keystore.import(&pem()).await.unwrap();
    keystore.import(&pem()).await.unwrap();
    let ring = bench.ring.load().await.unwrap();
    let mut changed = ring.clone();
    changed.keys[0].sealed = ring.keys[1].sealed.clone();
    assert_eq!(
        bench.ring.swap(ring.version, &changed).await.unwrap(),
        Swap::Done
    );
    assert!(matches!(
        bench.keystore().start().await.err(),
        Some(KeystoreError::Unseal(_))
    ));
}

#[tokio::test]
async fn a_clock_set_back_an_hour_loses_no_key_and_keeps_every_promise() {
    let bench = Bench::new();
    let keys = bench.live().await;
    let next = bench.keystore().rotate_now().await.unwrap();
    bench.pass(92);
    keys.follow().await.unwrap();
    let before = bench.clock.now();
    bench.clock.set_wall(before - Duration::from_hours(1));
    keys.follow().await.unwrap();
    assert_eq!(signing(&keys), next.kid);
    // A process that starts then knows no better, and sees the same.
    assert_eq!(signing(&bench.live().await), next.kid);
    assert_eq!(published(&keys).len(), 2);
}

#[tokio::test]
async fn while_the_clock_is_behind_the_schedule_stands_still_and_operators_do_not() {
    let bench = Bench::new();
    let keys = bench.live().await;
    bench.pass(29 * 86_400 - 1);
    let due = bench.clock.now() + Duration::from_secs(1);
    bench.clock.set_wall(due - Duration::from_hours(1));
    bench.pass(3_599);
    keys.rotate_when_due().await.unwrap();
    assert_eq!(bench.states().await.len(), 1, "announced before its time");
    let next = bench.keystore().rotate_now().await.unwrap();
    keys.follow().await.unwrap();
    bench.pass(92);
    keys.follow().await.unwrap();
    assert_eq!(signing(&keys), next.kid);
    // Behind the last activation, which has happened.
    bench
        .clock
        .set_wall(bench.clock.now() - Duration::from_hours(1));
    let overview = bench.keystore().overview().await.unwrap();
    assert_eq!(overview.ahead_of_clock, Duration::from_hours(1));
    bench.keystore().revoke(&next.kid).await.unwrap();
    keys.follow().await.unwrap();
    let active = signing(&keys);
    assert!(active != next.kid && !published(&keys).contains(&next.kid));
    let following = bench.keystore().rotate_now().await.unwrap();
    keys.follow().await.unwrap();
    assert_eq!(published(&keys)[..2], [active, following.kid.clone()]);
    // The clock has caught up, and the wait has passed.
    bench.pass(3_600 + 92);
    keys.follow().await.unwrap();
    assert_eq!(signing(&keys), following.kid);
}

#[tokio::test]
async fn a_clock_set_forward_an_hour_keeps_a_retired_key_for_what_was_left_of_its_time() {
    let bench = Bench::new();
    let keys = bench.live().await;
    let old = signing(&keys);
    bench.keystore().rotate_now().await.unwrap();
    bench.pass(92);
    keys.follow().await.unwrap();
    bench.pass(400);
    keys.follow().await.unwrap();
    bench
        .clock
        .set_wall(bench.clock.now() + Duration::from_hours(1));
    keys.follow().await.unwrap();
    // 930 seconds in all.
    bench.pass(529);
    keys.follow().await.unwrap();
    assert!(published(&keys).contains(&old));
    bench.pass(1);
    keys.follow().await.unwrap();
    assert!(!published(&keys).contains(&old));
}

#[tokio::test]
async fn a_clock_set_forward_an_hour_shortens_no_wait() {
    let bench = Bench::new();
    let keys = bench.live().await;
    let old = signing(&keys);
    let next = bench.keystore().rotate_now().await.unwrap();
    bench.pass(10);
    keys.follow().await.unwrap();
    bench
        .clock
        .set_wall(bench.clock.now() + Duration::from_hours(1));
    keys.follow().await.unwrap();
    assert_eq!(signing(&keys), old);
    bench.pass(81);
    keys.follow().await.unwrap();
    assert_eq!(signing(&keys), old);
    bench.pass(1);
    keys.follow().await.unwrap();
    assert_eq!(signing(&keys), next.kid);
    assert!(published(&keys).contains(&old));
}

#[tokio::test]
async fn a_token_of_a_live_key_verifies_with_the_set_that_is_served() {
    let bench = Bench::new();
    let keys = bench.live().await;
    let token = keys
        .signer()
        .unwrap()
        .sign(&json!({ "sub": "jack" }))
        .unwrap();
    let (message, signature) = token.rsplit_once('.').unwrap();
    let signature =
        base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, signature);
    let set = keys.published().current();
    let key = set.key_set().find(signing(&keys).as_str()).unwrap();
    assert!(key.verify(message.as_bytes(), &signature.unwrap()));
}
