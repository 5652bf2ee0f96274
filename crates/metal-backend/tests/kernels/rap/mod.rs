//! Kernels of the batch constraints, with shapes around the edges of workgroups, bands and chunks.

mod folds;
mod openings;
mod padding;

use std::ops::Range;

use openvm_metal_backend::internals::{
    constraints::zerocheck::coset_factors,
    gpu::{Buffer, Element, Gpu, JobRow, Kernel},
    kernels::{
        jobs::{Job, JobRange, JobTable},
        rap::{
            inputs::{
                CosetInputs, CosetInputsBindings, CosetJob, Entry, RowInputs, RowInputsBindings,
                RowJob,
            },
            PlanWeights, PlanWeightsBindings, ReduceSums, ReduceSumsBindings, ReduceSumsParams,
            Run, WeightJob,
        },
    },
    transcript::sponge::to_word,
};
use openvm_stark_backend::{
    p3_field::{BasedVectorSpace, Field, PrimeCharacteristicRing, TwoAdicField},
    prover::ColMajorMatrix,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};
use rand::{rngs::StdRng, Rng, SeedableRng};

use crate::common::{gpus, random_element, random_matrix};

const N_COLUMNS: usize = 3;

/// Values in a buffer before those of a trace.
const SOURCE_START: usize = 5;

/// Vectors before the first slot, and before the first row that is kept.
const FIRST_SLOT: usize = 3;

/// `0..n` in parts, one for each job.
fn parts(n: usize) -> [Range<usize>; 3] {
    [0..n / 2, n / 2..n / 2, n / 2..n]
}

/// One dispatch of these jobs, after one of another job that is not to be done.
fn dispatch_of<J: Job>(gpu: &Gpu, jobs: &[J]) -> (Buffer<JobRow<J>>, JobRange) {
    let mut table = JobTable::default();
    jobs.iter().take(1).for_each(|&job| table.push(job));
    table.end_dispatch();
    jobs.iter().for_each(|&job| table.push(job));
    let range = table.end_dispatch();
    (table.upload(gpu).unwrap(), range)
}

fn random_ext(rng: &mut impl Rng) -> EF {
    EF::from_basis_coefficients_fn(|_| random_element(rng))
}

fn random_exts(rng: &mut impl Rng, len: usize) -> Vec<EF> {
    (0..len).map(|_| random_ext(rng)).collect()
}

/// A trace, and entries of every kind in random order.
struct RandomInputs {
    matrix: ColMajorMatrix<F>,
    height: usize,
    entries: Vec<Entry>,
}

impl RandomInputs {
    fn random(rng: &mut StdRng, height: usize) -> Self {
        let mut kinds = vec![
            (Entry::KIND_IS_FIRST, 0, 0),
            (Entry::KIND_IS_LAST, 0, 0),
            (Entry::KIND_IS_TRANSITION, 0, 0),
        ];
        for column in 0..N_COLUMNS as u32 {
            kinds.extend([0, 1].map(|next| (Entry::KIND_COLUMN, column, next)));
            // The block stands in for public values too.
            kinds.push((Entry::KIND_PUBLIC_VALUE, column, 0));
        }
        let shift = rng.random_range(0..kinds.len());
        kinds.rotate_left(shift);
        let entries = (0..).zip(kinds);
        Self {
            matrix: random_matrix(rng, height, N_COLUMNS),
            height,
            entries: entries
                .map(|(slot, (kind, column, next))| Entry {
                    kind,
                    column,
                    slot,
                    next,
                })
                .collect(),
        }
    }

    fn value(&self, entry: Entry, row: usize) -> F {
        let Entry { column, next, .. } = entry;
        let at = |column: u32, row: usize| {
            self.matrix.values[column as usize * self.height + row % self.height]
        };
        let row = row % self.height;
        match entry.kind {
            Entry::KIND_COLUMN => at(column, row + next as usize),
            Entry::KIND_IS_FIRST => F::from_bool(row == 0),
            Entry::KIND_IS_LAST => F::from_bool(row == self.height - 1),
            Entry::KIND_IS_TRANSITION => F::from_bool(row != self.height - 1),
            _ => self.matrix.values[column as usize],
        }
    }

    /// The matrix behind some other values.
    fn upload(&self, gpu: &Gpu) -> (Buffer<F>, Buffer<Entry>) {
        let before = [F::TWO; SOURCE_START];
        let values = [&before[..], &self.matrix.values].concat();
        let block = gpu.upload(&values, "test").unwrap();
        let entries = gpu.upload(&self.entries, "test").unwrap();
        (block, entries)
    }
}

/// The value at `point` of the polynomial of degree < N with the `values` on the skip domain.
fn at_point<E: Field + From<F>>(values: &[F], point: E) -> E {
    let n = values.len();
    let root = F::two_adic_generator(n.ilog2() as usize).inverse();
    let coefficient = |i: usize| {
        let powers = root.exp_u64(i as u64).powers();
        let sum: F = values.iter().zip(powers).map(|(&v, w)| v * w).sum();
        sum / F::from_usize(n)
    };
    let terms = point.powers().take(n).enumerate();
    terms
        .map(|(i, power)| power * E::from(coefficient(i)))
        .sum()
}

