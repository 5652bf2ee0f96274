//! The dispatches of the fractional sumcheck, in protocol order.

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use super::{
    fractions::Fractions,
    places::Places,
    plan::{LargeRound, Plan},
};
use crate::{
    gpu::{Buffer, Gpu, GpuError, Recorder},
    kernels::gkr::{
        challenge::{Challenge, ChallengeParams},
        level::{Level, LevelParams},
        round::{Round, RoundBuffers, RoundParams},
        tail::{Tail, TailBuffers, TailParams},
        FractionBlock,
    },
    transcript::DeviceSponge,
};

/// The four kernels.
pub(super) struct Kernels {
    level: Level,
    round: Round,
    challenge: Challenge,
    tail: Tail,
}

impl Kernels {
    pub(super) fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        Ok(Self {
            level: Level::new(gpu)?,
            round: Round::new(gpu)?,
            challenge: Challenge::new(gpu)?,
            tail: Tail::new(gpu)?,
        })
    }
}

/// Memory of the sumcheck: about as much as the input.
///
/// A level of the tree is needed until its layer is done, which is before any larger layer. The
/// larger layers' folded values then take its place.
struct Memory {
    /// The levels up to the top level, level `l` from `2^l` on.
    small: [Buffer<EF>; 2],
    /// The levels between those and the input.
    large: Vec<Fractions>,
    eq: Buffer<EF>,
    /// The rounds' factor, then the root's numerator and denominator.
    state: Buffer<EF>,
    partials: Buffer<EF>,
}

impl Memory {
    fn alloc(gpu: &Gpu, plan: &Plan) -> Result<Self, GpuError> {
        let small = || gpu.alloc(2 << plan.top_level, "small layers");
        let large = plan.top_level + 1..plan.log_len;
        Ok(Self {
            small: [small()?, small()?],
            large: large
                .map(|level| Fractions::alloc(gpu, level))
                .collect::<Result<_, _>>()?,
            eq: gpu.alloc(plan.eq_len(), "tables of eq")?,
            state: gpu.alloc(3, "sumcheck state")?,
            partials: gpu.alloc(3 * plan.max_groups(), "partial sums")?,
        })
    }

    fn small(&self) -> FractionBlock<'_> {
        let [p, q] = &self.small;
        FractionBlock { p, q }
    }
}

/// One sumcheck that is being recorded.
pub(super) struct Recording<'a> {
    plan: Plan,
    places: &'a Places,
    sponge: &'a DeviceSponge,
    input: &'a Fractions,
    kernels: Kernels,
    memory: Memory,
}

impl<'a> Recording<'a> {
    pub(super) fn new(
        gpu: &Gpu,
        plan: Plan,
        places: &'a Places,
        sponge: &'a DeviceSponge,
        input: &'a Fractions,
    ) -> Result<Self, GpuError> {
        Ok(Self {
            kernels: Kernels::new(gpu)?,
            memory: Memory::alloc(gpu, &plan)?,
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
            let params = LevelParams {
                n_parents,
                target_offset,
            };
            self.kernels
                .level
                .record(recorder, source.block(i as usize), target, params);
        }
    }

    /// Folds with the challenge of the round before, if there is one, and samples this round's.
    fn record_round(&self, recorder: &mut Recorder<'_>, round: LargeRound) {
        let LargeRound { n, m, .. } = round;
        let folds = m < n;
        let layer_at = self.places.layer_at(n);
        let round_at = layer_at + 1 + 4 * (n - m);
        let source = self.large(Plan::source_level(round));
        let n_blocks = source.n_blocks() as u32;
        let (n_pairs, n_groups) = self.plan.block_groups(round);
        let buffers = RoundBuffers {
            eq: &self.memory.eq,
            sponge: self.sponge,
            partials: &self.memory.partials,
        };
        for i in 0..n_blocks {
            let target = folds.then(|| self.place(m + 1, 4 * n_pairs * i));
            let params = RoundParams {
                n_pairs,
                first_pair: n_pairs * i,
                target_offset: target.map_or(0, |(_, offset)| offset),
                lambda_at: layer_at,
                r_at: round_at - 1,
                k_low: round.k_low,
                k_high: round.k_high,
                high_start: self.plan.high_start(),
                first_partial: n_groups * i,
            };
            let (source, target) = (source.block(i as usize), target.map(|(block, _)| block));
            self.kernels
                .round
                .record(recorder, source, target, buffers, params, n_groups);
        }

        // The first coordinate of xi is the last layer's mu, the others are its challenges.
        let xi_at = match n - m {
            0 => layer_at - 1,
            i => self.places.layer_at(n - 1) + 4 * i,
        };
        let params = ChallengeParams {
            n_partials: n_groups * n_blocks,
            is_first: u32::from(!folds),
            xi_at,
            round_at,
        };
        let (state, partials) = (&self.memory.state, &self.memory.partials);
        self.kernels
            .challenge
            .record(recorder, self.sponge, state, partials, params);
    }

    /// Proves `layers`, of the first one the last `first_m` variables.
    fn record_tail(
        &self,
        recorder: &mut Recorder<'_>,
        layers: std::ops::RangeInclusive<u32>,
        first_m: u32,
        observes_numerator: bool,
    ) {
        let is_all_small = self.plan.log_len == self.plan.top_level;
        let input = is_all_small.then(|| self.input.block(0));
        let params = TailParams {
            first_layer: *layers.start(),
            last_layer: *layers.end(),
            end_layer: self.plan.log_len - 1,
            first_m,
            top_level: self.plan.top_level,
            n_inputs: if is_all_small {
                1 << self.plan.log_len
            } else {
                0
            },
            observes_numerator: u32::from(observes_numerator),
            layer_at: self.places.layer_at(*layers.start()),
            high_start: self.plan.high_start(),
        };
        let buffers = TailBuffers {
            levels: self.memory.small(),
            eq: &self.memory.eq,
            state: &self.memory.state,
        };
        self.kernels
            .tail
            .record(recorder, self.sponge, input, buffers, params);
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
