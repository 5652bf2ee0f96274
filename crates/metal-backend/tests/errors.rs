//! What the machine can refuse comes back as an error that says so, never as a panic.

mod common;
#[path = "../examples/common/stdout.rs"]
mod stdout;

use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
    sync::Arc,
};

use common::{gpu, gpu_with};
use openvm_metal_backend::internals::{
    gpu::{Columns, Gpu, GpuError, GpuOptions, KernelText, SMALL_BUFFER_BYTES},
    BabyBearPoseidon2MetalEngine, MetalError,
};
use openvm_stark_backend::{
    prover::{DeviceDataTransporter, MatrixDimensions, Prover, TraceCommitter},
    test_utils::{default_test_params_small, test_system_params_small, FibFixture, TestFixture},
    StarkEngine, SystemParams,
};
use rand::{rngs::StdRng, SeedableRng};

#[test]
fn an_unknown_adapter_is_an_error_that_lists_those_present() {
    let present = gpu().adapter().name.clone();
    let options = GpuOptions {
        adapter: Some("no such adapter".to_owned()),
        ..GpuOptions::default()
    };
    let error = Gpu::open(&options).unwrap_err();
    let message = error.to_string();
    assert!(matches!(error, GpuError::UnknownAdapter { .. }));
    assert!(
        message.contains("no such adapter") && message.contains(&present),
        "{message}"
    );
}

/// Run by the test below in a process of its own, where the drivers are hidden.
#[test]
#[ignore = "only true where no driver can be found"]
fn without_a_driver_every_stage_returns_the_same_error() {
    let engine = BabyBearPoseidon2MetalEngine::new(default_test_params_small());
    let matrix = common::random_matrix(&mut StdRng::seed_from_u64(1), 4, 2);
    let matrix = engine.device().transport_matrix_to_device(&matrix);
    assert_eq!((matrix.height(), matrix.width()), (4, 2));
    let error = engine.device().commit(&[&matrix]).unwrap_err();
    assert!(
        matches!(error, MetalError::Gpu(GpuError::NoAdapter { .. })),
        "{error}"
    );
    assert!(engine.device().download(&matrix).is_err());
    assert!(BabyBearPoseidon2MetalEngine::try_new(default_test_params_small()).is_err());
}

#[test]
#[cfg(target_os = "linux")]
fn no_adapter_is_an_error_of_every_stage() {
    let test = "without_a_driver_every_stage_returns_the_same_error";
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored"])
        .env("VK_DRIVER_FILES", "/nonexistent")
        .env("VK_ICD_FILENAMES", "/nonexistent")
        .env_remove("OPENVM_METAL_ADAPTER")
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success(), "{output}");
    assert!(output.contains("1 passed"), "{output}");
}

#[test]
fn a_buffer_beyond_the_adapter_is_named() {
    let gpu = gpu();
    let limit = gpu.max_binding_bytes();
    let error = gpu
        .alloc::<u32>((limit / 4 + 1) as usize, "a large table")
        .unwrap_err();
    let expected = GpuError::TooLarge {
        what: "a large table",
        bytes: limit + 4,
        limit,
    };
    assert_eq!(error, expected);
}

#[test]
fn a_buffer_beyond_the_option_is_named_unless_it_is_small() {
    for (max_binding_bytes, limit) in [
        (1 << 10, SMALL_BUFFER_BYTES),
        (2 * SMALL_BUFFER_BYTES, 2 * SMALL_BUFFER_BYTES),
    ] {
        let gpu = gpu_with(|options| options.max_binding_bytes = Some(max_binding_bytes));
        let alloc = |bytes: u64| gpu.alloc::<u32>(bytes as usize / 4, "a table");
        assert_eq!(alloc(limit).unwrap().len() as u64, limit / 4);
        let expected = GpuError::TooLarge {
            what: "a table",
            bytes: limit + 4,
            limit,
        };
        assert_eq!(alloc(limit + 4).unwrap_err(), expected);
    }
}

