//! The kernels on this machine's GPU, against the plan interpreted on the host.
//!
//! Without an adapter these tests fail; a software adapter such as lavapipe will do.

use openvm_metal_backend::internals::{
    constraints::compile::{Input, Plan, Section, Targets},
    gpu::{Buffer, Element, Gpu, GpuOptions, JobRow, Kernel, Multiply, Recorder},
    kernels::{
        gkr::{tiled, TILE},
        jobs::{Job, JobRange, JobTable},
        rap::{
            expressions::{Form, WORKGROUP_SIZE},
            InteractionFold, InteractionFoldBindings, InteractionFoldJob, NumeratorFold,
            NumeratorFoldBindings, VirtualColumns, VirtualColumnsBindings, VirtualColumnsJob,
        },
    },
};
use openvm_stark_backend::p3_field::{
    extension::BinomialExtensionField, BasedVectorSpace, PrimeCharacteristicRing,
};

use crate::{
    airs::{self, AirUnderTest, F},
    interpreter, random_dag,
    row::{Row, Value},
};

type EF = BinomialExtensionField<F, 4>;

/// Fewer rows than a multiple of what a lane has, but few, as the host is slow.
const N_ROWS: usize = 6;

/// Values before the first slot, and fractions before the first interaction's.
const START: usize = 3;

#[test]
fn kernels_match_interpreter_on_the_gpu() {
    let random = (0..12).map(random_dag::generate);
    let vm = airs::standard_vm().into_iter().step_by(9);
    let airs: Vec<_> = random
        .chain(airs::fixtures())
        .chain(vm)
        .chain([airs::keccak()])
        .collect();
    for multiply in [Multiply::U64, Multiply::U32] {
        let options = GpuOptions {
            multiply: Some(multiply),
            ..GpuOptions::from_env().unwrap()
        };
        let gpu = Gpu::shared(&options).unwrap();
        let base = Kernels::new(&gpu, Form::Base);
        let extension = Kernels::new(&gpu, Form::Extension);
        for (seed, air) in airs.iter().enumerate() {
            base.check::<F>(air, seed as u64);
            extension.check::<EF>(air, seed as u64);
        }
    }
}

fn embed<E: Value>(value: E) -> EF {
    let coefficients = value.as_basis_coefficients_slice();
    EF::from_basis_coefficients_fn(|i| coefficients.get(i).copied().unwrap_or(F::ZERO))
}

fn first_coefficient(value: EF) -> F {
    value.as_basis_coefficients_slice()[0]
}

fn weights(seed: u64, count: usize) -> Vec<EF> {
    let row = Row {
        seed: !seed,
        n_cached: 0,
    };
    (0..count as u32)
        .map(|i| row.value(Input::PublicValue(i)))
        .map(|w: EF| w + EF::TWO)
        .collect()
}

/// The plan's table with slices behind it, and the place of the first slice.
fn with_slices(plan: &Plan, slices: &[u32]) -> (Vec<u32>, u32) {
    ([&plan.table, slices].concat(), plan.table.len() as u32)
}

/// The kernels of one form.
struct Kernels<'g> {
    gpu: &'g Gpu,
    form: Form,
    columns: Kernel<VirtualColumns>,
    fold: Kernel<InteractionFold>,
    /// Of the base form only.
    numerator_fold: Kernel<NumeratorFold>,
}

impl<'g> Kernels<'g> {
    fn new(gpu: &'g Gpu, form: Form) -> Self {
        Self {
            gpu,
            form,
            columns: Kernel::variant(gpu, form).unwrap(),
            fold: Kernel::variant(gpu, form).unwrap(),
            numerator_fold: Kernel::new(gpu).unwrap(),
        }
    }

    fn n_lanes(&self) -> usize {
        N_ROWS.div_ceil(self.form.rows_per_lane())
    }

    /// Compares the three weighted sums of `air`, on rows of `E`.
    fn check<E: Value>(&self, air: &AirUnderTest, seed: u64) {
        let plan = air.plan(Targets::All);
        let n_cached = air.params.width.cached_mains.len();
        let rows: Vec<_> = (0..N_ROWS as u64)
            .map(|i| Row {
                seed: 100 * seed + i,
                n_cached,
            })
            .collect();
        let expected: Vec<_> = rows
            .iter()
            .map(|&row| interpreter::evaluate::<E>(&plan, row))
            .collect();

        let slots = self.gpu.upload(&self.slots::<E>(&plan, &rows), "slots");
        let slots = slots.unwrap();
        self.run_columns(&plan, &slots);
        let of = |section: &Section| weights(seed, section.n_sums());
        let fold = |section| self.run_fold(&plan, &slots, section, &of(section));
        let [constraints, numerators, denominators] =
            [&plan.constraints, &plan.numerators, &plan.denominators].map(fold);
        if self.form == Form::Base {
            let of_base = of(&plan.numerators).into_iter().map(first_coefficient);
            let of_base: Vec<_> = of_base.map(EF::from).collect();
            let folded = self.run_fold(&plan, &slots, &plan.numerators, &of_base);
            let numerators = self.run_numerator_fold(&plan, &slots, &of_base);
            let folded = folded.into_iter().map(first_coefficient);
            assert_eq!(numerators, folded.collect::<Vec<_>>(), "{}", air.name);
        }

        for (row, expected) in expected.iter().enumerate() {
            let sums = [
                (constraints[row], &expected.constraints),
                (numerators[row], &expected.numerators),
                (denominators[row], &expected.denominators),
            ];
            for (actual, sums) in sums {
                let weights = weights(seed, sums.len());
                let terms = weights.iter().zip(sums).map(|(&w, &sum)| w * embed(sum));
                let expected: EF = terms.sum();
                let form = self.form;
                assert_eq!(actual, expected, "{form:?} form, row {row} of {}", air.name);
            }
        }
    }

