use crate::gpu::word;
use openvm_stark_backend::{
    air_builders::symbolic::SymbolicConstraintsDag, interaction::Interaction,
    keygen::types::StarkVerifyingParams, p3_field::PrimeCharacteristicRing,
};

use super::{
    cut::{self, Cuts},
    dag::{Dag, Input},
    normal::{Sum, Writer},
    table::{Section, Table, MAX_SLICE_WORDS, NEGATED},
    CompileError, F,
};

/// A level with no more words than this is not worth a dispatch of its own.
///
/// On an H200 a dispatch costs about 5 µs, and a thread about 0.1 µs a word.
const NARROW_LEVEL_WORDS: u32 = 64;

/// Which outputs of an AIR a plan computes.
///
/// The GKR input wants the interactions alone. Round 0 evaluates the constraints on one coset less
/// than the interactions, so a prover may use [`All`](Self::All) on the cosets they share. The MLE
/// rounds want all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Targets {
    /// The constraints.
    Constraints,
    /// The interactions' numerators and denominators.
    Interactions,
    /// Both, sharing virtual columns.
    All,
}

/// What the weight of a denominator's sum stands for: `eq(xi_3, b) * beta^power` in the batch
/// sumcheck, `beta^power` alone in the GKR input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageWeight {
    /// Index of the interaction in the AIR.
    pub interaction: u32,
    /// Index of the message element; the bus index comes after the last.
    pub power: u32,
}

/// An AIR's outputs as sums of products over slots.
///
/// A *slot* is one column of values on the rows at hand, all slots of equal length. Slot `i` is
/// filled with `inputs[i]`; the slots after these are the virtual columns. Sums read only values of
/// their own row.
///
/// With weights `w`, each of the sections below evaluates to `Σ w_i * sum_i` on every row:
///
/// - `constraints` with `lambda^i` to the batched constraint;
/// - `numerators` with `eq(xi_3, b_i)`, and `denominators` with the weights that
///   [`MessageWeight`] describes, to the two claims of the batch sumcheck, without `alpha`.
///
/// For the GKR input, which wants every interaction by itself, the slices of the sections are the
/// interactions: [`Section::starts`] of `numerators` with weights 1, and
/// [`denominator_slices`](Self::denominator_slices).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What the first slots are filled with, sorted.
    pub inputs: Vec<Input>,
    /// All the sums, encoded; the layout is at the top of `table.rs`.
    pub table: Vec<u32>,
    /// The virtual columns' sums.
    pub columns: Section,
    /// The sums of `columns` at which a level begins, and where the last level ends. A column reads
    /// only inputs and columns of earlier levels.
    pub levels: Vec<usize>,
    /// One sum for each constraint.
    pub constraints: Section,
    /// One sum for each interaction, its count.
    pub numerators: Section,
    /// One sum for each element of each message, and after a message `bus_index + 1`.
    pub denominators: Section,
    /// What the weights of `denominators` stand for.
    pub message_weights: Vec<MessageWeight>,
}

/// Compiles an AIR.
///
/// A pure function of its arguments: equal arguments give equal plans, on every machine.
///
/// # Errors
///
/// If the DAG is not one that the AIR with these parameters can have.
pub fn compile(
    air: &SymbolicConstraintsDag<F>,
    params: &StarkVerifyingParams,
    targets: Targets,
) -> Result<Plan, CompileError> {
    let constraints = match targets {
        Targets::Interactions => &[],
        Targets::Constraints | Targets::All => air.constraints.constraint_idx.as_slice(),
    };
    let interactions = match targets {
        Targets::Constraints => &[],
        Targets::Interactions | Targets::All => air.interactions.as_slice(),
    };
    let operands = interactions
        .iter()
        .flat_map(|i| i.message.iter().chain([&i.count]));
    let roots = constraints.iter().chain(operands).copied();
    let dag = Dag::new(&air.constraints.nodes, params, roots)?;
    let inputs = dag.inputs();
    let cuts = cut::choose(&dag);
    check_n_slots(inputs.len() + cuts.columns.len())?;
    let writer = Writer::new(&dag, &cuts, &inputs);

    let mut table = Table { words: vec![] };
    let columns = (0u32..).zip(&cuts.columns);
    let columns = table
        .section(columns.map(|(i, &(_, node))| (writer.column_slot(i), writer.column(node))))?;
    let outputs = |nodes: Vec<usize>| (0u32..).zip(nodes).map(|(i, node)| (i, writer.write(node)));
    let constraints = table.section(outputs(constraints.to_vec()))?;
    let numerators = table.section(outputs(interactions.iter().map(|i| i.count).collect()))?;
    let denominators =
        table.section((0u32..).zip(interactions.iter().flat_map(|i| message(i, &writer))))?;
    Ok(Plan {
        levels: levels(&cuts),
        columns,
        constraints,
        numerators,
        denominators,
        message_weights: message_weights(interactions),
        table: table.words,
        inputs,
    })
}

