//! scratch
use std::{sync::Arc, time::Instant};
use openvm_metal_backend::{gpu::GpuOptions, MetalDevice};
use openvm_metal_sdk::*;
use openvm_sdk::{config::*, keygen::AppProvingKey, prover::verify_app_proof, CpuSdk, StdIn};
use openvm_sdk_config::{SdkVmConfig, SdkVmCpuBuilder, TranspilerConfig};
use openvm_stark_sdk::config::{app_params_with_100_bits_security, baby_bear_poseidon2::BabyBearPoseidon2CpuEngine};
use openvm_transpiler::{elf::Elf, FromElf};
use openvm_circuit::arch::instructions::exe::VmExe;
struct P(Instant);
impl Observer for P { fn on_event(&mut self, e: &Event) { eprintln!("{:?} {e:?}", self.0.elapsed()); } }
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let n: u64 = args[2].parse().unwrap();
    let log: usize = args[3].parse().unwrap();
    let agg = args.get(4).is_some();
    let bytes = std::fs::read(&args[1]).unwrap();
    let config = SdkVmConfig::riscv32();
    let elf = Elf::decode(&bytes, 1 << 29).unwrap();
    let exe = Arc::new(VmExe::from_elf(elf, config.transpiler()).unwrap());
    let t = Instant::now();
    let app = AppConfig::new(config, app_params_with_100_bits_security(log));
    let pk = AppProvingKey::keygen(app).unwrap();
    eprintln!("keygen {:?}", t.elapsed());
    let device = MetalDevice::new(pk.app_vm_pk.get_params(), &GpuOptions::from_env().unwrap());
    let mut prover = AppProver::new(SdkVmCpuBuilder, &pk, exe, &device, &PipelineOptions::default()).unwrap();
    eprintln!("setup {:?}", t.elapsed());
    let mut input = StdIn::default();
    input.write(&n);
    let t = Instant::now();
    let proof = prover.prove(input.clone(), &mut P(t)).unwrap();
    eprintln!("app {:?}", t.elapsed());
    let commit = verify_app_proof::<BabyBearPoseidon2CpuEngine>(&pk.get_app_vk(), &proof).unwrap();
    assert_eq!(commit, prover.exe_commit());
    eprintln!("verified; public values {:?}", &proof.user_public_values.public_values[..8]);
    if agg {
        let t = Instant::now();
        let key = aggregation_keygen(&pk, AggregationSystemParams::default()).unwrap();
        eprintln!("agg keygen {:?}", t.elapsed());
        let mut prover = StarkProver::new(prover, key, AggregationTreeConfig::default()).unwrap();
        eprintln!("agg setup {:?}", t.elapsed());
        for _ in 0..2 {
        let t = Instant::now();
        let proof = prover.prove(input.clone(), &mut P(t)).unwrap();
        eprintln!("stark {:?}", t.elapsed());
        CpuSdk::verify_proof(prover.verifying_key().as_ref().clone(), prover.baseline(), &proof).unwrap();
        eprintln!("verified");
        }
    }
}
