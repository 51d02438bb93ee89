//! The metrics, under the names that the documentation promises.

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::task::JoinSet;

use crate::support::fake_issuer::Answer;
use crate::support::{World, serving};

/// The sample lines of these metrics that have this in them.
fn samples(handle: &PrometheusHandle, text: &str) -> Vec<String> {
    let rendered = handle.render();
    let samples = rendered
        .lines()
        .filter(|line| !line.starts_with('#') && line.contains(text));
    samples.map(str::to_owned).collect()
}

#[tokio::test]
async fn tokens_refreshes_and_keys_are_counted() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let world = World::new().await;
    let verifier = world.verifier();
    let token = world.token(0);
    for _ in 0..3 {
        verifier.verify(&token).await.unwrap();
    }
    verifier.verify("x").await.unwrap_err();
    verifier.refresh().await;
    world
        .issuer
        .answers(Answer::status("500 Internal Server Error"));
    verifier.refresh().await;

    let issuer = format!("issuer=\"{}\"", world.issuer.url());
    let expected = [
        "verifier_verifications_total{code=\"ok\"} 3".to_owned(),
        "verifier_verifications_total{code=\"malformed\"} 1".to_owned(),
        "verifier_cache_hits_total 1".to_owned(),
        format!("verifier_refreshes_total{{{issuer},result=\"updated\"}} 1"),
        format!("verifier_refreshes_total{{{issuer},result=\"unchanged\"}} 1"),
        format!("verifier_refreshes_total{{{issuer},result=\"status\"}} 1"),
        format!("verifier_keys{{{issuer}}} 1"),
    ];
    for line in expected {
        assert_eq!(samples(&handle, &line), [line], "{}", handle.render());
    }
}

#[tokio::test]
async fn the_age_of_the_set_is_kept_by_keep_fresh() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let world = World::new().await;
    let verifier = world.verifier();
    verifier.refresh().await;
    world.advance(30);
    let mut tasks = JoinSet::new();
    tasks.spawn(async move { verifier.keep_fresh().await });
    tokio::task::yield_now().await;
    let line = format!(
        "verifier_key_set_age_seconds{{issuer=\"{}\"}} 30",
        world.issuer.url()
    );
    assert_eq!(samples(&handle, "age_seconds"), [line]);
}

#[tokio::test]
async fn keys_that_may_no_longer_be_used_are_not_counted() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let world = World::new().await;
    let verifier = world.verifier();
    let counted = || samples(&handle, "verifier_keys{");
    let line = |number| {
        vec![format!(
            "verifier_keys{{issuer=\"{}\"}} {number}",
            world.issuer.url()
        )]
    };

    world.issuer.answers(Answer::Resets);
    verifier.refresh().await;
    assert_eq!(counted(), line(0), "never had any");
    world.issuer.answers(serving(&[0, 1]));
    verifier.refresh().await;
    assert_eq!(counted(), line(2));
    world.issuer.answers(Answer::Hangs);
    world.advance(3600);
    let mut tasks = JoinSet::new();
    tasks.spawn(async move { verifier.keep_fresh().await });
    tokio::task::yield_now().await;
    assert_eq!(counted(), line(0), "too old");
}
