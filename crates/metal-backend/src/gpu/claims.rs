//! Memory claimed in advance, so that work that runs at the same time does not count on the same bytes.
//!
//! A claim is made by a thread for what it does next, and waited for by blocking that thread, which may be
//! a worker of a thread pool such as rayon's. So a proof must not need such a pool while it has its claim:
//! all workers may be waiting for that. Nor may it lead a worker, which takes up other work while it waits
//! for its own, to another proof; a thread that has a claim and gets there nevertheless does not wait.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, ThreadId},
};

use super::{pool::Pool, Gpu};

/// The claims on an adapter's memory.
#[derive(Default)]
pub(super) struct Claims {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    held: Vec<Held>,
    /// The threads that wait, the first one in front.
    waiting: VecDeque<ThreadId>,
}

struct Held {
    /// Address of the pool that it is a claim on.
    pool: usize,
    thread: ThreadId,
    bytes: u64,
}

/// The right to allocate a number of bytes, until it is dropped.
#[must_use = "a claim ends when it is dropped"]
pub struct Claim {
    pool: Arc<Pool>,
    thread: ThreadId,
    bytes: u64,
}

impl std::fmt::Debug for Claim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Claim({} bytes)", self.bytes)
    }
}

/// What is spoken for of what may be.
#[derive(Clone, Copy)]
pub(super) struct Spoken {
    bytes: u64,
    limit: u64,
    is_claimed: bool,
}

impl Gpu {
    /// A claim to `bytes` beyond those in use, if they are there beside all other claims and nobody waits
    /// for some. Where it is not known how much memory there is, they are.
    ///
    /// What other claims stand for counts in full, even if it is allocated by now and so in use.
    pub fn try_claim(&self, bytes: u64) -> Option<Claim> {
        self.pool.try_claim(bytes)
    }

    /// The same, but waits for other claims to end as long as that may help. Those who wait get theirs in
    /// the order in which they came, so that work that needs much is not passed by work that needs little.
    ///
    /// A thread that has a claim does not wait for another: there is none if the bytes are not there.
    pub fn claim(&self, bytes: u64) -> Option<Claim> {
        self.pool.claim(bytes)
    }

    /// How much memory is in use and would be with `bytes` more, and how much there is: of this GPU's
    /// budget, or, if that is not what is short, of the adapter's memory.
    pub(crate) fn needed_and_available(&self, bytes: u64) -> (u64, u64) {
        let without_claims = State::default();
        let needed = |spoken: Spoken| (spoken.bytes.saturating_add(bytes), spoken.limit);
        let [own, shared] = without_claims.spoken(&self.pool).map(needed);
        match own.0 > own.1 {
            true => own,
            false => shared,
        }
    }
}

impl Pool {
    fn try_claim(self: &Arc<Self>, bytes: u64) -> Option<Claim> {
        let mut state = self.account.claims.lock();
        let may_pass = state.waiting.is_empty() || state.is_held_by_this_thread();
        let has_room = |spoken: Spoken| spoken.has_room(bytes);
        let may_have = may_pass && state.spoken(self).into_iter().all(has_room);
        may_have.then(|| state.claim(self, bytes))
    }

    fn claim(self: &Arc<Self>, bytes: u64) -> Option<Claim> {
        let claims = &self.account.claims;
        let mut state = claims.lock();
        if state.is_held_by_this_thread() {
            drop(state);
            return self.try_claim(bytes);
        }
        let this = thread::current().id();
        state.waiting.push_back(this);
        let may_have = loop {
            let spoken = state.spoken(self);
            let short = spoken.iter().find(|spoken| !spoken.has_room(bytes));
            match short {
                Some(spoken) if !spoken.is_claimed => break false,
                None if state.waiting.front() == Some(&this) => break true,
                _ => state = claims.wait(state),
            }
        };
        state.waiting.retain(|thread| *thread != this);
        claims.changed.notify_all();
        may_have.then(|| state.claim(self, bytes))
    }
}

impl State {
    fn is_held_by_this_thread(&self) -> bool {
        let this = thread::current().id();
        self.held.iter().any(|held| held.thread == this)
    }

    /// What is live and claimed in `pool`, and in all pools of the adapter.
    fn spoken(&self, pool: &Pool) -> [Spoken; 2] {
        let (limit, live) = pool.account.limit_and_sum(Pool::live_bytes);
        let own = self.held.iter().filter(|held| held.pool == address(pool));
        let spoken = |live, limit, held: &mut dyn Iterator<Item = &Held>| {
            let mut spoken = Spoken {
                bytes: live,
                limit,
                is_claimed: false,
            };
            for held in held {
                spoken.bytes = spoken.bytes.saturating_add(held.bytes);
                spoken.is_claimed = true;
            }
            spoken
        };
        [
            spoken(pool.live_bytes(), pool.budget(), &mut { own }),
            spoken(live, limit, &mut self.held.iter()),
        ]
    }

