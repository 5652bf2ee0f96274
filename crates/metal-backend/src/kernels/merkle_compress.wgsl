// Compresses pairs of digests: the first 8 words of Poseidon2 of both. Digest j is the vectors 2j and 2j + 1.
//
// Output i is made of inputs 2x * stride + y and (2x + 1) * stride + y for x = i / stride, y = i % stride, and
// stride a power of two. With stride 1 these are neighbours.

@group(0) @binding(0) var<storage, read> inputs: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> outputs: array<vec4<u32>>;

const N_THREADS: u32 = 128u;

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let ix = id.x + id.y * groups.x * N_THREADS;
    if (ix >= params.n_outputs) {
        return;
    }
    let y = ix & ((1u << params.log_stride) - 1u);
    let left = params.first_input + ((ix - y) << 1u) + y;
    let right = left + (1u << params.log_stride);
    var state = array<vec4<u32>, 4>(
        inputs[2u * left],
        inputs[2u * left + 1u],
        inputs[2u * right],
        inputs[2u * right + 1u],
    );
    poseidon2(&state);
    outputs[2u * (params.first_output + ix)] = state[0];
    outputs[2u * (params.first_output + ix) + 1u] = state[1];
}
