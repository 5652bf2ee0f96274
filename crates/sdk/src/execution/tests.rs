//! Traces of whole segments, with kernels and without.

use std::{fs, path::Path, sync::Arc};

use openvm_circuit::{
    arch::{
        execution_mode::Segment, instructions::exe::VmExe, VirtualMachine, VmExecutor, VmState,
    },
    system::memory::online::LinearMemory,
};
use openvm_metal_backend::{GpuOptions, MetalBackend, MetalDevice, MetalMatrix};
use openvm_sdk::{config::AppConfig, keygen::AppProvingKey, StdIn};
use openvm_sdk_config::{SdkVmConfig, SdkVmCpuBuilder, TranspilerConfig};
use openvm_stark_backend::{
    codec::Encode,
    p3_matrix::dense::RowMajorMatrix,
    proof::Proof,
    prover::{AirProvingContext, DeviceDataTransporter, MatrixDimensions, ProvingContext},
    StarkEngine,
};
use openvm_stark_sdk::config::app_params_with_100_bits_security;
use openvm_transpiler::{elf::Elf, openvm_platform::memory::MEM_SIZE, FromElf};

use super::{find_segments, Boundaries, SegmentTracer, TracedSegment};
use crate::{
    program::Program,
    vm::{
        transport::{Host, HostEngine},
        MetalVmBuilder, TraceKernels,
    },
    F, SC,
};

pub(crate) mod stored;

/// The least stacked height that holds the tables of RV32M.
const LOG_STACKED_HEIGHT: usize = 19;

/// Holds the tables and some 80,000 instructions.
pub(crate) const SEGMENT_BYTES: u64 = 600_000_000;

type TestProgram = Program<SdkVmCpuBuilder>;

pub(crate) fn guests() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guests")
}

/// The VM of a file.
fn config(file: &str) -> SdkVmConfig {
    let toml = fs::read_to_string(guests().join(file)).unwrap();
    let config: AppConfig<SdkVmConfig> = toml::from_str(&toml).unwrap();
    config.app_vm_config
}

pub(crate) fn riscv32() -> SdkVmConfig {
    config("config/riscv32.toml")
}

/// RV32IM, and what `guest` needs beside it.
pub(crate) fn config_of(guest: &str) -> SdkVmConfig {
    let (mut vm, hashes) = (riscv32(), config("config/hashes.toml"));
    match guest {
        "keccak" => vm.keccak = hashes.keccak,
        "sha2" => vm.sha2 = hashes.sha2,
        "bigint" => vm.bigint = hashes.bigint,
        "curve" => {
            // Its instructions name moduli and curves by their places in this file.
            let standard = config("openvm.toml");
            (vm.modular, vm.fp2, vm.ecc) = (standard.modular, standard.fp2, standard.ecc);
            vm.pairing = standard.pairing;
        }
        _ => {}
    }
    vm
}

pub(crate) fn key(vm: SdkVmConfig) -> AppProvingKey<SdkVmConfig> {
    // One query a round and no proof-of-work: enough to tell right from wrong by accident.
    let mut params = app_params_with_100_bits_security(LOG_STACKED_HEIGHT);
    params.logup.pow_bits = 0;
    params.whir.mu_pow_bits = 0;
    params.whir.folding_pow_bits = 0;
    params.whir.query_phase_pow_bits = 0;
    for round in &mut params.whir.rounds {
        round.num_queries = 1;
    }
    AppProvingKey::keygen(AppConfig::new(vm, params)).unwrap()
}

pub(crate) fn exe(guest: &str, config: &SdkVmConfig) -> Arc<VmExe<F>> {
    let elf = fs::read(guests().join("elf").join(guest).with_extension("elf")).unwrap();
    let elf = Elf::decode(&elf, MEM_SIZE as u32).unwrap();
    Arc::new(VmExe::from_elf(elf, config.transpiler()).unwrap())
}

