//! Reed-Solomon encoding of BabyBear columns: a batched forward DFT, natural order in and out,
//! `X[k] = sum_n x[n] * w^(n*k)` with `w = BabyBear::two_adic_generator(log_height)`, of columns whose
//! upper coefficients are zero, preceded by the chunk map `eval_to_coeff` where one is asked for.
//!
//! [`NttPlan::new`] decides, without a GPU, which passes a size takes and between which buffers;
//! [`NttPass::wgsl`] writes the kernel text of a pass. Nothing here talks to a device.
//!
//! # The passes
//!
//! Stockham autosort, out of place. With `R = 2^log_radix`, `p` the product of the radices of earlier passes
//! and `T = n / R` transforms a column, transform `i` with `kk = i mod p` is
//!
//! ```text
//! u[r] = x[i + r*T] * w_{R*p}^(r*kk)          r = 0..R
//! y[(i - kk)*R + kk + k*p] = DFT_R(u)[k]      k = 0..R
//! ```
//!
//! A workgroup of 256 threads takes a tile of `C = 4096 / R` consecutive transforms, 16 values a thread, as one or
//! two steps in registers with one exchange through 16 KiB of workgroup memory between them (R = 16 * R2).

use std::fmt::Write;

use p3_baby_bear::BabyBear;
use openvm_stark_backend::p3_field::{Field, PrimeCharacteristicRing, PrimeField32, TwoAdicField};

/// Words a workgroup holds: 256 threads of 16 values, 16 KiB.
const LOG_TILE: u32 = 12;
/// The largest radix of a pass: two steps of radix 16. With 3 passes up to 2^24 it halves the traffic that radix 16
/// alone would need; radix 512 would leave segments of 32 bytes.
const MAX_LOG_RADIX: u32 = 8;
/// Radix of the first step of a pass of two steps, and the largest radix of a pass of one.
const LOG_STEP: u32 = 4;
/// The two-adicity of BabyBear.
const MAX_LOG_HEIGHT: u32 = 27;
/// The largest chunk that the first pass transforms while loading: what one thread holds.
const MAX_LOG_SKIP_FUSED: u32 = 4;
/// The largest chunk of `eval_to_coeff.wgsl`.
pub const MAX_LOG_SKIP: u32 = LOG_TILE;
/// Split of the 27-bit exponents of the table of powers into a high and a low part.
const LOG_LOW_POWERS: u32 = 14;

/// One of the buffers that a plan's steps read and write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// The caller's columns of `2^(log_height - log_blowup)` values; only the first step reads it, none writes it.
    Source,
    /// Columns of `2^log_height` values; the last step writes it.
    Target,
    /// As `Target`; contents are lost.
    Temp,
}

/// What a step does: the key of its pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NttKernel {
    /// `eval_to_coeff.wgsl` on chunks of `2^log_skip` values.
    EvalToCoeff {
        /// Binary logarithm of the chunk length.
        log_skip: u32,
    },
    /// One Stockham pass.
    Pass(NttPass),
}

/// The shape of a Stockham pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NttPass {
    /// Binary logarithm of the radix, 0 to 8.
    pub log_radix: u32,
    /// What the first pass has to know of its input; `None` for the later ones.
    pub first: Option<FirstPass>,
    /// Whether the results are the DFT: canonical, where the others leave values in `[0, 2p)` to the next.
    pub last: bool,
    /// experiment
    pub tuning: Tuning,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tuning {
    /// column groups per workgroup
    pub log_rounds: u32,
    /// Shoup multiplication by fixed factors
    pub fixed: bool,
    /// fuse eval_to_coeff
    pub fuse: bool,
    /// larger radices last
    pub larger_last: bool,
}

/// The input of a first pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FirstPass {
    /// All but `1 / 2^log_blowup` of the inputs are zero and not read.
    pub log_blowup: u32,
    /// Chunks of `2^log_skip` inputs go through the map of `eval_to_coeff` first; 0 for none.
    pub log_skip: u32,
}

/// A step of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NttStep {
    /// What it does.
    pub kernel: NttKernel,
    /// Where its input is, binding 0.
    pub input: Place,
    /// Where its output goes, binding 1. The table [`twiddles`] is binding 2.
    pub output: Place,
    /// Binary logarithm of the product of the radices before it.
    log_done: u32,
}

