//! `POST /oauth/token` and `POST /oauth/revoke`

use auth::client::{Client, ClientSecret};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::harness::{Answer, BEGINNING, World};
use crate::login::claims;

const ID: &str = "reports@clients";

/// A service with one client, and the client's secret.
async fn world() -> (World, String) {
    let world = World::start_with(&["--audiences=posts,reports"]).await;
    let secret = ClientSecret::generate();
    let client = Client {
        id: ID.parse().unwrap(),
        secret: secret.digest(),
        scope: "posts:read".parse().unwrap(),
        enabled: true,
        created_at: BEGINNING,
    };
    assert_eq!(
        world.service.store.add_client(client).await.unwrap(),
        auth::store::Added::Done
    );
    (world, secret.expose().to_owned())
}

async fn post(world: &World, path: &str, basic: Option<(&str, &str)>, form: &str) -> Answer {
    let request = world.form(path, form);
    world
        .send(match basic {
            Some((id, secret)) => {
                let credentials = BASE64_STANDARD.encode(format!("{id}:{secret}"));
                request.header("authorization", format!("Basic {credentials}"))
            }
            None => request,
        })
        .await
}

const CLIENT_CREDENTIALS: &str = "grant_type=client_credentials";

#[tokio::test]
async fn a_program_gets_a_token_for_itself_by_basic_or_in_the_form() {
    let (world, secret) = world().await;
    let in_form =
        format!("{CLIENT_CREDENTIALS}&client_id=reports%40clients&client_secret={secret}");
    for answer in [
        post(
            &world,
            "/oauth/token",
            Some((ID, &secret)),
            CLIENT_CREDENTIALS,
        )
        .await,
        post(
            &world,
            "/oauth/token",
            Some(("reports%40clients", &secret)),
            CLIENT_CREDENTIALS,
        )
        .await,
        post(&world, "/oauth/token", None, &in_form).await,
    ] {
        let answer = answer.expect(200);
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.json()["token_type"], "Bearer");
        assert_eq!(answer.json()["scope"], "posts:read");
        assert!(answer.json().get("refresh_token").is_none());
        let claims = claims(&answer.member("access_token"));
        assert_eq!(
            (&claims["sub"], &claims["client_id"]),
            (&ID.into(), &ID.into())
        );
        assert_eq!(claims["aud"], "posts");
        assert!(claims.get("sid").is_none());
    }
}

#[tokio::test]
async fn a_program_may_ask_for_an_audience() {
    let (world, secret) = world().await;
    for parameter in ["audience", "resource"] {
        let form = format!("{CLIENT_CREDENTIALS}&{parameter}=reports");
        let answer = post(&world, "/oauth/token", Some((ID, &secret)), &form)
            .await
            .expect(200);
        assert_eq!(claims(&answer.member("access_token"))["aud"], "reports");
    }
}

#[tokio::test]
async fn errors_are_those_of_rfc_6749() {
    let (world, secret) = world().await;
    let good = Some((ID, secret.as_str()));
    let twice = format!("{CLIENT_CREDENTIALS}&client_id={ID}&client_secret={secret}");
    for (basic, form, status, error) in [
        (good, "", 400, "invalid_request"),
        (good, "grant_type=", 400, "invalid_request"),
        (
            good,
            "grant_type=client_credentials&grant_type=x",
            400,
            "invalid_request",
        ),
        (good, twice.as_str(), 400, "invalid_request"),
        (
            None,
            "grant_type=client_credentials&client_secret=x",
            400,
            "invalid_request",
        ),
        (None, "grant_type=refresh_token", 400, "invalid_request"),
        (
            good,
            "grant_type=password&username=jack",
            400,
            "unsupported_grant_type",
        ),
        (None, CLIENT_CREDENTIALS, 401, "invalid_client"),
        (
            Some((ID, "wrong")),
            CLIENT_CREDENTIALS,
            401,
            "invalid_client",
        ),
        (
            Some(("reports", secret.as_str())),
            CLIENT_CREDENTIALS,
            401,
            "invalid_client",
        ),
        (
            Some(("jack", "jack_password")),
            CLIENT_CREDENTIALS,
            401,
            "invalid_client",
        ),
        (
            Some(("%zz&", "=")),
            CLIENT_CREDENTIALS,
            401,
            "invalid_client",
        ),
        (
            good,
            "grant_type=client_credentials&scope=posts:write",
            400,
            "invalid_scope",
        ),
        (
            good,
            "grant_type=client_credentials&scope=%22",
            400,
            "invalid_scope",
        ),
        (
            good,
            "grant_type=client_credentials&audience=elsewhere",
            400,
            "invalid_target",
        ),
        (
            None,
            "grant_type=refresh_token&refresh_token=nonsense",
            400,
            "invalid_grant",
        ),
        (
            good,
            "grant_type=refresh_token&refresh_token=nonsense",
            400,
            "invalid_grant",
        ),
    ] {
        let answer = post(&world, "/oauth/token", basic, form)
            .await
            .expect(status);
        assert_eq!(answer.json()["error"], error, "{form}");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("content-type"), "application/json");
        let challenge = answer.header("www-authenticate");
        assert_eq!(
            challenge.starts_with("Basic "),
            status == 401,
            "{challenge}"
        );
    }
}

