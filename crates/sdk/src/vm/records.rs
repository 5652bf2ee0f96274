//! What preflight execution leaves for a chip: rows of its trace for the host, or packed records for the device.

use std::mem;

use openvm_circuit::arch::{
    AdapterCoreLayout, Arena, CustomBorrow, MultiRowLayout, RecordArena, SizedRecord,
};
use openvm_metal_backend::TraceKernel;

/// Records of one chip.
///
/// A builder's VM has one type of arenas, so this is either of two: `H`, which the builder's chips make their traces
/// from, or [`PackedRecords`], which kernels do.
pub enum ChipRecords<H> {
    /// For a chip that makes its trace on the host.
    Host(H),
    /// For a chip that has a kernel.
    Packed(PackedRecords),
}

/// Where the trace of an AIR is made, and from what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TraceSource {
    /// On the host.
    Host,
    /// On the device, from records.
    Records(RecordSource),
    /// On the device, by this kernel, from what another chip hands on.
    Handoff(TraceKernel),
    /// On the device, from counts of lookups.
    Lookups,
    /// On the device, from what the system leaves.
    System,
}

/// What a trace is made from on the device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RecordSource {
    /// What makes it.
    pub(crate) kernel: TraceKernel,
    /// Whether execution leaves the records that the kernel takes, or others, which are no larger.
    pub(crate) is_sized: bool,
}

impl TraceSource {
    /// What makes the trace from records, if that is done on the device.
    pub(crate) fn kernel(&self) -> Option<&TraceKernel> {
        match self {
            Self::Records(source) => Some(&source.kernel),
            Self::Handoff(kernel) => Some(kernel),
            Self::Host | Self::Lookups | Self::System => None,
        }
    }

    /// An arena for the records of a trace with up to so many rows.
    pub(crate) fn arena<H: Arena>(&self, height: usize, width: usize) -> ChipRecords<H> {
        match self {
            Self::Host => ChipRecords::Host(H::with_capacity(height, width)),
            Self::Records(source) => {
                let n_words = source.kernel.record_words();
                ChipRecords::Packed(PackedRecords {
                    record_words: source.is_sized.then_some(n_words),
                    ..PackedRecords::with_capacity(height * n_words)
                })
            }
            Self::Handoff(_) | Self::Lookups | Self::System => {
                ChipRecords::Packed(PackedRecords::default())
            }
        }
    }
}

impl<H: Arena> Arena for ChipRecords<H> {
    /// For the host: whoever asks for no other place has right traces in any case.
    fn with_capacity(height: usize, width: usize) -> Self {
        Self::Host(H::with_capacity(height, width))
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Host(records) => records.is_empty(),
            Self::Packed(records) => records.words().is_empty(),
        }
    }
}

impl<'a, H, L, R> RecordArena<'a, L, R> for ChipRecords<H>
where
    H: RecordArena<'a, L, R>,
    PackedRecords: RecordArena<'a, L, R>,
{
    fn alloc(&'a mut self, layout: L) -> R {
        match self {
            Self::Host(records) => records.alloc(layout),
            Self::Packed(records) => records.alloc(layout),
        }
    }
}

/// Records one after the other, each in whole words: the layout of upstream's `DenseRecordArena`, which checks its
/// capacity in debug builds only, where this one grows.
#[derive(Debug, Default)]
pub struct PackedRecords {
    /// Zero behind the records.
    words: Vec<u32>,
    n_words: usize,
    /// Words of each record, where that is known.
    record_words: Option<usize>,
    /// Words of the first record that has another number of them.
    other_size: Option<usize>,
}

impl PackedRecords {
    /// Room for so many words.
    pub fn with_capacity(n_words: usize) -> Self {
        Self {
            words: vec![0; n_words],
            ..Self::default()
        }
    }

    /// The records.
    pub fn words(&self) -> &[u32] {
        &self.words[..self.n_words]
    }

    /// Words of the first record that does not have as many as its kernel takes, if there is one.
    pub(crate) fn other_size(&self) -> Option<usize> {
        self.other_size
    }

    /// Room for a record of so many bytes.
    fn alloc_bytes(&mut self, n_bytes: usize) -> &mut [u8] {
        let start = self.n_words;
        let n_words = n_bytes.div_ceil(mem::size_of::<u32>());
        if self
            .record_words
            .is_some_and(|expected| expected != n_words)
        {
            self.other_size.get_or_insert(n_words);
        }
        self.n_words += n_words;
        if self.n_words > self.words.len() {
            self.words.resize(2 * self.n_words, 0);
        }
        bytemuck::cast_slice_mut(&mut self.words[start..self.n_words])
    }
}

impl<'a, M, R> RecordArena<'a, MultiRowLayout<M>, R> for PackedRecords
where
    [u8]: CustomBorrow<'a, R, MultiRowLayout<M>>,
    R: SizedRecord<MultiRowLayout<M>>,
{
    fn alloc(&'a mut self, layout: MultiRowLayout<M>) -> R {
        self.alloc_bytes(R::size(&layout)).custom_borrow(layout)
    }
}

impl<'a, A, C, M: Clone> RecordArena<'a, AdapterCoreLayout<M>, (A, C)> for PackedRecords
where
    [u8]: CustomBorrow<'a, A, AdapterCoreLayout<M>> + CustomBorrow<'a, C, AdapterCoreLayout<M>>,
    A: SizedRecord<AdapterCoreLayout<M>>,
    C: SizedRecord<AdapterCoreLayout<M>>,
{
    fn alloc(&'a mut self, layout: AdapterCoreLayout<M>) -> (A, C) {
        let core_start = A::size(&layout).next_multiple_of(C::alignment(&layout));
        let bytes = self.alloc_bytes(core_start + C::size(&layout));
        let (adapter, core) = bytes.split_at_mut(core_start);
        (
            adapter.custom_borrow(layout.clone()),
            core.custom_borrow(layout),
        )
    }
}
