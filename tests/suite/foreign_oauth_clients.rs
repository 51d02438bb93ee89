//! Foreign OAuth clients as they come get tokens for a program, from the metadata alone.

use e2e::{Pair, Program};
use reqwest::StatusCode;
use serde_json::Value;

use crate::foreign_clients::{Foreign, ended};

/// The clients and what starts each: the issuer, and the id and secret of a program follow.
const CLIENTS: [(&str, &str, &str); 3] = [
    ("Authlib OAuth2Session", "python3", "authlib_client.py"),
    ("openid-client", "node", "openid_client.mjs"),
    ("oauth4webapi", "node", "oauth4webapi_client.mjs"),
];

#[tokio::test]
async fn foreign_clients_get_a_token_by_client_credentials_from_the_metadata() {
    let Some(foreign) = Foreign::or_skip().await else {
        return;
    };
    let pair = Pair::start().await;
    let (id, secret) = add_client(&pair);
    for (client, interpreter, script) in CLIENTS {
        let ask = async |secret: &str| {
            let mut command = foreign.command(interpreter, script);
            ended(command.args([&pair.auth_url(), &id, secret])).await
        };
        let granted = ask(&secret).await;
        assert!(granted.status.success(), "{client}: {granted:?}");
        is_good(&pair, &id, String::from_utf8_lossy(&granted.stdout).trim()).await;
        let refused = ask("wrong").await;
        assert_eq!(refused.status.code(), Some(1), "{client}: {refused:?}");
        let said = String::from_utf8_lossy(&refused.stdout);
        assert_eq!(said.trim(), "refused", "{client}");
        eprintln!("{client}: got a token, and none for a wrong secret");
    }
}

/// A program's id, and its secret, as an operator is shown them.
fn add_client(pair: &Pair) -> (String, String) {
    let mut add = Program::command("auth", pair.folder());
    let added = add.args(["clients", "add", "reports", "--json"]).output();
    let added = added.expect("auth can be started");
    let shown: Value = serde_json::from_slice(&added.stdout).expect("credentials are JSON");
    let member = |name: &str| shown[name].as_str().expect("it is there").to_owned();
    (member("client_id"), member("client_secret"))
}

/// The token is the program's, and of the scope that was asked for; posts takes it.
async fn is_good(pair: &Pair, id: &str, token: &str) {
    let me = format!("{}/api/me", pair.auth_url());
    let me = pair.client.get(&me, Some(token)).await.json();
    assert_eq!(
        (&me["sub"], &me["scope"]),
        (&id.into(), &"posts:read".into()),
        "{me}"
    );
    let posts = format!("{}/api/posts", pair.posts_url());
    let posts = pair.client.get(&posts, Some(token)).await;
    assert_eq!(posts.status, StatusCode::OK, "{}", posts.text);
}
