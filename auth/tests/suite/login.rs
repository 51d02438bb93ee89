//! `POST /api/login` and what its tokens say.

use serde_json::{Value, json};

use crate::harness::{BEGINNING, World};

/// The claims of a token, unverified.
pub(crate) fn claims(token: &str) -> Value {
    use base64::Engine;
    let part = token.split('.').nth(1).unwrap();
    let bytes = base64::prelude::BASE64_URL_SAFE_NO_PAD
        .decode(part)
        .unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

fn header(token: &str) -> Value {
    use base64::Engine;
    let part = token.split('.').next().unwrap();
    let bytes = base64::prelude::BASE64_URL_SAFE_NO_PAD
        .decode(part)
        .unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

fn names(object: &Value) -> Vec<&str> {
    let mut names: Vec<_> = object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn a_login_answers_with_just_these_members() {
    let world = World::start().await;
    let answer = world.jack().await;
    let body = answer.json();
    let expected = [
        "access_token",
        "auth",
        "expires_in",
        "refresh_token",
        "scope",
        "token_type",
    ];
    assert_eq!(names(&body), expected);
    assert_eq!(body["auth"], true);
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 900);
    assert_eq!(body["scope"], "posts:read posts:write");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("content-type"), "application/json");
}

#[tokio::test]
async fn an_access_token_says_just_this() {
    let world = World::start().await;
    let token = world.jack().await.member("access_token");
    let key_set = world.get("/.well-known/jwks.json").await.expect(200).json();
    let kid = &key_set["keys"][0]["kid"];
    assert_eq!(
        header(&token),
        json!({ "alg": "RS256", "typ": "at+jwt", "kid": kid })
    );
    let claims = claims(&token);
    let expected = [
        "aud",
        "client_id",
        "exp",
        "iat",
        "iss",
        "jti",
        "name",
        "nbf",
        "scope",
        "sid",
        "sub",
    ];
    assert_eq!(names(&claims), expected);
    let now = BEGINNING.unix_seconds();
    assert_eq!(claims["iss"], world.base.as_str());
    assert_eq!(
        (&claims["sub"], &claims["name"]),
        (&json!("jack"), &json!("jack"))
    );
    assert_eq!(
        (&claims["aud"], &claims["client_id"]),
        (&json!("posts"), &json!("auth"))
    );
    assert_eq!((&claims["iat"], &claims["nbf"]), (&json!(now), &json!(now)));
    assert_eq!(claims["exp"], now + 900);
    assert_eq!(claims["scope"], "posts:read posts:write");
}

#[tokio::test]
async fn every_token_and_every_login_has_its_own_name() {
    let world = World::start().await;
    let [one, two] = [world.jack().await, world.jack().await];
    let [one, two] = [one, two].map(|answer| claims(&answer.member("access_token")));
    assert_ne!(one["jti"], two["jti"]);
    assert_ne!(one["sid"], two["sid"]);
}

#[tokio::test]
async fn a_name_is_the_same_in_every_case() {
    let world = World::start().await;
    let token = world
        .log_in("JaCk", "jack_password")
        .await
        .expect(200)
        .member("access_token");
    assert_eq!(claims(&token)["sub"], "jack");
}

#[tokio::test]
async fn unknown_wrong_and_disabled_get_the_same_bytes() {
    let world = World::start().await;
    let lina = "lina".parse().unwrap();
    let disabled = auth::user::UserState::Disabled;
    assert!(
        world
            .service
            .store
            .set_user_state(&lina, disabled)
            .await
            .unwrap()
    );
    let tries = [
        ("jack", "robert_password"),
        ("nobody", "jack_password"),
        ("lina", "lina_password"),
        ("not a name at all", "jack_password"),
        ("", ""),
    ];
    let mut bodies = Vec::new();
    for (username, password) in tries {
        let body = json!({ "username": username, "password": password });
        let request = world
            .json("/api/login", &body)
            .header("x-request-id", "the-same");
        let answer = world.send(request).await.expect(401);
        assert_eq!(answer.json()["msg"], "Bad username and password");
        let mut headers = answer.headers.clone();
        headers.remove("date");
        bodies.push((format!("{headers:?}"), answer.text));
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:#?}");
}

#[tokio::test]
async fn unknown_wrong_and_disabled_cost_one_hash_each() {
    let world = World::start().await;
    let lina = "lina".parse().unwrap();
    let disabled = auth::user::UserState::Disabled;
    assert!(
        world
            .service
            .store
            .set_user_state(&lina, disabled)
            .await
            .unwrap()
    );
    for (username, password) in [
        ("jack", "robert_password"),
        ("jack", "jack_password"),
        ("nobody", "jack_password"),
        ("lina", "lina_password"),
        ("lina", "wrong_password"),
        ("no name", "jack_password"),
    ] {
        let before = world.hashes_run();
        world.log_in(username, password).await;
        assert_eq!(world.hashes_run() - before, 1, "{username} {password}");
    }
}

#[tokio::test]
async fn a_login_may_ask_for_less_scope_and_for_another_audience() {
    let world = World::start_with(&["--audiences=posts,reports"]).await;
    let body = json!({
        "username": "jack", "password": "jack_password",
        "audience": "reports", "scope": "posts:read",
    });
    let answer = world.post("/api/login", &body).await.expect(200);
    assert_eq!(answer.json()["scope"], "posts:read");
    let claims = claims(&answer.member("access_token"));
    assert_eq!(
        (&claims["aud"], &claims["scope"]),
        (&json!("reports"), &json!("posts:read"))
    );
    let refreshed = world
        .refresh(&answer.member("refresh_token"))
        .await
        .expect(200);
    let claims = self::claims(&refreshed.member("access_token"));
    assert_eq!(
        (&claims["aud"], &claims["scope"]),
        (&json!("reports"), &json!("posts:read"))
    );
    let me = world.send(
        world
            .request(reqwest::Method::GET, "/api/me")
            .bearer_auth(answer.member("access_token")),
    );
    assert_eq!(me.await.expect(200).json()["aud"], "reports");
}

#[tokio::test]
async fn asking_for_what_is_not_allowed_names_the_field() {
    let world = World::start().await;
    for (field, value) in [
        ("audience", "elsewhere"),
        ("audience", ""),
        ("scope", "posts:read admin"),
        ("scope", ""),
        ("scope", "\"quoted\""),
    ] {
        let mut body = json!({ "username": "jack", "password": "jack_password" });
        body[field] = json!(value);
        let answer = world.post("/api/login", &body).await.expect(422);
        assert_eq!(answer.json()["errors"][0]["field"], field, "{value:?}");
    }
    let sessions = world.service.store.sessions(None, BEGINNING).await.unwrap();
    assert!(sessions.is_empty(), "no login came of it");
}

#[tokio::test]
async fn a_password_hashed_with_other_parameters_is_hashed_anew_at_login() {
    let world = World::start().await;
    let jack = "jack".parse().unwrap();
    let old = auth::password::Hasher::start(auth::password::HasherSettings {
        parameters: auth::password::Parameters {
            memory: 32,
            passes: 1,
            lanes: 1,
        },
        ..Default::default()
    });
    let password = auth::password::Password::parse("jack_password").unwrap();
    let hashed = old.unwrap().hash(password).await.unwrap();
    world
        .service
        .store
        .set_password(&jack, &hashed)
        .await
        .unwrap();
    world.jack().await;
    let stored = world
        .service
        .store
        .user(&jack)
        .await
        .unwrap()
        .unwrap()
        .password;
    assert!(stored.is_made_with(crate::harness::SMALL));
    world.jack().await;
}

#[tokio::test]
async fn me_says_what_the_token_says() {
    let world = World::start().await;
    let token = world.jack().await.member("access_token");
    let request = world
        .request(reqwest::Method::GET, "/api/me")
        .bearer_auth(&token);
    let answer = world.send(request).await.expect(200);
    assert_eq!(answer.json(), claims(&token));
    assert_eq!(answer.header("cache-control"), "no-store");
}
