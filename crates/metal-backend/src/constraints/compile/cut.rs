//! Chooses the subexpressions that become virtual columns.
//!
//! One pass in topological order. What a node is made of is known once its operands are settled:
//! its [`Class`], how many operations it costs where it is written out, and how many
//! factors it brings into a product.

use super::dag::{Dag, Node};
use crate::gpu::word;
use crate::kernels::rap::expressions::{MAX_FACTORS, MAX_LINEAR_TERMS};

/// The cost, in operations of the DAG, from which a subexpression used twice is worth a column.
///
/// A virtual column costs a write and a read per use. Counted on the standard VM, 4 gives 5,756
/// columns and 347 k reads a row; smaller and larger values change the reads by a few percent.
pub(super) const MIN_SHARED_OPERATIONS: u32 = 4;

/// The virtual columns of a DAG.
pub(super) struct Cuts {
    /// Cut nodes with their level, in evaluation order: a column reads columns of lower levels.
    pub(super) columns: Vec<(u32, usize)>,
    /// For each node, its position in `columns`.
    pub(super) column_of: Vec<Option<u32>>,
}

/// Chooses the virtual columns of `dag`.
pub(super) fn choose(dag: &Dag) -> Cuts {
    let n_nodes = dag.nodes.len();
    let mut chooser = Chooser {
        written: Vec::with_capacity(n_nodes),
        is_cut: vec![false; n_nodes],
    };
    for (index, (node, &uses)) in dag.nodes.iter().zip(&dag.uses).enumerate() {
        let written = if uses == 0 {
            Written::LEAF
        } else {
            chooser.write(*node)
        };
        chooser.written.push(written);
        if uses >= 2 && written.operations >= MIN_SHARED_OPERATIONS {
            chooser.cut(index);
        }
    }
    number(dag, &chooser.is_cut)
}

/// What a node is, in terms of leaves (inputs and virtual columns).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// A constant, a leaf, or a constant plus multiples of leaves.
    Linear,
    /// A constant times leaves and linear forms.
    Product,
    /// A sum in which there are products.
    SumOfProducts,
}

/// A node where it is written out; a cut node is a leaf to its users.
#[derive(Clone, Copy)]
struct Written {
    class: Class,
    operations: u32,
    /// Factors it brings into a product.
    factors: usize,
}

impl Written {
    /// Also for a constant, which is never an operand of a product.
    const LEAF: Self = Self {
        class: Class::Linear,
        operations: 0,
        factors: 1,
    };

    fn product(a: Self, b: Self) -> Self {
        let factors = a.factors + b.factors;
        Self {
            class: Class::Product,
            operations: operations(a, b),
            factors,
        }
    }

    fn sum(a: Self, b: Self) -> Self {
        let is_linear = a.class == Class::Linear && b.class == Class::Linear;
        let class = if is_linear {
            Class::Linear
        } else {
            Class::SumOfProducts
        };
        Self {
            class,
            operations: operations(a, b),
            factors: 1,
        }
    }

    fn scaled(self) -> Self {
        Self {
            operations: self.operations.saturating_add(1),
            ..self
        }
    }
}

fn operations(a: Written, b: Written) -> u32 {
    a.operations.saturating_add(b.operations).saturating_add(1)
}

struct Chooser {
    written: Vec<Written>,
    is_cut: Vec<bool>,
}

impl Chooser {
    /// Settles a node whose operands are settled; a product may cut its operands.
    fn write(&mut self, node: Node) -> Written {
        match node {
            Node::Input(_) | Node::Constant(_) => Written::LEAF,
            Node::Scale(_, a) => self.written[a].scaled(),
            Node::Add(a, b) | Node::Sub(a, b) => Written::sum(self.written[a], self.written[b]),
            Node::Mul(a, b) => {
                self.make_factors(a, b);
                Written::product(self.written[a], self.written[b])
            }
        }
    }

    /// Cuts what cannot be a factor as it is: sums with products in them, forms too long for the
    /// table, and whole products where there would be too many factors.
    fn make_factors(&mut self, a: usize, b: usize) {
        for operand in [a, b] {
            let Written {
                class, operations, ..
            } = self.written[operand];
            let too_long = class == Class::Linear && operations >= MAX_LINEAR_TERMS;
            if class == Class::SumOfProducts || too_long {
                self.cut(operand);
            }
        }
        let a_is_larger = self.written[a].factors >= self.written[b].factors;
        for operand in if a_is_larger { [a, b] } else { [b, a] } {
            if self.written[a].factors + self.written[b].factors > MAX_FACTORS {
                self.cut(operand);
            }
        }
    }

    fn cut(&mut self, node: usize) {
        self.is_cut[node] = true;
        self.written[node] = Written::LEAF;
    }
}

/// Orders the cut nodes by level, then by position.
fn number(dag: &Dag, is_cut: &[bool]) -> Cuts {
    let mut level = vec![0u32; dag.nodes.len()];
    for (index, node) in dag.nodes.iter().enumerate() {
        let after = |operand: usize| level[operand] + u32::from(is_cut[operand]);
        level[index] = node.operands().map(after).max().unwrap_or(0);
    }
    let cut = (0..dag.nodes.len()).filter(|&node| is_cut[node]);
    let mut columns: Vec<_> = cut.map(|node| (level[node], node)).collect();
    columns.sort_unstable();
    let mut column_of = vec![None; dag.nodes.len()];
    for (index, &(_, node)) in columns.iter().enumerate() {
        column_of[node] = Some(word(index));
    }
    Cuts { columns, column_of }
}
