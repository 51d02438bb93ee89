//! Whatever the issuer answers: the good set stays, nothing hangs, the log says once what is wrong.

use std::time::Duration;

use verifier::Verifier;

use crate::support::fake_issuer::Answer;
use crate::support::log::Log;
use crate::support::{World, jwk, key_set};

mod table;

use table::table;

/// Far below the 5 s of production, far above what loopback needs.
const FETCH_LIMIT: Duration = Duration::from_millis(400);

#[tokio::test]
async fn a_good_set_survives_whatever_the_issuer_answers() {
    for (name, answer, code) in table() {
        let world = World::new().await;
        let (verifier, log) = warmed_up(&world).await;
        world.issuer.answers(answer);
        let readiness = verifier.refresh().await;
        verifier.refresh().await;
        assert!(
            readiness.issuers()[0].problem.is_some(),
            "{name}: no problem noticed"
        );
        assert_eq!(readiness.keys(), 1, "{name}");
        assert_eq!(
            verifier.verify(&world.token(0)).await.unwrap().subject,
            "jack",
            "{name}"
        );
        verifier.verify(&world.token(1)).await.expect_err(name);
        let lines = log.lines();
        assert_eq!(lines.len(), 1, "{name}: {lines:#?}");
        assert!(
            lines[0].contains(&format!("code=\"{code}")),
            "{name}: {lines:#?}"
        );
    }
}

#[tokio::test]
async fn a_cold_start_at_a_bad_issuer_is_unavailable_and_no_refusal() {
    let unasked = Answer::Http("304 Not Modified", vec![], vec![]);
    for (name, answer, _) in table()
        .into_iter()
        .chain([("304 to no question", unasked, "")])
    {
        let world = World::new().await;
        world.issuer.answers(answer);
        let verifier = world.builder().fetch_limit(FETCH_LIMIT).build().unwrap();
        let error = verifier.verify(&world.token(0)).await.unwrap_err();
        assert_eq!(error.code(), "key_set_unavailable", "{name}");
        assert_eq!(world.issuer.requests(), 1, "{name}");
        assert!(!verifier.readiness().is_ready(), "{name}");
    }
}

#[tokio::test]
async fn an_unchanged_set_that_nobody_compared_is_a_failure() {
    let world = World::new().await;
    let (verifier, log) = warmed_up(&world).await;
    let unasked = Answer::Http("304 Not Modified", vec![], vec![]);
    world.issuer.answers(unasked);
    verifier.verify(&world.token(1)).await.unwrap_err();
    let lines = log.lines();
    assert!(lines[0].contains("not_modified_unasked"), "{lines:#?}");
}

#[tokio::test]
async fn a_set_may_be_as_large_as_a_set_may_be() {
    let world = World::new().await;
    let keys = key_set(&[0]);
    let padding = " ".repeat(token::MAX_KEY_SET_BYTES - keys.len());
    world
        .issuer
        .answers(Answer::json(format!("{keys}{padding}")));
    world.verifier().verify(&world.token(0)).await.unwrap();
}

