//! The account of an adapter's memory, which all who open it in this process share: whoever opens it
//! twice, with different options, has its memory only once.

use std::{
    collections::BTreeMap,
    sync::{atomic::Ordering::Relaxed, Arc, Mutex, PoisonError, Weak},
};

use wgpu::Adapter;

use super::{claims::Claims, pool::Pool};

/// The pools of an adapter, and the claims on them.
///
/// Each pool has a budget of its own; together they take no more than the largest of their budgets. What
/// was on a lost device is gone, and does not count.
#[derive(Default)]
pub(super) struct Account {
    pools: Mutex<Vec<Weak<Pool>>>,
    pub(super) claims: Claims,
}

/// What tells adapters apart, but not the interfaces that one is reached through.
pub(super) type Identity = (String, u32, u32, String);

/// What tells `adapter` from others.
pub(super) fn identity(adapter: &Adapter) -> Identity {
    let info = adapter.get_info();
    (info.name, info.vendor, info.device, info.device_pci_bus_id)
}

impl Account {
    /// The account of `adapter`.
    pub(super) fn of(adapter: &Adapter) -> Arc<Self> {
        static ACCOUNTS: Mutex<BTreeMap<Identity, Arc<Account>>> = Mutex::new(BTreeMap::new());
        let mut accounts = ACCOUNTS.lock().unwrap_or_else(PoisonError::into_inner);
        accounts.entry(identity(adapter)).or_default().clone()
    }

    pub(super) fn add(&self, pool: &Arc<Pool>) {
        self.with_pools(|pools| pools.push(Arc::downgrade(pool)));
    }

    /// The pools but `pool`.
    pub(super) fn others(&self, pool: &Pool) -> Vec<Arc<Pool>> {
        let mut pools = self.with_pools(present);
        pools.retain(|other| !std::ptr::eq(&**other, pool));
        pools
    }

    /// What the pools may have together, and the sum of what `bytes` says of each.
    pub(super) fn limit_and_sum(&self, bytes: impl Fn(&Pool) -> u64) -> (u64, u64) {
        self.with_pools(|pools| limit_and_sum(&present(pools), bytes))
    }

    /// Counts `bytes` as reserved by `pool` if its budget and the others' pools allow it, else says how
    /// many are too many.
    pub(super) fn try_reserve(&self, pool: &Pool, bytes: u64) -> Result<(), u64> {
        // One at a time, so that what two pools add is not more than each has seen.
        self.with_pools(|pools| {
            let (limit, reserved) = limit_and_sum(&present(pools), Pool::reserved_bytes);
            let beyond =
                |limit: u64, reserved: u64| reserved.saturating_add(bytes).saturating_sub(limit);
            let own = beyond(pool.budget(), pool.reserved_bytes());
            match own.max(beyond(limit, reserved)) {
                0 => {
                    pool.reserved_bytes.fetch_add(bytes, Relaxed);
                    Ok(())
                }
                beyond => Err(beyond),
            }
        })
    }

    fn with_pools<R>(&self, action: impl FnOnce(&mut Vec<Weak<Pool>>) -> R) -> R {
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        action(&mut pools)
    }
}

/// The pools that still have memory.
fn present(pools: &mut Vec<Weak<Pool>>) -> Vec<Arc<Pool>> {
    pools.retain(|pool| pool.upgrade().is_some_and(|pool| !pool.link.is_lost()));
    pools.iter().filter_map(Weak::upgrade).collect()
}

fn limit_and_sum(pools: &[Arc<Pool>], bytes: impl Fn(&Pool) -> u64) -> (u64, u64) {
    let limit = pools.iter().map(|pool| pool.budget()).max();
    let bytes = pools.iter().map(|pool| bytes(pool));
    let sum = bytes.fold(0, u64::saturating_add);
    (limit.unwrap_or(u64::MAX), sum)
}
