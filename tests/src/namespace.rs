//! A network of its own for one program, joined to the rest by two links.

use std::{
    path::Path,
    process::Command,
    sync::atomic::{AtomicU8, Ordering},
};

use crate::Program;

/// A network namespace with a front that clients reach, and a back from which it reaches others.
/// It goes with this value.
pub(crate) struct Namespace {
    name: String,
    number: u8,
}

impl Namespace {
    /// `None` where this is not allowed.
    pub(crate) fn new() -> Option<Self> {
        static NUMBER: AtomicU8 = AtomicU8::new(0);
        let namespace = Self {
            name: format!(
                "e2e-{}-{}",
                std::process::id(),
                NUMBER.load(Ordering::Relaxed)
            ),
            number: NUMBER.fetch_add(1, Ordering::Relaxed),
        };
        let name = &namespace.name;
        let is_made = ip(&["netns", "add", name])
            && ip(&["-n", name, "link", "set", "lo", "up"])
            && namespace.join("f", 0)
            && namespace.join("b", 4);
        is_made.then_some(namespace)
    }

    /// Where the program inside listens for clients.
    pub(crate) fn front(&self) -> String {
        self.address(2)
    }

    /// Where the rest listens for the program inside.
    pub(crate) fn back(&self) -> String {
        self.address(5)
    }

    /// Takes the link at the back down or up; nobody is told.
    pub(crate) fn set_back(&self, state: &str) {
        assert!(
            ip(&["link", "set", &self.link("b"), state]),
            "the link is ours"
        );
    }

    /// A command of `program` inside.
    pub(crate) fn command(&self, program: &str, folder: &Path) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name]);
        command.arg(Program::command(program, folder).get_program());
        command.current_dir(folder);
        command
    }

    /// A pair of ends, the near one outside; four addresses from `first` on.
    fn join(&self, letter: &str, first: u8) -> bool {
        let (near, far) = (self.link(letter), format!("{letter}0"));
        let (name, outside, inside) =
            (&self.name, self.address(first + 1), self.address(first + 2));
        ip(&[
            "link", "add", &near, "type", "veth", "peer", "name", &far, "netns", name,
        ]) && ip(&["address", "add", &format!("{outside}/30"), "dev", &near])
            && ip(&["link", "set", &near, "up"])
            && ip(&[
                "-n",
                name,
                "address",
                "add",
                &format!("{inside}/30"),
                "dev",
                &far,
            ])
            && ip(&["-n", name, "link", "set", &far, "up"])
    }

    fn link(&self, letter: &str) -> String {
        format!("e{}{letter}{}", std::process::id(), self.number)
    }

    /// Of the network for measurements between devices (RFC 2544), which nobody else uses.
    fn address(&self, last: u8) -> String {
        let process = std::process::id() % 256;
        format!("198.18.{process}.{}", self.number * 8 + last)
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        ip(&["netns", "delete", &self.name]);
    }
}

fn ip(arguments: &[&str]) -> bool {
    let run = Command::new("ip").args(arguments).output();
    run.is_ok_and(|output| output.status.success())
}
