//! The table "Every error" of the contract, for every call.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, World};

/// Calls that take JSON: path, whether a token is needed, a good body.
fn json_calls() -> [(&'static str, bool, Value); 5] {
    [
        (
            "/api/login",
            false,
            json!({ "username": "jack", "password": "jack_password" }),
        ),
        ("/api/refresh", false, json!({ "refresh_token": "x" })),
        ("/api/logout", false, json!({ "refresh_token": "x" })),
        (
            "/api/register",
            false,
            json!({ "username": "ada", "password": "analytical engine" }),
        ),
        (
            "/api/password",
            true,
            json!({ "current": "jack_password", "new": "a better password" }),
        ),
    ]
}

const FORM_CALLS: [&str; 2] = ["/oauth/token", "/oauth/revoke"];

const READS: [&str; 8] = [
    "/api/me",
    "/docs",
    "/openapi.json",
    "/.well-known/jwks.json",
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
    "/healthz",
    "/readyz",
];

fn every_call() -> impl Iterator<Item = (Method, &'static str)> {
    let json = json_calls().map(|(path, ..)| path);
    let posts = json.into_iter().chain(FORM_CALLS);
    let posts = posts.map(|path| (Method::POST, path));
    posts.chain(READS.map(|path| (Method::GET, path)))
}

#[track_caller]
fn assert_problem(answer: &Answer, what: &str) {
    assert_eq!(
        answer.header("content-type"),
        "application/problem+json",
        "{what}"
    );
    let problem = answer.json();
    for member in ["type", "title", "detail", "request_id"] {
        assert!(problem[member].is_string(), "{what}: {member} in {problem}");
    }
    assert_eq!(problem["status"], answer.status.as_u16(), "{what}");
    assert_eq!(
        problem["request_id"],
        answer.header("x-request-id"),
        "{what}"
    );
}

/// Sends a body as it is, to a call that may need a token.
async fn send(world: &World, call: (&str, bool), kind: Option<&str>, body: Vec<u8>) -> Answer {
    let mut request = world.request(Method::POST, call.0).body(body);
    if call.1 {
        let token = world.jack().await.member("access_token");
        request = request.bearer_auth(token);
    }
    if let Some(kind) = kind {
        request = request.header("content-type", kind);
    }
    world.send(request).await
}

#[tokio::test]
async fn json_that_does_not_parse_is_400() {
    let world = World::start().await;
    let deep = [vec![b'['; 10_000], vec![b']'; 10]].concat();
    for (path, token, _) in json_calls() {
        for body in [
            b"{".to_vec(),
            b"".to_vec(),
            b"{\"a\":1,\"a\":2}".to_vec(),
            b"\xff\xfe".to_vec(),
            deep.clone(),
        ] {
            let answer = send(&world, (path, token), Some("application/json"), body).await;
            assert_problem(&answer.expect(400), path);
        }
    }
}

#[tokio::test]
async fn a_field_that_is_missing_or_of_the_wrong_type_is_422_and_named() {
    let world = World::start().await;
    for (path, token, good) in json_calls() {
        for field in good.as_object().unwrap().keys() {
            for wrong in [
                None,
                Some(json!(7)),
                Some(json!(null)),
                Some(json!(["x"])),
                Some(json!({})),
            ] {
                let mut body = good.clone();
                match wrong {
                    None => body.as_object_mut().unwrap().remove(field),
                    Some(wrong) => body.as_object_mut().unwrap().insert(field.clone(), wrong),
                };
                let text = body.to_string().into_bytes();
                let answer = send(&world, (path, token), Some("application/json"), text).await;
                let answer = answer.expect(422);
                assert_problem(&answer, path);
                assert_eq!(answer.json()["errors"][0]["field"], *field, "{path}");
            }
        }
        for body in ["[]", "\"x\"", "null", "7"] {
            let answer = send(&world, (path, token), Some("application/json"), body.into()).await;
            let answer = answer.expect(422);
            assert_problem(&answer, path);
            assert_eq!(
                answer.json()["errors"].as_array().unwrap().len(),
                good.as_object().unwrap().len()
            );
            assert_eq!(
                answer.json()["errors"][0]["message"],
                "is missing",
                "{path} {body}"
            );
        }
    }
}

#[tokio::test]
async fn a_body_in_a_content_coding_is_415() {
    let world = World::start().await;
    let json = json_calls()
        .into_iter()
        .filter(|(_, token, _)| !token)
        .map(|(path, _, good)| (path, "application/json", good.to_string()));
    let form = "application/x-www-form-urlencoded";
    let forms = FORM_CALLS.map(|path| (path, form, "token=x&grant_type=x".to_owned()));
    for (path, kind, body) in json.chain(forms) {
        let request = world.request(Method::POST, path).body(body);
        let request = request.header("content-type", kind);
        let answer = world.send(request.header("content-encoding", "gzip")).await;
        assert_problem(&answer.expect(415), path);
    }
}

#[tokio::test]
async fn another_media_type_is_415() {
    let world = World::start().await;
    for (path, token, good) in json_calls() {
        for kind in [
            None,
            Some("text/plain"),
            Some("application/x-www-form-urlencoded"),
        ] {
            let answer = send(&world, (path, token), kind, good.to_string().into()).await;
            assert_problem(&answer.expect(415), path);
        }
    }
    for path in FORM_CALLS {
        for kind in [None, Some("application/json"), Some("text/plain")] {
            let answer = send(&world, (path, false), kind, b"token=x".to_vec()).await;
            assert_problem(&answer.expect(415), path);
        }
    }
}

#[tokio::test]
async fn a_body_over_16_kib_is_413() {
    let world = World::start().await;
    let large = vec![b' '; 16 * 1024 + 1];
    for (path, token, _) in json_calls() {
        let answer = send(
            &world,
            (path, token),
            Some("application/json"),
            large.clone(),
        )
        .await;
        assert_problem(&answer.expect(413), path);
    }
    for path in FORM_CALLS {
        let form = Some("application/x-www-form-urlencoded");
        assert_problem(
            &send(&world, (path, false), form, large.clone())
                .await
                .expect(413),
            path,
        );
    }
}

#[tokio::test]
async fn an_unknown_path_is_404_and_a_wrong_method_405_with_allow() {
    let world = World::start().await;
    for path in [
        "/",
        "/api",
        "/api/login/",
        "/api/nothing",
        "/.well-known/",
        "//api/login",
    ] {
        assert_problem(&world.get(path).await.expect(404), path);
    }
    let posts = json_calls().map(|(path, ..)| path);
    for path in posts.into_iter().chain(FORM_CALLS) {
        for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH] {
            let answer = world.send(world.request(method, path)).await.expect(405);
            assert_problem(&answer, path);
            assert_eq!(answer.header("allow"), "POST", "{path}");
        }
    }
    for path in READS {
        let answer = world
            .send(world.request(Method::POST, path))
            .await
            .expect(405);
        assert_problem(&answer, path);
        assert_eq!(answer.header("allow"), "GET,HEAD", "{path}");
    }
}

