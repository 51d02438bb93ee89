//! A cable between two programs that can be cut: nothing passes, and neither side is told.

use std::{net::SocketAddr, path::PathBuf, pin::pin};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream, UnixStream},
    sync::watch,
    task::JoinHandle,
};

/// Passes connections on, unless it is cut. As when packets vanish, connections then stay open,
/// new ones are taken, and what was on its way arrives when the cable is mended.
pub struct Cable {
    address: SocketAddr,
    is_cut: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

/// Where a cable leads.
#[derive(Clone)]
pub enum Socket {
    /// A port.
    Tcp(SocketAddr),
    /// A socket in a folder, as that of a database.
    Unix(PathBuf),
}

impl Cable {
    /// A cable from a new port of this address to `socket`.
    ///
    /// # Panics
    /// When the address has no free port.
    pub async fn lay(from: &str, socket: Socket) -> Self {
        let listener = TcpListener::bind((from, 0)).await.expect("a port is free");
        let address = listener
            .local_addr()
            .expect("a bound listener has an address");
        let is_cut = watch::Sender::new(false);
        let accepting = tokio::spawn(accept(listener, socket, is_cut.clone()));
        Self {
            address,
            is_cut,
            accepting,
        }
    }

    /// The near end.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Nothing passes from now on.
    pub fn cut(&self) {
        self.is_cut.send_replace(true);
    }

    /// Everything passes again.
    pub fn mend(&self) {
        self.is_cut.send_replace(false);
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, socket: Socket, is_cut: watch::Sender<bool>) {
    while let Ok((near, _)) = listener.accept().await {
        tokio::spawn(pass_until_the_end(near, socket.clone(), is_cut.subscribe()));
    }
}

async fn pass_until_the_end(near: TcpStream, socket: Socket, mut is_cut: watch::Receiver<bool>) {
    let mut passing = pin!(pass(near, socket));
    while is_cut.wait_for(|is_cut| !is_cut).await.is_ok() {
        tokio::select! {
            () = &mut passing => return,
            cut = is_cut.wait_for(|is_cut| *is_cut) => if cut.is_err() { return },
        }
    }
}

async fn pass(mut near: TcpStream, socket: Socket) {
    let _ = match socket {
        Socket::Tcp(address) => match TcpStream::connect(address).await {
            Ok(mut far) => copy_bidirectional(&mut near, &mut far).await,
            Err(error) => Err(error),
        },
        Socket::Unix(path) => match UnixStream::connect(path).await {
            Ok(mut far) => copy_bidirectional(&mut near, &mut far).await,
            Err(error) => Err(error),
        },
    };
}
