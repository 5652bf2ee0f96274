//! One evaluation of all constraints and interactions of each AIR of OpenVM's standard VM, in the
//! base field form that round 0 uses, on the GPU that the environment chooses.
//!
//! Measured are the filling of the slots from random columns, the virtual columns, and the weighted
//! sums of constraints, numerators and denominators over all rows, up to partial sums; times are the
//! device's own where it has timestamps. A table of all AIRs follows at the end. A software adapter,
//! and a run as a test, take few rows of some AIRs.

use std::time::{Duration, Instant};

use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion, Throughput};
use openvm_metal_backend::internals::{
    constraints::{
        air::{AirPlan, CompiledAir},
        evaluation::{Batch, BatchBuffers, BatchPlan, RowShape},
        kernels::ConstraintKernels,
    },
    gpu::{Buffer, Columns, Gpu, GpuOptions, JobRow, Recorder},
    kernels::{
        jobs::{JobRange, JobTable},
        rap::{
            expressions::{n_lane_groups, Form},
            inputs::{RowInputsBindings, RowJob},
            RowSumsBindings, RowSumsJob,
        },
    },
    trace_part::TracePart,
};
use openvm_stark_backend::air_builders::symbolic::SymbolicExpressionNode as Node;
use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};
use rand::{rngs::StdRng, Rng, SeedableRng};

#[allow(dead_code, reason = "the tests use all of it")]
#[path = "../tests/constraint_compiler/airs.rs"]
mod airs;

use airs::AirUnderTest;

fn random(rng: &mut StdRng, len: usize) -> Vec<F> {
    let words = (0..len).map(|_| F::new(rng.random_range(0..0x7800_0001)));
    words.collect()
}

/// A random trace on the device.
struct Trace {
    height: usize,
    parts: Vec<(TracePart, Columns<F>)>,
    public_values: Buffer<F>,
}

impl Trace {
    fn random(gpu: &Gpu, air: &AirUnderTest, height: usize) -> Self {
        let mut rng = StdRng::seed_from_u64(1);
        let mut part = |(part, width): (TracePart, usize)| {
            let values = random(&mut rng, width * height);
            let columns = Columns::upload(gpu, &values, height, width, "trace");
            (part, columns.expect("trace"))
        };
        let parts = TracePart::of_air(&air.params)
            .into_iter()
            .map(&mut part)
            .collect();
        let public_values = random(&mut rng, air.params.num_public_values + 1);
        let public_values = gpu.upload(&public_values, "public values");
        Self {
            height,
            parts,
            public_values: public_values.expect("public values"),
        }
    }
}

/// The dispatches of a band.
struct Band {
    inputs: Vec<(Buffer<F>, JobRange)>,
    columns: Vec<JobRange>,
    row_sums: JobRange,
}

/// An AIR over a random trace, in bands of rows.
struct Evaluation<'a> {
    gpu: &'a Gpu,
    kernels: &'a ConstraintKernels,
    batch: Batch<'a>,
    bands: Vec<Band>,
    buffers: BatchBuffers,
    inputs: Buffer<JobRow<RowJob>>,
    row_sums: Buffer<JobRow<RowSumsJob>>,
    partials: Buffer<EF>,
    /// Random, one for each sum and each row of a band.
    weights: Buffer<EF>,
}

