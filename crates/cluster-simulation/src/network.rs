//! Links: what is sent over one waits for what was sent before it.

use crate::scenario::{time_for, Micros, Network};

/// A chunk of the object store.
const CHUNK_BYTES: u64 = 128 << 10;

/// The links of all machines, and what went over the server's.
pub struct Links {
    network: Network,
    server: Link,
    /// The workers', then the coordinator's.
    machines: Vec<Link>,
    /// Messages that the server received or sent.
    pub messages: u64,
    /// Bytes that the server received or sent.
    pub bytes: u64,
}

/// When the two directions of a link are free.
#[derive(Clone, Copy, Default)]
struct Link {
    to_server: Micros,
    from_server: Micros,
}

impl Links {
    pub fn new(network: Network, n_machines: usize) -> Self {
        Self {
            network,
            server: Link::default(),
            machines: vec![Link::default(); n_machines],
            messages: 0,
            bytes: 0,
        }
    }

    /// Counts `n` messages of so many bytes each. They are small and wait for nothing.
    pub fn message(&mut self, n: u64, bytes: u64) {
        self.messages += n;
        self.bytes += n * bytes;
    }

    /// When an object that a machine puts is in the store.
    pub fn put(&mut self, now: Micros, machine: usize, bytes: u64) -> Micros {
        // Chunks and the object's description, each of which is acknowledged.
        self.messages += 2 * (bytes.div_ceil(CHUNK_BYTES) + 1);
        self.bytes += bytes;
        let link = &mut self.machines[machine];
        let rates = [self.network.link_per_second, self.network.server_per_second];
        let sent = send(
            [&mut link.to_server, &mut self.server.to_server],
            rates,
            now,
            bytes,
        );
        sent + self.network.latency
    }

    /// When an object that a machine gets is there.
    pub fn get(&mut self, now: Micros, machine: usize, bytes: u64) -> Micros {
        self.messages += 2 + bytes.div_ceil(CHUNK_BYTES) + 1;
        self.bytes += bytes;
        let asked = now + self.network.latency;
        let link = &mut self.machines[machine];
        let rates = [self.network.link_per_second, self.network.server_per_second];
        let links = [&mut link.from_server, &mut self.server.from_server];
        send(links, rates, asked, bytes) + self.network.latency
    }
}

/// When it has gone over both links, side by side.
fn send(free: [&mut Micros; 2], rates: [u64; 2], now: Micros, bytes: u64) -> Micros {
    let mut last = now;
    for (free, rate) in free.into_iter().zip(rates) {
        *free = now.max(*free) + time_for(bytes, rate);
        last = last.max(*free);
    }
    last
}