/// No place for a hash ever becomes free, as in a flood of logins.
#[tokio::test]
async fn a_full_queue_of_hashes_is_503_and_stops_nothing_else() {
    let world = World::start().await;
    let refresh_token = world.jack().await.member("refresh_token");
    let world = world
        .restart_with_places_to_hash(0, &["--registration=open"])
        .await;
    let jack = world.refresh(&refresh_token).await.expect(200);
    let token = jack.member("access_token");
    for (path, _, good) in json_calls() {
        let answer = world.post_as(path, &token, &good).await;
        if ["/api/login", "/api/register", "/api/password"].contains(&path) {
            let answer = answer.expect(503);
            assert_problem(&answer, path);
            assert_eq!(answer.header("retry-after"), "1", "{path}");
        }
    }
    world
        .refresh(&jack.member("refresh_token"))
        .await
        .expect(200);
    for path in READS {
        let read = world.request(Method::GET, path).bearer_auth(&token);
        world.send(read).await.expect(200);
    }
}

#[tokio::test]
async fn a_call_without_a_token_gets_a_bare_challenge_and_a_bad_one_is_called_so() {
    let world = World::start().await;
    let good = world.jack().await.member("access_token");
    let (signed, _) = good.rsplit_once('.').unwrap();
    let forged = format!("Bearer {signed}.AAAA");
    for (authorization, error) in [
        (None, false),
        (Some("Basic amFjazpqYWNrX3Bhc3N3b3Jk"), false),
        (Some("Bearer"), false),
        (Some("Bearer "), false),
        (Some("Bearer nonsense"), true),
        (Some("Bearer a.b.c"), true),
        (Some(forged.as_str()), true),
    ] {
        for (method, path) in [(Method::GET, "/api/me"), (Method::POST, "/api/password")] {
            let mut request = world.request(method, path);
            if let Some(authorization) = authorization {
                request = request.header("authorization", authorization);
            }
            let answer = world.send(request).await.expect(401);
            assert_problem(&answer, path);
            let challenge = answer.header("www-authenticate");
            assert!(challenge.starts_with("Bearer realm="), "{challenge}");
            let says_so = challenge.contains("error=\"invalid_token\"");
            assert_eq!(says_so, error, "{authorization:?}: {challenge}");
        }
    }
}

