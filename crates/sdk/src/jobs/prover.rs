//! Segments and nodes proven one at a time, on the device.

use std::{
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
use openvm_metal_backend::MetalBackend;
use openvm_sdk::StdIn;
use openvm_stark_backend::{proof::Proof, prover::ProvingContext, StarkEngine};
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::{
    states::{reach_states, StateRequest},
    stored::StoredState,
};
use crate::{
    aggregation::{Circuits, Node},
    execution::{SegmentTracer, TracedSegment},
    panic::caught,
    program::Program,
    prover::{AppProver, StarkProver},
    Error, GuestVm, F, SC,
};

/// Proves single segments of a program's executions, and nodes of the aggregation trees over them.
///
/// One thread executes to where segments start, and goes on from one to the next: ask for segments in the order of the
/// execution. Everything else is done by the thread that calls, so that several of them keep the device at work.
pub struct JobProver<B: GuestVm> {
    program: Arc<Program<B>>,
    circuits: Option<Circuits>,
    states: Sender<StateRequest>,
}

/// There is one; machines with several run a prover for each.
const DEVICE: usize = 0;

/// What a thread needs to make traces. It stays on its thread, and serves any prover.
pub struct JobTracer<B: GuestVm> {
    pool: Result<ThreadPool, String>,
    tracer: Option<(Arc<Program<B>>, SegmentTracer<B>)>,
}

/// A segment whose start is being executed to.
pub struct SegmentJob {
    index: usize,
    segment: Segment,
    state: Receiver<Result<VmState<F>, Error>>,
}

/// Traces of a segment or node on the device.
pub struct TracedJob {
    statement: Statement,
    ctx: ProvingContext<MetalBackend>,
    user_public_values: Option<UserPublicValuesProof<CHUNK, F>>,
}

enum Statement {
    Segment(usize),
    Node(Node),
}

/// The proof of a segment or node.
pub struct JobProof {
    /// The proof.
    pub proof: Proof<SC>,
    /// Of the program's last segment.
    pub user_public_values: Option<UserPublicValuesProof<CHUNK, F>>,
}

impl<B: GuestVm> JobTracer<B> {
    /// A tracer for this thread, with so many threads for a segment. A thread can have one.
    pub fn new(n_threads: usize) -> Self {
        let pool = ThreadPoolBuilder::new().num_threads(n_threads);
        let pool = pool.use_current_thread().build();
        Self {
            pool: pool.map_err(|error| error.to_string()),
            tracer: None,
        }
    }

    fn trace(
        &mut self,
        program: &Arc<Program<B>>,
        job: SegmentJob,
    ) -> Result<TracedSegment, Error> {
        if let Err(error) = &self.pool {
            return Err(Error::Thread(error.clone()));
        }
        let SegmentJob {
            index,
            segment,
            state,
        } = job;
        let state = state.recv().map_err(|_| {
            Error::Thread("the thread that executes the program has ended".to_owned())
        })??;
        let last = self.tracer.take();
        let last = last.filter(|(of, _)| Arc::ptr_eq(of, program));
        let trace = || {
            let mut tracer = match last {
                Some((_, tracer)) => tracer,
                None => SegmentTracer::new(program)?,
            };
            let traced = tracer.trace(index, &segment, state)?;
            Ok((tracer, traced))
        };
        let what = || format!("making the traces of segment {index}");
        let (tracer, traced) = caught(what, trace)?;
        self.tracer = Some((program.clone(), tracer));
        Ok(traced)
    }
}

impl<B: GuestVm> JobProver<B> {
    /// A prover of the segments of what `app` proves.
    ///
    /// # Errors
    /// [`Error::Thread`] if there can be no more threads.
    pub fn of_segments(app: AppProver<B>) -> Result<Self, Error> {
        let program = app.into_program();
        let (states, requests) = channel();
        let executed = program.clone();
        let thread = thread::Builder::new().name("boundaries".to_owned());
        thread
            .spawn(move || reach_states::<B>(executed.config(), &executed.exe, &requests))
            .map_err(|error| Error::Thread(error.to_string()))?;
        Ok(Self {
            program,
            circuits: None,
            states,
        })
    }

    /// A prover of the segments and nodes of what `stark` proves.
    ///
    /// # Errors
    /// [`Error::Thread`] if there can be no more threads.
    pub fn of_segments_and_nodes(stark: StarkProver<B>) -> Result<Self, Error> {
        let (app, circuits) = stark.into_parts();
        Ok(Self {
            circuits: Some(circuits),
            ..Self::of_segments(app)?
        })
    }

    /// Begins with segment number `index` of the execution with this input. Segments with the same `Arc` go on from
    /// each other, or from a state of the same execution that is `stored`, if that is nearer.
    pub fn segment(
        &self,
        input: &Arc<StdIn>,
        index: usize,
        segment: Segment,
        stored: Option<StoredState>,
    ) -> SegmentJob {
        let (reply, state) = channel();
        let request = StateRequest {
            input: input.clone(),
            instructions: segment.instret_start,
            stored,
            reply,
        };
        // If that thread has ended, nobody replies.
        let _ = self.states.send(request);
        SegmentJob {
            index,
            segment,
            state,
        }
    }

    /// The traces of a segment.
    ///
    /// # Errors
    /// [`Error::Execution`] if the program does not come to the segment, and [`Error::Traces`] if it is not one.
    pub fn trace_segment(
        &self,
        tracer: &mut JobTracer<B>,
        job: SegmentJob,
    ) -> Result<TracedJob, Error> {
        let statement = Statement::Segment(job.index);
        let traced = tracer.trace(&self.program, job)?;
        Ok(TracedJob {
            statement,
            ctx: traced.ctx,
            user_public_values: traced.user_public_values,
        })
    }

    /// The traces of a node over the proofs of its children.
    ///
    /// # Errors
    /// [`Error::NoAggregation`] if this prover is of segments alone, [`Error::Prover`] if the traces do not come to
    /// the device, and [`Error::Panicked`] if the proofs are not those of its children.
    pub fn trace_node(&self, node: Node, children: &[Proof<SC>]) -> Result<TracedJob, Error> {
        let circuits = self.circuits.as_ref().ok_or(Error::NoAggregation)?;
        let what = || format!("making the traces of the {node}");
        let trace = || caught(what, || circuits.trace(DEVICE, node, children));
        // On a thread of its own all cores make the traces, and not those of this thread's segments alone.
        let ctx = thread::scope(|scope| {
            let thread = thread::Builder::new().name(node.to_string());
            let thread = thread.spawn_scoped(scope, trace);
            let thread = thread.map_err(|error| Error::Thread(error.to_string()))?;
            let ended = |_| Error::Thread(format!("the thread of the {node} has ended"));
            thread.join().map_err(ended)?
        })?;
        Ok(TracedJob {
            statement: Statement::Node(node),
            ctx,
            user_public_values: None,
        })
    }

    /// The proof of what was traced.
    ///
    /// # Errors
    /// [`Error::Prover`] if the engine fails, for want of memory for instance.
    pub fn prove(&self, job: TracedJob) -> Result<JobProof, Error> {
        let TracedJob {
            statement,
            ctx,
            user_public_values,
        } = job;
        let proof = match (statement, &self.circuits) {
            (Statement::Node(node), Some(circuits)) => caught(
                || format!("proving the {node}"),
                || circuits.prove(DEVICE, node, ctx),
            )?,
            (Statement::Node(_), None) => return Err(Error::NoAggregation),
            (Statement::Segment(index), _) => {
                let what = || format!("segment {index}");
                let prove = || {
                    let proof = self.program.engine.prove(&self.program.key, ctx);
                    proof.map_err(|error| Error::Prover {
                        what: what(),
                        error,
                    })
                };
                caught(|| format!("proving {}", what()), prove)?
            }
        };
        Ok(JobProof {
            proof,
            user_public_values,
        })
    }
}
