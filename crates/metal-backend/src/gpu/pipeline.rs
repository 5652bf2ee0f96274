//! Kernels compiled once per device.

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{
        atomic::{AtomicU64, Ordering::Relaxed},
        Arc, Mutex, OnceLock, PoisonError,
    },
};

use wgpu::{
    naga::{self, AddressSpace, Module, StorageAccess},
    BindGroupLayoutDescriptor, BindGroupLayoutEntry, BindingType, BufferBindingType,
    ComputePipelineDescriptor, ErrorFilter, PipelineCompilationOptions, PipelineLayoutDescriptor,
    ShaderModuleDescriptor, ShaderRuntimeChecks, ShaderSource, ShaderStages,
};

use super::{
    adapter::IMMEDIATE_BYTES, kernel::KernelText, pipeline_cache::PipelineCache, Gpu, GpuError,
};

/// A compiled kernel.
#[derive(Clone)]
pub struct Pipeline {
    pub(super) name: String,
    #[cfg(any(test, feature = "internals"))]
    pub(super) source: Arc<str>,
    pub(super) compute: wgpu::ComputePipeline,
    pub(super) layout: wgpu::BindGroupLayout,
    /// Which of the buffers it writes.
    pub(super) written: Vec<usize>,
}

type Slot = Arc<OnceLock<Result<Arc<Pipeline>, GpuError>>>;

/// All kernels of a device by their label. Two threads that ask for the same kernel compile it once;
/// different kernels compile at the same time.
#[derive(Default)]
pub(super) struct Pipelines {
    by_label: Mutex<HashMap<String, Slot>>,
    n_compiled: AtomicU64,
    /// The driver's cache on disk, where there is one.
    cache: Option<PipelineCache>,
}

impl Pipelines {
    pub(super) fn new(cache: Option<PipelineCache>) -> Self {
        Self {
            cache,
            ..Self::default()
        }
    }

    /// Starts the count of compiled kernels anew.
    pub(super) fn forget_compiled(&self) {
        self.n_compiled.store(0, Relaxed);
    }
}

impl Gpu {
    /// The kernel `text`, compiled unless one with its label has been before.
    ///
    /// Its buffers are group 0; all those declared are bound, used or not. Unless it is foreign, it is compiled
    /// without checks of its indices, so what calls this must not be reachable from outside.
    pub fn pipeline(&self, text: &KernelText) -> Result<Arc<Pipeline>, GpuError> {
        self.find_or_compile(&text.label, || text.clone()).1
    }

    /// Number of kernels compiled since the GPU was opened, with those that were rejected.
    pub fn pipelines_compiled(&self) -> u64 {
        self.pipelines.n_compiled.load(Relaxed)
    }

    pub(super) fn save_pipeline_cache(&self) {
        if let Some(cache) = &self.pipelines.cache {
            cache.save();
        }
    }

    /// Whether this call has compiled the kernel `label`, and the kernel.
    pub(super) fn find_or_compile(
        &self,
        label: &str,
        text: impl FnOnce() -> KernelText,
    ) -> (bool, Result<Arc<Pipeline>, GpuError>) {
        let slot = self.slot(label);
        let mut is_new = false;
        let compiled = slot.get_or_init(|| {
            is_new = true;
            self.pipelines.n_compiled.fetch_add(1, Relaxed);
            self.compile(&text())
        });
        (is_new, compiled.clone())
    }

    fn slot(&self, label: &str) -> Slot {
        let by_label = &self.pipelines.by_label;
        let mut by_label = by_label.lock().unwrap_or_else(PoisonError::into_inner);
        by_label.entry(label.to_owned()).or_default().clone()
    }

