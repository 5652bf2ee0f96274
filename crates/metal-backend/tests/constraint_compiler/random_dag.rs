//! Random AIRs, as DAGs that upstream's simplifications have not touched.

use openvm_stark_backend::{
    air_builders::symbolic::{
        symbolic_variable::{Entry, SymbolicVariable},
        SymbolicConstraintsDag, SymbolicExpressionDag, SymbolicExpressionNode as Node,
    },
    interaction::Interaction,
    keygen::types::{StarkVerifyingParams, TraceWidth},
    p3_field::PrimeCharacteristicRing,
};

use crate::airs::{AirUnderTest, F};

/// An AIR with a common part of this width and nothing in it.
pub fn empty(width: usize) -> AirUnderTest {
    let width = TraceWidth {
        preprocessed: None,
        cached_mains: vec![],
        common_main: width,
    };
    AirUnderTest {
        name: "by hand".into(),
        dag: SymbolicConstraintsDag {
            constraints: SymbolicExpressionDag {
                nodes: vec![],
                constraint_idx: vec![],
            },
            interactions: vec![],
        },
        params: StarkVerifyingParams {
            width,
            num_public_values: 0,
            need_rot: true,
        },
    }
}

/// An AIR with every kind of part, one of width zero, and up to 300 operations on them. There is
/// no bound on the degree, and every fourth AIR has only constraints, or only interactions.
pub fn generate(seed: u64) -> AirUnderTest {
    let mut random = Random::new(seed);
    let mut air = empty(5);
    air.name = format!("random DAG {seed}");
    air.params.width.preprocessed = Some(3);
    air.params.width.cached_mains = vec![2, 0, 1];
    air.params.num_public_values = 2;
    let mut nodes = leaves();
    for _ in 0..random.below(300) {
        let node = operation(&mut random, nodes.len());
        nodes.push(node);
    }
    let n_nodes = nodes.len();
    let mut node = || random.below(n_nodes);
    let n_constraints = if seed % 4 == 1 { 0 } else { node() % 40 };
    let n_interactions = if seed % 4 == 2 { 0 } else { node() % 10 };
    air.dag.constraints.constraint_idx = (0..n_constraints).map(|_| node()).collect();
    air.dag.interactions = (0..n_interactions)
        .map(|_| Interaction {
            message: (0..1 + node() % 6).map(|_| node()).collect(),
            count: node(),
            bus_index: if node() % 5 == 0 {
                u16::MAX
            } else {
                node() as u16
            },
            count_weight: 1,
        })
        .collect();
    air.dag.constraints.nodes = nodes;
    air
}

fn leaves() -> Vec<Node<F>> {
    let column = |part, width: usize| {
        (0..2).flat_map(move |offset| {
            (0..width).map(move |index| {
                let entry = match part {
                    None => Entry::Preprocessed { offset },
                    Some(part_index) => Entry::Main { part_index, offset },
                };
                Node::Variable(SymbolicVariable::new(entry, index))
            })
        })
    };
    let public = (0..2).map(|index| Node::Variable(SymbolicVariable::new(Entry::Public, index)));
    let constants = [
        F::ZERO,
        F::ONE,
        F::TWO,
        F::NEG_ONE,
        F::from_u32(123_456_789),
    ];
    let parts = [(None, 3), (Some(0), 2), (Some(2), 1), (Some(3), 5)];
    let columns = parts
        .into_iter()
        .flat_map(|(part, width)| column(part, width));
    let selectors = [Node::IsFirstRow, Node::IsLastRow, Node::IsTransition];
    columns
        .chain(public)
        .chain(selectors)
        .chain(constants.map(Node::Constant))
        .collect()
}

/// An operation on two of the `n_nodes` nodes there are; every other operand is a recent one.
fn operation(random: &mut Random, n_nodes: usize) -> Node<F> {
    let mut operand = || match random.below(2) {
        0 => random.below(n_nodes),
        _ => n_nodes - 1 - random.below(n_nodes.min(8)),
    };
    let (left_idx, right_idx, degree_multiple) = (operand(), operand(), 0);
    match random.below(7) {
        0 | 1 => Node::Add {
            left_idx,
            right_idx,
            degree_multiple,
        },
        2 | 3 => Node::Sub {
            left_idx,
            right_idx,
            degree_multiple,
        },
        4 => Node::Neg {
            idx: left_idx,
            degree_multiple,
        },
        _ => Node::Mul {
            left_idx,
            right_idx,
            degree_multiple,
        },
    }
}

/// SplitMix64.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }
}
