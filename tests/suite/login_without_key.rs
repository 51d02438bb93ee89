//! While no access token can be signed, a login loses nothing by trying to go on.

use e2e::{Client, login_body, until};
use reqwest::Method;
use rusqlite::Connection;
use serde_json::json;

use crate::key_ring::{KeyRing, SECONDS};

#[tokio::test]
async fn a_refresh_token_is_not_used_up_while_no_key_signs() {
    let ring = KeyRing::empty();
    let server = ring.serve(&SECONDS);
    let client = Client::new();
    let post = async |path: &str, body| {
        let url = format!("{}{path}", server.url());
        client.send(Method::POST, &url, None, Some(&body)).await
    };
    let login = post("/api/login", login_body("jack")).await.json();
    let old = ring.active().kid;
    ring.done(&["reseal", "--new-sealing-key-file=new.key"]);
    ring.done(&["revoke", &old, "--sealing-key-file=new.key"]);
    until("the server has no key to sign with", async || {
        let ready = format!("{}/readyz", server.url());
        client.get(&ready, None).await.status == 503
    })
    .await;

    let token = json!({ "refresh_token": login["refresh_token"] });
    assert_eq!(post("/api/refresh", token).await.status, 503);

    let database = ring.path().join("var/auth/auth.db");
    let replaced: i64 = Connection::open(database)
        .and_then(|database| {
            let sql = "SELECT count(*) FROM sessions WHERE replaced IS NOT NULL";
            database.query_row(sql, [], |row| row.get(0))
        })
        .expect("the logins can be counted");
    assert_eq!(replaced, 0);
}
