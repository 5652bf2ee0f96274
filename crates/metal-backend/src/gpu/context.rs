//! An opened GPU.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use wgpu::{Device, DeviceDescriptor, ExperimentalFeatures, Features, MemoryHints, Queue, Trace};

use super::{
    account::Account,
    adapter::{self, AdapterSummary},
    belt::Belt,
    budget,
    canary::Canary,
    counters::Totals,
    link::Link,
    memo::Memo,
    memory_size::memory_bytes,
    options::SMALL_BUFFER_BYTES,
    pipeline::Pipelines,
    pipeline_cache::PipelineCache,
    pool::Pool,
    user::Users,
    Counters, GpuError, GpuOptions, Multiply, Recorder,
};

/// One opened GPU: its queue, its memory pool, its compiled kernels and its counters.
///
/// `Send + Sync`; threads may record and submit at the same time.
pub struct Gpu {
    pub(super) link: Arc<Link>,
    pub(super) device: Device,
    pub(super) queue: Queue,
    pub(super) pool: Arc<Pool>,
    pub(super) belt: Arc<Belt>,
    pub(super) canary: Arc<Canary>,
    pub(super) pipelines: Arc<Pipelines>,
    pub(super) memo: Memo,
    pub(super) users: Users,
    pub(super) totals: Totals,
    pub(super) runtime_checks: bool,
    pub(super) kernel_times: bool,
    pub(super) is_rehearsal: bool,
    pub(super) nanoseconds_per_tick: Option<f32>,
    pub(super) multiply: Multiply,
    pub(super) max_binding_bytes: u64,
    pub(super) max_buffer_bytes: u64,
    pub(super) workgroup_memory_bytes: u32,
    /// The most work of one dispatch, and of one submission of several.
    pub(super) dispatch_work: Option<u64>,
}

impl std::fmt::Debug for Gpu {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gpu({}, multiply {:?})", self.adapter(), self.multiply)
    }
}

