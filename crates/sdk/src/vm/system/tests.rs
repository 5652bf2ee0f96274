//! The system's traces beside upstream's, segment after segment, by kernels and by the host.

use std::collections::BTreeMap;

use openvm_circuit::{
    arch::{
        AddressSpaceHostLayout, ExecutionState, MatrixRecordArena, MemoryConfig, SystemConfig,
        VmBuilder, VmChipComplex, VmCircuitConfig, DEFAULT_BLOCK_SIZE,
    },
    primitives::Chip,
    system::{
        memory::{
            online::{GuestMemory, LinearMemory},
            AddressMap, TimestampedValues,
        },
        SystemChipComplex, SystemChipInventory, SystemCpuBuilder, SystemRecords, TouchedMemory,
    },
};
use openvm_metal_backend::{
    BabyBearPoseidon2MetalEngine, GpuOptions, MetalBackend, MetalDevice, MetalMatrix, Multiply,
};
use openvm_stark_backend::{
    p3_field::PrimeCharacteristicRing, p3_matrix::dense::RowMajorMatrix, prover::MatrixDimensions,
};
use openvm_stark_sdk::config::app_params_with_100_bits_security;
use rand::{rngs::StdRng, Rng, SeedableRng};

use super::{DeviceSystem, MetalSystem, SystemTraces};
use crate::{
    vm::{
        transport::{Host, HostEngine},
        ChipRecords, MetalVmBuilder, TraceKernels,
    },
    F, SC,
};

type Rows = MatrixRecordArena<F>;

/// Bits of a pointer: upstream hashes all that lies below the highest page.
const POINTER_BITS: usize = 16;

/// The least for timestamps; columns of the table are 256 KiB.
const RANGE_BITS: usize = 15;

/// Indices of chips that a system has.
const RANGE_TABLE: usize = 0;
const HASHER: usize = 1;

/// A VM without extensions, upstream's and ours.
struct Twin {
    upstream: VmChipComplex<SC, Rows, Host, SystemChipInventory<SC>>,
    ours: VmChipComplex<SC, ChipRecords<Rows>, MetalBackend, MetalSystem>,
    device: MetalDevice,
    memory: AddressMap,
    rng: StdRng,
}

fn config(max_constraint_degree: usize) -> SystemConfig {
    let mut memory = MemoryConfig {
        pointer_max_bits: POINTER_BITS,
        decomp: RANGE_BITS,
        ..MemoryConfig::default()
    };
    for (address_space, log_cells) in [(2, POINTER_BITS), (4, 10)] {
        memory.addr_spaces[address_space].num_cells = 1 << log_cells;
    }
    SystemConfig {
        max_constraint_degree,
        ..SystemConfig::default_from_memory(memory)
    }
}

impl Twin {
    fn new(kernels: TraceKernels, options: &GpuOptions, max_constraint_degree: usize) -> Self {
        let config = config(max_constraint_degree);
        let airs = || VmCircuitConfig::<SC>::create_airs(&config).unwrap();
        let device = MetalDevice::new(app_params_with_100_bits_security(19), options);
        let upstream =
            VmBuilder::<HostEngine>::create_chip_complex(&SystemCpuBuilder, &config, airs(), &());
        let builder = MetalVmBuilder {
            host: SystemCpuBuilder,
            kernels,
        };
        let ours = VmBuilder::<BabyBearPoseidon2MetalEngine>::create_chip_complex(
            &builder,
            &config,
            airs(),
            &device,
        );
        Self {
            upstream: upstream.unwrap(),
            ours: ours.unwrap(),
            device,
            memory: AddressMap::from_mem_config(&config.memory_config),
            rng: StdRng::seed_from_u64(11),
        }
    }

