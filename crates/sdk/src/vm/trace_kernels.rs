//! Which chips' traces are made on the device, and by which kernels.

use std::{
    any::{Any, TypeId},
    borrow::Cow,
    fmt,
    sync::Arc,
};

use openvm_circuit::{
    primitives::range_tuple::SharedRangeTupleCheckerChip, system::phantom::PhantomChip,
};
use openvm_metal_backend::{fields::is_equal_kernel, rv32, TraceKernel};
use openvm_rv32im_circuit::{
    Rv32AuipcChip, Rv32BaseAluChip, Rv32BranchEqualChip, Rv32BranchLessThanChip, Rv32DivRemChip,
    Rv32HintStoreChip, Rv32JalLuiChip, Rv32JalrChip, Rv32LessThanChip, Rv32LoadSignExtendChip,
    Rv32LoadStoreChip, Rv32MulHChip, Rv32MultiplicationChip, Rv32ShiftChip,
};

use super::{
    fields::{self, FieldChip, IsEqualChip},
    hint_store,
};
use crate::F;

/// Kernels by the types of the chips whose traces they make.
///
/// A chip that has none makes its trace on the host, as its builder says; both kinds mix in a segment. Wherever there
/// are kernels, the system's traces are made by kernels, too. The default is [`TraceKernels::standard`].
#[derive(Clone)]
pub struct TraceKernels {
    by_chip: Vec<(TypeId, ChipKernel)>,
}

/// How a chip's trace is made.
#[derive(Clone)]
pub(super) struct ChipKernel {
    pub(super) kernel: TraceKernel,
    /// That of one chip of several of the type, where they have tables of their own.
    of_chip: Option<ChipTable>,
    /// The kernel's records from what execution leaves.
    pub(super) records: fn(&[u32]) -> Cow<'_, [u32]>,
    /// Whether the kernel takes them as execution leaves them.
    pub(super) is_sized: bool,
    /// The kernel of the chip that was inserted before, if its trace is made from the same records.
    pub(super) follower: Option<Follower>,
    tuples: TupleTable,
}

/// How the trace of a chip is made whose records are another one's.
#[derive(Clone)]
pub(super) struct Follower {
    /// The chip's AIR begins with this name: upstream's chip for permutations cannot be named.
    pub(super) air: &'static str,
    pub(super) kernel: TraceKernel,
    /// The kernel's records from what execution leaves for the other chip.
    pub(super) records: fn(&[u32]) -> Cow<'_, [u32]>,
}

/// Gives the kernel a chip's table, if it has one that the kernel can take.
type ChipTable = Arc<dyn Fn(&dyn Any) -> Option<TraceKernel> + Send + Sync>;

/// Finds a chip's table of pairs.
type TupleTable = Arc<dyn Fn(&dyn Any) -> Option<SharedRangeTupleCheckerChip<2>> + Send + Sync>;

impl TraceKernels {
    /// No kernels: every chip makes its trace on the host, and the system.
    pub fn none() -> Self {
        Self { by_chip: vec![] }
    }

    /// Those for RV32IM, and for phantom instructions.
    pub fn rv32im() -> Self {
        Self::none()
            .with::<Rv32BaseAluChip<F>>(rv32::BASE_ALU)
            .with::<Rv32LessThanChip<F>>(rv32::LESS_THAN)
            .with::<Rv32ShiftChip<F>>(rv32::SHIFT)
            .with::<Rv32BranchEqualChip<F>>(rv32::BRANCH_EQUAL)
            .with::<Rv32BranchLessThanChip<F>>(rv32::BRANCH_LESS_THAN)
            .with::<Rv32JalLuiChip<F>>(rv32::JAL_LUI)
            .with::<Rv32JalrChip<F>>(rv32::JALR)
            .with::<Rv32AuipcChip<F>>(rv32::AUIPC)
            .with::<Rv32LoadStoreChip<F>>(rv32::LOAD_STORE)
            .with::<Rv32LoadSignExtendChip<F>>(rv32::LOAD_SIGN_EXTEND)
            .with_tuples(rv32::MULTIPLICATION, |chip: &Rv32MultiplicationChip<F>| {
                chip.inner.range_tuple_chip.clone()
            })
            .with_tuples(rv32::MULTIPLICATION_HIGH, |chip: &Rv32MulHChip<F>| {
                chip.inner.range_tuple_chip.clone()
            })
            .with_tuples(rv32::DIVIDE_REMAINDER, |chip: &Rv32DivRemChip<F>| {
                chip.inner.range_tuple_chip.clone()
            })
            .with::<PhantomChip<F>>(rv32::PHANTOM)
            .with_chip::<Rv32HintStoreChip<F>>(ChipKernel {
                records: |words| Cow::Owned(hint_store::records(words)),
                is_sized: false,
                ..ChipKernel::new(rv32::HINT_STORE)
            })
    }

