//! Which processor is for the load and which for what is measured.

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Two processors kept apart, where the system has two and lets threads be pinned.
#[derive(Clone, Copy)]
pub(crate) struct Processors(Option<(usize, usize)>);

impl Processors {
    pub(crate) fn choose() -> Self {
        let Ok(allowed) = sched_getaffinity(None) else {
            return Self(None);
        };
        let mut usable = (0..CpuSet::MAX_CPU).filter(|cpu| allowed.is_set(*cpu));
        let load = usable.next();
        let server = usable.next_back();
        let pair = load.zip(server);
        Self(pair.filter(|(load, _)| pin_to(*load)))
    }

    /// Pins nothing.
    #[cfg(test)]
    pub(crate) fn none() -> Self {
        Self(None)
    }

    /// Runs `work` on the processor of the servers. What it starts is pinned there for good.
    pub(crate) fn on_server<T>(self, work: impl FnOnce() -> T) -> T {
        let Some((load, server)) = self.0 else {
            return work();
        };
        pin_to(server);
        let done = work();
        pin_to(load);
        done
    }

    pub(crate) fn describe(self) -> String {
        match self.0 {
            Some((load, server)) => {
                format!("servers pinned to processor {server}, load to processor {load}")
            }
            None => "nothing pinned: the system has one processor or does not allow it".to_owned(),
        }
    }
}

fn pin_to(cpu: usize) -> bool {
    let mut only = CpuSet::new();
    only.set(cpu);
    sched_setaffinity(None, &only).is_ok()
}
