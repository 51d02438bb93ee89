//! The token verifies in foreign clients as they come.

use std::process::Output;

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

/// Where the clients are, installed once below `target/`.
#[derive(Clone)]
pub(crate) struct Foreign {
    place: String,
}

impl Foreign {
    /// The clients; `Err` says why they cannot be installed here.
    pub(crate) async fn installed() -> Result<Self, String> {
        static INSTALLED: OnceCell<Result<Foreign, String>> = OnceCell::const_new();
        INSTALLED.get_or_init(install).await.clone()
    }

    /// As [`Foreign::installed`], for tests that are skipped, in words, where they cannot be.
    #[expect(clippy::print_stderr, reason = "tells why a test is skipped")]
    pub(crate) async fn or_skip() -> Option<Self> {
        let installed = Self::installed().await;
        installed
            .inspect_err(|why| {
                eprintln!("SKIPPED: foreign clients could not be installed: {why}");
            })
            .ok()
    }

    /// One of the scripts beside them.
    pub(crate) fn command(&self, interpreter: &str, script: &str) -> Command {
        let place = &self.place;
        let mut command = Command::new(interpreter);
        command
            .arg(format!("{place}/{script}"))
            .current_dir(place)
            .env("PYTHONPATH", format!("{place}/python"));
        command
    }
}

/// Says on its last line where.
async fn install() -> Result<Foreign, String> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/foreign/install");
    let output = ended(Command::new("bash").arg(script)).await;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    let place = said.lines().last().unwrap_or_default().to_owned();
    Ok(Foreign { place })
}

/// What a command has said when it is over.
pub(crate) async fn ended(command: &mut Command) -> Output {
    let output = command.output().await;
    output.unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

#[tokio::test]
async fn foreign_clients_accept_a_token_and_refuse_a_forged_one() {
    let Some(foreign) = Foreign::or_skip().await else {
        return;
    };
    let pair = Pair::start().await;
    let issuer = pair.auth_url();
    let key_set = format!("{issuer}/.well-known/jwks.json");
    let good = pair.client.login(&issuer, "jack").await;
    let forged = e2e::Forger::of(&good).by_a_stranger();

    for (client, interpreter, script) in CLIENTS {
        let verdict = async |token: &str| {
            let mut command = foreign.command(interpreter, script);
            ended(command.args([&key_set, &issuer, "posts", token])).await
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
