//! `field.wgsl` on `field_u64.wgsl` or `field_u32.wgsl`: BabyBear and its extension of degree 4.

use crate::gpu::Multiply;

/// The field's functions in the given form; both forms define the same ones.
pub const fn source(multiply: Multiply) -> &'static str {
    match multiply {
        Multiply::U64 => concat!(include_str!("field.wgsl"), include_str!("field_u64.wgsl")),
        Multiply::U32 => concat!(include_str!("field.wgsl"), include_str!("field_u32.wgsl")),
    }
}
