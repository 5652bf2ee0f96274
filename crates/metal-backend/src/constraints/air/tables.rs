//! What kernels read of plans, put together on the host: the tables of several AIRs share a buffer, so
//! that one dispatch can evaluate the plans of all of them.

use crate::{
    constraints::compile::{Plan, Section},
    gpu::{word, words_of, Buffer, Element, Gpu, GpuError},
    kernels::rap::inputs::Entry,
};

/// The words of one buffer.
#[derive(Debug, Default)]
pub(super) struct PlanTables {
    words: Vec<u32>,
}

/// Consecutive slices of a plan's table, which has them itself: from place `first` on, where each begins
/// in the table, and where the last one ends.
#[derive(Clone, Copy, Debug)]
pub struct Slices {
    /// The place.
    pub first: usize,
    /// Number of slices.
    pub count: usize,
}

/// The slices of a plan's outputs: those of the constraints, then the numerators', then the
/// denominators'.
#[derive(Clone, Copy, Debug)]
pub struct OutputSlices {
    /// All of them.
    pub slices: Slices,
    /// How many there are of each kind.
    pub counts: [usize; 3],
}

/// The work of a plan in about equal slices.
#[derive(Debug)]
pub struct Sliced {
    /// The virtual columns, to be computed one pass after the other.
    pub column_passes: Vec<Slices>,
    /// The constraints and interactions.
    pub outputs: OutputSlices,
}

/// Numbers of slices that a plan is cut into, from much parallelism across rows to little.
pub(super) const SLICE_COUNTS: [usize; 5] = [4, 16, 64, 256, 1024];

/// Fewer words than this are not worth a slice.
const MIN_SLICE_WORDS: usize = 32;

impl PlanTables {
    /// Number of words.
    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    /// Takes the words from place `len` on out again.
    pub(super) fn truncate(&mut self, len: usize) {
        self.words.truncate(len);
    }

    /// A buffer of the words.
    pub(super) fn upload(&self, gpu: &Gpu) -> Result<Buffer<u32>, GpuError> {
        gpu.upload(&self.words, "constraint tables")
    }

    /// Adds a plan's own table; returns its place.
    pub(super) fn add_table(&mut self, plan: &Plan) -> usize {
        let start = self.words.len();
        self.words.extend(&plan.table);
        start
    }

    /// Adds what the weights of the denominators stand for; returns its place.
    pub(super) fn add_elements(&mut self, plan: &Plan) -> usize {
        let start = self.words.len();
        let weights = plan.message_weights.iter();
        self.words
            .extend(weights.flat_map(|weight| [weight.interaction, weight.power]));
        start
    }

    /// Adds entries of inputs; returns the number of the first.
    pub(super) fn add_entries(&mut self, entries: &[Entry]) -> usize {
        let number = self.words.len().div_ceil(Entry::WORDS);
        self.words.resize(number * Entry::WORDS, 0);
        self.words.extend(words_of(entries));
        number
    }

    /// Adds slices, by their `starts` in the plan's table at `table`.
    pub(super) fn add_slices(&mut self, table: usize, starts: &[u32]) -> Slices {
        let first = self.words.len();
        self.words
            .extend(starts.iter().map(|start| start + word(table)));
        Slices {
            first,
            count: starts.len().saturating_sub(1),
        }
    }

    /// Adds the slices of the plan with its table at `table`, for each of [`SLICE_COUNTS`].
    pub(super) fn add_sliced(&mut self, table: usize, plan: &Plan) -> Vec<Sliced> {
        let counts = SLICE_COUNTS.into_iter();
        counts
            .map(|count| {
                let passes = plan.column_passes(count);
                let passes = passes.iter().map(|starts| self.add_slices(table, starts));
                Sliced {
                    column_passes: passes.collect(),
                    outputs: self.add_outputs(table, plan, count),
                }
            })
            .collect()
    }

    fn add_outputs(&mut self, table: usize, plan: &Plan, count: usize) -> OutputSlices {
        let kinds = [&plan.constraints, &plan.numerators, &plan.denominators];
        let n_words = |section: &Section| section.starts[section.n_sums()] - section.starts[0];
        let n_words_of_all = kinds.map(n_words).iter().sum::<u32>().max(1);
        // The sections follow each other in the table, and so do their slices.
        let mut starts = vec![plan.constraints.starts[0]];
        let counts = kinds.map(|section| {
            if section.n_sums() == 0 {
                return 0;
            }
            let share = count * n_words(section) as usize / n_words_of_all as usize;
            let count = share.min(n_words(section) as usize / MIN_SLICE_WORDS);
            let slices = section.slices(0..section.n_sums(), count.max(1));
            starts.extend(&slices[1..]);
            slices.len() - 1
        });
        OutputSlices {
            slices: self.add_slices(table, &starts),
            counts,
        }
    }
}
