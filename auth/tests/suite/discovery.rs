//! The metadata documents, the key set, and what operators' tools ask for.

use crate::harness::World;

#[tokio::test]
async fn the_metadata_lists_what_is_really_offered() {
    let world = World::start().await;
    let answer = world
        .get("/.well-known/oauth-authorization-server")
        .await
        .expect(200);
    let metadata = answer.json();
    assert_eq!(metadata["issuer"], world.base.as_str());
    assert_eq!(
        metadata["jwks_uri"],
        format!("{}/.well-known/jwks.json", world.base)
    );
    for endpoint in ["token_endpoint", "revocation_endpoint", "jwks_uri"] {
        let path = metadata[endpoint]
            .as_str()
            .unwrap()
            .strip_prefix(&world.base)
            .unwrap();
        let status = world
            .send(world.request(reqwest::Method::PATCH, path))
            .await
            .status;
        assert_eq!(status, 405, "{endpoint} is there");
    }
    for grant in metadata["grant_types_supported"].as_array().unwrap() {
        let form = format!("grant_type={}", grant.as_str().unwrap());
        let answer = world.send(world.form("/oauth/token", &form)).await;
        assert_ne!(answer.json()["error"], "unsupported_grant_type");
    }
    assert!(metadata.get("authorization_endpoint").is_none());
    assert_eq!(
        metadata["audiences_supported"],
        serde_json::json!(["posts"])
    );
    let same = world
        .get("/.well-known/openid-configuration")
        .await
        .expect(200);
    assert_eq!(same.json(), metadata);
}

#[tokio::test]
async fn an_issuer_of_another_name_is_the_base_of_everything() {
    let world = World::start_with(&["--issuer=https://auth.example.com/tenant"]).await;
    let metadata = world
        .get("/.well-known/oauth-authorization-server")
        .await
        .json();
    assert_eq!(metadata["issuer"], "https://auth.example.com/tenant");
    assert_eq!(
        metadata["token_endpoint"],
        "https://auth.example.com/tenant/oauth/token"
    );
    let by_path = "/.well-known/oauth-authorization-server/tenant";
    assert_eq!(world.get(by_path).await.expect(200).json(), metadata);
    for other in ["/other", "/tenant/", "//tenant", "/Tenant", "/tenant/more"] {
        let path = format!("/.well-known/oauth-authorization-server{other}");
        world.get(&path).await.expect(404);
    }
    let token = world.jack().await.member("access_token");
    assert_eq!(
        crate::login::claims(&token)["iss"],
        "https://auth.example.com/tenant"
    );
    let me = world
        .request(reqwest::Method::GET, "/api/me")
        .bearer_auth(token);
    world.send(me).await.expect(200);
}

#[tokio::test]
async fn the_key_set_is_public_cached_and_conditional() {
    let world = World::start().await;
    let answer = world.get("/.well-known/jwks.json").await.expect(200);
    assert_eq!(answer.header("content-type"), "application/jwk-set+json");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert!(
        answer
            .header("cache-control")
            .starts_with("public, max-age=")
    );
    let etag = answer.header("etag");
    assert!(etag.starts_with('"'), "a strong one: {etag}");
    let again = world
        .request(reqwest::Method::GET, "/.well-known/jwks.json")
        .header("if-none-match", etag);
    assert_eq!(world.send(again).await.expect(304).text, "");
}

#[tokio::test]
async fn health_is_answered_on_both_listeners() {
    let world = World::start().await;
    for path in ["/healthz", "/readyz"] {
        world.get(path).await.expect(200);
        let ops = reqwest::Client::builder().no_proxy().build().unwrap();
        let status = ops
            .get(format!("{}{path}", world.ops))
            .send()
            .await
            .unwrap()
            .status();
        assert_eq!(status, 200, "{path}");
    }
}
