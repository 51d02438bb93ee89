//! How often an issuer is asked.

use std::time::Duration;

use token::{ManualClock, Timestamp};
use tokio::task::JoinSet;
use verifier::testing::TestIssuer;
use verifier::{Rejection, Verifier, VerifyError};

use crate::support::fake_issuer::{Answer, FakeIssuer};

#[tokio::test]
async fn a_thousand_requests_on_a_cold_start_cause_one_fetch() {
    let clock = std::sync::Arc::new(ManualClock::new(Timestamp::from_unix_seconds(
        1_700_000_000,
    )));
    let keys = TestIssuer::new("http://127.0.0.1", "posts");
    let server = FakeIssuer::start(Answer::set(keys.key_set().to_json())).await;
    let keys = TestIssuer::new(&server.url(), "posts").with_clock(clock.clone());
    server.answers(Answer::set(keys.key_set().to_json()));
    let verifier = Verifier::builder(&server.url(), "posts")
        .clock(clock)
        .build()
        .unwrap();
    let token = keys.token("jack");
    let mut requests = JoinSet::new();
    for _ in 0..1000 {
        let (verifier, token) = (verifier.clone(), token.clone());
        requests.spawn(async move { verifier.verify(&token).await.unwrap().subject.clone() });
    }
    let subjects = requests.join_all().await;
    assert_eq!(subjects, vec!["jack"; 1000]);
    assert_eq!(server.requests(), 1);
}