    /// Accesses some blocks, of which most are written to, with few values, so that there are equal chunks.
    fn touch(&mut self, blocks: &[(u32, u32)]) -> TouchedMemory<F> {
        let mut touched = BTreeMap::new();
        for &(address_space, block) in blocks {
            let cell_bytes = self.memory.config[address_space as usize].layout.size();
            let block_bytes = DEFAULT_BLOCK_SIZE * cell_bytes;
            let memory = self.memory.mem[address_space as usize].as_mut_slice();
            let bytes = &mut memory[block as usize * block_bytes..][..block_bytes];
            if self.rng.random_bool(0.8) {
                for cell in bytes.chunks_mut(cell_bytes) {
                    cell[0] = self.rng.random_range(0..4);
                }
            }
            let cell = |i: usize| {
                let value = F::from_u8(bytes[i * cell_bytes]);
                // The bits of an element in memory are it times 2^32.
                match cell_bytes {
                    1 => value,
                    _ => value.div_2exp_u64(32),
                }
            };
            let values = TimestampedValues {
                timestamp: self.rng.random_range(1..1 << 29),
                values: std::array::from_fn(cell),
            };
            touched.insert((address_space, block * DEFAULT_BLOCK_SIZE as u32), values);
        }
        touched.into_iter().collect()
    }

    /// Both sides have the same traces of a segment that accesses `blocks`, and the same of all that they ask for.
    fn compare(&mut self, what: &str, blocks: &[(u32, u32)], exit_code: Option<u32>) {
        let initial = self.memory.clone();
        let records = SystemRecords {
            from_state: ExecutionState::new(self.rng.random_range(0..1u32 << 30), 1u32),
            to_state: ExecutionState::new(4u32, self.rng.random_range(1..1u32 << 29)),
            exit_code,
            filtered_exec_frequencies: vec![],
            touched_memory: self.touch(blocks),
        };
        let upstream = &mut self.upstream.system;
        upstream.connector_chip.begin(records.from_state);
        upstream.connector_chip.end(records.to_state, exit_code);
        let mut expected = vec![Chip::<(), Host>::generate_proving_ctx(
            &upstream.connector_chip,
            (),
        )];
        let memory = &mut upstream.memory_controller;
        memory.interface_chip.initial_memory = initial.clone();
        expected.extend(memory.generate_proving_ctx::<SC>(records.touched_memory.clone()));

        let ours: &mut dyn SystemChipComplex<(), MetalBackend> = &mut self.ours.system;
        ours.transport_init_memory_to_device(&GuestMemory::new(initial));
        let found = ours.generate_proving_ctx(records, vec![]);
        for (trace, (found, expected)) in found[1..].iter().zip(&expected).enumerate() {
            let what = format!("{what}, trace {trace}");
            assert_eq!(found.public_values, expected.public_values, "{what}");
            let (found, expected) = (self.rows(&found.common_main), rows(&expected.common_main));
            assert_eq!(found.len(), expected.len(), "{what}");
            for (row, (found, expected)) in found.iter().zip(&expected).enumerate() {
                assert_eq!(found, expected, "{what}, row {row}");
            }
        }
        for chip in [RANGE_TABLE, HASHER] {
            let expected =
                self.upstream.inventory.chips()[chip].generate_proving_ctx(Rows::default());
            let records = ChipRecords::Host(Rows::default());
            let found = self.ours.inventory.chips()[chip].generate_proving_ctx(records);
            let mut found = self.rows(&found.common_main);
            let mut expected = rows(&expected.common_main);
            if chip == HASHER {
                // Upstream's order is that of a map.
                found.sort_unstable();
                expected.sort_unstable();
            }
            assert_eq!(found.len(), expected.len(), "{what}, chip {chip}");
            assert!(found == expected, "{what}, chip {chip}");
        }
    }

    fn rows(&self, trace: &MetalMatrix) -> Vec<Vec<F>> {
        let trace = self.device.download(trace).unwrap();
        let height = trace.values.len() / trace.width();
        let row = |row: usize| {
            trace.values[row..]
                .iter()
                .step_by(height)
                .copied()
                .collect()
        };
        (0..height).map(row).collect()
    }

    fn device_system(&mut self) -> &mut DeviceSystem {
        match &mut self.ours.system.traces {
            SystemTraces::Device(system) => system,
            SystemTraces::Host(_) => panic!("there are kernels"),
        }
    }

