//! Digests to their parents and ancestors.

use openvm_stark_sdk::config::baby_bear_poseidon2::{Digest, F};

use crate::{
    gpu::{word, Buffer, Gpu, GpuError, Kernel, Recorder, View},
    kernels::{
        merkle::{
            CompressPairs, CompressPairsBindings, CompressPairsParams, CompressSubtrees,
            CompressSubtreesBindings, CompressSubtreesParams, MAX_SUBTREE_LEVELS,
        },
        poseidon2,
    },
};

/// A level of so many parents, and all above it, are made by sixteen threads a parent.
///
/// A level by one thread a parent takes at least what one permutation takes in one thread, 10 µs on an
/// H100; by sixteen it takes 2.7 µs, but some six times the arithmetic, which for 2^13 parents is
/// about 8 µs there. On a GPU with a fraction of its units that is more than one thread needs.
const MAX_PARENTS_BY_LANES: usize = 1 << 13;
/// The same on a software adapter, where nothing waits for a single thread, and a barrier takes longer
/// than a permutation.
const MAX_PARENTS_BY_SOFTWARE_LANES: usize = 1 << 5;

/// Subtrees that are compressed together.
#[derive(Clone, Copy, Debug)]
pub struct Subtrees {
    /// How many, a power of two.
    pub n_subtrees: usize,
    /// Levels of parents that each has.
    pub n_levels: usize,
    /// Distance between the digests of one, a power of two.
    pub stride: usize,
}

/// The kernels that compress digests.
pub struct Compression {
    pairs: Kernel<CompressPairs>,
    subtrees: Kernel<CompressSubtrees>,
    constants: Buffer<F>,
    lanes_constants: Buffer<F>,
    /// What stands in for levels that are not kept.
    no_digests: Vec<Buffer<Digest>>,
    max_parents_by_lanes: usize,
}

impl Compression {
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        let no_digests = (1..MAX_SUBTREE_LEVELS).map(|_| gpu.alloc(1, "no digests"));
        Ok(Self {
            pairs: Kernel::new(gpu)?,
            subtrees: Kernel::new(gpu)?,
            constants: poseidon2::constants(gpu)?,
            lanes_constants: poseidon2::lanes_constants(gpu)?,
            no_digests: no_digests.collect::<Result<_, _>>()?,
            max_parents_by_lanes: match gpu.adapter().is_software {
                true => MAX_PARENTS_BY_SOFTWARE_LANES,
                false => MAX_PARENTS_BY_LANES,
            },
        })
    }

    /// Levels between `n_digests` and `n_roots` of their ancestors, both powers of two, that
    /// [`Self::subtrees`] makes at once; `None` where [`Self::pairs`] takes less for the next level.
    pub fn levels_by_lanes(&self, n_digests: usize, n_roots: usize) -> Option<usize> {
        let n_levels = n_digests.ilog2() - n_roots.ilog2();
        let are_few = n_digests / 2 <= self.max_parents_by_lanes;
        are_few.then_some(MAX_SUBTREE_LEVELS.min(n_levels as usize))
    }

    /// Makes `n_parents` digests, each of two children `stride`, a power of two, apart.
    pub fn pairs(
        &self,
        recorder: &mut Recorder<'_>,
        children: &View<Digest>,
        parents: &View<Digest>,
        n_parents: usize,
        stride: usize,
    ) {
        let bindings = CompressPairsBindings {
            poseidon2_constants: &self.constants,
            children: &children.buffer,
            parents: &parents.buffer,
        };
        let params = CompressPairsParams {
            n_parents: word(n_parents),
            log_stride: stride.ilog2(),
            child_offset: word(children.start),
            parent_offset: word(parents.start),
        };
        self.pairs.record(recorder, bindings, params);
    }

    /// Makes all levels of `subtrees` over the digests of `children`, and keeps the last ones: each in a
    /// buffer of `kept`, from digest `first_parent` on.
    pub fn subtrees(
        &self,
        recorder: &mut Recorder<'_>,
        subtrees: Subtrees,
        children: &Buffer<Digest>,
        kept: &[&Buffer<Digest>],
        first_parent: usize,
    ) {
        let first_kept = subtrees.n_levels - kept.len();
        let mut levels: Vec<&Buffer<Digest>> = self.no_digests.iter().collect();
        levels.splice(first_kept..first_kept, kept.iter().copied());
        let bindings = CompressSubtreesBindings {
            lanes_constants: &self.lanes_constants,
            children,
            level_0: levels[0],
            level_1: levels[1],
            level_2: levels[2],
            level_3: levels[3],
            level_4: levels[4],
        };
        let params = CompressSubtreesParams {
            n_subtrees: word(subtrees.n_subtrees),
            n_levels: word(subtrees.n_levels),
            log_stride: subtrees.stride.ilog2(),
            first_kept: word(first_kept),
            first_parent: word(first_parent),
        };
        self.subtrees.record(recorder, bindings, params);
    }
}
