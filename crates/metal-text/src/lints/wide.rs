//! What Metal has on some devices only, or not at all.

use naga::ir::{
    BinaryOperator, Binding, BuiltIn, Expression, Scalar, ScalarKind, Statement, TypeInner,
};

use super::Lint;
use crate::text::walk;

/// No integer of 64 bits is divided.
pub const WIDE_DIVISION: Lint = Lint {
    name: "wide-division",
    what: "a division or remainder of 64-bit integers",
    why: "naga guards it with a call of `metal::select` on operands of two types, which Metal does not have, and GPUs \
          take some hundred instructions for it",
    link: "https://github.com/gfx-rs/wgpu/blob/v30/naga/src/back/msl/writer.rs, write_wrapped_binary_op",
    instead: "shifts, a Montgomery reduction, or a reciprocal that the host has computed",
    find: |text| {
        let mut places = vec![];
        for (function, info) in text.functions() {
            for (handle, expression) in function.expressions.iter() {
                let Expression::Binary { op, .. } = expression else {
                    continue;
                };
                let divides = matches!(op, BinaryOperator::Divide | BinaryOperator::Modulo);
                let ty = info[handle].ty.inner_with(&text.module.types);
                if divides && ty.scalar().is_some_and(is_wide_integer) {
                    places.push(text.line(function, handle));
                }
            }
        }
        places
    },
};

fn is_wide_integer(scalar: Scalar) -> bool {
    scalar.width == 8 && matches!(scalar.kind, ScalarKind::Uint | ScalarKind::Sint)
}

/// No atomic has 64 bits.
pub const WIDE_ATOMIC: Lint = Lint {
    name: "wide-atomic",
    what: "a 64-bit atomic",
    why: "Metal has them from Apple's ninth GPU family on, and there only the minimum and maximum without a result",
    link: "https://developer.apple.com/metal/Metal-Feature-Set-Tables.pdf, \"64-bit atomics\"",
    instead: "32-bit atomics, or a sum per workgroup and a kernel that adds those",
    find: |text| {
        let is_wide = |ty: &TypeInner| matches!(ty, TypeInner::Atomic(scalar) if scalar.width == 8);
        let types = text.module.types.iter();
        let wide = types.filter(|(_, ty)| is_wide(&ty.inner));
        wide.map(|_| "a type is a 64-bit atomic".to_owned()).collect()
    },
};

/// No kernel knows of subgroups.
pub const SUBGROUPS: Lint = Lint {
    name: "subgroups",
    what: "a subgroup operation, or a subgroup's size or number",
    why: "a subgroup has 4 to 128 threads, which on one GPU may differ from kernel to kernel: a kernel that assumes \
          one size is right on one GPU only",
    link: "https://www.w3.org/TR/webgpu/#subgroups",
    instead: "workgroup memory and barriers",
    find: |text| {
        let mut places = vec![];
        for (function, _) in text.functions() {
            let name = function.name.as_deref().unwrap_or("main");
            walk(&function.body, &mut |statement| {
                let is_subgroup = match statement {
                    Statement::SubgroupBallot { .. }
                    | Statement::SubgroupGather { .. }
                    | Statement::SubgroupCollectiveOperation { .. } => true,
                    Statement::ControlBarrier(barrier) | Statement::MemoryBarrier(barrier) => {
                        barrier.contains(naga::ir::Barrier::SUB_GROUP)
                    }
                    _ => false,
                };
                if is_subgroup {
                    places.push(format!("an operation in `{name}`"));
                }
            });
            let bindings = function.arguments.iter().filter_map(|a| a.binding.as_ref());
            if bindings.into_iter().any(is_subgroup_built_in) {
                places.push(format!("an argument of `{name}`"));
            }
        }
        for (_, ty) in text.module.types.iter() {
            if let TypeInner::Struct { members, .. } = &ty.inner {
                let mut bindings = members.iter().filter_map(|member| member.binding.as_ref());
                if bindings.any(is_subgroup_built_in) {
                    places.push("a member of a struct of arguments".to_owned());
                }
            }
        }
        places
    },
};

fn is_subgroup_built_in(binding: &Binding) -> bool {
    matches!(
        binding,
        Binding::BuiltIn(
            BuiltIn::NumSubgroups
                | BuiltIn::SubgroupId
                | BuiltIn::SubgroupSize
                | BuiltIn::SubgroupInvocationId
        )
    )
}
