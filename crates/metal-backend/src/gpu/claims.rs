//! Memory claimed in advance, so that work that runs at the same time does not count on the same bytes.

use std::sync::{
    atomic::{AtomicU64, Ordering::Relaxed},
    Arc, Condvar, Mutex, MutexGuard, PoisonError,
};

use super::Gpu;

/// The claims on a GPU's memory.
#[derive(Debug, Default)]
pub(super) struct Claims {
    held: Mutex<Held>,
    ended: Condvar,
    /// The same bytes as in `held`, for whoever does not wait.
    bytes: AtomicU64,
}

#[derive(Debug, Default)]
struct Held {
    number: usize,
    bytes: u64,
}

/// The right to allocate a number of bytes, until it is dropped.
#[derive(Debug)]
#[must_use = "a claim ends when it is dropped"]
pub struct Claim {
    claims: Arc<Claims>,
    bytes: u64,
}

impl Gpu {
    /// A claim to `bytes` beyond those in use, if they are there beside all other claims. Where it is
    /// not known how much memory there is, they are.
    ///
    /// What other claims stand for counts in full, even if it is allocated by now and so in use.
    pub fn try_claim(&self, bytes: u64) -> Option<Claim> {
        self.claim_from(self.pool.claims.held(), bytes).ok()
    }

    /// The same, but waits for other claims to end as long as there are any.
    ///
    /// A thread that has a claim must not wait for another.
    pub fn claim(&self, bytes: u64) -> Option<Claim> {
        let mut held = self.pool.claims.held();
        loop {
            held = match self.claim_from(held, bytes) {
                Ok(claim) => return Some(claim),
                Err(held) if held.number == 0 => return None,
                Err(held) => self.pool.claims.wait(held),
            };
        }
    }

    fn claim_from<'a>(
        &self,
        mut held: MutexGuard<'a, Held>,
        bytes: u64,
    ) -> Result<Claim, MutexGuard<'a, Held>> {
        let needed = [self.live_bytes(), held.bytes, bytes];
        let needed = needed.into_iter().fold(0, u64::saturating_add);
        if self
            .memory_bytes()
            .is_some_and(|available| needed > available)
        {
            return Err(held);
        }
        // Without a limit the sum means nothing, and must not overflow.
        held.bytes = held.bytes.saturating_add(bytes);
        held.number += 1;
        self.pool.claims.bytes.store(held.bytes, Relaxed);
        Ok(Claim {
            claims: self.pool.claims.clone(),
            bytes,
        })
    }
}

impl Claims {
    /// The sum of all claims.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Relaxed)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, held: MutexGuard<'a, Held>) -> MutexGuard<'a, Held> {
        self.ended
            .wait(held)
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut held = self.claims.held();
        held.bytes = held.bytes.saturating_sub(self.bytes);
        held.number -= 1;
        self.claims.bytes.store(held.bytes, Relaxed);
        self.claims.ended.notify_all();
    }
}
