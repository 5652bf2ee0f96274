//! The multilinear rounds of the batch sumcheck, and the column openings at their end.
//!
//! Upstream's specification is `prove_zerocheck_and_logup` in `prover/logup_zerocheck/mod.rs`, with
//! `fold_ple_evals`, `sumcheck_polys_eval` and `fold_mle_evals` in `cpu.rs`; its verifier checks the
//! rounds in `verifier/batch_constraints.rs`. Traces of all heights take part from the first round
//! on; one that has no variables left enters the tail, a multiple of the round's variable.
//!
//! All rounds are one command stream: a kernel makes each round polynomial of the traces' sums,
//! observes it and samples the challenge, which the next round's fold reads from the tape.

use openvm_stark_backend::{
    p3_field::{Field, PrimeCharacteristicRing, TwoAdicField},
    poly_common::{eval_eq_sharp_uni, eval_eq_uni},
};
use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use super::{
    air_plan::Footprint,
    compile::kernel::Form,
    kernels::Kernels,
    round0::Section,
    round0_polynomials::Round0,
    scratch::{band_len, Scratch},
    statement::{Statement, Trace},
    weights::BatchWeights,
};
use crate::{
    gpu::{Buffer, Columns, Element, Finished, Gpu, GpuError, ReadBack, Recorder},
    kernels::rap::{
        expressions::Slots,
        inputs::InputParams,
        rounds::{Fold, FoldSlots, RoundBuffers, RoundParams},
        sums::ReduceParams,
    },
    transcript::{DeviceSponge, Place, TapePlan},
};

/// Where the rounds' polynomials and challenges are on the tape.
#[derive(Clone, Debug)]
pub struct RoundPlaces {
    /// By round: `s_j` at `1, ..., d + 1`.
    pub polynomials: Vec<Place>,
    /// By round: `r_j`.
    pub challenges: Vec<Place>,
}

/// Plans what the rounds observe and sample.
pub fn plan_tape(statement: &Statement<'_>) -> (TapePlan, RoundPlaces) {
    let mut plan = TapePlan::new();
    let places =
        (0..statement.n_max).map(|_| (plan.observe_ext(statement.degree + 1), plan.sample_ext(1)));
    let (polynomials, challenges) = places.unzip();
    (
        plan,
        RoundPlaces {
            polynomials,
            challenges,
        },
    )
}

/// The stage while it is being recorded.
pub struct MleRounds<'a> {
    kernels: &'a Kernels,
    statement: &'a Statement<'a>,
    weights: &'a BatchWeights,
    sponge: &'a DeviceSponge,
    places: &'a RoundPlaces,
    scratch: Scratch,
    /// By trace: its columns after the last fold.
    columns: Vec<Columns<EF>>,
    sums: Buffer<EF>,
    mu: Buffer<EF>,
    constants: Buffer<EF>,
    running: Buffer<EF>,
}

/// The folded columns of one trace on their way back, block by block.
pub struct FoldedOpenings(Vec<ReadBack<EF>>);

impl FoldedOpenings {
    /// The values of the columns, by position.
    pub fn values(&self, finished: &Finished) -> Result<Vec<EF>, GpuError> {
        let blocks = self.0.iter().map(|block| finished.values(block));
        Ok(blocks.collect::<Result<Vec<_>, _>>()?.concat())
    }
}

