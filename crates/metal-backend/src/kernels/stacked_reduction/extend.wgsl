// The pairs of the rounds after those of a height: groups of that height give way to their slices, each with its value
// at u, and with the weight lambda^(2 i) times the group's K. The text of search.wgsl comes before.

fn first_of(row: u32) -> u32 {
    return pieces[row].first_pair;
}

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) n_workgroups: vec3<u32>) {
    let pair = id.x + id.y * n_workgroups.x * N_THREADS;
    if (pair >= params.n_pairs) {
        return;
    }
    let piece = pieces[row_of(pair, params.n_pieces)];
    let ix = pair - piece.first_pair;
    var q = vec4<u32>();
    var k = vec4<u32>();
    if (piece.source == PAIRS) {
        q = pairs[2u * (piece.first + ix)];
        k = pairs[2u * (piece.first + ix) + 1u];
    } else if (piece.source == SLICES) {
        for (var chunk = 0u; chunk < params.n_chunks; chunk++) {
            q = ef_add(q, slice_sums[(piece.first + ix) * params.n_chunks + chunk]);
        }
        k = ef_mul(powers[piece.first_slice + ix], pairs[2u * piece.group_pair + 1u]);
    }
    extended[2u * pair] = q;
    extended[2u * pair + 1u] = k;
}
