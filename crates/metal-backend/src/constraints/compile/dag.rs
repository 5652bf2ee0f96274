//! Upstream's symbolic DAG, checked, with its variables resolved.

use openvm_stark_backend::{
    air_builders::symbolic::{
        symbolic_variable::{Entry, SymbolicVariable},
        SymbolicExpressionNode,
    },
    keygen::types::StarkVerifyingParams,
    p3_field::PrimeCharacteristicRing,
};

use super::{CompileError, F};
use crate::trace_part::TracePart;

/// What a slot of a plan is filled with before anything is evaluated.
///
/// The order is that of the slots: the columns of one part and rotation are neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Input {
    /// One on the first row, zero elsewhere.
    IsFirstRow,
    /// One on the last row, zero elsewhere.
    IsLastRow,
    /// Zero on the last row, one elsewhere.
    IsTransition,
    /// A public value, the same on every row.
    PublicValue(u32),
    /// A column of the trace.
    Column {
        /// The part it belongs to.
        part: TracePart,
        /// Whether it is read one row further, cyclically.
        next: bool,
        /// The column inside the part.
        column: u32,
    },
}

/// A node; operands are positions of earlier nodes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Node {
    Input(Input),
    Constant(F),
    Add(usize, usize),
    Sub(usize, usize),
    /// A constant times a node that is none.
    Scale(F, usize),
    /// The product of two nodes that are no constants.
    Mul(usize, usize),
}

impl Node {
    /// The operands, at most two.
    pub(super) fn operands(self) -> impl Iterator<Item = usize> {
        let (a, b) = match self {
            Self::Input(_) | Self::Constant(_) => (None, None),
            Self::Scale(_, a) => (Some(a), None),
            Self::Add(a, b) | Self::Sub(a, b) | Self::Mul(a, b) => (Some(a), Some(b)),
        };
        a.into_iter().chain(b)
    }
}

/// The nodes in topological order, and how often each is used by the roots and what they reach.
pub(super) struct Dag {
    pub(super) nodes: Vec<Node>,
    /// Zero for a node that no root reaches.
    pub(super) uses: Vec<u32>,
}

impl Dag {
    /// Reads and checks upstream's nodes; `roots` are the expressions that are wanted.
    pub(super) fn new(
        nodes: &[SymbolicExpressionNode<F>],
        params: &StarkVerifyingParams,
        roots: impl Iterator<Item = usize>,
    ) -> Result<Self, CompileError> {
        let nodes = nodes
            .iter()
            .map(|node| read_node(node, params))
            .collect::<Result<Vec<_>, _>>()?;
        check_order(&nodes)?;
        let nodes = simplify(nodes);
        let uses = count_uses(&nodes, roots)?;
        Ok(Self { nodes, uses })
    }

    /// The inputs that the roots reach, sorted and distinct.
    pub(super) fn inputs(&self) -> Vec<Input> {
        let reached = self
            .nodes
            .iter()
            .zip(&self.uses)
            .filter(|(_, &uses)| uses > 0);
        let mut inputs: Vec<_> = reached
            .filter_map(|(node, _)| match *node {
                Node::Input(input) => Some(input),
                _ => None,
            })
            .collect();
        inputs.sort_unstable();
        inputs.dedup();
        inputs
    }
}

fn read_node(
    node: &SymbolicExpressionNode<F>,
    params: &StarkVerifyingParams,
) -> Result<Node, CompileError> {
    use SymbolicExpressionNode as Upstream;
    Ok(match *node {
        Upstream::Variable(variable) => Node::Input(read_variable(variable, params)?),
        Upstream::IsFirstRow => Node::Input(Input::IsFirstRow),
        Upstream::IsLastRow => Node::Input(Input::IsLastRow),
        Upstream::IsTransition => Node::Input(Input::IsTransition),
        Upstream::Constant(value) => Node::Constant(value),
        Upstream::Add {
            left_idx,
            right_idx,
            ..
        } => Node::Add(left_idx, right_idx),
        Upstream::Sub {
            left_idx,
            right_idx,
            ..
        } => Node::Sub(left_idx, right_idx),
        Upstream::Neg { idx, .. } => Node::Scale(F::NEG_ONE, idx),
        Upstream::Mul {
            left_idx,
            right_idx,
            ..
        } => Node::Mul(left_idx, right_idx),
    })
}

