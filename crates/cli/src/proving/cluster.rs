//! Proofs by the workers of a NATS server.

use std::sync::Arc;

use openvm_circuit::arch::instructions::exe::VmExe;
use openvm_metal_cluster::{
    prove, AppProof, Finished, Limits, OpenVmStatement, Server, ServerOptions, StarkProof,
};
use openvm_metal_sdk::PipelineOptions;
use openvm_sdk::{
    config::AggregationTreeConfig,
    keygen::{AggProvingKey, AppProvingKey},
    StdIn, F,
};
use openvm_sdk_config::{SdkVmConfig, SdkVmCpuBuilder};
use openvm_stark_sdk::config::baby_bear_poseidon2::Digest;
use openvm_verify_stark_host::vk::VerificationBaseline;
use tokio::runtime::Runtime;

use super::{app::verify_app, stark::verify_stark};
use crate::{
    arguments::ProverArgs,
    error::{upstream, Error},
    interrupt,
    progress::Progress,
};

type Statement = OpenVmStatement<SdkVmCpuBuilder>;

/// Proves one program with one input, on machines that are elsewhere.
pub struct ClusterProver {
    server: ServerOptions,
    statement: Arc<Statement>,
    key: AppProvingKey<SdkVmConfig>,
}

/// How much memory the proof of a segment may take, on whichever worker.
pub fn cluster_segment_memory_bytes(args: &ProverArgs) -> u64 {
    let bytes = args.segment_max_memory.map(|size| size.as_u64());
    bytes.unwrap_or_else(|| PipelineOptions::default().segment_memory_bytes(None))
}

/// What runs everything that waits for a server.
pub fn runtime() -> Result<Runtime, Error> {
    Runtime::new().map_err(|error| upstream("starting threads", error))
}

impl ClusterProver {
    pub fn new(
        server: ServerOptions,
        name: &str,
        key: AppProvingKey<SdkVmConfig>,
        aggregation: Option<(AggProvingKey, AggregationTreeConfig)>,
        exe: VmExe<F>,
        input: StdIn,
    ) -> Result<Self, Error> {
        let statement = Statement::new(name, SdkVmCpuBuilder, &key, aggregation, exe, input)?;
        Ok(Self {
            server,
            statement: Arc::new(statement),
            key,
        })
    }

    /// The commitment to the program.
    pub fn exe_commit(&self) -> Result<Digest, Error> {
        Ok(self.statement.program().exe_commit()?)
    }

    /// What a proof of the whole program is verified against.
    pub fn baseline(&self) -> Result<VerificationBaseline, Error> {
        Ok(self.statement.program().baseline()?)
    }

    /// The commitment to the VM, if there is aggregation.
    pub fn vm_commit(&self) -> Option<Digest> {
        self.statement.program().vm_commit()
    }

    /// The proofs of its segments, verified.
    pub fn prove_app(&self, progress: &mut Progress) -> Result<AppProof, Error> {
        let proof = self.prove(progress)?.app_proof()?;
        verify_app(&self.key.get_app_vk(), self.exe_commit()?, &proof)?;
        Ok(proof)
    }

    /// One proof of all of it, verified.
    pub fn prove_stark(&self, progress: &mut Progress) -> Result<StarkProof, Error> {
        let proof = self.prove(progress)?.stark_proof()?;
        if let Some(key) = self.statement.program().verifying_key() {
            verify_stark(&key, self.baseline()?, &proof)?;
        }
        Ok(proof)
    }

    fn prove(&self, progress: &mut Progress) -> Result<Finished, Error> {
        interrupt::say(
            "the workers go on with what is in the queues: the same command goes on from there",
        );
        let finished = runtime()?.block_on(async {
            let server = Server::connect(&self.server, "prove").await?;
            prove(&server, self.statement.clone(), Limits::default(), progress).await
        })?;
        progress.checked(finished.n_checks, finished.check_time);
        Ok(finished)
    }
}
