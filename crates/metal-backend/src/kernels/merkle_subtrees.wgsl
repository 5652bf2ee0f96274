// Small subtrees of a Merkle tree, several levels in one dispatch. Needs lanes.wgsl before it, with a lane a thread.
//
// A subtree has 2^n_levels digests at its bottom, and 2^k are k levels below its root. Digest c of those 2^k of subtree
// x * 2^log_stride + y lies at (x * 2^k + c) * 2^log_stride + y, which for log_stride = 0 is subtree after subtree; the
// pairs are those of merkle_compress.wgsl. A workgroup takes 32 digests, of neighbouring subtrees, and sixteen lanes make
// a parent of two. Levels from `first_kept` on are written, each to a buffer of its own. A digest is 8 words in Montgomery form.

const DIGEST_WORDS: u32 = 8u;
const N_TAKEN: u32 = N_THREADS / DIGEST_WORDS;

// Where digest i of this workgroup's lies, with 2^k of each subtree.
fn place(first_subtree: u32, i: u32, k: u32) -> u32 {
    let subtree = first_subtree + (i >> k);
    let x = subtree >> params.log_stride;
    let y = subtree & ((1u << params.log_stride) - 1u);
    let c = i & ((1u << k) - 1u);
    return (((x << k) + c) << params.log_stride) + y;
}

fn keep(level: u32, at: u32, word: u32) {
    switch level {
        case 0u: { level_0[at] = word; }
        case 1u: { level_1[at] = word; }
        case 2u: { level_2[at] = word; }
        case 3u: { level_3[at] = word; }
        default: { level_4[at] = word; }
    }
}

@compute @workgroup_size(N_THREADS)
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3<u32>) {
    lanes_load(lane);
    for (var i = lane; i < LANES_N_CONSTANTS; i += N_THREADS) {
        sh_lanes_constants[i] = lanes_constants[i];
    }
    let first_subtree = group.x * (N_TAKEN >> params.n_levels);
    var n_digests = min(N_TAKEN, (params.n_subtrees - first_subtree) << params.n_levels);
    // A lane's word of a digest, as digests lie one after the other.
    let digest = lane / DIGEST_WORDS;
    let word = lane & (DIGEST_WORDS - 1u);
    if (digest < n_digests) {
        sh_lanes[lane] = children[DIGEST_WORDS * place(first_subtree, digest, params.n_levels) + word];
    }
    for (var level = 0u; level < params.n_levels; level++) {
        n_digests >>= 1u;
        let first = lane & ~(LANES_WIDTH - 1u);
        lanes_permute(lane, first, lane < LANES_WIDTH * n_digests);
        var parent_word = 0u;
        if (digest < n_digests) {
            parent_word = sh_lanes[LANES_WIDTH * digest + word];
        }
        workgroupBarrier();
        if (digest < n_digests) {
            sh_lanes[lane] = parent_word;
            if (level >= params.first_kept) {
                let at = params.first_parent + place(first_subtree, digest, params.n_levels - 1u - level);
                keep(level, DIGEST_WORDS * at + word, parent_word);
            }
        }
    }
}
