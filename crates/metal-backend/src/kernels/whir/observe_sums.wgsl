// Adds up what workgroups left, observes the sums, and samples a challenge where one follows at once. Needs the sponge's
// text before it. One workgroup.
//
// partials[n_values * g + v] is the part of value v that workgroup g has found. Value v goes to tape[place + 4v], and the
// challenge to tape[sample_place].

var<workgroup> sh_sums: array<vec4<u32>, N_THREADS>;

@compute @workgroup_size(N_THREADS)
fn main(@builtin(local_invocation_index) lane: u32) {
    sponge_load(lane);
    for (var v = 0u; v < params.n_values; v++) {
        var sum = vec4<u32>();
        for (var g = lane; g < params.n_partials; g += N_THREADS) {
            sum = ef_add(sum, partials[params.n_values * g + v]);
        }
        sh_sums[lane] = sum;
        for (var n = N_THREADS / 2u; n > 0u; n >>= 1u) {
            workgroupBarrier();
            if (lane < n) {
                sh_sums[lane] = ef_add(sh_sums[lane], sh_sums[lane + n]);
            }
        }
        if (lane == 0u) {
            sponge_put_ef(0u, sh_sums[0]);
            tape[params.place / 4u + v] = sh_sums[0];
        }
        // The challenge follows the last value.
        let samples = params.sample_place != NO_PLACE && v + 1u == params.n_values;
        sponge_exchange(4u, select(0u, 4u, samples));
    }
    if (lane == 0u && params.sample_place != NO_PLACE) {
        tape[params.sample_place / 4u] = sponge_ef(0u);
    }
    sponge_store();
}
