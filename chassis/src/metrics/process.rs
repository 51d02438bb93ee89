//! What Prometheus' own clients tell of a process, read when somebody asks.

use std::fs;

use metrics::{Unit, counter, describe_counter, describe_gauge, gauge};
use rustix::process::{Resource, getrlimit};
use rustix::time::{ClockId, clock_gettime};

const CPU: &str = "process_cpu_seconds_total";
const MEMORY: &str = "process_resident_memory_bytes";
const THREADS: &str = "process_threads";
const OPEN_FILES: &str = "process_open_fds";
const MAX_FILES: &str = "process_max_fds";

pub(super) fn describe() {
    describe_counter!(CPU, Unit::Seconds, "Processor time used");
    describe_gauge!(MEMORY, Unit::Bytes, "Memory in use");
    describe_gauge!(THREADS, "Threads");
    describe_gauge!(OPEN_FILES, "Open file descriptors");
    describe_gauge!(MAX_FILES, "Limit of open file descriptors");
}

pub(super) fn measure() {
    counter!(CPU)
        .absolute(u64::try_from(clock_gettime(ClockId::ProcessCPUTime).tv_sec).unwrap_or(0));
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    set(
        MEMORY,
        field(&status, "VmRSS:").map(|kibibytes| kibibytes * 1024),
    );
    set(THREADS, field(&status, "Threads:"));
    set(
        OPEN_FILES,
        fs::read_dir("/proc/self/fd")
            .ok()
            .map(|entries| entries.count() as u64),
    );
    set(MAX_FILES, getrlimit(Resource::Nofile).current);
}

/// What cannot be read is left out.
#[expect(
    clippy::cast_precision_loss,
    reason = "exact to 2^53, and a gauge is a float"
)]
fn set(name: &'static str, value: Option<u64>) {
    if let Some(value) = value {
        gauge!(name).set(value as f64);
    }
}

/// A line such as `VmRSS:      5124 kB`.
fn field(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn a_field_is_found_by_its_whole_name() {
        let status = "VmRSSx:\t1 kB\nVmRSS:\t  5124 kB\nThreads:\t3\n";
        assert_eq!(
            (field(status, "VmRSS:"), field(status, "Threads:")),
            (Some(5124), Some(3))
        );
        assert_eq!(field(status, "VmHWM:"), None);
    }
}
