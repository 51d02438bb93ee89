//! An issuer that is away: what goes on without it, for how long, and how it is found again.

use std::time::Duration;

use verifier::VerifyError;

use crate::support::fake_issuer::Answer;
use crate::support::{World, key_set, serving};

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
async fn who_has_to_wait_is_told_when_the_next_attempt_is_due() {
    let world = World::new().await;
    world.issuer.answers(Answer::Resets);
    let verifier = world.verifier();
    let mut told = Duration::ZERO;
    for _ in 0..10 {
        let error = verifier.verify(&world.token(0)).await.unwrap_err();
        let VerifyError::Unavailable { retry_after } = error else {
            panic!("{error}")
        };
        told = retry_after;
        world.advance(6);
    }
    // By then attempts are as far apart as they get: five seconds, less the jitter.
    assert!((4_250..=5_000).contains(&told.as_millis()), "{told:?}");
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
    world.issuer.answers(serving(&[0, 1, 2, 3]));
    verifier.refresh().await;
    for (withdrawn, left) in [(0, &[1, 2, 3][..]), (1, &[2, 3]), (2, &[3])] {
        let token = world.token(withdrawn);
        // Remembered from the second time on.
        for _ in 0..3 {
            verifier.verify(&token).await.unwrap();
        }
        world.issuer.answers(serving(left));
        verifier.refresh().await;
        let error = verifier.verify(&token).await.unwrap_err();
        assert_eq!(error.code(), "unknown_key");
    }
}

#[tokio::test]
async fn a_withdrawn_key_does_not_come_back_with_an_older_copy() {
    let world = World::new().await;
    let verifier = world.verifier();
    world.issuer.answers(serving(&[0, 1]));
    verifier.refresh().await;
    world.advance(91);
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
    let readiness = verifier.refresh().await;
    assert_eq!(
        readiness.keys(),
        2,
        "a set that was cut down is not asked about by its tag"
    );
    verifier.verify(&world.token(0)).await.unwrap();
    verifier.refresh().await;
    assert!(world.issuer.last_head().contains("if-none-match: "));
}

#[tokio::test]
async fn a_new_key_comes_back_after_an_answer_of_a_replica_that_does_not_know_it_yet() {
    let world = World::new().await;
    let verifier = world.verifier();
    for seconds in [0, 1, 59, 60, 90] {
        world.issuer.answers(serving(&[1, 0]));
        verifier.refresh().await;
        verifier.verify(&world.token(1)).await.unwrap();
        world.advance(seconds);
        world.issuer.answers(serving(&[0]));
        verifier.refresh().await;
        let error = verifier.verify(&world.token(1)).await.unwrap_err();
        assert_eq!(error.code(), "unknown_key", "the set is replaced whole");
        world.advance(10);
        world.issuer.answers(serving(&[1, 0]));
        let verdict = verifier.verify(&world.token(1)).await;
        verdict.expect("a kid that may be new is searched for");
    }
}

#[tokio::test]
async fn how_far_an_answer_can_be_behind_is_what_its_headers_say() {
    let table = [
        ("max-age=600", "0", 630),
        ("max-age=60, stale-if-error=3600", "1200", 1230),
        ("max-age=1", "0", 31),
        ("max-age=86400", "0", 3630),
    ];
    for (cache_control, age, seconds) in table {
        for (waited, comes_back) in [(seconds, true), (seconds + 1, false)] {
            let world = World::new().await;
            world.issuer.answers(serving(&[0, 1]));
            let verifier = world.verifier();
            verifier.refresh().await;
            world.advance(waited);
            let headers = vec![
                "Content-Type: application/json".to_owned(),
                format!("Cache-Control: {cache_control}"),
                format!("Age: {age}"),
            ];
            let without = Answer::Http("200 OK", headers, key_set(&[0]).into());
            world.issuer.answers(without);
            verifier.refresh().await;
            world.issuer.answers(serving(&[0, 1]));
            verifier.refresh().await;
            let verdict = verifier.verify(&world.token(1)).await;
            assert_eq!(verdict.is_ok(), comes_back, "{cache_control}, {waited} s");
        }
    }
}