impl Plan {
    /// Number of virtual columns.
    pub fn n_columns(&self) -> usize {
        self.columns.n_sums()
    }

    /// Number of slots.
    pub fn n_slots(&self) -> usize {
        self.inputs.len() + self.n_columns()
    }

    /// The dispatches that compute the virtual columns, one after the other: the slices of each.
    ///
    /// A level is a dispatch of about `n_slices` slices. Neighbouring levels of little work share a
    /// dispatch of one slice, as a thread may read what it has written.
    pub fn column_passes(&self, n_slices: usize) -> Vec<Vec<u32>> {
        let mut passes: Vec<(bool, Vec<u32>)> = vec![];
        for level in self.levels.windows(2) {
            let [first, end] = [level[0], level[1]].map(|sum| self.columns.starts[sum]);
            let is_narrow = end - first <= NARROW_LEVEL_WORDS;
            match passes.last_mut() {
                Some((true, slices)) if is_narrow && end - slices[0] <= MAX_SLICE_WORDS => {
                    slices[1] = end;
                }
                _ if is_narrow => passes.push((true, vec![first, end])),
                _ => passes.push((false, self.columns.slices(level[0]..level[1], n_slices))),
            }
        }
        passes.into_iter().map(|(_, slices)| slices).collect()
    }

    /// Where each interaction's denominator begins in the table, and where the last one ends.
    pub fn denominator_slices(&self) -> Vec<u32> {
        let firsts = self
            .message_weights
            .iter()
            .enumerate()
            .filter(|(_, weight)| weight.power == 0);
        let firsts = firsts.map(|(sum, _)| sum);
        firsts
            .chain([self.denominators.n_sums()])
            .map(|sum| self.denominators.starts[sum])
            .collect()
    }
}

/// The sums of a denominator: the message, then the bus.
fn message<'a>(
    interaction: &'a Interaction<usize>,
    writer: &'a Writer<'_>,
) -> impl Iterator<Item = Result<Sum, CompileError>> + 'a {
    let bus = Sum::constant(F::from_u32(u32::from(interaction.bus_index) + 1));
    interaction
        .message
        .iter()
        .map(|&node| writer.write(node))
        .chain([Ok(bus)])
}

fn message_weights(interactions: &[Interaction<usize>]) -> Vec<MessageWeight> {
    let powers =
        (0u32..)
            .zip(interactions)
            .flat_map(|(interaction, Interaction { message, .. })| {
                (0..=word(message.len())).map(move |power| MessageWeight { interaction, power })
            });
    powers.collect()
}

fn levels(cuts: &Cuts) -> Vec<usize> {
    let n_levels = cuts.columns.last().map_or(0, |&(level, _)| level + 1);
    let first_of = |level| cuts.columns.partition_point(|&(l, _)| l < level);
    (0..=n_levels).map(first_of).collect()
}

/// A slot shares its word with [`NEGATED`].
fn check_n_slots(n_slots: usize) -> Result<(), CompileError> {
    let limit = NEGATED as usize;
    if n_slots > limit {
        return Err(CompileError::TooLarge {
            what: "the number of slots",
            limit,
        });
    }
    Ok(())
}
