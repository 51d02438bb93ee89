//! One program as a child process: started, read, signalled, and ended by its process id.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::patience::PATIENCE;

/// A running `auth` or `posts`; killed when dropped.
pub struct Program {
    child: Child,
    log: Arc<Mutex<Vec<String>>>,
    /// Address of the public listener.
    pub public: SocketAddr,
    /// Address of the operations listener.
    pub ops: SocketAddr,
}

impl Program {
    /// Starts `name serve` with `options` in `folder` and waits until it listens.
    ///
    /// # Panics
    /// When the program ends or stays silent instead; the message carries its log.
    #[must_use]
    pub fn serve(name: &str, folder: &Path, options: &[&str]) -> Self {
        let listening = ["--listen=127.0.0.1:0", "--ops-listen=127.0.0.1:0"];
        let options = [&listening, options].concat();
        Self::serve_by(Self::command(name, folder), name, &options)
    }

    /// As [`Program::serve`], by a command that may do more than start the program, and with
    /// listeners of its own among the options.
    ///
    /// # Panics
    /// As [`Program::serve`].
    #[must_use]
    pub fn serve_by(mut command: Command, name: &str, options: &[&str]) -> Self {
        let mut child = command
            .args(["serve", "--log-format=json"])
            .args(options)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program can be started");
        let log = Arc::new(Mutex::new(Vec::new()));
        let listening = read_log(&mut child, Arc::clone(&log));
        let mut next = |what: &str| {
            listening.recv_timeout(PATIENCE).unwrap_or_else(|_| {
                let _ = child.kill();
                panic!(
                    "{name} opened no {what} listener; it said:\n{}",
                    log_text(&log)
                )
            })
        };
        let (mut public, mut ops) = (None, None);
        while public.is_none() || ops.is_none() {
            match next("public and ops") {
                (listener, address) if listener == "public" => public = Some(address),
                (_, address) => ops = Some(address),
            }
        }
        Self {
            child,
            log,
            public: public.expect("the loop ends with both"),
            ops: ops.expect("the loop ends with both"),
        }
    }

    /// A command of `name`, such as `auth users list`, with a clean environment.
    ///
    /// # Panics
    /// When the program has not been built.
    #[must_use]
    pub fn command(name: &str, folder: &Path) -> Command {
        let mut command = Command::new(built(name));
        command.env_clear().current_dir(folder).stdin(Stdio::null());
        command
    }

    /// `http://` and the public address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.public)
    }

    /// The process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Everything the program has logged, a line each.
    ///
    /// # Panics
    /// Never: the log's lock is not held across a panic.
    #[must_use]
    pub fn log(&self) -> Vec<String> {
        self.log.lock().expect("no holder panics").clone()
    }

    /// Sends `signal`.
    ///
    /// # Panics
    /// When the process is gone.
    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).expect("a process id fits");
        kill_process(Pid::from_raw(pid).expect("it is not zero"), signal).expect("it is running");
    }

    /// Asks the program to stop and waits for its end.
    #[must_use]
    pub fn stop(mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.wait()
    }

    /// Waits for the end of the program.
    ///
    /// # Panics
    /// When it does not end.
    pub fn wait(&mut self) -> ExitStatus {
        let step = Duration::from_millis(5);
        for _ in 0..PATIENCE.as_millis() / step.as_millis() {
            if let Some(status) = self.child.try_wait().expect("a child can be waited for") {
                return status;
            }
            thread::sleep(step);
        }
        panic!("the program did not end; it said:\n{}", log_text(&self.log))
    }

    /// Ends the program at once, as a power cut does.
    pub fn kill(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!(
                "--- log of process {}\n{}",
                self.child.id(),
                log_text(&self.log)
            );
        }
    }
}

/// The program beside this test's own binary, where cargo puts both.
fn built(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    let profile = test
        .ancestors()
        .nth(2)
        .expect("tests live in <profile>/deps");
    let program = profile.join(name);
    assert!(
        program.exists(),
        "{} is not built; run scripts/test, which builds the whole workspace",
        program.display()
    );
    program
}

/// Reads the child's log to its end and sends each `listening` line's listener and address.
fn read_log(
    child: &mut Child,
    log: Arc<Mutex<Vec<String>>>,
) -> mpsc::Receiver<(String, SocketAddr)> {
    let stderr = child.stderr.take().expect("stderr is piped");
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            if let Some(found) = listening(&line) {
                let _ = sender.send(found);
            }
            log.lock().expect("no holder panics").push(line);
        }
    });
    receiver
}

fn listening(line: &str) -> Option<(String, SocketAddr)> {
    let line: Value = serde_json::from_str(line).ok()?;
    // Fields stand beside the message or below `fields`, as the formatter likes.
    let fields = line.get("fields").unwrap_or(&line);
    if fields.get("message")? != "listening" {
        return None;
    }
    let address = fields.get("addr")?.as_str()?.parse().ok()?;
    Some((fields.get("listener")?.as_str()?.to_owned(), address))
}

fn log_text(log: &Mutex<Vec<String>>) -> String {
    log.lock().expect("no holder panics").join("\n")
}
