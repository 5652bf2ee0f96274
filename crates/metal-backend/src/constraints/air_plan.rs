//! What the device keeps of an AIR: its compiled plans, and where their inputs come from.

use std::ops::Range;

use openvm_stark_backend::{
    air_builders::symbolic::SymbolicConstraintsDag, keygen::types::StarkVerifyingParams,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::F;

use super::compile::{compile, Input, Part, Plan, Section, Targets};
use crate::{
    gpu::{Buffer, Gpu, GpuError},
    kernels::rap::{
        expressions::{OutputSlices, Slices},
        inputs::{
            ENTRY_WORDS, KIND_COLUMN, KIND_IS_FIRST, KIND_IS_LAST, KIND_IS_TRANSITION,
            KIND_PUBLIC_VALUE,
        },
    },
    MetalError,
};

/// An AIR's plans on the device, made once per proving key.
#[derive(Debug)]
pub struct AirPlan {
    /// Constraints and interactions, for round 0 and the multilinear rounds.
    pub all: DevicePlan,
    /// The interactions alone, for the GKR input; `None` where there are none.
    pub interactions: Option<InteractionPlan>,
}

/// A plan whose slices are the interactions.
#[derive(Debug)]
pub struct InteractionPlan {
    /// The plan.
    pub plan: DevicePlan,
    /// One slice for each interaction's numerator.
    pub numerators: Slices,
    /// One slice for each interaction's denominator.
    pub denominators: Slices,
}

/// A plan with its table.
#[derive(Debug)]
pub struct DevicePlan {
    /// The plan.
    pub plan: Plan,
    /// Its table; one word where it is empty.
    pub table: Buffer<u32>,
    /// What its slots are filled with.
    pub sources: Sources,
    sliced: Vec<Sliced>,
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
const SLICE_COUNTS: [usize; 5] = [4, 16, 64, 256, 1024];

/// Threads that keep a large GPU busy, on an H200. There are more slices where rows do not make up
/// for them.
const WANTED_THREADS: usize = 1 << 18;

/// Fewer words than this are not worth a slice.
const MIN_SLICE_WORDS: usize = 32;

impl AirPlan {
    /// Compiles an AIR and copies its tables to the device.
    pub fn new(
        gpu: &Gpu,
        name: &str,
        air: &SymbolicConstraintsDag<F>,
        params: &StarkVerifyingParams,
    ) -> Result<Self, MetalError> {
        let compile = |targets| {
            compile(air, params, targets).map_err(|error| MetalError::Compile {
                air: name.to_owned(),
                error,
            })
        };
        let all = compile(Targets::All)?;
        let interactions = if air.interactions.is_empty() {
            None
        } else {
            Some(InteractionPlan::new(gpu, compile(Targets::Interactions)?)?)
        };
        Ok(Self {
            all: DevicePlan::new(gpu, all)?,
            interactions,
        })
    }

    /// Number of interactions.
    pub fn n_interactions(&self) -> usize {
        self.all.plan.numerators.n_sums()
    }

    /// Number of constraints.
    pub fn n_constraints(&self) -> usize {
        self.all.plan.constraints.n_sums()
    }
}

impl InteractionPlan {
    fn new(gpu: &Gpu, plan: Plan) -> Result<Self, GpuError> {
        Ok(Self {
            numerators: Slices::upload(gpu, &plan.numerators.starts)?,
            denominators: Slices::upload(gpu, &plan.denominator_slices())?,
            plan: DevicePlan::new(gpu, plan)?,
        })
    }
}

impl DevicePlan {
    fn new(gpu: &Gpu, plan: Plan) -> Result<Self, GpuError> {
        let inputs = (0..).zip(&plan.inputs).map(|(slot, &input)| (input, slot));
        let table = if plan.table.is_empty() {
            &[0][..]
        } else {
            &plan.table
        };
        Ok(Self {
            table: gpu.upload(table, "constraint table")?,
            sources: Sources::new(gpu, inputs.collect())?,
            sliced: SLICE_COUNTS
                .iter()
                .map(|&count| Sliced::new(gpu, &plan, count))
                .collect::<Result<_, _>>()?,
            plan,
        })
    }

    /// The slices for a dispatch of `n_lanes` lanes.
    pub fn sliced(&self, n_lanes: usize) -> &Sliced {
        let mut counts = SLICE_COUNTS.iter();
        let choice = counts.position(|count| count * n_lanes >= WANTED_THREADS);
        &self.sliced[choice.unwrap_or(SLICE_COUNTS.len() - 1)]
    }

    /// Vectors of 16 bytes in the slots of `n_lanes` lanes.
    pub fn slots_len(&self, n_lanes: usize) -> usize {
        self.plan.n_slots() * n_lanes
    }
}

impl Sliced {
    fn new(gpu: &Gpu, plan: &Plan, count: usize) -> Result<Self, GpuError> {
        let passes = plan.column_passes(count);
        let passes = passes.iter().map(|starts| Slices::upload(gpu, starts));
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
        Ok(Self {
            column_passes: passes.collect::<Result<_, _>>()?,
            outputs: OutputSlices {
                slices: Slices::upload(gpu, &starts)?,
                counts,
            },
        })
    }
}

/// The parts of an AIR with their widths, in the order of the proof's openings.
pub fn parts(params: &StarkVerifyingParams) -> Vec<(Part, usize)> {
    let width = &params.width;
    let common = (Part::Common, width.common_main);
    let preprocessed = width.preprocessed.map(|width| (Part::Preprocessed, width));
    let cached = (0..)
        .zip(&width.cached_mains)
        .map(|(i, &width)| (Part::Cached(i), width));
    [common]
        .into_iter()
        .chain(preprocessed)
        .chain(cached)
        .collect()
}

/// A list of inputs with their targets, on the device, those of one part together.
#[derive(Debug)]
pub struct Sources {
    /// As words; see `kernels/rap/source.wgsl`.
    pub entries: Buffer<u32>,
    /// The parts.
    pub groups: Vec<SourceGroup>,
}

/// The entries of one part, sorted by column.
#[derive(Debug)]
pub struct SourceGroup {
    /// The part; `None` for selectors and public values.
    pub part: Option<Part>,
    first_entry: usize,
    columns: Vec<u32>,
}

impl Sources {
    fn new(gpu: &Gpu, mut inputs: Vec<(Input, u32)>) -> Result<Self, GpuError> {
        inputs.sort_by_key(|&(input, _)| (part_of(input), column_of(input)));
        let mut groups: Vec<SourceGroup> = vec![];
        for (i, &(input, _)) in inputs.iter().enumerate() {
            let part = part_of(input);
            match groups.last_mut().filter(|group| group.part == part) {
                Some(group) => group.columns.push(column_of(input)),
                None => groups.push(SourceGroup {
                    part,
                    first_entry: i,
                    columns: vec![column_of(input)],
                }),
            }
        }
        let mut words: Vec<u32> = inputs
            .iter()
            .flat_map(|&(i, target)| entry(i, target))
            .collect();
        if words.is_empty() {
            words = vec![0; ENTRY_WORDS];
        }
        Ok(Self {
            entries: gpu.upload(&words, "inputs of constraints")?,
            groups,
        })
    }
}

impl SourceGroup {
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

fn part_of(input: Input) -> Option<Part> {
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

fn entry(input: Input, target: u32) -> [u32; ENTRY_WORDS] {
    let kind = match input {
        Input::IsFirstRow => KIND_IS_FIRST,
        Input::IsLastRow => KIND_IS_LAST,
        Input::IsTransition => KIND_IS_TRANSITION,
        Input::PublicValue(_) => KIND_PUBLIC_VALUE,
        Input::Column { .. } => KIND_COLUMN,
    };
    let is_next = matches!(input, Input::Column { next: true, .. });
    [kind, column_of(input), target, is_next.into()]
}
