//! Everything that can go wrong before a proof, as an error that says what.

use openvm_circuit::arch::deferral::DeferralState;
use openvm_metal_backend::{GpuOptions, MetalError};
use openvm_metal_sdk::{AppProver, Error, PipelineOptions};
use openvm_sdk::StdIn;
use openvm_sdk_config::SdkVmCpuBuilder;

use crate::common::{config, device, device_with, exe, input, key, prover};

#[test]
fn a_guest_that_fails_is_reported_with_its_exit_code_and_the_prover_goes_on() {
    let key = key(config("riscv32"));
    let mut prover = prover(&key, "panics", &PipelineOptions::default());
    for (n, expected) in [(1, 1), (2, 2), (255, 255)] {
        let error = prover.prove(input(n), &mut ()).err();
        let Some(Error::GuestFailed { code, segment, .. }) = error else {
            panic!("exit code {expected}: {error:?}");
        };
        assert_eq!((code, segment), (expected, 0));
    }
    prover.prove(input(0), &mut ()).unwrap();
}

#[test]
fn too_little_input_is_an_execution_error() {
    let key = key(config("riscv32"));
    let mut prover = prover(&key, "reads_too_much", &PipelineOptions::default());
    for input in [input(1), StdIn::default()] {
        let error = prover.prove(input, &mut ()).err();
        assert!(matches!(error, Some(Error::Execution(_))), "{error:?}");
    }
}

#[test]
fn a_vm_that_lacks_the_programs_instructions_is_named() {
    let exe = exe("sha2", &config("hashes"));
    let key = key(config("riscv32"));
    let options = PipelineOptions::default();
    let error = AppProver::new(SdkVmCpuBuilder, &key, exe, &device(), &options).err();
    assert!(matches!(error, Some(Error::Program(_))), "{error:?}");
}

#[test]
fn deferrals_are_refused_before_any_work() {
    let key = key(config("riscv32"));
    let mut prover = prover(&key, "fibonacci", &PipelineOptions::default());
    let mut input = input(1);
    input.deferrals.push(DeferralState::new(vec![]));
    let error = prover.prove(input, &mut ()).err();
    assert!(matches!(error, Some(Error::Deferrals)), "{error:?}");
}

#[test]
fn a_device_with_too_little_memory_is_an_error_that_says_how_much_is_needed() {
    let key = key(config("riscv32"));
    let exe = exe("fibonacci", key.vm_config());
    let options = GpuOptions {
        memory_budget_bytes: Some(64 << 20),
        ..GpuOptions::from_env().unwrap()
    };
    let (device, options) = (device_with(&options), PipelineOptions::default());
    let mut prover = AppProver::new(SdkVmCpuBuilder, &key, exe, &device, &options).unwrap();
    let error = prover.prove(input(10), &mut ()).err();
    let Some(Error::Prover { error, .. }) = &error else {
        panic!("{error:?}");
    };
    assert!(
        matches!(error, MetalError::NotEnoughMemory { .. }),
        "{error:?}"
    );
}

#[test]
fn options_of_zero_are_refused() {
    let key = key(config("riscv32"));
    let options = PipelineOptions {
        workers: Some(0),
        ..PipelineOptions::default()
    };
    let exe = exe("fibonacci", key.vm_config());
    let error = AppProver::new(SdkVmCpuBuilder, &key, exe, &device(), &options).err();
    assert!(matches!(error, Some(Error::Option { .. })), "{error:?}");
}
