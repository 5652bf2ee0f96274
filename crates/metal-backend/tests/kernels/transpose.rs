//! Rows become columns, around the edges of tiles and of blocks, and nothing else changes.

use crate::common::{gpu, gpu_with, random_matrix};
use openvm_metal_backend::internals::{
    gpu::{Columns, Gpu, Kernel},
    kernels::transpose::{Transpose, TransposeBindings, TransposeParams},
};
use openvm_stark_backend::p3_field::PrimeCharacteristicRing;
use openvm_stark_sdk::config::baby_bear_poseidon2::F;
use rand::{rngs::StdRng, SeedableRng};

/// Moves `n_rows` of random rows to place `first_row` of a matrix of ones.
fn assert_moves(gpu: &Gpu, height: usize, width: usize, first_row: usize, n_rows: usize) {
    let mut rng = StdRng::seed_from_u64((height * width + n_rows) as u64);
    let rows = random_matrix(&mut rng, 1, n_rows * width).values;
    let mut expected = vec![F::ONE; height * width];
    let columns = Columns::upload(gpu, &expected, height, width, "test").unwrap();
    for (r, row) in rows.chunks_exact(width).enumerate() {
        for (c, cell) in row.iter().enumerate() {
            expected[c * height + first_row + r] = *cell;
        }
    }

    let source = gpu.upload(&rows, "test").unwrap();
    let mut recorder = gpu.recorder("test");
    let kernel = Kernel::<Transpose>::new(gpu).unwrap();
    for (moved, block) in columns.blocks() {
        let bindings = TransposeBindings {
            rows: &source,
            columns: block,
        };
        let params = TransposeParams {
            n_rows: n_rows as u32,
            n_columns: moved.len() as u32,
            n_columns_in_row: width as u32,
            first_column: moved.start as u32,
            height: height as u32,
            first_target_row: first_row as u32,
            first_target_column: 0,
        };
        kernel.record(&mut recorder, bindings, params);
    }
    let _ = recorder.submit().unwrap().wait().unwrap();

    let actual = columns.download(gpu).unwrap();
    assert!(
        actual == expected,
        "{n_rows} rows at {first_row} of {height} x {width}"
    );
}

#[test]
fn rows_become_columns_around_tiles() {
    for height in [1, 2, 3, 31, 32, 33, 64, 100] {
        for width in [1, 2, 31, 32, 33, 65] {
            assert_moves(&gpu(), height, width, 0, height);
            assert_moves(&gpu(), height + 7, width, 5, height);
        }
    }
}

#[test]
fn rows_become_columns_in_several_blocks() {
    let gpu = gpu_with(|options| options.max_binding_bytes = Some(4 << 10));
    for (height, width) in [(1, 3000), (2, 1025), (100, 95), (1000, 7), (1024, 3)] {
        assert_moves(&gpu, height, width, 0, height);
        assert_moves(&gpu, height, width, height / 2, height.div_ceil(2));
    }
}
