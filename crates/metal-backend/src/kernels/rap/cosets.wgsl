// Values on cosets of the skip domain to slots, four a thread. Needs source.wgsl and a constant LOG_SKIP.
//
// D = <w> has N = 2^LOG_SKIP points. On chunk x of N rows a column is a polynomial of degree < N by its values on D.
// Word ((c * n_x + x) * N + z) of a slot is its value at g^(c+1) w^z on chunk first + x, which is
//     sum over y of kernel[c * N + (z - y mod N)] * value(y),   kernel[c * N + i] = L_0(g^(c+1) w^i),
// with the Lagrange polynomial L_0 that is 1 at 1 and 0 elsewhere on D.

@group(0) @binding(2) var<storage, read_write> slots: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> kernel: array<u32>;

const N: u32 = 1u << LOG_SKIP;

// The four words from `word`, a multiple of four, on: all of one chunk and coset, as N >= 4.
fn four_of_a_chunk(entry: vec4<u32>, word: u32) -> vec4<u32> {
    let chunk = word >> LOG_SKIP;
    let base = (chunk / params.n_x) << LOG_SKIP;
    let row = (params.first + chunk % params.n_x) << LOG_SKIP;
    let z = word & (N - 1u);
    var weights = vec4<u32>(kernel[base + z], kernel[base + z + 1u], kernel[base + z + 2u], kernel[base + z + 3u]);
    var sum = vec4<u32>();
    for (var y = 0u; y < N; y++) {
        // Four base elements by one, as an extension element by one.
        sum = ef_add(sum, ef_mul_fp(weights, source_value(entry, row + y)));
        weights = vec4<u32>(kernel[base + ((z - y - 1u) & (N - 1u))], weights.xyz);
    }
    return sum;
}

fn one(entry: vec4<u32>, word: u32) -> u32 {
    let chunk = word >> LOG_SKIP;
    let coset = chunk / params.n_x;
    if coset >= params.n_cosets {
        return 0u;
    }
    let row = (params.first + chunk % params.n_x) << LOG_SKIP;
    var sum = 0u;
    for (var y = 0u; y < N; y++) {
        let weight = kernel[(coset << LOG_SKIP) + ((word - y) & (N - 1u))];
        sum = fp_add(sum, fp_mul(weight, source_value(entry, row + y)));
    }
    return sum;
}

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let ix = id.x + id.y * groups.x * N_THREADS;
    if ix >= params.n_entries * params.count {
        return;
    }
    let entry = entries[params.first_entry + ix / params.count];
    let lane = ix % params.count;
    let word = 4u * lane;
    var values: vec4<u32>;
    if LOG_SKIP >= 2u {
        values = four_of_a_chunk(entry, word);
    } else {
        values = vec4<u32>(one(entry, word), one(entry, word + 1u), one(entry, word + 2u), one(entry, word + 3u));
    }
    slots[entry.z * params.stride + lane] = values;
}