#[test]
fn cosets_match_interpolation() {
    let mut rng = StdRng::seed_from_u64(1);
    // Beyond 2^6 points a kernel of its own does it.
    for l_skip in [0usize, 1, 2, 4, 5, 6, 7] {
        // Below, at and above the skip domain; the chunks of a band straddle a workgroup.
        for (log_height, first, count, n_cosets) in [
            (l_skip.saturating_sub(1), 0, 4, 1),
            (l_skip, 0, 4, 2),
            (l_skip + 3, 2, 5, 3),
        ] {
            let inputs = RandomInputs::random(&mut rng, 1 << log_height);
            let chunk = |entry, x: usize| -> Vec<F> {
                let rows = (x << l_skip)..((x + 1) << l_skip);
                rows.map(|row| inputs.value(entry, row)).collect()
            };
            let omega = F::two_adic_generator(l_skip);
            let mut expected = vec![];
            for &entry in &inputs.entries {
                for c in 1..=n_cosets {
                    for z in 0..1u64 << l_skip {
                        let point = F::GENERATOR.exp_u64(c) * omega.exp_u64(z);
                        expected.extend(
                            (first..first + count).map(|x| at_point(&chunk(entry, x), point)),
                        );
                    }
                }
            }
            for gpu in gpus() {
                let (block, entries) = inputs.upload(&gpu);
                let kernel = Kernel::<CosetInputs>::variant(&gpu, l_skip).unwrap();
                let factors = coset_factors(l_skip, n_cosets as usize);
                let factors = gpu.upload(&factors, "test").unwrap();
                let n_words = FIRST_SLOT * EF::WORDS + expected.len();
                let slots = gpu
                    .alloc::<EF>(n_words.div_ceil(EF::WORDS), "test")
                    .unwrap();
                let job = |entries: Range<usize>| CosetJob {
                    source_start: SOURCE_START as u32,
                    column_start: 0,
                    height: inputs.height as u32,
                    first_entry: entries.start as u32,
                    n_entries: entries.len() as u32,
                    first: first as u32,
                    count: count as u32,
                    first_word: (FIRST_SLOT * EF::WORDS) as u32,
                    stride: (expected.len() / inputs.entries.len()) as u32,
                    n_cosets: n_cosets as u32,
                    l_skip: l_skip as u32,
                };
                let (jobs, range) = dispatch_of(&gpu, &parts(inputs.entries.len()).map(job));
                let bindings = CosetInputsBindings {
                    source: &block,
                    entries: &entries,
                    slots: &slots,
                    factors: &factors,
                    jobs: &jobs,
                };
                let mut recorder = gpu.recorder("test");
                kernel.record(&mut recorder, bindings, range);
                let values = recorder.read_back(&slots, 0..slots.len());
                let values = recorder
                    .submit()
                    .unwrap()
                    .wait()
                    .unwrap()
                    .values(&values)
                    .unwrap();
                let words = values
                    .iter()
                    .flat_map(|v| v.as_basis_coefficients_slice().to_vec());
                let words = words.skip(FIRST_SLOT * EF::WORDS);
                let words: Vec<F> = words.take(expected.len()).collect();
                assert_eq!(
                    words,
                    expected,
                    "l_skip {l_skip}, 2^{log_height} rows, {:?}",
                    gpu.multiply()
                );
            }
        }
    }
}

#[test]
fn rows_come_to_slots_as_they_are() {
    let mut rng = StdRng::seed_from_u64(8);
    // Fewer rows than are asked for repeat; a band in the middle; more rows than a workgroup.
    for (log_height, first, count) in [(0, 0, 4), (1, 0, 8), (6, 16, 32), (8, 0, 256)] {
        let inputs = RandomInputs::random(&mut rng, 1 << log_height);
        let rows = |&entry| (first..first + count).map(move |row| (entry, row));
        let expected: Vec<F> = inputs
            .entries
            .iter()
            .flat_map(rows)
            .map(|(entry, row)| inputs.value(entry, row))
            .collect();
        for gpu in gpus() {
            let (block, entries) = inputs.upload(&gpu);
            let n_vectors = FIRST_SLOT + expected.len() / EF::WORDS;
            let slots = gpu.alloc::<EF>(n_vectors, "test").unwrap();
            let job = |entries: Range<usize>| RowJob {
                source_start: SOURCE_START as u32,
                column_start: 0,
                height: inputs.height as u32,
                first_entry: entries.start as u32,
                n_entries: entries.len() as u32,
                first: first as u32,
                count: count as u32,
                first_word: (FIRST_SLOT * EF::WORDS) as u32,
                stride: count as u32,
            };
            let (jobs, range) = dispatch_of(&gpu, &parts(inputs.entries.len()).map(job));
            let bindings = RowInputsBindings {
                source: &block,
                entries: &entries,
                slots: &slots,
                jobs: &jobs,
            };
            let mut recorder = gpu.recorder("test");
            let kernel = Kernel::<RowInputs>::new(&gpu).unwrap();
            kernel.record(&mut recorder, bindings, range);
            let values = recorder.read_back(&slots, FIRST_SLOT..n_vectors);
            let finished = recorder.submit().unwrap().wait().unwrap();
            let values = finished.values(&values).unwrap();
            let words = values
                .iter()
                .flat_map(|v| v.as_basis_coefficients_slice().to_vec());
            assert_eq!(words.collect::<Vec<F>>(), expected, "2^{log_height} rows");
        }
    }
}

