//! Reed-Solomon encoding of BabyBear columns: a batched forward DFT, natural order in and out,
//! `X[k] = sum_j x[j] * w^(j*k)` with `w = BabyBear::two_adic_generator(log_height)`, of columns whose upper
//! coefficients are zero, preceded by upstream's `eval_to_coeff_rs_message` where the columns are evaluations.
//!
//! [`NttPlan::new`] decides, without a GPU, which steps a size takes and between which buffers;
//! [`NttKernel::wgsl`] writes the kernel text of a step. Nothing here talks to a device.
//!
//! # The passes
//!
//! Stockham autosort, out of place. With `R = 2^log_radix`, `p` the product of the radices of earlier passes and
//! `T = 2^log_height / R` transforms a column, transform `i` with `kk = i mod p` is
//!
//! ```text
//! u[r] = x[i + r*T] * w_{R*p}^(kk*r)          r = 0..R
//! y[(i - kk)*R + kk + k*p] = DFT_R(u)[k]      k = 0..R
//! ```
//!
//! A workgroup of 256 threads takes a tile of consecutive transforms, 16 values a thread, so a radix above 16 reads and
//! writes segments of 64 bytes or more. The first pass does not read the padding, and where it can it applies the map
//! of `eval_to_coeff` while it loads.

use std::collections::HashSet;

use openvm_stark_backend::p3_field::{PrimeCharacteristicRing, PrimeField32, TwoAdicField};
use p3_baby_bear::BabyBear;

use super::{pass_text, NttParams};

/// Values of a tile: 256 threads of 16 values, 16 KiB of workgroup memory, which every adapter has.
const LOG_TILE: u32 = 12;
/// The largest radix of a pass: two steps of radix 16. Radix 512 in the same memory would leave segments of 32 bytes.
pub(super) const MAX_LOG_RADIX: u32 = 8;
/// Radix of the first step of a pass of two steps, and the largest radix of a pass of one.
pub(super) const LOG_STEP: u32 = 4;
/// The two-adicity of BabyBear.
pub const MAX_LOG_HEIGHT: u32 = 27;
/// The longest chunk that the first pass maps while it loads: what one thread holds.
const MAX_LOG_SKIP_FUSED: u32 = LOG_STEP;
/// The longest chunk of `eval_to_coeff.wgsl`: a tile.
pub const MAX_LOG_SKIP: u32 = LOG_TILE;
/// Exponents of the table of powers are split here.
const LOG_LOW_POWERS: u32 = 14;
/// Most column groups a workgroup takes with the same twiddles. H200, 2^21 to 2^22 x 42: 1.51 ms with 1, 1.44 with 2,
/// 1.40 with 4 and no less with 6 to 16.
const MAX_ROUNDS: u32 = 4;
/// Workgroups that a pass keeps when they take several groups each: a few times what fills a large GPU.
const MIN_WORKGROUPS: u32 = 4096;

/// One of the buffers that a plan's steps read and write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NttBuffer {
    /// The caller's columns of `2^(log_height - log_blowup)` values. The first step alone reads it and none writes it.
    /// They begin at a multiple of 4 values: a fused first pass reads 4 words.
    Source,
    /// Columns of `2^log_height` values. The last step leaves the result here.
    Target,
    /// Columns of `2^log_height` values whose contents are lost.
    Temp,
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NttKernel {
    /// `eval_to_coeff.wgsl` on chunks of `2^log_skip` values.
    EvalToCoeff {
        /// Binary logarithm of the chunk length, 1 to 12.
        log_skip: u32,
    },
    /// A pass of the DFT.
    Pass(NttPass),
}

/// A Stockham pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NttPass {
    /// Binary logarithm of the radix, 0 to 8.
    pub log_radix: u32,
    /// The input of the first pass; `None` for the later ones.
    pub first: Option<FirstPass>,
    /// Whether the results are the DFT, and canonical; another pass leaves values in `[0, 2p)` to the next.
    pub last: bool,
}

/// The input of a first pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FirstPass {
    /// All but the first `2^-log_blowup` of a column is zero and not read.
    pub log_blowup: u32,
    /// Chunks of `2^log_skip` values are evaluations and go through the map of `eval_to_coeff`; 0 for none.
    pub log_skip: u32,
}

