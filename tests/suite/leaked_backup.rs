//! Whoever gets the database alone, the logs, or a list of processes has no private key; and once
//! a key has retired, nobody finds so much as its sealed bytes.

use std::{collections::HashSet, fs, path::Path};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::{Engine, prelude::BASE64_STANDARD, prelude::BASE64_STANDARD_NO_PAD};
use e2e::{Client, Program, until};
use rusqlite::{Connection, OpenFlags};

use crate::key_ring::{KeyRing, SEALING_KEY, SECONDS, private_key};

/// Bytes of a piece that is looked for: no other text or number has so many in common by chance.
const PIECE: usize = 16;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn database_log_and_process_list_hold_no_private_key() {
    let ring = KeyRing::empty();
    let (pem, der) = private_key();
    fs::write(ring.path().join("key.pem"), &pem).expect("the folder is writable");
    let output = ring.keys(&["import", "key.pem"]);
    assert!(output.status.success(), "{output:?}");
    let server = ring.serve(&[&SECONDS[..], &["--log=trace"]].concat());
    Client::new().login(&server.url(), "jack").await;
    ring.done(&["rotate", "--now"]);

    let made_here = sealed(&ring).into_iter().map(|key| key.opened(&ring));
    let private: Vec<_> = made_here.chain([der]).collect();
    assert_eq!(private.len(), 3, "the imported one twice, and the next");
    let pieces: HashSet<_> = private.iter().flat_map(|der| encoded(der)).collect();
    let pem = pem.replace('\n', "");
    assert!(holds_one(pem.as_bytes(), &pieces), "the search finds");
    let said = [output.stdout, output.stderr].concat();
    let data = files(&ring).into_iter();
    for (place, bytes) in data.chain(told_by(&server)).chain([("import", said)]) {
        // Programs are started here with an empty environment.
        assert!(place == "the environment" || !bytes.is_empty(), "{place}");
        assert!(
            !holds_one(&bytes, &pieces),
            "{place} holds a piece of a private key"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_file_holds_the_sealed_bytes_of_a_key_that_is_retired_revoked_or_resealed() {
    let ring = KeyRing::empty();
    let server = ring.serve(&SECONDS);
    let client = Client::new();
    for turn in 0..2 {
        let retired = in_the_files(&ring);
        ring.done(&["rotate", "--now"]);
        // Other pages are written all the while.
        until(
            "the next key signs, and the old one is erased",
            async || {
                client.login(&server.url(), "jack").await;
                let held = ring.states().into_values().filter(|it| it == "active");
                held.count() == 1 && sealed(&ring).len() == 1
            },
        )
        .await;
        until_gone(&ring, &retired, &format!("retired in turn {turn}")).await;
    }
    let revoked = in_the_files(&ring);
    ring.done(&["revoke", &ring.active().kid]);
    until_gone(&ring, &revoked, "revoked").await;
    let resealed = in_the_files(&ring);
    ring.reseal_without_a_gap();
    until_gone(&ring, &resealed, "resealed").await;
    // Not because there is nothing to find.
    in_the_files(&ring);
}

/// A private half as the database has it.
struct Sealed {
    kid: String,
    envelope: Vec<u8>,
}

impl Sealed {
    /// One octet of version, 12 of nonce, ciphertext, tag; version and kid are authenticated.
    fn opened(&self, ring: &KeyRing) -> Vec<u8> {
        let text = fs::read_to_string(ring.path().join(SEALING_KEY)).expect("it was made");
        let key = BASE64_STANDARD.decode(text.trim()).expect("it is base64");
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).expect("it has 32 bytes"));
        let (nonce, sealed) = self.envelope[1..].split_at(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(nonce).expect("it has 12 bytes");
        let authenticated = [&self.envelope[..1], self.kid.as_bytes()].concat();
        let mut bytes = sealed.to_vec();
        let opened = key.open_in_place(nonce, Aad::from(authenticated), &mut bytes);
        opened.expect("the sealing key opens it").to_vec()
    }
}

fn sealed(ring: &KeyRing) -> Vec<Sealed> {
    let file = ring.path().join("var/auth/auth.db");
    let database = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .expect("a server has run there");
    let mut statement = database
        .prepare("SELECT kid, sealed FROM signing_keys WHERE sealed IS NOT NULL")
        .expect("the table is there");
    let keys = statement.query_map([], |row| {
        Ok(Sealed {
            kid: row.get(0)?,
            envelope: row.get(1)?,
        })
    });
    let keys = keys.expect("it can be read");
    keys.map(|key| key.expect("it is a key")).collect()
}

/// Pieces of every sealed half, which are in the files at this moment.
fn in_the_files(ring: &KeyRing) -> HashSet<Vec<u8>> {
    let sealed = sealed(ring);
    let pieces = sealed
        .iter()
        .flat_map(|key| key.envelope.chunks_exact(PIECE));
    let pieces: HashSet<_> = pieces.map(<[u8]>::to_vec).collect();
    let found = files(ring)
        .iter()
        .any(|(_, bytes)| holds_one(bytes, &pieces));
    assert!(found, "the search finds what is there");
    pieces
}

/// The process that erased a key empties the log a moment later.
async fn until_gone(ring: &KeyRing, pieces: &HashSet<Vec<u8>>, what: &str) {
    until(&format!("no file holds a key that is {what}"), async || {
        files(ring)
            .iter()
            .all(|(_, bytes)| !holds_one(bytes, pieces))
    })
    .await;
}

/// The database and what lies beside it, as they are on the disk, but for the sealing key.
fn files(ring: &KeyRing) -> Vec<(&'static str, Vec<u8>)> {
    let folder = ring.path().join("var/auth");
    let names = [
        ("the database", "auth.db"),
        ("the write-ahead log", "auth.db-wal"),
        ("its index", "auth.db-shm"),
    ];
    let files = names.map(|(place, name)| (place, read(&folder.join(name))));
    // An empty log is no place to look at.
    let files = files.into_iter().filter(|(_, bytes)| !bytes.is_empty());
    files.collect()
}

fn told_by(server: &Program) -> [(&'static str, Vec<u8>); 3] {
    let process = format!("/proc/{}", server.pid());
    [
        (
            "the command line",
            read(&Path::new(&process).join("cmdline")),
        ),
        ("its log", server.log().join("\n").into_bytes()),
        (
            "the environment",
            read(&Path::new(&process).join("environ")),
        ),
    ]
}

/// Parts of the private numbers, raw and in the encodings that people use. The public modulus is
/// at the beginning of the document.
fn encoded(der: &[u8]) -> Vec<Vec<u8>> {
    let private = &der[320..der.len() - PIECE];
    private
        .chunks_exact(PIECE * 3)
        .flat_map(in_every_way)
        .collect()
}

fn in_every_way(piece: &[u8]) -> Vec<Vec<u8>> {
    let hexadecimal: Vec<_> = piece.iter().map(|byte| format!("{byte:02x}")).collect();
    // At each of the three ways that base64 may fall on these bytes.
    let base64 = (0..3).map(|skip| BASE64_STANDARD_NO_PAD.encode(&piece[skip..skip + 12]));
    let texts = base64.chain([hexadecimal.concat()]);
    let texts = texts.map(|text| text.as_bytes()[..PIECE].to_vec());
    texts.chain([piece[..PIECE].to_vec()]).collect()
}

fn holds_one(haystack: &[u8], pieces: &HashSet<Vec<u8>>) -> bool {
    haystack
        .windows(PIECE)
        .any(|window| pieces.contains(window))
}

/// A write-ahead log may be gone at any moment.
fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_default()
}