#[tokio::test]
async fn a_disabled_program_gets_no_more_tokens() {
    let (world, secret) = world().await;
    assert!(
        world
            .service
            .store
            .disable_client(&ID.parse().unwrap())
            .await
            .unwrap()
    );
    post(
        &world,
        "/oauth/token",
        Some((ID, &secret)),
        CLIENT_CREDENTIALS,
    )
    .await
    .expect(401);
}

#[tokio::test]
async fn a_users_login_is_refreshed_without_a_client() {
    let (world, _) = world().await;
    let login = world.jack().await.member("refresh_token");
    let form = format!("grant_type=refresh_token&refresh_token={login}");
    let answer = post(&world, "/oauth/token", None, &form).await.expect(200);
    assert!(
        answer.json().get("auth").is_none(),
        "RFC 6749 knows no such member"
    );
    assert_ne!(answer.member("refresh_token"), login);
    world
        .refresh(&answer.member("refresh_token"))
        .await
        .expect(200);
}

#[tokio::test]
async fn a_refresh_may_ask_for_a_part_of_the_scope_and_never_for_more() {
    let (world, _) = world().await;
    let login = world.jack().await.member("refresh_token");
    let refresh = async |token: &str, scope: &str| {
        let form = format!("grant_type=refresh_token&refresh_token={token}&scope={scope}");
        post(&world, "/oauth/token", None, &form).await
    };
    for more in ["admin", "posts:read+admin", "%22"] {
        let answer = refresh(&login, more).await.expect(400);
        assert_eq!(answer.json()["error"], "invalid_scope", "{more}");
    }
    let part = refresh(&login, "posts:read").await.expect(200);
    assert_eq!(part.member("scope"), "posts:read");
    assert_eq!(claims(&part.member("access_token"))["scope"], "posts:read");
    let whole = world.refresh(&part.member("refresh_token")).await;
    assert_eq!(whole.expect(200).member("scope"), "posts:read posts:write");
}

#[tokio::test]
async fn a_revoked_refresh_token_ends_its_login() {
    let (world, secret) = world().await;
    for basic in [None, Some((ID, secret.as_str()))] {
        let login = world.jack().await.member("refresh_token");
        let form = format!("token={login}&token_type_hint=refresh_token");
        for _ in 0..2 {
            assert_eq!(
                post(&world, "/oauth/revoke", basic, &form)
                    .await
                    .expect(200)
                    .text,
                ""
            );
        }
        world.refresh(&login).await.expect(401);
    }
}

#[tokio::test]
async fn revocation_says_what_it_cannot_do() {
    let (world, secret) = world().await;
    let access_token = world.jack().await.member("access_token");
    let form = format!("token={access_token}");
    let answer = post(&world, "/oauth/revoke", None, &form).await.expect(400);
    assert_eq!(answer.json()["error"], "unsupported_token_type");
    post(&world, "/oauth/revoke", None, "token=nonsense")
        .await
        .expect(200);
    let answer = post(&world, "/oauth/revoke", None, "").await.expect(400);
    assert_eq!(answer.json()["error"], "invalid_request");
    let wrong = Some((ID, "wrong"));
    let answer = post(&world, "/oauth/revoke", wrong, "token=nonsense")
        .await
        .expect(401);
    assert_eq!(answer.json()["error"], "invalid_client");
    assert!(secret.len() >= 43, "256 bits");
}

