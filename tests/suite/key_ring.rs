//! An issuer's folder, its `auth keys` commands, and what they tell.

use std::{
    collections::BTreeMap,
    fs::{self, DirBuilder, OpenOptions},
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rand,
    rsa::{KeyPair, KeySize},
};
use base64::{Engine, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use e2e::Program;
use serde_json::Value;
use tempfile::TempDir;

/// A schedule on which a rotation takes seconds, and logins as fast as they come.
pub(crate) const SECONDS: [&str; 7] = [
    "--rotate-every=never",
    "--announce-for=2s",
    "--jwks-max-age=1s",
    "--leeway=1s",
    "--token-ttl=1m",
    "--free-failures=10000",
    "--address-failures=10000",
];

/// `jwks-max-age`, `leeway` and the time a server takes to follow, in milliseconds.
pub(crate) const LEAST_WAIT_MILLIS: i64 = 4_000;

/// Where the sealing key of a folder is.
pub(crate) const SEALING_KEY: &str = "var/auth/sealing.key";

/// A folder with a key ring.
pub(crate) struct KeyRing {
    folder: TempDir,
}

/// A key as `auth keys list --json` tells it.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) kid: String,
    pub(crate) state: String,
    pub(crate) published_at: String,
    pub(crate) activates_at: String,
}

impl KeyRing {
    /// An empty folder.
    pub(crate) fn empty() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder can be made"),
        }
    }

    /// A folder as the first start leaves it.
    pub(crate) fn started() -> Self {
        let ring = Self::empty();
        assert!(ring.serve(&SECONDS).stop().success());
        ring
    }

    /// Another folder with the same data; no program may be running.
    pub(crate) fn copied(&self) -> Self {
        let copy = Self::empty();
        let (from, to) = (self.path().join("var/auth"), copy.path().join("var/auth"));
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&to)
            .expect("the folder is writable");
        for file in fs::read_dir(&from).expect("a server has run there") {
            let name = file.expect("the folder can be read").file_name();
            fs::copy(from.join(&name), to.join(&name)).expect("the file can be copied");
        }
        copy
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A server with the demo users.
    pub(crate) fn serve(&self, schedule: &[&str]) -> Program {
        let issuer = "--issuer=http://127.0.0.1:4000";
        Program::serve(
            "auth",
            self.path(),
            &[&["--demo", issuer], schedule].concat(),
        )
    }

    /// `auth keys …`, not yet run.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Program::command("auth", self.path());
        command.arg("keys").args(words);
        command
    }

    /// `auth keys …`, run to its end.
    pub(crate) fn keys(&self, words: &[&str]) -> Output {
        self.command(words).output().expect("auth can be started")
    }

    /// As [`Self::keys`], which must succeed.
    pub(crate) fn done(&self, words: &[&str]) -> String {
        let output = self.keys(words);
        assert!(output.status.success(), "auth keys {words:?}: {output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// `auth keys …`, running.
    pub(crate) fn begin(&self, words: &[&str]) -> Child {
        let mut command = self.command(words);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().expect("auth can be started")
    }

    /// Puts a new sealing key above the one in use, and seals everything with it.
    pub(crate) fn reseal_without_a_gap(&self) {
        let (file, draft) = (self.path().join(SEALING_KEY), self.path().join("draft.key"));
        let keys = fs::read_to_string(&file).expect("a server has run there");
        let in_use = keys.lines().next().expect("it holds a key");
        let mut new = [0; 32];
        rand::fill(&mut new).expect("there is randomness");
        let new = BASE64_STANDARD.encode(new);
        write_private(&draft, &format!("{new}\n{in_use}\n"));
        fs::rename(&draft, &file).expect("the folder is writable");
        self.done(&["reseal", "--new-sealing-key-file", SEALING_KEY]);
    }

    pub(crate) fn list(&self) -> Vec<Key> {
        let list: Value =
            serde_json::from_str(&self.done(&["list", "--json"])).expect("it is JSON");
        let text = |key: &Value, name: &str| key[name].as_str().expect("it is a text").to_owned();
        let keys = list.as_array().expect("it is a list").iter();
        keys.map(|key| Key {
            kid: text(key, "kid"),
            state: text(key, "state"),
            published_at: text(key, "published_at"),
            activates_at: text(key, "activates_at"),
        })
        .collect()
    }

    /// The one active key.
    pub(crate) fn active(&self) -> Key {
        let keys = self.list();
        let mut active = keys.iter().filter(|key| key.state == "active");
        let (Some(key), None) = (active.next(), active.next()) else {
            panic!("not exactly one active key: {keys:#?}")
        };
        key.clone()
    }

    /// The state of each key.
    pub(crate) fn states(&self) -> BTreeMap<String, String> {
        let keys = self.list().into_iter();
        keys.map(|key| (key.kid, key.state)).collect()
    }
}

fn write_private(path: &Path, text: &str) {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(path).expect("the folder is writable");
    file.write_all(text.as_bytes()).expect("there is room");
}

/// A private key as an operator brings it, in PKCS#8, and its DER.
pub(crate) fn private_key() -> (String, Vec<u8>) {
    let key = KeyPair::generate(KeySize::Rsa2048).expect("a key can be made");
    let der: Pkcs8V1Der<'_> = key.as_der().expect("it has an encoding");
    let text = BASE64_STANDARD.encode(der.as_ref());
    let lines: Vec<_> = text
        .as_bytes()
        .chunks(64)
        .map(String::from_utf8_lossy)
        .collect();
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        lines.join("\n")
    );
    (pem, der.as_ref().to_vec())
}

/// The key id in a token's header.
pub(crate) fn kid_of(token: &str) -> String {
    let kid = &part_of(token, 0)["kid"];
    kid.as_str().expect("it has a kid").to_owned()
}

/// When a token ends, in seconds since 1970.
pub(crate) fn expiry_of(token: &str) -> u64 {
    let expiry = &part_of(token, 1)["exp"];
    expiry.as_u64().expect("it has an exp")
}

fn part_of(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).unwrap_or_default();
    let part = BASE64_URL_SAFE_NO_PAD
        .decode(part)
        .expect("it is base64url");
    serde_json::from_slice(&part).expect("it is JSON")
}
