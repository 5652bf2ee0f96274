//! What the reduction combines with what, from shapes alone.

use openvm_stark_backend::{prover::stacked_pcs::StackedSlice, SystemParams};

use super::claims::CommitmentClaims;

/// Slices whose claims have the same kernel, from all commitments: equally high trace columns,
/// with or without claims about their rotations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SliceGroup {
    /// Logarithm of the traces' height.
    pub log_height: usize,
    /// Whether there are claims about the rotations.
    pub needs_rot: bool,
    /// Variables of the hypercube: what the height has beyond the skip domain.
    pub n_vars: usize,
    /// Place of its first row among the rows of all groups' combinations.
    pub start: usize,
}

/// Slices of one group that lie one after the other in one piece of a stacked matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SliceRun {
    /// Number of the commitment.
    pub commitment: usize,
    /// Number of the piece of its stacked matrix.
    pub piece: usize,
    /// First cell in the piece's buffer.
    pub first_cell: usize,
    /// Number of slices.
    pub n_slices: usize,
    /// The first one, counted over all commitments.
    pub first_slice: usize,
    /// Number of the group.
    pub group: usize,
}

/// The shape of a reduction.
#[derive(Clone, Debug)]
pub struct StackedReductionPlan {
    /// Logarithm of the skip domain's size.
    pub log_skip: usize,
    /// Variables of the stacked matrices' hypercube.
    pub n_stack: usize,
    /// By descending height, those with rotations first.
    pub groups: Vec<SliceGroup>,
    /// In the order of the commitments and of the cells in them, which is that of the slices.
    pub runs: Vec<SliceRun>,
    /// Columns of the commitments' stacked matrices.
    pub widths: Vec<usize>,
    /// Slices of all commitments.
    pub n_slices: usize,
}

impl StackedReductionPlan {
    /// The plan for these commitments.
    pub fn new(params: &SystemParams, commitments: &[CommitmentClaims<'_>]) -> Self {
        let groups = groups(params.l_skip, commitments);
        let (runs, n_slices) = runs(&groups, commitments);
        let stacks = commitments.iter().map(|claims| claims.stack);
        Self {
            log_skip: params.l_skip,
            n_stack: params.n_stack,
            groups,
            runs,
            widths: stacks.map(|stack| stack.layout.width()).collect(),
            n_slices,
        }
    }

    /// Number of elements of the skip domain.
    pub fn skip_size(&self) -> usize {
        1 << self.log_skip
    }

    /// Rows of a slice of `group`.
    pub fn len(&self, group: &SliceGroup) -> usize {
        1 << (self.log_skip + group.n_vars)
    }

    /// Rows of all groups' combinations.
    pub fn n_rows(&self) -> usize {
        let last = self.groups.last();
        last.map_or(0, |group| group.start + self.len(group))
    }

    /// Most variables that a group has.
    pub fn max_vars(&self) -> usize {
        self.groups.first().map_or(0, |group| group.n_vars)
    }

    /// Openings of all commitments.
    pub fn n_openings(&self) -> usize {
        self.widths.iter().sum()
    }
}

/// The claims about each slice of a commitment, in order.
fn slices(claims: CommitmentClaims<'_>) -> impl Iterator<Item = (&StackedSlice, bool)> {
    let columns = claims.stack.layout.sorted_cols.iter();
    columns.map(move |(trace, _, slice)| (slice, claims.needs_rot[*trace]))
}

fn groups(log_skip: usize, commitments: &[CommitmentClaims<'_>]) -> Vec<SliceGroup> {
    let slices = commitments.iter().copied().flat_map(slices);
    let mut keys: Vec<_> = slices
        .map(|(slice, rot)| (slice.log_height(), rot))
        .collect();
    keys.sort_unstable_by(|a, b| b.cmp(a));
    keys.dedup();
    let mut start = 0;
    let group = |(log_height, needs_rot): (usize, bool)| {
        let n_vars = log_height.saturating_sub(log_skip);
        let group = SliceGroup {
            log_height,
            needs_rot,
            n_vars,
            start,
        };
        start += 1 << (log_skip + n_vars);
        group
    };
    keys.into_iter().map(group).collect()
}

fn runs(groups: &[SliceGroup], commitments: &[CommitmentClaims<'_>]) -> (Vec<SliceRun>, usize) {
    let mut runs: Vec<SliceRun> = Vec::new();
    let mut n_slices = 0;
    for (commitment, claims) in commitments.iter().enumerate() {
        let stacked = &claims.stack.stacked;
        for (slice, needs_rot) in slices(*claims) {
            let is_group =
                |g: &SliceGroup| (g.log_height, g.needs_rot) == (slice.log_height(), needs_rot);
            let Some(group) = groups.iter().position(is_group) else {
                continue;
            };
            let (piece, column_start) = stacked.locate(slice.col_idx);
            match runs
                .last_mut()
                .filter(|run| (run.commitment, run.piece, run.group) == (commitment, piece, group))
            {
                Some(run) => run.n_slices += 1,
                None => runs.push(SliceRun {
                    commitment,
                    piece,
                    first_cell: column_start + slice.row_idx,
                    n_slices: 1,
                    first_slice: n_slices,
                    group,
                }),
            }
            n_slices += 1;
        }
    }
    (runs, n_slices)
}