impl<'a> MleRounds<'a> {
    /// Records the evaluation of all columns at `r_0`.
    pub fn start(
        recorder: &mut Recorder<'_>,
        kernels: &'a Kernels,
        statement: &'a Statement<'a>,
        weights: &'a BatchWeights,
        (sponge, places): (&'a DeviceSponge, &'a RoundPlaces),
        round0: &Round0,
        xi: &[EF],
    ) -> Result<Self, GpuError> {
        let gpu = recorder.gpu();
        let omegas = F::two_adic_generator(statement.l_skip).powers();
        let omegas: Vec<_> = omegas.take(1 << statement.l_skip).collect();
        let lagrange = |&w: &F| eval_eq_uni(statement.l_skip, round0.r_0, EF::from(w));
        let lagrange: Vec<_> = omegas.iter().map(lagrange).collect();
        let lagrange = gpu.upload(&lagrange, "Lagrange polynomials at r_0")?;
        let columns = statement.traces.iter();
        let columns = columns.map(|trace| columns_at_r0(recorder, kernels, trace, &lagrange));
        let columns = columns.collect::<Result<_, _>>()?;

        let eq = eval_eq_uni(
            statement.l_skip,
            xi.first().copied().unwrap_or(EF::ZERO),
            round0.r_0,
        );
        let eq_sharp = eval_eq_sharp_uni(&omegas, &xi[..statement.l_skip], round0.r_0);
        let running = [round0.claim(), eq, eq_sharp, EF::ZERO];
        let n_traces = statement.traces.len();
        let mu_powers: Vec<_> = round0.mu.powers().take(3 * n_traces).collect();
        let sums = gpu.alloc(3 * n_traces * statement.degree, "sums of traces")?;
        recorder.clear(&sums, 0..sums.len());
        Ok(Self {
            columns,
            scratch: Scratch::new(gpu, room(gpu, statement), false)?,
            sums,
            mu: gpu.upload(&mu_powers, "powers of mu")?,
            constants: gpu.upload(&constants(statement, xi), "round constants")?,
            running: gpu.upload(&running, "running claims")?,
            kernels,
            statement,
            weights,
            sponge,
            places,
        })
    }

    /// Records all rounds, and the fold after the last one.
    pub fn record(&mut self, recorder: &mut Recorder<'_>) -> Result<(), GpuError> {
        let statement = self.statement;
        for round in 1..=statement.n_max {
            for (i, trace) in statement.traces.iter().enumerate() {
                if trace.n_lift + 1 >= round {
                    self.record_trace(recorder, round, i, trace)?;
                }
            }
            self.record_round(recorder, round);
        }
        for (i, trace) in statement.traces.iter().enumerate() {
            if trace.n_lift == statement.n_max && statement.n_max > 0 {
                let rows = self.fold_of(recorder, statement.n_max + 1, i)?;
                self.record_fold(recorder, statement.n_max + 1, &rows, (0, 1), (0, 1, 1));
                self.keep(i, rows);
            }
        }
        Ok(())
    }

    /// Records that the columns, now of one row each, are brought back.
    pub fn read_back(self, recorder: &mut Recorder<'_>) -> Vec<FoldedOpenings> {
        let mut blocks = |columns: &Columns<EF>| {
            let blocks = columns.blocks();
            blocks
                .map(|(_, block)| recorder.read_back(block, 0..block.len()))
                .collect()
        };
        self.columns
            .iter()
            .map(|columns| FoldedOpenings(blocks(columns)))
            .collect()
    }

    /// The share of one trace in a round: fold with the last challenge, evaluate, sum up.
    fn record_trace(
        &mut self,
        recorder: &mut Recorder<'_>,
        round: usize,
        index: usize,
        trace: &Trace<'_>,
    ) -> Result<(), GpuError> {
        let rows = self.fold_of(recorder, round, index)?;
        let (plan, shape) = (
            &trace.air.all,
            RoundShape::new(self.statement, trace, round),
        );
        let band = shape.band(recorder.gpu(), trace);
        for first in (0..shape.n_y).step_by(band) {
            let n_lanes = shape.n_points * band;
            let n_slots = plan.plan.inputs.len();
            self.record_fold(
                recorder,
                round,
                &rows,
                (first, band),
                (n_slots, n_lanes, shape.n_points),
            );
            let slots = Slots {
                buffer: &self.scratch.slots,
                stride: n_lanes,
                n_lanes,
            };
            for slices in &plan.sliced(n_lanes).column_passes {
                self.kernels
                    .extension
                    .record_columns(recorder, &plan.table, slices, slots);
            }
            for section in Section::ALL {
                self.record_section(
                    recorder,
                    (index, trace, section),
                    slots,
                    shape,
                    (first, band),
                );
            }
        }
        self.keep(index, rows);
        Ok(())
    }

