//! A process that issues tokens, and what it can know of the keys.

use std::collections::BTreeSet;

use super::*;

/// Which sealing key, in the order in which they are used.
pub(super) type Number = u8;

/// A process that issues tokens, when it runs, and its sealing-key file.
#[derive(Default)]
pub(super) struct Server {
    pub(super) live: Option<LiveKeys<InMemory>>,
    pub(super) file: BTreeSet<Number>,
    /// Sealing keys that were in the file since the process started.
    pub(super) seen: BTreeSet<Number>,
    /// Keys that it looked at while their sealing key was in its file.
    opened: BTreeSet<Kid>,
    /// The same for sealing keys that it may remember.
    perhaps_opened: BTreeSet<Kid>,
    /// Keys whose signatures were found good.
    verified: BTreeSet<Kid>,
}

impl Server {
    pub(super) fn started(live: Option<LiveKeys<InMemory>>, file: BTreeSet<Number>) -> Self {
        Self {
            live,
            seen: file.clone(),
            file,
            ..Self::default()
        }
    }

    /// Whether it signs. With a key that it never had a chance to open it cannot, with one that it
    /// did it must, and with another than the active one never.
    pub(super) fn signs_with(&mut self, active: &Kid) -> bool {
        let live = self.live.as_ref().unwrap();
        let Ok(signer) = live.signer() else {
            assert!(!self.opened.contains(active), "{active} is not used");
            return false;
        };
        assert_eq!(signer.kid(), active);
        assert!(self.perhaps_opened.contains(active), "{active} unopened");
        if self.verified.insert(active.clone()) {
            let signature = signer.signature(b"a token").unwrap();
            let set = live.published().current();
            let key = set.key_set().find(active.as_str()).unwrap();
            assert!(key.verify(b"a token", &signature));
        }
        true
    }

    /// That it has looked at this ring.
    pub(super) fn note_openable(&mut self, ring: &StoredRing, sealed_with: Number) {
        let sealed = ring.keys.iter().filter(|key| key.sealed.is_some());
        let kids: Vec<_> = sealed.map(|key| key.kid.clone()).collect();
        if self.file.contains(&sealed_with) {
            self.opened.extend(kids.iter().cloned());
        }
        if self.seen.contains(&sealed_with) {
            self.perhaps_opened.extend(kids);
        }
    }
}
