//! The kernels' texts: valid with both field forms, and translatable to MSL.

use naga::{
    back::msl,
    valid::{Capabilities, ModuleInfo, ValidationFlags, Validator},
    Module,
};
use openvm_metal_backend::{
    constraints::compile::kernel::{text, Form, Mode, STRAIGHT_LINE, WORKGROUP_SIZE},
    gpu::Multiply,
    kernels::field,
};

/// The field texts, by their multiply.
pub const FIELDS: [(&str, &str); 2] = [
    ("u64", field::source(Multiply::U64)),
    ("u32", field::source(Multiply::U32)),
];

#[test]
fn kernels_for_every_air_translate_to_msl() {
    for (field_name, field) in FIELDS {
        for form in Form::ALL {
            for mode in Mode::ALL {
                let source = format!("{field}\n{}", text(form, mode, STRAIGHT_LINE));
                let (module, info) = validate(&source);
                let msl = translate_to_msl(&module, &info);
                println!(
                    "{field_name} {form:?} {mode:?}: {} bytes of WGSL, {} of MSL",
                    source.len(),
                    msl.len(),
                );
            }
        }
    }
}

/// The Rust constants are those of the text.
#[test]
fn texts_and_constants_agree() {
    let source = text(Form::Base, Mode::Fold, STRAIGHT_LINE);
    assert!(source.contains(&format!("const WORKGROUP_SIZE: u32 = {WORKGROUP_SIZE}u;")));
}

fn validate(source: &str) -> (Module, ModuleInfo) {
    let module = naga::front::wgsl::parse_str(source)
        .unwrap_or_else(|error| panic!("{}", error.emit_to_string(source)));
    let capabilities = Capabilities::SHADER_INT64 | Capabilities::IMMEDIATES;
    let info = Validator::new(ValidationFlags::all(), capabilities)
        .validate(&module)
        .unwrap_or_else(|error| panic!("{}", error.emit_to_string(source)));
    (module, info)
}

fn translate_to_msl(module: &Module, info: &ModuleInfo) -> String {
    let options = msl::Options {
        lang_version: (2, 3),
        fake_missing_bindings: true,
        zero_initialize_workgroup_memory: false,
        ..Default::default()
    };
    let pipeline = msl::PipelineOptions::default();
    msl::write_string(module, info, &options, &pipeline)
        .expect("the module translates")
        .0
}
