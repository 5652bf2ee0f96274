//! DAGs that no AIR has, as a damaged or forged proving key may hold them: the compiler says what is wrong, and
//! does not panic.

use openvm_metal_backend::internals::{
    constraints::compile::{compile, Targets},
    trace_part::TracePart,
    CompileError,
};
use openvm_stark_backend::{
    air_builders::symbolic::{
        symbolic_variable::{Entry, SymbolicVariable},
        SymbolicExpressionNode as Node,
    },
    interaction::Interaction,
    p3_field::PrimeCharacteristicRing,
};

use crate::{
    airs::{AirUnderTest, F},
    check,
    random_dag::{self, Random},
};

#[test]
fn a_single_fault_is_named() {
    for seed in 0..3_000 {
        let mut air = random_dag::generate(seed);
        let expected = damage(&mut air, &mut Random::new(!seed));

        let result = compile(&air.dag, &air.params, Targets::All);

        assert_eq!(result.err(), Some(expected), "{}", air.name);
    }
}

/// Indices are words in kernels; more are not cut.
#[test]
fn an_index_beyond_a_word_is_refused() {
    let mut air = random_dag::generate(1);
    let index = u32::MAX as usize + 1;
    air.params.width.common_main = index + 1;
    air.params.num_public_values = index + 1;
    let part_index = air.params.width.cached_mains.len();
    for (entry, what) in [
        (
            Entry::Main {
                part_index,
                offset: 0,
            },
            "the number of a column",
        ),
        (Entry::Public, "the number of a public value"),
    ] {
        let mut air = air.clone();
        let variable = SymbolicVariable::new(entry, index);
        air.dag.constraints.nodes = vec![Node::Variable(variable)];
        air.dag.constraints.constraint_idx = vec![0];
        air.dag.interactions = vec![];
        let expected = CompileError::TooLarge {
            what,
            limit: u32::MAX as usize,
        };
        let result = compile(&air.dag, &air.params, Targets::All);
        assert_eq!(result.err(), Some(expected));
    }
}

/// What is accepted has the meaning that upstream gives it, whatever else stands in the DAG.
#[test]
fn garbage_is_rejected_or_has_its_meaning() {
    const N_SEEDS: u64 = 10_000;
    let mut n_accepted = 0;
    for seed in 0..N_SEEDS {
        let air = garbage(seed);
        let [constraints, interactions, all] =
            check::TARGETS.map(|targets| compile(&air.dag, &air.params, targets));
        let is_accepted = all.is_ok();
        let of_parts = constraints.is_ok() && interactions.is_ok();
        assert_eq!(is_accepted, of_parts, "{}", air.name);
        if is_accepted {
            check::all_targets(&air, seed);
            n_accepted += 1;
        }
    }
    let of_both_kinds = N_SEEDS / 10..N_SEEDS * 9 / 10;
    assert!(of_both_kinds.contains(&n_accepted), "{n_accepted} accepted");
}

/// Puts one fault into `air`, and returns what is to be said of it.
fn damage(air: &mut AirUnderTest, random: &mut Random) -> CompileError {
    let n_cached = air.params.width.cached_mains.len();
    let (entry, index, error) = match random.below(7) {
        0 => return disorder(air, random),
        1 => return misplace_an_output(air, random),
        2 => {
            let (part, width) = any_part(air, random);
            let column = beyond(width, random);
            let error = CompileError::ColumnOutOfBounds {
                part,
                column,
                width,
            };
            (entry(part, n_cached, random.below(2)), column, error)
        }
        3 => {
            let rotation = beyond(2, random);
            let entry = entry(TracePart::Common, n_cached, rotation);
            (entry, 0, CompileError::Rotation { rotation })
        }
        4 => {
            let part = beyond(n_cached + 1, random);
            let entry = Entry::Main {
                part_index: part,
                offset: 0,
            };
            (entry, 0, CompileError::PartOutOfBounds { part, n_cached })
        }
        5 => {
            let n_public_values = air.params.num_public_values;
            let index = beyond(n_public_values, random);
            let error = CompileError::PublicValueOutOfBounds {
                index,
                n_public_values,
            };
            (Entry::Public, index, error)
        }
        _ => (Entry::Challenge, 0, CompileError::Challenge),
    };
    let nodes = &mut air.dag.constraints.nodes;
    let position = random.below(nodes.len());
    nodes[position] = Node::Variable(SymbolicVariable::new(entry, index));
    error
}

/// Makes a node read itself, a later one or none.
fn disorder(air: &mut AirUnderTest, random: &mut Random) -> CompileError {
    let nodes = &mut air.dag.constraints.nodes;
    let node = random.below(nodes.len());
    let operand = beyond(node, random);
    nodes[node] = match node {
        0 => operation(random, operand, operand),
        _ => {
            let sound = random.below(node);
            // An operation with one operand has the first.
            match random.below(2) {
                0 => operation(random, operand, sound),
                _ => Node::Mul {
                    left_idx: sound,
                    right_idx: operand,
                    degree_multiple: 0,
                },
            }
        }
    };
    CompileError::NodeOrder { node, operand }
}