#[test]
fn weights_are_products_of_their_factors() {
    let mut rng = StdRng::seed_from_u64(6);
    let factors = random_exts(&mut rng, 700);
    let (lambda_start, beta_start, eq_start) = (2, 400, 500);
    // Constraints, interactions and elements of messages, around a workgroup.
    let counts = [(300, 3, 40), (0, 0, 0), (0, 100, 156), (1, 0, 0)];
    let mut table = vec![7; 5];
    let (mut jobs, mut expected) = (vec![], vec![EF::ZERO; 3]);
    for (n_constraints, n_interactions, n_elements) in counts {
        let norm_factor: F = random_element(&mut rng);
        jobs.push(WeightJob {
            n_constraints,
            n_interactions,
            n_elements,
            elements_start: table.len() as u32,
            lambda_start,
            beta_start,
            eq_start,
            norm_factor: to_word(norm_factor),
            weights_start: expected.len() as u32,
        });
        let factor = |start: u32, i: u32| factors[(start + i) as usize];
        expected.extend((0..n_constraints).map(|i| factor(lambda_start, i)));
        expected.extend((0..n_interactions).map(|i| factor(eq_start, i) * norm_factor));
        for _ in 0..n_elements {
            let [interaction, power] = [n_interactions, 50].map(|n| rng.random_range(0..n));
            table.extend([interaction, power]);
            expected.push(factor(eq_start, interaction) * factor(beta_start, power));
        }
    }
    for gpu in gpus() {
        let (factors, table) = (gpu.upload(&factors, "test"), gpu.upload(&table, "test"));
        let (factors, table) = (factors.unwrap(), table.unwrap());
        let weights = gpu.alloc::<EF>(expected.len(), "test").unwrap();
        let (jobs, range) = dispatch_of(&gpu, &jobs);
        let mut recorder = gpu.recorder("test");
        recorder.clear(&weights, 0..weights.len());
        let kernel = Kernel::<PlanWeights>::new(&gpu).unwrap();
        let bindings = PlanWeightsBindings {
            plans: &table,
            factors: &factors,
            weights: &weights,
            jobs: &jobs,
        };
        kernel.record(&mut recorder, bindings, range);
        let values = recorder.read_back(&weights, 0..weights.len());
        let finished = recorder.submit().unwrap().wait().unwrap();
        assert_eq!(
            finished.values(&values).unwrap(),
            expected,
            "{:?}",
            gpu.multiply()
        );
    }
}

#[test]
fn runs_of_any_length_add_up() {
    let mut rng = StdRng::seed_from_u64(2);
    let lens = [1, 0, 255, 256, 257, 0, 2, 1000, 1];
    let partials = random_exts(&mut rng, 3 + lens.iter().sum::<usize>());
    let run = |start: usize, target: usize| Run {
        start: start as u32,
        target_ix: target as u32,
    };
    let (mut runs, mut expected, mut start) = (vec![run(9, 9); 2], vec![EF::ZERO; lens.len()], 3);
    for (i, len) in lens.into_iter().enumerate() {
        let target = lens.len() - 1 - i;
        runs.push(run(start, target));
        expected[target] = partials[start..start + len].iter().copied().sum();
        start += len;
    }
    runs.push(run(start, 0));
    for gpu in gpus() {
        let partials = gpu.upload(&partials, "test").unwrap();
        let runs = gpu.upload(&runs, "test").unwrap();
        let sums = gpu.alloc::<EF>(lens.len(), "test").unwrap();
        let params = ReduceSumsParams {
            first_run: 2,
            n_runs: lens.len() as u32,
        };
        let mut recorder = gpu.recorder("test");
        let bindings = ReduceSumsBindings {
            partials: &partials,
            runs: &runs,
            sums: &sums,
        };
        let kernel = Kernel::<ReduceSums>::new(&gpu).unwrap();
        kernel.record(&mut recorder, bindings, params);
        let values = recorder.read_back(&sums, 0..lens.len());
        let values = recorder
            .submit()
            .unwrap()
            .wait()
            .unwrap()
            .values(&values)
            .unwrap();
        assert_eq!(values, expected, "{:?}", gpu.multiply());
    }
}
