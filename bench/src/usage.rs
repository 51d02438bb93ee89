//! CPU time and memory of a process and its children, from `/proc`.

use std::{collections::HashMap, fs, path::PathBuf, time::Duration};

/// CPU time used up to a moment.
///
/// The scheduler counts nanoseconds for each thread, but forgets a thread that ends. The process
/// is counted in ticks of 10 ms, with the threads that have ended.
pub(crate) struct Usage {
    threads: HashMap<u32, Duration>,
    ticks: Duration,
}

impl Usage {
    /// Of `pid` and its children.
    pub(crate) fn of(pid: u32) -> Self {
        let family = family(pid);
        let threads = family.iter().flat_map(|pid| threads(*pid)).collect();
        let ticks = family
            .iter()
            .filter_map(|pid| processor_ticks(&read(*pid, "stat")))
            .sum();
        Self { threads, ticks }
    }

    /// Used since `earlier`.
    pub(crate) fn since(&self, earlier: &Self) -> Duration {
        let forgotten = |thread: &&u32| !self.threads.contains_key(thread);
        if earlier.threads.keys().any(|thread| forgotten(&thread)) {
            return self.ticks.saturating_sub(earlier.ticks);
        }
        let used = self.threads.iter().map(|(thread, now)| {
            let before = earlier.threads.get(thread).copied().unwrap_or_default();
            now.saturating_sub(before)
        });
        used.sum()
    }
}

/// Resident memory of `pid` and its children, in bytes.
pub(crate) fn resident_memory(pid: u32) -> u64 {
    let family = family(pid);
    let each = family.iter().map(|pid| resident(&read(*pid, "status")));
    each.sum()
}

/// The process, its children, and theirs.
fn family(pid: u32) -> Vec<u32> {
    let mut family = vec![pid];
    let mut next = 0;
    while let Some(parent) = family.get(next) {
        let children = read(*parent, &format!("task/{parent}/children"));
        family.extend(
            children
                .split_whitespace()
                .filter_map(|pid| pid.parse::<u32>().ok()),
        );
        next += 1;
    }
    family
}

fn threads(pid: u32) -> Vec<(u32, Duration)> {
    let entries = fs::read_dir(path(pid, "task"))
        .into_iter()
        .flatten()
        .flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let used = |id| on_processor(&read(pid, &format!("task/{id}/schedstat")));
    ids.filter_map(|id| Some((id, used(id)?))).collect()
}

fn read(pid: u32, file: &str) -> String {
    fs::read_to_string(path(pid, file)).unwrap_or_default()
}

fn path(pid: u32, file: &str) -> PathBuf {
    PathBuf::from(format!("/proc/{pid}/{file}"))
}

/// The first field of `schedstat`: nanoseconds on a processor.
fn on_processor(schedstat: &str) -> Option<Duration> {
    let nanoseconds = schedstat.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

/// Fields 14 and 15 of `stat`, counted after the name, which may hold spaces and brackets.
fn processor_ticks(stat: &str) -> Option<Duration> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    Some(Duration::from_millis((ticks()? + ticks()?) * 10))
}

/// `VmRSS` of `status`, which is in KiB.
fn resident(status: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or_default() * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(threads: &[(u32, u64)], ticks: u64) -> Usage {
        let threads = threads
            .iter()
            .map(|(id, ns)| (*id, Duration::from_nanos(*ns)));
        Usage {
            threads: threads.collect(),
            ticks: Duration::from_millis(ticks),
        }
    }

    #[test]
    fn threads_are_added_up_and_new_ones_count_whole() {
        let before = usage(&[(1, 100), (2, 50)], 0);
        let after = usage(&[(1, 150), (2, 50), (3, 7)], 10);
        assert_eq!(after.since(&before), Duration::from_nanos(57));
    }

    #[test]
    fn a_thread_that_ended_makes_the_ticks_count() {
        let before = usage(&[(1, 100), (2, 50)], 20);
        let after = usage(&[(1, 150)], 60);
        assert_eq!(after.since(&before), Duration::from_millis(40));
    }

    #[test]
    fn ticks_are_found_behind_any_name() {
        let stat = "7 (a ) (b) S 1 1 1 0 -1 4194560 1 0 0 0 12 30 0 0 20 0 1 0 99";
        assert_eq!(processor_ticks(stat), Some(Duration::from_millis(420)));
        assert_eq!(processor_ticks(""), None);
    }

    #[test]
    fn resident_memory_is_in_kib() {
        assert_eq!(resident("Name:\tx\nVmRSS:\t    2048 kB\n"), 2 * 1024 * 1024);
        assert_eq!(resident(""), 0);
    }

    #[test]
    fn this_process_uses_processor_time_and_memory() {
        let pid = std::process::id();
        let before = Usage::of(pid);
        let until = crate::clock::thread_cpu() + Duration::from_millis(5);
        while crate::clock::thread_cpu() < until {}
        assert!(Usage::of(pid).since(&before) >= Duration::from_millis(5));
        assert!(resident_memory(pid) > 1024 * 1024);
    }
}
