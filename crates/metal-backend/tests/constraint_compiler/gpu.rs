//! The kernels on this machine's GPU, against the plan interpreted on the host.
//!
//! Without an adapter these tests fail; a software adapter such as lavapipe will do.

use openvm_metal_backend::constraints::compile::{
    kernel::{text, Form, Mode, STRAIGHT_LINE, WORKGROUP_SIZE},
    Input, Plan, Section, Shape, Targets,
};
use openvm_stark_backend::p3_field::{
    extension::BinomialExtensionField, BasedVectorSpace, Field, PrimeCharacteristicRing,
    PrimeField32,
};
use wgpu::{
    BufferUsages, ComputePass, ComputePassDescriptor, ComputePipeline, Device, Features, Queue,
};

use crate::{
    airs::{self, AirUnderTest, F},
    interpreter,
    kernels::FIELDS,
    random_dag,
    row::{Row, Value},
};

type EF = BinomialExtensionField<F, 4>;

/// More rows than a lane has and than a multiple of it, but few, as the host is slow.
const N_ROWS: usize = 6;

/// Lanes that the slots have beyond those in use.
const SPARE_LANES: usize = 1;

#[test]
fn kernels_match_interpreter_on_the_gpu() {
    let gpu = Gpu::new();
    let random = (0..12).map(random_dag::generate);
    let vm = airs::standard_vm().into_iter().step_by(9);
    let airs: Vec<_> = random
        .chain(airs::fixtures())
        .chain(vm)
        .chain([airs::keccak()])
        .collect();
    for (field_name, field) in FIELDS {
        if field_name == "u64" && !gpu.device.features().contains(Features::SHADER_INT64) {
            println!("no 64-bit integers on this adapter: only the u32 form is tested");
            continue;
        }
        let base = Kernels::new(&gpu, field, Form::Base, &STRAIGHT_LINE);
        let extension = Kernels::new(&gpu, field, Form::Extension, &STRAIGHT_LINE);
        for (seed, air) in airs.iter().enumerate() {
            check::<F>(&gpu, &base, air, seed as u64);
            check::<EF>(&gpu, &extension, air, seed as u64);
        }
    }
}

/// Compares the three weighted sums of `air`, on rows of `E`.
fn check<E: Value>(gpu: &Gpu, kernels: &Kernels, air: &AirUnderTest, seed: u64) {
    let plan = air.plan(Targets::All);
    let n_cached = air.params.width.cached_mains.len();
    let rows: Vec<_> = (0..N_ROWS as u64)
        .map(|i| Row {
            seed: 100 * seed + i,
            n_cached,
        })
        .collect();
    let expected: Vec<_> = rows
        .iter()
        .map(|&row| interpreter::evaluate::<E>(&plan, row))
        .collect();

    let slots = run_columns(
        gpu,
        kernels,
        &plan,
        &fill_slots::<E>(&plan, &rows, kernels.form),
    );
    let fold = |section| run_fold(gpu, kernels, &plan, &slots, section, seed);
    let [constraints, numerators, denominators] =
        [&plan.constraints, &plan.numerators, &plan.denominators].map(fold);

    for (row, expected) in expected.iter().enumerate() {
        let sums = [
            (constraints[row], &expected.constraints),
            (numerators[row], &expected.numerators),
            (denominators[row], &expected.denominators),
        ];
        for (actual, sums) in sums {
            let expected = weights(seed, sums.len());
            let expected = expected
                .iter()
                .zip(sums)
                .map(|(&w, &sum)| w * embed(sum))
                .sum::<EF>();
            assert_eq!(
                actual, expected,
                "{:?} form, row {row} of {}",
                kernels.form, air.name
            );
        }
    }
}

fn embed<E: Value>(value: E) -> EF {
    let coefficients = value.as_basis_coefficients_slice();
    EF::from_basis_coefficients_fn(|i| coefficients.get(i).copied().unwrap_or(F::ZERO))
}

fn weights(seed: u64, count: usize) -> Vec<EF> {
    let row = Row {
        seed: !seed,
        n_cached: 0,
    };
    (0..count as u32)
        .map(|i| row.value(Input::PublicValue(i)))
        .map(|w: EF| w + EF::TWO)
        .collect()
}