/// A step of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NttStep {
    /// What it does.
    pub kernel: NttKernel,
    /// What it reads.
    pub input: NttBuffer,
    /// What it writes, never the input.
    pub output: NttBuffer,
    /// Binary logarithm of the product of the radices before it.
    log_done: u32,
    /// Binary logarithm of the length of an input column.
    log_input: u32,
}

/// The steps that encode columns of one size.
///
/// Steps alternate between `Target` and `Temp`. Without a separate `EvalToCoeff` a DFT of one pass (to 2^8) needs no
/// `Temp`; two passes (to 2^16), three (to 2^24) and four need it for as many columns as a call takes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NttPlan {
    /// Binary logarithm of the length of a result column.
    pub log_height: u32,
    /// What to do, in order.
    pub steps: Vec<NttStep>,
    /// Workgroups that a pass keeps when they take several column groups each. Tests lower it.
    pub min_workgroups: u32,
}

impl NttPlan {
    /// Plan the DFT of size `2^log_height` of columns of `2^(log_height - log_blowup)` values: coefficients if `log_skip`
    /// is 0, else evaluations on `D x {0,1}^n` with `|D| = 2^log_skip`.
    ///
    /// # Panics
    ///
    /// If `log_height` exceeds 27, `log_blowup` exceeds `log_height`, or `log_skip` exceeds the column or 12.
    pub fn new(log_height: u32, log_blowup: u32, log_skip: u32) -> Self {
        assert!(
            log_height <= MAX_LOG_HEIGHT,
            "2^{log_height} exceeds the two-adicity of BabyBear"
        );
        assert!(
            log_blowup <= log_height,
            "blow-up 2^{log_blowup} of a column of 2^{log_height} values"
        );
        let log_input = log_height - log_blowup;
        assert!(
            log_skip <= log_input.min(MAX_LOG_SKIP),
            "chunks of 2^{log_skip} in columns of 2^{log_input} values"
        );

        let n_passes = log_height.div_ceil(MAX_LOG_RADIX).max(1);
        let log_radix = |pass| (log_height + n_passes - 1 - pass) / n_passes;
        // The last pass writes the target, and no step the buffer that it reads.
        let output = |pass| {
            if (n_passes - pass) % 2 == 1 {
                NttBuffer::Target
            } else {
                NttBuffer::Temp
            }
        };

        // A thread loads 16 consecutive values of a row of the first pass; T is a multiple of 16, and so are given rows.
        let is_fused = log_skip <= MAX_LOG_SKIP_FUSED && log_blowup <= LOG_STEP && n_passes > 1;
        let mut steps = Vec::new();
        let mut input = NttBuffer::Source;
        if log_skip > 0 && !is_fused {
            let kernel = NttKernel::EvalToCoeff { log_skip };
            let coefficients = if output(0) == NttBuffer::Target {
                NttBuffer::Temp
            } else {
                NttBuffer::Target
            };
            steps.push(NttStep {
                kernel,
                input,
                output: coefficients,
                log_done: 0,
                log_input,
            });
            input = coefficients;
        }
        let mut log_done = 0;
        for pass in 0..n_passes {
            let first = FirstPass {
                log_blowup,
                log_skip: if is_fused { log_skip } else { 0 },
            };
            let kernel = NttKernel::Pass(NttPass {
                log_radix: log_radix(pass),
                first: (pass == 0).then_some(first),
                last: pass + 1 == n_passes,
            });
            let log_input = if pass == 0 { log_input } else { log_height };
            steps.push(NttStep {
                kernel,
                input,
                output: output(pass),
                log_done,
                log_input,
            });
            input = output(pass);
            log_done += log_radix(pass);
        }
        Self {
            log_height,
            steps,
            min_workgroups: MIN_WORKGROUPS,
        }
    }

