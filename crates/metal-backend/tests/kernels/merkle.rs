//! Digests equal those of upstream's hasher, over all widths, bands and blocks.

use crate::common::{gpu_with, gpus, random_element, random_matrix};
use openvm_metal_backend::{
    gpu::{Columns, Element, Gpu},
    kernels::merkle::{CompressPairs, HashLeaves, LeafBand},
};
use openvm_stark_backend::{
    hasher::MerkleHasher, p3_field::BasedVectorSpace, test_utils::default_test_params_small,
    StarkProtocolConfig,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::{BabyBearPoseidon2Config, Digest, EF, F};
use rand::{rngs::StdRng, Rng, SeedableRng};

fn hash(words: &[F]) -> Digest {
    let config = BabyBearPoseidon2Config::default_from_params(default_test_params_small());
    config.hasher().hash_slice(words)
}

fn compress(left: Digest, right: Digest) -> Digest {
    let config = BabyBearPoseidon2Config::default_from_params(default_test_params_small());
    config.hasher().compress(left, right)
}

/// Hashes a band of rows of a column-major matrix, and checks every digest.
fn assert_hashes_rows<T: Element>(
    gpu: &Gpu,
    values: &[T],
    (height, width): (usize, usize),
    band: LeafBand,
    words: impl Fn(T) -> Vec<F>,
) {
    let matrix = Columns::upload(gpu, values, height, width, "test").unwrap();
    let kernel = HashLeaves::<T>::new(gpu).unwrap();
    let states =
        (matrix.blocks().count() > 1).then(|| kernel.alloc_states(gpu, band.n_leaves).unwrap());
    let offset = 3;
    let digests = gpu.alloc::<Digest>(offset + band.n_leaves, "test").unwrap();
    let mut recorder = gpu.recorder("test");
    kernel.record(
        &mut recorder,
        &matrix,
        band,
        states.as_ref(),
        (&digests, offset),
    );
    let actual = recorder.read_back(&digests, offset..digests.len());
    let actual = recorder
        .submit()
        .unwrap()
        .wait()
        .unwrap()
        .values(&actual)
        .unwrap();

    for (leaf, digest) in actual.iter().enumerate() {
        let query = band.first_query + leaf % band.band_len;
        let row = leaf / band.band_len * band.query_stride + query;
        let cells = (0..width).map(|c| values[c * height + row]);
        let row_words: Vec<F> = cells.flat_map(&words).collect();
        assert_eq!(
            *digest,
            hash(&row_words),
            "leaf {leaf} of {band:?}, width {width}"
        );
    }
}

fn random_band(rng: &mut StdRng, log_height: u32) -> LeafBand {
    let log_rows_per_query = rng.random_range(0..=log_height.min(4));
    let log_stride = log_height - log_rows_per_query;
    let log_band_len = rng.random_range(0..=log_stride);
    let first_band = rng.random_range(0..1 << (log_stride - log_band_len));
    LeafBand {
        query_stride: 1 << log_stride,
        first_query: first_band << log_band_len,
        band_len: 1 << log_band_len,
        n_leaves: 1 << (log_band_len + log_rows_per_query),
    }
}

#[test]
fn leaves_of_every_width_match_upstream() {
    let mut rng = StdRng::seed_from_u64(1);
    for gpu in gpus() {
        for width in 1..=50 {
            let log_height = rng.random_range(0..=8);
            let matrix = random_matrix(&mut rng, 1 << log_height, width);
            let band = random_band(&mut rng, log_height);
            assert_hashes_rows(&gpu, &matrix.values, (1 << log_height, width), band, |x| {
                vec![x]
            });
        }
    }
}

#[test]
fn leaves_across_blocks_match_upstream() {
    let mut rng = StdRng::seed_from_u64(2);
    for columns_per_block in [1, 3, 8, 11] {
        for width in [1, 7, 8, 9, 16, 23, 40] {
            let column_bytes = 4 << 6;
            let gpu = gpu_with(|o| o.max_binding_bytes = Some(columns_per_block * column_bytes));
            let matrix = random_matrix(&mut rng, 1 << 6, width);
            let band = random_band(&mut rng, 6);
            assert_hashes_rows(&gpu, &matrix.values, (1 << 6, width), band, |x| vec![x]);
        }
    }
}

#[test]
fn leaves_of_extension_elements_match_upstream() {
    let mut rng = StdRng::seed_from_u64(3);
    for gpu in gpus() {
        for width in 1..=9 {
            let log_height = rng.random_range(0..=6);
            let n_cells = width << log_height;
            let values: Vec<EF> = (0..n_cells)
                .map(|_| EF::from_basis_coefficients_fn(|_| random_element(&mut rng)))
                .collect();
            let band = random_band(&mut rng, log_height);
            assert_hashes_rows(&gpu, &values, (1 << log_height, width), band, |x| {
                x.as_basis_coefficients_slice().to_vec()
            });
        }
    }
}

#[test]
fn compressed_pairs_match_upstream() {
    let mut rng = StdRng::seed_from_u64(4);
    for gpu in gpus() {
        for (n_parents, stride) in [
            (1, 1),
            (2, 1),
            (2, 2),
            (64, 1),
            (65, 1),
            (128, 32),
            (500, 4),
        ] {
            let (child_offset, parent_offset) = (5, 2);
            let mut digest = || -> Digest { std::array::from_fn(|_| random_element(&mut rng)) };
            let children: Vec<_> = (0..child_offset + 2 * n_parents + stride)
                .map(|_| digest())
                .collect();
            let input = gpu.upload(&children, "test").unwrap();
            let output = gpu.alloc(parent_offset + n_parents, "test").unwrap();
            let mut recorder = gpu.recorder("test");
            let kernel = CompressPairs::new(&gpu).unwrap();
            let (input, target) = ((&input, child_offset), (&output, parent_offset));
            kernel.record(&mut recorder, input, target, n_parents, stride);
            let parents = recorder.read_back(&output, parent_offset..output.len());
            let parents = recorder
                .submit()
                .unwrap()
                .wait()
                .unwrap()
                .values(&parents)
                .unwrap();
            for (i, parent) in parents.into_iter().enumerate() {
                let left = child_offset + i / stride * 2 * stride + i % stride;
                assert_eq!(
                    parent,
                    compress(children[left], children[left + stride]),
                    "{i}"
                );
            }
        }
    }
}
