//! Knows how far a proof is, and decides what is done next.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        mpsc::{channel, Receiver, Sender},
        Arc,
    },
    thread,
};

use openvm_circuit::{
    arch::{execution_mode::Segment, VmState},
    system::memory::{merkle::public_values::UserPublicValuesProof, CHUNK},
};
use openvm_sdk::StdIn;
use openvm_stark_backend::proof::Proof;
use tracing::{info_span, Span};

use super::{
    event::{Event, Observer},
    executor::{meter, reach_states, StateRequest},
    message::Message,
    nodes::{self, NodeJob},
    plan::Plan,
    provers::{self, ProveJob, Statement},
    tracers::{self, TraceJob},
    workers::Workers,
};
use crate::{
    aggregation::{Circuits, Node, Tree},
    execution::TracedSegment,
    program::Program,
    Error, GuestVm, F, SC,
};

/// Nodes whose traces are made at the same time; each uses all cores.
const NODES_AT_ONCE: usize = 2;

/// A program's way to proofs. Its threads stay from one proof to the next, with their VMs.
pub(crate) struct Pipeline<B: GuestVm> {
    program: Arc<Program<B>>,
    plan: Plan,
    tracers: Option<Tracers>,
}

struct Tracers {
    n_threads: usize,
    workers: Workers<TraceJob>,
}

/// What the pipeline makes.
pub(crate) struct Proofs {
    /// Of the segments in order, or of the aggregation tree alone.
    pub(crate) proofs: Vec<Proof<SC>>,
    pub(crate) user_public_values: UserPublicValuesProof<CHUNK, F>,
}

impl<B: GuestVm> Pipeline<B> {
    pub(crate) fn new(program: Program<B>, plan: Plan) -> Self {
        Self {
            program: Arc::new(program),
            plan,
            tracers: None,
        }
    }

