// The round polynomial s_0, its observation, u_0, and what later kernels need of u_0. One workgroup. Needs the sponge.
//
// s_0(Z) = sum over terms t of kernel_t(Z) sum_t(Z). The polynomials sum_t, of degree < |D|, are given by their values
// on D, as results of round0_sums.wgsl to be added up: term t is (first result, number of results, 0 for A and 1 for
// B). Those of kernel_t = p_t + lambda q_t are given by their coefficients: p_t at 2 t |D|, q_t at (2 t + 1) |D|.
//
// Writes 2 |D| - 1 coefficients and u_0 to the tape; to `scalars` first L_z(u_0) for z in D, then kernel_t(u_0).

@group(0) @binding(0) var<storage, read_write> sponge: array<u32>;
@group(0) @binding(1) var<storage, read_write> tape: array<u32>;
@group(0) @binding(2) var<storage, read> results: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> terms: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read> kernels: array<vec4<u32>>;
// roots[i] = omega^(-i) for the generator omega of D
@group(0) @binding(5) var<storage, read> roots: array<u32>;
@group(0) @binding(6) var<storage, read_write> scalars: array<vec4<u32>>;

const N_THREADS: u32 = 256u;
const EF_ONE: vec4<u32> = vec4<u32>(FP_ONE, 0u, 0u, 0u);

// Values and coefficients of sum_t, at last those of s_0.
var<workgroup> sh_sum: array<vec4<u32>, N_THREADS>;
// Coefficients of kernel_t.
var<workgroup> sh_kernel: array<vec4<u32>, 64>;

fn read_tape(place: u32) -> vec4<u32> {
    return vec4<u32>(tape[place], tape[place + 1u], tape[place + 2u], tape[place + 3u]);
}

fn write_tape(place: u32, value: vec4<u32>) {
    tape[place] = value.x;
    tape[place + 1u] = value.y;
    tape[place + 2u] = value.z;
    tape[place + 3u] = value.w;
}

fn kernel_coefficient(term: u32, m: u32, lambda: vec4<u32>) -> vec4<u32> {
    let place = ((2u * term) << params.log_skip) + m;
    return ef_add(kernels[place], ef_mul(lambda, kernels[place + (1u << params.log_skip)]));
}

@compute @workgroup_size(N_THREADS)
fn main(@builtin(local_invocation_index) lane: u32) {
    sponge_load(lane);
    let size = 1u << params.log_skip;
    let z = lane & (size - 1u);
    let lambda = read_tape(params.lambda_place);
    var coefficient = vec4<u32>();
    for (var t = 0u; t < params.n_terms; t++) {
        let term = terms[t];
        var sum = vec4<u32>();
        for (var i = lane >> params.log_skip; i < term.y; i += N_THREADS >> params.log_skip) {
            sum = ef_add(sum, results[((2u * (term.x + i) + term.z) << params.log_skip) + z]);
        }
        sh_sum[lane] = sum;
        for (var stride = N_THREADS / 2u; stride >= size; stride >>= 1u) {
            workgroupBarrier();
            if (lane < stride) {
                sh_sum[lane] = ef_add(sh_sum[lane], sh_sum[lane + stride]);
            }
        }
        workgroupBarrier();
        // The inverse Fourier transform on D.
        var transformed = vec4<u32>();
        if (lane < size) {
            for (var i = 0u; i < size; i++) {
                transformed = ef_add(transformed, ef_mul_fp(sh_sum[i], roots[(i * lane) & (size - 1u)]));
            }
        }
        workgroupBarrier();
        if (lane < size) {
            sh_sum[lane] = ef_mul_fp(transformed, params.inverse_size);
            sh_kernel[lane] = kernel_coefficient(t, lane, lambda);
        }
        workgroupBarrier();
        if (lane < 2u * size - 1u) {
            let last = min(lane, size - 1u);
            for (var m = max(lane + 1u, size) - size; m <= last; m++) {
                coefficient = ef_add(coefficient, ef_mul(sh_sum[m], sh_kernel[lane - m]));
            }
        }
        workgroupBarrier();
    }
    sh_sum[lane] = coefficient;
    if (lane < 2u * size - 1u) {
        write_tape(params.s_0_place + 4u * lane, coefficient);
    }
    workgroupBarrier();
    for (var k = 0u; k < 2u * size - 1u; k++) {
        sponge_observe_ef(sh_sum[k]);
    }
    let u_0 = sponge_sample_ef();
    if (lane == 0u) {
        write_tape(params.u_0_place, u_0);
    }
    if (lane < size) {
        // L_z(u_0) is the mean of the powers of u_0 / z: a product over their binary digits.
        var power = ef_mul_fp(u_0, roots[lane]);
        var value = EF_ONE;
        for (var i = 0u; i < params.log_skip; i++) {
            value = ef_mul(value, ef_add(power, EF_ONE));
            power = ef_mul(power, power);
        }
        scalars[lane] = ef_mul_fp(value, params.inverse_size);
    }
    if (lane < params.n_terms) {
        var value = vec4<u32>();
        for (var m = size; m > 0u; m--) {
            value = ef_add(ef_mul(value, u_0), kernel_coefficient(lane, m - 1u, lambda));
        }
        scalars[size + lane] = value;
    }
    sponge_store();
}
