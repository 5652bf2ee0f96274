//! The rounds beyond the slices of a height: which pairs they fold.
//!
//! After `n` rounds, a group of `n` variables is one pair of `Q` and `K`, and the next round joins
//! different slices. So it gives way to its slices: pairs of a slice's value and its weight, which
//! lie as the slices do in their stacked matrix. As slices are stacked by descending height, those of
//! at most `n` variables are the end of each commitment's matrix. The pairs after level `n` are
//!
//! - those of the groups with more variables, `2^(n_vars - n)` each;
//! - for each commitment, the slices of `n` variables; then the pairs that it had before; then zeros
//!   for what no slice covers, up to a multiple of what the rounds until the next level halve.
//!
//! Every part is then an even number of pairs as long as rounds fold, and all are folded as one.
//! After the last level each commitment has all its columns, and the values are the openings.

use super::plan::{SliceRun, StackedReductionPlan};
use crate::gpu::word;
use crate::kernels::stacked_reduction::{ExtendPiece, PairSource};

/// What happens after the rounds inside the slices of one height.
#[derive(Clone, Debug)]
pub struct SliceLevel {
    /// Variables of the slices.
    pub n_vars: usize,
    /// The slices: number of the first one, counted over those of the level, and the run.
    pub runs: Vec<(usize, SliceRun)>,
    /// The pairs afterwards.
    pub pieces: Vec<ExtendPiece>,
    /// Number of slices.
    pub n_slices: usize,
    /// Number of pairs afterwards.
    pub n_pairs: usize,
}

/// The levels of a plan, by ascending number of variables.
pub fn levels(plan: &StackedReductionPlan) -> Vec<SliceLevel> {
    let mut n_vars: Vec<_> = plan.groups.iter().map(|group| group.n_vars).collect();
    n_vars.dedup();
    n_vars.reverse();
    let ends = n_vars.iter().skip(1).copied().chain([plan.n_stack]);
    // Pairs of each commitment's slices.
    let mut lens = vec![0; plan.widths.len()];
    n_vars
        .iter()
        .zip(ends)
        .map(|(n, next)| level(plan, *n, next, &mut lens))
        .collect()
}

fn level(
    plan: &StackedReductionPlan,
    n_vars: usize,
    next: usize,
    lens: &mut [usize],
) -> SliceLevel {
    let higher = plan.groups.iter().filter(|group| group.n_vars > n_vars);
    let n_higher: usize = higher
        .clone()
        .map(|group| 1 << (group.n_vars - n_vars))
        .sum();
    let first_group = higher.count();
    let n_groups = plan
        .groups
        .iter()
        .filter(|group| group.n_vars == n_vars)
        .count();
    let mut level = SliceLevel {
        n_vars,
        runs: Vec::new(),
        pieces: Vec::new(),
        n_slices: 0,
        n_pairs: 0,
    };
    level.push(n_higher, old_pairs(0));
    let mut old = n_higher + n_groups;
    for (commitment, len) in lens.iter_mut().enumerate() {
        let first = level.n_pairs;
        let is_new = |run: &&SliceRun| {
            run.commitment == commitment && plan.groups[run.group].n_vars == n_vars
        };
        for run in plan.runs.iter().filter(is_new) {
            let number = level.n_slices;
            level.runs.push((number, *run));
            level.n_slices += run.n_slices;
            let group_pair = n_higher + run.group - first_group;
            level.push(run.n_slices, slices(number, run.first_slice, group_pair));
        }
        level.push(*len, old_pairs(old));
        old += *len;
        let covered = level.n_pairs - first;
        let rounded = covered.next_multiple_of(1 << (next - n_vars));
        level.push(rounded - covered, zeros());
        *len = rounded >> (next - n_vars);
    }
    level
}

impl SliceLevel {
    fn push(&mut self, n_pairs: usize, piece: ExtendPiece) {
        if n_pairs > 0 {
            self.pieces.push(ExtendPiece {
                first_pair: word(self.n_pairs),
                ..piece
            });
            self.n_pairs += n_pairs;
        }
    }
}

/// Old pairs, from this one on.
fn old_pairs(first: usize) -> ExtendPiece {
    ExtendPiece {
        source: PairSource::Pairs as u32,
        first: word(first),
        ..ExtendPiece::default()
    }
}

/// Slices, from the one with these numbers in the level and over all commitments on, and the old
/// pair of their group.
fn slices(number: usize, slice: usize, group_pair: usize) -> ExtendPiece {
    ExtendPiece {
        source: PairSource::Slices as u32,
        first: word(number),
        first_slice: word(slice),
        group_pair: word(group_pair),
        ..ExtendPiece::default()
    }
}

/// Slots that no slice covers.
fn zeros() -> ExtendPiece {
    ExtendPiece {
        source: PairSource::Zeros as u32,
        ..ExtendPiece::default()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::plan::SliceGroup, *};

    #[test]
    fn slices_take_the_place_of_their_group_and_the_end_is_the_openings() {
        // Stacked height 8: three slices of 4 and one of 2 in one commitment, skip domain of 1.
        let group = |log_height, start| SliceGroup {
            log_height,
            needs_rot: false,
            n_vars: log_height,
            start,
        };
        let run = |n_slices, first_slice, group| SliceRun {
            commitment: 0,
            piece: 0,
            first_cell: 4 * first_slice,
            n_slices,
            first_slice,
            group,
        };
        let plan = StackedReductionPlan {
            log_skip: 0,
            n_stack: 3,
            groups: vec![group(2, 0), group(1, 4)],
            runs: vec![run(3, 0, 0), run(1, 3, 1)],
            widths: vec![2],
            n_slices: 4,
        };
        let levels = levels(&plan);
        let at = |first_pair, piece| ExtendPiece {
            first_pair,
            ..piece
        };
        // The group of 4 has two pairs left; the slice of 2 is filled up to 4 cells.
        let first = [at(0, old_pairs(0)), at(2, slices(0, 3, 2)), at(3, zeros())];
        assert_eq!(levels[0].pieces, first);
        assert_eq!(levels[0].n_pairs, 4);
        // Four slots of 4 cells: two columns of 8.
        let last = [at(0, slices(0, 0, 0)), at(3, old_pairs(1))];
        assert_eq!(levels[1].pieces, last);
        assert_eq!(levels[1].n_pairs, 4);
    }
}
