//! Traces that kernels make are upstream's, cell by cell, and so are the counts of lookups.

mod hashes;
mod layouts;
mod numbers;
pub mod records;

use std::any::Any;

use openvm_bigint_circuit::{
    Rv32BaseAlu256Chip, Rv32BranchEqual256Chip, Rv32BranchLessThan256Chip, Rv32LessThan256Chip,
    Rv32Multiplication256Chip, Rv32Shift256Chip,
};
use openvm_circuit::{
    arch::{ChipInventory, MatrixRecordArena, VmBuilder, VmCircuitConfig},
    primitives::{
        bitwise_op_lookup::SharedBitwiseOperationLookupChip,
        range_tuple::SharedRangeTupleCheckerChip, var_range::SharedVariableRangeCheckerChip,
    },
    system::{phantom::PhantomChip, SystemChipInventory},
};
use openvm_cpu_backend::CpuBackend;
use openvm_keccak256_circuit::{keccakf_op::KeccakfOpChip, xorin::XorinVmChip};
use openvm_metal_backend::{
    bigint, keccak, rv32, sha2, GpuOptions, MetalBackend, MetalDevice, Multiply, TraceKernel,
};
use openvm_metal_sdk::{ChipRecords, MetalVmBuilder, PackedRecords, TraceKernels, F, SC};
use openvm_rv32im_circuit::*;
use openvm_sdk_config::SdkVmCpuBuilder;
use openvm_sha2_air::{Sha256Config, Sha512Config};
use openvm_sha2_circuit::Sha2MainChip;
use openvm_stark_backend::prover::{AirProvingContext, MatrixDimensions};
use openvm_stark_sdk::config::baby_bear_poseidon2::BabyBearPoseidon2CpuEngine;
use rand::{rngs::StdRng, SeedableRng};

use crate::common::{config, device_with};
use records::Twins;

type Records = ChipRecords<MatrixRecordArena<F>>;

/// A chip, and how it gets a record.
pub struct Case {
    kernel: TraceKernel,
    is_chip: fn(&dyn Any) -> bool,
    put: fn(&mut Twins, &mut StdRng),
    /// The kernel of the chip before it, which has the same records.
    follower: Option<TraceKernel>,
}

impl Case {
    fn with_follower(self, kernel: TraceKernel) -> Self {
        Self {
            follower: Some(kernel),
            ..self
        }
    }
}

pub fn case<C: 'static>(kernel: TraceKernel, put: fn(&mut Twins, &mut StdRng)) -> Case {
    let is_chip = |chip: &dyn Any| chip.is::<C>();
    Case {
        kernel,
        is_chip,
        put,
        follower: None,
    }
}

/// Chips with narrow rows, of which many are compared.
fn rv32_cases() -> [Case; 15] {
    [
        case::<Rv32BaseAluChip<F>>(rv32::BASE_ALU, records::base_alu),
        case::<Rv32LessThanChip<F>>(rv32::LESS_THAN, records::less_than),
        case::<Rv32ShiftChip<F>>(rv32::SHIFT, records::shift),
        case::<Rv32BranchEqualChip<F>>(rv32::BRANCH_EQUAL, records::branch_equal),
        case::<Rv32BranchLessThanChip<F>>(rv32::BRANCH_LESS_THAN, records::branch_less_than),
        case::<Rv32JalLuiChip<F>>(rv32::JAL_LUI, records::jal_lui),
        case::<Rv32JalrChip<F>>(rv32::JALR, records::jalr),
        case::<Rv32AuipcChip<F>>(rv32::AUIPC, records::auipc),
        case::<Rv32LoadStoreChip<F>>(rv32::LOAD_STORE, records::load_store),
        case::<Rv32LoadSignExtendChip<F>>(rv32::LOAD_SIGN_EXTEND, records::load_sign_extend),
        case::<Rv32MultiplicationChip<F>>(rv32::MULTIPLICATION, records::multiplication),
        case::<Rv32MulHChip<F>>(rv32::MULTIPLICATION_HIGH, records::multiplication_high),
        case::<Rv32DivRemChip<F>>(rv32::DIVIDE_REMAINDER, records::divide_remainder),
        case::<Rv32HintStoreChip<F>>(rv32::HINT_STORE, records::hint_store),
        case::<PhantomChip<F>>(rv32::PHANTOM, records::phantom),
    ]
}

