//! Nothing that a thief of the database or a reader of the log could log in with.

use base64::Engine;

use crate::harness::World;
use crate::storage;

#[tokio::test]
async fn the_database_holds_no_token_and_no_password() {
    // The files of a server are not the test's to read.
    if storage::is_postgres() {
        return;
    }
    let world = World::start().await;
    let login = world.jack().await;
    let refreshed = world
        .refresh(&login.member("refresh_token"))
        .await
        .expect(200);
    world.log_in("jack", "a secret guess").await.expect(401);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(world.folder()).unwrap() {
        files.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    let holds = |bytes: &[u8]| files.windows(bytes.len()).any(|window| window == bytes);
    assert!(holds(b"$argon2id$"), "these are the files");
    for answer in [&login, &refreshed] {
        for member in ["refresh_token", "access_token"] {
            let text = answer.member(member);
            assert!(!holds(text.as_bytes()), "{member}");
            let raw = text.split('.').next_back().unwrap().to_owned();
            let raw = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(raw).unwrap();
            assert!(!holds(&raw[raw.len() - 32..]), "{member} in bytes");
        }
    }
    for secret in ["jack_password", "a secret guess"] {
        assert!(!holds(secret.as_bytes()), "{secret}");
    }
}
