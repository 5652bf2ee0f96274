//! Traces of whole segments, with kernels and without.

use std::{fs, path::Path, sync::Arc};

use openvm_circuit::{
    arch::{execution_mode::Segment, instructions::exe::VmExe, VmExecutor, VmState},
    system::memory::online::LinearMemory,
};
use openvm_metal_backend::{GpuOptions, MetalDevice};
use openvm_sdk::{config::AppConfig, keygen::AppProvingKey, StdIn};
use openvm_sdk_config::{SdkVmConfig, SdkVmCpuBuilder, TranspilerConfig};
use openvm_stark_backend::{prover::MatrixDimensions, StarkEngine};
use openvm_stark_sdk::config::app_params_with_100_bits_security;
use openvm_transpiler::{elf::Elf, openvm_platform::memory::MEM_SIZE, FromElf};
use rayon::ThreadPoolBuilder;

use super::{find_segments, Boundaries, SegmentTracer, TracedSegment};
use crate::{
    program::Program,
    vm::{MetalVmBuilder, TraceKernels},
    F,
};

/// The least stacked height that holds the tables of RV32M.
const LOG_STACKED_HEIGHT: usize = 19;

/// Holds the tables and some 80,000 instructions.
const SEGMENT_BYTES: u64 = 600_000_000;

type TestProgram = Program<SdkVmCpuBuilder>;

fn guests() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guests")
}

fn config() -> SdkVmConfig {
    let toml = fs::read_to_string(guests().join("config/riscv32.toml")).unwrap();
    let config: AppConfig<SdkVmConfig> = toml::from_str(&toml).unwrap();
    config.app_vm_config
}

fn key() -> AppProvingKey<SdkVmConfig> {
    // One query a round and no proof-of-work: enough to tell right from wrong by accident.
    let mut params = app_params_with_100_bits_security(LOG_STACKED_HEIGHT);
    params.logup.pow_bits = 0;
    params.whir.mu_pow_bits = 0;
    params.whir.folding_pow_bits = 0;
    params.whir.query_phase_pow_bits = 0;
    for round in &mut params.whir.rounds {
        round.num_queries = 1;
    }
    AppProvingKey::keygen(AppConfig::new(config(), params)).unwrap()
}

fn exe(guest: &str, config: &SdkVmConfig) -> Arc<VmExe<F>> {
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

fn input(n: u64) -> StdIn {
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
    find_segments(&vm, &program.exe, input(n), |segment| {
        segments.push(segment);
        true
    })
    .unwrap();
    segments
}

/// The traces of `guest`'s segments are the same, cell by cell; returns how many segments there are.
fn compare(guest: &str, n: u64) -> usize {
    let key = key();
    let host = program(&key, guest, TraceKernels::none());
    let device = program(&key, guest, TraceKernels::rv32im());
    let segments = segments(&host, n);
    let on_host = trace_all(&host, &segments, n);
    let on_device = trace_all(&device, &segments, n);
    let gpu = device.engine.device();
    for (index, (host, device)) in on_host.iter().zip(&on_device).enumerate() {
        assert_eq!(host.cpu_traces.len(), host.ctx.per_trace.len());
        let names = &device.cpu_traces;
        assert!(names.len() <= 5, "traced on the host: {names:?}");
        assert!(!names.iter().any(|name| name.contains("Rv32")), "{names:?}");
        assert_eq!(host.ctx.per_trace.len(), device.ctx.per_trace.len());
        for ((air_id, host), (other_id, device)) in
            host.ctx.per_trace.iter().zip(&device.ctx.per_trace)
        {
            assert_eq!(air_id, other_id);
            let name = format!("{guest}, segment {index}, AIR {air_id}");
            assert_eq!(host.public_values, device.public_values, "{name}");
            let (host, device) = (&host.common_main, &device.common_main);
            assert_eq!(host.height(), device.height(), "{name}");
            let (host, device) = (gpu.download(host).unwrap(), gpu.download(device).unwrap());
            let mut cells = host.values.iter().zip(&device.values);
            let first = cells.position(|(host, device)| host != device);
            let place = first.map(|at| (at % host.height(), at / host.height()));
            assert_eq!(
                place, None,
                "{name}: row and column of the first difference"
            );
        }
    }
    segments.len()
}

/// The order of hashes in a trace follows from the threads that ask for them, so there is one.
fn on_one_thread<T: Send>(test: impl FnOnce() -> T + Send) -> T {
    let pool = ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    pool.install(test)
}

/// A segment that was on a lost device starts before what execution has got to.
#[test]
fn starts_are_the_same_in_any_order() {
    let (config, n) = (config(), 1_000);
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
    let bytes = |state: &VmState<F>| -> Vec<u8> {
        let memory = &state.memory.memory.mem;
        memory
            .iter()
            .flat_map(|space| space.as_slice()[..1 << 10].to_vec())
            .collect()
    };
    let of = |at: usize| (states[at].pc(), bytes(&states[at]));
    assert_eq!(of(0), of(2));
    assert_eq!(of(1), of(3));
    assert_ne!(of(0), of(1));
    assert_ne!(of(0), of(4));
}

#[test]
fn segments_have_the_same_traces_with_kernels() {
    let n_segments = on_one_thread(|| compare("fibonacci", 8_000));
    assert!(n_segments >= 2, "{n_segments} segments");
}

#[test]
fn a_guest_that_touches_much_memory_has_the_same_traces_with_kernels() {
    on_one_thread(|| compare("memory", 1));
}

#[test]
fn a_proof_of_traces_by_kernels_verifies() {
    let program = program(&key(), "fibonacci", TraceKernels::rv32im());
    let segments = segments(&program, 100);
    let traced = trace_all(&program, &segments, 100);
    for TracedSegment { ctx, .. } in traced {
        let proof = program.engine.prove(&program.key, ctx).unwrap();
        let verified = program.engine.verify(&program.verifying_key, &proof);
        assert!(verified.is_ok(), "{:?}", verified.err());
    }
}
