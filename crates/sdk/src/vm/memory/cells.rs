//! Bytes of the guest's memory as field elements.

use openvm_circuit::{
    arch::{AddressSpaceHostLayout, MemoryCellType},
    system::memory::{online::LinearMemory, AddressMap, CHUNK},
};
use openvm_stark_backend::p3_field::PrimeCharacteristicRing;

use crate::F;

/// A leaf of the tree.
pub(in crate::vm) type Chunk = [F; CHUNK];

/// Chunk number `label` of an address space. What lies beyond its end is zero.
pub(super) fn chunk(memory: &AddressMap, address_space: usize, label: usize) -> Chunk {
    let layout = memory.config[address_space].layout;
    let size = layout.size();
    let start = label * CHUNK * size;
    let bytes = memory.mem[address_space].as_slice();
    let bytes = bytes.get(start..).unwrap_or(&[]);
    let mut cells = bytes.chunks_exact(size).map(|cell| to_field(layout, cell));
    std::array::from_fn(|_| cells.next().unwrap_or(F::ZERO))
}

/// Upstream's `AddressSpaceHostLayout::to_field`.
fn to_field(layout: MemoryCellType, cell: &[u8]) -> F {
    let mut word = [0; size_of::<u32>()];
    for (to, from) in word.iter_mut().zip(cell) {
        *to = *from;
    }
    let word = F::from_u32(u32::from_le_bytes(word));
    match layout {
        // The bits that Plonky3 keeps: times 2^32.
        MemoryCellType::F { .. } => word.div_2exp_u64(u64::from(u32::BITS)),
        _ => word,
    }
}