impl Gpu {
    /// The process-wide GPU for `options`, opened at the first call and again after it was lost.
    ///
    /// Compiled kernels and pooled memory are shared by everyone who asks with the same options.
    pub fn shared(options: &GpuOptions) -> Result<Arc<Self>, GpuError> {
        static OPENED: Mutex<BTreeMap<GpuOptions, Arc<Gpu>>> = Mutex::new(BTreeMap::new());
        let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gpu) = opened.get(options).filter(|gpu| !gpu.link.is_lost()) {
            return Ok(gpu.clone());
        }
        let gpu = Self::open(options)?;
        opened.insert(options.clone(), gpu.clone());
        Ok(gpu)
    }

    /// Opens the GPU that `options` choose, apart from any other user in the process.
    pub fn open(options: &GpuOptions) -> Result<Arc<Self>, GpuError> {
        let (chosen, summary) = adapter::select(options)?;
        let features = adapter::features(&chosen, options)?;
        let limits = adapter::limits(&chosen)?;
        let request = chosen.request_device(&DeviceDescriptor {
            label: Some("openvm-metal-backend"),
            required_features: features,
            required_limits: limits.clone(),
            experimental_features: ExperimentalFeatures::disabled(),
            memory_hints: MemoryHints::Performance,
            trace: Trace::Off,
        });
        let (device, queue) =
            pollster::block_on(request).map_err(|error| GpuError::RequestDevice {
                adapter: summary.name.clone(),
                reason: error.to_string(),
            })?;
        let link = Link::new(summary, (device.clone(), queue.clone()), options);
        let pipeline_cache = options
            .pipeline_cache
            .as_ref()
            .and_then(|directory| PipelineCache::open(&device, &chosen.get_info(), directory));
        let binding_limit = limits.max_storage_buffer_binding_size;
        let budget_bytes = options.memory_budget_bytes;
        let pool = Pool::new(
            link.clone(),
            Account::of(&chosen),
            limits.max_buffer_size,
            budget_bytes.or_else(|| memory_bytes(&chosen)),
        );
        let mut gpu = Self {
            belt: Arc::new(Belt::new(&pool)?),
            canary: Arc::new(Canary::new(&pool)?),
            pool,
            pipelines: Arc::new(Pipelines::new(pipeline_cache)),
            memo: Memo::default(),
            users: Users::default(),
            totals: Totals::default(),
            runtime_checks: options.runtime_checks,
            kernel_times: options.kernel_times,
            is_rehearsal: false,
            nanoseconds_per_tick: features
                .contains(Features::TIMESTAMP_QUERY)
                .then(|| queue.get_timestamp_period()),
            multiply: if features.contains(Features::SHADER_INT64) {
                Multiply::U64
            } else {
                Multiply::U32
            },
            max_binding_bytes: options
                .max_binding_bytes
                .map_or(binding_limit, |bytes| bytes.min(binding_limit)),
            max_buffer_bytes: options.max_binding_bytes.map_or(binding_limit, |bytes| {
                bytes.max(SMALL_BUFFER_BYTES).min(binding_limit)
            }),
            workgroup_memory_bytes: limits.max_compute_workgroup_storage_size,
            dispatch_work: None,
            link,
            device,
            queue,
        };
        let per_ms = match options.multiplications_per_ms {
            None => budget::measure(&gpu, &chosen)?,
            given => given,
        };
        if let Some(per_ms) = per_ms {
            gpu.link.patience.learn(per_ms);
            gpu.dispatch_work = Some(budget::dispatch_work(&chosen, per_ms));
        }
        gpu.forget_work();
        tracing::info!(
            name = %gpu.adapter().name,
            driver = %gpu.adapter().driver,
            backend = %gpu.adapter().backend,
            multiply = ?gpu.multiply,
            "gpu_adapter"
        );
        Ok(Arc::new(gpu))
    }

    /// The adapter that was opened.
    pub fn adapter(&self) -> &AdapterSummary {
        &self.link.adapter
    }

    /// Whether it was lost: nothing that is on it can be used any more.
    pub fn is_lost(&self) -> bool {
        self.link.is_lost()
    }

    /// The form of multiplication that its kernels use.
    pub fn multiply(&self) -> Multiply {
        self.multiply
    }

    /// Largest block of a matrix, in bytes: what the adapter can bind, or the lower limit asked for.
    pub fn max_binding_bytes(&self) -> u64 {
        self.max_binding_bytes
    }

    /// Memory that the threads of one workgroup can share, in bytes.
    pub fn workgroup_memory_bytes(&self) -> u32 {
        self.workgroup_memory_bytes
    }

    /// Starts all counts anew, and keeps no memory of what was done so far.
    fn forget_work(&mut self) {
        self.pool.trim();
        self.totals = Totals::default();
        self.pipelines.forget_compiled();
    }

    /// In how many parts a dispatch of `work` field multiplications is done.
    pub(super) fn parts_of(&self, work: u64) -> u64 {
        self.dispatch_work.map_or(1, |most| work.div_ceil(most))
    }

    /// Work counted since the GPU was opened.
    pub fn counters(&self) -> Counters {
        self.totals.get(self.pool.n_created())
    }

    /// Bytes in live buffers.
    pub fn in_use_bytes(&self) -> u64 {
        self.pool.in_use_bytes()
    }

    /// Bytes that live buffers take: those in use, and what buffers that served before have beyond
    /// what was asked for.
    pub fn live_bytes(&self) -> u64 {
        self.pool.live_bytes()
    }

    /// Bytes taken from the driver: live buffers, and idle ones kept for reuse.
    pub fn reserved_bytes(&self) -> u64 {
        self.pool.reserved_bytes()
    }

    /// Highest value of [`Self::in_use_bytes`] since [`Self::restart_peak`] or the opening.
    pub fn peak_bytes(&self) -> u64 {
        self.pool.peak_bytes()
    }

    /// Highest value of [`Self::in_use_bytes`] since the opening.
    pub fn highest_bytes(&self) -> u64 {
        self.pool.highest_bytes()
    }

    /// What there is to use, beside what others use who have opened the adapter: the budget, else the part
    /// of the GPU's memory that is usable, or of the machine's where it shares that. `None` where the
    /// driver does not tell.
    pub fn memory_bytes(&self) -> Option<u64> {
        self.pool.budget_bytes()
    }

    /// Starts a new period for [`Self::peak_bytes`].
    pub fn restart_peak(&self) {
        self.pool.restart_peak();
    }

    /// Gives idle memory back to the driver.
    pub fn trim(&self) {
        self.pool.trim();
        // The driver frees a buffer once the device has been polled past its last use.
        let _ = self.link.tend();
    }

    /// Takes the device away, as a driver does.
    #[cfg(test)]
    pub(crate) fn destroy(&self) {
        self.device.destroy();
        let _ = self.link.tend();
        assert!(self.link.is_lost());
    }

    /// An empty command stream; `stage` names it in errors.
    pub fn recorder(&self, stage: &'static str) -> Recorder<'_> {
        Recorder::new(self, stage)
    }
}