/// Where a step finds its columns in the bound buffers, in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Columns {
    /// Position of the first column.
    pub offset: u32,
    /// Distance from one column to the next.
    pub stride: u32,
}

/// The passes that encode columns of one size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NttPlan {
    /// Binary logarithm of the length of the encoded columns.
    pub log_height: u32,
    /// Binary logarithm of the quotient of the lengths of encoded and given columns.
    pub log_blowup: u32,
    /// What to do, in order.
    pub steps: Vec<NttStep>,
}

impl NttPlan {
    /// Plan the DFT of size `2^log_height` of columns of `2^(log_height - log_blowup)` values. With `log_skip > 0` the
    /// values are evaluations, to be mapped first as upstream's `eval_to_coeff_rs_message` does.
    ///
    /// # Panics
    ///
    /// If `log_height` exceeds 27, `log_blowup` or `log_skip` exceed what the column has, or `log_skip` exceeds 12.
    pub fn new(log_height: u32, log_blowup: u32, log_skip: u32, tuning: Tuning) -> Self {
        assert!(log_height <= MAX_LOG_HEIGHT, "2^{log_height} exceeds the two-adicity of BabyBear");
        assert!(log_blowup <= log_height && log_skip <= log_height - log_blowup && log_skip <= MAX_LOG_SKIP);
        let n_passes = log_height.div_ceil(MAX_LOG_RADIX).max(1);
        let log_radix = |pass: u32| {
            let pass = if tuning.larger_last { n_passes - 1 - pass } else { pass };
            (log_height + n_passes - 1 - pass) / n_passes
        };
        // The last step writes the target, and no step the buffer that it reads.
        let output = |pass: u32| if (n_passes - pass) % 2 == 1 { Place::Target } else { Place::Temp };

        let is_fused = tuning.fuse
            && log_skip <= MAX_LOG_SKIP_FUSED
            && log_radix(0) > LOG_STEP
            && log_blowup <= LOG_STEP
            && log_height - log_radix(0) >= LOG_STEP;
        let mut steps = Vec::new();
        let mut input = Place::Source;
        if log_skip > 0 && !is_fused {
            input = if output(0) == Place::Target { Place::Temp } else { Place::Target };
            let kernel = NttKernel::EvalToCoeff { log_skip };
            steps.push(NttStep { kernel, input: Place::Source, output: input, log_done: 0 });
        }
        let mut log_done = 0;
        for pass in 0..n_passes {
            let first = FirstPass { log_blowup, log_skip: if is_fused { log_skip } else { 0 } };
            let kernel = NttKernel::Pass(NttPass {
                log_radix: log_radix(pass),
                first: (pass == 0).then_some(first),
                last: pass + 1 == n_passes,
                tuning,
            });
            steps.push(NttStep { kernel, input, output: output(pass), log_done });
            input = output(pass);
            log_done += log_radix(pass);
        }
        Self { log_height, log_blowup, steps }
    }

    /// Whether a step needs the temporary columns.
    pub fn uses_temp(&self) -> bool {
        self.steps.iter().any(|step| step.input == Place::Temp || step.output == Place::Temp)
    }

    /// How many columns a call may take so that neither the target nor the temporary columns exceed `len_bytes`; 0 if a
    /// single one does. At most what a grid can address.
    pub fn max_columns(&self, len_bytes: u64) -> u32 {
        (len_bytes / (4 << self.log_height)).min(1 << 15) as u32
    }

    /// The immediates of a step that works on `n_columns` columns.
    pub fn params(&self, step: &NttStep, n_columns: u32, input: Columns, output: Columns) -> [u32; 8] {
        let log_input = self.log_height - self.log_blowup;
        let (log_done, log_size) = match step.kernel {
            NttKernel::EvalToCoeff { .. } => (0, log_input),
            NttKernel::Pass(pass) => (step.log_done, self.log_height - pass.log_radix),
        };
        let log_read = if step.log_done == 0 { log_input } else { self.log_height };
        [n_columns, log_size, log_done, 1 << log_read, input.offset, input.stride, output.offset, output.stride]
    }