    /// The columns of a trace before the fold of this round, and room for those after it; the first
    /// round has nothing to fold.
    fn fold_of(
        &self,
        recorder: &Recorder<'_>,
        round: usize,
        index: usize,
    ) -> Result<FoldRows, GpuError> {
        let rows = self.columns[index].clone();
        let folded = match round {
            1 => None,
            _ => Some(Columns::alloc(
                recorder.gpu(),
                rows.height() / 2,
                rows.width(),
                "folded columns",
            )?),
        };
        Ok(FoldRows { rows, folded })
    }

    fn keep(&mut self, index: usize, rows: FoldRows) {
        if let Some(folded) = rows.folded {
            self.columns[index] = folded;
        }
    }

    fn record_fold(
        &self,
        recorder: &mut Recorder<'_>,
        round: usize,
        rows: &FoldRows,
        band: (usize, usize),
        (n_slots, stride, n_points): (usize, usize, usize),
    ) {
        let height = rows.folded.as_ref().unwrap_or(&rows.rows).height();
        let fold = Fold {
            rows: &rows.rows,
            folded: rows.folded.as_ref(),
            is_pairing: height > 1,
        };
        let slots = FoldSlots {
            buffer: &self.scratch.slots,
            n_slots,
            stride,
            n_points,
        };
        let tape = (self.sponge, self.last_challenge(round));
        self.kernels
            .rounds
            .record_fold(recorder, fold, band, slots, tape);
    }

    fn record_section(
        &self,
        recorder: &mut Recorder<'_>,
        (index, trace, section): (usize, &Trace<'_>, Section),
        slots: Slots<'_>,
        shape: RoundShape,
        (first, n_y): (usize, usize),
    ) {
        let (plan, weights) = (&trace.air.all, &self.weights.traces[index]);
        let sliced = plan.sliced(slots.n_lanes);
        let (n_sums, slices, weights) = match section {
            Section::Numerators => (
                trace.air.n_interactions(),
                &sliced.numerators,
                &weights.numerators,
            ),
            Section::Denominators => (
                trace.air.n_interactions(),
                &sliced.denominators,
                &weights.denominators,
            ),
            Section::Constraints => (
                trace.air.n_constraints(),
                &sliced.constraints,
                &weights.constraints,
            ),
        };
        if n_sums == 0 {
            return;
        }
        let totals = &self.scratch.totals;
        let weights = (weights, weights.len() - 1);
        let extension = &self.kernels.extension;
        extension.record_fold(recorder, &plan.table, slices, slots, weights, totals);
        let params = ReduceParams {
            n_x: n_y as u32,
            n_slices: slices.count() as u32,
            stride: slots.n_lanes as u32,
            log_skip: 0,
            eq_start: (shape.n_y + first) as u32,
            out_start: ((3 * index + section as usize) * self.statement.degree) as u32,
            is_first: u32::from(first == 0),
        };
        let eq = self.weights.eq_tree(trace);
        let n_points = shape.n_points;
        self.kernels
            .sums
            .record_reduce(recorder, totals, eq, &self.sums, n_points, params);
    }

    fn record_round(&self, recorder: &mut Recorder<'_>, round: usize) {
        let traces = &self.statement.traces;
        let with_variables = |n: usize| traces.iter().take_while(|t| t.n_lift >= n).count() as u32;
        let params = RoundParams {
            round: round as u32,
            degree: self.statement.degree as u32,
            n_traces: traces.len() as u32,
            n_head: with_variables(round),
            n_live: with_variables(round - 1),
            polynomial: in_elements(self.places.polynomials[round - 1]),
            challenge: in_elements(self.places.challenges[round - 1]),
            last_challenge: self.last_challenge(round),
        };
        let buffers = RoundBuffers {
            sums: &self.sums,
            mu: &self.mu,
            constants: &self.constants,
            running: &self.running,
        };
        self.kernels
            .rounds
            .record_round(recorder, self.sponge, buffers, params);
    }

    /// Place of the challenge before this round's; the first round reads none.
    fn last_challenge(&self, round: usize) -> u32 {
        let last = round.checked_sub(2).map(|i| self.places.challenges[i]);
        last.map_or(0, in_elements)
    }
}

/// Columns before and after a fold.
struct FoldRows {
    rows: Columns<EF>,
    folded: Option<Columns<EF>>,
}

/// What a trace contributes to a round.
#[derive(Clone, Copy)]
struct RoundShape {
    /// Points of the hypercube that are summed over.
    n_y: usize,
    /// Points at which the round polynomial is evaluated.
    n_points: usize,
}

impl RoundShape {
    fn new(statement: &Statement<'_>, trace: &Trace<'_>, round: usize) -> Self {
        match trace.n_lift.checked_sub(round) {
            Some(n_left) => Self {
                n_y: 1 << n_left,
                n_points: statement.degree,
            },
            None => Self {
                n_y: 1,
                n_points: 1,
            },
        }
    }

