//! The three sums of a trace.

/// A sum, in the order in which they stand everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SumKind {
    /// The constraints.
    Constraints,
    /// The interactions' numerators.
    Numerators,
    /// The interactions' denominators.
    Denominators,
}

impl SumKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Constraints, Self::Numerators, Self::Denominators];
}
