//! What many proofs need and none changes, made once per GPU: tables, kernels of one size, and what is
//! known of proofs of the same shapes.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

use super::{Buffer, Element, Gpu, GpuError};

/// The most values of one type that are kept. Only shapes of proofs get there, a few kilobytes each.
const MAX_VALUES: usize = 1024;

/// A value, or where it will be when it has been made.
type Slot<V> = Arc<Mutex<Option<V>>>;

/// For each type of key and of value, a `HashMap` from one to the slot of the other.
#[derive(Default)]
pub(super) struct Memo(Mutex<HashMap<TypeId, Box<dyn Any + Send + Sync>>>);

impl Memo {
    fn with_map<K: 'static + Send + Sync, V: 'static + Send + Sync, R>(
        &self,
        action: impl FnOnce(&mut HashMap<K, V>) -> R,
    ) -> R {
        let mut maps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let map = maps
            .entry(TypeId::of::<(K, V)>())
            .or_insert_with(|| Box::new(HashMap::<K, V>::new()));
        match map.downcast_mut() {
            Some(map) => action(map),
            None => action(&mut HashMap::new()),
        }
    }
}

impl Gpu {
    /// The value for `key`, by `make` unless it has been made before. Kept as long as the GPU is
    /// open, or until there are more than a thousand of its type, after which they are made anew.
    ///
    /// Of threads that ask at the same time one makes it, and the others wait for that: a table is there once,
    /// as whoever plans with what is left of the memory counts on. What makes a value must not ask for it.
    pub fn memo<K, V, E>(&self, key: K, make: impl FnOnce() -> Result<V, E>) -> Result<V, E>
    where
        K: Hash + Eq + Send + Sync + 'static,
        V: Clone + Send + Sync + 'static,
    {
        let slot: Slot<V> = self.memo.with_map(|map| slot_of(map, key));
        let mut value = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = &*value {
            return Ok(value.clone());
        }
        let made = make()?;
        *value = Some(made.clone());
        Ok(made)
    }

    /// The table `name` of `values`, uploaded at the first call.
    pub fn constant<T: Element>(
        &self,
        name: &'static str,
        values: impl FnOnce() -> Vec<T>,
    ) -> Result<Buffer<T>, GpuError> {
        self.memo(name, || self.upload(&values(), name))
    }
}

/// The slot that `map` has for `key`, which is a new one if there was none.
fn slot_of<K: Hash + Eq, V>(map: &mut HashMap<K, Slot<V>>, key: K) -> Slot<V> {
    if map.len() >= MAX_VALUES && !map.contains_key(&key) {
        map.clear();
    }
    map.entry(key).or_default().clone()
}

#[cfg(test)]
mod tests {
    use std::{
        collections::HashMap,
        sync::{
            atomic::{AtomicU32, Ordering::Relaxed},
            Arc,
        },
        thread,
        time::Duration,
    };

    use super::{slot_of, Memo, Slot, MAX_VALUES};
    use crate::gpu::{Gpu, GpuError, GpuOptions};

    #[test]
    fn values_are_kept_but_not_without_end() {
        let mut map: HashMap<usize, Slot<()>> = HashMap::new();
        for key in 0..10 * MAX_VALUES {
            let slot = slot_of(&mut map, key);
            assert!(Arc::ptr_eq(&slot, &slot_of(&mut map, key)));
            assert!(map.len() <= MAX_VALUES);
        }
        assert_eq!(map.len(), MAX_VALUES);
    }

    #[test]
    fn of_threads_that_ask_at_once_one_makes_the_value() {
        let gpu = Gpu::open(&GpuOptions::from_env().unwrap()).unwrap();
        let n_made = AtomicU32::new(0);
        let make = || {
            thread::sleep(Duration::from_millis(20));
            Ok::<_, GpuError>(n_made.fetch_add(1, Relaxed))
        };
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| assert_eq!(gpu.memo("value", make), Ok(0)));
            }
        });
        assert_eq!(n_made.into_inner(), 1);
    }

    #[test]
    fn values_of_different_types_do_not_meet() {
        let memo = Memo::default();
        memo.with_map(|map| map.insert("a", 1u32));
        memo.with_map(|map| map.insert("a", 2u64));
        let of_u32 = |map: &mut HashMap<&str, u32>| map.get("a").copied();
        let of_u64 = |map: &mut HashMap<&str, u64>| map.get("a").copied();
        let by_u8 = |map: &mut HashMap<u8, u32>| map.len();
        assert_eq!(memo.with_map(of_u32), Some(1));
        assert_eq!(memo.with_map(of_u64), Some(2));
        assert_eq!(memo.with_map(by_u8), 0);
    }
}
