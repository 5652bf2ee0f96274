// A round of WHIR's sumcheck: fixes a variable to alpha (FOLDS), and adds up the next round polynomial (SUMS). Both are
// constants put before this text. Needs stored_weights.wgsl or point_weights.wgsl after it.
//
// f is in coefficients c, as four base columns, two in each of two buffers or all in one, where the third begins at
// params.third_column; the weights W are in the dual basis, so that the sum over the hypercube is sum_j c[j] W[j]. With
// the lowest bit of the index for the variable X,
//
//     c'[j] = c[2j] + X c[2j + 1]        W'[j] = (1 - X) W[2j] + (2X - 1) W[2j + 1]
//
// and the round polynomial is s(X) = sum_j c'[j] W'[j]. Workgroup g leaves its part of s(1) and s(2) in partials[2g] and
// partials[2g + 1].

// What belongs to s(1) and to s(2): sums, or W'[j] for both.
struct AtOneAndTwo {
    at_1: vec4<u32>,
    at_2: vec4<u32>,
}

var<workgroup> sh_sums: array<AtOneAndTwo, N_THREADS>;
var<private> alpha: vec4<u32>;

fn given_f(j: u32) -> vec4<u32> {
    let len = params.len;
    let third = params.third_column + j;
    return vec4<u32>(f_in[j], f_in[len + j], f_in_high[third], f_in_high[len + third]);
}

// f at j after the fold, if there is one; it is kept.
fn next_f(j: u32) -> vec4<u32> {
    if (!FOLDS) {
        return given_f(j);
    }
    let folded = ef_add(given_f(2u * j), ef_mul(alpha, given_f(2u * j + 1u)));
    let len = params.len / 2u;
    f_out[j] = folded.x;
    f_out[len + j] = folded.y;
    f_out[2u * len + j] = folded.z;
    f_out[3u * len + j] = folded.w;
    return folded;
}

@compute @workgroup_size(N_THREADS)
fn main(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    if (FOLDS) {
        alpha = tape[params.alpha_place / 4u];
    }
    let next_len = select(params.len, params.len / 2u, FOLDS);
    let n_threads = params.n_groups * N_THREADS;
    if (!SUMS) {
        for (var j = id.x; j < next_len; j += n_threads) {
            _ = next_f(j);
        }
        keep_weights(id.x, n_threads, next_len);
        return;
    }

    var sums = AtOneAndTwo();
    for (var j = id.x; j < next_len / 2u; j += n_threads) {
        let c_0 = next_f(2u * j);
        let c_1 = next_f(2u * j + 1u);
        let weights = pair_weights(j);
        let c_at_1 = ef_add(c_0, c_1);
        sums.at_1 = ef_add(sums.at_1, ef_mul(c_at_1, weights.at_1));
        sums.at_2 = ef_add(sums.at_2, ef_mul(ef_add(c_at_1, c_1), weights.at_2));
    }
    sh_sums[lane] = sums;
    for (var n = N_THREADS / 2u; n > 0u; n >>= 1u) {
        workgroupBarrier();
        if (lane < n) {
            sh_sums[lane].at_1 = ef_add(sh_sums[lane].at_1, sh_sums[lane + n].at_1);
            sh_sums[lane].at_2 = ef_add(sh_sums[lane].at_2, sh_sums[lane + n].at_2);
        }
    }
    if (lane == 0u) {
        let scaled_sums = scaled(sh_sums[0]);
        partials[2u * group.x] = scaled_sums.at_1;
        partials[2u * group.x + 1u] = scaled_sums.at_2;
    }
}
