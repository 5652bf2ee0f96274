// Digests of pairs of digests: the first half of Poseidon2(left || right), as upstream's `Hasher::compress`. No pair has a
// digest that the same dispatch makes.

fn keep(place: u32, first: vec4<u32>, second: vec4<u32>) {
    let at = 2u * (place & ((1u << params.log_block_len) - 1u));
    switch place >> params.log_block_len {
        case 0u: {
            digests_0[at] = first;
            digests_0[at + 1u] = second;
        }
        case 1u: {
            digests_1[at] = first;
            digests_1[at + 1u] = second;
        }
        case 2u: {
            digests_2[at] = first;
            digests_2[at + 1u] = second;
        }
        default: {
            digests_3[at] = first;
            digests_3[at + 1u] = second;
        }
    }
}

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * N_THREADS;
    if (i >= params.n_pairs) {
        return;
    }
    let pair = pairs[params.first_pair + i];
    var state = array<vec4<u32>, 4>(
        digest_half(pair.left, 0u),
        digest_half(pair.left, 1u),
        digest_half(pair.right, 0u),
        digest_half(pair.right, 1u),
    );
    poseidon2(&state);
    keep(pair.place, state[0], state[1]);
}
