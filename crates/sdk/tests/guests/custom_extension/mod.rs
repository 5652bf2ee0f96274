//! A VM with an extension of the tests' own: a second arithmetic unit with opcodes of its own, which
//! programs are rewritten to use. Nothing needs to be written for the GPU; a kernel can be: see `kernel.rs`.

mod kernel;

use std::sync::Arc;

use openvm_circuit::{
    arch::{
        instructions::{exe::VmExe, LocalOpcode, VmOpcode},
        AirInventory, AirInventoryError, ChipInventory, ChipInventoryError, ExecutionBridge,
        ExecutorInventoryBuilder, ExecutorInventoryError, InitFileGenerator, MatrixRecordArena,
        SystemConfig, VmBuilder, VmChipComplex, VmCircuitExtension, VmExecutionExtension,
        VmProverExtension,
    },
    primitives::{
        bitwise_op_lookup::{BitwiseOperationLookupAir, SharedBitwiseOperationLookupChip},
        Chip,
    },
    system::{memory::SharedMemoryHelper, SystemChipInventory, SystemExecutor, SystemPort},
};
use openvm_circuit_derive::{AnyEnum, Executor, MeteredExecutor, PreflightExecutor, VmConfig};
use openvm_cpu_backend::CpuBackend;
use openvm_metal_sdk::{AppProver, Error, Event, PipelineOptions, TraceKernels, F, SC};
use openvm_rv32im_circuit::{
    adapters::{Rv32BaseAluAdapterAir, Rv32BaseAluAdapterExecutor, Rv32BaseAluAdapterFiller},
    BaseAluCoreAir, BaseAluFiller, Rv32BaseAluAir, Rv32BaseAluChip, Rv32BaseAluExecutor, Rv32I,
    Rv32IConfig, Rv32IExecutor, Rv32ImConfig, Rv32ImCpuBuilder, Rv32Io, Rv32IoExecutor, Rv32M,
    Rv32MExecutor,
};
use openvm_rv32im_transpiler::BaseAluOpcode;
use openvm_sdk::{config::AppConfig, keygen::AppProvingKey, prover::verify_app_proof};
use openvm_stark_backend::{
    p3_field::PrimeField32, prover::AirProvingContext, StarkProtocolConfig,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::BabyBearPoseidon2CpuEngine;
use serde::{Deserialize, Serialize};

use crate::common::{app_params, config, device, exe, input, Log};

/// Where no extension of upstream's has opcodes.
const OPCODE_OFFSET: usize = 0x7000;

const N_OPCODES: usize = 5;

/// The extension.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct SecondAlu;

#[derive(Clone, AnyEnum, Executor, MeteredExecutor, PreflightExecutor)]
enum SecondAluExecutor {
    BaseAlu(Rv32BaseAluExecutor),
}

impl From<Rv32BaseAluExecutor> for SecondAluExecutor {
    fn from(executor: Rv32BaseAluExecutor) -> Self {
        Self::BaseAlu(executor)
    }
}

impl<T: PrimeField32> VmExecutionExtension<T> for SecondAlu {
    type Executor = SecondAluExecutor;

    fn extend_execution(
        &self,
        inventory: &mut ExecutorInventoryBuilder<T, SecondAluExecutor>,
    ) -> Result<(), ExecutorInventoryError> {
        let alu = Rv32BaseAluExecutor::new(Rv32BaseAluAdapterExecutor, OPCODE_OFFSET);
        let opcodes = (0..N_OPCODES).map(|i| VmOpcode::from_usize(OPCODE_OFFSET + i));
        inventory.add_executor(alu, opcodes)
    }
}

impl<C: StarkProtocolConfig> VmCircuitExtension<C> for SecondAlu {
    fn extend_circuit(&self, inventory: &mut AirInventory<C>) -> Result<(), AirInventoryError> {
        let SystemPort {
            execution_bus,
            program_bus,
            memory_bridge,
        } = inventory.system().port();
        let bitwise = inventory.find_air::<BitwiseOperationLookupAir<8>>().next();
        let bitwise = bitwise.expect("RV32I has added it").bus;
        let bridge = ExecutionBridge::new(execution_bus, program_bus);
        inventory.add_air(Rv32BaseAluAir::new(
            Rv32BaseAluAdapterAir::new(bridge, memory_bridge, bitwise),
            BaseAluCoreAir::new(bitwise, OPCODE_OFFSET),
        ));
        Ok(())
    }
}

/// Its chip for upstream's CPU prover, of a type of its own, by which a kernel can be registered.
struct SecondAluChip(Rv32BaseAluChip<F>);

impl Chip<MatrixRecordArena<F>, CpuBackend<SC>> for SecondAluChip {
    fn generate_proving_ctx(
        &self,
        records: MatrixRecordArena<F>,
    ) -> AirProvingContext<CpuBackend<SC>> {
        self.0.generate_proving_ctx(records)
    }
}

/// Its chips for upstream's CPU prover.
struct SecondAluCpu;

impl VmProverExtension<BabyBearPoseidon2CpuEngine, MatrixRecordArena<F>, SecondAlu>
    for SecondAluCpu
{
    fn extend_prover(
        &self,
        _: &SecondAlu,
        inventory: &mut ChipInventory<SC, MatrixRecordArena<F>, CpuBackend<SC>>,
    ) -> Result<(), ChipInventoryError> {
        let memory = SharedMemoryHelper::new(
            inventory.range_checker()?.clone(),
            inventory.timestamp_max_bits(),
        );
        let bitwise = inventory.find_chip::<SharedBitwiseOperationLookupChip<8>>();
        let bitwise = bitwise
            .into_iter()
            .next()
            .expect("RV32I has added it")
            .clone();
        inventory.next_air::<Rv32BaseAluAir>()?;
        let filler = BaseAluFiller::new(
            Rv32BaseAluAdapterFiller::new(bitwise.clone()),
            bitwise,
            OPCODE_OFFSET,
        );
        inventory.add_executor_chip(SecondAluChip(Rv32BaseAluChip::new(filler, memory)));
        Ok(())
    }
}

#[derive(Clone, Debug, VmConfig, Serialize, Deserialize)]
struct CustomConfig {
    #[config(executor = "SystemExecutor<F>")]
    system: SystemConfig,
    #[extension]
    base: Rv32I,
    #[extension]
    io: Rv32Io,
    #[extension]
    mul: Rv32M,
    #[extension]
    second_alu: SecondAlu,
}

impl InitFileGenerator for CustomConfig {}

#[derive(Clone)]
struct CustomBuilder;

impl VmBuilder<BabyBearPoseidon2CpuEngine> for CustomBuilder {
    type VmConfig = CustomConfig;
    type SystemChipInventory = SystemChipInventory<SC>;
    type RecordArena = MatrixRecordArena<F>;

    fn create_chip_complex(
        &self,
        config: &CustomConfig,
        circuit: AirInventory<SC>,
        _: &(),
    ) -> Result<
        VmChipComplex<SC, MatrixRecordArena<F>, CpuBackend<SC>, SystemChipInventory<SC>>,
        ChipInventoryError,
    > {
        let CustomConfig {
            system,
            base,
            io,
            mul,
            second_alu,
        } = config.clone();
        let rv32i = Rv32IConfig { system, base, io };
        let rv32im = Rv32ImConfig { rv32i, mul };
        let mut complex = VmBuilder::<BabyBearPoseidon2CpuEngine>::create_chip_complex(
            &Rv32ImCpuBuilder,
            &rv32im,
            circuit,
            &(),
        )?;
        SecondAluCpu.extend_prover(&second_alu, &mut complex.inventory)?;
        Ok(complex)
    }
}

/// The program with its arithmetic done by the second unit.
fn rewritten(exe: &VmExe<F>) -> (VmExe<F>, usize) {
    let first = BaseAluOpcode::ADD.global_opcode().as_usize();
    let mut exe = exe.clone();
    let mut n_rewritten = 0;
    let instructions = exe.program.instructions_and_debug_infos.iter_mut();
    for (instruction, _) in instructions.flatten() {
        let local = instruction.opcode.as_usize().wrapping_sub(first);
        if local < N_OPCODES {
            instruction.opcode = VmOpcode::from_usize(OPCODE_OFFSET + local);
            n_rewritten += 1;
        }
    }
    (exe, n_rewritten)
}

fn vm_config() -> CustomConfig {
    CustomConfig {
        system: config("riscv32").system.config,
        base: Rv32I,
        io: Rv32Io,
        mul: Rv32M::default(),
        second_alu: SecondAlu,
    }
}

/// A prover of the rewritten fibonacci with these kernels.
fn prover(
    key: &AppProvingKey<CustomConfig>,
    trace_kernels: TraceKernels,
) -> Result<AppProver<CustomBuilder>, Error> {
    let (exe, n_rewritten) = rewritten(&exe("fibonacci", &config("riscv32")));
    assert!(n_rewritten > 10);
    let options = PipelineOptions {
        trace_kernels,
        ..PipelineOptions::default()
    };
    AppProver::new(CustomBuilder, key, Arc::new(exe), &device(), &options)
}

fn key() -> AppProvingKey<CustomConfig> {
    AppProvingKey::keygen(AppConfig::new(vm_config(), app_params())).unwrap()
}

/// Proves with these kernels; whether the second unit's trace was made on the host.
fn is_proven_on_host(key: &AppProvingKey<CustomConfig>, trace_kernels: TraceKernels) -> bool {
    let mut prover = prover(key, trace_kernels).unwrap();
    let mut log = Log::default();
    let proof = prover.prove(input(20), &mut log).unwrap();
    let exe_commit = verify_app_proof::<BabyBearPoseidon2CpuEngine>(&key.get_app_vk(), &proof);
    assert_eq!(exe_commit.unwrap(), prover.exe_commit());
    let names_it = |event: &Event| match event {
        Event::SegmentTraced { cpu_traces, .. } => {
            cpu_traces.iter().any(|air| air.contains("BaseAlu"))
        }
        _ => false,
    };
    log.count(names_it) > 0
}

#[test]
fn a_users_own_extension_is_proven() {
    assert!(is_proven_on_host(&key(), TraceKernels::rv32im()));
}