    /// Plan upstream's `eval_to_coeff_rs_message` alone, of columns of `2^log_height` values, from `Source` to `Target`.
    /// For `log_skip` 0, where it changes nothing, there is no step and nothing is copied.
    ///
    /// # Panics
    ///
    /// If `log_skip` exceeds `log_height` or 12.
    pub fn eval_to_coeff(log_height: u32, log_skip: u32) -> Self {
        assert!(
            log_skip <= log_height.min(MAX_LOG_SKIP),
            "chunks of 2^{log_skip} in columns of 2^{log_height} values"
        );
        let step = NttStep {
            kernel: NttKernel::EvalToCoeff { log_skip },
            input: NttBuffer::Source,
            output: NttBuffer::Target,
            log_done: 0,
            log_input: log_height,
        };
        Self {
            log_height,
            steps: if log_skip > 0 { vec![step] } else { Vec::new() },
            min_workgroups: MIN_WORKGROUPS,
        }
    }

    /// How many columns a call may take where a binding, and the temporary columns, are at most `len_bytes`; 0 if not
    /// even one.
    pub fn max_columns(&self, len_bytes: u64) -> u32 {
        (len_bytes / (4 << self.log_height)).min(65_535) as u32
    }

    /// The immediates of a step on `n_columns` columns, which begin at these places of its input and its output.
    pub(super) fn params(
        &self,
        step: &NttStep,
        n_columns: u32,
        input_offset: u32,
        output_offset: u32,
    ) -> NttParams {
        let input_len = 1 << step.log_input;
        let height = 1 << self.log_height;
        NttParams {
            n_columns,
            n_rounds: self.n_rounds(step, n_columns),
            log_transforms: self.log_column(step),
            log_done: step.log_done,
            input_len,
            input_offset,
            input_stride: match step.input {
                NttBuffer::Source => input_len,
                NttBuffer::Target | NttBuffer::Temp => height,
            },
            output_offset,
            output_stride: height,
        }
    }

    /// Binary logarithm of what a column has of the things that lanes of a tile are: transforms or values.
    fn log_column(&self, step: &NttStep) -> u32 {
        match step.kernel {
            NttKernel::EvalToCoeff { .. } => step.log_input,
            NttKernel::Pass(pass) => self.log_height - pass.log_radix,
        }
    }

    /// Column groups that a workgroup takes one after the other, so that it computes its twiddles once.
    fn n_rounds(&self, step: &NttStep, n_columns: u32) -> u32 {
        let log_column = self.log_column(step);
        let n_groups = step.kernel.n_column_groups(log_column, n_columns);
        let n_workgroups = step.kernel.n_tiles(log_column) as u64 * n_groups as u64;
        let has_twiddles = step.log_done > 0 && step.kernel.log_lanes() < LOG_TILE - LOG_STEP;
        if has_twiddles {
            (n_workgroups / self.min_workgroups as u64).clamp(1, MAX_ROUNDS as u64) as u32
        } else {
            1
        }
    }
}

impl NttKernel {
    /// Every kernel that a plan can have, for blow-ups up to 16.
    pub fn all() -> Vec<Self> {
        let mut kernels = Vec::new();
        for log_height in 0..=MAX_LOG_HEIGHT {
            for log_blowup in 0..=log_height.min(4) {
                for log_skip in 0..=(log_height - log_blowup).min(MAX_LOG_SKIP) {
                    let plan = NttPlan::new(log_height, log_blowup, log_skip);
                    kernels.extend(plan.steps.iter().map(|step| step.kernel));
                }
            }
        }
        let mut seen = HashSet::new();
        kernels.retain(|kernel| seen.insert(*kernel));
        kernels
    }

    /// The workgroups that a step needs.
    pub(super) fn grid(&self, params: &NttParams) -> [u32; 3] {
        let n_groups = self.n_column_groups(params.log_transforms, params.n_columns);
        let n_tiles = self.n_tiles(params.log_transforms);
        [n_tiles, n_groups.div_ceil(params.n_rounds), 1]
    }

    /// The tiles of a column that has `2^log_column` of the things that lanes are.
    fn n_tiles(&self, log_column: u32) -> u32 {
        1 << log_column.saturating_sub(self.log_lanes())
    }

