//! Faults of drivers and devices, for tests: what is done to work, buffers or waits as if a driver did it.

use std::{
    ops::Range,
    sync::{Mutex, MutexGuard, PoisonError},
};

use wgpu::{Buffer, CommandBuffer};

use super::Gpu;

/// What may go wrong, each at an occasion of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A submission counts as done and nothing of it is.
    Dropped,
    /// The same, and where it was to bring what the host has, all bits are set: as good as any, where others had
    /// the memory before.
    Garbage,
    /// A submission counts as done, and all that it was to write and to bring back is zero.
    Zeroed,
    /// The same, but the canary is as it should be: what only a verifier finds.
    ZeroedBehindCanary,
    /// The device is lost just before a submission.
    Lost,
    /// Of what a submission brings back, only the first half comes.
    CutReadBack,
    /// The driver refuses a buffer, also when it has freed what it can.
    Refused,
    /// The driver refuses a buffer until it has freed what it can.
    RefusedOnce,
    /// Work that is waited for never ends.
    Unending,
}

/// The fault that is to come, if any.
#[derive(Debug, Default)]
pub(super) struct Faults(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    coming: Option<(Fault, u64)>,
    has_struck: bool,
}

impl Faults {
    /// Whether `fault` strikes at this occasion.
    pub(super) fn strikes(&self, fault: Fault) -> bool {
        let mut state = self.lock();
        let strikes = match &mut state.coming {
            Some((coming, left)) if *coming == fault && *left > 0 => {
                *left -= 1;
                false
            }
            Some((coming, _)) => *coming == fault,
            None => false,
        };
        if strikes {
            // A buffer is asked for twice.
            state.coming = (fault == Fault::Refused && !state.has_struck).then_some((fault, 0));
            state.has_struck = true;
        }
        strikes
    }

    pub(super) fn refuses_memory(&self) -> bool {
        self.strikes(Fault::Refused) || self.strikes(Fault::RefusedOnce)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gpu {
    /// Lets `fault` strike when `n_spared` occasions for it have passed, once.
    pub fn inject(&self, fault: Fault, n_spared: u64) {
        *self.link.faults.lock() = State {
            coming: Some((fault, n_spared)),
            has_struck: false,
        };
    }

    /// Ends the injection. Whether the fault has struck.
    pub fn heal(&self) -> bool {
        let state = std::mem::take(&mut *self.link.faults.lock());
        state.has_struck
    }

    /// What is left of a submission, which is about to be made, when it was its turn. `uploads` are the places
    /// that it is to bring small uploads to.
    pub(super) fn befall<'a>(
        &self,
        commands: Vec<CommandBuffer>,
        uploads: impl Iterator<Item = (&'a Buffer, Range<u64>)>,
    ) -> Vec<CommandBuffer> {
        let faults = &self.link.faults;
        if faults.strikes(Fault::Lost) {
            self.device.destroy();
        }
        let is_spoilt = faults.strikes(Fault::Garbage);
        for (target, bytes) in uploads.filter(|_| is_spoilt) {
            let garbage = vec![u8::MAX; (bytes.end - bytes.start) as usize];
            self.queue.write_buffer(target, bytes.start, &garbage);
        }
        match is_spoilt || faults.strikes(Fault::Dropped) {
            true => vec![],
            false => commands,
        }
    }
}
