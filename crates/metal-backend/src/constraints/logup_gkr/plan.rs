//! How a fractional sumcheck is cut into dispatches; depends on sizes only.

use std::ops::Range;

use super::fractions::log_max_block;
use crate::{gpu::word, kernels::gkr::WORKGROUP_SIZE};

/// The largest level of the tree that one workgroup handles. A workgroup has then one point a thread,
/// or two, in the largest round that it folds for.
const MAX_TOP_LEVEL: u32 = 11;

/// The least top level of a tree that has larger levels: the last pass of a layer leaves values of the top
/// level or the one below it, of three or four variables more than its tail has.
const MIN_TOP_LEVEL: u32 = 4;

/// Levels of the tree that a dispatch makes.
pub(super) const LEVELS: u32 = 3;

/// Workgroups that sum a pass, all blocks together: enough to fill the largest GPUs, few enough for
/// one workgroup to add up what they leave.
const MAX_GROUPS: u32 = 512;

/// The dispatches of a fractional sumcheck.
///
/// Level `l` of the tree has `2^l` fractions; the input is level `log_len`. Layer `n` claims the
/// values of level `n + 1` by a sumcheck over `n` variables (upstream's `round`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GkrPlan {
    /// Logarithm of the number of fractions, at least 1.
    pub log_len: u32,
    /// The largest level that lies in the tail kernel's buffers.
    pub top_level: u32,
    /// Logarithm of the largest number of fractions in a block.
    pub log_block: u32,
}

/// Two rounds of a large layer that are summed together, by many workgroups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pass {
    /// Number of variables of the layer.
    pub n: u32,
    /// Number of variables that are left, with those of both rounds.
    pub m: u32,
    /// Bits of a point's number that select from the lower table of eq.
    pub k_low: u32,
    /// Bits that select from the upper one.
    pub k_high: u32,
}

impl Pass {
    /// Whether it is its layer's first.
    pub fn is_first(self) -> bool {
        self.m == self.n
    }

    /// The level that it reads: a layer's first pass the layer, the others what the pass before has summed.
    pub fn source_level(self) -> u32 {
        match self.is_first() {
            true => self.n + 1,
            false => self.m + 3,
        }
    }
}

impl GkrPlan {
    /// The plan for `2^log_len` fractions, `log_len` at least 1.
    pub fn new(log_len: u32, max_binding_bytes: u64) -> Self {
        let log_block = log_max_block(max_binding_bytes);
        // The levels of the tail lie in one binding.
        let max_top = MAX_TOP_LEVEL.min(log_block - 1);
        // Those above it are made three at a time.
        let top_level = match log_len.checked_sub(max_top) {
            None | Some(0) => log_len,
            Some(above) => max_top - (LEVELS - 1 - (above + LEVELS - 1) % LEVELS),
        };
        debug_assert!(top_level == log_len || top_level >= MIN_TOP_LEVEL);
        Self {
            log_len,
            top_level,
            log_block,
        }
    }

    /// The levels that a dispatch for each block makes the three below of.
    pub fn large_levels(&self) -> impl Iterator<Item = u32> {
        (self.top_level + LEVELS..=self.log_len)
            .rev()
            .step_by(LEVELS as usize)
    }

    /// The layers whose first rounds are large; those below are one dispatch together.
    pub fn large_layers(&self) -> Range<u32> {
        self.top_level..self.log_len
    }

    /// The passes over a large layer.
    pub fn passes(&self, n: u32) -> impl Iterator<Item = Pass> {
        let high = self.high_vars(n);
        let pass = move |m: u32| Pass {
            n,
            m,
            k_low: (m - 2).saturating_sub(high),
            k_high: (m - 2).min(high),
        };
        (self.tail_vars(n) + 2..=n).rev().step_by(2).map(pass)
    }

    /// Variables of the large layer `n` that are left for its tail. The last pass leaves values of two
    /// variables more, which lie in the tail's buffers.
    pub fn tail_vars(&self, n: u32) -> u32 {
        let most = self.top_level - 3;
        most - (n - most) % 2
    }

    /// The variables of layer `n >= 1` in the upper table of eq, which are its last ones: all that
    /// the tail needs, and otherwise half of all but the first. `tail.wgsl` has the same formula.
    fn high_vars(&self, n: u32) -> u32 {
        let in_tail = self.top_level.saturating_sub(2);
        (n - 1).min(in_tail).max(n / 2)
    }

    /// Where the upper table of eq starts.
    pub fn high_start(&self) -> u32 {
        let low_vars = |n| n - 1 - self.high_vars(n);
        2 << (1..self.log_len).map(low_vars).max().unwrap_or(0)
    }

    /// Number of elements of both tables.
    pub fn eq_len(&self) -> usize {
        let high_vars = (1..self.log_len).map(|n| self.high_vars(n)).max();
        self.high_start() as usize + (2 << high_vars.unwrap_or(0))
    }

    /// Number of blocks of a level above the top level.
    pub fn n_blocks(&self, level: u32) -> u32 {
        1 << level.saturating_sub(self.log_block)
    }

    /// Number of fractions in each.
    pub fn block_len(&self, level: u32) -> u32 {
        1 << level.min(self.log_block)
    }

    /// Points in each block of a pass, and the workgroups that sum a block.
    pub fn block_groups(&self, pass: Pass) -> (u32, u32) {
        let source = pass.source_level();
        let n_points = self.block_len(source) / if pass.is_first() { 8 } else { 32 };
        let max_groups = (MAX_GROUPS / self.n_blocks(source)).max(1);
        (n_points, n_points.div_ceil(WORKGROUP_SIZE).min(max_groups))
    }