impl<'a> Evaluation<'a> {
    fn new(gpu: &'a Gpu, kernels: &'a ConstraintKernels, air: &'a AirPlan, trace: &Trace) -> Self {
        let shape = RowShape {
            n_rows: trace.height,
            max_band_len: trace.height,
            form: Form::Base,
            n_points: 1,
        };
        let mut plan = BatchPlan::new(gpu);
        let traces = std::iter::once((0, &air.all, shape, 0));
        let batch = plan.batches(traces).remove(0);
        let (band_len, n_lanes) = (batch.members[0].band_len, batch.members[0].n_lanes());
        let outputs = batch.sliced[0].outputs;
        let sections = &air.all.plan;
        let numerators = sections.constraints.n_sums();
        let denominators = numerators + sections.numerators.n_sums();
        let n_weights = (denominators + sections.denominators.n_sums()).max(band_len);
        let weights = random(&mut StdRng::seed_from_u64(2), 4 * n_weights);
        let (weights, _) = weights.as_chunks::<4>();
        let weights: Vec<EF> = weights.iter().map(|&w| EF::new(w)).collect();
        let [constraint_slices, numerator_slices, denominator_slices] =
            outputs.counts.map(|count| count as u32);
        let (mut inputs, mut row_sums) = (JobTable::default(), JobTable::default());
        let bands = batch.bands().map(|first_row| Band {
            inputs: plan_inputs(&batch, trace, first_row, &mut inputs),
            columns: plan.columns(&batch),
            row_sums: {
                row_sums.push(RowSumsJob {
                    first_slice: outputs.slices.first as u32,
                    first_value: 0,
                    n_lanes: n_lanes as u32,
                    constraint_lanes: n_lanes as u32,
                    constraint_slices,
                    numerator_slices,
                    denominator_slices,
                    constraint_weights: 0,
                    numerator_weights: numerators as u32,
                    denominator_weights: denominators as u32,
                    log_point_lanes: n_lanes.ilog2(),
                    n_rows: band_len as u32,
                    eq_start: 0,
                    partial_start: 0,
                    n_lane_groups: n_lane_groups(n_lanes) as u32,
                    is_first: (first_row == 0).into(),
                });
                row_sums.end_dispatch()
            },
        });
        let bands = bands.collect();
        let n_partials = outputs.counts.iter().sum::<usize>() * n_lane_groups(n_lanes);
        Self {
            gpu,
            kernels,
            bands,
            buffers: plan.upload().expect("slots"),
            inputs: inputs.upload(gpu).expect("jobs"),
            row_sums: row_sums.upload(gpu).expect("jobs"),
            partials: gpu.alloc(n_partials.max(1), "partial sums").expect("sums"),
            weights: gpu.upload(&weights, "weights").expect("weights"),
            batch,
        }
    }

    /// Evaluates all rows, a band after the other.
    fn run(&self) -> Duration {
        let start = Instant::now();
        let mut recorder = self.gpu.recorder("bench");
        for band in &self.bands {
            self.record(&mut recorder, band);
        }
        let submitted = recorder.submit().expect("submission");
        let device_ns = submitted.wait().expect("evaluation").device_ns;
        device_ns.map_or_else(|| start.elapsed(), Duration::from_nanos)
    }

    fn record(&self, recorder: &mut Recorder<'_>, band: &Band) {
        for (source, range) in &band.inputs {
            let bindings = RowInputsBindings {
                source,
                entries: &self.batch.members[0].plan.inputs.entries,
                slots: &self.buffers.slots,
                jobs: &self.inputs,
            };
            self.kernels.row_inputs.record(recorder, bindings, *range);
        }
        let kernels = &self.kernels.base;
        let columns = &kernels.virtual_columns;
        self.buffers
            .record_columns(recorder, columns, &self.batch, &band.columns);
        let bindings = RowSumsBindings {
            table: self.batch.table(),
            values: &self.buffers.slots,
            weights: &self.weights,
            eq: &self.weights,
            partials: &self.partials,
            jobs: &self.row_sums,
        };
        kernels.row_sums.record(recorder, bindings, band.row_sums);
    }
}

/// The dispatches that fill the slots of a band.
fn plan_inputs(
    batch: &Batch<'_>,
    trace: &Trace,
    first_row: usize,
    jobs: &mut JobTable<RowJob>,
) -> Vec<(Buffer<F>, JobRange)> {
    let member = &batch.members[0];
    let n_words = 4 * member.n_lanes() as u32;
    let mut dispatches = vec![];
    for group in &member.plan.inputs.groups {
        let mut one = |block: &Buffer<F>, entries: std::ops::Range<usize>, start: usize| {
            jobs.push(RowJob {
                source_start: 0,
                column_start: start as u32,
                height: trace.height as u32,
                first_entry: entries.start as u32,
                n_entries: entries.len() as u32,
                first: first_row as u32,
                count: n_words,
                first_word: 0,
                stride: n_words,
            });
            dispatches.push((block.clone(), jobs.end_dispatch()));
        };
        match group.part {
            None => one(&trace.public_values, group.all_entries(), 0),
            Some(part) => {
                let columns = trace.parts.iter().filter(|(p, _)| *p == part);
                for (columns, block) in columns.flat_map(|(_, columns)| columns.blocks()) {
                    one(block, group.entries(&columns), columns.start);
                }
            }
        }
    }
    dispatches
}

