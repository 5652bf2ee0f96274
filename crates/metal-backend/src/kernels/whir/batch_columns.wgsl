// Adds up columns times powers of a challenge: batched[j] += sum over c of column_c[j] * powers[first_power + c].
//
// The columns are `height` cells each, from columns[first_cell] on, over the base field. What is batched is a vector over
// the extension as four base columns of `height` words, one for each coefficient, two in each buffer.

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let j = id.x + id.y * groups.x * N_THREADS;
    let height = params.height;
    if (j >= height) {
        return;
    }
    var sum = vec4<u32>();
    if (params.is_first == 0u) {
        sum = vec4<u32>(batched[j], batched[height + j], batched_high[j], batched_high[height + j]);
    }
    for (var c = 0u; c < params.n_columns; c++) {
        sum = ef_add(sum, ef_mul_fp(powers[params.first_power + c], columns[params.first_cell + c * height + j]));
    }
    batched[j] = sum.x;
    batched[height + j] = sum.y;
    batched_high[j] = sum.z;
    batched_high[height + j] = sum.w;
}
