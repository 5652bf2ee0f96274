//! Cells beside upstream's.

use openvm_circuit::{
    arch::{AddressSpaceHostLayout, SystemConfig},
    system::memory::{online::LinearMemory, AddressMap, CHUNK},
};
use openvm_stark_backend::p3_field::PrimeCharacteristicRing;
use rand::{rngs::StdRng, Rng, SeedableRng};

use super::cells::chunk;
use crate::F;

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
