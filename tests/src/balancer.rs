//! A load balancer of the plainest kind: each connection goes to the next replica that takes it.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::RwLock,
    task::JoinHandle,
};

/// One address in front of one replica that comes and goes, or of several. What a replica refuses
/// goes to the next one; what a replica took is never sent again.
pub struct Balancer {
    address: SocketAddr,
    places: Places,
    turned_away: Arc<AtomicUsize>,
    accepting: JoinHandle<()>,
}

/// Read by whoever connects, for as long as it takes.
type Places = Arc<RwLock<Vec<Option<SocketAddr>>>>;

impl Balancer {
    /// Opens the address, with so many places for replicas, all of them empty.
    ///
    /// # Panics
    /// When loopback has no free port.
    pub async fn open(places: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let address = listener
            .local_addr()
            .expect("a bound listener has an address");
        let places = Arc::new(RwLock::new(vec![None; places]));
        let turned_away = Arc::default();
        let accepting = accept(listener, Arc::clone(&places), Arc::clone(&turned_away));
        Self {
            address,
            places,
            turned_away,
            accepting: tokio::spawn(accepting),
        }
    }

    /// The address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections found nobody to take them.
    #[must_use]
    pub fn turned_away(&self) -> usize {
        self.turned_away.load(Ordering::Relaxed)
    }

    /// `http://` and the address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Puts a replica into a place, or takes it away. Afterwards nobody is on the way to the one
    /// that was there, so it may stop.
    ///
    /// # Panics
    /// When there is no such place.
    pub async fn put(&self, place: usize, replica: impl Into<Option<SocketAddr>>) {
        self.places.write().await[place] = replica.into();
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, places: Places, turned_away: Arc<AtomicUsize>) {
    let mut turn = 0_usize;
    while let Ok((mut client, _)) = listener.accept().await {
        turn = turn.wrapping_add(1);
        let (places, turned_away) = (Arc::clone(&places), Arc::clone(&turned_away));
        tokio::spawn(async move {
            let Some(mut replica) = reach(&places, turn).await else {
                turned_away.fetch_add(1, Ordering::Relaxed);
                return;
            };
            let _ = (client.set_nodelay(true), replica.set_nodelay(true));
            let _ = copy_bidirectional(&mut client, &mut replica).await;
        });
    }
}

async fn reach(places: &Places, turn: usize) -> Option<TcpStream> {
    let places = places.read().await;
    let in_turn = places.iter().cycle().skip(turn % places.len());
    for replica in in_turn.take(places.len()).copied().flatten() {
        if let Ok(connection) = TcpStream::connect(replica).await {
            return Some(connection);
        }
    }
    None
}