    /// The largest number of workgroups that sum a pass, all blocks together.
    pub fn max_groups(&self) -> usize {
        let n_groups = |pass: Pass| self.block_groups(pass).1 * self.n_blocks(pass.source_level());
        let passes = self.large_layers().flat_map(|n| self.passes(n));
        passes.map(n_groups).max().unwrap_or(1) as usize
    }

    /// Number of dispatches.
    pub fn n_dispatches(&self) -> usize {
        let tree = self.large_levels().map(|level| self.n_blocks(level));
        let passes = self.large_layers().flat_map(|n| self.passes(n));
        let passes = passes.map(|pass| self.n_blocks(pass.source_level()) + 1);
        let tails = 1 + word(self.large_layers().len());
        (tree.sum::<u32>() + passes.sum::<u32>() + tails) as usize
    }
}

#[cfg(test)]
mod tests {
    use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

    use super::{super::MAX_LOG_LEN, *};

    const BINDING: u64 = 1 << 31;

    #[test]
    fn dispatches_are_few() {
        let n_dispatches = |log_len| GkrPlan::new(log_len, BINDING).n_dispatches();
        assert_eq!([1, 8, 11].map(n_dispatches), [1, 1, 1]);
        assert_eq!(
            [12, 16, 20, 22, 24].map(n_dispatches),
            [19, 45, 81, 125, 179]
        );
    }

    #[test]
    fn the_tree_is_made_three_levels_at_a_time() {
        for log_len in 12..=MAX_LOG_LEN {
            let plan = GkrPlan::new(log_len, BINDING);
            assert!((9..=11).contains(&plan.top_level));
            let made = plan.large_levels().flat_map(|level| level - LEVELS..level);
            let mut made: Vec<_> = made.collect();
            made.sort_unstable();
            assert_eq!(made, (plan.top_level..log_len).collect::<Vec<_>>());
        }
    }

    #[test]
    fn passes_end_within_the_top_level() {
        let plan = GkrPlan::new(14, BINDING);
        assert_eq!(plan.large_layers(), 11..14);
        let rounds = |n| plan.passes(n).map(|pass| pass.m).collect::<Vec<_>>();
        assert_eq!((rounds(13), plan.tail_vars(13)), (vec![13, 11, 9], 7));
        assert_eq!((rounds(12), plan.tail_vars(12)), (vec![12, 10], 8));
        let sources = plan.passes(13).map(|pass| pass.source_level());
        assert_eq!(sources.collect::<Vec<_>>(), [14, 14, 12]);
        let k_low = plan.passes(13).map(|pass| pass.k_low);
        assert_eq!(k_low.collect::<Vec<_>>(), [2, 0, 0]);
    }

    #[test]
    fn tables_select_every_bit_and_fit() {
        for log_len in 1..=30 {
            for max_binding_bytes in [1 << 12, 1 << 14, 1 << 27, BINDING] {
                let plan = GkrPlan::new(log_len, max_binding_bytes);
                for pass in plan.large_layers().flat_map(|n| plan.passes(n)) {
                    assert_eq!(pass.k_low + pass.k_high, pass.m - 2);
                    assert!(2 << pass.k_low <= plan.high_start());
                    assert!((plan.high_start() + (2 << pass.k_high)) as usize <= plan.eq_len());
                }
                for n in plan.large_layers() {
                    let tail_vars = plan.tail_vars(n);
                    assert!(tail_vars + 3 <= plan.top_level && tail_vars <= 1 + plan.high_vars(n));
                    assert_eq!(
                        plan.passes(n).last().map(|pass| pass.m),
                        Some(tail_vars + 2)
                    );
                }
                assert!(plan.top_level >= 1 && plan.top_level <= log_len);
            }
        }
    }

    /// In 32-bit places, in bindings, and in what a thread may loop over.
    #[test]
    fn the_largest_layers_fit() {
        const MAX_LOOPS: u32 = 65_535;
        for max_binding_bytes in [1 << 27, BINDING - 4, (1 << 32) - 4] {
            for log_len in 20..=MAX_LOG_LEN {
                let plan = GkrPlan::new(log_len, max_binding_bytes);
                let fits = |len: usize| (len * size_of::<EF>()) as u64 <= max_binding_bytes;
                assert!(fits(plan.block_len(log_len) as usize) && fits(plan.eq_len()));
                assert!(fits(9 * plan.max_groups()) && fits(2 << plan.top_level));
                let len = u64::from(plan.n_blocks(log_len)) * u64::from(plan.block_len(log_len));
                assert_eq!(len, 1 << log_len);
                for pass in plan.large_layers().flat_map(|n| plan.passes(n)) {
                    let (n_points, n_groups) = plan.block_groups(pass);
                    assert!(n_points.div_ceil(n_groups * WORKGROUP_SIZE) <= MAX_LOOPS);
                    assert!(n_groups <= MAX_GROUPS);
                }
            }
        }
    }

    #[test]
    fn levels_beyond_one_binding_have_several_blocks() {
        let plan = GkrPlan::new(24, 128 << 20);
        assert_eq!((plan.n_blocks(24), plan.block_len(24)), (2, 1 << 23));
        assert_eq!((plan.n_blocks(23), plan.block_len(23)), (1, 1 << 23));
        let first = plan.passes(23).next().map(|pass| plan.block_groups(pass));
        assert_eq!(first, Some((1 << 20, 256)));
        assert_eq!(plan.max_groups(), 512);
    }
}
