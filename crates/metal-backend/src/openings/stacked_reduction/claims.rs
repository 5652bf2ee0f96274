//! What is claimed.

use crate::commit::CommittedStack;

/// A commitment with what is claimed about it.
#[derive(Clone, Copy, Debug)]
pub struct CommitmentClaims<'a> {
    /// What was committed to.
    pub stack: &'a CommittedStack,
    /// For each trace in it, whether there are claims about the rotations of its columns.
    pub needs_rot: &'a [bool],
}
