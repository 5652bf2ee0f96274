//! scratch
use std::{sync::Arc, time::{Duration, Instant}};
use openvm_metal_backend::{gpu::GpuOptions, MetalDevice};
use openvm_metal_sdk::*;
use openvm_sdk::{config::*, keygen::AppProvingKey, prover::verify_app_proof, CpuSdk, StdIn};
use openvm_sdk_config::{SdkVmConfig, SdkVmCpuBuilder, TranspilerConfig};
use openvm_stark_sdk::config::{app_params_with_100_bits_security, baby_bear_poseidon2::BabyBearPoseidon2CpuEngine};
use openvm_transpiler::{elf::Elf, FromElf};
use openvm_circuit::arch::instructions::exe::VmExe;
struct P { t: Instant, verbose: bool, mem: Duration, pre: Duration, traces: Duration, seg: Duration, ntrace: Duration, node: Duration, n: usize, nodes: usize, insns: u64, last_seg: Duration, first_traced: Option<Duration>, exec: Duration }
impl Observer for P { fn on_event(&mut self, e: &Event) { 
    if self.verbose { eprintln!("{:.3} {e:?}", self.t.elapsed().as_secs_f64()); }
    match e {
        Event::SegmentTraced { times, .. } => { self.mem += times.memory; self.pre += times.preflight; self.traces += times.traces; self.n += 1; self.first_traced.get_or_insert(self.t.elapsed()); }
        Event::SegmentProven { time, .. } => { self.seg += *time; self.last_seg = self.t.elapsed(); }
        Event::NodeTraced { time, .. } => self.ntrace += *time,
        Event::NodeProven { time, .. } => { self.node += *time; self.nodes += 1 }
        Event::ProgramExecuted { instructions, .. } => { self.insns = *instructions; self.exec = self.t.elapsed(); }
        _ => {}
    }
} }
fn p(verbose: bool) -> P { P { t: Instant::now(), verbose, mem: Duration::ZERO, pre: Duration::ZERO, traces: Duration::ZERO, seg: Duration::ZERO, ntrace: Duration::ZERO, node: Duration::ZERO, n: 0, nodes: 0, insns: 0, last_seg: Duration::ZERO, first_traced: None, exec: Duration::ZERO } }
impl P { fn report(&self, what: &str, device: &MetalDevice) {
    let s = |d: Duration| d.as_secs_f64();
    let wall = s(self.t.elapsed());
    let mem = device.memory_use().unwrap();
    println!("{what}: wall {wall:.3} insns {} MHz {:.2} segs {} | exec done {:.3} first traced {:.3} last seg proven {:.3} (app {:.2} MHz) | busy: memory {:.2} preflight {:.2} traces {:.2} prove {:.2} | nodes {} trace {:.2} prove {:.2} | gpu busy {:.0}% | device peak {:.2} GiB reserved {:.2} rss {}",
        self.insns, self.insns as f64 / wall / 1e6, self.n, s(self.exec), s(self.first_traced.unwrap_or_default()), s(self.last_seg), self.insns as f64 / s(self.last_seg) / 1e6, s(self.mem), s(self.pre), s(self.traces), s(self.seg), self.nodes, s(self.ntrace), s(self.node), (s(self.seg)+s(self.node))/wall*100., mem.highest_bytes as f64 / (1u64<<30) as f64, mem.reserved_bytes as f64 / (1u64<<30) as f64, rss());
} }
fn rss() -> String { std::fs::read_to_string("/proc/self/status").unwrap().lines().filter(|l| l.starts_with("VmHWM") || l.starts_with("VmRSS")).map(|l| l.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>().join(" ") }
fn env<T: std::str::FromStr>(name: &str) -> Option<T> { std::env::var(name).ok()?.parse().ok() }
#[cfg(unix)] #[global_allocator] static ALLOC: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let n: u64 = args[2].parse().unwrap();
    let log: usize = args[3].parse().unwrap();
    let runs: usize = args[4].parse().unwrap();
    let agg = args.get(5).is_some_and(|a| a == "agg");
    let verbose = env::<usize>("VERBOSE").is_some();
    if std::env::var("RUST_LOG").is_ok() { tracing_subscriber::fmt().with_env_filter(tracing_subscriber::EnvFilter::from_default_env()).with_span_events(tracing_subscriber::fmt::format::FmtSpan::CLOSE).with_writer(std::io::stderr).init(); }
    let bytes = std::fs::read(&args[1]).unwrap();
    let config = if env::<usize>("STANDARD").is_some() { SdkVmConfig::standard() } else { SdkVmConfig::riscv32() };
    let elf = Elf::decode(&bytes, 1 << 29).unwrap();
    let exe = Arc::new(VmExe::from_elf(elf, config.transpiler()).unwrap());
    let t = Instant::now();
    let app = AppConfig::new(config, app_params_with_100_bits_security(log));
    let pk = AppProvingKey::keygen(app).unwrap();
    println!("keygen {:?}", t.elapsed());
    let t = Instant::now();
    let device = MetalDevice::new(pk.app_vm_pk.get_params(), &GpuOptions::from_env().unwrap());
    let options = PipelineOptions { workers: env("WORKERS"), proofs_at_once: env("PROVERS"), host_memory_bytes: env("HOST_MEM"), threads: env("THREADS"), segment_max_memory_bytes: env("SEG_MEM") };
    let mut prover = AppProver::new(SdkVmCpuBuilder, &pk, exe, &device, &options).unwrap();
    println!("setup {:?}", t.elapsed());
    let mut input = StdIn::default();
    input.write(&n);
    if !agg {
        for i in 0..runs {
            let mut o = p(verbose);
            let proof = prover.prove(input.clone(), &mut o).unwrap();
            o.report(&format!("app {i}"), &device);
            if i == 0 {
                let t = Instant::now();
                let commit = verify_app_proof::<BabyBearPoseidon2CpuEngine>(&pk.get_app_vk(), &proof).unwrap();
                assert_eq!(commit, prover.exe_commit());
                println!("verified {:?}; public values {:?}", t.elapsed(), &proof.user_public_values.public_values[..8]);
            }
        }
    } else {
        let t = Instant::now();
        let key = aggregation_keygen(&pk, AggregationSystemParams::default()).unwrap();
        println!("agg keygen {:?}", t.elapsed());
        let t = Instant::now();
        let mut prover = StarkProver::new(prover, key, AggregationTreeConfig::default()).unwrap();
        println!("agg setup {:?}", t.elapsed());
        for i in 0..runs {
            let mut o = p(verbose);
            let proof = prover.prove(input.clone(), &mut o).unwrap();
            o.report(&format!("stark {i}"), &device);
            let t = Instant::now();
            CpuSdk::verify_proof(prover.verifying_key().as_ref().clone(), prover.baseline(), &proof).unwrap();
            println!("verified {:?}", t.elapsed());
        }
    }
}
