//! Plans against upstream's evaluator, their statistics and their errors.

use openvm_metal_backend::internals::{
    constraints::compile::{compile, Statistics, Targets, MAX_SLICE_WORDS},
    kernels::rap::expressions::Shape,
    trace_part::TracePart,
    CompileError,
};
use openvm_stark_backend::{
    air_builders::symbolic::{
        symbolic_variable::{Entry, SymbolicVariable},
        SymbolicExpressionNode as Node,
    },
    p3_field::PrimeCharacteristicRing,
};

use crate::{
    airs::{self, F},
    check, random_dag,
};

#[test]
fn plans_of_vm_airs_match_upstream_evaluator() {
    let airs = airs::standard_vm();
    assert_eq!(airs.len(), 72);
    for (seed, air) in airs.iter().enumerate() {
        check::all_targets(air, seed as u64);
    }
}

#[test]
fn plan_of_keccak_air_matches_upstream_evaluator() {
    check::all_targets(&airs::keccak(), 1);
}

#[test]
fn plans_of_fixtures_match_upstream_evaluator() {
    for air in airs::fixtures() {
        check::all_targets(&air, 2);
    }
}

#[test]
fn plans_of_random_dags_match_upstream_evaluator() {
    for seed in 0..400 {
        check::all_targets(&random_dag::generate(seed), seed);
    }
}

#[test]
fn plan_without_outputs_is_empty() {
    let mut air = random_dag::generate(0);
    air.dag.constraints.constraint_idx.clear();
    air.dag.interactions.clear();

    let plan = air.plan(Targets::All);

    assert_eq!(plan.n_slots(), 0);
    assert!(plan.table.is_empty());
    assert_eq!(plan.denominator_slices(), [0]);
}

#[test]
fn constant_constraints_keep_their_places() {
    let mut air = random_dag::empty(1);
    air.dag.constraints.nodes = vec![
        Node::Constant(F::ZERO),
        Node::Constant(F::TWO),
        Node::Neg {
            idx: 1,
            degree_multiple: 0,
        },
    ];
    air.dag.constraints.constraint_idx = vec![0, 1, 2];

    let plan = air.plan(Targets::Constraints);

    assert_eq!(plan.constraints.n_sums(), 3);
    check::all_targets(&air, 3);
}

#[test]
fn what_cancels_out_is_zero() {
    let mut air = random_dag::empty(1);
    let x = SymbolicVariable::new(
        Entry::Main {
            part_index: 0,
            offset: 0,
        },
        0,
    );
    air.dag.constraints.nodes = vec![
        Node::Variable(x),
        Node::Sub {
            left_idx: 0,
            right_idx: 0,
            degree_multiple: 1,
        },
        Node::Mul {
            left_idx: 1,
            right_idx: 0,
            degree_multiple: 2,
        },
    ];
    air.dag.constraints.constraint_idx = vec![1, 2];

    check::all_targets(&air, 4);
}

/// `x -> x * public + x`, a hundred thousand times: every step is a sum that is a factor.
#[test]
fn a_deep_dag_does_not_overflow_the_stack() {
    const DEPTH: usize = 100_000;
    let mut air = random_dag::empty(1);
    air.params.num_public_values = 1;
    let column = SymbolicVariable::new(
        Entry::Main {
            part_index: 0,
            offset: 0,
        },
        0,
    );
    let nodes = &mut air.dag.constraints.nodes;
    nodes.extend([
        Node::Variable(column),
        Node::Variable(SymbolicVariable::new(Entry::Public, 0)),
    ]);
    for _ in 0..DEPTH {
        let last = if nodes.len() == 2 { 0 } else { nodes.len() - 1 };
        nodes.push(Node::Mul {
            left_idx: last,
            right_idx: 1,
            degree_multiple: 1,
        });
        nodes.push(Node::Add {
            left_idx: nodes.len() - 1,
            right_idx: 0,
            degree_multiple: 1,
        });
    }
    air.dag.constraints.constraint_idx = vec![nodes.len() - 1];

    check::all_targets(&air, 5);
}

