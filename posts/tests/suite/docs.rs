//! The OpenAPI document and the page that shows it.
use http::Method;
use serde_json::Value;

use crate::harness::{Posts, Send};

/// Every `$ref` in the document, wherever it is.
fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            found.extend(
                members
                    .get("$ref")
                    .and_then(Value::as_str)
                    .map(str::to_owned),
            );
            members
                .values()
                .for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[tokio::test]
async fn the_document_describes_every_call_and_every_call_is_served() {
    let posts = Posts::start().await;
    let document = posts.stranger().get("/openapi.json").await.json();
    assert_eq!(document["openapi"], "3.1.0");
    let mut calls = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, call) in item.as_object().unwrap() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let answer = posts.stranger().call(method.clone(), path).answer().await;
            let status = answer.status.as_str();
            assert!(
                call["responses"].get(status).is_some(),
                "{method} {path} answers {status}"
            );
            assert_eq!(
                call["security"].is_array(),
                status == "401",
                "{method} {path}"
            );
            calls.push(format!("{method} {path}"));
        }
    }
    calls.sort();
    let expected = [
        "DELETE /api/posts/{id}",
        "GET /.well-known/oauth-protected-resource",
        "GET /api/posts",
        "GET /api/posts/{id}",
        "GET /healthz",
        "GET /readyz",
        "PATCH /api/posts/{id}",
        "POST /api/posts",
        "PUT /api/posts/{id}",
    ];
    assert_eq!(calls, expected);
}

#[tokio::test]
async fn the_document_is_whole() {
    let posts = Posts::start().await;
    let document = posts.stranger().get("/openapi.json").await.json();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(
            document.pointer(pointer).is_some(),
            "{reference} leads nowhere"
        );
    }
    for schema in ["Post", "Draft", "Replacement", "Change", "Problem"] {
        let example = &document["components"]["schemas"][schema]["example"];
        assert!(example.is_object(), "{schema} has no example");
    }
    assert_eq!(
        document["components"]["securitySchemes"]["bearer"]["scheme"],
        "bearer"
    );
}

#[tokio::test]
async fn every_type_of_problem_is_explained_where_it_points() {
    let posts = Posts::with(&["--require-if-match"]).await;
    let jack = posts.user("jack");
    let document = posts.stranger().get("/openapi.json").await.json();
    let explained = document["x-problem-types"].as_object().unwrap();
    let path = jack.create("A").await;
    let long = format!("/api/posts?x={}", "x".repeat(8 * 1024));
    let mut many = jack.call(Method::GET, "/api/posts");
    for number in 0..64 {
        many = many.header(format!("x-{number}"), "x");
    }
    let list = |coding| {
        jack.call(Method::GET, "/api/posts")
            .header("accept-encoding", coding)
    };
    for (call, status) in [
        (jack.call(Method::GET, "/api/posts?cursor=x"), 400),
        (jack.call(Method::GET, "/nowhere"), 404),
        (jack.call(Method::POST, &path), 405),
        (list("identity;q=0"), 406),
        (
            jack.call(Method::DELETE, &path).header("if-match", "\"0\""),
            412,
        ),
        (jack.call(Method::GET, &long), 414),
        (jack.call(Method::POST, "/api/posts"), 415),
        (jack.call(Method::GET, "/api/posts?limit=0"), 422),
        (jack.call(Method::DELETE, &path), 428),
        (many, 431),
    ] {
        let problem = call.answer().await.problem(status);
        let kind = problem["type"].as_str().unwrap();
        let kind = kind.strip_prefix("/docs#").unwrap();
        assert!(explained.contains_key(kind), "{kind}");
    }
}

#[tokio::test]
async fn the_examples_of_the_document_work() {
    let posts = Posts::start().await;
    let jack = posts.user("jack");
    let schemas =
        posts.stranger().get("/openapi.json").await.json()["components"]["schemas"].take();
    let made = jack.post(&schemas["Draft"]["example"]).await;
    assert_eq!(made.status, 201);
    let members = |post: &Value| {
        post.as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(members(&made.json()), members(&schemas["Post"]["example"]));
    let path = made.header("location");
    assert_eq!(
        jack.patch(path, &schemas["Change"]["example"]).await.status,
        200
    );
    let replaced = jack.put(path, &schemas["Replacement"]["example"]).await;
    assert_eq!(replaced.status, 200);
    let refused = posts.user("robert").get(path).await.problem(404);
    assert_eq!(members(&refused), members(&schemas["Problem"]["example"]));
}

#[tokio::test]
async fn the_page_is_served_under_a_policy_that_lets_nothing_else_in() {
    let posts = Posts::start().await;
    let page = posts.stranger().get("/docs").await;
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("default-src 'none'") && !policy.contains("unsafe"),
        "{policy}"
    );
}
