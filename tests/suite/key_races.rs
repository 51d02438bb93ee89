//! Eight processes serve, rotate, revoke and reseal on one database at once: they end with exactly
//! one active key, and every token issued meanwhile verifies unless its key was revoked.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use e2e::{Client, full_run, until};
use tokio::task::JoinSet;

use crate::key_ring::{KeyRing, SECONDS, kid_of};

const SERVERS: usize = 3;

/// With the servers, eight.
const OPERATORS: [&[&str]; 5] = [
    &["rotate"],
    &["rotate", "--now"],
    &["reseal"],
    &["revoke"],
    &["list"],
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_processes_at_once_end_with_one_active_key() {
    // Well within the life of a token.
    let race = Duration::from_secs(if full_run() { 30 } else { 6 });
    let ring = Arc::new(KeyRing::empty());
    let servers: Vec<_> = (0..SERVERS).map(|_| ring.serve(&SECONDS)).collect();
    let over = Arc::new(AtomicBool::new(false));
    let mut operators = JoinSet::new();
    for words in OPERATORS {
        let (ring, over) = (Arc::clone(&ring), Arc::clone(&over));
        operators.spawn_blocking(move || operate(&ring, words, &over));
    }
    let mut clients = JoinSet::new();
    for (server, user) in servers.iter().zip(["jack", "robert", "lina"]) {
        clients.spawn(log_in_until(server.url(), user, Arc::clone(&over)));
    }
    tokio::time::sleep(race).await;
    over.store(true, Ordering::Relaxed);
    let commands: usize = operators.join_all().await.into_iter().sum();
    let tokens = clients.join_all().await.concat();
    let client = Client::new();
    let active = ring.active().kid;
    for server in &servers {
        let url = server.url();
        until("every server signs with the one active key", async || {
            kid_of(&client.login(&url, "jack").await) == active
        })
        .await;
        let states = ring.states();
        for token in &tokens {
            let state = states.get(&kid_of(token)).expect("a token outlives no key");
            let answer = client
                .get(&format!("{url}/api/me"), Some(token))
                .await
                .status;
            assert_eq!(
                answer == 200,
                state != "revoked",
                "{answer} for a token of a {state} key"
            );
        }
    }
    let kids: std::collections::BTreeSet<_> = tokens.iter().map(|token| kid_of(token)).collect();
    println!(
        "{commands} commands, {} tokens of {} keys",
        tokens.len(),
        kids.len()
    );
    assert!(kids.len() > 1, "nothing was rotated");
}

/// Repeats a command; a revoke is of the key that is active at that moment, now and then.
fn operate(ring: &KeyRing, words: &[&str], over: &AtomicBool) -> usize {
    let mut commands = 0;
    while !over.load(Ordering::Relaxed) {
        match words {
            ["revoke"] => {
                std::thread::sleep(Duration::from_millis(1500));
                ring.done(&["revoke", &ring.active().kid]);
            }
            ["reseal"] => {
                std::thread::sleep(Duration::from_millis(300));
                ring.reseal_without_a_gap();
            }
            _ => drop(ring.done(words)),
        }
        commands += 1;
    }
    commands
}

async fn log_in_until(url: String, user: &str, over: Arc<AtomicBool>) -> Vec<String> {
    let client = Client::new();
    let mut tokens = Vec::new();
    while !over.load(Ordering::Relaxed) {
        tokens.push(client.login(&url, user).await);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokens
}
