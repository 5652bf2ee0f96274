//! What is wrong with an AIR.

use crate::trace_part::TracePart;

/// Why an AIR's symbolic constraints cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// A node refers to itself, to a later node or to one that is absent.
    #[error("node {node} of the symbolic DAG uses node {operand}, which does not come before it")]
    NodeOrder {
        /// Position of the node.
        node: usize,
        /// Position that it refers to.
        operand: usize,
    },
    /// A constraint or an interaction refers to an absent node.
    #[error("an output refers to node {node} of a symbolic DAG with {n_nodes} nodes")]
    OutputOutOfBounds {
        /// Position that it refers to.
        node: usize,
        /// Number of nodes in the DAG.
        n_nodes: usize,
    },
    /// A column lies beyond its part.
    #[error("column {column} of part {part:?}, which has {width} columns")]
    ColumnOutOfBounds {
        /// The part of the trace.
        part: TracePart,
        /// The column.
        column: usize,
        /// Width of the part.
        width: usize,
    },
    /// A main part that the AIR does not have.
    #[error("main part {part} of an AIR with {n_cached} cached parts and a common one")]
    PartOutOfBounds {
        /// Index of the part, the cached ones first.
        part: usize,
        /// Number of cached parts.
        n_cached: usize,
    },
    /// A public value that the AIR does not have.
    #[error("public value {index} of an AIR with {n_public_values}")]
    PublicValueOutOfBounds {
        /// Index of the public value.
        index: usize,
        /// Number of public values.
        n_public_values: usize,
    },
    /// The protocol opens a row and its successor, no others.
    #[error("rotation by {rotation} rows, where only 0 and 1 are supported")]
    Rotation {
        /// Number of rows.
        rotation: usize,
    },
    /// The protocol has no challenges inside constraints.
    #[error("a challenge inside a constraint is not supported")]
    Challenge,
    /// More than the table's words can index.
    #[error("{what} of this AIR exceeds {limit}")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// The largest possible number.
        limit: usize,
    },
    /// A factor that is no linear form and was not cut out. This is a bug in this crate.
    #[error(
        "node {node} of the symbolic DAG is a factor that is not linear: a bug of the compiler"
    )]
    NotLinear {
        /// Position of the node.
        node: usize,
    },
}
