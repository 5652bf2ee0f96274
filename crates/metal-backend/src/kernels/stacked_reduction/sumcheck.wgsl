// One pass over the pairs (Q, K) of a product sumcheck, a library. Needs a field text before it.
//
// The kernel that includes it defines load(i) and store(i, value), for vectors of the pairs before and after folding:
// pair i is vectors 2 i and 2 i + 1.

// This thread's part of the sums of Q K at X = 1 and X = 2.
var<private> at_one: vec4<u32>;
var<private> at_two: vec4<u32>;
var<workgroup> sh_one: array<vec4<u32>, N_THREADS>;
var<workgroup> sh_two: array<vec4<u32>, N_THREADS>;

fn add_products(q_0: vec4<u32>, q_1: vec4<u32>, k_0: vec4<u32>, k_1: vec4<u32>) {
    at_one = ef_add(at_one, ef_mul(q_1, k_1));
    let q_2 = ef_sub(ef_add(q_1, q_1), q_0);
    let k_2 = ef_sub(ef_add(k_1, k_1), k_0);
    at_two = ef_add(at_two, ef_mul(q_2, k_2));
}

// Folds the pairs 2 pair and 2 pair + 1 at u; `part` is 0 for Q and 1 for K. Also stores it.
fn fold(pair: u32, part: u32, u: vec4<u32>) -> vec4<u32> {
    let low = load(4u * pair + part);
    let high = load(4u * pair + 2u + part);
    let value = ef_add(low, ef_mul(u, ef_sub(high, low)));
    store(2u * pair + part, value);
    return value;
}

// Goes over `n_pairs` pairs with this thread among `n_threads`. Folds at u, adds what it evaluates to at_one, at_two.
fn pass_over(mode: u32, n_pairs: u32, thread: u32, n_threads: u32, u: vec4<u32>) {
    if (mode == EVALUATE) {
        for (var i = thread; i < n_pairs / 2u; i += n_threads) {
            add_products(load(4u * i), load(4u * i + 2u), load(4u * i + 1u), load(4u * i + 3u));
        }
    } else if (mode == FOLD) {
        for (var i = thread; i < n_pairs / 2u; i += n_threads) {
            fold(i, 0u, u);
            fold(i, 1u, u);
        }
    } else {
        for (var i = thread; i < n_pairs / 4u; i += n_threads) {
            let q_0 = fold(2u * i, 0u, u);
            let q_1 = fold(2u * i + 1u, 0u, u);
            let k_0 = fold(2u * i, 1u, u);
            let k_1 = fold(2u * i + 1u, 1u, u);
            add_products(q_0, q_1, k_0, k_1);
        }
    }
}

// Leaves the workgroup's sums in sh_one[0] and sh_two[0].
fn sum_up(lane: u32) {
    sh_one[lane] = at_one;
    sh_two[lane] = at_two;
    for (var stride = N_THREADS / 2u; stride > 0u; stride >>= 1u) {
        workgroupBarrier();
        if (lane < stride) {
            sh_one[lane] = ef_add(sh_one[lane], sh_one[lane + stride]);
            sh_two[lane] = ef_add(sh_two[lane], sh_two[lane + stride]);
        }
    }
    workgroupBarrier();
}
