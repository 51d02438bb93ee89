//! `/openapi.json` and `/docs` say what is really there.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::Value;

use crate::harness::World;

/// Every path and method that the source mounts, read from the one screen that does. But for a path
/// of any length, which OpenAPI has no words for.
fn mounted() -> BTreeSet<(String, &'static str)> {
    let routes = include_str!("../../src/routes.rs").replace(char::is_whitespace, "");
    let routes = routes.split(".route(\"").skip(1);
    let mounted = routes.map(|route| {
        let (path, handler) = route.split_once("\",").unwrap();
        (
            path.to_owned(),
            if handler.starts_with("get(") {
                "get"
            } else {
                "post"
            },
        )
    });
    let health = ["/healthz", "/readyz"].map(|path| (path.to_owned(), "get"));
    let of_one_length = mounted.filter(|(path, _)| !path.contains("{*"));
    of_one_length.chain(health).collect()
}

async fn described(world: &World) -> Value {
    world.get("/openapi.json").await.expect(200).json()
}

#[tokio::test]
async fn every_call_is_described_and_every_description_is_of_a_call() {
    let world = World::start().await;
    let openapi = described(&world).await;
    let mut found = BTreeSet::new();
    for (path, operations) in openapi["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            let method = if method == "get" { "get" } else { "post" };
            found.insert((path.clone(), method));
            let asked = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let status = world.send(world.request(asked, path)).await.status;
            assert!(status != 404 && status != 405, "{method} {path}: {status}");
        }
    }
    assert_eq!(found, mounted());
}

#[tokio::test]
async fn every_body_has_an_example_that_can_be_read() {
    let world = World::start().await;
    let openapi = described(&world).await;
    let paths = openapi["paths"].as_object().unwrap();
    let calls = paths.iter().filter_map(|(path, item)| {
        let content = item["post"]["requestBody"]["content"].as_object()?;
        Some((path, content.iter().next().unwrap()))
    });
    let mut count = 0;
    for (path, (media, content)) in calls {
        let pointer = content["schema"]["$ref"].as_str().unwrap();
        let schema = openapi.pointer(&pointer[1..]).unwrap();
        let example = &schema["example"];
        let members = example.as_object().unwrap();
        let body = if media.ends_with("json") {
            example.to_string()
        } else {
            let pairs = members
                .iter()
                .map(|(name, value)| (name, value.as_str().unwrap()));
            form_urlencoded::Serializer::new(String::new())
                .extend_pairs(pairs)
                .finish()
        };
        let request = world
            .request(Method::POST, path)
            .header("content-type", media);
        let answer = world.send(request.body(body)).await;
        assert!(
            ![400, 413, 415, 422].contains(&answer.status.as_u16()),
            "{path}: {answer:?}"
        );
        count += 1;
    }
    assert_eq!(count, 7);
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    let world = World::start().await;
    let openapi = described(&world).await;
    let text = openapi.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().unwrap();
        assert!(openapi.pointer(pointer).is_some(), "{pointer}");
    }
}

#[tokio::test]
async fn every_kind_of_problem_is_explained() {
    let world = World::start().await;
    let openapi = described(&world).await;
    let kinds = openapi["x-problem-types"].as_object().unwrap();
    for source in [
        include_str!("../../src/http/problems.rs"),
        include_str!("../../src/http/authorization.rs"),
    ] {
        for made in source.split("StatusCode::UNAUTHORIZED,").skip(1) {
            let kind = made.split('"').nth(1).unwrap();
            assert!(kinds.contains_key(kind), "{kind}");
        }
    }
    world.get("/docs").await.expect(200);
}

#[tokio::test]
async fn what_is_refused_for_its_length_is_explained_where_its_type_points() {
    let world = World::start().await;
    let openapi = described(&world).await;
    let long = format!("/api/me?x={}", "x".repeat(8 * 1024));
    let mut many = world.request(Method::GET, "/api/me");
    for number in 0..64 {
        many = many.header(format!("x-{number}"), "x");
    }
    for (request, status) in [(world.request(Method::GET, &long), 414), (many, 431)] {
        let problem = world.send(request).await.expect(status).json();
        let kind = problem["type"].as_str().unwrap();
        let kind = kind.strip_prefix("/docs#").unwrap();
        assert!(openapi["x-problem-types"].get(kind).is_some(), "{kind}");
    }
}
