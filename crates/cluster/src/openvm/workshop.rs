//! Provers of OpenVM programs on this machine's GPU.

use std::sync::Arc;

use bytes::Bytes;
use openvm_circuit::arch::{execution_mode::Segment, instructions::exe::VmExe};
use openvm_metal_backend::MetalDevice;
use openvm_metal_sdk::{
    AppProver, GuestVm, JobProver, JobTracer, Node, PipelineOptions, SegmentJob, StarkProver,
    StoredState, TracedJob, F, SC,
};
use openvm_sdk::{
    config::AggregationTreeConfig,
    keygen::{AggProvingKey, AppProvingKey},
    StdIn,
};
use openvm_stark_backend::proof::Proof;
use serde::de::DeserializeOwned;

use super::{
    codec::{decode, encode, StoredProof},
    facts::facts,
    objects,
};
use crate::{
    error::Error,
    hash::Hash,
    job::{Description, Job},
    worker::{Fetch, Prover, Workshop},
};

/// Makes provers of OpenVM programs for the VMs of one builder, such as `SdkVmCpuBuilder`.
pub struct OpenVmWorkshop<B: GuestVm> {
    builder: B,
    device: MetalDevice,
    options: PipelineOptions,
    /// The last program, for proofs with another input.
    last: Option<(Vec<Hash>, Arc<JobProver<B>>)>,
}

impl<B: GuestVm> OpenVmWorkshop<B> {
    /// A workshop on `device`.
    pub fn new(builder: B, device: MetalDevice, options: PipelineOptions) -> Self {
        Self {
            builder,
            device,
            options,
            last: None,
        }
    }
}

/// What a description has beside the input.
const PROGRAM_OBJECTS: [&str; 3] = [objects::PROGRAM, objects::APP_KEY, objects::AGGREGATION_KEY];

impl<B: GuestVm<VmConfig: DeserializeOwned>> OpenVmWorkshop<B> {
    fn program(
        &self,
        description: &Description,
        fetch: Fetch<'_>,
    ) -> Result<Arc<JobProver<B>>, Error> {
        let exe: VmExe<F> = decode("the program", &fetch(objects::PROGRAM)?)?;
        let key: AppProvingKey<B::VmConfig> = decode("the app key", &fetch(objects::APP_KEY)?)?;
        let is_aggregated = description.objects.contains_key(objects::AGGREGATION_KEY);
        let aggregation = is_aggregated.then(|| {
            let bytes = fetch(objects::AGGREGATION_KEY)?;
            let (leaf, internal, key) = decode("the aggregation key", &bytes)?;
            let tree = AggregationTreeConfig {
                num_children_leaf: leaf,
                num_children_internal: internal,
            };
            Ok::<(AggProvingKey, _), Error>((key, tree))
        });
        let aggregation = aggregation.transpose()?;
        let own = facts(&key, aggregation.as_ref().map(|(key, tree)| (key, *tree)));
        if let Some(difference) = description.difference(&own) {
            return Err(Error::Refused(difference));
        }
        let device = self.device.with_params(key.app_vm_pk.vm_pk.params.clone());
        let builder = self.builder.clone();
        let app = AppProver::new(builder, &key, Arc::new(exe), &device, &self.options)?;
        Ok(Arc::new(match aggregation {
            None => JobProver::of_segments(app)?,
            Some((key, tree)) => {
                JobProver::of_segments_and_nodes(StarkProver::new(app, key, tree)?)?
            }
        }))
    }
}

impl<B> Workshop for OpenVmWorkshop<B>
where
    B: GuestVm<VmConfig: DeserializeOwned>,
    JobProver<B>: Send + Sync,
{
    type Prover = OpenVmProver<B>;

    fn load(&mut self, description: &Description, fetch: Fetch<'_>) -> Result<Self::Prover, Error> {
        let hashes = PROGRAM_OBJECTS.iter();
        let hashes = hashes.filter_map(|&name| description.objects.get(name).copied());
        let hashes: Vec<_> = hashes.collect();
        let input: StdIn = decode("the input", &fetch(objects::INPUT)?)?;
        let last = self.last.take().filter(|(of, _)| *of == hashes);
        let jobs = match last {
            Some((_, jobs)) => jobs,
            None => self.program(description, fetch)?,
        };
        self.last = Some((hashes, jobs.clone()));
        Ok(OpenVmProver {
            jobs,
            input: Arc::new(input),
        })
    }
}

/// Does the jobs of one proof of an OpenVM program.
pub struct OpenVmProver<B: GuestVm> {
    jobs: Arc<JobProver<B>>,
    input: Arc<StdIn>,
}

/// A job whose needs are here.
pub enum OpenVmJob {
    /// A segment, whose start is being executed to.
    Segment(SegmentJob),
    /// A node over these proofs.
    Node(Node, Vec<Proof<SC>>),
}

impl<B> Prover for OpenVmProver<B>
where
    B: GuestVm,
    JobProver<B>: Send + Sync,
{
    type Bench = JobTracer<B>;
    type Begun = OpenVmJob;
    type Traced = TracedJob;

    fn bench(n_benches: usize) -> JobTracer<B> {
        let n_cores = std::thread::available_parallelism().map_or(1, usize::from);
        JobTracer::new((n_cores / n_benches).max(1))
    }

    fn begin(
        &self,
        job: &Job,
        children: Vec<Bytes>,
        stored: Option<StoredState>,
    ) -> Result<OpenVmJob, Error> {
        Ok(match job {
            Job::Segment {
                number,
                start,
                instructions,
                heights,
                ..
            } => {
                let segment = Segment::new(*start, *instructions, heights.clone());
                let segment = self.jobs.segment(&self.input, *number, segment, stored);
                OpenVmJob::Segment(segment)
            }
            Job::Node { layer, index, .. } => {
                let children = children.iter();
                let proofs = children
                    .map(|bytes| Ok(decode::<StoredProof>("a child's proof", bytes)?.proof));
                let node = Node {
                    layer: *layer,
                    index: *index,
                };
                OpenVmJob::Node(node, proofs.collect::<Result<_, Error>>()?)
            }
        })
    }

    fn trace(&self, bench: &mut JobTracer<B>, job: OpenVmJob) -> Result<TracedJob, Error> {
        Ok(match job {
            OpenVmJob::Segment(segment) => self.jobs.trace_segment(bench, segment)?,
            OpenVmJob::Node(node, children) => self.jobs.trace_node(node, &children)?,
        })
    }

    fn prove(&self, _: &mut JobTracer<B>, traced: TracedJob) -> Result<Vec<u8>, Error> {
        let proof = self.jobs.prove(traced)?;
        encode("the proof", &StoredProof::from(proof))
    }
}
