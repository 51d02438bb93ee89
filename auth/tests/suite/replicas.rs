//! Several services on one PostgreSQL are one issuer. Skipped, in words, where there is none.

use std::sync::Arc;
use std::time::Duration;

use chassis::database::postgres::testing::{self, Database};
use keystore::{Keystore, SealingKeyFile};
use serde_json::{Value, json};
use tempfile::TempDir;
use token::ManualClock;
use tokio::task::JoinSet;

use crate::harness::{BEGINNING, World, cheap, check};

struct Replicas {
    worlds: [World; 3],
    database: Database,
    clock: ManualClock,
    sealing_key: TempDir,
}

impl Replicas {
    /// Three that start at once on an empty database.
    async fn start(options: &[&str]) -> Option<Self> {
        let database = testing::database().await?;
        let clock = ManualClock::new(BEGINNING);
        let sealing_key = TempDir::new().unwrap();
        let file = sealing_key.path().join("sealing.key");
        SealingKeyFile::created_when_missing(&file)
            .load_or_create()
            .unwrap();
        let start = || Box::pin(replica(&database, &file, options, &clock));
        let worlds = tokio::join!(start(), start(), start()).into();
        Some(Self {
            worlds,
            database,
            clock,
            sealing_key,
        })
    }

    /// The keys as an operator's command has them.
    fn keystore(&self) -> Keystore<auth::store::Store> {
        let file = self.sealing_key.path().join("sealing.key");
        let settings = check(&["auth"]).unwrap().keys;
        Keystore::new(
            self.worlds[0].service.store.clone(),
            Arc::new(self.clock.clone()),
            settings.schedule,
            settings.key_bits,
            SealingKeyFile::existing(file),
        )
    }

    async fn key_sets(&self) -> Vec<Value> {
        let mut sets = Vec::new();
        for world in &self.worlds {
            sets.push(world.get("/.well-known/jwks.json").await.expect(200).json());
        }
        sets
    }

    /// Waits until every replica publishes this many keys, at most as long as one may take.
    async fn until_all_publish(&self, count: usize) {
        let all = async {
            while !self.key_sets().await.iter().all(|set| keys(set) == count) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, all).await.unwrap();
    }
}

/// A replica follows within 2 s; a busy machine may take longer to run it.
const PATIENCE: Duration = Duration::from_secs(20);

async fn replica(
    database: &Database,
    sealing_key: &std::path::Path,
    options: &[&str],
    clock: &ManualClock,
) -> World {
    let database = format!("--database-url={}", database.url());
    let sealing_key = format!("--sealing-key-file={}", sealing_key.display());
    let fixed = [
        "auth",
        "--listen=127.0.0.1:0",
        "--ops-listen=127.0.0.1:0",
        "--issuer=http://127.0.0.1:4000",
        "--demo",
        &database,
        &sealing_key,
    ];
    let settings = cheap(check(&[&fixed, options].concat()).unwrap());
    World::serve(settings, TempDir::new().unwrap(), clock.clone()).await
}

fn keys(set: &Value) -> usize {
    set["keys"].as_array().unwrap().len()
}

#[tokio::test]
async fn replicas_that_start_at_once_have_one_key_and_believe_each_other() {
    let Some(replicas) = Replicas::start(&[]).await else {
        return;
    };
    replicas.until_all_publish(1).await;
    let sets = replicas.key_sets().await;
    assert!(sets.iter().all(|set| *set == sets[0]), "{sets:?}");
    for issuer in &replicas.worlds {
        let token = issuer.jack().await.member("access_token");
        for other in &replicas.worlds {
            let me = other.request(reqwest::Method::GET, "/api/me");
            other.send(me.bearer_auth(&token)).await.expect(200);
        }
    }
}

