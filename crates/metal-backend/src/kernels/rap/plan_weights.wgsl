// What the sums of plans are multiplied with: for constraint i lambda^i; for the numerator of interaction i eq_i times the
// trace's norm factor; for an element of a message eq_i beta^power, where i is its interaction.

@compute @workgroup_size(N_THREADS)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let workgroup = group.x + group.y * groups.x;
    let job = jobs[job_of(workgroup)];
    let ix = (workgroup - job.first_workgroup) * N_THREADS + thread;
    let numerators = job.n_constraints;
    let denominators = numerators + job.n_interactions;
    if ix >= denominators + job.n_elements {
        return;
    }
    var weight: vec4<u32>;
    if ix < numerators {
        weight = factors[job.lambda_start + ix];
    } else if ix < denominators {
        weight = ef_mul_fp(factors[job.eq_start + ix - numerators], job.norm_factor);
    } else {
        let element = job.elements_start + 2u * (ix - denominators);
        let eq = factors[job.eq_start + plans[element]];
        weight = ef_mul(eq, factors[job.beta_start + plans[element + 1u]]);
    }
    weights[job.weights_start + ix] = weight;
}
