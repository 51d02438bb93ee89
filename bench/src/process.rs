//! A server as a child process on the processor for servers: started, asked, ended.

use std::{
    cell::RefCell,
    fs::{self, File},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{self, Child, Command, Stdio},
    sync::atomic::{AtomicU16, Ordering},
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{
    clock,
    failure::{Failure, Result, While as _},
    load::{Generator, Limit, Pace, Traffic},
    pin::Processors,
    usage::{self, Usage},
};

/// A running server; ended when dropped.
pub(crate) struct Server {
    child: RefCell<Child>,
    log: PathBuf,
    pub(crate) address: SocketAddr,
    /// From the start of the process to its first good answer.
    pub(crate) started_in: Duration,
}

/// Linux hands out ports from 32768 on, unless it is told otherwise.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// How long a start may take on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A loopback address that is free now, and that no connection and nobody who asks for any port
/// is given: it lies below the ports that the system hands out by itself.
pub(crate) fn free_address() -> Result<SocketAddr> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let begin = u16::try_from(process::id() % 6_000).unwrap_or_default();
    for _ in 0..PORTS.len() {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = PORTS.start + begin.wrapping_add(step) % PORTS.end.abs_diff(PORTS.start);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpListener::bind(address).is_ok() {
            return Ok(address);
        }
    }
    Err(Failure::new("no port is free"))
}

impl Server {
    /// Starts `command`, which is to listen on `address`, and waits for a good answer to
    /// `first`. What it prints goes to a file in `folder`.
    pub(crate) fn start(
        name: &str,
        mut command: Command,
        address: SocketAddr,
        folder: &Path,
        processors: Processors,
        first: &mut dyn Traffic,
    ) -> Result<Self> {
        let log = folder.join(format!("{name}-{}.log", address.port()));
        let output = File::create(&log)?;
        command
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output);
        let began = clock::now();
        let child = processors
            .on_server(|| command.spawn())
            .while_doing(format_args!("starting {name}"))?;
        let mut server = Self {
            child: RefCell::new(child),
            log,
            address,
            started_in: Duration::ZERO,
        };
        server
            .until_answering(first, began)
            .while_doing(format_args!("starting {name}"))?;
        server.started_in = clock::since(began);
        Ok(server)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.borrow().id()
    }

    /// CPU time of the process and its children so far.
    pub(crate) fn usage(&self) -> Usage {
        Usage::of(self.pid())
    }

    /// Resident memory of the process and its children, in bytes.
    pub(crate) fn resident_memory(&self) -> u64 {
        usage::resident_memory(self.pid())
    }

    /// Whether the server still runs or how it ended, and the last lines that it printed.
    pub(crate) fn condition(&self) -> String {
        let state = match self.child.borrow_mut().try_wait() {
            Ok(Some(status)) => format!("it ended with {status}"),
            Ok(None) => "it still runs".to_owned(),
            Err(error) => format!("its state cannot be told ({error})"),
        };
        let said = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = said.lines().collect();
        let last = lines[lines.len().saturating_sub(5)..].join("\n");
        format!("{state}; it said:\n{last}")
    }

    fn until_answering(&mut self, first: &mut dyn Traffic, began: Duration) -> Result<()> {
        while TcpStream::connect(self.address).is_err() {
            self.still_starting(began)?;
            thread::sleep(Duration::from_micros(200));
        }
        loop {
            match self.ask(first) {
                Ok(()) => return Ok(()),
                Err(failure) => self
                    .still_starting(began)
                    .while_doing(format_args!("{failure}"))?,
            }
            thread::sleep(Duration::from_micros(200));
        }
    }

    /// Asks once and wants a good answer.
    pub(crate) fn ask(&self, traffic: &mut dyn Traffic) -> Result<()> {
        let once = Limit {
            requests: 1,
            time: PATIENCE,
        };
        let pace = Pace::Closed { in_flight: 1 };
        Generator::connect(self.address, 1)?.run(traffic, pace, once)?;
        Ok(())
    }

    fn still_starting(&mut self, began: Duration) -> Result<()> {
        let ended = self.child.get_mut().try_wait()?.is_some();
        if !ended && clock::since(began) <= PATIENCE {
            return Ok(());
        }
        let waited = clock::since(began).as_secs();
        let condition = self.condition();
        Err(Failure::new(format!(
            "no good answer within {waited} s; {condition}"
        )))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let child = self.child.get_mut();
        // One that has ended is no longer ours to signal: its number may be another's by now.
        if let Ok(Some(_)) = child.try_wait() {
            return;
        }
        // Asked first, so that a server of several processes ends them all.
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        if let Some(pid) = pid {
            let _ = kill_process(pid, Signal::TERM);
        }
        let asked = clock::now();
        while clock::since(asked) < Duration::from_secs(3) {
            if let Ok(Some(_)) = child.try_wait() {
                return;
            }
            thread::sleep(Duration::from_millis(2));
        }
        let _ = child.kill();
        let _ = child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_addresses_differ_and_are_not_handed_out_by_the_system() {
        let (one, other) = (free_address().unwrap(), free_address().unwrap());
        assert_ne!(one, other);
        assert!(PORTS.contains(&one.port()) && PORTS.contains(&other.port()));
    }

    #[test]
    fn a_server_that_ends_says_how_and_what_it_printed() {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "echo last words; exit 3"]);
        let failure = Server::start(
            "short",
            command,
            free_address().unwrap(),
            folder.path(),
            Processors::none(),
            &mut crate::load::Rotation::anonymous("/"),
        );
        let text = failure.err().unwrap().to_string();
        assert!(
            text.contains("exit status: 3") && text.ends_with("last words"),
            "{text}"
        );
    }
}
