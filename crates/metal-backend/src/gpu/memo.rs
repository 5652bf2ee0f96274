//! What every proof needs and none changes, made once per GPU: tables, and kernels of one size.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
};

use super::{Buffer, Element, Gpu, GpuError};

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
    /// open.
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
        Ok(self
            .memo
            .with_map(|map| map.entry(key).or_insert(value).clone()))
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

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::Memo;

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
