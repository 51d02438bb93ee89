//! A stable address in front of a program that comes and goes.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// Passes connections on to wherever it points; with nowhere to point, it hangs up.
pub struct Front {
    address: SocketAddr,
    backend: Arc<Mutex<Option<SocketAddr>>>,
    accepting: JoinHandle<()>,
}

impl Front {
    /// Opens the address, pointing nowhere.
    ///
    /// # Panics
    /// When loopback has no free port.
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let address = listener
            .local_addr()
            .expect("a bound listener has an address");
        let backend = Arc::new(Mutex::new(None));
        let accepting = tokio::spawn(accept(listener, Arc::clone(&backend)));
        Self {
            address,
            backend,
            accepting,
        }
    }

    /// `http://` and the stable address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Passes the next connections on to `backend`; `None` hangs up on them.
    ///
    /// # Panics
    /// Never: no holder of the lock panics.
    pub fn point_to(&self, backend: impl Into<Option<SocketAddr>>) {
        *self.backend.lock().expect("no holder panics") = backend.into();
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, backend: Arc<Mutex<Option<SocketAddr>>>) {
    while let Ok((mut client, _)) = listener.accept().await {
        let Some(address) = *backend.lock().expect("no holder panics") else {
            continue;
        };
        tokio::spawn(async move {
            if let Ok(mut server) = TcpStream::connect(address).await {
                let _ = copy_bidirectional(&mut client, &mut server).await;
            }
        });
    }
}
