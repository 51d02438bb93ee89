//! The peers: services by others' libraries, written from their documentation, that answer the
//! same posts for the same tokens.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    rc::Rc,
};

use crate::{
    failure::{Result, While as _},
    issuer::SHARED_SECRET,
    measure::Lab,
    process::{self, Server},
    say,
};

/// One peer.
pub(crate) struct Peer {
    /// Names it in the CSV file.
    pub(crate) name: &'static str,
    /// Names it in tables.
    pub(crate) text: &'static str,
    pub(crate) tokens: Tokens,
    start: Start,
    place: PathBuf,
}

/// What a peer verifies.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tokens {
    /// RS256 by the issuer; each is shown once.
    Signed,
    /// HS256 by a shared secret.
    SharedSecret,
}

#[derive(Clone, Copy)]
enum Start {
    Node(&'static str),
    Gunicorn(&'static str),
    Uvicorn(&'static str),
    Rust(&'static str),
}

const ALL: [(&str, &str, Tokens, Start); 9] = [
    (
        "flask",
        "Flask + Flask-JWT-Extended, HS256, gunicorn",
        Tokens::SharedSecret,
        Start::Gunicorn("flask_service:app"),
    ),
    (
        "express-hs256",
        "Express + jsonwebtoken, HS256, secret as text",
        Tokens::SharedSecret,
        Start::Node("express-hs256.mjs"),
    ),
    (
        "express-hs256-key",
        "Express + jsonwebtoken, HS256, key object",
        Tokens::SharedSecret,
        Start::Node("express-hs256-key.mjs"),
    ),
    (
        "express-rs256",
        "Express + jsonwebtoken, RS256, key object",
        Tokens::Signed,
        Start::Node("express-rs256.mjs"),
    ),
    (
        "express-jwt",
        "Express + express-jwt + jwks-rsa",
        Tokens::Signed,
        Start::Node("express-jwt.mjs"),
    ),
    (
        "fastify",
        "Fastify + @fastify/jwt + get-jwks",
        Tokens::Signed,
        Start::Node("fastify.mjs"),
    ),
    (
        "node-jose",
        "plain node + jose",
        Tokens::Signed,
        Start::Node("node-jose.mjs"),
    ),
    (
        "fastapi",
        "FastAPI + PyJWT, uvicorn",
        Tokens::Signed,
        Start::Uvicorn("fastapi_service:app"),
    ),
    (
        "jwt-authorizer",
        "axum + jwt-authorizer",
        Tokens::Signed,
        Start::Rust("axum-jwt-authorizer"),
    ),
];

/// Installs all peers into `place`, where they are kept for the next run, and says on standard
/// error what cannot be had. What is missing then fails when it is started, and is skipped.
pub(crate) fn install(sources: &Path, place: &Path) -> Result<Vec<Peer>> {
    say!("installing peers into {}", place.display());
    let mut install = Command::new(sources.join("install"));
    install
        .arg(place)
        .status()
        .while_doing("installing peers")?;
    let place = place.canonicalize()?;
    let peer = |(name, text, tokens, start)| Peer {
        name,
        text,
        tokens,
        start,
        place: place.clone(),
    };
    Ok(ALL.into_iter().map(peer).collect())
}

impl Peer {
    /// The article's Express, whose login is compared too.
    pub(crate) fn logs_in(&self) -> bool {
        self.name == "express-hs256"
    }

    /// Starts it; it answers with the posts of the file.
    pub(crate) fn start(&self, lab: &Lab, posts: &Path) -> Result<Rc<Server>> {
        let address = process::free_address()?;
        let key = lab.path("public-key.pem");
        fs::write(&key, lab.issuer.public_key_pem()?)?;
        let mut command = self.command(address.port());
        command
            .env("PORT", address.port().to_string())
            .env("POSTS_FILE", posts)
            .env("ISSUER", lab.issuer.url())
            .env("JWKS_URL", lab.issuer.key_set_url())
            .env("PUBLIC_KEY_FILE", key)
            .env("SHARED_SECRET", SHARED_SECRET)
            .env("NODE_ENV", "production");
        let mut first = lab.list_of(self.tokens);
        lab.start(self.name, command, address, &mut *first)
    }

    /// One process that does the work, as ours is one.
    fn command(&self, port: u16) -> Command {
        match self.start {
            Start::Node(file) => in_folder(&self.place.join("node"), "node", &[file]),
            Start::Gunicorn(app) => {
                let bind = format!("--bind=127.0.0.1:{port}");
                // Only threads keep connections open, and there must be one for each.
                let threads = ["--worker-class=gthread", "--workers=1", "--threads=32"];
                self.python(
                    "gunicorn",
                    &[&threads[..], &["--keep-alive=75", &bind, app]].concat(),
                )
            }
            Start::Uvicorn(app) => {
                let port = format!("--port={port}");
                self.python("uvicorn", &["--no-access-log", &port, app])
            }
            Start::Rust(name) => Command::new(self.place.join("rust/release").join(name)),
        }
    }

    fn python(&self, module: &str, arguments: &[&str]) -> Command {
        let folder = self.place.join("python");
        let arguments = [&["-m", module], arguments].concat();
        let mut command = in_folder(&folder, "python3", &arguments);
        command.env("PYTHONPATH", folder.join("packages"));
        command
    }
}

fn in_folder(folder: &Path, program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).args(arguments);
    command
}
