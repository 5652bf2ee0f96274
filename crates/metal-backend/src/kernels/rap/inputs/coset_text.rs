//! The text of the coset kernel for short chunks: a thread transforms a chunk in registers.

use crate::kernels::ntt::{dft, Code, Direction, Value};

/// The entry point, to be put after `coset_inputs.wgsl`.
///
/// It interpolates the chunk, multiplies the coefficients with the factors of a coset, which hold
/// the division by the chunk's length too, and evaluates. With N = 16 and two cosets these are about
/// 100 products, where the sums over all points take 512.
pub(super) fn text(l_skip: usize) -> String {
    let n = 1 << l_skip;
    let mut code = Code::default();
    code.line("");
    code.line("@compute @workgroup_size(N_THREADS)");
    code.open(
        "fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, \
         @builtin(local_invocation_index) thread: u32)",
    );
    code.line("let workgroup = group.x + group.y * groups.x;");
    code.line("let job = jobs[job_of(workgroup)];");
    code.line("let block = Block(job.source_start, job.column_start, job.height);");
    code.line("let ix = (workgroup - job.first_workgroup) * N_THREADS + thread;");
    code.open("if (ix >= job.n_entries * job.count)");
    code.line("return;");
    code.close();
    code.line("let column = ix / job.count;");
    code.line("let entry = entries[job.first_entry + column];");
    code.line("let x = ix - column * job.count;");
    code.line("let first = (job.first + x) << LOG_SKIP;");
    for i in 0..n {
        code.line(&format!("var row_{i}: u32;"));
    }
    // Apart, so that the loads of a column wait for nothing.
    code.open("if (entry.kind == KIND_COLUMN)");
    code.line("let start = column_place(block, entry);");
    code.line("let shifted = first + entry.next;");
    code.line("let last = job.height - 1u;");
    for i in 0..n {
        code.line(&format!(
            "row_{i} = source[start + ((shifted + {i}u) & last)];"
        ));
    }
    code.close();
    code.open("else");
    for i in 0..n {
        code.line(&format!(
            "row_{i} = source_value(block, entry, first + {i}u);"
        ));
    }
    code.close();
    let rows = (0..n).map(|i| Value::Canonical(format!("row_{i}")));
    let coefficients = dft(&mut code, rows.collect(), Direction::Inverse, true);
    code.line("let target_ix = job.first_word + entry.slot * job.stride + x;");
    code.line("let n_cosets = min(job.n_cosets, arrayLength(&factors) >> LOG_SKIP);");
    code.open("for (var coset = 0u; coset < n_cosets; coset++)");
    code.line("let first_factor = coset << LOG_SKIP;");
    let scaled = (0..)
        .zip(&coefficients)
        .map(|(i, coefficient)| code.mul(coefficient, &format!("factors[first_factor + {i}u]")));
    let scaled = scaled.collect();
    let values = dft(&mut code, scaled, Direction::Forward, false);
    for (z, value) in values.iter().enumerate() {
        code.line(&format!(
            "slots[target_ix + (first_factor + {z}u) * job.count] = {};",
            value.name()
        ));
    }
    code.close();
    code.close();
    code.text
}
