//! One segment from its first state to its traces on the device.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use openvm_circuit::{
    arch::{
        execution_mode::Segment, hasher::poseidon2::vm_poseidon2_hasher,
        interpreter_preflight::PreflightInterpretedInstance, PreflightExecutionOutput, VmBuilder,
        VmExecutionConfig, VmState,
    },
    system::memory::{merkle::public_values::UserPublicValuesProof, CHUNK},
};
use openvm_metal_backend::MetalBackend;
use openvm_stark_backend::prover::ProvingContext;
use tracing::info;

use super::preflight::{arenas, execute_preflight};
use crate::{
    program::{Program, Vm},
    vm::{transport::HostEngine, ChipRecords, TraceSource},
    Error, GuestVm, F,
};

type Executor<B> = <<B as VmBuilder<HostEngine>>::VmConfig as VmExecutionConfig<F>>::Executor;

/// Executes segments for their traces, one after the other, on one thread and whatever rayon pool it is
/// in.
pub(crate) struct SegmentTracer<B: GuestVm> {
    vm: Vm<B>,
    interpreter: PreflightInterpretedInstance<F, Executor<B>>,
    sources: Arc<[TraceSource]>,
}

/// A segment's traces on the device.
pub(crate) struct TracedSegment {
    pub(crate) ctx: ProvingContext<MetalBackend>,
    /// Of the program's last segment.
    pub(crate) user_public_values: Option<UserPublicValuesProof<CHUNK, F>>,
    pub(crate) times: TraceTimes,
    /// The AIRs whose traces the host has made.
    pub(crate) cpu_traces: Vec<String>,
}

/// How long the parts of a segment's way to its traces took.
#[derive(Clone, Copy, Debug, Default)]
pub struct TraceTimes {
    /// Keeping the initial memory.
    pub memory: Duration,
    /// Executing with records.
    pub preflight: Duration,
    /// Making traces and uploading them.
    pub traces: Duration,
}

impl<B: GuestVm> SegmentTracer<B> {
    pub(crate) fn new(program: &Program<B>) -> Result<Self, Error> {
        let vm = program.vm()?;
        let interpreter = vm.preflight_interpreter(&program.exe)?;
        Ok(Self {
            vm,
            interpreter,
            sources: program.trace_sources.clone(),
        })
    }

    /// The traces of segment number `index`, which starts from `state`. After an error the tracer is not
    /// to be used again: its chips may have counted what is in no trace.
    pub(crate) fn trace(
        &mut self,
        index: usize,
        segment: &Segment,
        state: VmState<F>,
    ) -> Result<TracedSegment, Error> {
        let mut times = TraceTimes::default();
        let vm = &mut self.vm;
        timed(&mut times.memory, || {
            vm.transport_init_memory_to_device(&state.memory)
        });
        let PreflightExecutionOutput {
            system_records,
            record_arenas,
            to_state,
        } = timed(&mut times.preflight, || {
            let arenas = arenas(vm.pk(), &self.sources, &segment.trace_heights);
            execute_preflight(&mut self.interpreter, state, segment.num_insns, arenas)
        })?;
        self.check_records(&record_arenas)?;
        let vm = &mut self.vm;
        let last_memory = system_records.exit_code.map(|_| to_state.memory);
        let ctx = timed(&mut times.traces, || {
            vm.generate_proving_ctx(system_records, record_arenas)
        });
        let ctx = ctx.map_err(|error| Error::Traces {
            segment: index,
            error,
        })?;
        let user_public_values = match (&last_memory, vm.memory_top_tree()) {
            (Some(memory), Some(top_tree)) => {
                let config = vm.config().as_ref();
                Some(UserPublicValuesProof::compute(
                    config.memory_config.memory_dimensions(),
                    config.num_public_values,
                    &vm_poseidon2_hasher(),
                    &memory.memory,
                    top_tree,
                ))
            }
            _ => None,
        };
        let airs = ctx.per_trace.iter().map(|(air_id, _)| *air_id);
        let on_host = airs.filter(|&air_id| self.sources[air_id] == TraceSource::Host);
        let names = on_host.map(|air_id| vm.pk().per_air[air_id].air_name.clone());
        let cpu_traces: Vec<_> = names.collect();
        info!(number = cpu_traces.len(), airs = %cpu_traces.join(", "), "cpu_traces");
        Ok(TracedSegment {
            ctx,
            cpu_traces,
            user_public_values,
            times,
        })
    }

    /// Records that kernels make rows from have the size that they take.
    fn check_records<H>(&self, arenas: &[ChipRecords<H>]) -> Result<(), Error> {
        for ((air, source), arena) in self.vm.pk().per_air.iter().zip(&*self.sources).zip(arenas) {
            let (Some(kernel), ChipRecords::Packed(records)) = (source.kernel(), arena) else {
                continue;
            };
            if let Some(found) = records.other_size() {
                return Err(Error::TraceKernel {
                    air: air.air_name.clone(),
                    what: "words in a record",
                    expected: kernel.record_words(),
                    found,
                });
            }
        }
        Ok(())
    }
}

fn timed<T>(time: &mut Duration, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    *time = start.elapsed();
    result
}