    /// The workgroups of a step that works on `n_columns` columns: x, y.
    pub fn grid(&self, step: &NttStep, n_columns: u32) -> [u32; 2] {
        let (log_column, log_tile) = match step.kernel {
            NttKernel::EvalToCoeff { .. } => (self.log_height - self.log_blowup, LOG_TILE),
            NttKernel::Pass(pass) => (self.log_height - pass.log_radix, pass.log_tile()),
        };
        let columns_per_tile = 1 << log_tile.saturating_sub(log_column);
        let n_column_groups = match step.kernel {
            NttKernel::EvalToCoeff { .. } => n_columns.div_ceil(columns_per_tile),
            NttKernel::Pass(pass) => n_columns.div_ceil(columns_per_tile * (1 << pass.log_rounds())),
        };
        [1 << log_column.saturating_sub(log_tile), n_column_groups]
    }
}

impl NttPass {
    /// Whether it takes two steps in registers, or one.
    fn has_two_steps(&self) -> bool {
        self.log_radix > LOG_STEP
    }

    /// Binary logarithm of the number of transforms of a workgroup.
    fn log_tile(&self) -> u32 {
        if self.has_two_steps() { LOG_TILE - self.log_radix } else { LOG_TILE - LOG_STEP }
    }

    /// Binary logarithm of the number of column groups that a workgroup takes one after the other, with the same twiddles.
    fn log_rounds(&self) -> u32 {
        if self.first.is_none() && self.has_two_steps() { self.tuning.log_rounds } else { 0 }
    }

    fn log_skip(&self) -> u32 {
        self.first.map_or(0, |first| first.log_skip)
    }

    /// The kernel text, to be put after a field text.
    pub fn wgsl(&self) -> String {
        let mut code = Code { fixed: self.tuning.fixed, ..Code::default() };
        self.write_header(&mut code);
        if self.has_two_steps() { self.write_two_steps(&mut code) } else { self.write_one_step(&mut code) }
        code.text
    }

    fn write_header(&self, code: &mut Code) {
        let Self { log_radix, .. } = self;
        let (element, element_type) = if self.log_skip() > 0 { ("4 words", "vec4<u32>") } else { ("a word", "u32") };
        let what = match self.first {
            None => String::new(),
            Some(FirstPass { log_blowup, log_skip: 0 }) => format!(", first, blow-up 2^{log_blowup}"),
            Some(FirstPass { log_blowup, log_skip }) => {
                format!(", first, blow-up 2^{log_blowup}, eval_to_coeff of chunks of 2^{log_skip}")
            }
        };
        let last = if self.last { ", last" } else { "" };
        write!(
            code.text,
            "\
// A Stockham pass of the DFT of BabyBear columns: radix 2^{log_radix}{what}{last}. Generated by ntt.rs, which has the formula.
//
// Columns are contiguous, in Montgomery form; input is read by {element}. A workgroup takes 2^{log_tile} consecutive transforms.

{MUL_FIXED}
struct Params {{
    n_columns: u32,
    // T, transforms a column
    log_transforms: u32,
    // p, product of the radices of earlier passes
    log_done: u32,
    // values of an input column
    input_len: u32,
    input_offset: u32,
    input_stride: u32,
    output_offset: u32,
    output_stride: u32,
}}

var<immediate> params: Params;
@group(0) @binding(0) var<storage, read> input: array<{element_type}>;
@group(0) @binding(1) var<storage, read_write> output: array<u32>;
// See twiddles() in ntt.rs.
@group(0) @binding(2) var<storage, read> twiddles: array<vec2<u32>>;

const LOG_RADIX: u32 = {log_radix}u;
const LOG_TILE: u32 = {log_tile}u;
",
            log_tile = self.log_tile(),
        )
        .unwrap();
        if self.has_two_steps() {
            code.text += "\nvar<workgroup> sh_tile: array<u32, 4096>;\n";
        }
        if self.first.is_none() {
            code.text += POWER;
        }
        code.text += LOCATE;
    }

