//! The folds of the MLE rounds.

use std::{ops::Range, sync::Arc};

use openvm_metal_backend::internals::{
    gpu::{Buffer, Gpu, Kernel, Recorder},
    kernels::{
        rap::{
            ColumnFold, ColumnFoldBindings, ColumnFoldJob, TraceFold, TraceFoldBindings,
            TraceFoldJob,
        },
        transcript::Operations,
    },
    transcript::{DeviceSponge, MetalTranscript, TapePlan},
};
use openvm_stark_backend::p3_field::PrimeCharacteristicRing;
use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};
use rand::{rngs::StdRng, SeedableRng};

use super::{dispatch_of, parts, random_exts, RandomInputs, FIRST_SLOT, SOURCE_START};
use crate::common::gpus;

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
            operations.record(&mut recorder, &sponge).unwrap();
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
                let kernel = Kernel::<ColumnFold>::new(&gpu).unwrap();
                let rows = [vec![EF::TWO; SOURCE_START], case.rows.concat()].concat();
                let rows = gpu.upload(&rows, "test").unwrap();
                case.check(&gpu, |recorder, band| {
                    let job = |columns: Range<usize>| ColumnFoldJob {
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
                    let (jobs, range) = dispatch_of(&gpu, &parts(case.rows.len()).map(job));
                    let bindings = ColumnFoldBindings {
                        rows: &rows,
                        folded: band.kept,
                        slots: band.slots,
                        tape: band.tape.tape(),
                        jobs: &jobs,
                    };
                    kernel.record(recorder, bindings, range);
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
                let kernel = Kernel::<TraceFold>::variant(&gpu, l_skip).unwrap();
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
                    let (jobs, range) = dispatch_of(&gpu, &parts(n_slots).map(job));
                    let bindings = TraceFoldBindings {
                        source: &block,
                        entries: &entries,
                        lagrange: &lagrange,
                        folded: band.kept,
                        slots: band.slots,
                        tape: band.tape.tape(),
                        jobs: &jobs,
                    };
                    kernel.record(recorder, bindings, range);
                });
            }
        }
    }
}
