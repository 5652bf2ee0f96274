//! The openings of columns and their rotations.

use std::ops::Range;

use openvm_metal_backend::internals::{
    gpu::Kernel,
    kernels::rap::{
        EqTree, EqTreeBindings, EqTreeParams, OpenColumns, OpenColumnsBindings, OpenJob,
    },
};
use openvm_stark_backend::p3_field::PrimeCharacteristicRing;
use openvm_stark_sdk::config::baby_bear_poseidon2::EF;
use rand::{rngs::StdRng, SeedableRng};

use super::{dispatch_of, parts, random_exts, N_COLUMNS};
use crate::common::{gpus, random_matrix};

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
                let bindings = EqTreeBindings {
                    xi: &point.words(),
                    tree: &eq,
                };
                let kernel = Kernel::<EqTree>::new(&gpu).unwrap();
                kernel.record(&mut recorder, bindings, tree);
                let bindings = OpenColumnsBindings {
                    columns: &block,
                    eq: &eq,
                    lagrange: &lagrange,
                    shares: &shares,
                    jobs: &jobs,
                };
                let kernel = Kernel::<OpenColumns>::variant(&gpu, l_skip).unwrap();
                kernel.record(&mut recorder, bindings, range);
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