    /// One thread a transform.
    fn write_one_step(&self, code: &mut Code) {
        code.text += "
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let at = locate(group, group.y, thread);
    let source = input_at(at);
";
        let radix = 1 << self.log_radix;
        let mut values = self.read_global(code, radix, "params.log_transforms", "at.transform");
        if self.first.is_none() {
            code.line(&format!("let step = power(at.done << (27u - {}u - params.log_done));", self.log_radix));
            let mut factor = String::from("step");
            for (r, value) in values.iter_mut().enumerate().skip(1) {
                if r > 1 {
                    factor = code.bind(&format!("fp_mul({factor}, step)"));
                }
                *value = code.mul(value, &factor);
            }
            values[0] = code.canonical(&values[0]);
        }
        let values = dft(code, values, false, !self.last);
        code.line("if (at.is_active) {");
        code.line("    let target_ix = output_at(at);".replace("target_ix", "destination").as_str());
        for (k, value) in values.iter().enumerate() {
            code.line(&format!("    output[destination + ({k}u << params.log_done)] = {};", value.name()));
        }
        code.line("}");
        code.text += "}\n";
    }

    fn write_two_steps(&self, code: &mut Code) {
        let log_second = self.log_radix - LOG_STEP;
        let second = 1usize << log_second;
        code.text += "
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    // Step 1: DFTs of size 16 over a, where r = a * R2 + b; this thread's transform is lane and its b is row.
    let lane = thread & ((1u << LOG_TILE) - 1u);
    let row = thread >> LOG_TILE;
";
        if self.first.is_none() {
            code.line("let done = (group.x << LOG_TILE | lane) & ((1u << params.log_done) - 1u);");
            code.line(&format!("let scale = 27u - {}u - params.log_done;", self.log_radix));
            code.line("let factor_0 = power((done * row) << scale);");
            code.line(&format!("let step = power((done << {log_second}u) << scale);"));
            for a in 1..16 {
                code.line(&format!("let factor_{a} = fp_mul(factor_{}, step);", a - 1));
            }
        }
        let rounds = 1 << self.log_rounds();
        if rounds > 1 {
            code.line(&format!("for (var round = 0u; round < {rounds}u; round++) {{"));
            code.line(&format!("let column_group = group.y * {rounds}u + round;"));
            code.line("if (column_group * columns_per_tile() >= params.n_columns) {");
            code.line("    break;");
            code.line("}");
        } else {
            code.line("let column_group = group.y;");
        }

        let values = if self.log_skip() > 0 {
            self.write_chunks(code);
            self.read_tile(code, second)
        } else {
            code.line("let at = locate(group, column_group, lane);");
            code.line("let source = input_at(at) + (row << params.log_transforms);");
            let shift = format!("(params.log_transforms + {log_second}u)");
            self.read_global(code, 16, &shift, "at.transform + (row << params.log_transforms)")
        };
        let values = if self.first.is_none() {
            let scaled = values.iter().enumerate().map(|(a, value)| code.mul(value, &format!("factor_{a}")));
            scaled.collect()
        } else {
            values
        };
        let values = dft(code, values, false, true);
        code.line("");
        code.line("// Exchange, times w_R^(b * k1).");
        for (k, value) in values.iter().enumerate() {
            let value = if k == 0 {
                code.canonical(value)
            } else {
                let root = code.bind(&format!("twiddles[(row * {k}u) << {}u]", MAX_LOG_RADIX - self.log_radix));
                code.mul_pair(value, &root)
            };
            code.line(&format!("sh_tile[{}u + (thread ^ {}u)] = {};", k * 256, self.swizzle(k), value.name()));
        }
        code.line("workgroupBarrier();");
        code.line("");
        code.line("// Step 2: DFTs of size R2 over b; the results are k = k1 + 16 * k2.");
        for part in 0..16 >> log_second {
            let task = if part == 0 { "thread".into() } else { format!("(thread + {}u)", part * 256) };
            let (k1, lane_2, swizzle) = if self.first.is_some() {
                (format!("{task} & 15u"), format!("{task} >> 4u"), format!("k1_{part} << 1u"))
            } else {
                let swizzle = if self.log_radix == 8 { format!("(k1_{part} & 1u) << 4u") } else { "0u".into() };
                (format!("{task} >> LOG_TILE"), "lane".into(), swizzle)
            };
            code.line(&format!("let k1_{part} = {k1};"));
            code.line(&format!("let lane_{part} = {lane_2};"));
            code.line(&format!("let swizzle_{part} = {swizzle};"));
            let values = (0..second)
                .map(|b| {
                    let index = format!("k1_{part} * 256u + (({b}u << LOG_TILE | lane_{part}) ^ swizzle_{part})");
                    Value::Canonical(code.bind(&format!("sh_tile[{index}]")))
                })
                .collect();
            let values = dft(code, values, false, !self.last);
            code.line(&format!("let at_{part} = locate(group, column_group, lane_{part});"));
            code.line(&format!("if (at_{part}.is_active) {{"));
            code.line(&format!("    let destination = output_at(at_{part}) + (k1_{part} << params.log_done);"));
            for (k, value) in values.iter().enumerate() {
                let offset = format!("({}u << params.log_done)", 16 * k);
                code.line(&format!("    output[destination + {offset}] = {};", value.name()));
            }
            code.line("}");
        }
        if rounds > 1 {
            code.line("workgroupBarrier();");
            code.line("}");
        }
        code.text += "}\n";
    }