#[tokio::test]
async fn the_right_set_under_a_useless_tag_is_used() {
    for tag in ["", "unquoted", "W/\"weak\"", "\"ü\"", &"x".repeat(4000)] {
        let world = World::new().await;
        let (verifier, log) = warmed_up(&world).await;
        let headers = vec![
            "Content-Type: application/json".to_owned(),
            format!("ETag: {tag}"),
        ];
        world
            .issuer
            .answers(Answer::Http("200 OK", headers, key_set(&[1]).into()));
        verifier.refresh().await;
        verifier.refresh().await;
        verifier.verify(&world.token(1)).await.unwrap();
        assert_eq!(log.lines(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_tag_that_never_changes_does_not_hide_a_new_key() {
    let world = World::new().await;
    let always_the_same = |keys: &[usize]| Answer::Set {
        json: key_set(keys),
        tag: "\"always\"".to_owned(),
        max_age: 60,
    };
    world.issuer.answers(always_the_same(&[0]));
    let verifier = world.verifier();
    verifier.verify(&world.token(0)).await.unwrap();
    world.issuer.answers(always_the_same(&[0, 1]));
    verifier.refresh().await;
    assert!(
        world
            .issuer
            .last_head()
            .contains("if-none-match: \"always\"")
    );
    verifier.verify(&world.token(1)).await.unwrap();
    assert!(world.issuer.last_head().contains("cache-control: no-cache"));
}

#[tokio::test]
async fn a_tag_that_never_changes_does_not_hide_a_withdrawal_for_longer_than_max_stale() {
    let world = World::new().await;
    let always_the_same = |keys: &[usize]| Answer::Set {
        json: key_set(keys),
        tag: "\"always\"".to_owned(),
        max_age: 60,
    };
    world.issuer.answers(always_the_same(&[0, 1]));
    let verifier = world.verifier();
    verifier.refresh().await;
    world.issuer.answers(always_the_same(&[1]));
    for _ in 0..59 {
        world.advance(60);
        assert_eq!(verifier.refresh().await.keys(), 2);
    }
    world.advance(60);
    assert_eq!(verifier.refresh().await.keys(), 1);
}

#[tokio::test]
async fn a_key_that_turns_out_unusable_is_named_once_though_the_others_stay() {
    let world = World::new().await;
    let (verifier, log) = warmed_up(&world).await;
    let weak = |key: usize| jwk(key).replace("AQAB", "Aw");
    let with = |weak: &str| Answer::json(format!(r#"{{"keys":[{},{weak}]}}"#, jwk(0)));
    for (lines, key) in [(1, 1), (2, 2)] {
        world.issuer.answers(with(&weak(key)));
        verifier.refresh().await;
        verifier.refresh().await;
        assert_eq!(log.lines().len(), lines, "{:#?}", log.lines());
    }
    world
        .issuer
        .answers(with(&format!("{},{}", weak(3), weak(2))));
    verifier.refresh().await;
    assert_eq!(log.lines().len(), 3, "{:#?}", log.lines());
}

#[tokio::test]
async fn a_weak_key_beside_a_good_one_is_left_out_and_named_in_the_log() {
    let world = World::new().await;
    let (verifier, log) = warmed_up(&world).await;
    let weak = jwk(1).replace("AQAB", "Aw");
    world
        .issuer
        .answers(Answer::json(format!(r#"{{"keys":[{},{weak}]}}"#, jwk(2))));
    assert_eq!(verifier.refresh().await.keys(), 1);
    verifier.refresh().await;
    verifier.verify(&world.token(2)).await.unwrap();
    assert_eq!(log.lines().len(), 1, "{:#?}", log.lines());
    assert!(log.lines()[0].contains("key of the set not used"));
}

#[tokio::test]
async fn a_set_of_weak_keys_is_logged_with_what_makes_them_weak() {
    let world = World::new().await;
    let (verifier, log) = warmed_up(&world).await;
    let weak = jwk(1).replace("AQAB", "Aw");
    let keys = format!(r#"{{"keys":[{weak},{{"kty":"EC"}}]}}"#);
    world.issuer.answers(Answer::json(keys));
    verifier.refresh().await;
    let lines = log.lines();
    assert!(
        lines[0].contains("2 in all; of the first, the exponent"),
        "{lines:#?}"
    );
}

#[tokio::test]
async fn an_issuer_that_does_not_listen_is_said_to_be_out_of_reach() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let log = Log::of_warnings();
    Verifier::new(&url, "posts").unwrap().refresh().await;
    let lines = log.lines();
    assert!(lines[0].contains("code=\"connect\""), "{lines:#?}");
}

#[tokio::test]
async fn another_problem_is_logged_anew() {
    let world = World::new().await;
    let (verifier, log) = warmed_up(&world).await;
    for answer in [Answer::json("[]"), Answer::Resets, Answer::json("[]")] {
        world.issuer.answers(answer);
        verifier.refresh().await;
        verifier.refresh().await;
    }
    assert_eq!(log.lines().len(), 3, "{:#?}", log.lines());
}

async fn warmed_up(world: &World) -> (Verifier, Log) {
    let verifier = world.builder().fetch_limit(FETCH_LIMIT).build().unwrap();
    assert_eq!(verifier.refresh().await.keys(), 1);
    (verifier, Log::of_warnings())
}
