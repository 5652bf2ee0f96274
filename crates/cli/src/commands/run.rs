//! `cargo openvm-metal run`: executes a program, without a proof.

use std::path::PathBuf;

use clap::Args;
use openvm_sdk::{config::AppConfig, CpuSdk, StdIn};
use openvm_sdk_config::SdkVmConfig;

use crate::{
    arguments::{Arguments, CargoArgs, GuestArgs, Mode},
    console::Console,
    error::{caught, Error},
    guest::{self, Guest, Input},
    proving::load_app_pk,
};

/// Executes a program on the CPU and prints its public values.
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
        let sdk = CpuSdk::builder()
            .app_pk(key)
            .agg_params(Default::default())
            .build()?;
        match self.mode {
            Mode::Meter => run_metered(&sdk, guest, input, console),
            _ => run_segmented(&sdk, guest, input, console),
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

fn run_metered(sdk: &CpuSdk, guest: Guest, input: StdIn, console: &Console) -> Result<(), Error> {
    let (output, (cost, instructions)) =
        caught(RUNNING, || Ok(sdk.execute_metered_cost(guest.exe, input)?))?;
    console.result(&format!("Execution output: {output:?}"))?;
    console.result(&format!("Number of instructions executed: {instructions}"))?;
    console.result(&format!("Total cost: {cost}"))
}

fn run_segmented(sdk: &CpuSdk, guest: Guest, input: StdIn, console: &Console) -> Result<(), Error> {
    let (output, segments) = caught(RUNNING, || Ok(sdk.execute_metered(guest.exe, input)?))?;
    let instructions: u64 = segments.iter().map(|segment| segment.num_insns).sum();
    console.result(&format!("Execution output: {output:?}"))?;
    console.result(&format!("Number of instructions executed: {instructions}"))?;
    console.result(&format!("Total segments: {}", segments.len()))
}
