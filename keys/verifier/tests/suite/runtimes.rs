//! Runtimes that end, that stand still, and that are not there: whoever asked for an attempt may
//! take it along, and nobody else waits for it.

use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use verifier::Verifier;

use crate::support::fake_issuer::Answer;
use crate::support::{World, at_once, serving};

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// The runtime that the issuer lives in, and the issuer.
fn world() -> (Runtime, World) {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let world = runtime.block_on(World::new());
    (runtime, world)
}

/// Begins an attempt in a runtime of its own, which the issuer does not answer.
fn hangs(world: &World, verifier: &Verifier) -> Runtime {
    world.issuer.answers(Answer::Hangs);
    let (runtime, token) = (runtime(), world.token(0));
    runtime.block_on(async {
        tokio::select! {
            _ = verifier.verify(&token) => panic!("the issuer has answered"),
            () = world.issuer.has_had(1) => {}
        }
    });
    world.issuer.answers(serving(&[0]));
    runtime
}

#[test]
fn an_attempt_that_ended_with_its_runtime_is_made_again_in_a_second() {
    let (issuers, world) = world();
    let verifier = world.verifier();
    drop(hangs(&world, &verifier));
    issuers.block_on(async {
        let error = verifier.verify(&world.token(0)).await.unwrap_err();
        assert_eq!(error.code(), "key_set_unavailable");
        world.advance(1);
        verifier.verify(&world.token(0)).await.unwrap();
    });
}

#[test]
fn those_who_come_after_a_runtime_that_ended_share_one_new_attempt() {
    let (issuers, world) = world();
    let verifier = world.verifier();
    drop(hangs(&world, &verifier));
    issuers.block_on(async {
        verifier.verify(&world.token(0)).await.unwrap_err();
        world.advance(1);
        let mut requests = JoinSet::new();
        for _ in 0..100 {
            let (verifier, token) = (verifier.clone(), world.token(0));
            requests.spawn(async move { verifier.verify(&token).await.is_ok() });
        }
        assert_eq!(requests.join_all().await, vec![true; 100]);
    });
    assert_eq!(world.issuer.requests(), 2);
}

#[test]
fn those_who_wait_for_a_runtime_that_stands_still_are_let_go() {
    let (issuers, world) = world();
    let verifier = world.verifier();
    let _still = hangs(&world, &verifier);
    let waiting = Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let error = waiting.block_on(verifier.verify(&world.token(0)));
    assert_eq!(error.unwrap_err().code(), "key_set_unavailable");
    waiting.block_on(verifier.refresh());
    world.advance(10);
    let verdict = issuers.block_on(verifier.verify(&world.token(0)));
    verdict.unwrap();
}

#[test]
fn without_a_runtime_what_is_held_is_answered_and_the_rest_is_unavailable() {
    let (issuers, world) = world();
    let verifier = world.verifier();
    let told = |verifier: &Verifier| at_once(verifier.verify(&world.token(0))).unwrap();
    let error = told(&verifier).unwrap_err();
    assert_eq!(error.code(), "key_set_unavailable");
    let problem = verifier.readiness().issuers()[0].problem.clone();
    assert!(problem.unwrap().contains("runtime"));
    issuers.block_on(verifier.refresh());
    world.advance(60);
    told(&verifier).unwrap();
    assert!(at_once(verifier.verify(&world.token(1))).unwrap().is_err());
    world.advance(Duration::from_hours(1).as_secs());
    assert!(told(&verifier).is_err());
}
