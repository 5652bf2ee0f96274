// Gathers the siblings on the paths of queries, from up to six pieces of digest layers.
//
// Query q with the index at tape[place + q] needs, of level d < depth, the digest (index >> d) ^ 1. A digest is two
// vectors. Each thread has a query and half a digest (x), and a piece (y), from which it copies if the digest lies there.

fn piece_vector(number: u32, at: u32) -> vec4<u32> {
    switch number {
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
    let query = id.x >> 1u;
    let number = id.y;
    if (query >= params.n_queries) {
        return;
    }
    let piece = pieces[number];
    // Wraps around, and is too large, where the digest lies before the piece.
    let at = ((tape[params.place + query] >> piece.level) ^ 1u) - piece.first_digest;
    if (at < piece.n_digests) {
        opened[piece.offset + 2u * query * params.depth + half] = piece_vector(number, 2u * at + half);
    }
}
