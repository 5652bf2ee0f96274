//! The threads of a proof.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{mpsc::channel, Arc},
    thread,
};

use openvm_metal_backend::MetalDevice;
use openvm_sdk::StdIn;
use openvm_stark_backend::StarkEngine;
use tracing::Span;

use super::{
    coordinator::{Coordinator, Proofs, Tracers},
    devices::Devices,
    event::Observer,
    executor::{meter, reach_states},
    nodes,
    plan::Plan,
    provers,
    workers::Workers,
};
use crate::{
    aggregation::{Circuits, Tree},
    program::Program,
    Error, GuestVm,
};

/// Nodes whose traces are made at the same time; each uses all cores.
const NODES_AT_ONCE: usize = 2;

/// A program's way to proofs. Its threads stay from one proof to the next, with their VMs.
pub(crate) struct Pipeline<B: GuestVm> {
    /// The program on each device, one at least.
    programs: Vec<Arc<Program<B>>>,
    plan: Plan,
    tracers: Option<Tracers>,
}

impl<B: GuestVm> Pipeline<B> {
    pub(crate) fn new(programs: Vec<Arc<Program<B>>>, plan: Plan) -> Self {
        Self {
            programs,
            plan,
            tracers: None,
        }
    }

    /// The program, for what is the same on all devices.
    pub(crate) fn program(&self) -> &Program<B> {
        &self.programs[0]
    }

    /// The program on the first device.
    pub(crate) fn into_program(mut self) -> Arc<Program<B>> {
        self.programs.swap_remove(0)
    }

    pub(crate) fn devices(&self) -> impl Iterator<Item = &MetalDevice> {
        self.programs.iter().map(|program| program.engine.device())
    }

    /// Proves the program with `input`: its segments, or with `circuits` the tree over them.
    pub(crate) fn prove(
        &mut self,
        input: StdIn,
        circuits: Option<&Circuits>,
        observer: &mut dyn Observer,
    ) -> Result<Proofs, Error> {
        let tree = circuits.map(|circuits| Tree::new(circuits.host.agg_tree_config));
        let tree = tree.transpose()?;
        let Self {
            programs,
            plan,
            tracers,
        } = self;
        let (programs, plan) = (&programs[..], &*plan);
        let program = &*programs[0];
        thread::scope(|scope| {
            let (sender, messages) = channel();
            let (requests, wanted) = channel();
            let thread = |name: &str| thread::Builder::new().name(name.to_owned());
            let (metered_input, reply) = (input.clone(), sender.clone());
            spawn(scope, thread("metering"), move || {
                meter(program, metered_input, &reply)
            })?;
            let reply = sender.clone();
            spawn(scope, thread("boundaries"), move || {
                reach_states(program, input, &wanted, &reply)
            })?;
            let n_nodes = if tree.is_some() { NODES_AT_ONCE } else { 0 };
            let nodes = Workers::start(n_nodes, "node", |thread, number, jobs| {
                let Some(circuits) = circuits else {
                    return Ok(());
                };
                let reply = sender.clone();
                spawn(scope, thread, move || {
                    nodes::run(circuits, number, &jobs, &reply)
                })
            })?;
            let provers = programs.iter().enumerate().map(|(device, program)| {
                Workers::start(
                    plan.proofs_at_once,
                    &format!("prover {device}"),
                    |thread, number, jobs| {
                        let reply = sender.clone();
                        spawn(scope, thread, move || {
                            provers::run(program, circuits, device, number, &jobs, &reply)
                        })
                    },
                )
            });
            let provers = provers.collect::<Result<_, _>>()?;
            let is_lost = |device: usize| programs[device].engine.device().is_lost();
            let mut coordinator = Coordinator {
                devices: Devices::new(provers, &plan.device_bytes, is_lost),
                programs,
                plan,
                tracers,
                observer,
                sender,
                requests,
                nodes,
                span: Span::current(),
                segments: vec![],
                all_found: false,
                to_reach: BTreeSet::new(),
                n_reaching: 0,
                states: BTreeMap::new(),
                n_given_to_tracers: 0,
                host_bytes: 0,
                spans: BTreeMap::new(),
                node_jobs: VecDeque::new(),
                segment_proofs: BTreeMap::new(),
                user_public_values: None,
                tree,
                root: None,
            };
            coordinator.run(&messages)
        })
    }
}

fn spawn<'scope>(
    scope: &'scope thread::Scope<'scope, '_>,
    thread: thread::Builder,
    run: impl FnOnce() + Send + 'scope,
) -> Result<(), Error> {
    let spawned = thread.spawn_scoped(scope, run);
    spawned
        .map(drop)
        .map_err(|error| Error::Thread(error.to_string()))
}
