// Values on cosets of a long skip domain to slots, one a thread. Needs source.wgsl and a constant LOG_SKIP.
//
// What and where are as in coset_inputs.wgsl, but by the sum
//     sum over y of factors[c * N + (z - y mod N)] * value(y),   factors[c * N + i] = L_0(g^(c+1) w^i),
// with the Lagrange polynomial L_0 that is 1 at 1 and 0 elsewhere on D.

const N: u32 = 1u << LOG_SKIP;

@compute @workgroup_size(N_THREADS)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let workgroup = group.x + group.y * groups.x;
    let job = jobs[job_of(workgroup)];
    let block = Block(job.source_start, job.column_start, job.height);
    let ix = (workgroup - job.first_workgroup) * N_THREADS + thread;
    let n_words = (job.n_cosets << LOG_SKIP) * job.count;
    if ix >= job.n_entries * n_words {
        return;
    }
    let column = ix / n_words;
    let entry = entries[job.first_entry + column];
    let word = ix - column * n_words;
    let point = word / job.count;
    let row = (job.first + word - point * job.count) << LOG_SKIP;
    var sum = 0u;
    for (var y = 0u; y < N; y++) {
        let weight = factors[(point & ~(N - 1u)) + ((point - y) & (N - 1u))];
        sum = fp_add(sum, fp_mul(weight, source_value(block, entry, row + y)));
    }
    slots[job.first_word + entry.slot * job.stride + word] = sum;
}
