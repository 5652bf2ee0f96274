//! The text of the coset kernel for short chunks: a thread transforms a chunk in registers.

use crate::kernels::ntt::{dft, Code, Direction, Value};

/// The largest `l_skip` for which a thread holds a chunk in registers.
pub(super) const MAX_LOG_SKIP: usize = 6;

/// The entry point, to be put after `cosets.wgsl`.
///
/// It interpolates the chunk, multiplies the coefficients with the factors of a coset, which hold
/// the division by the chunk's length too, and evaluates. With N = 16 and two cosets these are about
/// 100 products, where the sums over all points take 512.
pub(super) fn text(l_skip: usize) -> String {
    let n = 1 << l_skip;
    let mut code = Code::default();
    code.line("");
    code.line("@compute @workgroup_size(N_THREADS)");
    code.open("fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>)");
    code.line("let ix = id.x + id.y * groups.x * N_THREADS;");
    code.open("if (ix >= params.n_entries * params.count)");
    code.line("return;");
    code.close();
    code.line("let entry = entries[params.first_entry + ix / params.count];");
    code.line("let x = ix % params.count;");
    code.line("let first = (params.first + x) << LOG_SKIP;");
    for i in 0..n {
        code.line(&format!("var row_{i}: u32;"));
    }
    // Apart, so that the loads of a column wait for nothing.
    code.open("if (entry.x == KIND_COLUMN)");
    code.line("let column = (entry.y - params.column_start) * params.height;");
    code.line("let shifted = first + entry.w;");
    code.line("let last = params.height - 1u;");
    for i in 0..n {
        code.line(&format!(
            "row_{i} = source[column + ((shifted + {i}u) & last)];"
        ));
    }
    code.close();
    code.open("else");
    for i in 0..n {
        code.line(&format!("row_{i} = source_value(entry, first + {i}u);"));
    }
    code.close();
    let rows = (0..n).map(|i| Value::Canonical(format!("row_{i}")));
    let coefficients = dft(&mut code, rows.collect(), Direction::Inverse, true);
    code.line("let target_ix = entry.z * params.stride + x;");
    code.open("for (var coset = 0u; coset < params.n_cosets; coset++)");
    code.line("let first_factor = coset << LOG_SKIP;");
    let scaled = (0..)
        .zip(&coefficients)
        .map(|(i, coefficient)| code.mul(coefficient, &format!("factors[first_factor + {i}u]")));
    let scaled = scaled.collect();
    let values = dft(&mut code, scaled, Direction::Forward, false);
    for (z, value) in values.iter().enumerate() {
        code.line(&format!(
            "slots[target_ix + (first_factor + {z}u) * params.count] = {};",
            value.name()
        ));
    }
    code.close();
    code.close();
    code.text
}