#[tokio::test]
async fn a_key_that_comes_back_is_as_young_as_a_new_one() {
    let world = World::new().await;
    let verifier = world.verifier();
    for _ in 0..3 {
        world.issuer.answers(serving(&[0, 1]));
        verifier.refresh().await;
        world.advance(60);
        world.issuer.answers(serving(&[0]));
        verifier.refresh().await;
    }
    world.issuer.answers(serving(&[0, 1]));
    verifier.refresh().await;
    verifier.verify(&world.token(1)).await.unwrap();
}

#[tokio::test]
async fn what_took_long_to_arrive_is_as_old_as_the_question() {
    let world = World::new().await;
    let verifier = world.verifier();
    world.issuer.answers(Answer::Paused(key_set(&[0]).into()));
    let token = world.token(0);
    let sleeper = async {
        world.issuer.has_had(1).await;
        world.advance(3600);
        world.issuer.goes_on();
    };
    let (error, ()) = tokio::join!(verifier.verify(&token), sleeper);
    assert_eq!(error.unwrap_err().code(), "key_set_unavailable");
    world.issuer.answers(serving(&[0]));
    verifier
        .verify(&world.token(0))
        .await
        .expect("a refresh is due at once");
}

#[tokio::test]
async fn the_age_of_a_set_goes_on_after_max_stale() {
    let world = World::new().await;
    let verifier = world.verifier();
    verifier.refresh().await;
    world.issuer.answers(Answer::Resets);
    world.advance(7200);
    let readiness = verifier.readiness();
    assert_eq!(readiness.age(), Some(Duration::from_hours(2)));
    assert!(!readiness.is_ready());
}

#[tokio::test]
async fn settings_may_be_as_long_as_they_can_be_written() {
    let world = World::new().await;
    let verifier = world
        .builder()
        .max_stale(Duration::MAX)
        .min_refetch(Duration::MAX)
        .max_token_life(Duration::MAX)
        .leeway(Duration::MAX)
        .build()
        .unwrap();
    world.issuer.answers(serving(&[0, 1]));
    world.advance(1);
    verifier.verify(&world.token(0)).await.unwrap();
    let error = verifier.verify(&world.token(2)).await.unwrap_err();
    assert_eq!(error.code(), "unknown_key");
    world.advance(91);
    world.issuer.answers(serving(&[0]));
    verifier.refresh().await;
    assert_eq!(
        verifier.verify(&world.token(1)).await.unwrap_err().code(),
        "unknown_key"
    );
    world.advance(10 * 365 * 24 * 3600);
    let readiness = verifier.refresh().await;
    assert_eq!(
        (readiness.keys(), readiness.age()),
        (1, Some(Duration::ZERO))
    );
}

#[tokio::test]
async fn an_answer_that_another_has_overtaken_replaces_nothing() {
    let world = World::new().await;
    let verifier = world.verifier();
    world.issuer.answers(Answer::Paused(key_set(&[0]).into()));
    let late = verifier.clone();
    let overtaken = async {
        world.issuer.has_had(1).await;
        world.issuer.answers(serving(&[1]));
        world.advance(10);
        verifier.refresh().await;
        verifier.verify(&world.token(1)).await.unwrap();
        world.issuer.goes_on();
    };
    tokio::join!(late.refresh(), overtaken);
    world.issuer.answers(Answer::Resets);
    verifier.verify(&world.token(1)).await.unwrap();
    assert_eq!(verifier.readiness().age(), Some(Duration::ZERO));
}

#[tokio::test]
async fn a_verdict_is_not_believed_by_a_clock_that_was_set_back() {
    let world = World::new().await;
    let verifier = world.verifier();
    let token = world.token(0);
    for _ in 0..3 {
        verifier.verify(&token).await.unwrap();
    }
    let start = token::Clock::now(&world.clock);
    world.clock.set_wall(start - Duration::from_secs(31));
    let error = verifier.verify(&token).await.unwrap_err();
    assert_eq!(error.code(), "issued_in_future");
}

#[tokio::test]
async fn a_verdict_ends_with_its_token() {
    let world = World::new().await;
    let verifier = world.verifier();
    let token = world.token(0);
    verifier.verify(&token).await.unwrap();
    verifier.verify(&token).await.unwrap();
    world.advance(929);
    verifier.verify(&token).await.unwrap();
    world.advance(1);
    assert_eq!(verifier.verify(&token).await.unwrap_err().code(), "expired");
}
