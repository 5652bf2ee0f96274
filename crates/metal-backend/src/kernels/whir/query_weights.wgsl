// Adds the weights of a round's samples: weights[j] += gamma z_0^j + sum over queries i of gamma^(i + 2) z_i^j, where z_i
// is omega to the power of the index that was sampled. Needs power.wgsl before it.
//
// Thread t of T = 2^log_threads takes the weights t, t + T, ..., up to N_TAKEN of them. Its workgroup prepares N_STAGED
// queries at a time.

const N_STAGED: u32 = 64u;

// z^(2^b) for the bits b of a lane's number
var<workgroup> sh_squares: array<array<u32, LOG_THREADS>, N_STAGED>;
// z to the number of the workgroup's first thread
var<workgroup> sh_start: array<u32, N_STAGED>;
// z^T
var<workgroup> sh_step: array<u32, N_STAGED>;
var<workgroup> sh_gamma: array<vec4<u32>, N_STAGED>;

fn challenge(place: u32) -> vec4<u32> {
    return vec4<u32>(tape[place], tape[place + 1u], tape[place + 2u], tape[place + 3u]);
}

fn stage(slot: u32, query: u32, first_thread: u32, gamma: vec4<u32>) {
    let z = fp_power(params.omega, tape[params.indices_place + query]);
    var square = z;
    for (var b = 0u; b < LOG_THREADS; b++) {
        sh_squares[slot][b] = square;
        square = fp_mul(square, square);
    }
    sh_start[slot] = fp_power(z, first_thread);
    sh_step[slot] = fp_power_of_two(z, params.log_threads);
    sh_gamma[slot] = ef_power(gamma, query + 2u);
}

@compute @workgroup_size(N_THREADS)
fn main(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let gamma = challenge(params.gamma_place);
    let z_0 = challenge(params.z_0_place);
    let z_0_step = ef_power_of_two(z_0, params.log_threads);
    var sums: array<vec4<u32>, N_TAKEN>;
    var out_of_domain = ef_mul(gamma, ef_power(z_0, id.x));
    for (var e = 0u; e < N_TAKEN; e++) {
        sums[e] = out_of_domain;
        out_of_domain = ef_mul(out_of_domain, z_0_step);
    }

    for (var first = 0u; first < params.n_queries; first += N_STAGED) {
        let n_staged = min(N_STAGED, params.n_queries - first);
        workgroupBarrier();
        if (lane < n_staged) {
            stage(lane, first + lane, group.x * N_THREADS, gamma);
        }
        workgroupBarrier();
        for (var slot = 0u; slot < n_staged; slot++) {
            var power = sh_start[slot];
            for (var b = 0u; b < LOG_THREADS; b++) {
                power = select(power, fp_mul(power, sh_squares[slot][b]), ((lane >> b) & 1u) == 1u);
            }
            for (var e = 0u; e < N_TAKEN; e++) {
                sums[e] = ef_add(sums[e], ef_mul_fp(sh_gamma[slot], power));
                power = fp_mul(power, sh_step[slot]);
            }
        }
    }

    if (id.x < (1u << params.log_threads)) {
        for (var e = 0u; e < N_TAKEN; e++) {
            let j = id.x + (e << params.log_threads);
            if (j < params.len) {
                weights[j] = ef_add(weights[j], sums[e]);
            }
        }
    }
}
