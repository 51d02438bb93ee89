//! An issuer that is away: what goes on without it, for how long, and how it is found again.

use std::time::Duration;

use verifier::VerifyError;

use crate::support::fake_issuer::Answer;
use crate::support::{World, serving};

#[tokio::test]
async fn nothing_fails_until_max_stale_then_all_is_unavailable_then_it_recovers() {
    let world = World::new().await;
    let verifier = world.verifier();
    verifier.verify(&world.token(0)).await.unwrap();
    world.issuer.answers(Answer::Resets);
    for _ in 0..359 {
        world.advance(10);
        verifier.verify(&world.token(0)).await.unwrap();
    }
    world.advance(10);
    let error = verifier.verify(&world.token(0)).await.unwrap_err();
    let VerifyError::Unavailable { retry_after } = error else {
        panic!("{error}")
    };
    assert!((1..=60).contains(&retry_after.as_secs()), "{retry_after:?}");
    world.issuer.answers(serving(&[0]));
    world.advance(60);
    verifier.verify(&world.token(0)).await.unwrap();
}

#[tokio::test]
async fn a_cached_verdict_does_not_outlive_the_key_set() {
    let world = World::new().await;
    let max_stale = Duration::from_mins(5);
    let verifier = world.builder().max_stale(max_stale).build().unwrap();
    let token = world.token(0);
    verifier.verify(&token).await.unwrap();
    world.issuer.answers(Answer::Resets);
    world.advance(299);
    verifier.verify(&token).await.unwrap();
    world.advance(1);
    let error = verifier.verify(&token).await.unwrap_err();
    assert_eq!(error.code(), "key_set_unavailable");
}

#[tokio::test]
async fn a_wall_clock_that_is_set_back_does_not_make_a_set_younger() {
    let world = World::new().await;
    let verifier = world.verifier();
    verifier.verify(&world.token(0)).await.unwrap();
    world.issuer.answers(Answer::Resets);
    let start = token::Clock::now(&world.clock);
    world.advance(3600);
    world.clock.set_wall(start);
    let error = verifier.verify(&world.token(0)).await.unwrap_err();
    assert_eq!(error.code(), "key_set_unavailable");
}

#[tokio::test]
async fn failing_attempts_back_off_and_stay_within_the_refresh_interval() {
    let world = World::new().await;
    let verifier = world.verifier();
    verifier.refresh().await;
    world
        .issuer
        .answers(Answer::status("503 Service Unavailable"));
    world.advance(60);
    for _ in 0..600 {
        verifier.verify(&world.token(0)).await.unwrap();
        world.advance(1);
        tokio::task::yield_now().await;
    }
    verifier.refresh().await;
    let attempts = world.issuer.requests() - 2;
    assert!(
        (10..=30).contains(&attempts),
        "{attempts} attempts in 10 minutes"
    );
}

#[tokio::test]
async fn a_withdrawn_key_is_gone_at_once_and_with_it_the_verdicts_on_its_tokens() {
    let world = World::new().await;
    let verifier = world.verifier();
    world.issuer.answers(serving(&[0, 1]));
    let token = world.token(0);
    verifier.verify(&token).await.unwrap();
    verifier.verify(&token).await.unwrap();
    world.issuer.answers(serving(&[1]));
    verifier.refresh().await;
    let error = verifier.verify(&token).await.unwrap_err();
    assert_eq!(error.code(), "unknown_key");
}

#[tokio::test]
async fn a_withdrawn_key_does_not_come_back_with_an_older_copy() {
    let world = World::new().await;
    let verifier = world.verifier();
    world.issuer.answers(serving(&[0, 1]));
    verifier.refresh().await;
    world.issuer.answers(serving(&[1]));
    verifier.refresh().await;
    let fetched = world.issuer.requests();
    verifier.verify(&world.token(0)).await.unwrap_err();
    assert_eq!(
        world.issuer.requests(),
        fetched,
        "a withdrawn kid is no reason to search"
    );
    world.issuer.answers(serving(&[0, 1]));
    world.advance(7199);
    verifier.refresh().await;
    verifier.verify(&world.token(0)).await.unwrap_err();
    verifier.verify(&world.token(1)).await.unwrap();
    world.advance(1);
    verifier.refresh().await;
    verifier.verify(&world.token(0)).await.unwrap();
}

#[tokio::test]
async fn a_verdict_ends_with_its_token() {
    let world = World::new().await;
    let verifier = world.verifier();
    let token = world.token(0);
    verifier.verify(&token).await.unwrap();
    world.advance(929);
    verifier.verify(&token).await.unwrap();
    world.advance(1);
    assert_eq!(verifier.verify(&token).await.unwrap_err().code(), "expired");
}
