//! Records of one chip that another chip's trace is made from, too.
//!
//! Upstream's chips for keccak and SHA-2 come in pairs: one executes instructions and has their records, and the other,
//! which was inserted before it and so makes its trace after it, takes them from it.

use std::sync::{Mutex, PoisonError};

use super::records::PackedRecords;

/// Where the first chip leaves its records for the second.
#[derive(Default)]
pub(super) struct Handoff(Mutex<Option<PackedRecords>>);

impl Handoff {
    pub(super) fn put(&self, records: PackedRecords) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(records);
    }

    /// What was left, which is then gone.
    pub(super) fn take(&self) -> Option<PackedRecords> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