#[tokio::test]
async fn a_token_that_has_expired_is_refused() {
    let world = World::start().await;
    let token = world.jack().await.member("access_token");
    let me = || world.request(Method::GET, "/api/me").bearer_auth(&token);
    world.send(me()).await.expect(200);
    world.advance(900 + 31);
    world.send(me()).await.expect(401);
}

#[tokio::test]
async fn a_header_over_16_kib_is_refused() {
    let world = World::start().await;
    for (method, path) in every_call() {
        for (name, value) in [
            ("authorization", format!("Bearer {}", "a".repeat(16 * 1024))),
            ("x-anything", "a".repeat(17 * 1024)),
        ] {
            let request = world.request(method.clone(), path).header(name, value);
            let status = world.send(request).await.status.as_u16();
            assert!(status == 431 || status == 401, "{path}: {name}: {status}");
        }
    }
}

/// PostgreSQL takes no NUL in a text, so none may come that far.
#[tokio::test]
async fn a_nul_is_never_answered_with_a_5xx() {
    let world = World::start().await;
    for (path, token, good) in json_calls() {
        for field in good.as_object().unwrap().keys() {
            for text in ["\0", "jack\0", "jack_password\0"] {
                let mut body = good.clone();
                body[field] = json!(text);
                body["audience"] = json!("posts\0");
                let body = body.to_string().into_bytes();
                let answer = send(&world, (path, token), Some("application/json"), body).await;
                assert!(
                    answer.status.as_u16() < 500,
                    "{path} {field}: {}",
                    answer.text
                );
            }
        }
    }
    for path in FORM_CALLS {
        for grant in ["client_credentials", "refresh_token", "%00"] {
            let form = format!(
                "grant_type={grant}&client_id=%00&client_secret=%00&refresh_token=%00&token=%00\
                 &scope=%00&audience=%00&%00=%00"
            );
            let answer = world.send(world.form(path, &form)).await;
            let status = answer.status.as_u16();
            assert!((200..500).contains(&status), "{path} {grant}: {status}");
        }
    }
}

/// Numbers out of any range, in place of a text and beside it.
#[tokio::test]
async fn a_number_of_any_size_is_no_more_than_a_wrong_type() {
    let world = World::start().await;
    for (path, token, good) in json_calls() {
        for number in ["1e999", "-1e999", &"9".repeat(400), "1e-999", "-0"] {
            let field = good.as_object().unwrap().keys().next().unwrap().clone();
            let mut body = good.clone();
            body[&field] = json!("THE NUMBER");
            let body = body.to_string().replace("\"THE NUMBER\"", number);
            let answer = send(&world, (path, token), Some("application/json"), body.into()).await;
            let status = answer.status.as_u16();
            assert!(status == 422 || status == 400, "{path} {number}: {status}");
        }
    }
}
