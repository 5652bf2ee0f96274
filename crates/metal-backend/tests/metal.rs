//! Every kernel is valid and translates to Metal's shading language.

use naga::{
    back::msl,
    front::wgsl,
    valid::{Capabilities, ValidationFlags, Validator},
};
use openvm_metal_backend::{gpu::Multiply, kernels};

fn translate(source: &str) -> Result<String, String> {
    let module = wgsl::parse_str(source).map_err(|error| error.emit_to_string(source))?;
    let info = Validator::new(ValidationFlags::all(), Capabilities::all())
        .validate(&module)
        .map_err(|error| error.emit_to_string(source))?;
    let options = msl::Options {
        lang_version: (2, 4),
        fake_missing_bindings: true,
        zero_initialize_workgroup_memory: false,
        ..Default::default()
    };
    msl::write_string(&module, &info, &options, &msl::PipelineOptions::default())
        .map(|(text, _)| text)
        .map_err(|error| error.to_string())
}

#[test]
fn every_kernel_translates_to_metal() {
    for multiply in [Multiply::U64, Multiply::U32] {
        for (name, source) in kernels::sources(multiply) {
            let text = translate(&source).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(text.contains("kernel void"), "{name}");
        }
    }
}