    fn claim(&mut self, pool: &Arc<Pool>, bytes: u64) -> Claim {
        let thread = thread::current().id();
        self.held.push(Held {
            pool: address(pool),
            thread,
            bytes,
        });
        Claim {
            pool: pool.clone(),
            thread,
            bytes,
        }
    }
}

impl Spoken {
    fn has_room(&self, bytes: u64) -> bool {
        self.bytes.saturating_add(bytes) <= self.limit
    }

    /// What there is to waste beside `bytes`. An eighth of the memory is left to those who bring the next
    /// traces without a claim: what is wasted on work under way does not come back before its end.
    pub(super) fn left_beside(&self, bytes: u64) -> u64 {
        let limit = self.limit - self.limit / 8;
        limit.saturating_sub(self.bytes.saturating_add(bytes))
    }
}

impl Claims {
    /// What is live and claimed in `pool`, and in all pools of its adapter.
    pub(super) fn spoken(&self, pool: &Pool) -> [Spoken; 2] {
        self.lock().spoken(pool)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn address(pool: &Pool) -> usize {
    std::ptr::from_ref(pool) as usize
}

impl Drop for Claim {
    fn drop(&mut self) {
        let claims = &self.pool.account.claims;
        let mut state = claims.lock();
        let ended = |held: &Held| {
            held.pool == address(&self.pool)
                && held.thread == self.thread
                && held.bytes == self.bytes
        };
        if let Some(i) = state.held.iter().position(ended) {
            state.held.swap_remove(i);
        }
        claims.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, time::Duration};

    use super::*;
    use crate::gpu::{account::Account, GpuOptions};

    /// Pools of 100 bytes of one account that no other test uses.
    fn pools() -> [Arc<Pool>; 2] {
        let gpu = Gpu::shared(&GpuOptions::from_env().unwrap()).unwrap();
        let account: Arc<Account> = Arc::default();
        [(); 2].map(|()| Pool::new(gpu.link.clone(), account.clone(), 1 << 20, Some(100)))
    }

    fn wait_until_n_wait(pool: &Pool, n: usize) {
        while pool.account.claims.lock().waiting.len() < n {
            thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn pools_of_an_adapter_do_not_claim_the_same_bytes() {
        let [a, b] = pools();
        let claim = a.try_claim(60).unwrap();
        assert!(a.try_claim(41).is_none());
        assert!(b.try_claim(41).is_none());
        let _rest = b.try_claim(40).unwrap();
        drop(claim);
        let _again = a.try_claim(60).unwrap();
    }

    #[test]
    fn claims_are_served_in_the_order_of_arrival() {
        let [a, b] = pools();
        let first = a.claim(60).unwrap();
        let (served, order) = mpsc::channel();
        thread::scope(|scope| {
            for (i, (pool, bytes)) in [(&a, 80), (&b, 30), (&a, 10)].into_iter().enumerate() {
                let served = served.clone();
                scope.spawn(move || {
                    let claim = pool.claim(bytes);
                    served.send((bytes, claim.is_some())).unwrap();
                    // The others are served when this is seen to have been first.
                    thread::sleep(Duration::from_millis(20));
                });
                wait_until_n_wait(&a, i + 1);
            }
            // There is room for either of the small ones, but the large one came first. This thread has a
            // claim, for which others may wait: it need not stand in line.
            scope.spawn(|| assert!(b.try_claim(10).is_none()));
            assert!(b.try_claim(10).is_some());
            drop(first);
        });
        let order: Vec<_> = order.try_iter().collect();
        assert_eq!(order, [(80, true), (30, true), (10, true)]);
    }

    #[test]
    fn nobody_waits_for_what_cannot_come() {
        let [a, _b] = pools();
        assert!(a.claim(101).is_none());
        let claim = a.claim(60).unwrap();
        // This thread would wait for itself.
        assert!(a.claim(60).is_none());
        // Another waits for this one, in vain.
        thread::scope(|scope| {
            let other = scope.spawn(|| a.claim(101).is_none());
            wait_until_n_wait(&a, 1);
            drop(claim);
            assert!(other.join().unwrap());
        });
    }
}
