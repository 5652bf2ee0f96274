//! The kernels of transport, the commit stage and the transcript's sponge, one group a family, on the GPU that the
//! environment chooses.
//!
//! Times are the device's own where it has timestamps, else those of submission and wait.

use std::time::{Duration, Instant};

use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion, Throughput};
use openvm_metal_backend::internals::{
    gpu::{Buffer, Columns, Gpu, GpuOptions, Kernel, Recorder, View},
    kernels::{
        merkle::{
            CompressPairs, CompressPairsBindings, CompressPairsParams, CompressSubtrees,
            CompressSubtreesBindings, CompressSubtreesParams, HashLeaves, HashLeavesBindings,
            HashLeavesParams, MAX_SUBTREE_LEVELS,
        },
        ntt::{Ntt, NttPlan},
        poseidon2::{self, RATE},
        trace::{keccak, rv32, sha2, FillRows, FillRowsBindings, FillRowsParams},
        transcript::Operations,
        transpose::{Transpose, TransposeBindings, TransposeParams},
    },
    transcript::{DeviceSponge, MetalTranscript, TapePlan},
};
use openvm_stark_sdk::config::baby_bear_poseidon2::{Digest, F};
use std::sync::Arc;

/// Bits of the largest numbers in the range table.
const RANGE_BITS: u32 = 17;

fn gpu() -> Arc<Gpu> {
    let options = GpuOptions::from_env().expect("options");
    let gpu = Gpu::shared(&options).expect("a GPU, or OPENVM_METAL_ADAPTER=llvmpipe");
    eprintln!("{}", gpu.adapter());
    gpu
}

/// Sizes for the adapter at hand: a software adapter is some thousand times slower.
fn log_heights(gpu: &Gpu) -> &'static [usize] {
    if gpu.adapter().is_software {
        &[12]
    } else {
        &[16, 20, 22]
    }
}

