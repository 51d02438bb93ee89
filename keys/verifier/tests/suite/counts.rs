//! How often an issuer is asked, and who waits for it.

use std::time::Duration;

use tokio::task::JoinSet;
use verifier::{Rejection, VerifyError};

use crate::support::fake_issuer::Answer;
use crate::support::{World, at_once, serving};

#[tokio::test]
async fn nothing_is_fetched_before_the_first_token() {
    let world = World::new().await;
    let verifier = world.verifier();
    assert!(!verifier.readiness().is_ready());
    assert_eq!(world.issuer.requests(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_requests_on_a_cold_start_cause_one_fetch() {
    let world = World::new().await;
    let (verifier, token) = (world.verifier(), world.token(0));
    let mut requests = JoinSet::new();
    for _ in 0..1000 {
        let (verifier, token) = (verifier.clone(), token.clone());
        requests.spawn(async move { verifier.verify(&token).await.unwrap().subject.clone() });
    }
    assert_eq!(requests.join_all().await, vec!["jack"; 1000]);
    assert_eq!(world.issuer.requests(), 1);
}

#[tokio::test]
async fn the_fetch_goes_on_when_the_request_that_caused_it_is_gone() {
    let world = World::new().await;
    let verifier = world.verifier();
    let token = world.token(0);
    assert!(at_once(verifier.verify(&token)).is_none());
    verifier.verify(&token).await.unwrap();
    assert_eq!(world.issuer.requests(), 1);
}

#[tokio::test]
async fn a_storm_of_forged_kids_costs_one_fetch_per_min_refetch() {
    let world = World::new().await;
    let verifier = world.verifier();
    let (good, claims) = (world.token(0), "e30");
    verifier.verify(&good).await.unwrap();
    for number in 0..10_000 {
        let forged = format!("{}.{claims}.c2ln", header_with_kid(number));
        let error = verifier.verify(&forged).await.unwrap_err();
        assert_eq!(error, VerifyError::Rejected(Rejection::UnknownKey));
        assert!(at_once(verifier.verify(&good)).is_some_and(|verdict| verdict.is_ok()));
        world.clock.advance(Duration::from_millis(3));
    }
    assert_eq!(world.issuer.requests(), 1 + 3);
}

#[tokio::test]
async fn failed_searches_count_as_much_as_good_ones() {
    let world = World::new().await;
    let verifier = world.verifier();
    verifier.verify(&world.token(0)).await.unwrap();
    world
        .issuer
        .answers(Answer::status("500 Internal Server Error"));
    for _ in 0..30 {
        let error = verifier.verify(&world.token(1)).await.unwrap_err();
        assert_eq!(error.code(), "unknown_key");
        world.advance(1);
    }
    assert_eq!(world.issuer.requests(), 1 + 3);
}

#[tokio::test]
async fn a_new_key_is_found_by_the_first_token_that_uses_it() {
    let world = World::new().await;
    let verifier = world.verifier();
    verifier.verify(&world.token(0)).await.unwrap();
    world.issuer.answers(serving(&[1, 0]));
    verifier.verify(&world.token(1)).await.unwrap();
    verifier.verify(&world.token(0)).await.unwrap();
    assert_eq!(world.issuer.requests(), 2);
}

#[tokio::test]
async fn a_kid_that_was_unknown_is_found_once_it_is_published() {
    let world = World::new().await;
    let verifier = world.verifier();
    verifier.verify(&world.token(0)).await.unwrap();
    verifier.verify(&world.token(1)).await.unwrap_err();
    world.issuer.answers(serving(&[1, 0]));
    verifier.verify(&world.token(1)).await.unwrap_err();
    assert_eq!(world.issuer.requests(), 2);
    world.advance(10);
    verifier.verify(&world.token(1)).await.unwrap();
    assert_eq!(world.issuer.requests(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_who_bring_the_same_new_kid_share_one_fetch() {
    let world = World::new().await;
    let verifier = world.verifier();
    verifier.verify(&world.token(0)).await.unwrap();
    world.issuer.answers(serving(&[1, 0]));
    let token = world.token(1);
    let mut requests = JoinSet::new();
    for _ in 0..1000 {
        let (verifier, token) = (verifier.clone(), token.clone());
        requests.spawn(async move { verifier.verify(&token).await.is_ok() });
    }
    assert_eq!(requests.join_all().await, vec![true; 1000]);
    assert_eq!(world.issuer.requests(), 2);
}

#[tokio::test]
async fn a_bad_signature_is_no_reason_to_fetch() {
    let world = World::new().await;
    let verifier = world.verifier();
    let token = world.token(0);
    verifier.verify(&token).await.unwrap();
    let (signed, _) = token.rsplit_once('.').unwrap();
    for signature in ["AAAA", "c2ln", "AQAB"] {
        let forged = format!("{signed}.{signature}");
        let error = verifier.verify(&forged).await.unwrap_err();
        assert_eq!(error, VerifyError::Rejected(Rejection::BadSignature));
        world.advance(11);
    }
    assert_eq!(world.issuer.requests(), 1);
}

#[tokio::test]
async fn a_known_kid_does_not_wait_for_a_fetch_that_hangs() {
    let world = World::new().await;
    let verifier = world.verifier();
    verifier.verify(&world.token(0)).await.unwrap();
    world.issuer.answers(Answer::Hangs);
    world.advance(60);
    for _ in 0..1000 {
        let verdict = at_once(verifier.verify(&world.token(0)));
        assert_eq!(verdict.unwrap().unwrap().subject, "jack");
    }
    world.issuer.has_had(2).await;
    assert!(at_once(verifier.verify(&world.token(0))).unwrap().is_ok());
    assert_eq!(world.issuer.requests(), 2);
}

#[tokio::test]
async fn a_kid_that_is_known_to_be_unknown_does_not_wait_for_a_fetch_that_hangs() {
    let world = World::new().await;
    let Answer::Set { json, tag, .. } = serving(&[0]) else {
        unreachable!("a set is served")
    };
    let max_age = 4;
    world.issuer.answers(Answer::Set { json, tag, max_age });
    let verifier = world.verifier();
    verifier.verify(&world.token(0)).await.unwrap();
    verifier.verify(&world.token(1)).await.unwrap_err();
    world.issuer.answers(Answer::Hangs);
    world.advance(4);
    verifier.verify(&world.token(0)).await.unwrap();
    world.issuer.has_had(3).await;
    let verdict = at_once(verifier.verify(&world.token(1)));
    assert_eq!(verdict.unwrap().unwrap_err().code(), "unknown_key");
}

#[tokio::test]
async fn a_set_is_refreshed_ahead_of_its_max_age_by_the_requests_themselves() {
    let world = World::new().await;
    let verifier = world.verifier();
    verifier.verify(&world.token(0)).await.unwrap();
    world.advance(44);
    verifier.verify(&world.token(0)).await.unwrap();
    assert_eq!(world.issuer.requests(), 1);
    world.advance(10);
    verifier.verify(&world.token(0)).await.unwrap();
    world.issuer.has_had(2).await;
    assert!(world.issuer.last_head().contains("if-none-match: "));
}

#[tokio::test]
async fn keep_fresh_needs_no_requests() {
    let world = World::new().await;
    let verifier = world.verifier();
    let mut tasks = JoinSet::new();
    let kept = verifier.clone();
    tasks.spawn(async move { kept.keep_fresh().await });
    world.issuer.has_had(1).await;
    verifier.refresh().await;
    let fetched = world.issuer.requests();
    world.issuer.answers(serving(&[1]));
    world.advance(60);
    world.issuer.has_had(fetched + 1).await;
    verifier.refresh().await;
    assert!(at_once(verifier.verify(&world.token(1))).unwrap().is_ok());
}

fn header_with_kid(number: u32) -> String {
    use base64::Engine as _;
    let header = format!(r#"{{"alg":"RS256","typ":"at+jwt","kid":"forged-{number}"}}"#);
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(header)
}
