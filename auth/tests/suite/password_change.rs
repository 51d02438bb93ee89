//! `POST /api/password`

use serde_json::json;

use crate::harness::World;

#[tokio::test]
async fn a_password_change_ends_every_other_login_and_spares_its_own() {
    let world = World::start().await;
    let (own, other) = (world.jack().await, world.jack().await);
    let change = json!({ "current": "jack_password", "new": "a better password" });
    world
        .post_as("/api/password", &own.member("access_token"), &change)
        .await
        .expect(204);
    world
        .refresh(&other.member("refresh_token"))
        .await
        .expect(401);
    world
        .refresh(&own.member("refresh_token"))
        .await
        .expect(200);
    world.log_in("jack", "jack_password").await.expect(401);
    world.log_in("jack", "a better password").await.expect(200);
}

#[tokio::test]
async fn a_wrong_current_password_changes_nothing() {
    let world = World::start().await;
    let token = world.jack().await.member("access_token");
    let change = json!({ "current": "wrong_password", "new": "a better password" });
    let answer = world
        .post_as("/api/password", &token, &change)
        .await
        .expect(403);
    assert_eq!(answer.json()["errors"][0]["field"], "current");
    world.jack().await;
}

#[tokio::test]
async fn guessing_the_current_password_is_slowed_as_logins_are() {
    let world = World::start().await;
    let token = world.jack().await.member("access_token");
    let change = json!({ "current": "wrong_password", "new": "a better password" });
    for _ in 0..5 {
        world
            .post_as("/api/password", &token, &change)
            .await
            .expect(403);
    }
    let answer = world
        .post_as("/api/password", &token, &change)
        .await
        .expect(429);
    assert_eq!(answer.header("retry-after"), "1");
    world.log_in("jack", "jack_password").await.expect(429);
}

#[tokio::test]
async fn a_new_password_keeps_the_rules() {
    let world = World::start().await;
    let token = world.jack().await.member("access_token");
    for new in ["short", "12345678"] {
        let change = json!({ "current": "jack_password", "new": new });
        let answer = world
            .post_as("/api/password", &token, &change)
            .await
            .expect(422);
        assert_eq!(answer.json()["errors"][0]["field"], "new");
    }
}

#[tokio::test]
async fn a_right_current_password_is_no_failure_when_there_is_no_place_to_hash_the_new_one() {
    let world = World::start().await;
    let options = ["--demo", "--free-failures=1"];
    let world = world.restart_with_places_to_hash(1, &options).await;
    let token = world.jack().await.member("access_token");
    let again = json!({ "current": "jack_password", "new": "jack_password" });
    for _ in 0..200 {
        let (change, _takes_the_place) = tokio::join!(
            world.post_as("/api/password", &token, &again),
            world.log_in("robert", "robert_password"),
        );
        assert!([204, 503].contains(&change.status.as_u16()), "{change:?}");
    }
}
