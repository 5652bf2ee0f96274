//! Lookup tables of a VM whose traces are made on the device, from the counts of kernels and of host chips.

use std::sync::{
    atomic::{AtomicU32, Ordering::Relaxed},
    Arc,
};

use openvm_circuit::{
    arch::ChipInventory,
    primitives::{
        bitwise_op_lookup::SharedBitwiseOperationLookupChip,
        range_tuple::SharedRangeTupleCheckerChip, var_range::SharedVariableRangeCheckerChip, Chip,
    },
};
use openvm_metal_backend::{LookupCounts, LookupTable, Lookups, MetalBackend, MetalDevice};
use openvm_stark_backend::prover::AirProvingContext;

use super::{trace_kernels::ChipKernel, transport::Host};
use crate::SC;

/// The tables of one VM.
#[derive(Default)]
pub(super) struct VmLookups {
    tables: Vec<Arc<LookupChip>>,
}

/// A table with its counts on the host and on the device.
pub(super) struct LookupChip {
    host: HostTable,
    counts: LookupCounts,
    device: MetalDevice,
}

#[derive(Clone)]
enum HostTable {
    Range(SharedVariableRangeCheckerChip),
    Bitwise(SharedBitwiseOperationLookupChip<8>),
    Tuple(SharedRangeTupleCheckerChip<2>),
}

impl VmLookups {
    /// The tables of `chips`.
    pub(super) fn new<RA>(chips: &ChipInventory<SC, RA, Host>, device: &MetalDevice) -> Self {
        let range = chips.find_chip().cloned().map(HostTable::Range);
        let bitwise = chips.find_chip().cloned().map(HostTable::Bitwise);
        let tuples = chips.find_chip().cloned().map(HostTable::Tuple);
        let tables = range.chain(bitwise).chain(tuples).map(|host| {
            Arc::new(LookupChip {
                counts: device.lookup_counts(host.table()),
                host,
                device: device.clone(),
            })
        });
        Self {
            tables: tables.collect(),
        }
    }

    /// The table that `chip` is.
    pub(super) fn find(&self, chip: &dyn std::any::Any) -> Option<Arc<LookupChip>> {
        self.tables
            .iter()
            .find(|table| table.host.is(chip))
            .cloned()
    }

    /// The table of numbers of so many bits.
    pub(super) fn range(&self) -> Option<&Arc<LookupChip>> {
        let mut tables = self.tables.iter();
        tables.find(|table| matches!(table.host, HostTable::Range(_)))
    }

    /// The tables that a chip with a kernel looks up in, or none if the VM lacks one of those that kernels need.
    pub(super) fn of_chip(
        &self,
        chip: &dyn std::any::Any,
        kernel: &ChipKernel,
    ) -> Option<ChipLookups> {
        let find = |is_it: &dyn Fn(&HostTable) -> bool| {
            self.tables.iter().find(|table| is_it(&table.host)).cloned()
        };
        let tuple = match kernel.tuples(chip) {
            None => None,
            Some(of_chip) => Some(find(&|host| host.is(&of_chip))?),
        };
        Some(ChipLookups {
            range: self.range()?.clone(),
            bitwise: find(&|host| matches!(host, HostTable::Bitwise(_)))?,
            tuple,
        })
    }
}

/// The tables that a chip looks up in.
pub(super) struct ChipLookups {
    range: Arc<LookupChip>,
    bitwise: Arc<LookupChip>,
    tuple: Option<Arc<LookupChip>>,
}

impl ChipLookups {
    pub(super) fn counts(&self) -> Lookups<'_> {
        Lookups {
            range: Some(&self.range.counts),
            bitwise: Some(&self.bitwise.counts),
            tuple: self.tuple.as_ref().map(|table| &table.counts),
        }
    }
}

impl HostTable {
    fn table(&self) -> LookupTable {
        match self {
            Self::Range(chip) => LookupTable::Range {
                max_bits: chip.range_max_bits() as u32,
            },
            Self::Bitwise(_) => LookupTable::Bitwise,
            Self::Tuple(chip) => LookupTable::Tuple {
                sizes: *chip.sizes(),
            },
        }
    }

    /// Whether `chip` is this table's.
    fn is(&self, chip: &dyn std::any::Any) -> bool {
        fn is_same<C: 'static>(chip: &dyn std::any::Any, this: &Arc<C>) -> bool {
            let chip = chip.downcast_ref::<Arc<C>>();
            chip.is_some_and(|chip| Arc::ptr_eq(chip, this))
        }
        match self {
            Self::Range(this) => is_same(chip, this),
            Self::Bitwise(this) => is_same(chip, this),
            Self::Tuple(this) => is_same(chip, this),
        }
    }

    /// How often chips on the host have looked up, if they have; they start again from zero.
    fn take_counts(&self) -> Vec<u32> {
        fn take<'a>(counts: impl Iterator<Item = &'a AtomicU32>) -> Vec<u32> {
            let counts: Vec<u32> = counts.map(|count| count.swap(0, Relaxed)).collect();
            match counts.iter().all(|&count| count == 0) {
                true => vec![],
                false => counts,
            }
        }
        match self {
            Self::Range(chip) => take(chip.count.iter()),
            Self::Bitwise(chip) => take(chip.count_range.iter().chain(&chip.count_xor)),
            Self::Tuple(chip) => take(chip.count.iter().map(|count| &**count)),
        }
    }
}

impl LookupChip {
    pub(super) fn counts(&self) -> &LookupCounts {
        &self.counts
    }
}

impl<RA> Chip<RA, MetalBackend> for LookupChip {
    fn generate_proving_ctx(&self, _: RA) -> AirProvingContext<MetalBackend> {
        let host_counts = self.host.take_counts();
        let trace = self.device.trace_from_lookups(&self.counts, &host_counts);
        AirProvingContext::simple_no_pis(trace)
    }

    fn constant_trace_height(&self) -> Option<usize> {
        Some(self.host.table().height())
    }
}