    pub(crate) fn program(&self) -> &Program<B> {
        &self.program
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
        let program = self.program.clone();
        let program = &*program;
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
            let n = self.plan.proofs_at_once;
            let provers = Workers::start(n, "prover", |thread, number, jobs| {
                let reply = sender.clone();
                spawn(scope, thread, move || {
                    provers::run(program, circuits, number, &jobs, &reply)
                })
            })?;
            let mut coordinator = Coordinator {
                pipeline: self,
                observer,
                sender,
                requests,
                nodes,
                provers,
                span: Span::current(),
                segments: vec![],
                all_found: false,
                n_requested: 0,
                states: BTreeMap::new(),
                n_given_to_tracers: 0,
                host_bytes: 0,
                device_bytes: 0,
                spans: BTreeMap::new(),
                traced: VecDeque::new(),
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

struct Coordinator<'p, B: GuestVm> {
    pipeline: &'p mut Pipeline<B>,
    observer: &'p mut dyn Observer,
    sender: Sender<Message>,
    requests: Sender<StateRequest>,
    nodes: Workers<NodeJob>,
    provers: Workers<ProveJob>,
    /// Where the proof was asked for.
    span: Span,

    segments: Vec<Segment>,
    all_found: bool,
    n_requested: usize,
    /// Where segments start that no tracer has yet.
    states: BTreeMap<usize, VmState<F>>,
    n_given_to_tracers: usize,
    /// Of segments in the making.
    host_bytes: u64,
    /// Of segments in the making or waiting for their proof.
    device_bytes: u64,
    spans: BTreeMap<usize, Span>,
    traced: VecDeque<ProveJob>,
    node_jobs: VecDeque<NodeJob>,
    segment_proofs: BTreeMap<usize, Proof<SC>>,
    user_public_values: Option<UserPublicValuesProof<CHUNK, F>>,
    tree: Option<Tree<Proof<SC>>>,
    root: Option<Proof<SC>>,
}

impl<B: GuestVm> Coordinator<'_, B> {
    fn run(&mut self, messages: &Receiver<Message>) -> Result<Proofs, Error> {
        let result = self.run_to_end(messages);
        // After an error, tracers are still at work. They stay for the next proof, so they must be idle.
        while let Some(tracers) = &mut self.pipeline.tracers {
            if tracers.workers.n_idle() == self.pipeline.plan.workers {
                break;
            }
            if let Ok(Message::SegmentTraced { worker, .. }) = messages.recv() {
                tracers.workers.is_idle_again(worker);
            }
        }
        result
    }

    fn run_to_end(&mut self, messages: &Receiver<Message>) -> Result<Proofs, Error> {
        loop {
            if let Some(proofs) = self.take_proofs() {
                return Ok(proofs);
            }
            self.request_states();
            self.start_tracing()?;
            self.start_nodes()?;
            self.start_proving()?;
            // This end of the channel has a sender itself, so there always is one.
            let Ok(message) = messages.recv() else {
                unreachable!("the coordinator holds a sender");
            };
            self.take_in(message)?;
        }
    }

    fn take_in(&mut self, message: Message) -> Result<(), Error> {
        match message {
            Message::SegmentFound(segment) => {
                let (index, instructions) = (self.segments.len(), segment.num_insns);
                self.segments.push(segment);
                self.observer.on_event(&Event::SegmentFound {
                    segment: index,
                    instructions,
                });
            }
            Message::ExecutionEnded(result) => {
                result?;
                self.all_found();
            }
            Message::StateReached { index, result } => {
                self.states.insert(index, result?);
            }
            Message::SegmentTraced {
                worker,
                index,
                result,
            } => {
                if let Some(tracers) = &mut self.pipeline.tracers {
                    tracers.workers.is_idle_again(worker);
                }
                self.segment_traced(index, *result?);
            }
            Message::NodeTraced {
                worker,
                node,
                time,
                result,
            } => {
                self.nodes.is_idle_again(worker);
                let ctx = result?;
                self.observer.on_event(&Event::NodeTraced { node, time });
                self.traced.push_front(ProveJob {
                    statement: Statement::Node(node),
                    ctx,
                    span: self.node_span(node),
                });
            }
            Message::Proven {
                worker,
                statement,
                time,
                result,
            } => {
                self.provers.is_idle_again(worker);
                let proof = result?;
                match statement {
                    Statement::Segment(segment) => {
                        self.device_bytes -= self.trace_bytes(segment);
                        self.spans.remove(&segment);
                        let event = Event::SegmentProven { segment, time };
                        self.observer.on_event(&event);
                        match &mut self.tree {
                            Some(tree) => tree.add_segment(segment, proof),
                            None => drop(self.segment_proofs.insert(segment, proof)),
                        }
                    }
                    Statement::Node(node) => {
                        self.observer.on_event(&Event::NodeProven { node, time });
                        if let Some(tree) = &mut self.tree {
                            tree.add_node(node, proof);
                        }
                    }
                }
                self.take_ready_nodes();
            }
        }
        Ok(())
    }

    fn all_found(&mut self) {
        self.all_found = true;
        if let Some(tree) = &mut self.tree {
            tree.set_n_segments(self.segments.len());
        }
        self.observer.on_event(&Event::ProgramExecuted {
            segments: self.segments.len(),
            instructions: self.segments.iter().map(|segment| segment.num_insns).sum(),
            nodes: self.tree.as_ref().and_then(Tree::n_nodes).unwrap_or(0),
        });
        self.take_ready_nodes();
    }

    fn segment_traced(&mut self, index: usize, traced: TracedSegment) {
        let bytes = self.trace_bytes(index);
        self.host_bytes -= Plan::segment_host_bytes(bytes);
        self.observer.on_event(&Event::SegmentTraced {
            segment: index,
            bytes,
            times: traced.times,
            cpu_traces: traced.cpu_traces,
        });
        if traced.user_public_values.is_some() {
            self.user_public_values = traced.user_public_values;
        }
        self.traced.push_back(ProveJob {
            statement: Statement::Segment(index),
            ctx: traced.ctx,
            span: self.spans.get(&index).cloned().unwrap_or_else(Span::none),
        });
    }

    /// Asks for the starts of the next segments: one for each tracer, and one in reserve.
    fn request_states(&mut self) {
        let limit = self.n_given_to_tracers + self.pipeline.plan.workers + 1;
        while self.n_requested < self.segments.len().min(limit) {
            let request = StateRequest {
                index: self.n_requested,
                instructions: self.segments[self.n_requested].instret_start,
            };
            // If that thread has ended, it has sent its error.
            let _ = self.requests.send(request);
            self.n_requested += 1;
        }
    }

    /// Gives segments to idle tracers, in order, as long as there is memory for them.
    fn start_tracing(&mut self) -> Result<(), Error> {
        let Plan {
            workers,
            host_bytes,
            device_bytes,
            ..
        } = self.pipeline.plan;
        // Until then it is not known how many will be side by side.
        if !self.all_found && self.segments.len() < workers {
            return Ok(());
        }
        self.start_tracers()?;
        loop {
            let index = self.n_given_to_tracers;
            if !self.states.contains_key(&index) {
                return Ok(());
            }
            let trace_bytes = self.trace_bytes(index);
            let on_host = Plan::segment_host_bytes(trace_bytes);
            let is_host_full = self.host_bytes > 0 && self.host_bytes + on_host > host_bytes;
            let is_device_full =
                self.device_bytes > 0 && self.device_bytes + trace_bytes > device_bytes;
            let tracers = self.pipeline.tracers.as_mut();
            let tracers = tracers.filter(|tracers| tracers.workers.has_idle());
            let (Some(tracers), false) = (tracers, is_host_full || is_device_full) else {
                return Ok(());
            };
            let Some(state) = self.states.remove(&index) else {
                return Ok(());
            };
            let span = info_span!(parent: &self.span, "prove_segment", segment = index);
            self.spans.insert(index, span.clone());
            let job = TraceJob {
                index,
                segment: self.segments[index].clone(),
                state,
                span,
                reply: self.sender.clone(),
            };
            tracers.workers.give(job).map_err(|_| gone("tracer"))?;
            self.n_given_to_tracers += 1;
            self.host_bytes += on_host;
            self.device_bytes += trace_bytes;
        }
    }

    /// Has as many tracers as this proof can use, with as many threads.
    fn start_tracers(&mut self) -> Result<(), Error> {
        let plan = self.pipeline.plan;
        let n_threads = plan.threads(self.segments.len());
        let serves =
            |tracers: &Tracers| tracers.n_threads == n_threads || self.n_given_to_tracers > 0;
        if !self.pipeline.tracers.as_ref().is_some_and(serves) {
            let workers = tracers::start(&self.pipeline.program, plan.workers, n_threads)?;
            self.pipeline.tracers = Some(Tracers { n_threads, workers });
        }
        Ok(())
    }

    fn take_ready_nodes(&mut self) {
        let Some(tree) = &mut self.tree else { return };
        self.root = tree.take_root();
        for (node, proofs) in tree.take_ready() {
            let span = self.node_span(node);
            self.node_jobs.push_back(NodeJob { node, proofs, span });
        }
    }

    fn start_nodes(&mut self) -> Result<(), Error> {
        while self.nodes.has_idle() {
            let Some(job) = self.node_jobs.pop_front() else {
                break;
            };
            self.nodes.give(job).map_err(|_| gone("node"))?;
        }
        Ok(())
    }

    fn start_proving(&mut self) -> Result<(), Error> {
        while self.provers.has_idle() {
            let Some(job) = self.traced.pop_front() else {
                break;
            };
            self.provers.give(job).map_err(|_| gone("prover"))?;
        }
        Ok(())
    }

    fn take_proofs(&mut self) -> Option<Proofs> {
        let proofs = match (&self.tree, self.root.take()) {
            (Some(_), root) => vec![root?],
            (None, _) => {
                let n_proven = self.segment_proofs.len();
                if !self.all_found || n_proven < self.segments.len() {
                    return None;
                }
                std::mem::take(&mut self.segment_proofs)
                    .into_values()
                    .collect()
            }
        };
        Some(Proofs {
            proofs,
            user_public_values: self.user_public_values.take()?,
        })
    }

    fn trace_bytes(&self, segment: usize) -> u64 {
        self.pipeline.program.trace_bytes(&self.segments[segment])
    }

    fn node_span(&self, node: Node) -> Span {
        let group = node.group();
        let layer = info_span!(parent: &self.span, "agg_layer", group);
        match node.layer {
            0 => info_span!(parent: &layer, "single_leaf_agg", idx = node.index),
            _ => info_span!(parent: &layer, "single_internal_agg", idx = node.index),
        }
    }
}

fn gone(worker: &str) -> Error {
    Error::Thread(format!("the {worker} thread has ended"))
}
