//! Sealing keys that change, are missing, or are the wrong ones.

use super::*;

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
async fn resealing_what_does_not_open_leaves_no_new_file() {
    let bench = Bench::new();
    bench.live().await;
    let new = SealingKeyFile::created_when_missing(bench.folder.path().join("new.key"));
    std::fs::remove_file(bench.folder.path().join("sealing.key")).unwrap();
    let other = SealingKeyFile::created_when_missing(bench.folder.path().join("other.key"));
    other.load_or_create().unwrap();
    let before = bench.ring.load().await.unwrap();
    for sealed_by in ["sealing.key", "other.key"] {
        let keystore = bench.keystore_sealed_by(sealed_by);
        assert!(keystore.reseal(&new).await.is_err(), "{sealed_by}");
        assert!(!new.path().exists(), "{sealed_by}");
    }
    assert_eq!(bench.ring.load().await.unwrap(), before);
}

#[tokio::test]
async fn resealing_goes_on_with_a_new_file_that_an_attempt_before_it_left() {
    let bench = Bench::new();
    let keys = bench.live().await;
    let new = SealingKeyFile::created_when_missing(bench.folder.path().join("new.key"));
    let left = new.load_or_create().unwrap();
    for resealed in [1, 0] {
        assert_eq!(bench.keystore().reseal(&new).await.unwrap().keys, resealed);
    }
    assert_eq!(new.load().unwrap().id(), left.id());
    let with_new = bench.keystore_sealed_by("new.key").start().await.unwrap();
    assert_eq!(signing(&with_new), signing(&keys));
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