fn program(key: &AppProvingKey<SdkVmConfig>, guest: &str, kernels: TraceKernels) -> TestProgram {
    let exe = exe(guest, key.vm_config());
    let options = GpuOptions::from_env().unwrap();
    let device = MetalDevice::new(key.app_vm_pk.vm_pk.params.clone(), &options);
    let builder = MetalVmBuilder {
        host: SdkVmCpuBuilder,
        kernels,
    };
    Program::new(builder, key, exe, &device, SEGMENT_BYTES).unwrap()
}

pub(crate) fn input(n: u64) -> StdIn {
    let mut input = StdIn::default();
    input.write(&n);
    input
}

/// The traces of all segments, made by one tracer.
fn trace_all(program: &TestProgram, segments: &[Segment], n: u64) -> Vec<TracedSegment> {
    let vm = program.vm().unwrap();
    let interpreter = vm.interpreter(&program.exe).unwrap();
    let mut boundaries = Boundaries::new(interpreter, input(n));
    let mut tracer = SegmentTracer::new(program).unwrap();
    let mut traced = vec![];
    for (index, segment) in segments.iter().enumerate() {
        boundaries = boundaries.go_to(segment.instret_start, &input(n)).unwrap();
        traced.push(tracer.trace(index, segment, boundaries.state()).unwrap());
    }
    traced
}

fn segments(program: &TestProgram, n: u64) -> Vec<Segment> {
    let (vm, mut segments) = (program.vm().unwrap(), vec![]);
    find_segments(&vm, &program.exe, input(n), |segment, _, _| {
        segments.push(segment);
        true
    })
    .unwrap();
    segments
}

/// The traces of `guest`'s segments are the same, cell by cell; returns how many segments there are.
fn compare(vm: SdkVmConfig, guest: &str, n: u64) -> usize {
    let key = key(vm);
    let by_host = program(&key, guest, TraceKernels::none());
    let by_device = program(&key, guest, TraceKernels::standard());
    let segments = segments(&by_host, n);
    let on_host = trace_all(&by_host, &segments, n);
    let on_device = trace_all(&by_device, &segments, n);
    let gpu = by_device.engine.device();
    // The second chip of a system, in an inventory that is turned around.
    let hashes = by_host.key.per_air.len() - 2;
    for (index, (host, device)) in on_host.iter().zip(&on_device).enumerate() {
        assert_eq!(host.cpu_traces.len(), host.ctx.per_trace.len());
        let names = &device.cpu_traces;
        assert!(names.is_empty(), "traced on the host: {names:?}");
        assert_eq!(host.ctx.per_trace.len(), device.ctx.per_trace.len());
        for ((air_id, host), (other_id, device)) in
            host.ctx.per_trace.iter().zip(&device.ctx.per_trace)
        {
            assert_eq!(air_id, other_id);
            let name = format!("{guest}, segment {index}, AIR {air_id}");
            assert_eq!(host.public_values, device.public_values, "{name}");
            let (host, device) = (&host.common_main, &device.common_main);
            assert_eq!(host.height(), device.height(), "{name}");
            let height = host.height();
            let (mut host, mut device) =
                (gpu.download(host).unwrap(), gpu.download(device).unwrap());
            if *air_id == hashes {
                // The order of their rows is that of a map on the host, and of their first use on the device.
                for trace in [&mut host, &mut device] {
                    sort_rows(&mut trace.values, height);
                }
            }
            let mut cells = host.values.iter().zip(&device.values);
            let first = cells.position(|(host, device)| host != device);
            let place = first.map(|at| (at % height, at / height));
            assert_eq!(
                place, None,
                "{name}: row and column of the first difference"
            );
        }
    }
    segments.len()
}

/// Sorts the rows of a column-major trace.
fn sort_rows(values: &mut [F], height: usize) {
    let row = |row: usize| values[row..].iter().step_by(height).copied();
    let mut rows: Vec<Vec<F>> = (0..height).map(|i| row(i).collect()).collect();
    rows.sort_unstable();
    for (at, value) in values.iter_mut().enumerate() {
        *value = rows[at % height][at / height];
    }
}

