//! One evaluation of all constraints and interactions of each AIR of OpenVM's standard VM, in the
//! base field form that round 0 uses, on the GPU that the environment chooses.
//!
//! Measured are the filling of the slots from random columns, the virtual columns, and the weighted
//! sums of constraints, numerators and denominators over all rows, up to partial sums; times are the
//! device's own where it has timestamps. A table of all AIRs follows at the end. A software adapter,
//! and a run as a test, take few rows of some AIRs.

use std::time::{Duration, Instant};

use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion, Throughput};
use openvm_metal_backend::{
    constraints::{
        air_plan::{parts, AirPlan, CompiledAir},
        compile::{kernel::Form::Base, Part},
        kernels::Kernels,
        scratch::{band_len, Footprint},
    },
    gpu::{Buffer, Columns, Gpu, GpuOptions, Recorder},
    kernels::{
        jobs::{JobRange, JobTable},
        rap::{
            expressions::{
                n_lane_groups, PlanJobs, ReductionBuffers, ReductionJob, SlotPlace, Slots,
            },
            inputs::{InputParams, Source},
        },
    },
};
use openvm_stark_backend::air_builders::symbolic::SymbolicExpressionNode as Node;
use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};
use rand::{rngs::StdRng, Rng, SeedableRng};

#[allow(dead_code, reason = "the tests use all of it")]
#[path = "../tests/constraint_compiler/airs.rs"]
mod airs;

use airs::AirUnderTest;

/// An AIR over a random trace on the device.
struct Evaluation<'a> {
    gpu: &'a Gpu,
    kernels: &'a Kernels,
    air: AirPlan,
    log_height: usize,
    parts: Vec<(Part, Columns<F>)>,
    public_values: Buffer<F>,
    band: usize,
    slots: Buffer<EF>,
    partials: Buffer<EF>,
    /// Random, one for each sum and each row of a band.
    weights: Buffer<EF>,
    reductions: Buffer<u32>,
    /// By band.
    ranges: Vec<JobRange>,
}

impl<'a> Evaluation<'a> {
    fn new(gpu: &'a Gpu, kernels: &'a Kernels, air: &AirUnderTest, log_height: usize) -> Self {
        let mut rng = StdRng::seed_from_u64(1);
        let mut random = |len: usize| -> Vec<F> {
            let words = (0..len).map(|_| F::new(rng.random_range(0..0x7800_0001)));
            words.collect()
        };
        let mut part = |(part, width): (Part, usize)| {
            let values = random(width << log_height);
            let columns = Columns::upload(gpu, &values, 1 << log_height, width, "trace");
            (part, columns.expect("trace"))
        };
        let parts = parts(&air.params).into_iter().map(&mut part).collect();
        let compiled = CompiledAir::new(&air.name, &air.dag, &air.params);
        let plan = AirPlan::upload_all(gpu, vec![compiled])
            .remove(0)
            .expect("plan");
        let n_rows = 1 << log_height;
        let footprint = |n_rows: usize| {
            let n_lanes = n_rows.div_ceil(Base.rows_per_lane());
            Footprint {
                n_lanes,
                slots: plan.all.slots_len(n_lanes),
                totals: 0,
            }
        };
        let band = band_len(gpu, n_rows, footprint);
        let n_lanes = footprint(band).n_lanes;
        let outputs = plan.all.sliced(n_lanes).outputs;
        let n_slices: usize = outputs.counts.iter().sum();
        let n_partials = n_slices * n_lane_groups(n_lanes);
        let sections = &plan.all.plan;
        let numerators = sections.constraints.n_sums();
        let denominators = numerators + sections.numerators.n_sums();
        let n_weights = (denominators + sections.denominators.n_sums()).max(band);
        let weights = random(4 * n_weights);
        let (weights, _) = weights.as_chunks::<4>();
        let weights: Vec<EF> = weights.iter().map(|&w| EF::new(w)).collect();
        let mut reductions = JobTable::default();
        let ranges = (0..n_rows).step_by(band).map(|first| {
            reductions.push(&ReductionJob {
                outputs,
                slots: SlotPlace { start: 0, n_lanes },
                weight_starts: [0, numerators, denominators],
                eq_start: 0,
                point_lanes: n_lanes,
                n_rows: band,
                n_constraint_points: 1,
                partial_start: 0,
                is_first: first == 0,
            });
            reductions.end_dispatch()
        });
        let ranges = ranges.collect();
        Self {
            gpu,
            kernels,
            log_height,
            parts,
            public_values: gpu
                .upload(&random(air.params.num_public_values + 1), "public values")
                .expect("public values"),
            band,
            slots: footprint(band).alloc_slots(gpu).expect("slots"),
            partials: gpu.alloc(n_partials.max(1), "partial sums").expect("sums"),
            ranges,
            reductions: reductions.upload(gpu).expect("jobs"),
            weights: gpu.upload(&weights, "weights").expect("weights"),
            air: plan,
        }
    }

