//! `cargo openvm-metal run`: executes a program, without a proof.

use std::path::PathBuf;

use clap::Args;
use openvm_circuit::{
    arch::{VirtualMachine, VirtualMachineError, VmState},
    system::memory::merkle::public_values::extract_public_values,
};
use openvm_sdk::{
    config::AppConfig, keygen::AppProvingKey, prover::vm::types::VmProvingKey, CpuSdk, StdIn, F,
};
use openvm_sdk_config::{SdkVmConfig, SdkVmCpuBuilder};
use openvm_stark_backend::{prover::DeviceDataTransporter, StarkEngine};
use openvm_stark_sdk::config::baby_bear_poseidon2::BabyBearPoseidon2CpuEngine;

use crate::{
    arguments::{Arguments, CargoArgs, GuestArgs, Mode},
    console::Console,
    error::{caught, Error},
    guest::{self, Guest, Input},
    proving::load_app_pk,
};

/// Run a program without proving it, and print its public values
///
/// Use it before proving: a program that fails here cannot be proven. The modes `meter` and `segment`
/// say how much there is to prove.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo openvm-metal run --input 0x010a00000000000000   build the package and run it
  cargo openvm-metal run --exe guest.elf                a program that is built, ELF or .vmexe
  cargo openvm-metal run --mode segment --input in.json how many segments would be proven?

Exit codes: 0 ended well, 1 the program panicked, read too much or ended with an exit code other than 0,
2 not started")]
pub struct Run {
    #[command(flatten)]
    guest: GuestArgs,

    /// How to run it
    #[arg(long, value_enum, default_value_t = Mode::Pure, help_heading = "OpenVM Options")]
    mode: Mode,

    /// The app proving key for the modes `meter` and `segment` [default: openvm/app.pk of the package]
    #[arg(long, value_name = "FILE", help_heading = "OpenVM Options")]
    app_pk: Option<PathBuf>,

    #[command(flatten)]
    cargo: CargoArgs,
}

impl Run {
    pub fn run(&self, all: &Arguments, console: &Console) -> Result<(), Error> {
        let input = Input::read(self.guest.input.as_ref())?;
        let manifest = &self.cargo.target.manifest;
        if self.mode == Mode::Pure {
            let config = self.guest.config.config.as_deref();
            let config = guest::read_config(config, manifest, console)?;
            let guest = self.load(&config.app_vm_config, all, console)?;
            return run_pure(config, guest, input, console);
        }
        let key = load_app_pk(self.app_pk.as_ref(), manifest)?;
        let guest = self.load(key.vm_config(), all, console)?;
        match self.mode {
            Mode::Meter => run_metered(&key, &guest, input, console),
            _ => run_segmented(&key, &guest, input, console),
        }
    }

    fn load(
        &self,
        config: &SdkVmConfig,
        all: &Arguments,
        console: &Console,
    ) -> Result<Guest, Error> {
        guest::load(&self.guest, &self.cargo, config, all, console)
    }
}

const RUNNING: &str = "running the program";

fn run_pure(
    config: AppConfig<SdkVmConfig>,
    guest: Guest,
    input: StdIn,
    console: &Console,
) -> Result<(), Error> {
    let output = caught(RUNNING, || {
        let sdk = CpuSdk::new(config, Default::default())?;
        Ok(sdk.execute(guest.exe, input)?)
    })?;
    console.result(&format!("Execution output: {output:?}"))
}

type Vm = VirtualMachine<BabyBearPoseidon2CpuEngine, SdkVmCpuBuilder>;

/// The VM of a key. Unlike upstream's provers it does not commit to the program, which takes far longer
/// than to run one.
fn vm_of(key: &AppProvingKey<SdkVmConfig>) -> Result<Vm, Error> {
    let VmProvingKey { vm_config, vm_pk } = &*key.app_vm_pk;
    let engine = BabyBearPoseidon2CpuEngine::new(vm_pk.params.clone());
    let device_key = engine.device().transport_pk_to_device(vm_pk);
    Ok(VirtualMachine::new(
        engine,
        SdkVmCpuBuilder,
        vm_config.clone(),
        device_key,
    )?)
}

fn run_metered(
    key: &AppProvingKey<SdkVmConfig>,
    guest: &Guest,
    input: StdIn,
    console: &Console,
) -> Result<(), Error> {
    let (output, ctx) = caught(RUNNING, || {
        let vm = vm_of(key)?;
        let interpreter = vm.metered_cost_interpreter(&guest.exe)?;
        let metered = interpreter.execute_metered_cost(input, vm.build_metered_cost_ctx());
        let (ctx, state) = metered.map_err(VirtualMachineError::from)?;
        Ok((public_values(key, &state), ctx))
    })?;
    console.result(&format!("Execution output: {output:?}"))?;
    console.result(&format!("Number of instructions executed: {}", ctx.instret))?;
    console.result(&format!("Total cost: {}", ctx.cost))
}

fn run_segmented(
    key: &AppProvingKey<SdkVmConfig>,
    guest: &Guest,
    input: StdIn,
    console: &Console,
) -> Result<(), Error> {
    let (output, segments) = caught(RUNNING, || {
        let vm = vm_of(key)?;
        let interpreter = vm.metered_interpreter(&guest.exe)?;
        let metered = interpreter.execute_metered(input, vm.build_metered_ctx(&guest.exe));
        let (segments, state) = metered.map_err(VirtualMachineError::from)?;
        Ok((public_values(key, &state), segments))
    })?;
    let instructions: u64 = segments.iter().map(|segment| segment.num_insns).sum();
    console.result(&format!("Execution output: {output:?}"))?;
    console.result(&format!("Number of instructions executed: {instructions}"))?;
    console.result(&format!("Total segments: {}", segments.len()))
}

fn public_values(key: &AppProvingKey<SdkVmConfig>, state: &VmState<F>) -> Vec<u8> {
    extract_public_values(key.num_public_values(), &state.memory.memory)
}