    /// The kernel `text`, compiled for whoever keeps it.
    pub(super) fn compile(&self, text: &KernelText) -> Result<Arc<Pipeline>, GpuError> {
        let KernelText {
            label: name,
            source,
            interface,
            is_foreign,
        } = text;
        let rejected = |reason| GpuError::Shader {
            kernel: name.clone(),
            reason,
        };
        let module = naga::front::wgsl::parse_str(source)
            .map_err(|error| rejected(error.emit_to_string(source)))?;
        let checked = interface.map_or(Ok(()), |interface| interface.check(&module));
        checked.map_err(rejected)?;
        let internal = self.device.push_error_scope(ErrorFilter::Internal);
        let validation = self.device.push_error_scope(ErrorFilter::Validation);
        let pipeline = self.create(name, source, module, *is_foreign);
        let errors = [
            pollster::block_on(validation.pop()),
            pollster::block_on(internal.pop()),
        ];
        match errors.into_iter().flatten().next() {
            None => Ok(Arc::new(pipeline)),
            Some(error) => Err(rejected(error.to_string())),
        }
    }

    #[cfg_attr(
        not(any(test, feature = "internals")),
        allow(unused_variables, reason = "tests alone look at the source again")
    )]
    fn create(&self, name: &str, source: &str, module: Module, is_foreign: bool) -> Pipeline {
        let device = &self.device;
        let buffers = buffers(&module);
        let written = buffers.iter().filter(|entry| entry.ty == storage(false));
        let written = written.map(|entry| entry.binding as usize).collect();
        // Not the layout that wgpu would derive: it drops declared buffers that go unused.
        let layout = device.create_bind_group_layout(&BindGroupLayoutDescriptor {
            label: Some(name),
            entries: &buffers,
        });
        let has_params = |(_, v): (_, &naga::GlobalVariable)| v.space == AddressSpace::Immediate;
        let pipeline_layout = device.create_pipeline_layout(&PipelineLayoutDescriptor {
            label: Some(name),
            bind_group_layouts: &[Some(&layout)],
            immediate_size: match module.global_variables.iter().any(has_params) {
                true => IMMEDIATE_BYTES,
                false => 0,
            },
        });
        let descriptor = ShaderModuleDescriptor {
            label: Some(name),
            source: ShaderSource::Naga(Cow::Owned(module)),
        };
        let module = if self.runtime_checks || is_foreign {
            device.create_shader_module(descriptor)
        } else {
            // SAFETY: without bounds checks a kernel must not leave its bindings. Every kernel of this crate
            // returns early for threads beyond its element count and its index arithmetic is tested
            // against a host twin around all block and workgroup edges, also with the checks on.
            #[allow(unsafe_code, reason = "bounds checks cost kernels their speed")]
            unsafe {
                device.create_shader_module_trusted(descriptor, ShaderRuntimeChecks::unchecked())
            }
        };
        let compute = device.create_compute_pipeline(&ComputePipelineDescriptor {
            label: Some(name),
            layout: Some(&pipeline_layout),
            module: &module,
            entry_point: Some("main"),
            compilation_options: PipelineCompilationOptions {
                zero_initialize_workgroup_memory: false,
                ..Default::default()
            },
            cache: self.pipelines.cache.as_ref().map(PipelineCache::driver),
        });
        Pipeline {
            name: name.to_owned(),
            #[cfg(any(test, feature = "internals"))]
            source: source.into(),
            compute,
            layout,
            written,
        }
    }
}

fn buffers(module: &Module) -> Vec<BindGroupLayoutEntry> {
    let entry = |(_, variable): (_, &naga::GlobalVariable)| {
        let ty = match variable.space {
            AddressSpace::Uniform => buffer(BufferBindingType::Uniform),
            AddressSpace::Storage { access } => storage(!access.contains(StorageAccess::STORE)),
            _ => return None,
        };
        Some(BindGroupLayoutEntry {
            binding: variable.binding?.binding,
            visibility: ShaderStages::COMPUTE,
            ty,
            count: None,
        })
    };
    module.global_variables.iter().filter_map(entry).collect()
}

fn storage(read_only: bool) -> BindingType {
    buffer(BufferBindingType::Storage { read_only })
}

fn buffer(ty: BufferBindingType) -> BindingType {
    BindingType::Buffer {
        ty,
        has_dynamic_offset: false,
        min_binding_size: None,
    }
}