    /// The exchange's permutation of banks, chosen so that 32 lanes of either step meet different ones.
    fn swizzle(&self, k: usize) -> usize {
        match (self.first.is_some(), self.log_radix) {
            (true, _) => k << 1,
            (false, 8) => (k & 1) << 4,
            (false, _) => 0,
        }
    }

    /// Read `count` values `1 << shift` apart from `source` on; the padding is not read.
    fn read_global(&self, code: &mut Code, count: usize, shift: &str, position: &str) -> Vec<Value> {
        let log_blowup = self.first.map_or(0, |first| first.log_blowup);
        let n_read = (count >> log_blowup).max(1);
        let checked = count >> log_blowup == 0;
        let mut values = vec![Value::Zero; count];
        for (a, value) in values.iter_mut().enumerate().take(n_read) {
            let name = if checked {
                code.line("var given = 0u;");
                code.line(&format!("if ({position} < params.input_len) {{"));
                code.line("    given = input[source];");
                code.line("}");
                String::from("given")
            } else {
                code.bind(&format!("input[source + ({a}u << {shift})]"))
            };
            *value = if self.first.is_some() { Value::Canonical(name) } else { Value::Lazy(name) };
        }
        values
    }

    /// Load the tile by 16 consecutive words a thread, map the chunks in them and leave the result in workgroup memory.
    fn write_chunks(&self, code: &mut Code) {
        let FirstPass { log_blowup, log_skip } = self.first.expect("only a first pass loads chunks");
        let n_threads = 256 >> log_blowup;
        let Self { log_radix, .. } = self;
        code.line(&format!("// {n_threads} threads take 16 consecutive values each."));
        code.line(&format!("if (thread < {n_threads}u) {{"));
        code.line("let unit = thread << 4u;");
        code.line("let unit_at = locate(group, column_group, unit & ((1u << LOG_TILE) - 1u));");
        code.line("let source = (input_at(unit_at) + ((unit >> LOG_TILE) << params.log_transforms)) >> 2u;");
        for quad in 0..4 {
            code.line(&format!("let quad_{quad} = input[source + {quad}u];"));
        }
        let _ = log_radix;
        let values: Vec<_> = (0..16).map(|j| Value::Canonical(format!("quad_{}.{}", j / 4, ["x", "y", "z", "w"][j % 4]))).collect();
        code.line("let swizzle = (thread >> 1u) & 15u;");
        for (chunk, values) in values.chunks(1 << log_skip).enumerate() {
            let coefficients = dft(code, values.to_vec(), true, false);
            let mut scaled: Vec<_> = coefficients
                .iter()
                .map(|value| code.bind(&format!("fp_shift_right({}, {log_skip}u)", value.name())))
                .collect();
            for bit in 0..log_skip {
                for v in (0..scaled.len()).filter(|v| v >> bit & 1 == 1) {
                    scaled[v] = code.bind(&format!("fp_add({}, {})", scaled[v], scaled[v ^ 1 << bit]));
                }
            }
            for (j, value) in scaled.iter().enumerate() {
                code.line(&format!("sh_tile[unit + ({}u ^ swizzle)] = {value};", (chunk << log_skip) + j));
            }
        }
        code.line("}");
        code.line("workgroupBarrier();");
    }