/// Additions, subtractions, negations and multiplications in upstream's DAG.
fn dag_operations(air: &AirUnderTest) -> usize {
    let is_operation = |node: &&Node<F>| {
        matches!(
            node,
            Node::Add { .. } | Node::Sub { .. } | Node::Neg { .. } | Node::Mul { .. }
        )
    };
    let nodes = air.dag.constraints.nodes.iter();
    nodes.filter(is_operation).count()
}

/// A line of the table.
struct Line {
    name: String,
    dag_operations: usize,
    n_constraints: usize,
    n_interactions: usize,
    ns_per_row: f64,
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn constraints(c: &mut Criterion) {
    let options = GpuOptions::from_env().expect("options");
    let gpu = Gpu::shared(&options).expect("a GPU, or OPENVM_METAL_ADAPTER=llvmpipe");
    eprintln!("{}", gpu.adapter());
    let is_test = !std::env::args().any(|argument| argument == "--bench");
    let log_height = if is_test || gpu.adapter().is_software {
        8
    } else {
        16
    };
    let every = if is_test { 18 } else { 1 };
    // Rows are read without a skip domain.
    let kernels = ConstraintKernels::new(&gpu, 0).expect("kernels");
    let mut lines = vec![];
    let mut group = c.benchmark_group("constraints");
    group.sample_size(10).nresamples(2000);
    group.warm_up_time(Duration::from_millis(100));
    group.measurement_time(Duration::from_millis(500));
    group.throughput(Throughput::Elements(1 << log_height));
    for (number, air) in airs::standard_vm().iter().enumerate().step_by(every) {
        let compiled = CompiledAir::new(&air.name, &air.dag, &air.params);
        let plan = AirPlan::upload_all(&gpu, vec![compiled]).remove(0);
        let plan = plan.expect("plan");
        let trace = Trace::random(&gpu, air, 1 << log_height);
        let evaluation = Evaluation::new(&gpu, &kernels, &plan, &trace);
        let mut times = vec![];
        // Some AIRs have the same name.
        group.bench_function(BenchmarkId::new(&air.name, number), |b| {
            b.iter_custom(|iterations| {
                let new: Vec<_> = (0..iterations).map(|_| evaluation.run()).collect();
                times.extend_from_slice(&new);
                new.iter().sum()
            });
        });
        if times.is_empty() {
            continue; // Filtered out on the command line.
        }
        lines.push(Line {
            name: air.name.clone(),
            dag_operations: dag_operations(air),
            n_constraints: plan.n_constraints(),
            n_interactions: plan.n_interactions(),
            ns_per_row: median(&mut times).as_nanos() as f64 / f64::from(1 << log_height),
        });
    }
    group.finish();
    print_table(&lines, log_height);
}

fn print_table(lines: &[Line], log_height: usize) {
    println!("\nmedians, 2^{log_height} rows");
    println!(
        "{:>10} {:>11} {:>12} {:>9} {:>13}  AIR",
        "operations", "constraints", "interactions", "ns/row", "ps/operation"
    );
    let print = |line: &Line| {
        println!(
            "{:>10} {:>11} {:>12} {:>9.3} {:>13.1}  {}",
            line.dag_operations,
            line.n_constraints,
            line.n_interactions,
            line.ns_per_row,
            1000.0 * line.ns_per_row / line.dag_operations.max(1) as f64,
            line.name
        );
    };
    lines.iter().for_each(print);
    print(&Line {
        name: format!("all {}", lines.len()),
        dag_operations: lines.iter().map(|line| line.dag_operations).sum(),
        n_constraints: lines.iter().map(|line| line.n_constraints).sum(),
        n_interactions: lines.iter().map(|line| line.n_interactions).sum(),
        ns_per_row: lines.iter().map(|line| line.ns_per_row).sum(),
    });
}

criterion_group!(benches, constraints);
criterion_main!(benches);
