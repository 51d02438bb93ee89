//! The numbers of the process: atomics that whoever counts holds on to, found by name and labels.
//!
//! A histogram counts into its buckets at once. Nothing is collected to be worked up later, so
//! nothing grows between two scrapes, and no clock is read.

mod buckets;
mod text;

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use metrics::atomics::AtomicU64;
use metrics::{
    Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SetRecorderError, SharedString,
    Unit,
};

use self::buckets::Buckets;

/// All numbers. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Numbers(Arc<Tables>);

#[derive(Default)]
struct Tables {
    counters: Table<AtomicU64>,
    gauges: Table<AtomicU64>,
    histograms: Table<Buckets>,
    help: Mutex<BTreeMap<String, SharedString>>,
}

/// Series of one kind.
struct Table<T>(RwLock<HashMap<Key, Arc<T>, BuildHasherDefault<OwnHash>>>);

/// The hash that a key brings with it. No client has a say in what keys there are.
#[derive(Default)]
struct OwnHash(u64);

impl Numbers {
    /// Makes these the numbers of the process.
    pub(super) fn install(&self) -> Result<(), SetRecorderError<Self>> {
        metrics::set_global_recorder(self.clone())
    }

    fn described(&self, name: &KeyName, help: SharedString) {
        let mut known = self.0.help.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(name.as_str().to_owned(), help);
    }
}

impl Recorder for Numbers {
    fn describe_counter(&self, name: KeyName, _: Option<Unit>, help: SharedString) {
        self.described(&name, help);
    }

    fn describe_gauge(&self, name: KeyName, _: Option<Unit>, help: SharedString) {
        self.described(&name, help);
    }

    fn describe_histogram(&self, name: KeyName, _: Option<Unit>, help: SharedString) {
        self.described(&name, help);
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.0.counters.get(key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.0.gauges.get(key))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.0.histograms.get(key))
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<T: Default> Table<T> {
    /// The series of that name and those labels, made when there is none.
    fn get(&self, key: &Key) -> Arc<T> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(series) = known.get(key) {
            return Arc::clone(series);
        }
        drop(known);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(key.clone()).or_default())
    }
}

impl Hasher for OwnHash {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    /// Not what keys do; slow rather than wrong if they ever did.
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
}

#[cfg(test)]
mod tests;