    fn read_tile(&self, code: &mut Code, second: usize) -> Vec<Value> {
        let log_blowup = self.first.map_or(0, |first| first.log_blowup);
        let mut values = vec![Value::Zero; 16];
        for (a, value) in values.iter_mut().enumerate().take(16 >> log_blowup) {
            let word = code.bind(&format!("thread + ({}u << LOG_TILE)", a * second));
            *value = Value::Canonical(code.bind(&format!("sh_tile[{word} ^ (({word} >> 5u) & 15u)]")));
        }
        code.line("workgroupBarrier();");
        values
    }
}

const MUL_FIXED: &str = "\
// x * w in [0, p), for any x, w < p not in Montgomery form, and quotient = floor(w * 2^32 / p) (Shoup).
fn fp_mul_fixed(x: u32, w: u32, quotient: u32) -> u32 {
    let product = x * w - mul_high(x, quotient) * P;
    return min(product, product - P);
}

// x / 2^shift: the multiple of p that makes it exact is (-x mod 2^shift) * p, since p = 15 * 2^27 + 1.
fn fp_shift_right(x: u32, shift: u32) -> u32 {
    let remainder = (0u - x) & ((1u << shift) - 1u);
    return ((x + remainder) >> shift) + remainder * (15u << (27u - shift));
}
";

const POWER: &str = "
// The power of the generator of the subgroup of order 2^27, in Montgomery form.
fn power(exponent: u32) -> u32 {
    let low = twiddles[256u + (exponent & 0x3fffu)];
    let high = twiddles[256u + 0x4000u + (exponent >> 14u)];
    return fp_mul_fixed(high.x, low.x, low.y);
}
";

const LOCATE: &str = "
struct Location {
    column: u32,
    transform: u32,
    // kk, the transform modulo p
    done: u32,
    is_active: bool,
}

fn columns_per_tile() -> u32 {
    return max(1u, (1u << LOG_TILE) >> params.log_transforms);
}

// The transform of a lane. A tile that is larger than a column takes several columns; past the last one, lanes repeat
// it and do not write.
fn locate(group: vec3<u32>, column_group: u32, lane: u32) -> Location {
    let index = group.x << LOG_TILE | lane;
    let column = column_group * columns_per_tile() + (index >> params.log_transforms);
    let transform = index & ((1u << params.log_transforms) - 1u);
    let done = transform & ((1u << params.log_done) - 1u);
    return Location(min(column, params.n_columns - 1u), transform, done, column < params.n_columns);
}

fn input_at(at: Location) -> u32 {
    return params.input_offset + at.column * params.input_stride + at.transform;
}

fn output_at(at: Location) -> u32 {
    let first = ((at.transform - at.done) << LOG_RADIX) + at.done;
    return params.output_offset + at.column * params.output_stride + first;
}
";

/// A value of the straight-line code.
#[derive(Clone, Debug)]
enum Value {
    /// Known to be zero.
    Zero,
    /// The name of a value in `[0, p)`.
    Canonical(String),
    /// The name of a value that only a multiplication may take: any word.
    Lazy(String),
}

impl Value {
    fn name(&self) -> &str {
        match self {
            Self::Zero => "0u",
            Self::Canonical(name) | Self::Lazy(name) => name,
        }
    }
}

/// Straight-line WGSL being written.
#[derive(Default)]
struct Code {
    text: String,
    n_values: usize,
    fixed: bool,
}

impl Code {
    fn line(&mut self, line: &str) {
        if !line.is_empty() {
            self.text += "    ";
            self.text += line;
        }
        self.text.push('\n');
    }

    /// Give an expression a name.
    fn bind(&mut self, expression: &str) -> String {
        let name = format!("v{}", self.n_values);
        self.n_values += 1;
        self.line(&format!("let {name} = {expression};"));
        name
    }

    fn canonical(&mut self, value: &Value) -> Value {
        match value {
            Value::Lazy(name) => Value::Canonical(self.bind(&format!("min({name}, {name} - P)"))),
            other => other.clone(),
        }
    }

