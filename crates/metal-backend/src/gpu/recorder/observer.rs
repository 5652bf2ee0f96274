//! For tests: somebody who is shown each dispatch, and decides whether the adapter runs it.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use wgpu::{BufferDescriptor, BufferUsages, MapMode};

use super::{encode::encode, Operation, Recorder};
use crate::gpu::{canary::Song, pool::Allocation, Gpu, GpuError, Pipeline};

/// Sees every dispatch of the process, in the order of the queue.
pub trait DispatchObserver: Send + Sync {
    /// Called in place of a dispatch, when all before it are done. What is to follow sees in the buffers what it leaves there.
    fn dispatch(&self, dispatch: &Dispatch<'_>) -> Result<(), GpuError>;
}

static OBSERVER: OnceLock<Box<dyn DispatchObserver>> = OnceLock::new();

/// From now on `observer` sees all dispatches. Timestamps are not taken any more.
///
/// # Panics
/// If there is an observer.
pub fn observe_dispatches(observer: impl DispatchObserver + 'static) {
    let is_first = OBSERVER.set(Box::new(observer)).is_ok();
    assert!(is_first, "dispatches are observed already");
}

/// Whether dispatches are observed.
pub(super) fn is_set() -> bool {
    OBSERVER.get().is_some()
}

/// A dispatch, not run yet.
pub struct Dispatch<'a> {
    gpu: &'a Gpu,
    operation: &'a Operation,
    pipeline: &'a Pipeline,
    /// The words of its immediates.
    pub params: &'a [u32],
    /// The workgroups along x, y and z.
    pub grid: [u32; 3],
    /// The buffers that are bound, each once.
    pub buffers: Vec<BoundBuffer>,
    /// For each binding its place in [`Self::buffers`], and its bytes from the buffer's start on.
    pub bindings: Vec<(usize, u64)>,
}

/// A buffer, bound to a kernel once or more.
pub struct BoundBuffer {
    allocation: Arc<Allocation>,
    bytes: u64,
}

impl<'a> Dispatch<'a> {
    fn new(gpu: &'a Gpu, operation: &'a Operation) -> Option<Self> {
        let Operation::Dispatch {
            pipeline,
            bindings: bound,
            params,
            grid,
            ..
        } = operation
        else {
            return None;
        };
        let mut buffers: Vec<BoundBuffer> = vec![];
        let mut bindings = vec![];
        for binding in bound {
            let allocation = &binding.allocation;
            let is_same = |buffer: &BoundBuffer| Arc::ptr_eq(&buffer.allocation, allocation);
            let place = buffers.iter().position(is_same).unwrap_or_else(|| {
                buffers.push(BoundBuffer {
                    allocation: allocation.clone(),
                    bytes: 0,
                });
                buffers.len() - 1
            });
            buffers[place].bytes = buffers[place].bytes.max(binding.bytes);
            bindings.push((place, binding.bytes));
        }
        Some(Self {
            gpu,
            operation,
            pipeline,
            params,
            grid: *grid,
            buffers,
            bindings,
        })
    }

    /// The kernel's label.
    pub fn kernel(&self) -> &str {
        &self.pipeline.name
    }

    /// The kernel's WGSL.
    pub fn source(&self) -> &Arc<str> {
        &self.pipeline.source
    }

    /// Whether the kernel is compiled with checks at run time.
    pub fn has_runtime_checks(&self) -> bool {
        self.gpu.runtime_checks
    }

    /// Has the adapter run it.
    pub fn run(&self) -> Result<(), GpuError> {
        submit(self.gpu, self.operation)
    }

    /// The bytes of a buffer that are bound, as they are now.
    pub fn read(&self, buffer: &BoundBuffer) -> Result<Vec<u8>, GpuError> {
        let (gpu, bytes) = (self.gpu, buffer.bytes);
        // Not of the pool, whose counters tests look at.
        let staging = gpu.device.create_buffer(&BufferDescriptor {
            label: None,
            size: bytes,
            usage: BufferUsages::MAP_READ | BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        encoder.copy_buffer_to_buffer(&buffer.allocation.buffer, 0, &staging, 0, bytes);
        let (index, _) = gpu.submit(encoder.finish(), 0, 0);
        staging.map_async(MapMode::Read, .., |_| ());
        gpu.link.wait(Some(index), "observed dispatch")?;
        let mapped = staging.slice(..).get_mapped_range();
        let failed = |error| gpu.link.lose(format!("read-back failed: {error}"));
        Ok(mapped.map_err(failed)?.to_vec())
    }

    /// Puts bytes in the place of those of a buffer that are bound.
    pub fn write(&self, buffer: &BoundBuffer, bytes: &[u8]) {
        self.gpu
            .queue
            .write_buffer(&buffer.allocation.buffer, 0, bytes);
    }
}

/// Hands operations to the observer, if there is one: whether there is.
pub(super) fn observe(recorder: &Recorder<'_>) -> Result<bool, GpuError> {
    let Some(observer) = OBSERVER.get() else {
        return Ok(false);
    };
    // Another thread's work may write to other parts of the same buffers.
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    for operation in &recorder.operations {
        match Dispatch::new(recorder.gpu, operation) {
            Some(dispatch) => observer.dispatch(&dispatch)?,
            None => submit(recorder.gpu, operation)?,
        }
    }
    Ok(true)
}

/// Hands one operation to the device.
fn submit(gpu: &Gpu, operation: &Operation) -> Result<(), GpuError> {
    let mut song = Song::new(gpu)?;
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    let pass = std::slice::from_ref(operation);
    encode(gpu, &mut encoder, &[pass], None, &mut song);
    gpu.submit(encoder.finish(), operation.work(), song.sum);
    Ok(())
}
