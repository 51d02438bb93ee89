//! How many connections there is room for in the memory that the process may take.

use std::fs;
use std::path::Path;

const GROUPS: &str = "/sys/fs/cgroup";

/// What a connection takes that has sent half a header, with room to spare: 21 KB were measured,
/// 26 over TLS.
const CONNECTION: u64 = 32 * 1024;

/// Half of the memory of the control group; none where it has no limit. A flood of connections
/// would have the process killed otherwise.
pub(super) fn connection_cap() -> Option<usize> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    // The line of version 2.
    let group = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    least_limit(Path::new(GROUPS), group).map(cap)
}

/// A group is bound by those around it, too. In a container only the outermost may be in sight.
fn least_limit(root: &Path, group: &str) -> Option<u64> {
    let group = root.join(group);
    let groups = group.ancestors().take_while(|it| it.starts_with(root));
    groups.filter_map(limit).min()
}

/// "max" is none.
fn limit(group: &Path) -> Option<u64> {
    let text = fs::read_to_string(group.join("memory.max")).ok()?;
    text.trim().parse().ok()
}

fn cap(limit: u64) -> usize {
    usize::try_from(limit / 2 / CONNECTION)
        .unwrap_or(usize::MAX)
        .max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_memory_of_a_group_and_those_around_it_counts() {
        let root = tempfile::tempdir().unwrap();
        let inner = root.path().join("system.slice/auth.service");
        fs::create_dir_all(&inner).unwrap();
        let least = |group| least_limit(root.path(), group);
        assert_eq!(least("system.slice/auth.service"), None);
        fs::write(inner.join("memory.max"), "max\n").unwrap();
        assert_eq!(least("system.slice/auth.service"), None);
        fs::write(inner.join("memory.max"), "4096\n").unwrap();
        assert_eq!(least("system.slice/auth.service"), Some(4096));
        fs::write(root.path().join("system.slice/memory.max"), "1024\n").unwrap();
        assert_eq!(least("system.slice/auth.service"), Some(1024));
        fs::write(root.path().join("memory.max"), "512\n").unwrap();
        assert_eq!(least("out/of/sight"), Some(512));
    }

    #[test]
    fn connections_take_half_of_it() {
        assert_eq!((cap(384 * 1024 * 1024), cap(1)), (6144, 1));
    }
}
