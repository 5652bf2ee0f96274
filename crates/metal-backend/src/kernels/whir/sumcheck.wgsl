// A round of WHIR's sumcheck: fixes a variable to alpha (FOLDS), and adds up the next round polynomial (SUMS). Both are
// constants put before this text.
//
// f is in coefficients c, as four base columns; the weights W are in the dual basis, one vector an index, so that the sum
// over the hypercube is sum_j c[j] W[j]. With the lowest bit of the index for the variable X,
//
//     c'[j] = c[2j] + X c[2j + 1]        W'[j] = (1 - X) W[2j] + (2X - 1) W[2j + 1]
//
// and the round polynomial is s(X) = sum_j c'[j] W'[j]. Workgroup g leaves its part of s(1) and s(2) in partials[2g] and
// partials[2g + 1].

@group(0) @binding(0) var<storage, read> f_in: array<u32>;
@group(0) @binding(1) var<storage, read> weights_in: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> f_out: array<u32>;
@group(0) @binding(3) var<storage, read_write> weights_out: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read> tape: array<vec4<u32>>;
@group(0) @binding(5) var<storage, read_write> partials: array<vec4<u32>>;

const N_THREADS: u32 = 256u;

var<workgroup> sh_sums: array<array<vec4<u32>, 2>, N_THREADS>;
var<private> alpha: vec4<u32>;

fn given_f(j: u32) -> vec4<u32> {
    let len = params.len;
    return vec4<u32>(f_in[j], f_in[len + j], f_in[2u * len + j], f_in[3u * len + j]);
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

// The weight at j after the fold, if there is one; it is kept.
fn next_weight(j: u32) -> vec4<u32> {
    if (!FOLDS) {
        return weights_in[j];
    }
    let low = weights_in[2u * j];
    let high = weights_in[2u * j + 1u];
    let at_0 = ef_sub(low, high);
    let folded = ef_add(at_0, ef_mul(alpha, ef_sub(high, at_0)));
    weights_out[j] = folded;
    return folded;
}

@compute @workgroup_size(N_THREADS)
fn main(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    if (FOLDS) {
        alpha = tape[params.alpha_place / 4u];
    }
    let next_len = select(params.len, params.len / 2u, FOLDS);
    let n_threads = groups.x * N_THREADS;
    if (!SUMS) {
        for (var j = id.x; j < next_len; j += n_threads) {
            _ = next_f(j);
            _ = next_weight(j);
        }
        return;
    }

    var at_1 = vec4<u32>();
    var at_2 = vec4<u32>();
    for (var j = id.x; j < next_len / 2u; j += n_threads) {
        let c_0 = next_f(2u * j);
        let c_1 = next_f(2u * j + 1u);
        let w_0 = next_weight(2u * j);
        let w_1 = next_weight(2u * j + 1u);
        let c_at_1 = ef_add(c_0, c_1);
        at_1 = ef_add(at_1, ef_mul(c_at_1, w_1));
        let w_at_2 = ef_sub(ef_add(ef_add(w_1, w_1), w_1), w_0);
        at_2 = ef_add(at_2, ef_mul(ef_add(c_at_1, c_1), w_at_2));
    }
    sh_sums[lane][0] = at_1;
    sh_sums[lane][1] = at_2;
    for (var n = N_THREADS / 2u; n > 0u; n >>= 1u) {
        workgroupBarrier();
        if (lane < n) {
            sh_sums[lane][0] = ef_add(sh_sums[lane][0], sh_sums[lane + n][0]);
            sh_sums[lane][1] = ef_add(sh_sums[lane][1], sh_sums[lane + n][1]);
        }
    }
    if (lane == 0u) {
        partials[2u * group.x] = sh_sums[0][0];
        partials[2u * group.x + 1u] = sh_sums[0][1];
    }
}