    /// The slots as the kernels read them, the virtual columns empty: vectors of four rows of base
    /// elements, or of one of extension elements.
    fn slots<E: Value>(&self, plan: &Plan, rows: &[Row]) -> Vec<EF> {
        let mut slots = vec![EF::ZERO; START + plan.n_slots() * self.n_lanes()];
        for (slot, &input) in plan.inputs.iter().enumerate() {
            let values = rows.iter().map(|row| row.value::<E>(input));
            let words: Vec<F> = values
                .flat_map(|value| value.as_basis_coefficients_slice().to_vec())
                .collect();
            for (lane, vector) in words.chunks(4).enumerate() {
                let word = |i: usize| vector.get(i).copied().unwrap_or(F::ZERO);
                slots[START + slot * self.n_lanes() + lane] = EF::from_basis_coefficients_fn(word);
            }
        }
        slots
    }

    /// Computes the virtual columns, in the passes that the plan proposes.
    fn run_columns(&self, plan: &Plan, slots: &Buffer<EF>) {
        for slices in plan.column_passes(3) {
            let (table, first_slice) = with_slices(plan, &slices);
            let job = VirtualColumnsJob {
                first_slice,
                n_slices: slices.len() as u32 - 1,
                first_value: START as u32,
                n_lanes: self.n_lanes() as u32,
            };
            let table = self.gpu.upload(&table, "table").unwrap();
            let mut jobs = JobTable::default();
            jobs.push(job);
            let range = jobs.end_dispatch();
            let bindings = VirtualColumnsBindings {
                table: &table,
                values: slots,
                jobs: &jobs.upload(self.gpu).unwrap(),
            };
            let mut recorder = self.gpu.recorder("test");
            self.columns.record(&mut recorder, bindings, range);
            recorder.submit().unwrap().wait().unwrap();
        }
    }

    /// The weighted sum of a section for every row, the slices added up.
    fn run_fold(
        &self,
        plan: &Plan,
        slots: &Buffer<EF>,
        section: &Section,
        weights: &[EF],
    ) -> Vec<EF> {
        self.fold_slices(plan, section, weights, EF::TWO, |recorder, fold| {
            let bindings = InteractionFoldBindings {
                table: fold.table,
                values: slots,
                weights: fold.weights,
                layer: fold.layer,
                jobs: fold.jobs,
            };
            self.fold.record(recorder, bindings, fold.range);
        })
    }

    /// The same for numerators whose weights are base elements.
    fn run_numerator_fold(&self, plan: &Plan, slots: &Buffer<EF>, weights: &[EF]) -> Vec<F> {
        self.fold_slices(plan, &plan.numerators, weights, F::TWO, |recorder, fold| {
            let bindings = NumeratorFoldBindings {
                table: fold.table,
                values: slots,
                weights: fold.weights,
                layer: fold.layer,
                jobs: fold.jobs,
            };
            self.numerator_fold.record(recorder, bindings, fold.range);
        })
    }

    /// Runs a fold into a layer that is full of `other` before.
    fn fold_slices<T: Element + PrimeCharacteristicRing + Copy + PartialEq>(
        &self,
        plan: &Plan,
        section: &Section,
        weights: &[EF],
        other: T,
        record: impl FnOnce(&mut Recorder<'_>, Fold<'_, T>),
    ) -> Vec<T> {
        let slices = section.slices(0..section.n_sums(), 5);
        let n_slices = slices.len() - 1;
        let (table, first_slice) = with_slices(plan, &slices);
        // What the slices start from, then the plan's weights.
        let weights = [&[EF::ZERO][..], weights].concat();
        let n_fractions = START + n_slices * N_ROWS + 1;
        let layer = vec![other; n_fractions.next_multiple_of(TILE)];
        let layer = self.gpu.upload(&layer, "test").unwrap();
        let job = InteractionFoldJob {
            first_slice,
            n_slices: n_slices as u32,
            first_value: START as u32,
            n_lanes: self.n_lanes() as u32,
            n_rows: N_ROWS as u32,
            initial: 0,
            first_weight: 1,
            layer_start: START as u32,
            height: N_ROWS as u32,
        };
        assert_eq!(
            job.n_workgroups(),
            n_slices as u64 * (self.n_lanes() as u64).div_ceil(WORKGROUP_SIZE.into())
        );
        let mut jobs = JobTable::default();
        jobs.push(job);
        let range = jobs.end_dispatch();
        let mut recorder = self.gpu.recorder("test");
        let fold = Fold {
            table: &self.gpu.upload(&table, "table").unwrap(),
            weights: &self.gpu.upload(&weights, "test").unwrap(),
            layer: &layer,
            jobs: &jobs.upload(self.gpu).unwrap(),
            range,
        };
        record(&mut recorder, fold);
        let places = recorder.read_back(&layer, 0..layer.len());
        let finished = recorder.submit().unwrap().wait().unwrap();
        let places = finished.values(&places).unwrap();
        let layer: Vec<T> = (0..places.len()).map(|i| places[tiled(i)]).collect();
        let (start, end) = (&layer[..START], &layer[START + n_slices * N_ROWS..]);
        assert!(start.iter().chain(end).all(|&value| value == other));
        let of_row = |row: usize| {
            let of_slice = |slice: usize| layer[START + slice * N_ROWS + row];
            (0..n_slices).map(of_slice).sum()
        };
        (0..N_ROWS).map(of_row).collect()
    }
}

/// What a fold is recorded with.
struct Fold<'a, T> {
    table: &'a Buffer<u32>,
    weights: &'a Buffer<EF>,
    layer: &'a Buffer<T>,
    jobs: &'a Buffer<JobRow<InteractionFoldJob>>,
    range: JobRange,
}
