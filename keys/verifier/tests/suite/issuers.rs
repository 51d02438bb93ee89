//! Several issuers at once: each has its own keys and its own audience.

use std::sync::Arc;

use verifier::{Rejection, Verifier, VerifyError};

use crate::support::fake_issuer::Answer;
use crate::support::{World, serving, token};

/// The first issuer holds key 0 and is for `posts`, the second holds key 1 and is for `partners`.
async fn two() -> (World, World, Verifier) {
    let (first, second) = (World::new().await, World::new().await);
    second.issuer.answers(serving(&[1]));
    let verifier = first.builder().also(&second.issuer.url(), "partners");
    let verifier = verifier
        .clock(Arc::new(first.clock.clone()))
        .build()
        .unwrap();
    (first, second, verifier)
}

#[tokio::test]
async fn each_issuers_tokens_are_judged_by_its_own_keys_and_audience() {
    let (first, second, verifier) = two().await;
    let (ours, theirs) = (first.issuer.url(), second.issuer.url());
    let table = [
        (0, &ours, "posts", "ok"),
        (1, &theirs, "partners", "ok"),
        (0, &ours, "partners", "audience_mismatch"),
        (1, &theirs, "posts", "audience_mismatch"),
        (0, &theirs, "partners", "unknown_key"),
        (1, &ours, "posts", "unknown_key"),
        (
            0,
            &"http://127.0.0.1".to_owned(),
            "posts",
            "issuer_mismatch",
        ),
    ];
    for (key, issuer, audience, code) in table {
        let token = token(key, issuer, audience, &first.clock);
        for _ in 0..2 {
            let verdict = verifier.verify(&token).await;
            let got = verdict.map_or_else(|error| error.code(), |_| "ok");
            assert_eq!(got, code, "key {key}, {issuer}, {audience}");
        }
    }
}

#[tokio::test]
async fn one_issuers_outage_is_not_the_others() {
    let (first, second, verifier) = two().await;
    second.issuer.answers(Answer::Resets);
    verifier.verify(&first.token(0)).await.unwrap();
    let theirs = token(1, &second.issuer.url(), "partners", &first.clock);
    let error = verifier.verify(&theirs).await.unwrap_err();
    assert!(matches!(error, VerifyError::Unavailable { .. }));
    assert!(!verifier.readiness().is_ready());
    assert_eq!(verifier.readiness().keys(), 1);
}

#[tokio::test]
async fn a_token_of_an_unknown_issuer_causes_no_fetch() {
    let (first, second, verifier) = two().await;
    let stranger = token(0, "https://stranger.example", "posts", &first.clock);
    let error = verifier.verify(&stranger).await.unwrap_err();
    assert_eq!(error, VerifyError::Rejected(Rejection::IssuerMismatch));
    assert_eq!(first.issuer.requests() + second.issuer.requests(), 0);
}