    /// The groups of columns that have a tile together.
    fn n_column_groups(&self, log_column: u32, n_columns: u32) -> u32 {
        n_columns.div_ceil(1 << self.log_lanes().saturating_sub(log_column))
    }

    /// The kernel text, to be put after a field text.
    pub fn wgsl(&self) -> String {
        match self {
            Self::EvalToCoeff { log_skip } => {
                format!(
                    "alias InputElement = u32;\nconst LOG_SKIP: u32 = {log_skip}u;\n\n{}",
                    include_str!("eval_to_coeff.wgsl")
                )
            }
            Self::Pass(pass) => pass_text::pass_text(pass),
        }
    }

    fn log_lanes(&self) -> u32 {
        match self {
            Self::EvalToCoeff { .. } => LOG_TILE,
            Self::Pass(pass) => pass.log_lanes(),
        }
    }
}

impl NttPass {
    /// Whether it takes two steps in registers with an exchange between them, or one.
    pub(super) fn has_two_steps(&self) -> bool {
        self.log_radix > LOG_STEP
    }

    /// Binary logarithm of the transforms of a tile; a pass of one step has one a thread.
    pub(super) fn log_lanes(&self) -> u32 {
        LOG_TILE - self.log_radix.max(LOG_STEP)
    }

    pub(super) fn log_skip(&self) -> u32 {
        self.first.map_or(0, |first| first.log_skip)
    }
}

/// The table `twiddles` of all steps, the same for all sizes, 194 KiB, with `g` the generator of the subgroup of order 2^27:
///
/// - `w_256^j` for j < 2^8 and `g^j` for j < 2^14, as factors of `fp_mul_fixed`;
/// - `g^(j * 2^14)` for j < 2^13, in Montgomery form beside a zero.
pub fn twiddles() -> Vec<[u32; 2]> {
    let roots = BabyBear::two_adic_generator(MAX_LOG_RADIX as usize)
        .powers()
        .take(1 << MAX_LOG_RADIX);
    let g = BabyBear::two_adic_generator(MAX_LOG_HEIGHT as usize);
    let low = g.powers().take(1 << LOG_LOW_POWERS);
    let high = g
        .exp_power_of_2(LOG_LOW_POWERS as usize)
        .powers()
        .take(1 << (MAX_LOG_HEIGHT - LOG_LOW_POWERS));
    roots
        .chain(low)
        .map(fixed_factor)
        .chain(high.map(|power| [montgomery(power), 0]))
        .collect()
}

/// A factor of `fp_mul_fixed`: `w` as an integer, and `floor(w * 2^32 / p)`.
pub(super) fn fixed_factor(w: BabyBear) -> [u32; 2] {
    let w = w.as_canonical_u32();
    [w, (((w as u64) << 32) / BabyBear::ORDER_U32 as u64) as u32]
}

