// Leaf digests of a Merkle tree: the padding-free sponge (Poseidon2, rate 8, overwriting) over the rows of a matrix.
//
// One dispatch absorbs one block of columns for a band of rows. The matrix is column-major, column c at c * height.
// Leaf i of the band is row t * query_stride + first_query + y with t = i / band_len, y = i % band_len; its
// digest is two vec4<u32> at 2 (first_digest + i). With several blocks, the sponge waits in `states` from one dispatch
// to the next, word w of leaf i at w * n_leaves + i; a block may end anywhere in the rate. All words are in Montgomery
// form.

// Word `index` of this row of the block; beyond the block, the rate keeps its word.
fn absorb(row: u32, index: u32, kept: u32) -> u32 {
    if index >= params.n_columns {
        return kept;
    }
    return matrix[index * params.height + row];
}

fn absorb_4(row: u32, index: u32, kept: vec4<u32>) -> vec4<u32> {
    return vec4<u32>(
        absorb(row, index, kept.x),
        absorb(row, index + 1u, kept.y),
        absorb(row, index + 2u, kept.z),
        absorb(row, index + 3u, kept.w),
    );
}

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) n_workgroups: vec3<u32>) {
    let leaf = id.y * n_workgroups.x * N_THREADS + id.x;
    if leaf >= params.n_leaves {
        return;
    }
    let band_mask = (1u << params.log_band_len) - 1u;
    let row = (leaf >> params.log_band_len) * params.query_stride + params.first_query + (leaf & band_mask);

    var state = array<vec4<u32>, 4>();
    if params.column_start > 0u {
        for (var w = 0u; w < 4u; w++) {
            let at = 4u * w * params.n_leaves + leaf;
            state[w] = vec4<u32>(
                states[at],
                states[at + params.n_leaves],
                states[at + 2u * params.n_leaves],
                states[at + 3u * params.n_leaves],
            );
        }
    }

    // The rate is filled from `begin` on; before it, an index has wrapped around 2^32 and lies beyond the block, too.
    let begin = params.column_start % 8u;
    let end = begin + params.n_columns;
    for (var at = 0u; at < end; at += 8u) {
        state[0] = absorb_4(row, at - begin, state[0]);
        state[1] = absorb_4(row, at + 4u - begin, state[1]);
        if at + 8u <= end || params.is_last == 1u {
            poseidon2(&state);
        }
    }

    if params.is_last == 1u {
        let digest = 2u * (params.first_digest + leaf);
        digests[digest] = state[0];
        digests[digest + 1u] = state[1];
    } else {
        for (var w = 0u; w < 4u; w++) {
            let at = 4u * w * params.n_leaves + leaf;
            states[at] = state[w].x;
            states[at + params.n_leaves] = state[w].y;
            states[at + 2u * params.n_leaves] = state[w].z;
            states[at + 3u * params.n_leaves] = state[w].w;
        }
    }
}
