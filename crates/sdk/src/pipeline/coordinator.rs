//! Knows how far a proof is, and decides what is done next.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    mem,
    sync::{
        mpsc::{Receiver, Sender},
        Arc,
    },
    time::Duration,
};

use openvm_circuit::{
    arch::{execution_mode::Segment, VmState},
    system::memory::{merkle::public_values::UserPublicValuesProof, CHUNK},
};
use openvm_stark_backend::{proof::Proof, StarkEngine};
use tracing::{info_span, Span};

use super::{
    devices::{Devices, Held},
    event::{Event, Observer},
    executor::StateRequest,
    message::Message,
    nodes::{Children, NodeJob},
    plan::Plan,
    provers::{ProveJob, Statement},
    tracers::{self, TraceJob},
    workers::Workers,
};
use crate::{
    aggregation::{Node, Tree},
    execution::TracedSegment,
    program::Program,
    Error, GuestVm, F, SC,
};

/// What the pipeline makes.
pub(crate) struct Proofs {
    /// Of the segments in order, or of the aggregation tree alone.
    pub(crate) proofs: Vec<Proof<SC>>,
    pub(crate) user_public_values: UserPublicValuesProof<CHUNK, F>,
}

/// Threads that make traces, for all devices.
pub(super) struct Tracers {
    n_threads: usize,
    workers: Workers<TraceJob>,
}

pub(super) struct Coordinator<'p, B: GuestVm> {
    /// The program on each device.
    pub(super) programs: &'p [Arc<Program<B>>],
    pub(super) plan: &'p Plan,
    pub(super) tracers: &'p mut Option<Tracers>,
    pub(super) observer: &'p mut dyn Observer,
    pub(super) sender: Sender<Message>,
    pub(super) requests: Sender<StateRequest>,
    pub(super) nodes: Workers<NodeJob>,
    pub(super) devices: Devices,
    /// Where the proof was asked for.
    pub(super) span: Span,

    pub(super) segments: Vec<Segment>,
    pub(super) all_found: bool,
    /// Segments whose starts nobody was asked for: new ones, and those of a device that was lost.
    pub(super) to_reach: BTreeSet<usize>,
    /// Those asked for that no tracer has yet.
    pub(super) n_reaching: usize,
    /// Of them, where segments start.
    pub(super) states: BTreeMap<usize, VmState<F>>,
    pub(super) n_given_to_tracers: usize,
    /// Of segments in the making.
    pub(super) host_bytes: u64,
    pub(super) spans: BTreeMap<usize, Span>,
    /// Nodes that nobody makes traces of yet.
    pub(super) node_jobs: VecDeque<(Node, Children)>,
    pub(super) segment_proofs: BTreeMap<usize, Proof<SC>>,
    pub(super) user_public_values: Option<UserPublicValuesProof<CHUNK, F>>,
    pub(super) tree: Option<Tree<Proof<SC>>>,
    pub(super) root: Option<Proof<SC>>,
}

