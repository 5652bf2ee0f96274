//! Where the inputs of a plan come from.

use std::ops::Range;

use super::tables::PlanTables;
use crate::{
    constraints::compile::Input, gpu::Buffer, kernels::rap::inputs::Entry, trace_part::TracePart,
};

/// What the slots of a plan are filled with, on the device, the inputs of one part together.
#[derive(Debug)]
pub struct PlanInputs {
    /// What has the entries, among other tables.
    pub entries: Buffer<Entry>,
    /// The parts.
    pub groups: Vec<InputGroup>,
}

/// The entries of one part, sorted by column.
#[derive(Debug)]
pub struct InputGroup {
    /// The part; `None` for selectors and public values.
    pub part: Option<TracePart>,
    first_entry: usize,
    columns: Vec<u32>,
}

/// Adds the entries of `inputs`, each with its slot, to `tables`.
pub(super) fn input_groups(
    mut inputs: Vec<(Input, u32)>,
    tables: &mut PlanTables,
) -> Vec<InputGroup> {
    inputs.sort_by_key(|&(input, _)| (part_of(input), column_of(input)));
    let entries: Vec<_> = inputs.iter().map(|&(i, slot)| entry(i, slot)).collect();
    let first_entry = tables.add_entries(&entries);
    let mut groups: Vec<InputGroup> = vec![];
    for (i, &(input, _)) in inputs.iter().enumerate() {
        let part = part_of(input);
        match groups.last_mut().filter(|group| group.part == part) {
            Some(group) => group.columns.push(column_of(input)),
            None => groups.push(InputGroup {
                part,
                first_entry: first_entry + i,
                columns: vec![column_of(input)],
            }),
        }
    }
    groups
}

impl InputGroup {
    /// The entries that read these columns.
    pub fn entries(&self, columns: &Range<usize>) -> Range<usize> {
        let first = |column: usize| self.columns.partition_point(|&c| (c as usize) < column);
        self.first_entry + first(columns.start)..self.first_entry + first(columns.end)
    }

    /// All entries.
    pub fn all_entries(&self) -> Range<usize> {
        self.first_entry..self.first_entry + self.columns.len()
    }
}

fn part_of(input: Input) -> Option<TracePart> {
    match input {
        Input::Column { part, .. } => Some(part),
        _ => None,
    }
}

fn column_of(input: Input) -> u32 {
    match input {
        Input::Column { column, .. } | Input::PublicValue(column) => column,
        _ => 0,
    }
}

fn entry(input: Input, slot: u32) -> Entry {
    let kind = match input {
        Input::IsFirstRow => Entry::KIND_IS_FIRST,
        Input::IsLastRow => Entry::KIND_IS_LAST,
        Input::IsTransition => Entry::KIND_IS_TRANSITION,
        Input::PublicValue(_) => Entry::KIND_PUBLIC_VALUE,
        Input::Column { .. } => Entry::KIND_COLUMN,
    };
    Entry {
        kind,
        column: column_of(input),
        slot,
        next: matches!(input, Input::Column { next: true, .. }).into(),
    }
}
