// Hashes rows of a column-major matrix: Plonky3's PaddingFreeSponge in overwrite mode, width 16, rate 8, digest 8.
//
// One dispatch absorbs one block of columns. Column c has `height` elements of ELEMENT_WORDS words (1: base field,
// 4: extension, coefficients in order) from element c * height on. Leaf `ix` of a band stands for the row
// (ix / band_len) * query_stride + first_query + ix % band_len, so that a band holds all rows of its queries.
//
// A matrix of one block is hashed in registers. Otherwise the sponge waits in `states`, 16 words a leaf, word-major,
// where the next block's dispatch takes it up at position `first_word % 8`.

@group(0) @binding(0) var<storage, read> block: array<u32>;
@group(0) @binding(1) var<storage, read_write> states: array<u32>;
// Two vectors a digest.
@group(0) @binding(2) var<storage, read_write> digests: array<vec4<u32>>;

const N_THREADS: u32 = 128u;
const RATE: u32 = 8u;

fn word(w: u32, row: u32) -> u32 {
    return block[((w / ELEMENT_WORDS) * params.height + row) * ELEMENT_WORDS + w % ELEMENT_WORDS];
}

fn overwrite(state: ptr<function, array<vec4<u32>, 4>>, position: u32, value: u32) {
    let lanes = vec4<u32>(0u, 1u, 2u, 3u);
    (*state)[0] = select((*state)[0], vec4<u32>(value), lanes == vec4<u32>(position));
    (*state)[1] = select((*state)[1], vec4<u32>(value), lanes + 4u == vec4<u32>(position));
}

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let ix = id.x + id.y * groups.x * N_THREADS;
    if (ix >= params.n_leaves) {
        return;
    }
    let query = params.first_query + (ix & ((1u << params.log_band_len) - 1u));
    let row = (ix >> params.log_band_len) * params.query_stride + query;

    var state: array<vec4<u32>, 4>;
    if (params.first_word > 0u) {
        for (var i = 0u; i < 4u; i++) {
            for (var lane = 0u; lane < 4u; lane++) {
                state[i][lane] = states[(4u * i + lane) * params.n_leaves + ix];
            }
        }
    }
    var position = params.first_word % RATE;
    var w = 0u;
    while (w < params.n_words) {
        if (position == 0u && w + RATE <= params.n_words) {
            state[0] = vec4<u32>(word(w, row), word(w + 1u, row), word(w + 2u, row), word(w + 3u, row));
            state[1] = vec4<u32>(word(w + 4u, row), word(w + 5u, row), word(w + 6u, row), word(w + 7u, row));
            w += RATE;
        } else {
            overwrite(&state, position, word(w, row));
            w += 1u;
            position = (position + 1u) % RATE;
            if (position != 0u && (w < params.n_words || params.is_last == 0u)) {
                continue;
            }
        }
        poseidon2(&state);
    }

    if (params.is_last == 1u) {
        digests[2u * (params.first_digest + ix)] = state[0];
        digests[2u * (params.first_digest + ix) + 1u] = state[1];
    } else {
        for (var i = 0u; i < 4u; i++) {
            for (var lane = 0u; lane < 4u; lane++) {
                states[(4u * i + lane) * params.n_leaves + ix] = state[i][lane];
            }
        }
    }
}