/// A segment that was on a lost device starts before what execution has got to.
#[test]
fn starts_are_the_same_in_any_order() {
    let (config, n) = (riscv32(), 1_000);
    let exe = exe("fibonacci", &config);
    let executor = VmExecutor::new(config).unwrap();
    let mut boundaries = Boundaries::new(executor.instance(&exe).unwrap(), input(n));
    let mut go_to = |instructions| {
        let instance = executor.instance(&exe).unwrap();
        let moved = std::mem::replace(&mut boundaries, Boundaries::new(instance, input(n)));
        boundaries = moved.go_to(instructions, &input(n)).unwrap();
        boundaries.state()
    };
    let states = [2_000, 7_000, 2_000, 7_000, 0].map(&mut go_to);
    let registers = |state: &VmState<F>| state.memory.memory.mem[1].as_slice().to_vec();
    let of = |at: usize| (states[at].pc(), registers(&states[at]));
    assert_eq!(of(0), of(2));
    assert_eq!(of(1), of(3));
    assert_ne!(of(0), of(1));
    assert_ne!(of(0), of(4));
}

#[test]
fn segments_have_the_same_traces_with_kernels() {
    let n_segments = compare(riscv32(), "fibonacci", 8_000);
    assert!(n_segments >= 2, "{n_segments} segments");
}

#[test]
fn a_guest_that_touches_much_memory_has_the_same_traces_with_kernels() {
    compare(riscv32(), "memory", 1);
}

#[test]
fn a_guest_on_a_curve_has_the_same_traces_with_kernels() {
    compare(config_of("curve"), "curve", 20);
}

/// The CPU engine's proof of traces that are on the device.
fn cpu_proof(
    key: &AppProvingKey<SdkVmConfig>,
    program: &TestProgram,
    ctx: &ProvingContext<MetalBackend>,
) -> Proof<SC> {
    let key = (&key.app_vm_pk.vm_pk, key.vm_config());
    let engine = HostEngine::new(key.0.params.clone());
    let device_key = engine.device().transport_pk_to_device(key.0);
    let vm = VirtualMachine::new(engine, SdkVmCpuBuilder, key.1.clone(), device_key).unwrap();
    let committed = vm.commit_program_on_device(&program.exe.program);
    let download = |trace: &MetalMatrix| {
        let values = program.engine.device().download(trace).unwrap().values;
        RowMajorMatrix::new(values, trace.height()).transpose()
    };
    let traces = ctx.per_trace.iter().map(|(air_id, trace)| {
        let cached_mains = trace.cached_mains.iter().map(|_| committed.clone());
        let trace = AirProvingContext::<Host> {
            cached_mains: cached_mains.collect(),
            common_main: download(&trace.common_main),
            public_values: trace.public_values.clone(),
        };
        (*air_id, trace)
    });
    let traces = ProvingContext::new(traces.collect());
    vm.engine.prove(vm.pk(), traces).unwrap()
}

#[test]
fn guests_of_extensions_have_the_same_traces_with_kernels() {
    compare(config_of("keccak"), "keccak", 1_000);
    compare(config_of("sha2"), "sha2", 1_000);
    compare(config_of("bigint"), "bigint", 10);
}

#[test]
fn a_proof_of_traces_by_kernels_is_the_cpu_engines() {
    let key = key(riscv32());
    let program = program(&key, "fibonacci", TraceKernels::standard());
    let segments = segments(&program, 100);
    for TracedSegment { ctx, .. } in trace_all(&program, &segments, 100) {
        let theirs = cpu_proof(&key, &program, &ctx);
        let ours = program.engine.prove(&program.key, ctx).unwrap();
        let verified = program.engine.verify(&program.verifying_key, &ours);
        assert!(verified.is_ok(), "{:?}", verified.err());
        assert!(ours.encode_to_vec().unwrap() == theirs.encode_to_vec().unwrap());
    }
}