/// Left-deep sums and products over many columns, where a quadratic compiler would not end.
#[test]
fn long_sums_and_products_stay_small() {
    const LEN: usize = 200_000;
    let mut air = random_dag::empty(LEN);
    let nodes = &mut air.dag.constraints.nodes;
    for index in 0..LEN {
        nodes.push(Node::Variable(SymbolicVariable::new(
            Entry::Main {
                part_index: 0,
                offset: 0,
            },
            index,
        )));
    }
    for i in 1..LEN {
        let left_idx = if i == 1 { 0 } else { nodes.len() - 1 };
        nodes.push(Node::Add {
            left_idx,
            right_idx: i,
            degree_multiple: 1,
        });
    }
    let sum = nodes.len() - 1;
    nodes.push(Node::Mul {
        left_idx: sum,
        right_idx: 0,
        degree_multiple: 2,
    });
    for i in 1..LEN {
        let left_idx = if i == 1 { 0 } else { nodes.len() - 1 };
        nodes.push(Node::Mul {
            left_idx,
            right_idx: i,
            degree_multiple: 2,
        });
    }
    air.dag.constraints.constraint_idx = vec![sum, sum + 1, nodes.len() - 1];

    let statistics = air.plan(Targets::All).statistics();

    assert!(statistics.n_table_words < 4 * LEN, "{statistics:?}");
    check::all_targets(&air, 6);
}

#[test]
fn equal_input_gives_equal_plan() {
    for air in airs::standard_vm().iter().chain([&airs::keccak()]) {
        for targets in check::TARGETS {
            assert_eq!(air.plan(targets), air.plan(targets), "{}", air.name);
        }
    }
}

/// The plan must not change from one run or machine to the next: caches and baselines rest on it.
#[test]
fn plans_of_vm_airs_have_the_recorded_fingerprint() {
    let words = airs::standard_vm()
        .iter()
        .flat_map(|air| air.plan(Targets::All).table)
        .collect::<Vec<_>>();
    let fnv = |hash: u64, word: &u32| (hash ^ u64::from(*word)).wrapping_mul(0x0100_0000_01b3);
    let fingerprint = words.iter().fold(0xcbf2_9ce4_8422_2325, fnv);
    assert_eq!(
        fingerprint, 0x29d2db4318bc9d03,
        "if the compiler was meant to change, record {fingerprint:#x} here"
    );
}

#[test]
fn statistics_of_vm_and_keccak_stay_in_bounds() {
    let mut vm = Statistics::default();
    for air in airs::standard_vm() {
        vm.add(&air.plan(Targets::All).statistics());
    }
    let keccak = airs::keccak().plan(Targets::All).statistics();
    for (name, statistics) in [("standard VM, 72 AIRs", &vm), ("Keccak AIR", &keccak)] {
        println!(
            "{name}: {} operations a row, {statistics:?}",
            statistics.n_operations()
        );
    }

    assert!(vm
        .n_products
        .keys()
        .all(|shape| Shape::all().any(|known| known == *shape)));
    assert!(vm.n_operations() < 690_000, "{}", vm.n_operations());
    assert!(vm.n_columns < 10_000, "{}", vm.n_columns);
    assert!(
        keccak.n_operations() < 2 * 39_273,
        "{}",
        keccak.n_operations()
    );
    assert!(keccak.n_levels < 10, "{}", keccak.n_levels);
}

