//! A ring, an operator and three servers, each with a sealing-key file of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::LazyLock;

use zeroize::Zeroizing;

use super::server::{Number, Server};
use super::*;

pub(super) const SERVERS: usize = 3;

/// How long a server may go without looking at the ring.
const LOOK: Duration = Duration::from_millis(500);

/// The most old sealing keys that anybody keeps in a file.
const KEPT: Number = 6;

/// As many keys as one history may use up. What matters is their order, so they are made once.
static KEYS: LazyLock<Vec<Zeroizing<String>>> = LazyLock::new(|| (0..12).map(|_| pem()).collect());

pub(super) struct World {
    bench: Bench,
    /// Every private half is sealed with this one.
    newest: Number,
    servers: Vec<Server>,
    used_up: usize,
    published: BTreeMap<Kid, Timestamp>,
    /// The first key, and those that had to take the place of a revoked one.
    hurried: BTreeSet<Kid>,
    anything_revoked: bool,
    turn: usize,
}

impl World {
    pub(super) async fn new() -> Self {
        let mut world = Self {
            bench: Bench::new(),
            newest: 1,
            servers: (0..SERVERS).map(|_| Server::default()).collect(),
            used_up: 0,
            published: BTreeMap::new(),
            hurried: BTreeSet::new(),
            anything_revoked: false,
            turn: 0,
        };
        world.write("operator", [1]);
        world.rotate().await;
        world.hurried.extend(world.published.keys().cloned());
        for server in 0..SERVERS {
            world.give(server, [1].into()).await;
        }
        world
    }

    pub(super) async fn happen(&mut self, event: Event) {
        match event {
            Event::Pass(duration) => self.pass(duration).await,
            Event::Rotate => self.rotate().await,
            Event::RotateNow => {
                self.rotate().await;
                if self.ring().await.next_to_sign(self.now()).is_some() {
                    self.operator().rotate_now().await.unwrap();
                }
            }
            Event::Revoke => self.revoke().await,
            Event::Reseal => self.reseal().await,
            Event::GiveAll(server) => self.give(server, self.all()).await,
            Event::GiveNewest(server) => self.give(server, [self.newest].into()).await,
            Event::GiveNext(server) => {
                let mut file = self.servers[server].file.clone();
                file.insert(self.newest + 1);
                file.retain(|key| self.newest - *key.min(&self.newest) < KEPT);
                self.give(server, file).await;
            }
            Event::Restart(server) => {
                self.servers[server].live = None;
                self.start(server).await;
            }
        }
        self.look().await;
    }

    /// Once every server has every sealing key, all sign with the last key of the row.
    pub(super) async fn come_to_rest(&mut self) {
        for server in 0..SERVERS {
            self.happen(Event::GiveAll(server)).await;
        }
        self.pass(Duration::from_mins(2)).await;
        let ring = self.ring().await;
        let last = ring.keys.iter().rfind(|key| key.life.revoked_at.is_none());
        for server in &self.servers {
            let live = server.live.as_ref().unwrap();
            assert_eq!(Some(&signing(live)), last.map(|key| &key.kid));
            assert_eq!(live.unopened(), 0);
        }
    }

    /// Looks as often as servers do shortly before and when something happens, and else now and
    /// then.
    async fn pass(&mut self, duration: Duration) {
        let end = self.now() + duration;
        while self.now() < end {
            let (now, left) = (self.now(), end.since(self.now()));
            let change = self.ring().await.next_change(now);
            let to_change = change.map_or(left, |change| change.since(now));
            let step = to_change.saturating_sub(LOOK).max(LOOK).min(left);
            self.bench.clock.advance(step);
            self.look().await;
        }
    }

    async fn rotate(&mut self) {
        let Some(pem) = KEYS.get(self.used_up) else {
            return;
        };
        self.used_up += 1;
        let announced = self.operator().import(pem).await.unwrap();
        self.published.insert(announced.kid, self.now());
    }

    async fn revoke(&mut self) {
        let ring = self.ring().await;
        let now = ring.now(self.now());
        if let (Some(active), Some(next)) = (ring.active(now), ring.next_to_sign(now)) {
            self.operator().revoke(&active.kid).await.unwrap();
            self.hurried.insert(next.kid.clone());
            self.anything_revoked = true;
        }
    }

    async fn reseal(&mut self) {
        let operator = self.operator();
        self.newest += 1;
        let file = self.write("operator", self.all().into_iter().rev());
        let new = SealingKeyFile::existing(file);
        operator.reseal(&new).await.unwrap();
    }

