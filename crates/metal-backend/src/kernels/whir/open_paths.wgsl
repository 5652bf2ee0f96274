// Gathers the siblings on the paths of queries, from up to six pieces of digest layers.
//
// Query q with the index at tape[place + q] needs, of level d < depth, the digest (index >> d) ^ 1; it goes to digest
// q * depth + d of opened, counted from the vector `offset`. Piece p has the digests start_p..start_p + 2^log_len of the
// level, where shape_p is level | log_len << 8. A digest is two vectors.

@group(0) @binding(0) var<storage, read> tape: array<u32>;
@group(0) @binding(1) var<storage, read_write> opened: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> piece_0: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> piece_1: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read> piece_2: array<vec4<u32>>;
@group(0) @binding(5) var<storage, read> piece_3: array<vec4<u32>>;
@group(0) @binding(6) var<storage, read> piece_4: array<vec4<u32>>;
@group(0) @binding(7) var<storage, read> piece_5: array<vec4<u32>>;

const N_THREADS: u32 = 64u;
const N_PIECES: u32 = 6u;

fn piece_start(piece: u32) -> u32 {
    switch piece {
        case 0u: { return params.start_0; }
        case 1u: { return params.start_1; }
        case 2u: { return params.start_2; }
        case 3u: { return params.start_3; }
        case 4u: { return params.start_4; }
        default: { return params.start_5; }
    }
}

fn piece_shape(piece: u32) -> u32 {
    switch piece {
        case 0u: { return params.shape_0; }
        case 1u: { return params.shape_1; }
        case 2u: { return params.shape_2; }
        case 3u: { return params.shape_3; }
        case 4u: { return params.shape_4; }
        default: { return params.shape_5; }
    }
}

fn piece_vector(piece: u32, at: u32) -> vec4<u32> {
    switch piece {
        case 0u: { return piece_0[at]; }
        case 1u: { return piece_1[at]; }
        case 2u: { return piece_2[at]; }
        case 3u: { return piece_3[at]; }
        case 4u: { return piece_4[at]; }
        default: { return piece_5[at]; }
    }
}

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let half = id.x & 1u;
    let piece = (id.x >> 1u) % N_PIECES;
    let query = (id.x >> 1u) / N_PIECES;
    if (query >= params.n_queries) {
        return;
    }
    let shape = piece_shape(piece);
    let level = shape & 0xffu;
    // Wraps around, and is too large, where the digest lies before the piece.
    let at = ((tape[params.place + query] >> level) ^ 1u) - piece_start(piece);
    if (at < (1u << (shape >> 8u))) {
        opened[params.offset + 2u * (query * params.depth + level) + half] = piece_vector(piece, 2u * at + half);
    }
}