    /// Segments of all kinds, one after the other.
    fn compare_all(&mut self) {
        let last_block = (1 << POINTER_BITS) / DEFAULT_BLOCK_SIZE as u32 - 1;
        let segments: [(&str, &[(u32, u32)]); 8] = [
            ("no access", &[]),
            ("one block", &[(2, 700)]),
            ("both blocks of a chunk", &[(2, 700), (2, 701)]),
            ("neighbours", &[(2, 698), (2, 700), (2, 702), (2, 703)]),
            ("no access again", &[]),
            (
                "all address spaces",
                &[(1, 0), (1, 31), (2, 0), (3, 0), (3, 7), (4, 0), (4, 255)],
            ),
            (
                "ends of pages",
                &[(2, 1023), (2, 1024), (2, last_block - 1), (2, last_block)],
            ),
            ("other addresses", &[(1, 5), (2, 9000), (4, 17)]),
        ];
        for (index, (what, blocks)) in segments.into_iter().enumerate() {
            let exit_code = [None, Some(0), Some(3)][index % 3];
            self.compare(what, blocks, exit_code);
        }
        for n in [10, 300] {
            self.compare_random(n);
        }
    }

    /// A segment that accesses up to so many blocks.
    fn compare_random(&mut self, n: usize) {
        let n_blocks = (1 << POINTER_BITS) / DEFAULT_BLOCK_SIZE as u32;
        let blocks = (0..n).map(|_| (2, self.rng.random_range(0..n_blocks)));
        let blocks: Vec<_> = blocks.collect();
        self.compare(&format!("{n} blocks"), &blocks, None);
    }
}

fn rows(trace: &RowMajorMatrix<F>) -> Vec<Vec<F>> {
    trace
        .values
        .chunks(trace.width)
        .map(<[F]>::to_vec)
        .collect()
}

fn options() -> GpuOptions {
    GpuOptions::from_env().unwrap()
}

fn kernels_make_upstreams_traces(multiply: Multiply) {
    let options = GpuOptions {
        multiply: Some(multiply),
        ..options()
    };
    Twin::new(TraceKernels::rv32im(), &options, 3).compare_all();
}

#[test]
fn kernels_make_upstreams_traces_with_u64() {
    kernels_make_upstreams_traces(Multiply::U64);
}

#[test]
fn kernels_make_upstreams_traces_with_u32() {
    kernels_make_upstreams_traces(Multiply::U32);
}

#[test]
fn the_host_makes_upstreams_traces() {
    Twin::new(TraceKernels::none(), &options(), 3).compare_all();
}

/// Seventh powers without registers.
#[test]
fn traces_are_upstreams_with_constraints_of_a_high_degree() {
    Twin::new(TraceKernels::rv32im(), &options(), 7).compare_all();
}

/// Traces and tables in several blocks, records in several pieces.
#[test]
fn traces_are_upstreams_with_small_bindings() {
    let options = GpuOptions {
        max_binding_bytes: Some(256 << 10),
        ..options()
    };
    let mut twin = Twin::new(TraceKernels::rv32im(), &options, 3);
    for _ in 0..2 {
        twin.compare_random(8_000);
    }
}

/// The table begins anew when most of what it has is of no node any more, or when there is no room.
#[test]
fn traces_are_upstreams_when_the_tree_begins_anew() {
    let small = GpuOptions {
        // Room for 131,072 places.
        max_binding_bytes: Some(1 << 20),
        ..options()
    };
    for (options, most_idle_places) in [(options(), 1 << 15), (small, usize::MAX)] {
        let mut twin = Twin::new(TraceKernels::rv32im(), &options, 3);
        twin.device_system().most_idle_places = most_idle_places;
        let mut n_places = 0;
        let begins_anew = (0..20).any(|_| {
            twin.compare_random(8_000);
            let n_before = n_places;
            n_places = twin.device_system().n_places();
            n_places < n_before
        });
        assert!(begins_anew, "{n_places} places");
        twin.compare_random(100);
    }
}
