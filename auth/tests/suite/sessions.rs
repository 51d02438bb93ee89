//! Refresh tokens: single use, with a grace for lost replies, and an end.

use std::sync::Arc;

use serde_json::json;
use tokio::task::JoinSet;

use crate::harness::{Answer, World};

fn token(answer: &Answer) -> String {
    answer.member("refresh_token")
}

#[tokio::test]
async fn a_refresh_replaces_the_token_and_goes_on_with_the_login() {
    let world = World::start().await;
    let login = world.jack().await;
    let refreshed = world.refresh(&token(&login)).await.expect(200);
    assert_ne!(token(&login), token(&refreshed));
    assert_eq!(refreshed.json()["auth"], true);
    assert_eq!(refreshed.header("cache-control"), "no-store");
    let sid = |answer: &Answer| crate::login::claims(&answer.member("access_token"))["sid"].clone();
    assert_eq!(sid(&login), sid(&refreshed));
    world.refresh(&token(&refreshed)).await.expect(200);
}

#[tokio::test]
async fn a_lost_reply_logs_nobody_out() {
    let world = World::start().await;
    let login = world.jack().await;
    let lost = world.refresh(&token(&login)).await.expect(200);
    world.advance(10);
    let again = world.refresh(&token(&login)).await.expect(200);
    assert_eq!(token(&lost), token(&again));
    world.refresh(&token(&again)).await.expect(200);
}

#[tokio::test]
async fn a_token_used_again_after_the_grace_ends_the_whole_login() {
    let world = World::start().await;
    let login = world.jack().await;
    let other = world.jack().await;
    let refreshed = world.refresh(&token(&login)).await.expect(200);
    world.advance(11);
    world.refresh(&token(&login)).await.expect(401);
    world.refresh(&token(&refreshed)).await.expect(401);
    world.refresh(&token(&other)).await.expect(200);
}

#[tokio::test]
async fn a_token_whose_successor_was_used_is_reuse_within_the_grace_too() {
    let world = World::start().await;
    let first = world.jack().await;
    let second = world.refresh(&token(&first)).await.expect(200);
    let third = world.refresh(&token(&second)).await.expect(200);
    world.refresh(&token(&first)).await.expect(401);
    world.refresh(&token(&third)).await.expect(401);
}

#[tokio::test]
async fn fifty_clients_with_one_token_end_on_one_branch() {
    let world = Arc::new(World::start().await);
    let login = token(&world.jack().await);
    let mut clients = JoinSet::new();
    for _ in 0..50 {
        let (world, login) = (Arc::clone(&world), login.clone());
        clients.spawn(async move { token(&world.refresh(&login).await.expect(200)) });
    }
    let mut successors = clients.join_all().await;
    successors.sort_unstable();
    successors.dedup();
    assert_eq!(successors.len(), 1, "one branch");
    world.refresh(&successors[0]).await.expect(200);
}

#[tokio::test]
async fn a_chain_of_racing_clients_never_has_two_live_branches() {
    let world = Arc::new(World::start().await);
    let login = token(&world.jack().await);
    let mut clients = JoinSet::new();
    for _ in 0..50 {
        let (world, mut held) = (Arc::clone(&world), login.clone());
        clients.spawn(async move {
            for _ in 0..3 {
                let answer = world.refresh(&held).await;
                if answer.status != 200 {
                    return None;
                }
                held = token(&answer);
            }
            Some(held)
        });
    }
    let mut held: Vec<_> = clients.join_all().await.into_iter().flatten().collect();
    held.sort_unstable();
    held.dedup();
    world.advance(11);
    let mut alive = 0;
    for token in held {
        alive += usize::from(world.refresh(&token).await.status == 200);
    }
    assert!(alive <= 1, "{alive} branches");
}

#[tokio::test]
async fn a_login_ends_when_idle_and_at_its_absolute_limit() {
    let world = World::start_with(&["--refresh-ttl=1h", "--session-ttl=3h"]).await;
    let idle = world.jack().await;
    world.advance(3600);
    world.refresh(&token(&idle)).await.expect(401);
    let mut busy = world.jack().await;
    for _ in 0..3 {
        world.advance(3599);
        busy = world.refresh(&token(&busy)).await.expect(200);
    }
    world.advance(3);
    world.refresh(&token(&busy)).await.expect(401);
}

#[tokio::test]
async fn a_logout_ends_the_login_and_may_be_repeated() {
    let world = World::start().await;
    let login = token(&world.jack().await);
    let refreshed = token(&world.refresh(&login).await.expect(200));
    for token in [&login, &login, &refreshed] {
        let answer = world
            .post("/api/logout", &json!({ "refresh_token": token }))
            .await;
        assert_eq!(answer.expect(204).text, "");
    }
    world.refresh(&refreshed).await.expect(401);
    for token in ["", "nonsense", &"A".repeat(64)] {
        world
            .post("/api/logout", &json!({ "refresh_token": token }))
            .await
            .expect(204);
    }
}

#[tokio::test]
async fn what_is_no_refresh_token_is_refused() {
    let world = World::start().await;
    let access_token = world.jack().await.member("access_token");
    for token in [
        "",
        "nonsense",
        &"A".repeat(64),
        &"é".repeat(3000),
        &access_token,
    ] {
        world.refresh(token).await.expect(401);
    }
}

#[tokio::test]
async fn what_cannot_be_a_refresh_token_is_counted_apart_from_one_that_is_refused() {
    let world = World::start().await;
    let malformed = r#"auth_refreshes_total{outcome="malformed"}"#;
    let before = world.metric(malformed).await;
    for _ in 0..100 {
        world.refresh("nonsense").await.expect(401);
    }
    // Other tests count in the same process.
    assert!(world.metric(malformed).await >= before + 100.0);
}

#[tokio::test]
async fn disabling_or_deleting_a_user_ends_their_logins() {
    use auth::user::UserState::{Deleted, Disabled, Enabled};
    let world = World::start().await;
    let jack = "jack".parse().unwrap();
    for state in [Disabled, Deleted] {
        let login = token(&world.jack().await);
        assert!(
            world
                .service
                .store
                .set_user_state(&jack, state)
                .await
                .unwrap()
        );
        world.refresh(&login).await.expect(401);
        world.log_in("jack", "jack_password").await.expect(401);
        if state == Disabled {
            assert!(
                world
                    .service
                    .store
                    .set_user_state(&jack, Enabled)
                    .await
                    .unwrap()
            );
            world.refresh(&login).await.expect(401);
        }
    }
}

#[tokio::test]
async fn a_login_survives_a_restart() {
    let world = World::start().await;
    let login = token(&world.jack().await);
    let world = world.restart(&[]).await;
    world.refresh(&login).await.expect(200);
}

#[tokio::test]
async fn logins_that_have_ended_are_removed() {
    let world = World::start().await;
    world.jack().await;
    world.advance(7 * 86_400);
    auth::cleanup::clean(&world.service).await.unwrap();
    let since_the_beginning = crate::harness::BEGINNING;
    assert!(
        world
            .service
            .store
            .sessions(None, since_the_beginning)
            .await
            .unwrap()
            .is_empty()
    );
}