    fn footprint(self, trace: &Trace<'_>, n_y: usize) -> Footprint {
        trace
            .air
            .all
            .footprint(Form::Extension, self.n_points * n_y)
    }

    /// Points `y` that are evaluated together.
    fn band(self, gpu: &Gpu, trace: &Trace<'_>) -> usize {
        band_len(gpu, self.n_y, |n_y| self.footprint(trace, n_y))
    }
}

/// Room for the largest band of any trace in any round; there are more slices where there are fewer
/// lanes.
fn room(gpu: &Gpu, statement: &Statement<'_>) -> Footprint {
    let mut room = Footprint::default();
    for trace in &statement.traces {
        for round in 1..=trace.n_lift + 1 {
            let shape = RoundShape::new(statement, trace, round);
            room = room.max(shape.footprint(trace, shape.band(gpu, trace)));
        }
    }
    room
}

/// Records the evaluation of a trace's columns at `r_0`.
fn columns_at_r0(
    recorder: &mut Recorder<'_>,
    kernels: &Kernels,
    trace: &Trace<'_>,
    lagrange: &Buffer<EF>,
) -> Result<Columns<EF>, GpuError> {
    let height = 1 << trace.n_lift;
    let folded = &trace.air.folded;
    let columns = Columns::alloc(recorder.gpu(), height, folded.width(), "folded columns")?;
    for (targets, block) in columns.blocks() {
        let params = InputParams {
            count: height as u32,
            stride: height as u32,
            target_start: targets.start as u32,
            target_end: targets.end as u32,
            ..InputParams::default()
        };
        trace.record_sources(
            recorder,
            &folded.sources,
            params,
            |recorder, source, params| {
                kernels
                    .inputs
                    .record_point(recorder, source, lagrange, block, params);
            },
        );
    }
    Ok(columns)
}

/// What `mle_round.wgsl` has as constants: for the points `0, ..., d` the inverses of the Lagrange
/// polynomials' denominators, their values at `d + 1`, and for each round `xi_j` and
/// `1 / (1 - xi_j)`.
fn constants(statement: &Statement<'_>, xi: &[EF]) -> Vec<EF> {
    let points: Vec<_> = (0..=statement.degree).map(F::from_usize).collect();
    let others = |i: usize| {
        points
            .iter()
            .enumerate()
            .filter(move |(k, _)| *k != i)
            .map(|(_, &k)| k)
    };
    let inverse = |i: usize| others(i).map(|k| points[i] - k).product::<F>().inverse();
    let beyond = F::from_usize(statement.degree + 1);
    let at_beyond = |i: usize| others(i).map(|k| beyond - k).product::<F>() * inverse(i);
    let base = (0..points.len())
        .map(inverse)
        .chain((0..points.len()).map(at_beyond));
    let xi = &xi[statement.l_skip..statement.l_skip + statement.n_max];
    // 1 - xi has no inverse with probability 2^-124; then the proof is wrong, as any would be.
    let inverse = |x: EF| (EF::ONE - x).try_inverse().unwrap_or(EF::ZERO);
    base.map(EF::from)
        .chain(xi.iter().flat_map(|&x| [x, inverse(x)]))
        .collect()
}

fn in_elements(place: Place) -> u32 {
    place.start / EF::WORDS as u32
}
