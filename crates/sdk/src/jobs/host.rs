//! A program where there is no GPU: whoever hands out jobs needs none.

use std::sync::Arc;

use openvm_circuit::{
    arch::{execution_mode::Segment, instructions::exe::VmExe, VirtualMachine, VmState},
    system::program::trace::compute_exe_commit_from_mem_config,
};
use openvm_sdk::{
    config::AggregationTreeConfig,
    keygen::{AggProvingKey, AppProvingKey},
    prover::AggProver,
    StdIn,
};
use openvm_stark_backend::{
    keygen::types::MultiStarkVerifyingKey, prover::DeviceDataTransporter, StarkEngine,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::Digest;
use openvm_verify_stark_host::vk::VerificationBaseline;

use super::{checks::ProofChecks, commitment::Commitment, stored::Reached};
use crate::{
    aggregation::Tree,
    execution::find_segments,
    panic::caught,
    program::trace_bytes,
    prover::{baseline, refuse_deferrals},
    vm::transport::HostEngine,
    Error, GuestVm, F, SC,
};

/// A program and its VM's key on the host.
///
/// Segments are cut by the limits that the key's VM configuration has.
pub struct HostProgram<B: GuestVm> {
    builder: B,
    key: AppProvingKey<B::VmConfig>,
    exe: Arc<VmExe<F>>,
    commitment: Commitment,
    aggregation: Option<(AggProver, AggregationTreeConfig)>,
}

impl<B: GuestVm> HostProgram<B> {
    /// `builder` and `key` as for [`AppProver`](crate::AppProver).
    ///
    /// # Errors
    /// [`Error::Program`] if the VM lacks instructions of the program, [`Error::Vm`] if there is no such VM.
    pub fn new(
        builder: B,
        key: AppProvingKey<B::VmConfig>,
        exe: Arc<VmExe<F>>,
    ) -> Result<Self, Error> {
        // A program with an instruction that the VM lacks cannot be executed at all.
        vm(&builder, &key)?.metered_interpreter(&exe)?;
        let commitment = {
            let (builder, key, exe) = (builder.clone(), key.clone(), exe.clone());
            Commitment::begin(move || {
                let vm = vm(&builder, &key)?;
                Ok(vm.commit_program_on_device(&exe.program).commitment)
            })
        };
        Ok(Self {
            builder,
            key,
            exe,
            commitment,
            aggregation: None,
        })
    }

    /// With the circuits of the tree over its segments.
    ///
    /// # Errors
    /// [`Error::Tree`] for a tree that does not end in one proof; [`Error::Panicked`] if the key does not fit that of
    /// the program.
    pub fn with_aggregation(
        mut self,
        key: AggProvingKey,
        tree: AggregationTreeConfig,
    ) -> Result<Self, Error> {
        Tree::<()>::new(tree)?;
        let app_vk = Arc::new(self.key.app_vm_pk.vm_pk.get_vk());
        let make = || Ok(AggProver::from_pk(app_vk, key, tree, None));
        let host = caught(|| "setting up aggregation".to_owned(), make)?;
        self.aggregation = Some((host, tree));
        Ok(self)
    }

    /// Executes the program to its end, and hands over each segment as soon as it is known, with what execution has
    /// reached then, until `on_segment` returns false.
    ///
    /// # Errors
    /// [`Error::GuestFailed`], [`Error::Execution`] and [`Error::Deferrals`].
    pub fn find_segments(
        &self,
        input: &StdIn,
        mut on_segment: impl FnMut(Segment, &Reached<'_>) -> bool,
    ) -> Result<(), Error> {
        refuse_deferrals(input)?;
        let on_segment = |segment, instructions, state: Option<&VmState<F>>| {
            let reached = Reached {
                instructions,
                state,
                input,
            };
            on_segment(segment, &reached)
        };
        let find = || {
            find_segments(
                &vm(&self.builder, &self.key)?,
                &self.exe,
                input.clone(),
                on_segment,
            )
        };
        caught(|| "executing the guest program".to_owned(), find)
    }

    /// Bytes of a segment's traces.
    pub fn trace_bytes(&self, segment: &Segment) -> u64 {
        let airs = &self.key.app_vm_pk.vm_pk.per_air;
        trace_bytes(airs.iter().map(|air| &air.vk.params.width), segment)
    }

    /// Bytes of device memory that a segment's proof may take: an upper bound.
    pub fn device_bytes(&self, segment: &Segment) -> u64 {
        self.trace_bytes(segment) * crate::pipeline::PROOF_PER_TRACE
    }

    /// What proofs of the program are checked with.
    pub fn checks(&self) -> ProofChecks {
        let nodes = self.aggregation.as_ref().map(|(host, _)| {
            [
                host.leaf_prover.get_vk(),
                host.internal_for_leaf_prover.get_vk(),
                host.internal_recursive_prover.get_vk(),
            ]
        });
        ProofChecks::new(self.key.get_app_vk(), self.commitment.clone(), nodes)
    }

    /// A tree for one proof, if there is to be one.
    pub fn tree<P>(&self) -> Option<Tree<P>> {
        let (_, config) = self.aggregation.as_ref()?;
        Tree::new(*config).ok()
    }

    /// The commitment to the program, as upstream's `AppProver::app_exe_commit`. Is waited for: it takes seconds from
    /// [`new`](Self::new) on.
    ///
    /// # Errors
    /// [`Error::Panicked`] if it could not be made.
    pub fn exe_commit(&self) -> Result<Digest, Error> {
        let memory_config = &self.config().as_ref().memory_config;
        let commitment = self.commitment.get()?;
        Ok(compute_exe_commit_from_mem_config(
            &commitment,
            &self.exe,
            memory_config,
        ))
    }

    /// What a STARK proof of this program is verified against.
    ///
    /// # Errors
    /// [`Error::NoAggregation`] if there is to be none, and those of [`exe_commit`](Self::exe_commit).
    pub fn baseline(&self) -> Result<VerificationBaseline, Error> {
        let (host, _) = self.aggregation.as_ref().ok_or(Error::NoAggregation)?;
        Ok(baseline(self.config().as_ref(), self.exe_commit()?, host))
    }

    /// The commitment to the VM, as upstream's `StarkProver::app_vm_commit`.
    pub fn vm_commit(&self) -> Option<Digest> {
        let (host, _) = self.aggregation.as_ref()?;
        Some(host.vm_or_hook_commit())
    }

    /// The key that verifies STARK proofs of any program.
    pub fn verifying_key(&self) -> Option<Arc<MultiStarkVerifyingKey<SC>>> {
        let (host, _) = self.aggregation.as_ref()?;
        Some(host.internal_recursive_prover.get_vk())
    }

    fn config(&self) -> &B::VmConfig {
        self.key.vm_config()
    }
}

/// Its chips may not leave the thread.
fn vm<B: GuestVm>(
    builder: &B,
    key: &AppProvingKey<B::VmConfig>,
) -> Result<VirtualMachine<HostEngine, B>, Error> {
    let config = key.vm_config().clone();
    let key = &key.app_vm_pk.vm_pk;
    let engine = HostEngine::new(key.params.clone());
    let device_key = engine.device().transport_pk_to_device(key);
    Ok(VirtualMachine::new(
        engine,
        builder.clone(),
        config,
        device_key,
    )?)
}