#[test]
fn memory_beyond_the_budget_is_an_error_until_some_comes_back() {
    let options = GpuOptions {
        memory_budget_bytes: Some(10 << 20),
        ..GpuOptions::from_env().unwrap()
    };
    let gpu = Gpu::open(&options).unwrap();
    let alloc = |mebibytes: usize| gpu.alloc::<u32>(mebibytes << 18, "a table");
    let six = alloc(6).unwrap();
    let error = alloc(5).unwrap_err();
    let expected = GpuError::OutOfMemory {
        what: "a table",
        bytes: 5 << 20,
        in_use: 6 << 20,
    };
    assert_eq!(error, expected);
    drop(six);
    // The idle six make room for the five, which are of another size.
    let _five = alloc(5).unwrap();
    assert!(gpu.reserved_bytes() <= 10 << 20);
    assert_eq!(gpu.peak_bytes(), 6 << 20);
}

#[test]
fn a_column_beyond_the_block_limit_is_named() {
    let gpu = gpu_with(|options| options.max_binding_bytes = Some(1 << 10));
    let error = Columns::<u32>::alloc(&gpu, 1 << 9, 3, "trace").unwrap_err();
    assert!(matches!(
        error,
        GpuError::TooLarge {
            what: "trace",
            bytes: 2048,
            limit: 1024
        }
    ));
}

#[test]
fn a_kernel_that_does_not_compile_is_named() {
    for text in [
        "fn main(",
        "@compute @workgroup_size(1) fn main() { let x: u32 = 1.5; }",
    ] {
        let broken = KernelText::undeclared(&format!("broken: {text}"), text.to_owned());
        let error = gpu().pipeline(&broken).map(|_| ()).unwrap_err();
        assert!(matches!(error, GpuError::Shader { kernel, .. } if kernel == broken.label));
    }
}

#[test]
fn an_error_met_in_transport_comes_out_of_the_stage() {
    let options = GpuOptions {
        max_binding_bytes: Some(8),
        ..GpuOptions::from_env().unwrap()
    };
    let params = default_test_params_small();
    let engine = BabyBearPoseidon2MetalEngine::with_options(params, &options).unwrap();
    let matrix = common::random_matrix(&mut StdRng::seed_from_u64(2), 4, 1);
    let matrix = engine.device().transport_matrix_to_device(&matrix);
    let error = engine.device().commit(&[&matrix]).unwrap_err();
    assert!(matches!(
        error,
        MetalError::Gpu(GpuError::TooLarge { what: "trace", .. })
    ));
}

#[test]
fn a_skip_domain_beyond_the_kernels_is_named_before_any_work() {
    let params = test_system_params_small(13, 1, 3);
    let options = GpuOptions::from_env().unwrap();
    let engine = BabyBearPoseidon2MetalEngine::with_options(params, &options).unwrap();
    let fixture = FibFixture::new(0, 1, 8);
    let (pk, _) = fixture.keygen(&engine);
    let device = engine.device();
    let pk = device.transport_pk_to_device(&pk);
    let context = device.transport_proving_ctx_to_device(&fixture.generate_proving_ctx());
    let error = engine.prove(&pk, context).unwrap_err();
    let MetalError::Parameters { what, value, max } = error else {
        panic!("{error}");
    };
    assert_eq!((what, value, max), ("l_skip", 13, 12));
}

