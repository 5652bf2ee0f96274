// A table of digests in up to four buffers, each of 2^log_block_len but the last. A digest is two vec4<u32> of canonical
// elements in Montgomery form; the values of a chunk of memory are one, too.

fn digest_half(place: u32, half: u32) -> vec4<u32> {
    let at = 2u * (place & ((1u << params.log_block_len) - 1u)) + half;
    switch place >> params.log_block_len {
        case 0u: { return digests_0[at]; }
        case 1u: { return digests_1[at]; }
        case 2u: { return digests_2[at]; }
        default: { return digests_3[at]; }
    }
}