    fn all(&self) -> BTreeSet<Number> {
        (1..=self.newest).rev().take(usize::from(KEPT)).collect()
    }

    async fn give(&mut self, server: usize, file: BTreeSet<Number>) {
        self.write(&server.to_string(), file.iter().rev().copied());
        self.servers[server].seen.extend(&file);
        self.servers[server].file = file;
        if self.servers[server].live.is_none() {
            self.start(server).await;
        }
    }

    async fn start(&mut self, server: usize) {
        let before = self.ring().await;
        let started = self.keystore(&server.to_string()).start().await;
        let file = self.servers[server].file.clone();
        assert_eq!(started.is_ok(), file.contains(&self.newest));
        if started.is_err() {
            assert_eq!(self.ring().await, before, "changed by who could not start");
        }
        self.servers[server] = Server::started(started.ok(), file);
        self.servers[server].note_openable(&before, self.newest);
    }

    /// Every server looks, each time another one first.
    async fn look(&mut self) {
        self.turn += 1;
        let turn = self.turn;
        let mut signing_now = BTreeSet::new();
        for server in (0..SERVERS).map(|server| (server + turn) % SERVERS) {
            self.check_ring().await;
            signing_now.extend(self.look_of(server).await);
        }
        self.check_ring().await;
        assert!(signing_now.len() <= 1, "{signing_now:?} sign at once");
    }

    /// The key that a server signs with after it has looked.
    async fn look_of(&mut self, server: usize) -> Option<Kid> {
        let before = self.ring().await;
        self.servers[server].live.as_ref()?.follow().await.unwrap();
        self.servers[server].note_openable(&before, self.newest);
        let ring = self.ring().await;
        let active = &ring.active(ring.now(self.now())).unwrap().kid;
        let signs = self.servers[server].signs_with(active);
        let settled = ring.settled_at > before.settled_at;
        assert!(signs || !settled, "{active} settled by who cannot open it");
        if !signs {
            assert!(self.anything_revoked, "{active} was not held back");
            return None;
        }
        let waited = self.now().since(self.published[active]);
        assert!(self.hurried.contains(active) || waited >= schedule().least_wait());
        Some(active.clone())
    }

    /// One key is active, and whoever has the sealing key can sign with it and with those to come.
    async fn check_ring(&self) {
        let ring = self.ring().await;
        let now = ring.now(self.now());
        let in_state = |state| {
            let keys = ring.keys.iter();
            keys.filter(move |key| key.life.state(now) == state)
        };
        assert_eq!(in_state(State::Active).count(), 1);
        let wanted = ring.sealed_with.as_ref().unwrap();
        let sealing_key = self.file("operator").find(wanted).unwrap();
        for key in in_state(State::Active).chain(in_state(State::Announced)) {
            let sealed = key.sealed.as_ref().expect("it is kept");
            assert!(sealing_key.open(&key.kid, sealed).is_ok());
        }
    }

    async fn ring(&self) -> StoredRing {
        self.bench.ring.load().await.unwrap()
    }

    fn now(&self) -> Timestamp {
        self.bench.clock.now()
    }

    fn operator(&self) -> Keystore<InMemory> {
        self.keystore("operator")
    }

    fn keystore(&self, name: &str) -> Keystore<InMemory> {
        Keystore::new(
            self.bench.ring.clone(),
            Arc::new(self.bench.clock.clone()),
            schedule(),
            KeyBits::Rsa2048,
            self.file(name),
        )
    }

    fn file(&self, name: &str) -> SealingKeyFile {
        SealingKeyFile::existing(self.path(name))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.bench.folder.path().join(name)
    }

    /// A sealing-key file with these, the first on top.
    fn write(&self, name: &str, keys: impl IntoIterator<Item = Number>) -> PathBuf {
        let lines = keys.into_iter().map(|key| format!("{key:064x}\n"));
        let path = self.path(name);
        fs::write(&path, lines.collect::<String>()).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }
}

/// In seconds: 6 before a key may sign, 8 as a rule, 6 before one leaves.
fn schedule() -> Schedule {
    Schedule::new(ScheduleSettings {
        rotate_every: None,
        announce_for: Duration::from_secs(8),
        jwks_max_age: Duration::from_secs(3),
        leeway: Duration::from_secs(1),
        token_ttl: Duration::from_secs(5),
    })
    .unwrap()
}
