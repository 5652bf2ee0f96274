//! Traces come to the GPU as they are on the host, whatever their layout and shape.

mod common;

use std::thread;

use common::{gpu_with, random_matrix};
use openvm_metal_backend::internals::{
    gpu::{GpuOptions, SMALL_BUFFER_BYTES},
    BabyBearPoseidon2MetalEngine, MetalDevice, MetalError, MetalMatrix,
};
use openvm_stark_backend::{
    prover::{
        ColMajorMatrix, DeviceDataTransporter, MatrixDimensions, ProverDevice, TraceCommitter,
    },
    test_utils::default_test_params_small,
    EngineDeviceCtx, StarkEngine,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::F;
use rand::{rngs::StdRng, SeedableRng};

fn options(max_binding_bytes: Option<u64>) -> GpuOptions {
    GpuOptions {
        max_binding_bytes,
        ..GpuOptions::from_env().unwrap()
    }
}

fn device(max_binding_bytes: Option<u64>) -> MetalDevice {
    MetalDevice::new(default_test_params_small(), options(max_binding_bytes))
}

fn row_major(matrix: &ColMajorMatrix<F>) -> Vec<F> {
    let (height, width) = (matrix.height(), matrix.width());
    let cells = (0..height).flat_map(|row| (0..width).map(move |column| column * height + row));
    cells.map(|cell| matrix.values[cell]).collect()
}

fn assert_holds(device: &MetalDevice, uploaded: &MetalMatrix, expected: &ColMajorMatrix<F>) {
    let (height, width) = (expected.height(), expected.width());
    assert_eq!((uploaded.height(), uploaded.width()), (height, width));
    let values = device.download(uploaded).unwrap().values;
    assert!(values == expected.values, "{height} x {width}");
}

#[test]
fn rows_become_columns_at_odd_shapes_and_in_tiny_blocks() {
    let mut rng = StdRng::seed_from_u64(1);
    for max_binding_bytes in [None, Some(4 << 10), Some(12 << 10)] {
        let device = device(max_binding_bytes);
        for height in [1, 2, 4, 32, 256, 1024] {
            for width in [1, 2, 7, 31, 32, 33, 100, 259] {
                let matrix = random_matrix(&mut rng, height, width);
                let uploaded = device.upload_row_major(&row_major(&matrix), width);
                assert_holds(&device, &uploaded, &matrix);
            }
        }
    }
}

/// More than one piece of staging memory, several threads, and blocks that begin inside pieces.
#[test]
fn large_traces_arrive_in_pieces_from_several_threads() {
    let mut rng = StdRng::seed_from_u64(3);
    // The tallest column is as large as a block.
    for (max_binding_bytes, height, width) in [
        (None, 1 << 12, 700),
        (None, 1 << 20, 5),
        (Some(1 << 20), 1 << 16, 37),
        (Some(64 << 10), 1 << 14, 150),
        (Some(4 << 10), 1 << 10, 300),
    ] {
        let device = device(max_binding_bytes);
        let matrix = random_matrix(&mut rng, height, width);
        let rows = row_major(&matrix);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    assert_holds(&device, &device.upload_row_major(&rows, width), &matrix);
                    assert_holds(
                        &device,
                        &device.transport_matrix_to_device(&matrix),
                        &matrix,
                    );
                });
            }
        });
    }
}

/// Rows are sent whole, unless one alone is more than is sent at once.
#[test]
fn rows_longer_than_a_piece_arrive() {
    let device = device(Some(4 << 10));
    let width = SMALL_BUFFER_BYTES as usize / size_of::<F>() + 1;
    let matrix = random_matrix(&mut StdRng::seed_from_u64(4), 2, width);
    let uploaded = device.upload_row_major(&row_major(&matrix), width);
    assert_holds(&device, &uploaded, &matrix);
}

