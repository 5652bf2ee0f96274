//! The dispatches of the fractional sumcheck, in protocol order.

use std::ops::RangeInclusive;

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use super::{
    fractions::{FractionBlock, Fractions},
    places::GkrPlaces,
    plan::{GkrPlan, Pass, LEVELS},
};
use crate::{
    gpu::{Buffer, Gpu, GpuError, Kernel, Recorder},
    kernels::gkr::{
        GkrChallenges, GkrChallengesBindings, GkrChallengesParams, GkrLevels, GkrLevelsBindings,
        GkrLevelsParams, GkrPass, GkrPassBindings, GkrPassParams, GkrTail, GkrTailBindings,
        GkrTailParams, Numerators, PassInput, TILE,
    },
    transcript::DeviceSponge,
};

/// The kernels of the fractional sumcheck.
struct GkrKernels {
    challenges: Kernel<GkrChallenges>,
    tail: Kernel<GkrTail>,
    on_input: LayerKernels,
    on_levels: LayerKernels,
}

/// Those that read a layer, whose numerators are of one field.
struct LayerKernels {
    levels: Kernel<GkrLevels>,
    first_pass: Kernel<GkrPass>,
    later_pass: Kernel<GkrPass>,
}

impl GkrKernels {
    fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        Ok(Self {
            challenges: Kernel::new(gpu)?,
            tail: Kernel::new(gpu)?,
            on_input: LayerKernels::new(gpu, Numerators::Base)?,
            on_levels: LayerKernels::new(gpu, Numerators::Extension)?,
        })
    }

    fn on(&self, fractions: &Fractions) -> &LayerKernels {
        match fractions.field() {
            Numerators::Base => &self.on_input,
            Numerators::Extension => &self.on_levels,
        }
    }
}

impl LayerKernels {
    fn new(gpu: &Gpu, numerators: Numerators) -> Result<Self, GpuError> {
        Ok(Self {
            levels: Kernel::variant(gpu, numerators)?,
            first_pass: Kernel::variant(gpu, PassInput::Layer(numerators))?,
            later_pass: Kernel::variant(gpu, PassInput::PassBefore(numerators))?,
        })
    }
}

/// Memory of the sumcheck: about as much as the input.
///
/// A level of the tree is needed until its layer is done, which is before any larger layer. The
/// larger layers' folded values then take its place.
struct GkrMemory {
    /// The levels up to the top level, level `l` from `2^l` on.
    small_p: Buffer<F>,
    small_q: Buffer<EF>,
    /// The levels between those and the input.
    large: Vec<Fractions>,
    eq: Buffer<EF>,
    /// The rounds' factor, then the root's numerator and denominator.
    state: Buffer<EF>,
    partials: Buffer<EF>,
}

impl GkrMemory {
    fn alloc(gpu: &Gpu, plan: &GkrPlan) -> Result<Self, GpuError> {
        let small_len = (2 << plan.top_level).max(TILE);
        let large = plan.top_level + 1..plan.log_len;
        let large = large.map(|level| Fractions::alloc(gpu, level, Numerators::Extension));
        Ok(Self {
            small_p: gpu.alloc(small_len * Numerators::Extension.words(), "small layers")?,
            small_q: gpu.alloc(small_len, "small layers")?,
            large: large.collect::<Result<_, _>>()?,
            eq: gpu.alloc(plan.eq_len(), "tables of eq")?,
            state: gpu.alloc(3, "sumcheck state")?,
            partials: gpu.alloc(9 * plan.max_groups(), "partial sums")?,
        })
    }

    fn small(&self) -> FractionBlock<'_> {
        FractionBlock {
            p: &self.small_p,
            q: &self.small_q,
        }
    }
}

/// One sumcheck that is being recorded.
pub(super) struct Recording<'a> {
    plan: GkrPlan,
    places: &'a GkrPlaces,
    sponge: &'a DeviceSponge,
    input: &'a Fractions,
    kernels: GkrKernels,
    memory: GkrMemory,
}

impl<'a> Recording<'a> {
    pub(super) fn new(
        gpu: &Gpu,
        plan: GkrPlan,
        places: &'a GkrPlaces,
        sponge: &'a DeviceSponge,
        input: &'a Fractions,
    ) -> Result<Self, GpuError> {
        Ok(Self {
            kernels: GkrKernels::new(gpu)?,
            memory: GkrMemory::alloc(gpu, &plan)?,
            plan,
            places,
            sponge,
            input,
        })
    }

    /// Records all of it, and returns the buffer that will hold the root from element 1 on.
    pub(super) fn record(
        self,
        recorder: &mut Recorder<'_>,
        observes_numerator: bool,
    ) -> Buffer<EF> {
        for level in self.plan.large_levels() {
            self.record_levels(recorder, level);
        }
        let last_layer = self.plan.top_level - 1;
        self.record_tail(recorder, 0..=last_layer, 0, observes_numerator);
        for n in self.plan.large_layers() {
            for pass in self.plan.passes(n) {
                self.record_pass(recorder, pass);
            }
            self.record_tail(recorder, n..=n, self.plan.tail_vars(n), false);
        }
        self.memory.state
    }