/// Makes a constraint, a count or an element of a message a node that is absent.
fn misplace_an_output(air: &mut AirUnderTest, random: &mut Random) -> CompileError {
    let n_nodes = air.dag.constraints.nodes.len();
    let node = beyond(n_nodes, random);
    let interactions = &mut air.dag.interactions;
    match random.below(3) {
        1 if !interactions.is_empty() => interactions[0].count = node,
        2 if !interactions.is_empty() => interactions[0].message.push(node),
        _ => air.dag.constraints.constraint_idx.push(node),
    }
    CompileError::OutputOutOfBounds { node, n_nodes }
}

/// Nodes, outputs and an AIR of any kind, with every number mostly in its bounds.
fn garbage(seed: u64) -> AirUnderTest {
    let random = &mut Random::new(seed);
    let mut air = random_dag::empty(random.below(4));
    air.name = format!("garbage {seed}");
    air.params.width.preprocessed = [None, Some(0), Some(2)][random.below(3)];
    air.params.width.cached_mains = (0..random.below(3)).map(|_| random.below(3)).collect();
    air.params.num_public_values = random.below(3);
    let n_nodes = random.below(40);
    air.dag.constraints.nodes = (0..n_nodes).map(|i| any_node(&air, i, random)).collect();
    let output = |random: &mut Random| about(n_nodes, random);
    air.dag.constraints.constraint_idx = (0..random.below(5)).map(|_| output(random)).collect();
    let interaction = |random: &mut Random| Interaction {
        message: (0..random.below(5)).map(|_| output(random)).collect(),
        count: output(random),
        bus_index: any_number(random) as u16,
        count_weight: any_number(random) as u32,
    };
    air.dag.interactions = (0..random.below(3)).map(|_| interaction(random)).collect();
    air
}

fn any_node(air: &AirUnderTest, position: usize, random: &mut Random) -> Node<F> {
    let n_cached = air.params.width.cached_mains.len();
    let variable = |entry, index| Node::Variable(SymbolicVariable::new(entry, index));
    match random.below(12) {
        0 => Node::IsFirstRow,
        1 => Node::IsLastRow,
        2 => Node::IsTransition,
        3 => Node::Constant(F::from_u64(any_number(random) as u64)),
        4 if random.below(50) == 0 => variable(Entry::Challenge, 0),
        4 | 5 if air.params.num_public_values > 0 => {
            let index = about(air.params.num_public_values, random);
            variable(Entry::Public, index)
        }
        4..=7 => match any_part(air, random) {
            (_, 0) => Node::IsFirstRow,
            (part, width) => {
                let offset = about(2, random);
                variable(entry(part, n_cached, offset), about(width, random))
            }
        },
        _ if position == 0 => Node::IsLastRow,
        _ => {
            let [a, b] = [(); 2].map(|()| about(position, random));
            operation(random, a, b)
        }
    }
}

/// An operation of any kind, which claims any degree.
fn operation(random: &mut Random, left_idx: usize, right_idx: usize) -> Node<F> {
    let degree_multiple = any_number(random);
    match random.below(4) {
        0 => Node::Add {
            left_idx,
            right_idx,
            degree_multiple,
        },
        1 => Node::Sub {
            left_idx,
            right_idx,
            degree_multiple,
        },
        2 => Node::Mul {
            left_idx,
            right_idx,
            degree_multiple,
        },
        _ => Node::Neg {
            idx: left_idx,
            degree_multiple,
        },
    }
}

/// A part that the AIR has, and its width; a preprocessed one may be absent and has none then.
fn any_part(air: &AirUnderTest, random: &mut Random) -> (TracePart, usize) {
    let width = &air.params.width;
    let n_cached = width.cached_mains.len();
    match random.below(n_cached + 2) {
        0 => (TracePart::Preprocessed, width.preprocessed.unwrap_or(0)),
        1 => (TracePart::Common, width.common_main),
        i => (TracePart::Cached(i as u32 - 2), width.cached_mains[i - 2]),
    }
}

fn entry(part: TracePart, n_cached: usize, offset: usize) -> Entry {
    let part_index = match part {
        TracePart::Preprocessed => return Entry::Preprocessed { offset },
        TracePart::Cached(index) => index as usize,
        TracePart::Common => n_cached,
    };
    Entry::Main { part_index, offset }
}

/// A number below `bound`, rarely one that is not.
fn about(bound: usize, random: &mut Random) -> usize {
    if bound == 0 || random.below(50) == 0 {
        beyond(bound, random)
    } else {
        random.below(bound)
    }
}

/// A number from `bound` on: the next ones, one that looks small in 32 bits, the largest.
fn beyond(bound: usize, random: &mut Random) -> usize {
    match random.below(4) {
        0 => bound,
        1 => bound + random.below(100),
        2 => bound | 1 << 32,
        _ => usize::MAX,
    }
}

/// Zero, small, or among the largest.
fn any_number(random: &mut Random) -> usize {
    match random.below(3) {
        0 => random.below(4),
        1 => random.below(usize::MAX),
        _ => usize::MAX - random.below(4),
    }
}