fn n_lanes(form: Form) -> usize {
    N_ROWS.div_ceil(form.rows_per_lane())
}

fn stride(form: Form) -> usize {
    n_lanes(form) + SPARE_LANES
}

/// The slots as the kernels read them, the virtual columns empty.
fn fill_slots<E: Value>(plan: &Plan, rows: &[Row], form: Form) -> Vec<u32> {
    let words_per_row = 4 / form.rows_per_lane();
    let slot_words = 4 * stride(form);
    let mut words = vec![0; (plan.n_slots() * slot_words).max(4)];
    for (slot, &input) in plan.inputs.iter().enumerate() {
        for (i, row) in rows.iter().enumerate() {
            let value: E = row.value(input);
            let at = slot * slot_words + i * words_per_row;
            let coefficients = value
                .as_basis_coefficients_slice()
                .iter()
                .map(|&c| montgomery(c));
            words[at..at + words_per_row].copy_from_slice(&coefficients.collect::<Vec<_>>());
        }
    }
    words
}

/// Computes the virtual columns, in the passes that the plan proposes.
fn run_columns(gpu: &Gpu, kernels: &Kernels, plan: &Plan, slots: &[u32]) -> wgpu::Buffer {
    let slots = gpu.upload(slots);
    for slices in plan.column_passes(3) {
        let (table, first_slice) = with_slices(plan, &slices);
        let n_slices = slices.len() - 1;
        let [n_lanes, stride] = [n_lanes(kernels.form), stride(kernels.form)].map(|n| n as u32);
        // No jobs, so the last words are what is done.
        let params = [0, 0, 0, first_slice, n_slices as u32, 0, n_lanes, stride];
        let table = gpu.upload(&table);
        let grid = [n_slices as u32 * n_lanes.div_ceil(WORKGROUP_SIZE), 1];
        gpu.run(&kernels.columns, &[&table, &slots, &table], &params, grid);
    }
    slots
}

/// The weighted sum of a section for every row, the slices added up.
fn run_fold(
    gpu: &Gpu,
    kernels: &Kernels,
    plan: &Plan,
    slots: &wgpu::Buffer,
    section: &Section,
    seed: u64,
) -> Vec<EF> {
    let padded_rows = n_lanes(kernels.form) * kernels.form.rows_per_lane();
    // What the slices start from, then the plan's weights.
    let weights = [EF::ZERO]
        .into_iter()
        .chain(weights(seed, section.n_sums()));
    let weights: Vec<_> = weights.collect();
    let words = weights.iter().flat_map(|w| {
        w.as_basis_coefficients_slice()
            .iter()
            .map(|&c| montgomery(c))
    });
    let slices = section.slices(0..section.n_sums(), 5);
    let n_slices = slices.len() - 1;
    let (table, first_slice) = with_slices(plan, &slices);
    let totals = gpu.upload(&vec![0; n_slices * padded_rows * 4]);
    let buffers = [
        &gpu.upload(&table),
        slots,
        &gpu.upload(&words.collect::<Vec<_>>()),
        &totals,
    ];
    let [n_lanes, stride] = [n_lanes(kernels.form), stride(kernels.form)].map(|n| n as u32);
    let params = [n_lanes, stride, first_slice, n_slices as u32, 0, 1];
    // More workgroups than there is work for, and more than one row of them.
    let grid = [
        2,
        (n_slices as u32 * n_lanes.div_ceil(WORKGROUP_SIZE)).div_ceil(2),
    ];

    gpu.run(&kernels.fold, &buffers, &params, grid);

    let words = gpu.read(&totals);
    let totals: Vec<EF> = words
        .chunks_exact(4)
        .map(|words| EF::from_basis_coefficients_fn(|i| from_montgomery(words[i])))
        .collect();
    (0..N_ROWS)
        .map(|row| totals.iter().skip(row).step_by(padded_rows).copied().sum())
        .collect()
}

/// The plan's table with slices behind it, and the place of the first slice.
fn with_slices(plan: &Plan, slices: &[u32]) -> (Vec<u32>, u32) {
    ([&plan.table, slices].concat(), plan.table.len() as u32)
}

