// The fixed part of a Stockham pass of the DFT of BabyBear columns; ntt/pass_text.rs puts the constants before it
// and the entry point, straight-line code for one radix, after it. ntt.rs has the formula and the symbols.
//
// Columns are contiguous, in Montgomery form, each binding holds some of them. Between passes a value may be any
// word in [0, 2p): the next pass multiplies first, and a product of any word and a canonical factor is right.

const LOW_POWERS: u32 = 0x100u;
const LOG_LOW_POWERS: u32 = 14u;
const HIGH_POWERS: u32 = LOW_POWERS + (1u << LOG_LOW_POWERS);
const LOG_ORDER: u32 = 27u;

var<workgroup> sh_tile: array<u32, 4096>;

// x / 2^shift: the multiple of p that makes it exact is (-x mod 2^shift) * p, where p = 15 * 2^27 + 1.
fn fp_shift_right(x: u32, shift: u32) -> u32 {
    let remainder = (0u - x) & ((1u << shift) - 1u);
    return ((x + remainder) >> shift) + remainder * (15u << (27u - shift));
}

// w_{R*p}^exponent, in Montgomery form, for exponent < R * p.
fn twiddle(exponent: u32) -> u32 {
    let scaled = exponent << (LOG_ORDER - LOG_RADIX - params.log_done);
    let low = twiddles[LOW_POWERS + (scaled & ((1u << LOG_LOW_POWERS) - 1u))];
    let high = twiddles[HIGH_POWERS + (scaled >> LOG_LOW_POWERS)];
    return fp_mul_fixed(high.x, low.x, low.y);
}

// The columns of a group: several where a tile is larger than a column's transforms.
fn columns_per_group() -> u32 {
    return max(1u, (1u << LOG_LANES) >> params.log_transforms);
}

struct Transform {
    column: u32,
    // i
    ix: u32,
    // kk = i mod p
    done: u32,
    is_active: bool,
}

// The transform of a lane of a tile. Past the last column, lanes read that one again and do not write.
fn transform_at(tile: u32, column_group: u32, lane: u32) -> Transform {
    let flat_ix = tile << LOG_LANES | lane;
    let column = column_group * columns_per_group() + (flat_ix >> params.log_transforms);
    let ix = flat_ix & ((1u << params.log_transforms) - 1u);
    let done = ix & ((1u << params.log_done) - 1u);
    return Transform(min(column, params.n_columns - 1u), ix, done, column < params.n_columns);
}

// Where u[0] is; u[r] follows r * T later.
fn input_position(own: Transform) -> u32 {
    return params.input_offset + own.column * params.input_stride + own.ix;
}

// Where result 0 goes; result k goes k * p later.
fn output_position(own: Transform) -> u32 {
    return params.output_offset + own.column * params.output_stride + ((own.ix - own.done) << LOG_RADIX) + own.done;
}