    /// Also those for arithmetic in prime fields, their extensions of degree two, and on elliptic curves, of up to 384 bits.
    pub fn with_fields(self) -> Self {
        self.with_expressions::<2, 8>()
            .with_expressions::<2, 12>()
            .with_expressions::<2, 16>()
            .with_expressions::<2, 24>()
            .with_expressions::<1, 16>()
            .with_expressions::<1, 24>()
            .with_is_equal::<8, 32>()
            .with_is_equal::<12, 48>()
    }

    fn with_expressions<const READS: usize, const BLOCKS: usize>(self) -> Self {
        let Some(shape) = fields::shape(READS, BLOCKS) else {
            return self;
        };
        self.with_tables(shape.kernel(), |chip: &FieldChip<READS, BLOCKS>| {
            fields::expression_kernel(chip)
        })
    }

    fn with_is_equal<const BLOCKS: usize, const BYTES: usize>(self) -> Self {
        let kernel = is_equal_kernel(BYTES / size_of::<u32>());
        self.with_tables(kernel, |chip: &IsEqualChip<BLOCKS, BYTES>| {
            Some(fields::is_equal_kernel(chip))
        })
    }

    /// Also `kernel` for chips of type `C`, which get it from `of_chip` with their tables.
    fn with_tables<C: 'static>(
        self,
        kernel: TraceKernel,
        of_chip: impl Fn(&C) -> Option<TraceKernel> + Send + Sync + 'static,
    ) -> Self {
        let of_chip = move |chip: &dyn Any| chip.downcast_ref().and_then(&of_chip);
        self.with_chip::<C>(ChipKernel {
            of_chip: Some(Arc::new(of_chip)),
            ..ChipKernel::new(kernel)
        })
    }

    /// Also `kernel` for chips of type `C`, whose records it takes as execution leaves them; instead of another that
    /// there was for them. [`TraceKernel::from_wgsl`] makes kernels for chips of one's own.
    pub fn with<C: 'static>(self, kernel: TraceKernel) -> Self {
        self.with_chip::<C>(ChipKernel::new(kernel))
    }

    /// The same for a chip that looks pairs up in the table that `tuples` finds.
    pub fn with_tuples<C: 'static>(
        self,
        kernel: TraceKernel,
        tuples: impl Fn(&C) -> SharedRangeTupleCheckerChip<2> + Send + Sync + 'static,
    ) -> Self {
        self.with_chip::<C>(ChipKernel {
            tuples: Arc::new(move |chip| chip.downcast_ref().map(&tuples)),
            ..ChipKernel::new(kernel)
        })
    }

    /// The same for two chips: one of type `C`, and the one that was inserted before it.
    pub(super) fn with_follower<C: 'static>(self, kernel: TraceKernel, follower: Follower) -> Self {
        self.with_chip::<C>(ChipKernel {
            follower: Some(follower),
            ..ChipKernel::new(kernel)
        })
    }

    fn with_chip<C: 'static>(mut self, chip: ChipKernel) -> Self {
        let type_id = TypeId::of::<C>();
        self.by_chip.retain(|(known, _)| *known != type_id);
        self.by_chip.push((type_id, chip));
        self
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_chip.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = TraceKernel> + '_ {
        let of_follower = |chip: &ChipKernel| chip.follower.as_ref().map(|it| it.kernel.clone());
        let chips = self.by_chip.iter().map(|(_, chip)| chip);
        chips.flat_map(move |chip| [chip.kernel.clone()].into_iter().chain(of_follower(chip)))
    }

    /// The kernel for a chip, with its table.
    pub(super) fn find(&self, chip: &dyn Any) -> Option<ChipKernel> {
        let is_it = |(type_id, _): &&(TypeId, ChipKernel)| *type_id == chip.type_id();
        let (_, found) = self.by_chip.iter().find(is_it)?;
        let kernel = match &found.of_chip {
            Some(of_chip) => of_chip(chip)?,
            None => found.kernel.clone(),
        };
        Some(ChipKernel {
            kernel,
            ..found.clone()
        })
    }
}

impl ChipKernel {
    fn new(kernel: TraceKernel) -> Self {
        Self {
            kernel,
            of_chip: None,
            records: |words| Cow::Borrowed(words),
            is_sized: true,
            follower: None,
            tuples: Arc::new(|_| None),
        }
    }

    /// The table of pairs that `chip` looks up in, if it does.
    pub(super) fn tuples(&self, chip: &dyn Any) -> Option<SharedRangeTupleCheckerChip<2>> {
        (self.tuples)(chip)
    }
}

impl Default for TraceKernels {
    fn default() -> Self {
        Self::standard()
    }
}

impl fmt::Debug for TraceKernels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
