//! The token verifies in foreign clients as they come.

use std::{path::PathBuf, process::Output};

use e2e::Pair;
use tokio::{process::Command, sync::OnceCell};

/// The clients and the arguments that start each: the key-set URL, issuer and token follow.
const CLIENTS: [(&str, &str, &str); 3] = [
    ("PyJWT PyJWKClient", "python3", "pyjwt_client.py"),
    ("jose createRemoteJWKSet", "node", "jose_client.mjs"),
    (
        "jwks-rsa with express-jwt",
        "node",
        "express_jwt_client.mjs",
    ),
];

fn foreign() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("foreign")
}

/// Where the clients are, installed once below `target/`; or why they are not.
pub(crate) async fn installed() -> Result<String, String> {
    static INSTALLED: OnceCell<Result<String, String>> = OnceCell::const_new();
    INSTALLED.get_or_init(install).await.clone()
}

/// Says on its last line where.
async fn install() -> Result<String, String> {
    let output = run(Command::new("bash").arg(foreign().join("install"))).await;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    Ok(said.lines().last().unwrap_or_default().to_owned())
}

async fn run(command: &mut Command) -> Output {
    command
        .output()
        .await
        .unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

#[tokio::test]
async fn foreign_clients_accept_a_token_and_refuse_a_forged_one() {
    let place = match installed().await {
        Ok(place) => place,
        Err(why) => {
            eprintln!("SKIPPED: foreign clients could not be installed: {why}");
            return;
        }
    };
    let pair = Pair::start().await;
    let issuer = pair.auth_url();
    let key_set = format!("{issuer}/.well-known/jwks.json");
    let good = pair.client.login(&issuer, "jack").await;
    let forged = e2e::Forger::of(&good).by_a_stranger();

    for (client, interpreter, script) in CLIENTS {
        let verdict = async |token: &str| {
            run(Command::new(interpreter)
                .arg(format!("{place}/{script}"))
                .args([&key_set, &issuer, "posts", token])
                .current_dir(&place)
                .env("PYTHONPATH", format!("{place}/python")))
            .await
        };
        let accepted = verdict(&good).await;
        assert_eq!(
            String::from_utf8_lossy(&accepted.stdout).trim(),
            "jack",
            "{client}: {accepted:?}"
        );
        let refused = verdict(&forged).await;
        assert_eq!(refused.status.code(), Some(1), "{client}: {refused:?}");
        assert_eq!(
            String::from_utf8_lossy(&refused.stdout).trim(),
            "refused",
            "{client}"
        );
        eprintln!("{client}: accepted the token, refused the forgery");
    }
}