impl<B: GuestVm> Coordinator<'_, B> {
    pub(super) fn run(&mut self, messages: &Receiver<Message>) -> Result<Proofs, Error> {
        let result = self.run_to_end(messages);
        // After an error, tracers are still at work. They stay for the next proof, so they must be idle.
        while let Some(tracers) = self.tracers.as_mut() {
            if tracers.workers.n_idle() == self.plan.workers {
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
            self.devices.start_proving()?;
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
                self.to_reach.insert(index);
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
                device,
                index,
                result,
            } => {
                if let Some(tracers) = self.tracers.as_mut() {
                    tracers.workers.is_idle_again(worker);
                }
                self.host_bytes -= Plan::segment_host_bytes(self.trace_bytes(index));
                if let Some(traced) = self.of_device(device, result)? {
                    self.segment_traced(device, index, *traced);
                }
            }
            Message::NodeTraced {
                worker,
                device,
                node,
                time,
                result,
            } => {
                self.nodes.is_idle_again(worker);
                if let Some(ctx) = self.of_device(device, result)? {
                    self.observer
                        .on_event(&Event::NodeTraced { node, device, time });
                    let job = ProveJob {
                        statement: Statement::Node(node),
                        ctx,
                        span: self.node_span(node),
                    };
                    self.devices.traced(device, job);
                }
            }
            Message::Proven {
                worker,
                device,
                statement,
                time,
                result,
            } => {
                self.devices.prover_is_idle_again(device, worker);
                if let Some(proof) = self.of_device(device, result)? {
                    self.devices.proven(device, statement, time);
                    let event = self.proven(device, statement, time, proof);
                    self.observer.on_event(&event);
                    self.take_ready_nodes();
                }
            }
        }
        Ok(())
    }

    /// What a worker made for a device, unless that was lost: then others are to make it.
    ///
    /// # Errors
    /// The worker's, if the device is there, or no other is.
    fn of_device<T>(
        &mut self,
        device: usize,
        result: Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        if self.devices.is_lost(device) {
            return Ok(None);
        }
        let error = match result {
            Ok(made) => return Ok(Some(made)),
            Err(error) => error,
        };
        if !self.programs[device].engine.device().is_lost() {
            return Err(error);
        }
        let Some(Held { segments, nodes }) = self.devices.lose(device) else {
            return Err(error);
        };
        self.observer.on_event(&Event::DeviceLost {
            device,
            error: error.to_string(),
            segments: segments.len(),
            nodes: nodes.len(),
        });
        self.to_reach.extend(segments.into_keys());
        self.node_jobs.extend(nodes);
        Ok(None)
    }

    fn proven(
        &mut self,
        device: usize,
        statement: Statement,
        time: Duration,
        proof: Proof<SC>,
    ) -> Event {
        match (statement, &mut self.tree) {
            (Statement::Segment(segment), tree) => {
                self.spans.remove(&segment);
                match tree {
                    Some(tree) => tree.add_segment(segment, proof),
                    None => drop(self.segment_proofs.insert(segment, proof)),
                }
                Event::SegmentProven {
                    segment,
                    device,
                    time,
                }
            }
            (Statement::Node(node), tree) => {
                if let Some(tree) = tree {
                    tree.add_node(node, proof);
                }
                Event::NodeProven { node, device, time }
            }
        }
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

    fn segment_traced(&mut self, device: usize, index: usize, traced: TracedSegment) {
        self.observer.on_event(&Event::SegmentTraced {
            segment: index,
            device,
            bytes: self.trace_bytes(index),
            times: traced.times,
            cpu_traces: traced.cpu_traces,
        });
        if traced.user_public_values.is_some() {
            self.user_public_values = traced.user_public_values;
        }
        let job = ProveJob {
            statement: Statement::Segment(index),
            ctx: traced.ctx,
            span: self.spans.get(&index).cloned().unwrap_or_else(Span::none),
        };
        self.devices.traced(device, job);
    }

    /// Asks for the starts of the next segments: one for each tracer, and one in reserve.
    fn request_states(&mut self) {
        while self.n_reaching <= self.plan.workers {
            let Some(index) = self.to_reach.pop_first() else {
                break;
            };
            let request = StateRequest {
                index,
                instructions: self.segments[index].instret_start,
            };
            // If that thread has ended, it has sent its error.
            let _ = self.requests.send(request);
            self.n_reaching += 1;
        }
    }

    /// Gives segments to idle tracers, in order, as long as there is memory for them.
    fn start_tracing(&mut self) -> Result<(), Error> {
        // Until then it is not known how many threads each will have.
        let threads = [self.segments.len(), usize::MAX].map(|n| self.plan.threads(n));
        if !self.all_found && threads[0] != threads[1] {
            return Ok(());
        }
        self.start_tracers()?;
        let n_devices = self.programs.len();
        while let Some((&index, _)) = self.states.first_key_value() {
            let trace_bytes = self.trace_bytes(index);
            let on_host = Plan::segment_host_bytes(trace_bytes);
            let is_host_full =
                self.host_bytes > 0 && self.host_bytes + on_host > self.plan.host_bytes;
            let tracers = self.tracers.as_mut();
            let tracers = tracers.filter(|tracers| tracers.workers.has_idle());
            let (Some(tracers), false) = (tracers, is_host_full) else {
                return Ok(());
            };
            let Some(device) = self.devices.take_segment(index, trace_bytes) else {
                return Ok(());
            };
            let Some(state) = self.states.remove(&index) else {
                return Ok(());
            };
            let span = info_span!(parent: &self.span, "prove_segment", segment = index);
            self.spans.insert(index, span.clone());
            let job = TraceJob {
                device,
                index,
                segment: self.segments[index].clone(),
                state,
                span,
                reply: self.sender.clone(),
            };
            // So that few tracers need VMs for several devices.
            let preferred = |number: usize| number % n_devices == device;
            let given = tracers.workers.give_to_one(job, preferred);
            given.map_err(|_| gone("tracer"))?;
            self.n_reaching -= 1;
            self.n_given_to_tracers += 1;
            self.host_bytes += on_host;
        }
        Ok(())
    }

    /// Has as many tracers as this proof can use, with as many threads.
    fn start_tracers(&mut self) -> Result<(), Error> {
        let plan = self.plan;
        let n_threads = plan.threads(self.segments.len());
        let serves =
            |tracers: &Tracers| tracers.n_threads == n_threads || self.n_given_to_tracers > 0;
        if !self.tracers.as_ref().is_some_and(serves) {
            let workers = tracers::start(self.programs, plan.workers, n_threads)?;
            *self.tracers = Some(Tracers { n_threads, workers });
        }
        Ok(())
    }

    fn take_ready_nodes(&mut self) {
        let Some(tree) = &mut self.tree else { return };
        self.root = tree.take_root();
        let ready = tree.take_ready().into_iter();
        self.node_jobs
            .extend(ready.map(|(node, proofs)| (node, proofs.into())));
    }

    fn start_nodes(&mut self) -> Result<(), Error> {
        while self.nodes.has_idle() {
            let Some((node, proofs)) = self.node_jobs.pop_front() else {
                break;
            };
            let Some(device) = self.devices.take_node(node, &proofs) else {
                unreachable!("a device is left, or the proof has failed");
            };
            let job = NodeJob {
                device,
                node,
                proofs,
                span: self.node_span(node),
            };
            self.nodes.give(job).map_err(|_| gone("node"))?;
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
                mem::take(&mut self.segment_proofs).into_values().collect()
            }
        };
        Some(Proofs {
            proofs,
            user_public_values: self.user_public_values.take()?,
        })
    }

    fn trace_bytes(&self, segment: usize) -> u64 {
        self.programs[0].trace_bytes(&self.segments[segment])
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
