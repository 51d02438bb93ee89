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
    let answer = world.post("/api/register", &account).await.expect(403);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.json()["type"], "/docs#forbidden");
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

#[tokio::test]
async fn an_address_makes_thirty_accounts_a_minute_at_most() {
    let world = World::start_with(&["--trusted-proxies=127.0.0.0/8"]).await;
    let register = async |address: &str, username: &str| {
        let account = json!({ "username": username, "password": "analytical engine" });
        let request = world.json("/api/register", &account);
        world.send(request.header("x-forwarded-for", address)).await
    };
    for number in 0..29 {
        register("198.51.100.1", &format!("ada{number}"))
            .await
            .expect(201);
    }
    register("198.51.100.1", "jack").await.expect(409);
    let before = world.hashes_run();
    let answer = register("198.51.100.1", "ada29").await.expect(429);
    assert_eq!(answer.header("retry-after"), "60");
    assert_eq!(world.hashes_run(), before, "counted before hashing");
    register("198.51.100.2", "ada29").await.expect(201);
    world
        .log_in_from("198.51.100.1", "jack", "jack_password")
        .await
        .expect(200);
    world.advance(60);
    register("198.51.100.1", "ada30").await.expect(201);
}

/// In every alphabet and form, what is no name is refused, and NUL reaches no database.
#[tokio::test]
async fn names_that_only_look_alike_are_nobodys() {
    let world = World::start().await;
    for look_alike in [
        "j\u{430}ck",
        "jack\u{200d}",
        "\u{ff4a}ack",
        "jack\0",
        "\u{212a}im",
        " jack",
    ] {
        let account = json!({ "username": look_alike, "password": "analytical engine" });
        world.post("/api/register", &account).await.expect(422);
        world.log_in(look_alike, "jack_password").await.expect(401);
    }
}
