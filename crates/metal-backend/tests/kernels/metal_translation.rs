//! Every kernel translates to Metal's language with the options that wgpu uses there, so that what
//! Metal cannot take fails here and not on a Mac. Nothing here compiles the translation.

use naga::{
    back::msl,
    front::wgsl,
    proc::{BoundsCheckPolicies, BoundsCheckPolicy},
    valid::{Capabilities, ModuleInfo, ValidationFlags, Validator},
    AddressSpace, BinaryOperator, Expression, Function, Module, Scalar, ScalarKind, Statement,
    TypeInner,
};
use openvm_metal_backend::internals::{
    gpu::{KernelText, Multiply},
    kernels::texts,
};

fn kernels() -> impl Iterator<Item = (String, Module, ModuleInfo)> {
    let sources = [Multiply::U64, Multiply::U32].map(|multiply| {
        let named = move |text: KernelText| (format!("{} ({multiply:?})", text.label), text.source);
        texts(multiply).into_iter().map(named)
    });
    sources
        .into_iter()
        .flatten()
        .map(|(name, text): (String, String)| {
            let module = wgsl::parse_str(&text)
                .unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(&text)));
            let capabilities = Capabilities::SHADER_INT64 | Capabilities::IMMEDIATES;
            let info = Validator::new(ValidationFlags::all(), capabilities)
                .validate(&module)
                .unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(&text)));
            (name, module, info)
        })
}

fn translate(module: &Module, info: &ModuleInfo) -> Result<String, String> {
    let mut resources = msl::EntryPointResources::default();
    for (_, variable) in module.global_variables.iter() {
        let Some(binding) = variable.binding else {
            continue;
        };
        let target = msl::BindTarget {
            buffer: Some(binding.binding as u8),
            mutable: matches!(
                variable.space,
                AddressSpace::Storage { access } if access.contains(naga::StorageAccess::STORE)
            ),
            ..Default::default()
        };
        resources.resources.insert(binding, target);
    }
    resources.immediates_buffer = Some(20);
    resources.sizes_buffer = Some(21);
    let options = msl::Options {
        lang_version: (2, 4),
        per_entry_point_map: [("main".to_owned(), resources)].into(),
        bounds_check_policies: BoundsCheckPolicies {
            index: BoundsCheckPolicy::Unchecked,
            buffer: BoundsCheckPolicy::Unchecked,
            image_load: BoundsCheckPolicy::Unchecked,
            binding_array: BoundsCheckPolicy::Unchecked,
        },
        zero_initialize_workgroup_memory: false,
        force_loop_bounding: false,
        ..Default::default()
    };
    let pipeline = msl::PipelineOptions {
        entry_point: Some((naga::ShaderStage::Compute, "main".to_owned())),
        ..Default::default()
    };
    let (text, translation) =
        msl::write_string(module, info, &options, &pipeline).map_err(|error| error.to_string())?;
    for entry_point in translation.entry_point_names {
        entry_point.map_err(|error| error.to_string())?;
    }
    Ok(text)
}

#[test]
fn every_kernel_translates() {
    let mut n_kernels = 0;
    for (name, module, info) in kernels() {
        let text = translate(&module, &info).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(text.contains("kernel void"), "{name} has no entry point");
        n_kernels += 1;
    }
    println!("{n_kernels} kernels translated");
}

/// naga writes a 64-bit division as a call of a function that Metal does not have.
#[test]
fn no_kernel_divides_64_bit_integers() {
    for (name, module, info) in kernels() {
        let functions = module
            .functions
            .iter()
            .map(|(handle, f)| (f, &info[handle]));
        let entry_points = module.entry_points.iter().enumerate();
        let entry_points = entry_points.map(|(i, e)| (&e.function, info.get_entry_point(i)));
        for (function, types) in functions.chain(entry_points) {
            for (handle, expression) in function.expressions.iter() {
                let Expression::Binary { op, .. } = expression else {
                    continue;
                };
                let divides = matches!(op, BinaryOperator::Divide | BinaryOperator::Modulo);
                let is_wide = |scalar: &Scalar| {
                    scalar.width == 8 && matches!(scalar.kind, ScalarKind::Uint | ScalarKind::Sint)
                };
                let ty = types[handle].ty.inner_with(&module.types);
                let wide = match ty {
                    TypeInner::Scalar(scalar) | TypeInner::Vector { scalar, .. } => is_wide(scalar),
                    _ => false,
                };
                assert!(!(divides && wide), "{name}: {:?}", function.name);
            }
        }
    }
}

/// Metal has 64-bit atomics on few devices only.
#[test]
fn no_kernel_has_64_bit_atomics() {
    for (name, module, _) in kernels() {
        for (_, ty) in module.types.iter() {
            let is_wide = matches!(ty.inner, TypeInner::Atomic(scalar) if scalar.width == 8);
            assert!(!is_wide, "{name} has a 64-bit atomic");
        }
    }
}

/// A subgroup has 8 to 64 threads, so that a kernel that assumes one works on one GPU only.
#[test]
fn no_kernel_uses_subgroups() {
    fn uses_subgroups(function: &Function) -> bool {
        let is_subgroup = |statement: &Statement| {
            matches!(
                statement,
                Statement::SubgroupBallot { .. }
                    | Statement::SubgroupGather { .. }
                    | Statement::SubgroupCollectiveOperation { .. }
            )
        };
        function.body.iter().any(is_subgroup)
    }
    for (name, module, _) in kernels() {
        let functions = module.functions.iter().map(|(_, function)| function);
        let entry_points = module.entry_points.iter().map(|entry| &entry.function);
        for function in functions.chain(entry_points) {
            assert!(!uses_subgroups(function), "{name}");
        }
    }
}
