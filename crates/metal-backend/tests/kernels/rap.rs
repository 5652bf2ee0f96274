//! Kernels of the batch constraints, with shapes around the edges of workgroups, bands and chunks.

use std::{ops::Range, sync::Arc};

use openvm_metal_backend::{
    gpu::{Buffer, Element, Gpu, Recorder},
    kernels::{
        gkr::FractionBlock,
        jobs::{Job, JobRange, JobTable},
        rap::{
            inputs::{
                CosetJob, Inputs, Source, KIND_COLUMN, KIND_IS_FIRST, KIND_IS_LAST,
                KIND_IS_TRANSITION, KIND_PUBLIC_VALUE,
            },
            openings::{OpenJob, Openings, Point},
            rounds::{Fold, Rounds, StoredFoldJob, TraceFoldJob},
            sums::{EqTreeParams, FractionParams, PadParams, ReduceParams, Sums},
            weights::{WeightJob, Weights},
        },
        sponge::to_word,
        transcript::{Operations, Transcript},
    },
    transcript::{DeviceSponge, MetalTranscript, TapePlan},
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
fn dispatch_of<J: Job>(gpu: &Gpu, jobs: &[J]) -> (Buffer<u32>, JobRange) {
    let mut table = JobTable::default();
    jobs.iter().take(1).for_each(|job| table.push(job));
    table.end_dispatch();
    jobs.iter().for_each(|job| table.push(job));
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
    /// Kind, column, target, next.
    entries: Vec<[u32; 4]>,
}

impl RandomInputs {
    fn random(rng: &mut StdRng, height: usize) -> Self {
        let mut kinds = vec![
            (KIND_IS_FIRST, 0, 0),
            (KIND_IS_LAST, 0, 0),
            (KIND_IS_TRANSITION, 0, 0),
        ];
        for column in 0..N_COLUMNS as u32 {
            kinds.extend([(KIND_COLUMN, column, 0), (KIND_COLUMN, column, 1)]);
            // The block stands in for public values too.
            kinds.push((KIND_PUBLIC_VALUE, column, 0));
        }
        let shift = rng.random_range(0..kinds.len());
        kinds.rotate_left(shift);
        let entries = (0..).zip(kinds);
        Self {
            matrix: random_matrix(rng, height, N_COLUMNS),
            height,
            entries: entries
                .map(|(target, (kind, column, next))| [kind, column, target, next])
                .collect(),
        }
    }

    fn value(&self, [kind, column, _, next]: [u32; 4], row: usize) -> F {
        let at = |column: u32, row: usize| {
            self.matrix.values[column as usize * self.height + row % self.height]
        };
        let row = row % self.height;
        match kind {
            KIND_COLUMN => at(column, row + next as usize),
            KIND_IS_FIRST => F::from_bool(row == 0),
            KIND_IS_LAST => F::from_bool(row == self.height - 1),
            KIND_IS_TRANSITION => F::from_bool(row != self.height - 1),
            _ => self.matrix.values[column as usize],
        }
    }

    /// The matrix behind some other values.
    fn upload(&self, gpu: &Gpu) -> (Buffer<F>, Buffer<u32>) {
        let before = [F::TWO; SOURCE_START];
        let values = [&before[..], &self.matrix.values].concat();
        let block = gpu.upload(&values, "test").unwrap();
        let entries = gpu.upload(self.entries.as_flattened(), "test").unwrap();
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
                let kernels = Inputs::new(&gpu, l_skip).unwrap();
                let factors = kernels.coset_factors(&gpu, n_cosets as usize).unwrap();
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
                let source = Source {
                    block: &block,
                    entries: &entries,
                };
                let mut recorder = gpu.recorder("test");
                let jobs = (&jobs, range);
                kernels.record_cosets(&mut recorder, source, &factors, &slots, jobs);
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
        let kernel = Weights::new(&gpu).unwrap();
        kernel.record(&mut recorder, &table, [&factors, &weights], (&jobs, range));
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
    let (mut runs, mut expected, mut start) = (vec![[9; 2]; 2], vec![EF::ZERO; lens.len()], 3);
    for (i, len) in lens.into_iter().enumerate() {
        let target = lens.len() - 1 - i;
        runs.push([start as u32, target as u32]);
        expected[target] = partials[start..start + len].iter().copied().sum();
        start += len;
    }
    runs.push([start as u32, 0]);
    for gpu in gpus() {
        let partials = gpu.upload(&partials, "test").unwrap();
        let runs = gpu.upload(runs.as_flattened(), "test").unwrap();
        let sums = gpu.alloc::<EF>(lens.len(), "test").unwrap();
        let params = ReduceParams {
            first_run: 2,
            n_runs: lens.len() as u32,
        };
        let mut recorder = gpu.recorder("test");
        let kernels = Sums::new(&gpu).unwrap();
        kernels.record_reduce(&mut recorder, &partials, &runs, &sums, params);
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

/// One fold of all columns in bands, and what it must leave in slots and kept rows.
struct FoldCase {
    /// The rows before the fold, by column.
    rows: Vec<Vec<EF>>,
    is_folding: bool,
    is_pairing: bool,
    n_points: usize,
    n_bands: usize,
}

impl FoldCase {
    fn folded(&self, r: EF) -> Vec<Vec<EF>> {
        let fold = |rows: &Vec<EF>| match self.is_folding {
            false => rows.clone(),
            true => rows
                .chunks(2)
                .map(|pair| pair[0] + (pair[1] - pair[0]) * r)
                .collect(),
        };
        self.rows.iter().map(fold).collect()
    }

    fn n_y(&self) -> usize {
        let height = self.rows[0].len() >> usize::from(self.is_folding);
        height >> usize::from(self.is_pairing)
    }

    /// The slots of a band.
    fn slots(&self, r: EF, first: usize, len: usize) -> Vec<EF> {
        let mut slots = vec![];
        for rows in self.folded(r) {
            for k in 1..=self.n_points {
                slots.extend((first..first + len).map(|y| match self.is_pairing {
                    false => rows[y],
                    true => rows[2 * y] + (rows[2 * y + 1] - rows[2 * y]) * F::from_usize(k),
                }));
            }
        }
        slots
    }

    /// Runs `record` for every band, and compares.
    fn check(&self, gpu: &Arc<Gpu>, record: impl Fn(&mut Recorder<'_>, FoldBand<'_>)) {
        let n_y = self.n_y();
        let band = n_y / self.n_bands;
        let stride = band * self.n_points;
        let n_columns = self.rows.len();
        let slots = gpu
            .alloc::<EF>(FIRST_SLOT + n_columns * stride, "test")
            .unwrap();
        let keeps = self.is_folding && self.is_pairing;
        let kept = gpu
            .alloc::<EF>(FIRST_SLOT + n_columns * 2 * n_y, "test")
            .unwrap();
        for b in 0..self.n_bands {
            let mut plan = TapePlan::new();
            let place = plan.sample_ext(1);
            let mut transcript = MetalTranscript::new(false);
            let mut recorder = gpu.recorder("test");
            let sponge = DeviceSponge::start(&mut recorder, &transcript, plan).unwrap();
            let mut operations = Operations::new();
            operations.sample(place);
            let kernel = Transcript::new(gpu).unwrap();
            kernel.record(&mut recorder, &sponge, &operations).unwrap();
            let fold = FoldBand {
                first: (b * band) as u32,
                n_y: band as u32,
                stride: stride as u32,
                kept: &kept,
                slots: &slots,
                tape: &sponge,
            };
            record(&mut recorder, fold);
            let values = recorder.read_back(&slots, FIRST_SLOT..slots.len());
            let kept = recorder.read_back(&kept, FIRST_SLOT..kept.len());
            let ended = sponge.end(&mut recorder);
            let finished = recorder.submit().unwrap().wait().unwrap();
            let r = ended.finish(&finished, &mut transcript).unwrap().ext(place)[0];
            let expected = self.slots(r, b * band, band);
            assert_eq!(
                finished.values(&values).unwrap(),
                expected,
                "slots of band {b}"
            );
            if keeps && b + 1 == self.n_bands {
                let kept = finished.values(&kept).unwrap();
                assert_eq!(kept, self.folded(r).concat(), "kept rows");
            }
        }
    }
}

/// A band of a fold, and what it writes.
#[derive(Clone, Copy)]
struct FoldBand<'a> {
    first: u32,
    n_y: u32,
    stride: u32,
    kept: &'a Buffer<EF>,
    slots: &'a Buffer<EF>,
    tape: &'a DeviceSponge,
}

impl<'a> FoldBand<'a> {
    fn with_jobs(&self, (jobs, range): &'a (Buffer<u32>, JobRange)) -> Fold<'a> {
        Fold {
            kept: Some(self.kept),
            slots: self.slots,
            tape: self.tape,
            jobs,
            range: *range,
        }
    }
}

/// Whether to fold, to pair, points and bands.
const FOLDS: [(bool, bool, usize, usize); 5] = [
    (false, true, 3, 1),
    (true, true, 2, 2),
    (true, true, 4, 1),
    (true, false, 1, 1),
    (false, false, 1, 1),
];

#[test]
fn stored_columns_fold() {
    let mut rng = StdRng::seed_from_u64(3);
    for (is_folding, is_pairing, n_points, n_bands) in FOLDS.into_iter().filter(|fold| fold.0) {
        for log_y in [1, 5, 6, 7] {
            let height = 1 << (log_y + usize::from(is_folding) + usize::from(is_pairing));
            let case = FoldCase {
                rows: (0..5).map(|_| random_exts(&mut rng, height)).collect(),
                is_folding,
                is_pairing,
                n_points,
                n_bands,
            };
            for gpu in gpus() {
                let kernels = Rounds::new(&gpu, 0).unwrap();
                let rows = [vec![EF::TWO; SOURCE_START], case.rows.concat()].concat();
                let rows = gpu.upload(&rows, "test").unwrap();
                case.check(&gpu, |recorder, band| {
                    let job = |columns: Range<usize>| StoredFoldJob {
                        rows_start: (SOURCE_START + columns.start * height) as u32,
                        rows_height: height as u32,
                        kept_start: (FIRST_SLOT + columns.start * height / 2) as u32,
                        slots_start: FIRST_SLOT as u32 + columns.start as u32 * band.stride,
                        stride: band.stride,
                        n_columns: columns.len() as u32,
                        first: band.first,
                        n_y: band.n_y,
                        n_points: n_points as u32,
                        is_pairing: is_pairing.into(),
                        challenge: 0,
                    };
                    let jobs = dispatch_of(&gpu, &parts(case.rows.len()).map(job));
                    kernels.record_stored_fold(recorder, &rows, band.with_jobs(&jobs));
                });
            }
        }
    }
}

#[test]
fn trace_columns_fold_at_r_0() {
    let mut rng = StdRng::seed_from_u64(4);
    for (is_folding, is_pairing, n_points, n_bands) in FOLDS {
        for (l_skip, log_y) in [(0, 6), (1, 1), (4, 3), (5, 1)] {
            let n_variables = log_y + usize::from(is_folding) + usize::from(is_pairing);
            let inputs = RandomInputs::random(&mut rng, 1 << (l_skip + n_variables));
            let lagrange = random_exts(&mut rng, 1 << l_skip);
            let row = |entry, x: usize| -> EF {
                let values = lagrange.iter().enumerate();
                values
                    .map(|(z, &l)| l * inputs.value(entry, (x << l_skip) + z))
                    .sum()
            };
            let column = |&entry| (0..1 << n_variables).map(|x| row(entry, x)).collect();
            let case = FoldCase {
                rows: inputs.entries.iter().map(column).collect(),
                is_folding,
                is_pairing,
                n_points,
                n_bands,
            };
            for gpu in gpus() {
                let (block, entries) = inputs.upload(&gpu);
                let source = Source {
                    block: &block,
                    entries: &entries,
                };
                let kernels = Rounds::new(&gpu, l_skip).unwrap();
                let lagrange = gpu.upload(&lagrange, "test").unwrap();
                let n_slots = inputs.entries.len();
                case.check(&gpu, |recorder, band| {
                    let job = |entries: Range<usize>| TraceFoldJob {
                        source_start: SOURCE_START as u32,
                        column_start: 0,
                        height: inputs.height as u32,
                        first_entry: entries.start as u32,
                        n_columns: entries.len() as u32,
                        kept_first: 0,
                        kept_end: if is_folding && is_pairing {
                            n_slots as u32
                        } else {
                            0
                        },
                        kept_start: FIRST_SLOT as u32,
                        kept_height: 2 * case.n_y() as u32,
                        slots_start: FIRST_SLOT as u32,
                        stride: band.stride,
                        first: band.first,
                        n_y: band.n_y,
                        n_points: n_points as u32,
                        is_folding: is_folding.into(),
                        is_pairing: is_pairing.into(),
                        challenge: 0,
                    };
                    let jobs = dispatch_of(&gpu, &parts(n_slots).map(job));
                    kernels.record_trace_fold(recorder, source, &lagrange, band.with_jobs(&jobs));
                });
            }
        }
    }
}

#[test]
fn openings_match_weighted_sums() {
    let mut rng = StdRng::seed_from_u64(5);
    // Below and at the skip domain, several groups, a skip domain larger than a workgroup.
    for (l_skip, log_height, log_groups) in [
        (0usize, 0usize, 0),
        (2, 1, 0),
        (4, 4, 0),
        (4, 11, 2),
        (9, 10, 1),
    ] {
        let height = 1usize << log_height;
        let n_variables = log_height.saturating_sub(l_skip);
        let matrix = random_matrix(&mut rng, height, N_COLUMNS);
        let lagrange = random_exts(&mut rng, 1 << l_skip);
        // Every second element is a coordinate, as on a tape.
        let point = random_exts(&mut rng, 2 * n_variables + 2);
        let eq = |x: usize| -> EF {
            let factor = |i: usize| match x >> i & 1 {
                0 => EF::ONE - point[1 + 2 * i],
                _ => point[1 + 2 * i],
            };
            (0..n_variables).map(factor).product()
        };
        let weights: Vec<_> = (0..lagrange.len() << n_variables)
            .map(|i| eq(i >> l_skip) * lagrange[i % lagrange.len()])
            .collect();
        let opening = |column: usize, shift: usize| -> EF {
            let values = &matrix.values[column * height..(column + 1) * height];
            let terms = weights.iter().enumerate();
            terms.map(|(i, &w)| w * values[(i + shift) % height]).sum()
        };
        for per_column in [1, 2] {
            let expected: Vec<_> = (0..N_COLUMNS)
                .flat_map(|column| (0..per_column).map(move |shift| (column, shift)))
                .map(|(column, shift)| opening(column, shift))
                .collect();
            for gpu in gpus() {
                let block = gpu.upload(&matrix.values, "test").unwrap();
                let [lagrange, point] = [&lagrange, &point].map(|v| gpu.upload(v, "test").unwrap());
                let eq = gpu.alloc::<EF>(2 << n_variables, "test").unwrap();
                let n_groups = 1 << log_groups;
                let shares = gpu.alloc::<EF>(expected.len() * n_groups, "test").unwrap();
                let tree = EqTreeParams {
                    start: 0,
                    first: 1,
                    step: 2,
                    n_coordinates: n_variables as u32,
                    is_of_last: 0,
                };
                let job = |columns: Range<usize>| OpenJob {
                    source_start: (columns.start * height) as u32,
                    height: height as u32,
                    n_columns: columns.len() as u32,
                    n_chunks: 1 << n_variables,
                    group_len: (1 << n_variables) / n_groups as u32,
                    n_groups: n_groups as u32,
                    first_share: (columns.start * per_column * n_groups) as u32,
                    per_column: per_column as u32,
                };
                let (jobs, range) = dispatch_of(&gpu, &parts(N_COLUMNS).map(job));
                let mut recorder = gpu.recorder("test");
                Sums::new(&gpu)
                    .unwrap()
                    .record_eq_tree(&mut recorder, &point, &eq, tree);
                let at = Point {
                    lagrange: &lagrange,
                    eq: &eq,
                };
                Openings::new(&gpu, l_skip).unwrap().record(
                    &mut recorder,
                    &block,
                    at,
                    &shares,
                    (&jobs, range),
                );
                let values = recorder.read_back(&shares, 0..shares.len());
                let values = recorder
                    .submit()
                    .unwrap()
                    .wait()
                    .unwrap()
                    .values(&values)
                    .unwrap();
                let sums = values
                    .chunks(n_groups)
                    .map(|group| group.iter().copied().sum::<EF>());
                assert_eq!(
                    sums.collect::<Vec<_>>(),
                    expected,
                    "l_skip {l_skip}, 2^{log_height} rows"
                );
            }
        }
    }
}

/// A block of fractions, with what was there before.
struct Block {
    p: Vec<EF>,
    q: Vec<EF>,
}

impl Block {
    fn random(rng: &mut StdRng, len: usize) -> Self {
        Self {
            p: random_exts(rng, len),
            q: random_exts(rng, len),
        }
    }

    /// Compares what `record` makes of it.
    fn check(
        &self,
        expected: &Self,
        case: &str,
        record: impl Fn(&mut Recorder<'_>, &Sums, FractionBlock<'_>),
    ) {
        for gpu in gpus() {
            let [p, q] = [&self.p, &self.q].map(|values| gpu.upload(values, "test").unwrap());
            let mut recorder = gpu.recorder("test");
            let block = FractionBlock { p: &p, q: &q };
            record(&mut recorder, &Sums::new(&gpu).unwrap(), block);
            let [p, q] = [p, q].map(|values| recorder.read_back(&values, 0..values.len()));
            let finished = recorder.submit().unwrap().wait().unwrap();
            let [p, q] = [p, q].map(|values| finished.values(&values).unwrap());
            let case = format!("{case}, {:?}", gpu.multiply());
            assert_eq!(p, expected.p, "numerators of {case}");
            assert_eq!(q, expected.q, "denominators of {case}");
        }
    }
}

#[test]
fn fractions_of_a_band_go_to_one_block() {
    let mut rng = StdRng::seed_from_u64(6);
    // Interactions, from one to the next in totals and in the layer; rows; the first interaction of the
    // dispatch, and where its fractions begin in the block.
    for (n_interactions, stride, height, n_rows, first, start) in [
        // A whole block at once; the last interactions of a band; a band of one row.
        (4usize, 64usize, 64usize, 64usize, 0usize, 0usize),
        (3, 128, 128, 128, 2, 256),
        (5, 4, 8, 1, 7, 3),
        // A part of one interaction that is longer than the block, at its end.
        (1, 256, 4096, 256, 3, 256),
        // More threads than a workgroup has, and not a multiple of it.
        (5, 68, 128, 64, 1, 384),
    ] {
        let totals = Block::random(&mut rng, (first + n_interactions) * stride);
        let before = Block::random(&mut rng, start + (n_interactions - 1) * height + n_rows + 5);
        let moved = |totals: &[EF], before: &[EF]| {
            let mut after = before.to_vec();
            for i in 0..n_interactions {
                let [total, place] = [(first + i) * stride, start + i * height];
                after[place..place + n_rows].copy_from_slice(&totals[total..total + n_rows]);
            }
            after
        };
        let expected = Block {
            p: moved(&totals.p, &before.p),
            q: moved(&totals.q, &before.q),
        };
        let params = FractionParams {
            n_interactions: n_interactions as u32,
            n_rows: n_rows as u32,
            first_total: (first * stride) as u32,
            stride: stride as u32,
            start: start as u32,
            height: height as u32,
        };
        before.check(
            &expected,
            &format!("{params:?}"),
            |recorder, sums, block| {
                let gpu = recorder.gpu();
                let [p, q] =
                    [&totals.p, &totals.q].map(|values| gpu.upload(values, "test").unwrap());
                let totals = FractionBlock { p: &p, q: &q };
                sums.record_fractions(recorder, totals, block, params);
            },
        );
    }
}

#[test]
fn padding_fills_the_end_of_a_block() {
    let mut rng = StdRng::seed_from_u64(7);
    for (start, len) in [(0usize, 256usize), (1, 257), (511, 1), (300, 1000)] {
        let alpha = random_ext(&mut rng);
        let before = Block::random(&mut rng, start + len);
        let padded = |before: &[EF], value| {
            let padding = std::iter::repeat_n(value, len);
            before[..start].iter().copied().chain(padding).collect()
        };
        let expected = Block {
            p: padded(&before.p, EF::ZERO),
            q: padded(&before.q, alpha),
        };
        let coefficients: &[F] = alpha.as_basis_coefficients_slice();
        let word = |i: usize| to_word(coefficients[i]);
        let params = PadParams {
            start: start as u32,
            len: len as u32,
            alpha_0: word(0),
            alpha_1: word(1),
            alpha_2: word(2),
            alpha_3: word(3),
        };
        before.check(
            &expected,
            &format!("{params:?}"),
            |recorder, sums, block| {
                sums.record_padding(recorder, block, params);
            },
        );
    }
}
