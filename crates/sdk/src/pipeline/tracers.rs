//! Threads that make the traces of segments, each with a VM of its own.

use std::sync::{
    mpsc::{Receiver, Sender},
    Arc,
};

use openvm_circuit::arch::{execution_mode::Segment, VmState};
use rayon::ThreadPoolBuilder;
use tracing::Span;

use super::{message::Message, workers::Workers};
use crate::{
    execution::{SegmentTracer, TracedSegment},
    panic::caught,
    program::Program,
    Error, GuestVm, F,
};

/// A segment to be traced for a device.
pub(super) struct TraceJob {
    pub(super) device: usize,
    pub(super) index: usize,
    pub(super) segment: Segment,
    pub(super) state: VmState<F>,
    pub(super) span: Span,
    pub(super) reply: Sender<Message>,
}

/// `n` threads, each at the head of a rayon pool of `n_threads`.
///
/// A VM's chips may not leave their thread, so each thread has a VM for each device, which it makes when it gets
/// its first job for it.
pub(super) fn start<B: GuestVm>(
    programs: &[Arc<Program<B>>],
    n: usize,
    n_threads: usize,
) -> Result<Workers<TraceJob>, Error> {
    Workers::start(n, "tracer", |thread, number, jobs| {
        let programs = programs.to_vec();
        let run = move || run(&programs, number, n_threads, &jobs);
        let spawned = thread.spawn(run);
        spawned
            .map(drop)
            .map_err(|error| Error::Thread(error.to_string()))
    })
}

fn run<B: GuestVm>(
    programs: &[Arc<Program<B>>],
    number: usize,
    n_threads: usize,
    jobs: &Receiver<TraceJob>,
) {
    let pool = ThreadPoolBuilder::new()
        .num_threads(n_threads)
        .use_current_thread()
        .build();
    let mut tracers: Vec<_> = programs.iter().map(|_| None).collect();
    for job in jobs {
        let reply = job.reply.clone();
        let (device, index) = (job.device, job.index);
        let result = match &pool {
            Ok(_) => trace(&programs[device], &mut tracers[device], job),
            Err(error) => Err(Error::Thread(error.to_string())),
        };
        if result.is_err() {
            tracers[device] = None;
        }
        // Nobody is there any more if the proof failed elsewhere.
        let _ = reply.send(Message::SegmentTraced {
            worker: number,
            device,
            index,
            result: result.map(Box::new),
        });
    }
}

fn trace<B: GuestVm>(
    program: &Program<B>,
    tracer: &mut Option<SegmentTracer<B>>,
    job: TraceJob,
) -> Result<TracedSegment, Error> {
    let _entered = job.span.entered();
    let index = job.index;
    let work = || {
        let tracer = match tracer {
            Some(tracer) => tracer,
            None => tracer.insert(SegmentTracer::new(program)?),
        };
        tracer.trace(index, &job.segment, job.state)
    };
    caught(|| format!("making the traces of segment {index}"), work)
}
