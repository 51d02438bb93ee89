//! How many connections the open-file limit has room for.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What the process needs for itself: database, log, listeners, operators' connections, the
/// threads' own descriptors.
const RESERVE: u64 = 40;

/// Three quarters of the limit, which is first raised as far as it goes.
pub(super) fn connection_cap() -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    let limit = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => maximum,
        Err(_) => current,
    };
    cap(limit.unwrap_or(u64::from(u32::MAX)))
}

fn cap(limit: u64) -> usize {
    let cap = limit.saturating_sub(RESERVE.max(limit / 4)).max(1);
    usize::try_from(cap)
        .unwrap_or(usize::MAX)
        .min(tokio::sync::Semaphore::MAX_PERMITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_process_keeps_descriptors_for_itself() {
        assert_eq!((cap(10), cap(64), cap(1024)), (1, 24, 768));
    }
}
