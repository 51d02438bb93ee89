//! What operators and time change, as running servers see it.

use serde_json::json;

use super::*;

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