/// Runs what `record` records `iterations` times, in submissions of a few milliseconds so that the
/// GPU does not fall into a lower clock between them.
fn device_time(gpu: &Gpu, iterations: u64, record: impl Fn(&mut Recorder<'_>)) -> Duration {
    const PER_SUBMISSION: u64 = 4;
    let mut total = Duration::ZERO;
    let mut left = iterations;
    while left > 0 {
        let n = left.min(PER_SUBMISSION);
        let mut recorder = gpu.recorder("bench");
        (0..n).for_each(|_| record(&mut recorder));
        let start = Instant::now();
        let finished = recorder.submit().and_then(|submission| submission.wait());
        let wall = start.elapsed();
        total += finished
            .expect("bench")
            .device_ns
            .map_or(wall, Duration::from_nanos);
        left -= n;
    }
    total
}

/// Rows of a wide trace and of a narrow one, as many as one piece of an upload has.
fn transpose(c: &mut Criterion) {
    let gpu = gpu();
    let kernel = Kernel::<Transpose>::new(&gpu).expect("transpose");
    let mut group = c.benchmark_group("transpose");
    for (n_rows, width) in [(796, 2633), (58254, 36)] {
        let rows = gpu.alloc::<F>(n_rows * width, "rows").expect("rows");
        let columns = gpu.alloc::<F>(n_rows * width, "columns").expect("columns");
        let bindings = TransposeBindings {
            rows: &rows,
            columns: &columns,
        };
        let params = TransposeParams {
            n_rows: n_rows as u32,
            n_columns: width as u32,
            n_columns_in_row: width as u32,
            first_column: 0,
            height: n_rows as u32,
            first_target_row: 0,
            first_target_column: 0,
        };
        group.throughput(Throughput::Bytes(
            (2 * n_rows * width * size_of::<F>()) as u64,
        ));
        group.bench_function(
            BenchmarkId::from_parameter(format!("{n_rows} x {width}")),
            |b| {
                b.iter_custom(|iterations| {
                    device_time(&gpu, iterations, |recorder| {
                        kernel.record(recorder, bindings, params);
                    })
                })
            },
        );
    }
}

fn ntt(c: &mut Criterion) {
    const WIDTH: usize = 8;
    let gpu = gpu();
    let mut group = c.benchmark_group("ntt");
    for &log_height in log_heights(&gpu) {
        let (source_height, height) = (1 << (log_height - 1), 1 << log_height);
        let ntt = Ntt::new(&gpu, NttPlan::new(log_height as u32, 1, 4)).expect("ntt");
        let source = gpu
            .alloc::<F>(source_height * WIDTH, "source")
            .expect("source");
        let target = gpu.alloc::<F>(height * WIDTH, "target").expect("target");
        let temp = gpu.alloc::<F>(height * WIDTH, "temp").expect("temp");
        group.throughput(Throughput::Elements((height * WIDTH) as u64));
        group.bench_function(
            BenchmarkId::new("encode", format!("2^{log_height} x {WIDTH}")),
            |b| {
                b.iter_custom(|iterations| {
                    device_time(&gpu, iterations, |recorder| {
                        let (source, target) = (View::new(&source, 0), View::new(&target, 0));
                        ntt.record(recorder, WIDTH, &source, &target, &temp);
                    })
                })
            },
        );
    }
}

fn merkle(c: &mut Criterion) {
    const WIDTH: usize = 40;
    let gpu = gpu();
    let hash = Kernel::<HashLeaves>::new(&gpu).expect("leaves");
    let compress = Kernel::<CompressPairs>::new(&gpu).expect("compress");
    let constants = poseidon2::constants(&gpu).expect("constants");
    let states = gpu.alloc(1, "no sponge states").expect("states");
    let mut group = c.benchmark_group("merkle");
    for &log_height in log_heights(&gpu) {
        let height = 1 << log_height;
        // In one buffer, if it may be as large.
        let width = WIDTH.min(gpu.max_binding_bytes() as usize / (height * size_of::<F>()));
        let matrix = gpu.alloc::<F>(height * width, "matrix").expect("matrix");
        let digests = gpu.alloc::<Digest>(height, "digests").expect("digests");
        let parents = gpu.alloc::<Digest>(height / 2, "parents").expect("parents");
        let hash_bindings = HashLeavesBindings {
            poseidon2_constants: &constants,
            matrix: &matrix,
            digests: &digests,
            states: &states,
        };
        let hash_params = HashLeavesParams {
            height: height as u32,
            query_stride: height as u32,
            first_query: 0,
            log_band_len: height.ilog2(),
            n_leaves: height as u32,
            column_start: 0,
            n_columns: width as u32,
            is_last: 1,
            first_digest: 0,
        };
        let compress_bindings = CompressPairsBindings {
            poseidon2_constants: &constants,
            children: &digests,
            parents: &parents,
        };
        let compress_params = CompressPairsParams {
            n_parents: height as u32 / 2,
            log_stride: 0,
            child_offset: 0,
            parent_offset: 0,
        };
        // Elements are permutations.
        group.throughput(Throughput::Elements((height * width / RATE) as u64));
        group.bench_function(
            BenchmarkId::new("leaves", format!("2^{log_height} x {width}")),
            |b| {
                b.iter_custom(|iterations| {
                    device_time(&gpu, iterations, |recorder| {
                        hash.record(recorder, hash_bindings, hash_params);
                    })
                })
            },
        );
        group.throughput(Throughput::Elements(height as u64 / 2));
        group.bench_function(
            BenchmarkId::new("compress", format!("2^{log_height}")),
            |b| {
                b.iter_custom(|iterations| {
                    device_time(&gpu, iterations, |recorder| {
                        compress.record(recorder, compress_bindings, compress_params);
                    })
                })
            },
        );
    }
}

/// Five levels of parents, by pairs in a dispatch a level and by subtrees in one: where they take the
/// same, the tree goes over from one to the other.
fn merkle_levels(c: &mut Criterion) {
    let gpu = gpu();
    let pairs = Kernel::<CompressPairs>::new(&gpu).expect("pairs");
    let subtrees = Kernel::<CompressSubtrees>::new(&gpu).expect("subtrees");
    let constants = poseidon2::constants(&gpu).expect("constants");
    let lanes_constants = poseidon2::lanes_constants(&gpu).expect("constants");
    let log_numbers: &[usize] = match gpu.adapter().is_software {
        true => &[5, 10],
        false => &[5, 9, 12, 14, 15, 16],
    };
    let mut group = c.benchmark_group("merkle_levels");
    for &log_number in log_numbers {
        let layers =
            (0..=MAX_SUBTREE_LEVELS).map(|level| gpu.alloc(1 << (log_number - level), "digests"));
        let layers: Vec<Buffer<Digest>> = layers.collect::<Result<_, _>>().expect("digests");
        let subtrees_bindings = CompressSubtreesBindings {
            lanes_constants: &lanes_constants,
            children: &layers[0],
            level_0: &layers[1],
            level_1: &layers[2],
            level_2: &layers[3],
            level_3: &layers[4],
            level_4: &layers[5],
        };
        let subtrees_params = CompressSubtreesParams {
            n_subtrees: 1 << (log_number - MAX_SUBTREE_LEVELS),
            n_levels: MAX_SUBTREE_LEVELS as u32,
            log_stride: 0,
            first_kept: 0,
            first_parent: 0,
        };
        let n_parents: usize = layers[1..].iter().map(Buffer::len).sum();
        group.throughput(Throughput::Elements(n_parents as u64));
        group.bench_function(BenchmarkId::new("pairs", format!("2^{log_number}")), |b| {
            b.iter_custom(|iterations| {
                device_time(&gpu, iterations, |recorder| {
                    for layers in layers.windows(2) {
                        let bindings = CompressPairsBindings {
                            poseidon2_constants: &constants,
                            children: &layers[0],
                            parents: &layers[1],
                        };
                        let params = CompressPairsParams {
                            n_parents: layers[1].len() as u32,
                            ..Default::default()
                        };
                        pairs.record(recorder, bindings, params);
                    }
                })
            })
        });
        group.bench_function(
            BenchmarkId::new("subtrees", format!("2^{log_number}")),
            |b| {
                b.iter_custom(|iterations| {
                    device_time(&gpu, iterations, |recorder| {
                        subtrees.record(recorder, subtrees_bindings, subtrees_params);
                    })
                })
            },
        );
    }
}

/// The permutations of one sponge follow one another, so that this is latency.
fn sponge(c: &mut Criterion) {
    let gpu = gpu();
    let mut group = c.benchmark_group("sponge");
    let mut bench = |name: &str, n_words: usize, plan: TapePlan, operations: Operations| {
        // Elements are permutations.
        group.throughput(Throughput::Elements((n_words / RATE) as u64));
        group.bench_function(BenchmarkId::new(name, n_words), |b| {
            b.iter_custom(|iterations| {
                let (data, state) = (vec![F::default(); n_words], MetalTranscript::new(false));
                let data = gpu.upload(&data, "data").expect("data");
                device_time(&gpu, iterations, |recorder| {
                    let sponge = DeviceSponge::start(recorder, &state, plan.clone());
                    let sponge = sponge.expect("sponge");
                    operations
                        .record_with_data(recorder, &sponge, &data)
                        .expect("record");
                })
            })
        });
    };
    for n_words in [RATE, 101 * RATE] {
        let (mut plan, mut operations) = (TapePlan::new(), Operations::new());
        operations.observe_data(plan.observe(n_words), 0);
        bench("observe", n_words, plan, operations);
    }
    let (mut plan, mut operations) = (TapePlan::new(), Operations::new());
    operations.sample(plan.sample_ext(16));
    bench("sample", 64, plan, operations);
}

/// Rows of a narrow chip's trace, and of the two whose traces are most of a program's that hashes. Bytes are those
/// written; names have the number of rows.
fn trace_rows(c: &mut Criterion) {
    let gpu = gpu();
    let mut group = c.benchmark_group("trace_rows");
    // The words of a record that are random; others are zero, but for a time.
    for (kernel, random, log_height) in [
        (rv32::BASE_ALU, 10..12, 22),
        (keccak::PERMUTATION, 0..50, 18),
        (sha2::BLOCK_256, 0..56, 19),
    ] {
        let log_height = match gpu.adapter().is_software {
            true => 10,
            false => log_height,
        };
        let (height, width) = (1 << log_height, kernel.width());
        let n_records = height / kernel.rows_per_record();
        let record = |i: usize| {
            let random = random.clone();
            (0..kernel.record_words()).map(move |word| match word {
                word if random.contains(&word) => (i * 64 + word) as u32 * 0x9e37_79b1,
                1 => 1_000,
                _ => 0,
            })
        };
        let records: Vec<u32> = (0..n_records).flat_map(record).collect();
        let records = gpu.upload(&records, "records").expect("records");
        let columns = Columns::<F>::alloc(&gpu, height, width, "trace").expect("trace");
        let counts = |n| gpu.alloc::<u32>(n, "counts").expect("counts");
        let (range, bitwise, tuple) = (counts(2 << RANGE_BITS), counts(2 << 16), counts(1));
        let table = gpu
            .upload(kernel.table().unwrap_or(&[0]), "table")
            .expect("table");
        let kernel_name = kernel.name().to_owned();
        let kernel = Kernel::<FillRows>::variant(&gpu, kernel).expect("kernel");
        group.throughput(Throughput::Bytes((height * width * size_of::<F>()) as u64));
        group.bench_function(BenchmarkId::new(&kernel_name, height), |b| {
            b.iter_custom(|iterations| {
                device_time(&gpu, iterations, |recorder| {
                    for (block_columns, block) in columns.blocks() {
                        let bindings = FillRowsBindings {
                            records: &records,
                            trace: block,
                            range_counts: &range,
                            bitwise_counts: &bitwise,
                            tuple_counts: &tuple,
                            table: &table,
                        };
                        let params = FillRowsParams {
                            height: height as u32,
                            first_row: 0,
                            n_rows: height as u32,
                            n_records: n_records as u32,
                            first_column: block_columns.start as u32,
                            n_columns: block_columns.len() as u32,
                            range_max_bits: RANGE_BITS,
                            timestamp_max_bits: 29,
                            pointer_max_bits: 29,
                            tuple_size: 0,
                        };
                        kernel.record(recorder, bindings, params);
                    }
                })
            })
        });
    }
}

criterion_group!(
    benches,
    transpose,
    ntt,
    merkle,
    merkle_levels,
    sponge,
    trace_rows
);
criterion_main!(benches);
