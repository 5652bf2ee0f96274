//! Trees and traces beside upstream's.

use std::{collections::BTreeMap, sync::Arc};

use openvm_circuit::{
    arch::{AddressSpaceHostLayout, SystemConfig, VmBuilder, VmCircuitConfig, DEFAULT_BLOCK_SIZE},
    primitives::Chip,
    system::{
        memory::{online::LinearMemory, AddressMap, TimestampedValues, CHUNK},
        poseidon2::Poseidon2PeripheryChip,
        SystemCpuBuilder, TouchedMemory,
    },
};
use openvm_stark_backend::p3_field::PrimeCharacteristicRing;
use rand::{rngs::StdRng, Rng, SeedableRng};

use super::{cells::chunk, tree::MemoryTree};
use crate::{
    vm::transport::{Host, HostEngine},
    F, SC,
};

/// Rows of a trace, in order of their contents.
fn sorted_rows(values: &[F], width: usize) -> Vec<Vec<F>> {
    let mut rows: Vec<_> = values.chunks(width).map(<[F]>::to_vec).collect();
    rows.sort();
    rows
}

/// Writes to some cells near `addresses`, and touches those blocks and a few that stay as they are.
fn touch(rng: &mut StdRng, memory: &mut AddressMap, addresses: &[(u32, u32)]) -> TouchedMemory<F> {
    let mut touched = BTreeMap::new();
    for &(address_space, near) in addresses {
        for _ in 0..rng.random_range(1..20) {
            let config = memory.config[address_space as usize];
            let n_blocks = config.num_cells / DEFAULT_BLOCK_SIZE;
            let block = (near as usize + rng.random_range(0..30)).min(n_blocks - 1);
            let start = block * DEFAULT_BLOCK_SIZE * config.layout.size();
            let bytes = &mut memory.mem[address_space as usize].as_mut_slice()[start..];
            if config.layout.size() == 1 && rng.random_bool(0.8) {
                rng.fill(&mut bytes[..DEFAULT_BLOCK_SIZE]);
            }
            let pointer = (block * DEFAULT_BLOCK_SIZE) as u32;
            touched.insert((address_space, pointer), rng.random_range(1..1 << 29));
        }
    }
    let value = |((address_space, pointer), timestamp): ((u32, u32), u32)| {
        let label = pointer as usize / CHUNK;
        let values = chunk(memory, address_space as usize, label);
        let first = pointer as usize % CHUNK;
        let values = std::array::from_fn(|i| values[first + i]);
        (
            (address_space, pointer),
            TimestampedValues { timestamp, values },
        )
    };
    touched.into_iter().map(value).collect()
}

#[test]
fn traces_are_upstreams_segment_after_segment() {
    let config = SystemConfig::default();
    let airs = config.create_airs().unwrap();
    let builder = SystemCpuBuilder;
    let upstream = VmBuilder::<HostEngine>::create_chip_complex(&builder, &config, airs, &());
    let mut upstream = upstream.unwrap();
    let hasher = upstream
        .inventory
        .find_chip::<Arc<Poseidon2PeripheryChip<F>>>();
    let theirs = hasher.into_iter().next().unwrap().clone();
    let ours = Arc::new(Poseidon2PeripheryChip::new(
        openvm_circuit::arch::vm_poseidon2_config(),
        config.max_constraint_degree,
    ));

    let mut rng = StdRng::seed_from_u64(11);
    let mut memory: AddressMap = AddressMap::from_mem_config(&config.memory_config);
    let mut tree = MemoryTree::new(&config.memory_config, ours.clone());
    // Registers, low and public memory; pages a little apart, which share nodes; and nothing at all.
    let segments: [&[(u32, u32)]; 5] = [
        &[(1, 0), (2, 0), (2, 1020), (3, 0)],
        &[(1, 0), (2, 1020), (2, 5000)],
        &[(2, 70_000), (2, 90_000)],
        &[],
        &[(1, 0), (2, 0), (2, 100_000)],
    ];
    for (segment, addresses) in segments.into_iter().enumerate() {
        tree.advance_to(&memory);
        let controller = &mut upstream.system.memory_controller;
        controller.interface_chip.initial_memory = memory.clone();

        let touched = touch(&mut rng, &mut memory, addresses);
        let expected = controller.generate_proving_ctx::<SC>(touched.clone());
        let traces = tree.traces(&touched, [0; 2]);
        let actual = [&traces.boundary, &traces.merkle];
        for (actual, expected) in actual.into_iter().zip(&expected) {
            assert!(*actual == expected.common_main, "segment {segment}");
        }
        assert_eq!(traces.public_values, expected[1].public_values);

        let hashes = |chip: &Poseidon2PeripheryChip<F>| {
            let ctx = Chip::<(), Host>::generate_proving_ctx(chip, ());
            sorted_rows(&ctx.common_main.values, ctx.common_main.width)
        };
        assert!(
            hashes(&ours) == hashes(&theirs),
            "hashes of segment {segment}"
        );
    }
}

#[test]
fn cells_are_upstreams_in_every_layout() {
    let mut rng = StdRng::seed_from_u64(12);
    let config = SystemConfig::default();
    let mut memory: AddressMap = AddressMap::from_mem_config(&config.memory_config);
    for address_space in 1..memory.mem.len() {
        let layout = memory.config[address_space].layout;
        let n_chunks = (memory.config[address_space].num_cells / CHUNK).min(10);
        let bytes =
            &mut memory.mem[address_space].as_mut_slice()[..n_chunks * CHUNK * layout.size()];
        for word in bytes.chunks_mut(4) {
            let value: u32 = rng.random_range(0..0x7800_0001);
            word.copy_from_slice(&value.to_le_bytes()[..word.len()]);
        }
        for label in 0..n_chunks {
            let expected: [F; CHUNK] = std::array::from_fn(|i| {
                let start = (label * CHUNK + i) * layout.size();
                let cell = &memory.mem[address_space].as_slice()[start..start + layout.size()];
                match layout.size() {
                    1 => F::from_u8(cell[0]),
                    _ => {
                        let word = u32::from_le_bytes(cell.try_into().unwrap());
                        let bits =
                            serde::de::value::U32Deserializer::<serde::de::value::Error>::new;
                        <F as serde::Deserialize>::deserialize(bits(word)).unwrap()
                    }
                }
            });
            assert_eq!(chunk(&memory, address_space, label), expected);
        }
    }
}