fn montgomery(value: F) -> u32 {
    (value * F::from_u64(1 << 32)).as_canonical_u32()
}

fn from_montgomery(word: u32) -> F {
    F::from_u32(word) * F::from_u64(1 << 32).inverse()
}

/// The two kernels of one form.
struct Kernels {
    form: Form,
    columns: ComputePipeline,
    fold: ComputePipeline,
}

impl Kernels {
    fn new(gpu: &Gpu, field: &str, form: Form, straight_line: &[Shape]) -> Self {
        let [columns, fold] = [Mode::Columns, Mode::Fold].map(|mode| {
            gpu.pipeline(&format!(
                "{field}\n{}",
                text(form, mode, straight_line.iter().copied())
            ))
        });
        Self {
            form,
            columns,
            fold,
        }
    }
}

struct Gpu {
    device: Device,
    queue: Queue,
}

impl Gpu {
    fn new() -> Self {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::all()));
        let adapter = adapters
            .into_iter()
            .min_by_key(|adapter| adapter.get_info().device_type == wgpu::DeviceType::Cpu)
            .expect("a GPU or a software adapter");
        let optional = adapter.features() & Features::SHADER_INT64;
        let (device, queue) = pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor {
            required_features: Features::IMMEDIATES | optional,
            required_limits: adapter.limits(),
            ..Default::default()
        }))
        .unwrap();
        Self { device, queue }
    }

    fn pipeline(&self, source: &str) -> ComputePipeline {
        let source = wgpu::ShaderSource::Wgsl(source.into());
        let descriptor = wgpu::ShaderModuleDescriptor {
            label: None,
            source,
        };
        let module = self.device.create_shader_module(descriptor);
        self.device
            .create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: None,
                layout: None,
                module: &module,
                entry_point: Some("main"),
                compilation_options: Default::default(),
                cache: None,
            })
    }

    fn upload(&self, words: &[u32]) -> wgpu::Buffer {
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_SRC | BufferUsages::COPY_DST;
        let buffer = self.buffer(words.len(), usage);
        self.queue
            .write_buffer(&buffer, 0, bytemuck::cast_slice(words));
        buffer
    }

    fn buffer(&self, n_words: usize, usage: BufferUsages) -> wgpu::Buffer {
        let size = 4 * n_words as u64;
        self.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size,
            usage,
            mapped_at_creation: false,
        })
    }

    fn run(
        &self,
        kernel: &ComputePipeline,
        buffers: &[&wgpu::Buffer],
        params: &[u32],
        [x, y]: [u32; 2],
    ) {
        let entries = (0..)
            .zip(buffers)
            .map(|(binding, buffer)| wgpu::BindGroupEntry {
                binding,
                resource: buffer.as_entire_binding(),
            });
        let bindings = self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &kernel.get_bind_group_layout(0),
            entries: &entries.collect::<Vec<_>>(),
        });
        let mut encoder = self.device.create_command_encoder(&Default::default());
        let mut pass: ComputePass<'_> =
            encoder.begin_compute_pass(&ComputePassDescriptor::default());
        pass.set_pipeline(kernel);
        pass.set_bind_group(0, &bindings, &[]);
        pass.set_immediates(0, bytemuck::cast_slice(params));
        pass.dispatch_workgroups(x, y, 1);
        drop(pass);
        self.queue.submit([encoder.finish()]);
    }

    fn read(&self, buffer: &wgpu::Buffer) -> Vec<u32> {
        let n_words = (buffer.size() / 4) as usize;
        let mapped = self.buffer(n_words, BufferUsages::MAP_READ | BufferUsages::COPY_DST);
        let mut encoder = self.device.create_command_encoder(&Default::default());
        encoder.copy_buffer_to_buffer(buffer, 0, &mapped, 0, buffer.size());
        self.queue.submit([encoder.finish()]);
        mapped
            .slice(..)
            .map_async(wgpu::MapMode::Read, |result| result.unwrap());
        self.device
            .poll(wgpu::PollType::wait_indefinitely())
            .unwrap();
        let range = mapped.get_mapped_range(..).unwrap();
        bytemuck::pod_collect_to_vec(&range[..])
    }
}