#[tokio::test]
async fn a_login_goes_on_at_any_replica_and_has_one_live_branch() {
    let Some(replicas) = Replicas::start(&[]).await else {
        return;
    };
    let [one, two, three] = &replicas.worlds;
    let mut token = one.jack().await.member("refresh_token");
    for _ in 0..5 {
        let (a, b, c) = tokio::join!(
            one.refresh(&token),
            two.refresh(&token),
            three.refresh(&token)
        );
        let next = [a, b, c].map(|answer| answer.expect(200).member("refresh_token"));
        assert!(next.iter().all(|other| *other == next[0]), "two branches");
        [token, ..] = next;
    }
    two.post("/api/logout", &json!({ "refresh_token": token }))
        .await
        .expect(204);
    three.refresh(&token).await.expect(401);
}

#[tokio::test]
async fn guesses_at_all_replicas_are_counted_together() {
    let Some(replicas) = Replicas::start(&[]).await else {
        return;
    };
    let worlds = Arc::new(replicas.worlds);
    let hashes = |worlds: &[World; 3]| worlds.iter().map(World::hashes_run).sum::<u64>();
    let before = hashes(&worlds);
    let mut guesses = JoinSet::new();
    for number in 0..30 {
        let worlds = worlds.clone();
        guesses.spawn(async move { worlds[number % 3].log_in("lina", "guess").await.status });
    }
    let refused = guesses.join_all().await;
    let refused = refused.iter().filter(|status| **status == 429).count();
    assert_eq!((hashes(&worlds) - before, refused), (5, 25));
}

#[tokio::test]
async fn a_new_password_ends_the_logins_of_every_replica() {
    let Some(replicas) = Replicas::start(&[]).await else {
        return;
    };
    let [one, two, three] = &replicas.worlds;
    let elsewhere = one.jack().await.member("refresh_token");
    let here = two.jack().await;
    let change = json!({ "current": "jack_password", "new": "another password" });
    two.post_as("/api/password", &here.member("access_token"), &change)
        .await
        .expect(204);
    three.refresh(&elsewhere).await.expect(401);
    three
        .refresh(&here.member("refresh_token"))
        .await
        .expect(200);
    one.log_in("jack", "jack_password").await.expect(401);
}

#[tokio::test]
async fn a_change_of_the_ring_is_followed_by_every_replica() {
    let Some(replicas) = Replicas::start(&[]).await else {
        return;
    };
    replicas.until_all_publish(1).await;
    let operator = replicas.keystore();
    operator.announce().await.unwrap();
    replicas.until_all_publish(2).await;
    let active = replicas.key_sets().await[0]["keys"][0]["kid"].clone();
    operator
        .revoke(&active.as_str().unwrap().parse().unwrap())
        .await
        .unwrap();
    replicas.until_all_publish(1).await;
    for set in replicas.key_sets().await {
        assert_ne!(set["keys"][0]["kid"], active);
    }
}

#[tokio::test]
async fn operators_at_once_end_with_one_active_key() {
    let Some(replicas) = Replicas::start(&[]).await else {
        return;
    };
    let operators = [(); 3].map(|()| replicas.keystore());
    let [one, two, three] = &operators;
    let (a, b, c) = tokio::join!(one.announce(), two.rotate_now(), three.announce());
    assert!(a.is_ok() && b.is_ok() && c.is_ok());
    let keys = one.overview().await.unwrap().keys;
    let active = keys
        .iter()
        .filter(|key| key.state == keystore::State::Active);
    assert_eq!(active.count(), 1);
}

#[tokio::test]
async fn a_replica_cut_off_publishes_on_but_stops_signing_and_recovers_alone() {
    let options = ["--jwks-max-age=1s", "--leeway=0s"];
    let Some(replicas) = Replicas::start(&options).await else {
        return;
    };
    let [world, ..] = &replicas.worlds;
    replicas.database.close().await;
    let login = world.log_in("jack", "jack_password").await.expect(503);
    assert!(!login.header("retry-after").is_empty());
    until(async || readiness(world).await["checks"]["keys"] != "ok").await;
    assert_eq!(
        keys(&world.get("/.well-known/jwks.json").await.expect(200).json()),
        1
    );
    replicas.database.open().await;
    until(async || readiness(world).await["status"] == "ready").await;
    world.jack().await;
}

async fn readiness(world: &World) -> Value {
    world.get("/readyz").await.json()
}

async fn until(holds: impl AsyncFn() -> bool) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap();
}
