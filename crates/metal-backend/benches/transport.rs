//! Traces to the GPU that the environment chooses, until they are there: `keccakf`'s, wide, and one
//! of a VM's segments, tall, by columns and by rows; by one thread and by two at once.
//!
//! The first upload of each kind, which finds no memory to use again, is printed before.

use std::{
    thread,
    time::{Duration, Instant},
};

use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion, Throughput};
use openvm_metal_backend::internals::{gpu::GpuOptions, MetalDevice, MetalMatrix};
use openvm_stark_backend::{
    p3_field::PrimeCharacteristicRing,
    prover::{ColMajorMatrix, DeviceDataTransporter},
};
use openvm_stark_sdk::config::{app_params_with_100_bits_security, baby_bear_poseidon2::F};

/// The order in which the host has a trace's cells.
#[derive(Clone, Copy, Debug)]
enum Layout {
    Columns,
    Rows,
}

/// A trace on the host; its cells are the same numbers in either order.
struct Trace {
    matrix: ColMajorMatrix<F>,
    width: usize,
}

impl Trace {
    fn new(log_height: usize, width: usize) -> Self {
        let cells = (0..width << log_height).map(|i| F::from_u32(i as u32));
        Self {
            matrix: ColMajorMatrix::new(cells.collect(), width),
            width,
        }
    }

    fn len_bytes(&self) -> usize {
        self.matrix.values.len() * size_of::<F>()
    }

    fn upload(&self, device: &MetalDevice, layout: Layout) -> MetalMatrix {
        match layout {
            Layout::Columns => device.transport_matrix_to_device(&self.matrix),
            Layout::Rows => device.upload_row_major(&self.matrix.values, self.width),
        }
    }

    /// The time until the device has `n` copies of the trace, each let go when the next one comes.
    fn time(&self, device: &MetalDevice, layout: Layout, n: u64) -> Duration {
        let start = Instant::now();
        for _ in 0..n {
            let trace = self.upload(device, layout);
            wait(device, &trace);
        }
        start.elapsed()
    }
}

/// Waits until `trace` is on the device.
fn wait(device: &MetalDevice, trace: &MetalMatrix) {
    let columns = trace.columns().expect("upload");
    let (block, _) = columns.locate(columns.width() - 1);
    let mut recorder = device.gpu().expect("GPU").recorder("transport");
    let _ = recorder.read_back(block, 0..1);
    let submission = recorder.submit().expect("submission");
    let _ = submission.wait().expect("upload");
}

fn transport(c: &mut Criterion) {
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let options = GpuOptions::from_env().expect("options");
    let device = MetalDevice::new(app_params_with_100_bits_security(21), &options);
    device
        .gpu()
        .expect("a GPU, or OPENVM_METAL_ADAPTER=llvmpipe");
    let shapes: &[_] = match is_bench {
        true => &[
            ("keccakf", 15, 2633),
            ("VM segment", 21, 36),
            ("short", 10, 50),
        ],
        false => &[("keccakf", 6, 2633)],
    };
    let mut group = c.benchmark_group("transport");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(2));
    for &(name, log_height, width) in shapes {
        let trace = Trace::new(log_height, width);
        for layout in [Layout::Columns, Layout::Rows] {
            let first_ms = 1e3 * trace.time(&device, layout, 1).as_secs_f64();
            println!("{name} 2^{log_height} x {width}, {layout:?}: first {first_ms:.1} ms");
            for n_threads in [1, 2] {
                group.throughput(Throughput::Bytes(trace.len_bytes() as u64 * n_threads));
                let id = BenchmarkId::new(format!("{name} {layout:?}"), n_threads);
                group.bench_function(id, |b| {
                    b.iter_custom(|n| {
                        let start = Instant::now();
                        thread::scope(|scope| {
                            for _ in 0..n_threads {
                                scope.spawn(|| trace.time(&device, layout, n));
                            }
                        });
                        start.elapsed()
                    });
                });
            }
        }
    }
    group.finish();
}

criterion_group!(benches, transport);
criterion_main!(benches);
