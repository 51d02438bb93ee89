//! The line between a program and something it depends on, to be cut by the test.

use std::{net::SocketAddr, path::Path};

use crate::namespace::Namespace;
use crate::{Cable, Program, Socket};

/// Either a cable of ours, or a real network link of which packets vanish.
pub struct Line {
    cable: Cable,
    namespace: Option<Namespace>,
}

impl Line {
    /// A cable on loopback, which every machine allows.
    pub async fn cable(to: Socket) -> Self {
        Self {
            cable: Cable::lay("127.0.0.1", to).await,
            namespace: None,
        }
    }

    /// A link out of a network namespace; `None`, in words, where the machine allows none.
    pub async fn link(to: Socket) -> Option<Self> {
        let Some(namespace) = Namespace::new() else {
            eprintln!("skipped: network namespaces are not allowed here");
            return None;
        };
        Some(Self {
            cable: Cable::lay(&namespace.back(), to).await,
            namespace: Some(namespace),
        })
    }

    /// Where the program finds what it depends on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.cable.address()
    }

    /// Starts a program at the near end.
    #[must_use]
    pub fn serve(&self, name: &str, folder: &Path, options: &[&str]) -> Program {
        let Some(namespace) = &self.namespace else {
            return Program::serve(name, folder, options);
        };
        let front = namespace.front();
        let listen = [
            format!("--listen={front}:0"),
            format!("--ops-listen={front}:0"),
        ];
        let options = [&listen.each_ref().map(String::as_str), options].concat();
        Program::serve_by(namespace.command(name, folder), name, &options)
    }

    /// Nothing passes from now on.
    pub fn cut(&self) {
        match &self.namespace {
            Some(namespace) => namespace.set_back("down"),
            None => self.cable.cut(),
        }
    }

    /// Everything passes again.
    pub fn mend(&self) {
        match &self.namespace {
            Some(namespace) => namespace.set_back("up"),
            None => self.cable.mend(),
        }
    }
}