    fn mul(&mut self, value: &Value, factor: &str) -> Value {
        match value {
            Value::Zero => Value::Zero,
            _ => Value::Canonical(self.bind(&format!("fp_mul({}, {factor})", value.name()))),
        }
    }

    /// Times an entry of the table of fixed factors.
    fn mul_pair(&mut self, value: &Value, pair: &str) -> Value {
        match value {
            Value::Zero => Value::Zero,
            _ => Value::Canonical(self.bind(&format!("fp_mul_fixed({}, {pair}.x, {pair}.y)", value.name()))),
        }
    }

    fn mul_constant(&mut self, value: &Value, factor: BabyBear) -> Value {
        match value {
            Value::Zero => Value::Zero,
            _ if self.fixed => {
                let [w, quotient] = fixed_factor(factor);
                Value::Canonical(self.bind(&format!("fp_mul_fixed({}, {w}u, {quotient}u)", value.name())))
            }
            _ => {
                let m = (((factor.as_canonical_u32() as u64) << 32) % BabyBear::ORDER_U32 as u64) as u32;
                self.mul(value, &format!("{m}u"))
            }
        }
    }
}

/// Write a DFT of `values.len()` canonical values, natural order in and out, by decimation in frequency. The
/// results may be lazy where `is_lazy` says so.
fn dft(code: &mut Code, values: Vec<Value>, is_inverse: bool, is_lazy: bool) -> Vec<Value> {
    let half = values.len() / 2;
    if half == 0 {
        return values;
    }
    let root = BabyBear::two_adic_generator(values.len().ilog2() as usize);
    let root = if is_inverse { root.inverse() } else { root };
    let (mut even, mut odd) = (Vec::new(), Vec::new());
    let mut factor = BabyBear::ONE;
    for j in 0..half {
        let (a, b) = (&values[j], &values[j + half]);
        let (sum, difference) = match (a, b) {
            (_, Value::Zero) => (a.clone(), a.clone()),
            _ => {
                let (a, b) = (a.name(), b.name());
                let sum = if half == 1 && is_lazy {
                    Value::Lazy(code.bind(&format!("{a} + {b}")))
                } else {
                    Value::Canonical(code.bind(&format!("fp_add({a}, {b})")))
                };
                let difference = if j > 0 || half == 1 && is_lazy {
                    Value::Lazy(code.bind(&format!("{a} - {b} + P")))
                } else {
                    Value::Canonical(code.bind(&format!("fp_sub({a}, {b})")))
                };
                (sum, difference)
            }
        };
        even.push(sum);
        odd.push(if j > 0 { code.mul_constant(&difference, factor) } else { difference });
        factor *= root;
    }
    let even = dft(code, even, is_inverse, is_lazy);
    let odd = dft(code, odd, is_inverse, is_lazy);
    even.into_iter().zip(odd).flat_map(|(even, odd)| [even, odd]).collect()
}

/// A factor for `fp_mul_fixed`.
fn fixed_factor(factor: BabyBear) -> [u32; 2] {
    let w = factor.as_canonical_u32();
    [w, (((w as u64) << 32) / BabyBear::ORDER_U32 as u64) as u32]
}

/// The table at binding 2: `w_256^j` for j < 256 and `g^j` for j < 2^14, as factors of `fp_mul_fixed`, then `g^(j * 2^14)`
/// for j < 2^13 in Montgomery form beside a zero, with g the generator of the subgroup of order 2^27. 194 KiB; the same
/// for all sizes.
pub fn twiddles() -> Vec<[u32; 2]> {
    let g = BabyBear::two_adic_generator(MAX_LOG_HEIGHT as usize);
    let roots = BabyBear::two_adic_generator(MAX_LOG_RADIX as usize).powers().take(1 << MAX_LOG_RADIX);
    let low = g.powers().take(1 << LOG_LOW_POWERS);
    let high = g.exp_power_of_2(LOG_LOW_POWERS as usize).powers().take(1 << (MAX_LOG_HEIGHT - LOG_LOW_POWERS));
    let montgomery = |x: BabyBear| (((x.as_canonical_u32() as u64) << 32) % BabyBear::ORDER_U32 as u64) as u32;
    roots.chain(low).map(fixed_factor).chain(high.map(|x| [montgomery(x), 0])).collect()
}