/// A key made with `key` parameters does not prove with `engine` parameters, whoever transports it.
fn assert_other_parameters(key: &SystemParams, engine: &SystemParams, name: &str) {
    let options = GpuOptions::from_env().unwrap();
    let [maker, prover] = [key, engine].map(|params| {
        BabyBearPoseidon2MetalEngine::with_options(params.clone(), &options).unwrap()
    });
    let fixture = FibFixture::new(0, 1, 8);
    let (pk, _) = fixture.keygen(&maker);
    for transporter in [&maker, &prover] {
        let device_pk = transporter.device().transport_pk_to_device(&pk);
        let context = || {
            let context = fixture.generate_proving_ctx();
            prover.device().transport_proving_ctx_to_device(&context)
        };
        for error in [
            prover.prove(&device_pk, context()).unwrap_err(),
            // Without a plan of its memory.
            prover.prover().prove(&device_pk, context()).unwrap_err(),
        ] {
            let MetalError::OtherParameters { parameter, .. } = error else {
                panic!("{error}");
            };
            assert_eq!(parameter, name);
        }
    }
}

#[test]
fn a_key_of_other_parameters_is_an_error_that_names_the_first_that_differs() {
    let params = test_system_params_small(2, 8, 3);
    for l_skip in [1, 3] {
        let other = test_system_params_small(l_skip, 8, 3);
        assert_other_parameters(&other, &params, "l_skip");
    }
    let mut other = params.clone();
    other.logup.pow_bits += 1;
    assert_other_parameters(&params, &other, "logup.pow_bits");
}

#[test]
fn a_trace_of_an_air_that_the_key_lacks_is_named() {
    let engine = BabyBearPoseidon2MetalEngine::new(default_test_params_small());
    let fixture = FibFixture::new(0, 1, 8);
    let (pk, _) = fixture.keygen(&engine);
    let device = engine.device();
    let pk = device.transport_pk_to_device(&pk);
    let mut context = device.transport_proving_ctx_to_device(&fixture.generate_proving_ctx());
    context.per_trace[0].0 = 7;
    let error = engine.prove(&pk, context).unwrap_err();
    assert_eq!(error.to_string(), "a trace is of AIR 7, and the key has 1");
}

#[test]
fn keys_and_traces_on_another_gpu_are_an_error_that_says_so() {
    let options = GpuOptions::from_env().unwrap();
    let timed = GpuOptions {
        kernel_times: true,
        ..options.clone()
    };
    let params = default_test_params_small();
    let [here, elsewhere] = [options, timed].map(|options| {
        BabyBearPoseidon2MetalEngine::with_options(params.clone(), &options).unwrap()
    });
    let fixture = FibFixture::new(0, 1, 8);
    let (pk, _) = fixture.keygen(&here);
    let key = |engine: &BabyBearPoseidon2MetalEngine| engine.device().transport_pk_to_device(&pk);
    let traces = |engine: &BabyBearPoseidon2MetalEngine| {
        let context = fixture.generate_proving_ctx();
        engine.device().transport_proving_ctx_to_device(&context)
    };
    for error in [
        here.prove(&key(&elsewhere), traces(&here)).unwrap_err(),
        here.prove(&key(&here), traces(&elsewhere)).unwrap_err(),
    ] {
        let is_named = matches!(
            error,
            MetalError::Gpu(GpuError::OtherGpu {
                was_lost: false,
                ..
            })
        );
        assert!(is_named, "{error}");
        assert!(
            error.to_string().contains("with the engine that proves"),
            "{error}"
        );
    }
    here.prove(&key(&here), traces(&here)).unwrap();
}

/// Run by the test below in a process of its own, whose output ends while it writes.
#[test]
#[ignore = "ends the process"]
fn writes_until_nobody_reads() {
    let mut out = stdout::Stdout;
    loop {
        writeln!(out, "a line").unwrap();
    }
}

#[test]
fn an_example_ends_quietly_when_nobody_reads_what_it_writes() {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "writes_until_nobody_reads",
            "--ignored",
            "--nocapture",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().ends_with("a line")));
    drop(lines);
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{errors}");
}

#[test]
fn a_shared_gpu_is_opened_once() {
    let options = GpuOptions::from_env().unwrap();
    let [a, b] = [(); 2].map(|()| Gpu::shared(&options).unwrap());
    assert!(Arc::ptr_eq(&a, &b));
}
