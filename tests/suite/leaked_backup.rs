//! Whoever gets the database alone, the logs, or a list of processes has no private key.

use std::{fs, path::Path};

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use e2e::Client;

use crate::key_ring::{KeyRing, SECONDS, private_key};

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

    let pieces = pieces(&der);
    assert!(
        holds_one(pem.replace('\n', "").as_bytes(), &pieces),
        "the search finds what is there"
    );
    let process = format!("/proc/{}", server.pid());
    let database = ring.path().join("var/auth");
    let places = [
        ("the database", read(&database.join("auth.db"))),
        ("its log", read(&database.join("auth.db-wal"))),
        (
            "the command line",
            read(&Path::new(&process).join("cmdline")),
        ),
        (
            "the environment",
            read(&Path::new(&process).join("environ")),
        ),
        ("the server's log", server.log().join("\n").into_bytes()),
        (
            "what the import said",
            [output.stdout, output.stderr].concat(),
        ),
    ];
    for (place, bytes) in places {
        assert!(
            !holds_one(&bytes, &pieces),
            "{place} holds a piece of the private key"
        );
    }
}

/// Parts of the private numbers, raw and in the encodings that people use. The public modulus is
/// at the beginning of the document.
fn pieces(der: &[u8]) -> Vec<Vec<u8>> {
    let private = &der[320..der.len() - 16];
    let raw = private.chunks_exact(24);
    raw.flat_map(|piece| {
        let hexadecimal: Vec<_> = piece.iter().map(|byte| format!("{byte:02x}")).collect();
        // At each of the three ways that base64 may fall on these bytes.
        let base64 = (0..3).map(|skip| {
            let whole = (piece.len() - skip) / 3 * 3;
            BASE64_STANDARD_NO_PAD
                .encode(&piece[skip..skip + whole])
                .into_bytes()
        });
        [piece.to_vec(), hexadecimal.concat().into_bytes()]
            .into_iter()
            .chain(base64)
    })
    .collect()
}

fn holds_one(haystack: &[u8], pieces: &[Vec<u8>]) -> bool {
    pieces
        .iter()
        .any(|piece| haystack.windows(piece.len()).any(|window| window == piece))
}

/// A write-ahead log may be gone at any moment.
fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_default()
}
