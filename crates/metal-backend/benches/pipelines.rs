//! How long it takes until a proving key's kernels are ready: `transport_pk_to_device`, cold and warm.
//!
//! Each line is a process of its own, with the drivers' own caches on disk switched off as far as
//! they can be: NVIDIA's and Mesa's by their variables, Metal's not at all. `cold` is the first
//! transport of the process, `warm` the second, which compiles nothing but the AIRs' tables. The
//! last column says whether the process finds a pipeline cache on disk that another one has written.

use std::{path::Path, process::Command, time::Instant};

use openvm_metal_backend::{gpu::GpuOptions, BabyBearPoseidon2MetalEngine};
use openvm_stark_backend::{
    keygen::types::{MultiStarkProvingKey, StarkProvingKey, StarkVerifyingKey},
    prover::DeviceDataTransporter,
    StarkEngine, SystemParams,
};
use openvm_stark_sdk::config::{
    app_params_with_100_bits_security, baby_bear_poseidon2::BabyBearPoseidon2Config,
};

#[allow(dead_code, reason = "the tests use all of it")]
#[path = "../tests/constraint_compiler/airs.rs"]
mod airs;

use airs::AirUnderTest;

/// Tells a process that it is to measure, and what.
const STATEMENT: &str = "OPENVM_METAL_BENCH_STATEMENT";
const STATEMENTS: [&str; 2] = ["keccak", "standard-vm"];

fn main() {
    match std::env::var(STATEMENT) {
        Ok(statement) => measure(&statement),
        Err(_) => measure_all(),
    }
}

fn measure_all() {
    let is_test = !std::env::args().any(|argument| argument == "--bench");
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-pipeline-cache");
    println!(
        "{:<12} {:>8} {:>8} {:>8} {:>8}  pipeline cache",
        "AIRs", "open ms", "cold ms", "warm ms", "kernels"
    );
    for statement in STATEMENTS {
        if cache.exists() {
            std::fs::remove_dir_all(&cache).expect("removal of an old cache");
        }
        run(statement, None, "none");
        if !is_test {
            run(statement, Some(&cache), "written");
            run(statement, Some(&cache), "found");
        }
    }
}

fn run(statement: &str, cache: Option<&Path>, note: &str) {
    let mut command = Command::new(std::env::current_exe().expect("the path of this program"));
    command
        .env(STATEMENT, statement)
        .env("__GL_SHADER_DISK_CACHE", "0")
        .env("MESA_SHADER_CACHE_DISABLE", "true")
        .env("MESA_GLSL_CACHE_DISABLE", "true");
    match cache {
        Some(directory) => command.env("OPENVM_METAL_PIPELINE_CACHE", directory),
        None => command.env_remove("OPENVM_METAL_PIPELINE_CACHE"),
    };
    let output = command.output().expect("a process");
    let (stdout, stderr) = (output.stdout, output.stderr);
    let text = String::from_utf8_lossy(&stdout);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&stderr)
    );
    println!("{}  {note}", text.trim_end());
}

fn measure(statement: &str) {
    let options = GpuOptions::from_env().expect("options");
    let params = app_params_with_100_bits_security(21);
    let airs = match statement {
        "keccak" => vec![airs::keccak()],
        _ => airs::standard_vm(),
    };
    let pk = proving_key(airs, params.clone());

    let start = Instant::now();
    let engine = BabyBearPoseidon2MetalEngine::with_options(params, &options)
        .expect("a GPU, or OPENVM_METAL_ADAPTER=llvmpipe");
    let open = start.elapsed().as_millis();
    let transport = || {
        let start = Instant::now();
        let pk = engine.device().transport_pk_to_device(&pk);
        let elapsed = start.elapsed().as_millis();
        for air in &pk.per_air {
            air.other_data.plan().expect("plan");
        }
        elapsed
    };
    let [cold, warm] = [transport(), transport()];
    let kernels = engine.device().gpu().expect("a GPU").pipelines_compiled();
    println!("{statement:<12} {open:>8} {cold:>8} {warm:>8} {kernels:>8}");
}

/// A key of AIRs whose preprocessed traces are left out: compiling takes their widths alone.
fn proving_key(
    airs: Vec<AirUnderTest>,
    params: SystemParams,
) -> MultiStarkProvingKey<BabyBearPoseidon2Config> {
    let max_constraint_degree = params.max_constraint_degree;
    let key = |air: AirUnderTest| StarkProvingKey {
        air_name: air.name,
        vk: StarkVerifyingKey {
            preprocessed_data: None,
            params: air.params,
            symbolic_constraints: air.dag,
            max_constraint_degree: max_constraint_degree as u8,
            is_required: false,
            unused_variables: vec![],
        },
        preprocessed_data: None,
    };
    MultiStarkProvingKey {
        per_air: airs.into_iter().map(key).collect(),
        trace_height_constraints: vec![],
        max_constraint_degree,
        params,
        vk_pre_hash: Default::default(),
    }
}
