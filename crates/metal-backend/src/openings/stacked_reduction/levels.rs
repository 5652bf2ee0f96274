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

use super::plan::{Plan, Run};

/// Some pairs after a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The first one.
    pub first: usize,
    /// What they are.
    pub kind: PieceKind,
}

/// What some pairs after a level are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PieceKind {
    /// Old pairs, from this one on.
    Copy(usize),
    /// Slices.
    Slices {
        /// The first one, counted over those of the level.
        number: usize,
        /// The first one, counted over all commitments.
        slice: usize,
        /// The old pair of their group.
        group_pair: usize,
    },
    /// Slots that no slice covers.
    Zeros,
}

/// What happens after the rounds inside the slices of one height.
#[derive(Clone, Debug)]
pub struct Level {
    /// Variables of the slices.
    pub n_vars: usize,
    /// The slices: number of the first one, counted over those of the level, and the run.
    pub runs: Vec<(usize, Run)>,
    /// The pairs afterwards.
    pub pieces: Vec<Piece>,
    /// Number of slices.
    pub n_slices: usize,
    /// Number of pairs afterwards.
    pub n_pairs: usize,
}

/// The levels of a plan, by ascending number of variables.
pub fn levels(plan: &Plan) -> Vec<Level> {
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

fn level(plan: &Plan, n_vars: usize, next: usize, lens: &mut [usize]) -> Level {
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
    let mut level = Level {
        n_vars,
        runs: Vec::new(),
        pieces: Vec::new(),
        n_slices: 0,
        n_pairs: 0,
    };
    level.push(n_higher, PieceKind::Copy(0));
    let mut old = n_higher + n_groups;
    for (commitment, len) in lens.iter_mut().enumerate() {
        let first = level.n_pairs;
        let is_new =
            |run: &&Run| run.commitment == commitment && plan.groups[run.group].n_vars == n_vars;
        for run in plan.runs.iter().filter(is_new) {
            let number = level.n_slices;
            level.runs.push((number, *run));
            level.n_slices += run.n_slices;
            let kind = PieceKind::Slices {
                number,
                slice: run.first_slice,
                group_pair: n_higher + run.group - first_group,
            };
            level.push(run.n_slices, kind);
        }
        level.push(*len, PieceKind::Copy(old));
        old += *len;
        let covered = level.n_pairs - first;
        let rounded = covered.next_multiple_of(1 << (next - n_vars));
        level.push(rounded - covered, PieceKind::Zeros);
        *len = rounded >> (next - n_vars);
    }
    level
}

impl Level {
    fn push(&mut self, n_pairs: usize, kind: PieceKind) {
        if n_pairs > 0 {
            self.pieces.push(Piece {
                first: self.n_pairs,
                kind,
            });
            self.n_pairs += n_pairs;
        }
    }
}

impl Piece {
    /// The piece as the kernel takes it.
    pub fn words(&self) -> [u32; 8] {
        let [kind, source, slice, group_pair] = match self.kind {
            PieceKind::Copy(source) => [0, source, 0, 0],
            PieceKind::Slices {
                number,
                slice,
                group_pair,
            } => [1, number, slice, group_pair],
            PieceKind::Zeros => [2, 0, 0, 0],
        };
        [self.first, kind, source, slice, group_pair, 0, 0, 0].map(|word| word as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::plan::Group, *};

    #[test]
    fn slices_take_the_place_of_their_group_and_the_end_is_the_openings() {
        // Stacked height 8: three slices of 4 and one of 2 in one commitment, skip domain of 1.
        let group = |log_height, start| Group {
            log_height,
            needs_rot: false,
            n_vars: log_height,
            start,
        };
        let run = |n_slices, first_slice, group| Run {
            commitment: 0,
            piece: 0,
            first_cell: 4 * first_slice,
            n_slices,
            first_slice,
            group,
        };
        let plan = Plan {
            log_skip: 0,
            n_stack: 3,
            groups: vec![group(2, 0), group(1, 4)],
            runs: vec![run(3, 0, 0), run(1, 3, 1)],
            widths: vec![2],
            n_slices: 4,
        };
        let levels = levels(&plan);
        let slices = |slice, group_pair| PieceKind::Slices {
            number: 0,
            slice,
            group_pair,
        };
        let pieces = |level: &Level| -> Vec<_> {
            level
                .pieces
                .iter()
                .map(|piece| (piece.first, piece.kind))
                .collect()
        };
        // The group of 4 has two pairs left; the slice of 2 is filled up to 4 cells.
        let first = [
            (0, PieceKind::Copy(0)),
            (2, slices(3, 2)),
            (3, PieceKind::Zeros),
        ];
        assert_eq!(pieces(&levels[0]), first);
        assert_eq!(levels[0].n_pairs, 4);
        // Four slots of 4 cells: two columns of 8.
        assert_eq!(
            pieces(&levels[1]),
            [(0, slices(0, 0)), (3, PieceKind::Copy(1))]
        );
        assert_eq!(levels[1].n_pairs, 4);
    }
}
