//! The dispatches of the fractional sumcheck, in protocol order.

use std::ops::RangeInclusive;

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use super::{
    fractions::{FractionBlock, Fractions},
    places::GkrPlaces,
    plan::{GkrPlan, LargeRound},
};
use crate::{
    gpu::{Buffer, Gpu, GpuError, Kernel, Recorder},
    kernels::gkr::{
        GkrChallenge, GkrChallengeBindings, GkrChallengeParams, GkrLevel, GkrLevelBindings,
        GkrLevelParams, GkrRound, GkrRoundBindings, GkrRoundParams, GkrTail, GkrTailBindings,
        GkrTailParams, RoundInput,
    },
    transcript::DeviceSponge,
};

/// The kernels of the fractional sumcheck.
struct GkrKernels {
    level: Kernel<GkrLevel>,
    first_round: Kernel<GkrRound>,
    later_round: Kernel<GkrRound>,
    challenge: Kernel<GkrChallenge>,
    tail: Kernel<GkrTail>,
}

impl GkrKernels {
    fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        Ok(Self {
            level: Kernel::new(gpu)?,
            first_round: Kernel::variant(gpu, RoundInput::Layer)?,
            later_round: Kernel::variant(gpu, RoundInput::RoundBefore)?,
            challenge: Kernel::new(gpu)?,
            tail: Kernel::new(gpu)?,
        })
    }
}

/// Memory of the sumcheck: about as much as the input.
///
/// A level of the tree is needed until its layer is done, which is before any larger layer. The
/// larger layers' folded values then take its place.
struct GkrMemory {
    /// The levels up to the top level, level `l` from `2^l` on.
    small_p: Buffer<EF>,
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
        let small = || gpu.alloc(2 << plan.top_level, "small layers");
        let large = plan.top_level + 1..plan.log_len;
        Ok(Self {
            small_p: small()?,
            small_q: small()?,
            large: large
                .map(|level| Fractions::alloc(gpu, level))
                .collect::<Result<_, _>>()?,
            eq: gpu.alloc(plan.eq_len(), "tables of eq")?,
            state: gpu.alloc(3, "sumcheck state")?,
            partials: gpu.alloc(3 * plan.max_groups(), "partial sums")?,
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
        for level in (self.plan.top_level + 1..=self.plan.log_len).rev() {
            self.record_level(recorder, level);
        }
        let last_layer = self.plan.top_level - 1;
        self.record_tail(recorder, 0..=last_layer, 0, observes_numerator);
        for n in self.plan.large_layers() {
            for round in self.plan.large_rounds(n) {
                self.record_round(recorder, round);
            }
            self.record_tail(recorder, n..=n, self.plan.tail_vars(), false);
        }
        self.memory.state
    }

    /// Adds up the pairs of `level`, which is a large one.
    fn record_level(&self, recorder: &mut Recorder<'_>, level: u32) {
        let source = self.large(level);
        let n_parents = (source.block_len() / 2) as u32;
        for i in 0..source.n_blocks() as u32 {
            let (target, target_offset) = self.place(level - 1, i * n_parents);
            let source = source.block(i as usize);
            let bindings = GkrLevelBindings {
                p_source: source.p,
                q_source: source.q,
                p_target: target.p,
                q_target: target.q,
            };
            let params = GkrLevelParams {
                n_parents,
                target_offset,
            };
            self.kernels.level.record(recorder, bindings, params);
        }
    }

    /// Folds with the challenge of the round before, if there is one, and samples this round's.
    fn record_round(&self, recorder: &mut Recorder<'_>, round: LargeRound) {
        let n_partials = self.record_sums(recorder, round);
        let LargeRound { n, m, .. } = round;
        let (layer, i) = (self.places.layer(n), (n - m) as usize);
        // The first coordinate of xi is the last layer's mu, the others are its challenges.
        let layer_before = self.places.layer(n - 1);
        let xi = match i {
            0 => layer_before.mu,
            i => layer_before.rounds[i - 1].challenge,
        };
        let bindings = GkrChallengeBindings {
            sponge: self.sponge.sponge(),
            tape: self.sponge.tape(),
            state: &self.memory.state,
            partials: &self.memory.partials,
        };
        let params = GkrChallengeParams {
            n_partials,
            is_first: u32::from(i == 0),
            xi_at: xi.first_ext(),
            round_at: layer.rounds[i].evaluations.first_ext(),
        };
        self.kernels.challenge.record(recorder, bindings, params);
    }

    /// Sums up for a round; returns how many workgroups left sums.
    fn record_sums(&self, recorder: &mut Recorder<'_>, round: LargeRound) -> u32 {
        let LargeRound { n, m, .. } = round;
        let folds = m < n;
        let layer = self.places.layer(n);
        let (kernel, r_at) = match folds {
            true => {
                let round_before = layer.rounds[(n - m - 1) as usize];
                let r_at = round_before.challenge.first_ext();
                (&self.kernels.later_round, r_at)
            }
            false => (&self.kernels.first_round, 0),
        };
        let source = self.large(GkrPlan::source_level(round));
        let n_blocks = source.n_blocks() as u32;
        let (n_pairs, n_groups) = self.plan.block_groups(round);
        for i in 0..n_blocks {
            let source = source.block(i as usize);
            let (target, target_offset) = match folds {
                true => self.place(m + 1, 4 * n_pairs * i),
                false => (self.memory.small(), 0),
            };
            let bindings = GkrRoundBindings {
                p_source: source.p,
                q_source: source.q,
                p_target: target.p,
                q_target: target.q,
                eq: &self.memory.eq,
                tape: self.sponge.tape(),
                partials: &self.memory.partials,
            };
            let params = GkrRoundParams {
                n_pairs,
                first_pair: n_pairs * i,
                target_offset,
                lambda_at: layer.lambda.first_ext(),
                r_at,
                k_low: round.k_low,
                k_high: round.k_high,
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

    /// The block that holds fraction `i` of `level`, at the top level or above, and its place there.
    fn place(&self, level: u32, i: u32) -> (FractionBlock<'_>, u32) {
        if level == self.plan.top_level {
            return (self.memory.small(), (1 << level) + i);
        }
        let block_len = self.plan.block_len(level);
        (
            self.large(level).block((i / block_len) as usize),
            i % block_len,
        )
    }
}
