//! A GPU that does nothing, to learn what recorded work would take.

use std::sync::Arc;

use super::{counters::Totals, memo::Memo, pool::Pool, user::Users, Gpu};

impl Gpu {
    /// A stand-in for this GPU: its buffers have no memory, and of what is recorded for it nothing
    /// reaches the device. Whatever is read back from it is zero.
    ///
    /// It keeps an account of memory of its own, and has the same limits but the budget; so work
    /// whose buffers depend on shapes alone takes as much of it as on the GPU. Buffers of the GPU
    /// may be used with it.
    pub fn rehearsal(&self) -> Arc<Self> {
        Arc::new(Self {
            device: self.device.clone(),
            queue: self.queue.clone(),
            pool: Pool::without_memory(&self.pool),
            // Nothing is uploaded or submitted.
            belt: self.belt.clone(),
            canary: self.canary.clone(),
            pipelines: self.pipelines.clone(),
            memo: Memo::default(),
            users: Users::default(),
            totals: Totals::default(),
            link: self.link.clone(),
            is_rehearsal: true,
            ..*self
        })
    }
}
