//! What many proofs need and none changes, made once per GPU: tables, kernels of one size, and what is
//! known of proofs of the same shapes.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
};

use super::{Buffer, Element, Gpu, GpuError};

/// The most values of one type that are kept. Only shapes of proofs get there, a few kilobytes each.
const MAX_VALUES: usize = 1024;

/// For each type of key and of value, a `HashMap` from one to the other.
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
    /// Two threads that ask at the same time may both make it; one of the two is kept.
    pub fn memo<K, V, E>(&self, key: K, make: impl FnOnce() -> Result<V, E>) -> Result<V, E>
    where
        K: Hash + Eq + Send + Sync + 'static,
        V: Clone + Send + Sync + 'static,
    {
        if let Some(value) = self
            .memo
            .with_map(|map: &mut HashMap<K, V>| map.get(&key).cloned())
        {
            return Ok(value);
        }
        let value = make()?;
        Ok(self.memo.with_map(|map| keep(map, key, value)))
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

/// The value that `map` has for `key`, which is `value` if there was none.
fn keep<K: Hash + Eq, V: Clone>(map: &mut HashMap<K, V>, key: K, value: V) -> V {
    if map.len() >= MAX_VALUES && !map.contains_key(&key) {
        map.clear();
    }
    map.entry(key).or_insert(value).clone()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::{keep, Memo, MAX_VALUES};

    #[test]
    fn values_are_kept_but_not_without_end() {
        let mut map = HashMap::new();
        for key in 0..10 * MAX_VALUES {
            assert_eq!(keep(&mut map, key, 2 * key), 2 * key);
            assert_eq!(keep(&mut map, key, 0), 2 * key);
            assert!(map.len() <= MAX_VALUES);
        }
        assert_eq!(map.len(), MAX_VALUES);
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
