// Three levels of the tree of fractions: a parent is the sum p_0 / q_0 + p_1 / q_1 = (p_0 q_1 + p_1 q_0) / (q_0 q_1) of two
// neighbours. Needs tiles.wgsl and a text of numerators before it.
//
// The source is a block of its level. A thread adds up eight of its neighbours; of its 4, 2 and 1 sums the first goes to
// offset_1 + 4 i, offset_2 + 2 i and offset_3 + i.

struct Fraction {
    p: vec4<u32>,
    q: vec4<u32>,
}

fn add_fractions(a: Fraction, b: Fraction) -> Fraction {
    return Fraction(ef_add(ef_mul(a.p, b.q), ef_mul(b.p, a.q)), ef_mul(a.q, b.q));
}

fn sum_of_source(i: u32) -> Fraction {
    let a = tiled(2u * i);
    let b = tiled(2u * i + 1u);
    let q_a = q_source[a];
    let q_b = q_source[b];
    let p = ef_add(numerator_mul_ef(p_source[a], q_b), numerator_mul_ef(p_source[b], q_a));
    return Fraction(p, ef_mul(q_a, q_b));
}

fn keep_1(i: u32, fraction: Fraction) {
    let place = tiled(params.offset_1 + i);
    p_1[place] = fraction.p;
    q_1[place] = fraction.q;
}

fn keep_2(i: u32, fraction: Fraction) {
    let place = tiled(params.offset_2 + i);
    p_2[place] = fraction.p;
    q_2[place] = fraction.q;
}

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.y * groups.x * N_THREADS + id.x;
    if (i >= params.n_eighths) {
        return;
    }
    // All of the source is read before anything is written, so that the reads need not wait for each other.
    let a = sum_of_source(4u * i);
    let b = sum_of_source(4u * i + 1u);
    let c = sum_of_source(4u * i + 2u);
    let d = sum_of_source(4u * i + 3u);
    let ab = add_fractions(a, b);
    let cd = add_fractions(c, d);
    let all = add_fractions(ab, cd);
    keep_1(4u * i, a);
    keep_1(4u * i + 1u, b);
    keep_1(4u * i + 2u, c);
    keep_1(4u * i + 3u, d);
    keep_2(2u * i, ab);
    keep_2(2u * i + 1u, cd);
    let place = tiled(params.offset_3 + i);
    p_3[place] = all.p;
    q_3[place] = all.q;
}
