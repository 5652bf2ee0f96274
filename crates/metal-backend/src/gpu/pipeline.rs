//! Kernels compiled once per device.

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use wgpu::{
    ComputePipelineDescriptor, Device, ErrorFilter, PipelineCompilationOptions,
    ShaderModuleDescriptor, ShaderRuntimeChecks, ShaderSource,
};

use super::{Gpu, GpuError};

/// A compiled kernel.
pub struct Pipeline {
    pub(super) name: String,
    pub(super) compute: wgpu::ComputePipeline,
    pub(super) layout: wgpu::BindGroupLayout,
}

type Slot = Arc<OnceLock<Result<Arc<Pipeline>, GpuError>>>;

/// All kernels of a device by their WGSL text. Two threads that ask for the same kernel compile it
/// once; different kernels compile at the same time.
#[derive(Default)]
pub(super) struct Pipelines {
    by_source: Mutex<HashMap<Cow<'static, str>, Slot>>,
}

impl Gpu {
    /// The kernel `main` of the WGSL text `source`, compiled unless it has been before.
    pub fn pipeline(
        &self,
        name: &str,
        source: impl Into<Cow<'static, str>>,
    ) -> Result<Arc<Pipeline>, GpuError> {
        let source = source.into();
        let slot = {
            let by_source = &self.pipelines.by_source;
            let mut by_source = by_source.lock().unwrap_or_else(PoisonError::into_inner);
            by_source.entry(source.clone()).or_default().clone()
        };
        slot.get_or_init(|| compile(&self.device, name, &source, self.runtime_checks))
            .clone()
    }
}

fn compile(
    device: &Device,
    name: &str,
    source: &str,
    runtime_checks: bool,
) -> Result<Arc<Pipeline>, GpuError> {
    let internal = device.push_error_scope(ErrorFilter::Internal);
    let validation = device.push_error_scope(ErrorFilter::Validation);
    let descriptor = ShaderModuleDescriptor {
        label: Some(name),
        source: ShaderSource::Wgsl(source.into()),
    };
    let module = if runtime_checks {
        device.create_shader_module(descriptor)
    } else {
        // SAFETY: without bounds checks a kernel must not leave its bindings. Every kernel returns
        // early for threads beyond its element count and its index arithmetic is tested against a
        // host twin around all block and workgroup edges, also with the checks on.
        #[allow(unsafe_code)]
        unsafe {
            device.create_shader_module_trusted(descriptor, ShaderRuntimeChecks::unchecked())
        }
    };
    let compute = device.create_compute_pipeline(&ComputePipelineDescriptor {
        label: Some(name),
        layout: None,
        module: &module,
        entry_point: Some("main"),
        compilation_options: PipelineCompilationOptions {
            zero_initialize_workgroup_memory: false,
            ..Default::default()
        },
        cache: None,
    });
    let layout = compute.get_bind_group_layout(0);
    let errors = [pollster::block_on(validation.pop()), pollster::block_on(internal.pop())];
    match errors.into_iter().flatten().next() {
        None => Ok(Arc::new(Pipeline {
            name: name.to_owned(),
            compute,
            layout,
        })),
        Some(error) => Err(GpuError::Shader {
            kernel: name.to_owned(),
            reason: error.to_string(),
        }),
    }
}