#[tokio::test]
async fn a_programs_token_changes_no_password() {
    let (world, secret) = world().await;
    let answer = post(
        &world,
        "/oauth/token",
        Some((ID, &secret)),
        CLIENT_CREDENTIALS,
    )
    .await;
    let change = serde_json::json!({ "current": "jack_password", "new": "a better password" });
    world
        .post_as("/api/password", &answer.member("access_token"), &change)
        .await
        .expect(403);
}

#[tokio::test]
async fn wrong_secrets_are_slowed_by_program_and_a_right_one_is_not() {
    let (world, secret) = world().await;
    for id in [ID, "nobody@clients"] {
        let wrong = Some((id, "wrong"));
        for path in ["/oauth/token", "/oauth/revoke", "/oauth/token"] {
            let form = format!("{CLIENT_CREDENTIALS}&token=x");
            post(&world, path, wrong, &form).await.expect(401);
        }
        for _ in 3..5 {
            post(&world, "/oauth/token", wrong, CLIENT_CREDENTIALS)
                .await
                .expect(401);
        }
        let answer = post(&world, "/oauth/token", wrong, CLIENT_CREDENTIALS)
            .await
            .expect(429);
        assert_eq!(answer.header("retry-after"), "1");
        assert_eq!(answer.json()["error"], "temporarily_unavailable");
    }
    let right = Some((ID, secret.as_str()));
    post(&world, "/oauth/token", right, CLIENT_CREDENTIALS)
        .await
        .expect(200);
}

#[tokio::test]
async fn wrong_secrets_are_slowed_by_address() {
    let (world, _) = world().await;
    for number in 0..30 {
        let id = format!("program{number}@clients");
        post(
            &world,
            "/oauth/token",
            Some((&id, "wrong")),
            CLIENT_CREDENTIALS,
        )
        .await
        .expect(401);
    }
    let answer = post(
        &world,
        "/oauth/token",
        Some((ID, "wrong")),
        CLIENT_CREDENTIALS,
    )
    .await
    .expect(429);
    assert_eq!(answer.header("retry-after"), "60");
    world.log_in("jack", "jack_password").await.expect(429);
}

/// RFC 6749 §2.3.1 and §3.2, and what a parser could understand in two ways.
#[tokio::test]
async fn a_form_has_one_meaning() {
    let (world, secret) = world().await;
    let credentials = BASE64_STANDARD.encode(format!("{ID}:{secret}"));
    let basic = format!("Basic {credentials}");
    let form = "application/x-www-form-urlencoded";
    for (kinds, body, status) in [
        (vec![form], CLIENT_CREDENTIALS.to_owned(), 200),
        (
            vec!["Application/X-WWW-Form-URLEncoded; charset=UTF-8"],
            CLIENT_CREDENTIALS.to_owned(),
            200,
        ),
        (
            vec![form, "application/json"],
            CLIENT_CREDENTIALS.to_owned(),
            415,
        ),
        (
            vec![form],
            format!("{CLIENT_CREDENTIALS}&scope=posts:read&scope=posts:read"),
            400,
        ),
        (
            vec![form],
            format!("{CLIENT_CREDENTIALS}&scope=&scope=posts%3Aread"),
            200,
        ),
        (
            vec![form],
            format!("{CLIENT_CREDENTIALS}&unheard=of&unheard=of"),
            400,
        ),
        (
            vec![form],
            format!("{CLIENT_CREDENTIALS}&client_id={ID}"),
            200,
        ),
        (
            vec![form],
            format!("{CLIENT_CREDENTIALS}&client_id=other%40clients"),
            400,
        ),
        (
            vec![form],
            format!("{CLIENT_CREDENTIALS}&client_secret={secret}"),
            400,
        ),
        (
            vec![form],
            format!("{CLIENT_CREDENTIALS}&audience=posts%00"),
            400,
        ),
        (
            vec![form],
            format!("{CLIENT_CREDENTIALS}&scope=posts:read%00"),
            400,
        ),
        (vec![form], format!("{CLIENT_CREDENTIALS}&%FF=%FE"), 200),
    ] {
        let mut request = world
            .request(reqwest::Method::POST, "/oauth/token")
            .header("authorization", &basic)
            .body(body.clone());
        for kind in &kinds {
            request = request.header("content-type", *kind);
        }
        let answer = world.send(request).await;
        assert_eq!(answer.status, status, "{kinds:?} {body}: {}", answer.text);
    }
}