fn montgomery(x: BabyBear) -> u32 {
    (((x.as_canonical_u32() as u64) << 32) % BabyBear::ORDER_U32 as u64) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plans() -> impl Iterator<Item = NttPlan> {
        (0..=MAX_LOG_HEIGHT).flat_map(|log_height| {
            (0..=log_height.min(6)).flat_map(move |log_blowup| {
                (0..=(log_height - log_blowup).min(MAX_LOG_SKIP))
                    .map(move |log_skip| NttPlan::new(log_height, log_blowup, log_skip))
            })
        })
    }

    fn passes(plan: &NttPlan) -> Vec<NttPass> {
        let pass = |step: &NttStep| match step.kernel {
            NttKernel::Pass(pass) => Some(pass),
            NttKernel::EvalToCoeff { .. } => None,
        };
        plan.steps.iter().filter_map(pass).collect()
    }

    #[test]
    fn radices_multiply_to_the_height() {
        for plan in plans() {
            let passes = passes(&plan);
            assert_eq!(
                passes.iter().map(|pass| pass.log_radix).sum::<u32>(),
                plan.log_height
            );
            assert!(passes.iter().all(|pass| pass.log_radix <= MAX_LOG_RADIX));
            assert!(passes.len() == 1 || passes.iter().all(|pass| pass.log_radix >= LOG_STEP));
            assert!(passes
                .iter()
                .enumerate()
                .all(|(ix, pass)| pass.first.is_some() == (ix == 0)));
            assert!(passes
                .iter()
                .rev()
                .enumerate()
                .all(|(ix, pass)| pass.last == (ix == 0)));
        }
    }

    #[test]
    fn steps_lead_from_source_to_target() {
        for plan in plans() {
            assert_eq!(plan.steps[0].input, NttBuffer::Source);
            assert_eq!(plan.steps.last().unwrap().output, NttBuffer::Target);
            assert!(plan
                .steps
                .windows(2)
                .all(|pair| pair[0].output == pair[1].input));
            assert!(plan
                .steps
                .iter()
                .all(|step| step.input != step.output && step.output != NttBuffer::Source));
        }
    }

    #[test]
    fn number_of_steps_is_the_least() {
        let n_steps = |log_height, log_skip| NttPlan::new(log_height, 1, log_skip).steps.len();

        assert_eq!(
            [8, 9, 16, 17, 24, 25, 27].map(|log_height| n_steps(log_height, 0)),
            [1, 2, 2, 3, 3, 4, 4]
        );
        assert_eq!(
            [8, 9, 22].map(|log_height| n_steps(log_height, 4)),
            [2, 2, 3]
        );
        assert_eq!([9, 22].map(|log_height| n_steps(log_height, 5)), [3, 4]);
    }

    #[test]
    fn grid_covers_every_column_within_limits() {
        let eager = |plan| NttPlan {
            min_workgroups: 1,
            ..plan
        };
        for plan in plans().chain(plans().map(eager)) {
            for n_columns in [1, 2, 7, 42, 300, 65_535] {
                for step in &plan.steps {
                    let params = plan.params(step, n_columns, 0, 0);
                    let [x, y, _] = step.kernel.grid(&params);
                    let (n_rounds, log_column) = (params.n_rounds, params.log_transforms);
                    let lanes = 1u64 << step.kernel.log_lanes();
                    let columns_per_group = (lanes >> log_column).max(1);
                    assert!(x <= 65_535 && y <= 65_535);
                    assert_eq!(
                        (x as u64 * lanes).max(1 << log_column),
                        (1u64 << log_column).max(lanes)
                    );
                    assert!(y as u64 * n_rounds as u64 * columns_per_group >= n_columns as u64);
                    assert!(
                        (y as u64 - 1) * (n_rounds as u64) * columns_per_group < n_columns as u64
                    );
                }
            }
        }
    }

    #[test]
    fn fused_chunks_lie_in_one_column() {
        let first_passes = plans().map(|plan| (plan.log_height, passes(&plan)[0]));
        for (log_height, first) in first_passes.filter(|(_, first)| first.log_skip() > 0) {
            assert!(first.has_two_steps());
            assert!(log_height - first.log_radix >= LOG_STEP);
            assert!(first.log_lanes() >= LOG_STEP);
            assert!(first.first.unwrap().log_blowup <= LOG_STEP);
        }
    }

    #[test]
    fn table_yields_any_power() {
        let table = twiddles();
        let g = BabyBear::two_adic_generator(MAX_LOG_HEIGHT as usize);
        for exponent in [0u32, 1, 0x3fff, 0x4000, 0x123_4567, (1 << 27) - 1] {
            let [low, quotient] = table[0x100 + (exponent & 0x3fff) as usize];
            let [high, _] = table[0x4100 + (exponent >> 14) as usize];

            let estimate = ((high as u64 * quotient as u64) >> 32) as u32;
            let product = high
                .wrapping_mul(low)
                .wrapping_sub(estimate.wrapping_mul(BabyBear::ORDER_U32));

            assert_eq!(
                product % BabyBear::ORDER_U32,
                montgomery(g.exp_u64(exponent as u64))
            );
        }
    }

    #[test]
    fn text_has_no_64_bit_integers_of_its_own() {
        for kernel in plans()
            .flat_map(|plan| plan.steps)
            .map(|step| step.kernel)
            .collect::<HashSet<_>>()
        {
            assert!(!kernel.wgsl().contains("u64"), "{kernel:?}");
        }
    }
}