    /// Makes the three levels below `level`, which is a large one.
    fn record_levels(&self, recorder: &mut Recorder<'_>, level: u32) {
        let source = self.large(level);
        let kernel = &self.kernels.on(source).levels;
        let block_len = self.plan.block_len(level);
        for i in 0..self.plan.n_blocks(level) {
            let block = source.block(i as usize);
            let [(level_1, offset_1), (level_2, offset_2), (level_3, offset_3)] =
                [1, 2, LEVELS].map(|k| self.place(level - k, (i * block_len) >> k));
            let bindings = GkrLevelsBindings {
                p_source: block.p,
                q_source: block.q,
                p_1: level_1.p,
                q_1: level_1.q,
                p_2: level_2.p,
                q_2: level_2.q,
                p_3: level_3.p,
                q_3: level_3.q,
            };
            let params = GkrLevelsParams {
                n_eighths: block_len / 8,
                offset_1,
                offset_2,
                offset_3,
            };
            kernel.record(recorder, bindings, params);
        }
    }

    /// Folds with the challenges of the pass before, if there is one, and samples this one's.
    fn record_pass(&self, recorder: &mut Recorder<'_>, pass: Pass) {
        let n_partials = self.record_sums(recorder, pass);
        let Pass { n, m, .. } = pass;
        let i = (n - m) as usize;
        // The first coordinate of xi is the last layer's mu, the others are its challenges.
        let layer_before = self.places.layer(n - 1);
        let xi = |i: usize| match i {
            0 => layer_before.mu,
            i => layer_before.rounds[i - 1].challenge,
        };
        let bindings = GkrChallengesBindings {
            sponge: self.sponge.sponge(),
            tape: self.sponge.tape(),
            state: &self.memory.state,
            partials: &self.memory.partials,
        };
        let params = GkrChallengesParams {
            n_partials,
            is_first: u32::from(pass.is_first()),
            xi_1_at: xi(i).first_ext(),
            xi_2_at: xi(i + 1).first_ext(),
            rounds_at: self.places.layer(n).rounds[i].evaluations.first_ext(),
        };
        self.kernels.challenges.record(recorder, bindings, params);
    }

    /// Sums up for a pass; returns how many workgroups left sums.
    fn record_sums(&self, recorder: &mut Recorder<'_>, pass: Pass) -> u32 {
        let Pass { n, m, .. } = pass;
        let layer = self.places.layer(n);
        let source = self.large(pass.source_level());
        let kernels = self.kernels.on(source);
        let (kernel, r_at) = match pass.is_first() {
            true => (&kernels.first_pass, 0),
            false => {
                let first_round_before = layer.rounds[(n - m - 2) as usize];
                let r_at = first_round_before.challenge.first_ext();
                (&kernels.later_pass, r_at)
            }
        };
        let n_blocks = self.plan.n_blocks(pass.source_level());
        let (n_points, n_groups) = self.plan.block_groups(pass);
        for i in 0..n_blocks {
            let block = source.block(i as usize);
            let (target, target_offset) = match pass.is_first() {
                true => (self.memory.small(), 0),
                false => self.place(m + 1, 8 * n_points * i),
            };
            let bindings = GkrPassBindings {
                p_source: block.p,
                q_source: block.q,
                p_target: target.p,
                q_target: target.q,
                eq: &self.memory.eq,
                tape: self.sponge.tape(),
                partials: &self.memory.partials,
            };
            let params = GkrPassParams {
                n_points,
                first_point: n_points * i,
                target_offset,
                lambda_at: layer.lambda.first_ext(),
                r_at,
                k_low: pass.k_low,
                k_high: pass.k_high,
                high_start: self.plan.high_start(),
                first_partial: n_groups * i,
                n_groups,
            };
            kernel.record(recorder, bindings, params);
        }
        n_groups * n_blocks
    }

    /// Proves `layers`, of the first one the last `first_m` variables.
    fn record_tail(
        &self,
        recorder: &mut Recorder<'_>,
        layers: RangeInclusive<u32>,
        first_m: u32,
        observes_numerator: bool,
    ) {
        let (levels, input) = (self.memory.small(), self.input.block(0));
        let is_all_small = self.plan.log_len == self.plan.top_level;
        let bindings = GkrTailBindings {
            sponge: self.sponge.sponge(),
            tape: self.sponge.tape(),
            p: levels.p,
            q: levels.q,
            eq: &self.memory.eq,
            state: &self.memory.state,
            p_input: input.p,
            q_input: input.q,
        };
        let params = GkrTailParams {
            first_layer: *layers.start(),
            last_layer: *layers.end(),
            end_layer: self.plan.log_len - 1,
            first_m,
            top_level: self.plan.top_level,
            n_inputs: u32::from(is_all_small) << self.plan.log_len,
            observes_numerator: u32::from(observes_numerator),
            layer_at: self.places.layer(*layers.start()).lambda.first_ext(),
            high_start: self.plan.high_start(),
        };
        self.kernels.tail.record(recorder, bindings, params);
    }

    /// A level above the top level.
    fn large(&self, level: u32) -> &Fractions {
        let above_top = (level - self.plan.top_level - 1) as usize;
        self.memory.large.get(above_top).unwrap_or(self.input)
    }

    /// The block that holds fraction `i` of `level`, and its number there.
    fn place(&self, level: u32, i: u32) -> (FractionBlock<'_>, u32) {
        if level <= self.plan.top_level {
            return (self.memory.small(), (1 << level) + i);
        }
        let block_len = self.plan.block_len(level);
        (
            self.large(level).block((i / block_len) as usize),
            i % block_len,
        )
    }
}