    /// Evaluates all rows, a band after the other.
    fn run(&self) -> Duration {
        let start = Instant::now();
        let mut recorder = self.gpu.recorder("bench");
        let plan = &self.air.all;
        let bands = (0..1 << self.log_height).step_by(self.band);
        for (first, &range) in bands.zip(&self.ranges) {
            let n_lanes = self.band.div_ceil(Base.rows_per_lane());
            let slots = Slots {
                buffer: &self.slots,
                stride: n_lanes,
                n_lanes,
            };
            self.fill(&mut recorder, slots, first);
            let sliced = plan.sliced(n_lanes);
            for slices in &sliced.column_passes {
                self.kernels
                    .base
                    .record_columns(&mut recorder, &plan.table, slices, slots);
            }
            let jobs = PlanJobs {
                plans: &plan.table,
                slots: &self.slots,
                jobs: &self.reductions,
                range,
            };
            let buffers = ReductionBuffers {
                weights: &self.weights,
                eq: &self.weights,
                partials: &self.partials,
            };
            self.kernels
                .base
                .record_reductions(&mut recorder, jobs, buffers);
        }
        let submitted = recorder.submit().expect("submission");
        let device_ns = submitted.wait().expect("evaluation").device_ns;
        device_ns.map_or_else(|| start.elapsed(), Duration::from_nanos)
    }

    fn fill(&self, recorder: &mut Recorder<'_>, slots: Slots<'_>, first: usize) {
        let sources = &self.air.all.sources;
        for group in &sources.groups {
            let mut one = |block: &Buffer<F>, entries: std::ops::Range<usize>, start: usize| {
                let n_words = 4 * slots.n_lanes as u32;
                let params = InputParams {
                    height: 1 << self.log_height,
                    column_start: start as u32,
                    first_entry: entries.start as u32,
                    n_entries: entries.len() as u32,
                    first: first as u32,
                    count: n_words,
                    stride: n_words,
                    ..InputParams::default()
                };
                let entries = &sources.entries;
                let source = Source { block, entries };
                let inputs = &self.kernels.inputs;
                inputs.record_rows(recorder, source, slots.buffer, params);
            };
            match group.part {
                None => one(&self.public_values, group.all_entries(), 0),
                Some(part) => {
                    let columns = self.parts.iter().filter(|(p, _)| *p == part);
                    for (columns, block) in columns.flat_map(|(_, columns)| columns.blocks()) {
                        one(block, group.entries(&columns), columns.start);
                    }
                }
            }
        }
    }
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
    let kernels = Kernels::new(&gpu, 0).expect("kernels");
    let mut lines = vec![];
    let mut group = c.benchmark_group("constraints");
    group.sample_size(10).nresamples(2000);
    group.warm_up_time(Duration::from_millis(100));
    group.measurement_time(Duration::from_millis(500));
    group.throughput(Throughput::Elements(1 << log_height));
    for (number, air) in airs::standard_vm().iter().enumerate().step_by(every) {
        let evaluation = Evaluation::new(&gpu, &kernels, air, log_height);
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
            n_constraints: evaluation.air.n_constraints(),
            n_interactions: evaluation.air.n_interactions(),
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
