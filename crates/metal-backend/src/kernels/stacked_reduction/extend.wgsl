// The pairs of the rounds after those of a height: groups of that height give way to their slices, each with its value
// at u, and with the weight lambda^(2 i) times the group's K.
//
// A piece of the new pairs is two vectors: (its first pair, kind, source, first slice), (the group's old pair).

@group(0) @binding(0) var<storage, read> pieces: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read> powers: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> slice_sums: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> pairs: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read_write> extended: array<vec4<u32>>;

const N_THREADS: u32 = 256u;
// Old pairs from `source` on.
const COPY: u32 = 0u;
// Values of slices, from number `source` of slice_sums on.
const SLICES: u32 = 1u;
// Otherwise zeros.

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) n_workgroups: vec3<u32>) {
    let pair = id.x + id.y * n_workgroups.x * N_THREADS;
    if (pair >= params.n_pairs) {
        return;
    }
    // The last piece that begins at or before this pair.
    var low = 0u;
    var high = params.n_pieces;
    while (high - low > 1u) {
        let middle = (low + high) / 2u;
        if (pieces[2u * middle].x <= pair) {
            low = middle;
        } else {
            high = middle;
        }
    }
    let piece = pieces[2u * low];
    let ix = pair - piece.x;
    var q = vec4<u32>();
    var k = vec4<u32>();
    if (piece.y == COPY) {
        q = pairs[2u * (piece.z + ix)];
        k = pairs[2u * (piece.z + ix) + 1u];
    } else if (piece.y == SLICES) {
        for (var chunk = 0u; chunk < params.n_chunks; chunk++) {
            q = ef_add(q, slice_sums[(piece.z + ix) * params.n_chunks + chunk]);
        }
        k = ef_mul(powers[piece.w + ix], pairs[2u * pieces[2u * low + 1u].x + 1u]);
    }
    extended[2u * pair] = q;
    extended[2u * pair + 1u] = k;
}
