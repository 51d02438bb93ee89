//! The extractors as a caller sees them: statuses, challenges and problem documents.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::FromRef;
use axum::routing::get;
use http::{HeaderMap, Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use verifier::testing::TestIssuer;
use verifier::{Caller, CallerWith, OptionalCaller, RequiredScope, Verifier};
use verifier::{KeySet, ManualClock, Timestamp};

use crate::support::World;
use crate::support::fake_issuer::Answer;

struct Write;

impl RequiredScope for Write {
    const SCOPE: &'static str = "posts:write";
}

async fn hello(caller: Caller) -> String {
    format!("hello {}", caller.subject)
}

async fn maybe(caller: Option<Caller>) -> String {
    caller.map_or("hello stranger".to_owned(), |caller| {
        format!("hello {}", caller.subject)
    })
}

async fn maybe_named(OptionalCaller(caller): OptionalCaller) -> String {
    maybe(caller).await
}

async fn write(caller: CallerWith<Write>) -> String {
    format!("written by {}", caller.subject)
}

/// A state of the service's own, of which the verifier is one part.
#[derive(Clone)]
struct State {
    verifier: Verifier,
}

impl FromRef<State> for Verifier {
    fn from_ref(state: &State) -> Self {
        state.verifier.clone()
    }
}

struct Answered {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answered {
    fn challenge(&self) -> &str {
        self.headers
            .get("www-authenticate")
            .map_or("", |value| value.to_str().unwrap())
    }

    fn problem(&self) -> Value {
        assert_eq!(self.headers["content-type"], "application/problem+json");
        serde_json::from_str(&self.body).unwrap()
    }
}

async fn call(verifier: &Verifier, path: &str, headers: &[(&str, &str)]) -> Answered {
    let app = Router::new()
        .route("/hello", get(hello))
        .route("/maybe", get(maybe))
        .route("/maybe-named", get(maybe_named))
        .route("/write", get(write))
        .with_state(State {
            verifier: verifier.clone(),
        });
    let request = headers
        .iter()
        .fold(Request::get(path), |request, &(name, value)| {
            request.header(name, value)
        });
    let response = app
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let body = String::from_utf8(body.to_vec()).unwrap();
    Answered {
        status: parts.status,
        headers: parts.headers,
        body,
    }
}

fn issuer() -> TestIssuer {
    TestIssuer::new("https://auth.example.com", "posts")
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

#[tokio::test]
async fn the_subject_of_a_good_token_is_the_caller() {
    let issuer = issuer();
    let token = issuer.token("jack");
    for header in [format!("Bearer {token}"), format!("bEARER   {token}")] {
        for path in ["/hello", "/maybe", "/maybe-named"] {
            let answer = call(&issuer.verifier(), path, &[("authorization", &header)]).await;
            assert_eq!(
                (answer.status, answer.body.as_str()),
                (StatusCode::OK, "hello jack")
            );
        }
    }
}

#[tokio::test]
async fn without_a_token_there_is_a_bare_challenge() {
    let verifier = issuer().verifier();
    for headers in [
        &[][..],
        &[("authorization", "Basic amFjazpqYWNr")],
        &[("authorization", "")],
    ] {
        let answer = call(&verifier, "/hello", headers).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.challenge(), r#"Bearer realm="posts""#);
        assert_eq!(answer.problem()["status"], 401);
        let answer = call(&verifier, "/maybe", headers).await;
        assert_eq!(answer.body, "hello stranger");
    }
}

#[tokio::test]
async fn a_bad_token_is_refused_also_where_none_is_needed_and_nobody_learns_why() {
    let issuer = issuer();
    let other = TestIssuer::new("https://auth.example.com", "posts");
    let mut expired = issuer.claims("jack");
    expired["exp"] = 1.into();
    expired["iat"] = 0.into();
    let bad = [
        "x".to_owned(),
        "a.b.c".to_owned(),
        other.token("jack"),
        issuer.sign(&expired),
    ];
    let mut bodies = Vec::new();
    for credentials in bad
        .iter()
        .map(|token| bearer(token))
        .chain(["Bearer".to_owned()])
    {
        for path in ["/hello", "/maybe", "/maybe-named", "/write"] {
            let answer = call(&issuer.verifier(), path, &[("authorization", &credentials)]).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
            assert_eq!(
                answer.challenge(),
                r#"Bearer realm="posts", error="invalid_token""#
            );
            bodies.push(answer.body);
        }
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:#?}");
}

#[tokio::test]
async fn two_authorization_headers_are_an_invalid_request() {
    let issuer = issuer();
    let good = bearer(&issuer.token("jack"));
    let headers = [
        ("authorization", good.as_str()),
        ("authorization", "Basic eDp5"),
    ];
    let answer = call(&issuer.verifier(), "/maybe", &headers).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(answer.challenge().ends_with(r#"error="invalid_request""#));
}

#[tokio::test]
async fn a_token_in_the_query_is_no_token() {
    let issuer = issuer();
    let path = format!("/hello?access_token={}", issuer.token("jack"));
    let answer = call(&issuer.verifier(), &path, &[]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.challenge(), r#"Bearer realm="posts""#);
}

#[tokio::test]
async fn a_scope_that_is_missing_is_named() {
    let issuer = issuer();
    for scope in ["", "posts:read", "posts:writer posts"] {
        let token = bearer(&issuer.token_with_scope("jack", scope));
        let answer = call(&issuer.verifier(), "/write", &[("authorization", &token)]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert_eq!(
            answer.challenge(),
            r#"Bearer realm="posts", error="insufficient_scope", scope="posts:write""#
        );
        assert_eq!(answer.problem()["status"], 403);
    }
    let token = bearer(&issuer.token_with_scope("jack", "posts:read posts:write"));
    let answer = call(&issuer.verifier(), "/write", &[("authorization", &token)]).await;
    assert_eq!(answer.body, "written by jack");
}

#[tokio::test]
async fn keys_that_cannot_be_had_are_the_services_trouble_and_not_the_callers() {
    let world = World::new().await;
    world.issuer.answers(Answer::Resets);
    let token = bearer(&world.token(0));
    let answer = call(&world.verifier(), "/hello", &[("authorization", &token)]).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.challenge(), "");
    let seconds: u64 = answer.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=5).contains(&seconds));
    assert_eq!(answer.problem()["status"], 503);
}

#[tokio::test]
async fn the_challenge_says_what_the_builder_was_told() {
    let world = World::new().await;
    let verifier = world
        .builder()
        .reject_with(StatusCode::FORBIDDEN)
        .realm("the posts")
        .resource_metadata("https://posts.example.com/.well-known/oauth-protected-resource")
        .build()
        .unwrap();
    let answer = call(&verifier, "/hello", &[]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(
        answer.challenge(),
        "Bearer realm=\"the posts\", resource_metadata=\
         \"https://posts.example.com/.well-known/oauth-protected-resource\""
    );
    let answer = call(&verifier, "/hello", &[("authorization", "Bearer x")]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.challenge().contains(r#"error="invalid_token""#));
}

#[tokio::test]
async fn the_request_id_is_repeated_in_the_problem() {
    let verifier = issuer().verifier();
    let answer = call(&verifier, "/hello", &[("x-request-id", "r-1")]).await;
    assert_eq!(answer.problem()["request_id"], "r-1");
    let answer = call(&verifier, "/hello", &[("x-request-id", &"r".repeat(129))]).await;
    assert_eq!(answer.problem().get("request_id"), None);
}

#[tokio::test]
async fn a_callers_scope_need_not_be_more_than_a_name() {
    fn is_plain<T: Clone + std::fmt::Debug>() {}
    is_plain::<CallerWith<Write>>();
    is_plain::<Verifier>();
    let told = format!("{:?}", issuer().verifier());
    assert!(told.contains("https://auth.example.com"), "{told}");
}

#[tokio::test]
async fn a_caller_with_a_scope_can_be_handed_on_as_a_caller() {
    async fn written(caller: CallerWith<Write>) -> String {
        hello(caller.into()).await
    }
    let issuer = issuer();
    let app = Router::new().route("/written", get(written));
    let request = Request::get("/written").header(
        "authorization",
        bearer(&issuer.token_with_scope("jack", "posts:write")),
    );
    let app = app.with_state(issuer.verifier());
    let response = app.oneshot(request.body(Body::empty()).unwrap()).await;
    let body = to_bytes(response.unwrap().into_body(), usize::MAX).await;
    assert_eq!(body.unwrap(), "hello jack");
}

#[tokio::test]
async fn the_verifier_of_a_test_issuer_goes_by_its_clock() {
    let clock = ManualClock::new(Timestamp::from_unix_seconds(1_000_000));
    let issuer = issuer().with_clock(Arc::new(clock.clone()));
    let (verifier, token) = (issuer.verifier(), issuer.token("jack"));
    verifier.verify(&token).await.unwrap();
    clock.advance(Duration::from_secs(930));
    assert_eq!(verifier.verify(&token).await.unwrap_err().code(), "expired");
}

#[tokio::test]
async fn a_token_may_have_eight_kibibytes_and_no_more() {
    let issuer = issuer();
    let verifier = issuer.verifier();
    for (length, expected) in [(8192, "ok"), (8193, "too_large")] {
        let verdict = verifier.verify(&of_length(&issuer, length)).await;
        let code = verdict.map_or_else(|error| error.code(), |_| "ok");
        assert_eq!(code, expected, "{length}");
    }
}

/// A token of so many bytes. Base64 leaves out every fourth length, which a longer header makes up
/// for.
fn of_length(issuer: &TestIssuer, length: usize) -> String {
    let with = |content_type: &str, name: usize| {
        let kid = issuer.key().kid().as_str();
        let mut claims = issuer.claims("jack");
        claims["name"] = "x".repeat(name).into();
        let header = json!({ "alg": "RS256", "typ": "at+jwt", "kid": kid, "cty": content_type });
        issuer.sign_parts(&header, &claims)
    };
    let content_types = ["", "x", "xx", "xxx"].into_iter();
    let mut tokens = content_types.flat_map(|content_type| {
        let rest = length - with(content_type, 0).len();
        (rest * 3 / 4 - 2..=rest * 3 / 4).map(move |name| with(content_type, name))
    });
    let token = tokens.find(|token| token.len() == length);
    token.unwrap()
}

#[tokio::test]
async fn keys_given_by_hand_are_ready_at_once() {
    let issuer = issuer();
    let keys = KeySet::from_keys(vec![issuer.key().clone()]).unwrap();
    let verifier = Verifier::with_keys(keys, "https://auth.example.com", "posts");
    assert!(verifier.readiness().is_ready());
    assert_eq!(verifier.refresh().await.keys(), 1);
    verifier.verify(&issuer.token("jack")).await.unwrap();
}