fn read_variable(
    variable: SymbolicVariable<F>,
    params: &StarkVerifyingParams,
) -> Result<Input, CompileError> {
    let index = variable.index;
    match variable.entry {
        Entry::Preprocessed { offset } => {
            let width = params.width.preprocessed.unwrap_or(0);
            column(TracePart::Preprocessed, width, index, offset)
        }
        Entry::Main { part_index, offset } => {
            let (part, width) = main_part(part_index, params)?;
            column(part, width, index, offset)
        }
        Entry::Public if index < params.num_public_values => Ok(Input::PublicValue(word(
            index,
            "the number of a public value",
        )?)),
        Entry::Public => Err(CompileError::PublicValueOutOfBounds {
            index,
            n_public_values: params.num_public_values,
        }),
        Entry::Challenge => Err(CompileError::Challenge),
    }
}

/// Main parts are numbered with the cached ones first and the common one last.
fn main_part(
    index: usize,
    params: &StarkVerifyingParams,
) -> Result<(TracePart, usize), CompileError> {
    let cached = &params.width.cached_mains;
    match cached.get(index) {
        Some(&width) => Ok((
            TracePart::Cached(word(index, "the number of a cached part")?),
            width,
        )),
        None if index == cached.len() => Ok((TracePart::Common, params.width.common_main)),
        None => Err(CompileError::PartOutOfBounds {
            part: index,
            n_cached: cached.len(),
        }),
    }
}

fn column(
    part: TracePart,
    width: usize,
    column: usize,
    rotation: usize,
) -> Result<Input, CompileError> {
    if column >= width {
        return Err(CompileError::ColumnOutOfBounds {
            part,
            column,
            width,
        });
    }
    if rotation > 1 {
        return Err(CompileError::Rotation { rotation });
    }
    Ok(Input::Column {
        part,
        next: rotation == 1,
        column: word(column, "the number of a column")?,
    })
}

/// An index as kernels know it.
fn word(index: usize, what: &'static str) -> Result<u32, CompileError> {
    u32::try_from(index).map_err(|_| CompileError::TooLarge {
        what,
        limit: u32::MAX as usize,
    })
}

fn check_order(nodes: &[Node]) -> Result<(), CompileError> {
    for (node, operand) in nodes
        .iter()
        .enumerate()
        .flat_map(|(i, node)| node.operands().map(move |o| (i, o)))
    {
        if operand >= node {
            return Err(CompileError::NodeOrder { node, operand });
        }
    }
    Ok(())
}

/// Computes what consists of constants alone, and makes scalings of what is one in another guise,
/// so that `x + x` is one use of `x`.
fn simplify(mut nodes: Vec<Node>) -> Vec<Node> {
    for i in 0..nodes.len() {
        let value = |operand: usize| match nodes[operand] {
            Node::Constant(value) => Some(value),
            _ => None,
        };
        nodes[i] = match nodes[i] {
            Node::Add(a, b) => match (value(a), value(b)) {
                (Some(a), Some(b)) => Node::Constant(a + b),
                _ if a == b => Node::Scale(F::TWO, a),
                _ => Node::Add(a, b),
            },
            Node::Sub(a, b) => match (value(a), value(b)) {
                (Some(a), Some(b)) => Node::Constant(a - b),
                _ if a == b => Node::Constant(F::ZERO),
                _ => Node::Sub(a, b),
            },
            Node::Scale(factor, a) => scale(factor, a, value(a)),
            Node::Mul(a, b) => match (value(a), value(b)) {
                (Some(factor), other) => scale(factor, b, other),
                (None, Some(factor)) => scale(factor, a, None),
                (None, None) => Node::Mul(a, b),
            },
            node => node,
        };
    }
    nodes
}

fn scale(factor: F, operand: usize, value: Option<F>) -> Node {
    match value {
        Some(value) => Node::Constant(factor * value),
        None if factor == F::ZERO => Node::Constant(F::ZERO),
        None => Node::Scale(factor, operand),
    }
}

fn count_uses(
    nodes: &[Node],
    roots: impl Iterator<Item = usize>,
) -> Result<Vec<u32>, CompileError> {
    let n_nodes = nodes.len();
    let mut uses = vec![0u32; n_nodes];
    for node in roots {
        let count = uses
            .get_mut(node)
            .ok_or(CompileError::OutputOutOfBounds { node, n_nodes })?;
        *count = count.saturating_add(1);
    }
    for node in (0..n_nodes)
        .rev()
        .filter(|&node| nodes[node].operands().next().is_some())
    {
        if uses[node] > 0 {
            nodes[node]
                .operands()
                .for_each(|o| uses[o] = uses[o].saturating_add(1));
        }
    }
    Ok(uses)
}
