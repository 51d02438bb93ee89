//! A server as a child process on the processor for servers: started, asked, ended.

use std::{
    fs::{self, File},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
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
    child: Child,
    log: PathBuf,
    pub(crate) address: SocketAddr,
    /// From the start of the process to its first good answer.
    pub(crate) started_in: Duration,
}

/// How long a start may take on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A loopback address that is free now. Who takes it must do so soon.
pub(crate) fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
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
            child,
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
        self.child.id()
    }

    /// CPU time of the process and its children so far.
    pub(crate) fn usage(&self) -> Usage {
        Usage::of(self.pid())
    }

    /// Resident memory of the process and its children, in bytes.
    pub(crate) fn resident_memory(&self) -> u64 {
        usage::resident_memory(self.pid())
    }

    /// The last lines that the server printed.
    pub(crate) fn last_words(&self) -> String {
        let said = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = said.lines().collect();
        lines[lines.len().saturating_sub(5)..].join("\n")
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
        let what = match self.child.try_wait()? {
            Some(status) => format!("it ended with {status}"),
            None if clock::since(began) > PATIENCE => "it did not answer in time".to_owned(),
            None => return Ok(()),
        };
        Err(Failure::new(format!(
            "{what}; it said:\n{}",
            self.last_words()
        )))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Asked first, so that a server of several processes ends them all.
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let Some(pid) = pid {
            let _ = kill_process(pid, Signal::TERM);
        }
        let asked = clock::now();
        while clock::since(asked) < Duration::from_secs(3) {
            if let Ok(Some(_)) = self.child.try_wait() {
                return;
            }
            thread::sleep(Duration::from_millis(2));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
