//! Tables that every proof reads, uploaded once per GPU.

use std::{
    any::Any,
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use super::{Buffer, Element, Gpu, GpuError};

/// The tables by name, as `Buffer<T>` of the type they were made with.
#[derive(Default)]
pub(super) struct Constants(Mutex<HashMap<&'static str, Box<dyn Any + Send + Sync>>>);

impl Gpu {
    /// The table `name`, made by `values` at the first call. Kept as long as the GPU is open.
    pub fn constant<T: Element>(
        &self,
        name: &'static str,
        values: impl FnOnce() -> Vec<T>,
    ) -> Result<Buffer<T>, GpuError> {
        let mut tables = self
            .constants
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let known = tables
            .get(name)
            .and_then(|table| table.downcast_ref::<Buffer<T>>());
        if let Some(table) = known {
            return Ok(table.clone());
        }
        let table = self.upload(&values(), name)?;
        tables.insert(name, Box::new(table.clone()));
        Ok(table)
    }
}
