// eq of the first or the last k of n coordinates, for every k in 0..=n, on the hypercube:
//     tree[start + 2^k + y] = product over i < k of (bit i of y is set ? xi_i : 1 - xi_i),
//     xi_i = xi[first + step * i] for the first, xi[first + step * (n - k + i)] for the last.

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let node = id.x + id.y * groups.x * N_THREADS;
    if node >= (2u << params.n_coordinates) {
        return;
    }
    let one = vec4<u32>(FP_ONE, 0u, 0u, 0u);
    let k = firstLeadingBit(max(node, 1u));
    let left_out = select(0u, params.n_coordinates - k, params.is_of_last != 0u);
    var product = one;
    for (var i = 0u; i < k; i++) {
        let x = xi[params.first + params.step * (left_out + i)];
        product = ef_mul(product, select(ef_sub(one, x), x, ((node >> i) & 1u) != 0u));
    }
    tree[params.start + node] = product;
}