#[test]
fn a_second_upload_takes_nothing_from_the_driver() {
    // A limit that no other test has, so that the GPU is this one's.
    let device = device(Some((1 << 20) + 4096));
    let gpu = device.gpu().unwrap();
    let mut rng = StdRng::seed_from_u64(5);
    let matrices = [(10, 40), (16, 37), (12, 1100)]
        .map(|(log_height, width)| random_matrix(&mut rng, 1 << log_height, width));
    let upload = || {
        let before = gpu.counters();
        for matrix in &matrices {
            drop(device.upload_row_major(&row_major(matrix), matrix.width()));
            drop(device.transport_matrix_to_device(matrix));
        }
        gpu.counters() - before
    };
    assert!(upload().buffers_created > 0);
    let bytes = matrices
        .each_ref()
        .map(|matrix| matrix.values.len() * size_of::<F>());
    let second = upload();
    assert_eq!(second.buffers_created, 0, "{second:?}");
    assert_eq!(
        second.bytes_uploaded as usize,
        2 * bytes.iter().sum::<usize>()
    );
}

/// What was uploaded before is there for whatever is submitted next, in this order.
#[test]
fn small_uploads_arrive_in_order_however_many_they_are() {
    let gpu = gpu_with(|_| ());
    let table = |i: u32| -> Vec<u32> { (0..i * 97 % 50_000).map(|j| i ^ j).collect() };
    let buffers: Vec<_> = (0..300)
        .map(|i| gpu.upload(&table(i), "table").unwrap())
        .collect();
    for (i, buffer) in (0..).zip(&buffers) {
        assert_eq!(gpu.download(buffer).unwrap(), table(i));
    }
}

#[test]
fn a_trace_without_cells_can_be_carried_about_and_is_an_error_of_the_commitment() {
    let device = device(None);
    for width in [0, 1, 5] {
        let uploaded = device.upload_row_major(&[], width);
        assert_eq!((uploaded.height(), uploaded.width()), (0, width));
        let error = device.commit(&[&uploaded]).unwrap_err();
        assert!(
            matches!(error, MetalError::TraceHeight { height: 0, .. }),
            "{error}"
        );
    }
}

#[test]
#[should_panic(expected = "rows of 3 cells")]
fn cells_that_are_no_whole_rows_are_refused() {
    device(None).upload_row_major(&[F::default(); 4], 3);
}

#[test]
fn engines_of_other_parameters_share_the_gpu() {
    let engine = BabyBearPoseidon2MetalEngine::with_device(device(None));
    let mut params = default_test_params_small();
    params.n_stack += 1;
    let other = engine.with_params(params);
    let gpu =
        |engine: &BabyBearPoseidon2MetalEngine| std::ptr::from_ref(engine.device().gpu().unwrap());
    assert_eq!(gpu(&engine), gpu(&other));
    assert_eq!(other.params().n_stack, engine.params().n_stack + 1);
    // The context that upstream hands to whoever makes traces.
    fn context<E: StarkEngine>(engine: &E) -> &EngineDeviceCtx<E> {
        engine.device().device_ctx()
    }
    let context: &MetalDevice = context(&other);
    assert!(std::ptr::eq(context.gpu().unwrap(), gpu(&engine)));
}

#[test]
fn memory_in_use_is_known() {
    let device = device(None);
    let before = device.memory_use().unwrap();
    let matrix = random_matrix(&mut StdRng::seed_from_u64(2), 1 << 12, 8);
    let uploaded = device.transport_matrix_to_device(&matrix);
    let bytes = (size_of::<F>() * matrix.values.len()) as u64;
    let with_trace = device.memory_use().unwrap();
    assert!(
        with_trace.in_use_bytes >= bytes && with_trace.highest_bytes >= with_trace.in_use_bytes
    );
    assert!(with_trace.reserved_bytes >= before.reserved_bytes);
    assert_eq!(with_trace.available_bytes, gpu_with(|_| ()).memory_bytes());
    drop(uploaded);
}