/// Chips with wide rows.
fn wide_cases() -> [Case; 10] {
    [
        case::<XorinVmChip<F>>(keccak::XOR_IN, hashes::xor_in),
        case::<KeccakfOpChip<F>>(keccak::PERMUTATION_CALL, hashes::permutation_call)
            .with_follower(keccak::PERMUTATION),
        case::<Sha2MainChip<F, Sha256Config>>(sha2::CALL_256, hashes::block_256)
            .with_follower(sha2::BLOCK_256),
        case::<Sha2MainChip<F, Sha512Config>>(sha2::CALL_512, hashes::block_512)
            .with_follower(sha2::BLOCK_512),
        case::<Rv32BaseAlu256Chip<F>>(bigint::BASE_ALU, numbers::base_alu),
        case::<Rv32LessThan256Chip<F>>(bigint::LESS_THAN, numbers::less_than),
        case::<Rv32Shift256Chip<F>>(bigint::SHIFT, numbers::shift),
        case::<Rv32Multiplication256Chip<F>>(bigint::MULTIPLICATION, numbers::multiplication),
        case::<Rv32BranchEqual256Chip<F>>(bigint::BRANCH_EQUAL, numbers::branch_equal),
        case::<Rv32BranchLessThan256Chip<F>>(bigint::BRANCH_LESS_THAN, numbers::branch_less_than),
    ]
}

/// The chips of a VM on the host, and those of the same VM with kernels.
pub struct Twin {
    host: ChipInventory<SC, MatrixRecordArena<F>, CpuBackend<SC>>,
    device: ChipInventory<SC, Records, MetalBackend>,
    gpu: MetalDevice,
}

impl Twin {
    /// Of a VM of upstream's.
    fn new(config_name: &str, options: &GpuOptions) -> Self {
        let kernels = TraceKernels::standard();
        Self::of(SdkVmCpuBuilder, &config(config_name), kernels, options)
    }

    /// The chips that a builder has for a VM.
    pub fn of<B>(
        builder: B,
        config: &B::VmConfig,
        kernels: TraceKernels,
        options: &GpuOptions,
    ) -> Self
    where
        B: VmBuilder<
            BabyBearPoseidon2CpuEngine,
            RecordArena = MatrixRecordArena<F>,
            SystemChipInventory = SystemChipInventory<SC>,
        >,
    {
        let gpu = device_with(options);
        let airs = || VmCircuitConfig::<SC>::create_airs(config).unwrap();
        let host = builder.create_chip_complex(config, airs(), &()).unwrap();
        let builder = MetalVmBuilder {
            host: builder,
            kernels,
        };
        let device = builder.create_chip_complex(config, airs(), &gpu).unwrap();
        Self {
            host: host.inventory,
            device: device.inventory,
            gpu,
        }
    }

    fn find(&self, is_chip: fn(&dyn Any) -> bool) -> usize {
        let mut chips = self.host.chips().iter();
        let place = chips.position(|chip| is_chip(chip.as_any()));
        place.expect("the VM has this chip")
    }

    /// The trace of `n_rows` random records or more is the same on both sides.
    pub fn compare_rows(&self, case: &Case, n_rows: usize, rng: &mut StdRng) {
        let Case {
            kernel,
            is_chip,
            put,
            follower,
        } = case;
        let mut twins = Twins::new(n_rows, kernel.width());
        while twins.host.trace_offset < n_rows * kernel.width() {
            put(&mut twins, rng);
        }
        let what = format!("{kernel:?}, {n_rows} rows");
        let index = self.find(*is_chip);
        self.compare_chip(index, &what, twins);
        if let Some(follower) = follower {
            let what = format!("{follower:?}, {n_rows} records");
            let no_records = Twins::new(0, follower.width());
            self.compare_chip(index - 1, &what, no_records);
        }
    }

    /// The traces of chip number `index` are the same on both sides.
    pub fn compare_chip(&self, index: usize, what: &str, twins: Twins) {
        let host = self.host.chips()[index].generate_proving_ctx(twins.host);
        let device = self.device.chips()[index].generate_proving_ctx(twins.device);
        self.compare(what, &host, &device);
    }

    /// Number of chips.
    pub fn n_chips(&self) -> usize {
        self.host.chips().len()
    }

    /// A chip of upstream's.
    pub fn chip(&self, index: usize) -> &dyn Any {
        self.host.chips()[index].as_any()
    }

    /// The counts of all lookups since the last time are the same on both sides.
    pub fn compare_tables(&self, what: &str) {
        let is_table: [fn(&dyn Any) -> bool; 3] = [
            |chip| chip.is::<SharedVariableRangeCheckerChip>(),
            |chip| chip.is::<SharedBitwiseOperationLookupChip<8>>(),
            |chip| chip.is::<SharedRangeTupleCheckerChip<2>>(),
        ];
        let chips = self.host.chips().iter().enumerate();
        let is_table = |chip: &dyn Any| is_table.iter().any(|is_table| is_table(chip));
        for (index, _) in chips.filter(|(_, chip)| is_table(chip.as_any())) {
            let no_records = MatrixRecordArena::default();
            let host = self.host.chips()[index].generate_proving_ctx(no_records);
            let no_records = ChipRecords::Packed(PackedRecords::default());
            let device = self.device.chips()[index].generate_proving_ctx(no_records);
            self.compare(&format!("table {index} after {what}"), &host, &device);
        }
    }

