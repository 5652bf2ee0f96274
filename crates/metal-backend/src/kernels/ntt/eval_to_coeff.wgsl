// Evaluations to the message of the Reed-Solomon code, chunk by chunk of 2^LOG_SKIP consecutive values of a column:
// the inverse DFT over the chunk, then value[m] = sum of the coefficients at the subsets of the bits of m.
//
// Columns are contiguous, in Montgomery form. A workgroup takes a tile of 2^12 values, in workgroup memory; a tile that
// is larger than a column takes several. LOG_SKIP (1 to 12) and InputElement stand before this text. It serves long chunks
// and small columns: the first pass of the DFT does the same while it loads chunks of up to 16 values.

const LOG_TILE: u32 = 12u;
// Where the powers of the generator of the subgroup of order 2^13 begin
const HIGH_POWERS: u32 = 0x4100u;
const LOG_HIGH_POWERS: u32 = 13u;

var<workgroup> sh_tile: array<u32, 1u << LOG_TILE>;

// x / 2^LOG_SKIP: the multiple of p that makes it exact is (-x mod 2^LOG_SKIP) * p, since p = 15 * 2^27 + 1.
fn fp_scale(x: u32) -> u32 {
    let remainder = (0u - x) & ((1u << LOG_SKIP) - 1u);
    return ((x + remainder) >> LOG_SKIP) + remainder * (15u << (27u - LOG_SKIP));
}

// The first of the two words of a butterfly across `bit`.
fn lower_index(butterfly: u32, bit: u32) -> u32 {
    let low = butterfly & ((1u << bit) - 1u);
    return ((butterfly - low) << 1u) | low;
}

@compute @workgroup_size(N_THREADS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let columns_per_tile = max(1u, (1u << LOG_TILE) >> params.log_transforms);
    for (var ix = thread; ix < 1u << LOG_TILE; ix += N_THREADS) {
        let position = group.x << LOG_TILE | ix;
        let column = group.y * columns_per_tile + (position >> params.log_transforms);
        if (column < params.n_columns) {
            let row = position & (params.input_len - 1u);
            sh_tile[ix] = fp_scale(input[params.input_offset + column * params.input_stride + row]);
        }
    }

    // Decimation in frequency: the coefficients come in bit-reversed order.
    for (var level = LOG_SKIP; level > 0u; level--) {
        workgroupBarrier();
        let bit = level - 1u;
        for (var butterfly = thread; butterfly < 1u << (LOG_TILE - 1u); butterfly += N_THREADS) {
            let ix = lower_index(butterfly, bit);
            let a = sh_tile[ix];
            let b = sh_tile[ix + (1u << bit)];
            let exponent = (butterfly & ((1u << bit) - 1u)) << (LOG_HIGH_POWERS - level);
            let inverse = (0u - exponent) & ((1u << LOG_HIGH_POWERS) - 1u);
            sh_tile[ix] = fp_add(a, b);
            sh_tile[ix + (1u << bit)] = fp_mul(fp_sub(a, b), twiddles[HIGH_POWERS + inverse].x);
        }
    }
    // The sums over subsets treat all bits alike, so they need no order.
    for (var bit = 0u; bit < LOG_SKIP; bit++) {
        workgroupBarrier();
        for (var butterfly = thread; butterfly < 1u << (LOG_TILE - 1u); butterfly += N_THREADS) {
            let ix = lower_index(butterfly, bit);
            sh_tile[ix + (1u << bit)] = fp_add(sh_tile[ix], sh_tile[ix + (1u << bit)]);
        }
    }
    workgroupBarrier();

    for (var ix = thread; ix < 1u << LOG_TILE; ix += N_THREADS) {
        let position = group.x << LOG_TILE | ix;
        let column = group.y * columns_per_tile + (position >> params.log_transforms);
        if (column < params.n_columns) {
            let row = position & (params.input_len - 1u);
            let chunk_ix = ix & ((1u << LOG_SKIP) - 1u);
            let coefficient = ix - chunk_ix + (reverseBits(chunk_ix) >> (32u - LOG_SKIP));
            output[params.output_offset + column * params.output_stride + row] = sh_tile[coefficient];
        }
    }
}
