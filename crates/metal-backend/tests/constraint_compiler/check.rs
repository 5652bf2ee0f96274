//! Compares plans with upstream's evaluator.

use openvm_metal_backend::internals::constraints::compile::{Plan, Targets};
use openvm_stark_backend::{
    air_builders::symbolic::symbolic_expression::SymbolicEvaluator,
    interaction::Interaction,
    p3_field::{extension::BinomialExtensionField, PrimeCharacteristicRing},
};

use crate::{
    airs::{AirUnderTest, F},
    interpreter,
    row::{Row, Value},
};

type EF = BinomialExtensionField<F, 4>;

pub const TARGETS: [Targets; 3] = [Targets::Constraints, Targets::Interactions, Targets::All];

/// Checks every plan of `air` on random rows of base and of extension elements.
pub fn all_targets(air: &AirUnderTest, seed: u64) {
    for targets in TARGETS {
        let plan = air.plan(targets);
        on_row::<F>(air, targets, &plan, 2 * seed);
        on_row::<EF>(air, targets, &plan, 2 * seed + 1);
    }
}

fn on_row<E: Value>(air: &AirUnderTest, targets: Targets, plan: &Plan, seed: u64) {
    let row = Row {
        seed,
        n_cached: air.params.width.cached_mains.len(),
    };
    let nodes: Vec<E> = row.eval_nodes(&air.dag.constraints.nodes);
    let constraints = match targets {
        Targets::Interactions => &[][..],
        _ => &air.dag.constraints.constraint_idx,
    };
    let interactions = match targets {
        Targets::Constraints => &[][..],
        _ => &air.dag.interactions,
    };
    let name = &air.name;

    let outputs = interpreter::evaluate::<E>(plan, row);

    let expected: Vec<_> = constraints.iter().map(|&node| nodes[node]).collect();
    assert_eq!(outputs.constraints, expected, "constraints of {name}");
    let expected: Vec<_> = interactions.iter().map(|i| nodes[i.count]).collect();
    assert_eq!(outputs.numerators, expected, "numerators of {name}");
    let expected: Vec<_> = interactions
        .iter()
        .flat_map(|i| message(i, &nodes))
        .collect();
    assert_eq!(outputs.denominators, expected, "denominators of {name}");
    check_message_weights(plan, interactions);
}

/// The message and the bus: what is multiplied with powers of beta.
fn message<E: Value>(interaction: &Interaction<usize>, nodes: &[E]) -> Vec<E> {
    let bus = E::from(F::from_u32(u32::from(interaction.bus_index) + 1));
    interaction
        .message
        .iter()
        .map(|&node| nodes[node])
        .chain([bus])
        .collect()
}

fn check_message_weights(plan: &Plan, interactions: &[Interaction<usize>]) {
    let slices = plan.denominator_slices();
    assert_eq!(slices.len(), interactions.len() + 1);
    let mut weights = plan.message_weights.iter();
    for (i, interaction) in interactions.iter().enumerate() {
        let first = plan.denominators.starts.binary_search(&slices[i]).unwrap();
        let next = plan
            .denominators
            .starts
            .binary_search(&slices[i + 1])
            .unwrap();
        assert_eq!(next - first, interaction.message.len() + 1);
        for power in 0..=interaction.message.len() {
            let weight = weights.next().unwrap();
            assert_eq!(
                (weight.interaction as usize, weight.power as usize),
                (i, power)
            );
        }
    }
    assert_eq!(weights.len(), 0);
}