#[test]
fn slices_cover_a_section_evenly() {
    let plan = airs::keccak().plan(Targets::All);
    let section = &plan.constraints;
    let longest = section
        .starts
        .windows(2)
        .map(|w| w[1] - w[0])
        .max()
        .unwrap();
    let (first, end) = (section.starts[0], section.starts[section.n_sums()]);
    for wanted in [0, 1, 2, 3, 16, 64, 10_000] {
        let slices = section.slices(0..section.n_sums(), wanted);

        let count = (slices.len() - 1) as u32;
        assert_eq!(
            count,
            (wanted as u32).max((end - first).div_ceil(MAX_SLICE_WORDS))
        );
        assert_eq!((slices[0], slices[count as usize]), (first, end));
        assert!(slices
            .iter()
            .all(|start| section.starts.binary_search(start).is_ok()));
        let longest_slice = (end - first) / count + longest + 1;
        assert!(slices
            .windows(2)
            .all(|w| w[0] <= w[1] && w[1] - w[0] <= longest_slice));
    }
}

/// See [`MAX_SLICE_WORDS`]: what holds of slices must hold of every sum.
#[test]
fn sums_of_vm_airs_are_shorter_than_a_slice() {
    for air in airs::standard_vm() {
        let plan = air.plan(Targets::All);
        let sections = [
            &plan.columns,
            &plan.constraints,
            &plan.numerators,
            &plan.denominators,
        ];
        let starts = sections.map(|section| section.starts.windows(2).map(|w| w[1] - w[0]));
        let longest = starts.into_iter().flatten().max().unwrap_or(0);
        assert!(
            longest <= MAX_SLICE_WORDS,
            "{longest} words in a sum of {}",
            air.name
        );
    }
}

#[test]
fn column_passes_keep_the_order_of_levels() {
    for air in airs::standard_vm() {
        let plan = air.plan(Targets::All);
        let level_of = |start: &u32| {
            let sum = plan.columns.starts.binary_search(start).unwrap();
            plan.levels.partition_point(|&first| first <= sum)
        };
        let mut covered_until = plan.columns.starts[0];
        for slices in plan.column_passes(16) {
            let slices: Vec<_> = slices
                .windows(2)
                .filter(|slice| slice[0] < slice[1])
                .collect();
            let level = level_of(&slices[0][0]);
            let is_one_level = slices.iter().all(|slice| level_of(&slice[0]) == level);
            assert!(is_one_level || slices.len() == 1, "{}", air.name);
            assert_eq!(slices[0][0], covered_until);
            covered_until = slices[slices.len() - 1][1];
        }
        assert_eq!(Some(&covered_until), plan.columns.starts.last());
    }
}

#[test]
fn malformed_dags_are_rejected_with_the_offence() {
    let column = |part_index, offset, index| {
        Node::Variable(SymbolicVariable::new(
            Entry::Main { part_index, offset },
            index,
        ))
    };
    let public = Node::Variable(SymbolicVariable::new(Entry::Public, 0));
    let challenge = Node::Variable(SymbolicVariable::new(Entry::Challenge, 0));
    let later = Node::Neg {
        idx: 0,
        degree_multiple: 0,
    };
    let part = TracePart::Common;
    for (node, expected) in [
        (
            column(0, 0, 3),
            CompileError::ColumnOutOfBounds {
                part,
                column: 3,
                width: 3,
            },
        ),
        (
            column(1, 0, 0),
            CompileError::PartOutOfBounds {
                part: 1,
                n_cached: 0,
            },
        ),
        (column(0, 2, 0), CompileError::Rotation { rotation: 2 }),
        (
            public,
            CompileError::PublicValueOutOfBounds {
                index: 0,
                n_public_values: 0,
            },
        ),
        (challenge, CompileError::Challenge),
        (
            later,
            CompileError::NodeOrder {
                node: 0,
                operand: 0,
            },
        ),
    ] {
        let mut air = random_dag::empty(3);
        air.dag.constraints.nodes.push(node);
        assert_eq!(compile(&air.dag, &air.params, Targets::All), Err(expected));
    }
    let mut air = random_dag::empty(3);
    air.dag.constraints.constraint_idx.push(7);
    let expected = CompileError::OutputOutOfBounds {
        node: 7,
        n_nodes: 0,
    };
    assert_eq!(compile(&air.dag, &air.params, Targets::All), Err(expected));
}
