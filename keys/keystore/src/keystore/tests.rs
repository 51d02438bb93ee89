//! Whole keystores on one ring in memory, with real keys and a clock set by hand.

use std::time::Duration;

use rsa::pkcs8::{EncodePrivateKey, LineEnding};
use tempfile::TempDir;
use token::{Kid, ManualClock};

use super::*;
use crate::lifecycle::State;
use crate::repository::memory::InMemory;
use crate::schedule::ScheduleSettings;

mod changes;
mod clock_steps;
mod interleavings;
mod sealing;

/// A ring, its clock, its sealing key.
struct Bench {
    ring: InMemory,
    clock: ManualClock,
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        Self {
            ring: InMemory::default(),
            clock: ManualClock::new(Timestamp::from_unix_seconds(1_800_000_000)),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn keystore(&self) -> Keystore<InMemory> {
        self.keystore_sealed_by("sealing.key")
    }

    fn keystore_sealed_by(&self, name: &str) -> Keystore<InMemory> {
        Keystore::new(
            self.ring.clone(),
            Arc::new(self.clock.clone()),
            Schedule::new(ScheduleSettings::default()).unwrap(),
            KeyBits::Rsa2048,
            SealingKeyFile::created_when_missing(self.folder.path().join(name)),
        )
    }

    async fn live(&self) -> LiveKeys<InMemory> {
        self.keystore().start().await.unwrap()
    }

    fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    async fn states(&self) -> Vec<(Kid, State)> {
        let overview = self.keystore().overview().await.unwrap();
        overview
            .keys
            .into_iter()
            .map(|key| (key.kid, key.state))
            .collect()
    }
}

fn signing(keys: &LiveKeys<InMemory>) -> Kid {
    keys.signer().unwrap().kid().clone()
}

fn published(keys: &LiveKeys<InMemory>) -> Vec<Kid> {
    keys.published()
        .current()
        .key_set()
        .kids()
        .cloned()
        .collect()
}

fn pem() -> zeroize::Zeroizing<String> {
    let key = rsa::PrivateKey::new(&mut rand::rngs::SysRng, 2048).unwrap();
    key.to_pkcs8_pem(LineEnding::LF).unwrap()
}
