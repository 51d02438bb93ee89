//! `POST /api/register`, and names that are never used again.

use auth::user::UserState;
use serde_json::json;

use crate::harness::World;

#[tokio::test]
async fn anyone_may_register_when_registration_is_open() {
    let world = World::start().await;
    let account = json!({ "username": "Ada.Lovelace", "password": "analytical engine" });
    let answer = world.post("/api/register", &account).await.expect(201);
    assert_eq!(answer.json()["username"], "ada.lovelace");
    world
        .log_in("ada.lovelace", "analytical engine")
        .await
        .expect(200);
}

#[tokio::test]
async fn a_taken_name_is_a_conflict_in_every_case_and_after_deletion() {
    let world = World::start().await;
    let lina = "lina".parse().unwrap();
    world
        .service
        .store
        .set_user_state(&lina, UserState::Deleted)
        .await
        .unwrap();
    for username in ["jack", "JACK", "lina"] {
        let account = json!({ "username": username, "password": "analytical engine" });
        world.post("/api/register", &account).await.expect(409);
    }
}

#[tokio::test]
async fn registration_is_closed_unless_it_is_opened() {
    let world = World::start_plain(&[]).await;
    let account = json!({ "username": "ada", "password": "analytical engine" });
    world.post("/api/register", &account).await.expect(403);
    world.log_in("ada", "analytical engine").await.expect(401);
}

#[tokio::test]
async fn what_cannot_be_registered_is_told_by_field() {
    let world = World::start().await;
    let good = ("ada", "analytical engine");
    let long = "x".repeat(257);
    for (username, password, fields) in [
        ("-ada", good.1, vec!["username"]),
        ("", good.1, vec!["username"]),
        ("ada lovelace", good.1, vec!["username"]),
        (good.0, "short", vec!["password"]),
        (good.0, "password", vec!["password"]),
        (good.0, long.as_str(), vec!["password"]),
        (good.0, "analytical\0engine", vec!["password"]),
        ("", "", vec!["username", "password"]),
    ] {
        let account = json!({ "username": username, "password": password });
        let answer = world
            .post("/api/register", &account)
            .await
            .expect(422)
            .json();
        let errors = answer["errors"].as_array().unwrap();
        let named: Vec<_> = errors
            .iter()
            .map(|error| error["field"].as_str().unwrap())
            .collect();
        assert_eq!(named, fields, "{username:?} {password:?}");
    }
}

#[tokio::test]
async fn the_demos_users_come_back_neither_changed_nor_deleted() {
    let world = World::start().await;
    let (jack, lina) = ("jack".parse().unwrap(), "lina".parse().unwrap());
    world
        .service
        .store
        .set_user_state(&lina, UserState::Deleted)
        .await
        .unwrap();
    world
        .service
        .store
        .set_user_state(&jack, UserState::Disabled)
        .await
        .unwrap();
    let world = world.restart(&[]).await;
    world.log_in("jack", "jack_password").await.expect(401);
    world.log_in("lina", "lina_password").await.expect(401);
    world.log_in("robert", "robert_password").await.expect(200);
}
