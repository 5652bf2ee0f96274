//! From WGSL to Metal's language, with the options of wgpu.

use naga::{
    back::msl,
    proc::{BoundsCheckPolicies, BoundsCheckPolicy},
    AddressSpace, ShaderStage, StorageAccess,
};

use crate::Text;

/// A text in Metal's language.
pub struct Msl {
    /// What it is called in messages.
    pub label: String,
    /// The text.
    pub text: String,
}

/// Whether kernels are compiled with wgpu's checks at run time: of indices, divisors and loops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RuntimeChecks {
    /// `OPENVM_METAL_RUNTIME_CHECKS=1`.
    On,
    /// As kernels ship.
    Off,
}

/// The versions of Metal's language that wgpu asks for on macOS 12, 13, 14, 15 and 26.
pub const LANGUAGE_VERSIONS: [(u8, u8); 5] = [(2, 4), (3, 0), (3, 1), (3, 2), (4, 0)];

impl Text {
    /// The text that wgpu's Metal backend compiles, in a version of the language.
    pub fn to_msl(&self, version: (u8, u8), checks: RuntimeChecks) -> Result<String, String> {
        Ok(self.translate(version, checks)?.0)
    }

    /// The text, and its entry point's name in it.
    pub(crate) fn translate(
        &self,
        version: (u8, u8),
        checks: RuntimeChecks,
    ) -> Result<(String, String), String> {
        let options = self.options(version, checks);
        let pipeline = msl::PipelineOptions {
            entry_point: Some((ShaderStage::Compute, "main".to_owned())),
            allow_and_force_point_size: false,
            vertex_pulling_transform: true,
            vertex_buffer_mappings: vec![],
            binding_array_length_map: Default::default(),
        };
        let (text, translation) = msl::write_string(&self.module, &self.info, &options, &pipeline)
            .map_err(|error| format!("{}: {error}", self.label))?;
        let name = translation.entry_point_names.into_iter().next();
        match name.expect("one entry point") {
            Ok(name) => Ok((text, name)),
            Err(error) => Err(format!("{}: {error}", self.label)),
        }
    }

    /// The options of `Device::load_shader` in wgpu-hal 30's `metal/device.rs`, all of them named, so that a new one
    /// does not compile.
    fn options(&self, version: (u8, u8), checks: RuntimeChecks) -> msl::Options {
        let is_checked = checks == RuntimeChecks::On;
        let bounds = match checks {
            RuntimeChecks::On => BoundsCheckPolicy::Restrict,
            RuntimeChecks::Off => BoundsCheckPolicy::Unchecked,
        };
        msl::Options {
            lang_version: version,
            inline_samplers: vec![],
            spirv_cross_compatibility: false,
            fake_missing_bindings: false,
            per_entry_point_map: [("main".to_owned(), self.resources())].into(),
            bounds_check_policies: BoundsCheckPolicies {
                index: bounds,
                buffer: bounds,
                image_load: bounds,
                binding_array: BoundsCheckPolicy::Unchecked,
            },
            // What `gpu/pipeline.rs` asks for.
            zero_initialize_workgroup_memory: false,
            force_loop_bounding: is_checked,
            // Of mesh shaders.
            task_dispatch_limits: None,
            mesh_shader_primitive_indices_clamp: is_checked,
            emit_int_div_checks: is_checked,
            ray_query_initialization_tracking: is_checked,
        }
    }

    /// Metal's slots, as `Device::create_pipeline_layout` there gives them out: the immediates, the bindings in order,
    /// then the sizes of buffers if there are storage buffers.
    pub(crate) fn resources(&self) -> msl::EntryPointResources {
        let variables = || self.module.global_variables.iter().map(|(_, v)| v);
        let mut resources = msl::EntryPointResources::default();
        let mut slots = 0..;
        let mut next_slot = || slots.next();
        if variables().any(|variable| variable.space == AddressSpace::Immediate) {
            resources.immediates_buffer = next_slot();
        }
        let bound = variables().filter_map(|v| v.binding.map(|binding| (binding, v.space)));
        let mut bound: Vec<_> = bound.collect();
        bound.sort_by_key(|(binding, _)| (binding.group, binding.binding));
        for &(binding, space) in &bound {
            let target = msl::BindTarget {
                buffer: next_slot(),
                mutable: matches!(
                    space,
                    AddressSpace::Storage { access } if access.contains(StorageAccess::STORE)
                ),
                ..Default::default()
            };
            resources.resources.insert(binding, target);
        }
        let is_storage = |space| matches!(space, AddressSpace::Storage { .. });
        if bound.into_iter().any(|(_, space)| is_storage(space)) {
            resources.sizes_buffer = next_slot();
        }
        resources
    }
}
