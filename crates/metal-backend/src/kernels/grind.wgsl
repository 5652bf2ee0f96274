// Searches the smallest proof-of-work nonce: the smallest integer w for which observing the element w and sampling
// gives an element whose canonical value ends in `bits` zeros. Needs Poseidon2 before it.
//
// Thread t tries first_nonce + t, then steps of the number of threads, and stops at a nonce that is larger than one
// found: every smaller one has been tried by then. The cell tape[place], 0 at first, holds 2^32 - 1 - w for the
// smallest one so far, and goes on to the next dispatch. transcript.wgsl turns it into the element.

const LARGEST: u32 = 0xffffffffu;
// Where sponge.wgsl keeps the number of words that wait to be permuted.
const ABSORB_INDEX: u32 = 16u;
// R^2 mod P: a product with it turns an integer into the element's Montgomery form.
const R_SQUARED: u32 = 0x45dddde3u;

// Whatever the number of words that wait to be permuted, the nonce is followed by one permutation, after which the
// last word of the rate is sampled.
fn is_accepted(observed: array<vec4<u32>, 4>) -> bool {
    var state = observed;
    poseidon2(&state);
    return (fp_mul(state[1].w, 1u) & ((1u << params.bits) - 1u)) == 0u;
}

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    var start: array<vec4<u32>, 4>;
    for (var i = 0u; i < 4u; i++) {
        start[i] = vec4<u32>(sponge[4u * i], sponge[4u * i + 1u], sponge[4u * i + 2u], sponge[4u * i + 3u]);
    }
    let lanes = vec4<u32>(0u, 1u, 2u, 3u);
    let is_nonce_0 = lanes == vec4<u32>(sponge[ABSORB_INDEX]);
    let is_nonce_1 = lanes + 4u == vec4<u32>(sponge[ABSORB_INDEX]);

    for (var nonce = params.first_nonce + id.x; nonce < params.end_nonce; nonce += groups.x * N_THREADS) {
        if (nonce > LARGEST - atomicLoad(&tape[params.place])) {
            break;
        }
        var state = start;
        let word = vec4<u32>(fp_mul(nonce, R_SQUARED));
        state[0] = select(state[0], word, is_nonce_0);
        state[1] = select(state[1], word, is_nonce_1);
        if (is_accepted(state)) {
            atomicMax(&tape[params.place], LARGEST - nonce);
            break;
        }
    }
}
