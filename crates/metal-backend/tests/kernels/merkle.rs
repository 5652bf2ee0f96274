//! Digests equal those of upstream's hasher, over all widths, bands and blocks.

use crate::common::{gpu_with, gpus, random_element, random_matrix};
use openvm_metal_backend::internals::{
    gpu::{Columns, Gpu, Kernel},
    kernels::{
        merkle::{
            CompressPairs, CompressPairsBindings, CompressPairsParams, CompressSubtrees,
            CompressSubtreesBindings, CompressSubtreesParams, HashLeaves, HashLeavesBindings,
            HashLeavesParams, MAX_SUBTREE_LEVELS,
        },
        poseidon2::{self, WIDTH},
    },
};
use openvm_stark_backend::{
    hasher::MerkleHasher,
    prover::{ColMajorMatrix, MatrixDimensions},
    test_utils::default_test_params_small,
    StarkProtocolConfig,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::{BabyBearPoseidon2Config, Digest, F};
use rand::{rngs::StdRng, Rng, SeedableRng};

fn hash(words: &[F]) -> Digest {
    let config = BabyBearPoseidon2Config::default_from_params(default_test_params_small());
    config.hasher().hash_slice(words)
}

fn compress(left: Digest, right: Digest) -> Digest {
    let config = BabyBearPoseidon2Config::default_from_params(default_test_params_small());
    config.hasher().compress(left, right)
}

/// Queries that are hashed together.
#[derive(Clone, Copy, Debug)]
struct Band {
    query_stride: usize,
    first_query: usize,
    len: usize,
    n_leaves: usize,
}

/// Hashes a band of rows of a column-major matrix, and checks every digest.
fn assert_hashes_rows(gpu: &Gpu, matrix: &ColMajorMatrix<F>, band: Band) {
    let (height, width) = (matrix.height(), matrix.width());
    let columns = Columns::upload(gpu, &matrix.values, height, width, "test").unwrap();
    let kernel = Kernel::<HashLeaves>::new(gpu).unwrap();
    let states = gpu.alloc(WIDTH * band.n_leaves, "test").unwrap();
    let offset = 3;
    let digests = gpu.alloc::<Digest>(offset + band.n_leaves, "test").unwrap();
    let mut recorder = gpu.recorder("test");
    for (columns, block) in columns.blocks() {
        let bindings = HashLeavesBindings {
            poseidon2_constants: &poseidon2::constants(gpu).unwrap(),
            matrix: block,
            digests: &digests,
            states: &states,
        };
        let params = HashLeavesParams {
            height: height as u32,
            query_stride: band.query_stride as u32,
            first_query: band.first_query as u32,
            log_band_len: band.len.ilog2(),
            n_leaves: band.n_leaves as u32,
            column_start: columns.start as u32,
            n_columns: columns.len() as u32,
            is_last: u32::from(columns.end == width),
            first_digest: offset as u32,
        };
        kernel.record(&mut recorder, bindings, params);
    }
    let actual = recorder.read_back(&digests, offset..digests.len());
    let actual = recorder
        .submit()
        .unwrap()
        .wait()
        .unwrap()
        .values(&actual)
        .unwrap();

    for (leaf, digest) in actual.iter().enumerate() {
        let query = band.first_query + leaf % band.len;
        let row = leaf / band.len * band.query_stride + query;
        let cells = (0..width).map(|c| matrix.values[c * height + row]);
        let row_words: Vec<F> = cells.collect();
        assert_eq!(
            *digest,
            hash(&row_words),
            "leaf {leaf} of {band:?}, width {width}"
        );
    }
}

fn random_band(rng: &mut StdRng, log_height: u32) -> Band {
    let log_rows_per_query = rng.random_range(0..=log_height.min(4));
    let log_stride = log_height - log_rows_per_query;
    let log_band_len = rng.random_range(0..=log_stride);
    let first_band = rng.random_range(0..1 << (log_stride - log_band_len));
    Band {
        query_stride: 1 << log_stride,
        first_query: first_band << log_band_len,
        len: 1 << log_band_len,
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
            assert_hashes_rows(&gpu, &matrix, band);
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
            assert_hashes_rows(&gpu, &matrix, band);
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
            let kernel = Kernel::<CompressPairs>::new(&gpu).unwrap();
            let bindings = CompressPairsBindings {
                poseidon2_constants: &poseidon2::constants(&gpu).unwrap(),
                children: &input,
                parents: &output,
            };
            let params = CompressPairsParams {
                n_parents: n_parents as u32,
                log_stride: (stride as u32).ilog2(),
                child_offset: child_offset as u32,
                parent_offset: parent_offset as u32,
            };
            kernel.record(&mut recorder, bindings, params);
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

/// The ancestors of `digests`, level by level, where those of a subtree lie `stride` apart.
fn levels_above(mut digests: Vec<Digest>, n_levels: usize, stride: usize) -> Vec<Vec<Digest>> {
    let next = |_| {
        let parent = |i: usize| {
            let left = i / stride * 2 * stride + i % stride;
            compress(digests[left], digests[left + stride])
        };
        digests = (0..digests.len() / 2).map(parent).collect();
        digests.clone()
    };
    (0..n_levels).map(next).collect()
}

/// Compresses subtrees, of which the levels from `first_kept` on are kept, and checks every digest and
/// that nothing else is written.
fn assert_compresses_subtrees(
    gpu: &Gpu,
    rng: &mut StdRng,
    [n_subtrees, n_levels, stride, first_kept]: [usize; 4],
) {
    let case = format!("{n_subtrees} subtrees, {n_levels} levels, {stride}, {first_kept}");
    let n_children = n_subtrees << n_levels;
    let first_parent = if first_kept + 1 == n_levels { 3 } else { 0 };
    let mut digest = || -> Digest { std::array::from_fn(|_| random_element(rng)) };
    let children: Vec<_> = (0..n_children).map(|_| digest()).collect();
    let untouched = digest();

    let input = gpu.upload(&children, "test").unwrap();
    let levels = (0..MAX_SUBTREE_LEVELS).map(|level| {
        let len = first_parent + (n_children >> (level + 1)) + 1;
        gpu.upload(&vec![untouched; len], "test").unwrap()
    });
    let levels: Vec<_> = levels.collect();
    let mut recorder = gpu.recorder("test");
    let bindings = CompressSubtreesBindings {
        lanes_constants: &poseidon2::lanes_constants(gpu).unwrap(),
        children: &input,
        level_0: &levels[0],
        level_1: &levels[1],
        level_2: &levels[2],
        level_3: &levels[3],
        level_4: &levels[4],
    };
    let params = CompressSubtreesParams {
        n_subtrees: n_subtrees as u32,
        n_levels: n_levels as u32,
        log_stride: stride.ilog2(),
        first_kept: first_kept as u32,
        first_parent: first_parent as u32,
    };
    let kernel = Kernel::<CompressSubtrees>::new(gpu).unwrap();
    kernel.record(&mut recorder, bindings, params);
    let read: Vec<_> = levels
        .iter()
        .map(|level| recorder.read_back(level, 0..level.len()))
        .collect();
    let finished = recorder.submit().unwrap().wait().unwrap();

    let mut expected = levels_above(children, n_levels, stride);
    expected.resize(MAX_SUBTREE_LEVELS, vec![]);
    for (level, (read, expected)) in read.iter().zip(expected).enumerate() {
        let actual = finished.values(read).unwrap();
        let is_kept = (first_kept..n_levels).contains(&level);
        let kept = if is_kept { &expected[..] } else { &[] };
        let written = first_parent..first_parent + kept.len();
        assert_eq!(actual[written.clone()], *kept, "level {level}: {case}");
        let is_untouched = |(i, digest)| written.contains(&i) || digest == untouched;
        let mut others = actual.into_iter().enumerate();
        assert!(others.all(is_untouched), "level {level}: {case}");
    }
}

#[test]
fn compressed_subtrees_match_upstream() {
    let mut rng = StdRng::seed_from_u64(5);
    for gpu in gpus() {
        for n_levels in 1..=MAX_SUBTREE_LEVELS {
            // Workgroups take 32 digests: a part of one, one, several.
            for n_subtrees in [1, 2, 8, 64] {
                for stride in [1, 2, n_subtrees].into_iter().filter(|s| *s <= n_subtrees) {
                    for first_kept in [0, n_levels - 1] {
                        let case = [n_subtrees, n_levels, stride, first_kept];
                        assert_compresses_subtrees(&gpu, &mut rng, case);
                    }
                }
            }
        }
    }
}
