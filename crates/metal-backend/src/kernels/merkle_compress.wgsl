// One layer of a Merkle tree: parent i is the first half of Poseidon2(left || right).
//
// The children of i = x * 2^log_stride + y are (2 x) * 2^log_stride + y and (2 x + 1) * 2^log_stride + y, which for
// log_stride = 0 are 2 i and 2 i + 1. A digest is two vec4<u32>, words in Montgomery form; offsets count
// digests.

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) n_workgroups: vec3<u32>) {
    let i = id.y * n_workgroups.x * N_THREADS + id.x;
    if i >= params.n_parents {
        return;
    }
    let stride = 1u << params.log_stride;
    let left = 2u * (params.child_offset + 2u * i - (i & (stride - 1u)));
    let right = left + 2u * stride;
    var state = array<vec4<u32>, 4>(children[left], children[left + 1u], children[right], children[right + 1u]);
    poseidon2(&state);
    let parent = 2u * (params.parent_offset + i);
    parents[parent] = state[0];
    parents[parent + 1u] = state[1];
}
