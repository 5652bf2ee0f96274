//! How a fractional sumcheck is cut into dispatches; depends on sizes only.

use std::ops::Range;

use super::fractions::log_max_block;
use crate::kernels::gkr::WORKGROUP_SIZE;

/// The largest level of the tree that one workgroup handles. A workgroup has then one pair of
/// fractions a thread in the largest round that it folds for, which takes about as long as the two
/// dispatches that the round would take otherwise.
const MAX_TOP_LEVEL: u32 = 11;

/// Workgroups that sum a round, all blocks together: enough to fill the largest GPUs, few enough for
/// one workgroup to add up what they leave.
const MAX_GROUPS: u32 = 1024;

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

/// A sumcheck round that is summed by many workgroups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LargeRound {
    /// Number of variables of the layer.
    pub n: u32,
    /// Number of variables that are left, with this round's.
    pub m: u32,
    /// Bits of a pair's number that select from the lower table of eq.
    pub k_low: u32,
    /// Bits that select from the upper one.
    pub k_high: u32,
}

impl GkrPlan {
    /// The plan for `2^log_len` fractions, `log_len` at least 1.
    pub fn new(log_len: u32, max_binding_bytes: u64) -> Self {
        let log_block = log_max_block(max_binding_bytes);
        // The levels of the tail lie in one binding. It ends at level 2 at least.
        let top_level = MAX_TOP_LEVEL.min(log_block.saturating_sub(1)).max(2);
        Self {
            log_len,
            top_level: top_level.min(log_len),
            log_block,
        }
    }

    /// The layers whose first rounds are large; those below are one dispatch together.
    pub fn large_layers(&self) -> Range<u32> {
        self.top_level..self.log_len
    }

    /// The large rounds of a large layer.
    pub fn large_rounds(&self, n: u32) -> impl Iterator<Item = LargeRound> {
        let high = self.high_vars(n);
        let round = move |m: u32| LargeRound {
            n,
            m,
            k_low: (m - 1).saturating_sub(high),
            k_high: (m - 1).min(high),
        };
        (self.top_level - 1..=n).rev().map(round)
    }

    /// Variables of a large layer that are left for its tail.
    pub fn tail_vars(&self) -> u32 {
        self.top_level - 2
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

    /// Pairs in each block of a round, and the workgroups that sum a block.
    pub fn block_groups(&self, round: LargeRound) -> (u32, u32) {
        let source = Self::source_level(round);
        let n_pairs = self.block_len(source) / if round.m == round.n { 4 } else { 8 };
        let max_groups = (MAX_GROUPS / self.n_blocks(source)).max(1);
        (n_pairs, n_pairs.div_ceil(WORKGROUP_SIZE).min(max_groups))
    }

    /// The largest number of workgroups that sum a round, all blocks together.
    pub fn max_groups(&self) -> usize {
        let n_groups =
            |round| self.block_groups(round).1 * self.n_blocks(Self::source_level(round));
        let rounds = self.large_layers().flat_map(|n| self.large_rounds(n));
        rounds.map(n_groups).max().unwrap_or(1) as usize
    }

    /// The level that a round reads: a layer's first round the layer, the others what the round
    /// before has summed.
    pub fn source_level(round: LargeRound) -> u32 {
        if round.m == round.n {
            round.n + 1
        } else {
            round.m + 2
        }
    }

    /// Number of dispatches.
    pub fn n_dispatches(&self) -> usize {
        let tree = (self.top_level + 1..=self.log_len).map(|level| self.n_blocks(level));
        let rounds = self.large_layers().flat_map(|n| self.large_rounds(n));
        let rounds = rounds.map(|round| self.n_blocks(Self::source_level(round)) + 1);
        let tails = 1 + self.large_layers().len() as u32;
        (tree.sum::<u32>() + rounds.sum::<u32>() + tails) as usize
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
            [7, 51, 127, 177, 235]
        );
    }

    #[test]
    fn large_rounds_end_at_the_top_level() {
        let plan = GkrPlan::new(14, BINDING);
        assert_eq!(plan.large_layers(), 11..14);
        let rounds: Vec<_> = plan.large_rounds(13).collect();
        assert_eq!(
            rounds.iter().map(|round| round.m).collect::<Vec<_>>(),
            [13, 12, 11, 10]
        );
        assert_eq!(
            rounds.iter().map(|round| round.k_low).collect::<Vec<_>>(),
            [3, 2, 1, 0]
        );
        assert_eq!(
            rounds
                .iter()
                .map(|round| GkrPlan::source_level(*round))
                .max(),
            Some(14)
        );
        assert_eq!(plan.tail_vars(), 9);
    }

    #[test]
    fn tables_select_every_bit_and_fit() {
        for log_len in 1..=30 {
            for max_binding_bytes in [1 << 10, 1 << 14, 1 << 27, BINDING] {
                let plan = GkrPlan::new(log_len, max_binding_bytes);
                for round in plan.large_layers().flat_map(|n| plan.large_rounds(n)) {
                    assert_eq!(round.k_low + round.k_high, round.m - 1);
                    assert!(2 << round.k_low <= plan.high_start());
                    assert!((plan.high_start() + (2 << round.k_high)) as usize <= plan.eq_len());
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
                assert!(fits(3 * plan.max_groups()) && fits(2 << plan.top_level));
                let len = u64::from(plan.n_blocks(log_len)) * u64::from(plan.block_len(log_len));
                assert_eq!(len, 1 << log_len);
                for round in plan.large_layers().flat_map(|n| plan.large_rounds(n)) {
                    let (n_pairs, n_groups) = plan.block_groups(round);
                    assert!(n_pairs.div_ceil(n_groups * WORKGROUP_SIZE) <= MAX_LOOPS);
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
        let first = plan
            .large_rounds(23)
            .next()
            .map(|round| plan.block_groups(round));
        assert_eq!(first, Some((1 << 21, 512)));
        assert_eq!(plan.max_groups(), 1024);
    }
}