    fn compare(
        &self,
        what: &str,
        host: &AirProvingContext<CpuBackend<SC>>,
        device: &AirProvingContext<MetalBackend>,
    ) {
        let (host, device) = (&host.common_main, &device.common_main);
        let width = host.width;
        let height = host.values.len() / width;
        assert_eq!((device.height(), device.width()), (height, width), "{what}");
        if height == 0 {
            return;
        }
        let device = self.gpu.download(device).unwrap().values;
        for (row, cells) in host.values.chunks(width).enumerate() {
            for (column, cell) in cells.iter().enumerate() {
                let found = device[column * height + row];
                assert_eq!(found, *cell, "{what}: row {row}, column {column}");
            }
        }
    }
}

fn options() -> GpuOptions {
    GpuOptions::from_env().unwrap()
}

/// No, one and some rows, around powers of two and around what a workgroup makes.
const N_ROWS: [usize; 7] = [0, 1, 3, 64, 257, 2_048, 2_049];

/// The same of wide rows. Fifteen blocks of SHA-256 and three of SHA-512 leave one row to fill up.
const N_WIDE_ROWS: [usize; 6] = [0, 1, 3, 15, 64, 257];

fn rows_and_tables_are_upstreams(multiply: Multiply) {
    let options = GpuOptions {
        multiply: Some(multiply),
        ..options()
    };
    let mut rng = StdRng::seed_from_u64(14);
    let mut compare = |config, cases: &[Case], n_rows: &[usize]| {
        let twin = Twin::new(config, &options);
        for case in cases {
            for &n_rows in n_rows {
                twin.compare_rows(case, n_rows, &mut rng);
            }
            twin.compare_tables(case.kernel.name());
        }
    };
    compare("riscv32", &rv32_cases(), &N_ROWS);
    compare("hashes", &wide_cases(), &N_WIDE_ROWS);
}

#[test]
fn rows_and_tables_are_upstreams_with_u64() {
    rows_and_tables_are_upstreams(Multiply::U64);
}

#[test]
fn rows_and_tables_are_upstreams_with_u32() {
    rows_and_tables_are_upstreams(Multiply::U32);
}

/// Traces in several blocks, and records in several pieces.
#[test]
fn rows_and_tables_are_upstreams_with_small_bindings() {
    // A column of the table of pairs, and 40,000 records.
    const MAX_BINDING_BYTES: u64 = 2 << 20;
    let twin = Twin::new("riscv32", &small_bindings(MAX_BINDING_BYTES));
    let mut rng = StdRng::seed_from_u64(15);
    for case in &rv32_cases() {
        twin.compare_rows(case, 50_001, &mut rng);
        twin.compare_tables(case.kernel.name());
    }
}

/// Wide traces in several blocks.
#[test]
fn wide_rows_and_tables_are_upstreams_with_small_bindings() {
    // A column of the larger table of pairs.
    const MAX_BINDING_BYTES: u64 = 8 << 20;
    let twin = Twin::new("hashes", &small_bindings(MAX_BINDING_BYTES));
    let mut rng = StdRng::seed_from_u64(16);
    for case in &wide_cases() {
        let n_rows = match case.follower {
            None => 10_001,
            // Each of them makes some twenty rows of the other chip's.
            Some(_) => 400,
        };
        twin.compare_rows(case, n_rows, &mut rng);
        twin.compare_tables(case.kernel.name());
    }
}

fn small_bindings(max_binding_bytes: u64) -> GpuOptions {
    GpuOptions {
        max_binding_bytes: Some(max_binding_bytes),
        ..options()
    }
}

/// Where all rows look up the same, and a chip on the host looks up, too.
#[test]
fn counts_of_both_sides_add_up() {
    let twin = Twin::new("riscv32", &options());
    let cases = rv32_cases();
    let case = &cases[0];
    let (index, n_rows) = (twin.find(case.is_chip), 5_000);
    let fill = |seed| {
        let mut twins = Twins::new(n_rows, case.kernel.width());
        for _ in 0..n_rows {
            (case.put)(&mut twins, &mut StdRng::seed_from_u64(seed));
        }
        twins
    };
    let (first, second) = (fill(1), fill(2));
    let device = twin.device.chips()[index].generate_proving_ctx(first.device);
    let host = twin.host.chips()[index].generate_proving_ctx(first.host);
    twin.compare("from packed records", &host, &device);
    // The VM with kernels gets what the host makes rows from, and makes them on the host.
    let other = fill(2).host;
    let device = twin.device.chips()[index].generate_proving_ctx(ChipRecords::Host(other));
    let host = twin.host.chips()[index].generate_proving_ctx(second.host);
    twin.compare("from records for the host", &host, &device);
    twin.compare_tables("both");
}

/// A VM has every chip that there is a kernel for.
#[test]
fn every_kernel_is_compared() {
    let kernels = |case: Case| [case.kernel].into_iter().chain(case.follower);
    let cases = rv32_cases().into_iter().chain(wide_cases());
    let compared: Vec<_> = cases.flat_map(kernels).collect();
    let all = [&rv32::ALL[..], &keccak::ALL, &sha2::ALL, &bigint::ALL].concat();
    assert_eq!(compared, all);
}
