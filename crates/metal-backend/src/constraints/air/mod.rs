//! What the device keeps of an AIR: its compiled plans, and where their inputs come from.

mod inputs;
mod tables;

use openvm_stark_backend::{
    air_builders::symbolic::SymbolicConstraintsDag, keygen::types::StarkVerifyingParams,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::F;

use self::{
    inputs::input_groups,
    tables::{PlanTables, SLICE_COUNTS},
};
pub use self::{
    inputs::{InputGroup, PlanInputs},
    tables::{OutputSlices, Sliced, Slices},
};
use super::compile::{compile, Plan, Targets};
use crate::{
    gpu::{Buffer, Gpu},
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
    /// Its table, slices and entries, among those of other plans.
    pub table: Buffer<u32>,
    /// What its slots are filled with.
    pub inputs: PlanInputs,
    /// Place in the table of what the weights of the denominators stand for: an interaction and a power.
    pub elements_start: usize,
    sliced: Vec<Sliced>,
}

/// Threads that keep a large GPU busy, on an H200. There are more slices where lanes do not make up
/// for them.
const WANTED_THREADS: usize = 1 << 18;

/// The plans of an AIR on the host.
#[derive(Debug)]
pub struct CompiledAir {
    all: Plan,
    interactions: Option<Plan>,
}

impl CompiledAir {
    /// Compiles an AIR; `name` names it in errors.
    pub fn new(
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
        let interactions = match air.interactions.is_empty() {
            true => None,
            false => Some(compile(Targets::Interactions)?),
        };
        Ok(Self {
            all: compile(Targets::All)?,
            interactions,
        })
    }
}

impl AirPlan {
    /// Copies the tables of AIRs to the device, to as few buffers as bindings allow, so that a dispatch
    /// can evaluate plans of several AIRs. An AIR that was not compiled keeps its error.
    pub fn upload_all(
        gpu: &Gpu,
        airs: Vec<Result<CompiledAir, MetalError>>,
    ) -> Vec<Result<Self, MetalError>> {
        let max_words = (gpu.max_binding_bytes() / size_of::<u32>() as u64) as usize;
        let (mut tables, mut of_tables, mut plans) = (PlanTables::default(), vec![], vec![]);
        for air in airs {
            let mut air = air.map(|air| (AirPlaces::new(&air, &mut tables), air));
            if let Ok((places, compiled)) = &mut air {
                if tables.len() > max_words && places.start > 0 {
                    tables.truncate(places.start);
                    plans.extend(Self::upload(gpu, &tables, std::mem::take(&mut of_tables)));
                    tables = PlanTables::default();
                    *places = AirPlaces::new(compiled, &mut tables);
                }
            }
            of_tables.push(air);
        }
        plans.extend(Self::upload(gpu, &tables, of_tables));
        plans
    }

    fn upload(
        gpu: &Gpu,
        tables: &PlanTables,
        airs: Vec<Result<(AirPlaces, CompiledAir), MetalError>>,
    ) -> impl Iterator<Item = Result<Self, MetalError>> {
        let table = tables.upload(gpu);
        airs.into_iter().map(move |air| {
            let ((places, air), table) = (air?, table.clone()?);
            let with_interactions = air.interactions.zip(places.interactions);
            Ok(Self {
                interactions: with_interactions.map(
                    |(plan, (places, numerators, denominators))| InteractionPlan {
                        plan: DevicePlan::new(plan, places, &table),
                        numerators,
                        denominators,
                    },
                ),
                all: DevicePlan::new(air.all, places.all, &table),
            })
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

/// Where the plans of an AIR are in their tables.
struct AirPlaces {
    /// Number of words before them.
    start: usize,
    all: PlanPlaces,
    /// With the slices of numerators and of denominators.
    interactions: Option<(PlanPlaces, Slices, Slices)>,
}

/// Where a plan is in its tables.
struct PlanPlaces {
    table: usize,
    groups: Vec<InputGroup>,
    elements: usize,
    sliced: Vec<Sliced>,
}

impl AirPlaces {
    fn new(air: &CompiledAir, tables: &mut PlanTables) -> Self {
        Self {
            start: tables.len(),
            all: PlanPlaces::new(&air.all, tables),
            interactions: air.interactions.as_ref().map(|plan| {
                let places = PlanPlaces::new(plan, tables);
                let numerators = tables.add_slices(places.table, &plan.numerators.starts);
                let denominators = tables.add_slices(places.table, &plan.denominator_slices());
                (places, numerators, denominators)
            }),
        }
    }
}

impl PlanPlaces {
    fn new(plan: &Plan, tables: &mut PlanTables) -> Self {
        let inputs = (0..).zip(&plan.inputs).map(|(slot, &input)| (input, slot));
        let table = tables.add_table(plan);
        Self {
            table,
            groups: input_groups(inputs.collect(), tables),
            elements: tables.add_elements(plan),
            sliced: tables.add_sliced(table, plan),
        }
    }
}

impl DevicePlan {
    fn new(plan: Plan, places: PlanPlaces, table: &Buffer<u32>) -> Self {
        Self {
            plan,
            table: table.clone(),
            inputs: PlanInputs {
                entries: table.rows(),
                groups: places.groups,
            },
            elements_start: places.elements,
            sliced: places.sliced,
        }
    }

    /// The slices for a dispatch of `n_lanes` lanes, those of other plans included.
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
