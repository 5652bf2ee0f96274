//! Moves keys, traces and commitments between the host and the GPU.

use std::sync::Arc;

use openvm_stark_backend::{
    keygen::types::{MultiStarkProvingKey, StarkProvingKey},
    prover::{
        stacked_pcs::StackedPcsData, ColMajorMatrix, CommittedTraceData, DeviceDataTransporter,
        DeviceMultiStarkProvingKey, DeviceStarkProvingKey, MatrixDimensions,
    },
    StarkProtocolConfig, SystemParams,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::{BabyBearPoseidon2Config, Digest, F};

use crate::{
    commit::{self, CommittedStack},
    constraints::{
        air::{AirPlan, CompiledAir},
        kernels::ConstraintKernels,
    },
    engine::parameters::check_same,
    gpu::{Columns, Gpu, KernelText, Multiply},
    kernels::transpose::Transpose,
    openings::{stacked_reduction, whir},
    MetalAirData, MetalBackend, MetalDevice, MetalError, MetalMatrix, MetalPcsData,
};

impl MetalDevice {
    /// Reads a trace back from the GPU.
    pub fn download(&self, matrix: &MetalMatrix) -> Result<ColMajorMatrix<F>, MetalError> {
        let values = matrix.columns()?.download(self.gpu()?)?;
        Ok(ColMajorMatrix::new(values, matrix.width()))
    }

    /// Compiles every kernel that proofs with this key will ask for.
    ///
    /// One that does not compile, and parameters that are not supported, are reported by the stage.
    fn compile_kernels(&self, gpu: &Gpu, mpk: &MultiStarkProvingKey<BabyBearPoseidon2Config>) {
        let with_interactions = mpk.per_air.iter().any(|pk| pk.vk.has_interaction());
        if let Ok(sources) = kernel_texts(self.config().params(), with_interactions, gpu.multiply())
        {
            gpu.compile_ahead(sources);
        }
    }

    /// The AIRs' plans, or why there are none, in the order of the key; and all kernels compiled.
    fn compile_airs(
        &self,
        mpk: &MultiStarkProvingKey<BabyBearPoseidon2Config>,
    ) -> Vec<Result<AirPlan, MetalError>> {
        let params = self.config().params();
        let gpu = match check_same(&mpk.params, params).and_then(|()| self.gpu()) {
            Ok(gpu) => gpu,
            Err(error) => return mpk.per_air.iter().map(|_| Err(error.clone())).collect(),
        };
        self.compile_kernels(gpu, mpk);
        let compile = |pk: &StarkProvingKey<BabyBearPoseidon2Config>| {
            let vk = &pk.vk;
            CompiledAir::new(&pk.air_name, &vk.symbolic_constraints, &vk.params)
        };
        AirPlan::upload_all(gpu, mpk.per_air.iter().map(compile).collect())
    }

    fn upload_stack(&self, data: &StackedPcsData<F, Digest>) -> Result<CommittedStack, MetalError> {
        let (gpu, stacked) = (self.gpu()?, &data.matrix);
        let (height, width) = (stacked.height(), stacked.width());
        let stacked = Columns::upload(gpu, &stacked.values, height, width, "stacked matrix")?;
        Ok(CommittedStack {
            layout: data.layout.clone(),
            stacked: stacked.into(),
            tree: commit::MerkleTree::upload(gpu, &data.tree)?,
        })
    }
}

/// The text of every kernel of a proof.
fn kernel_texts(
    params: &SystemParams,
    with_interactions: bool,
    multiply: Multiply,
) -> Result<Vec<KernelText>, MetalError> {
    let mut texts = commit::texts(params, multiply)?;
    texts.extend(KernelText::all::<Transpose>(multiply));
    texts.extend(ConstraintKernels::texts(
        params.l_skip,
        with_interactions,
        multiply,
    ));
    texts.extend(stacked_reduction::texts(multiply));
    texts.extend(whir::texts(params, multiply)?);
    Ok(texts)
}

impl DeviceDataTransporter<BabyBearPoseidon2Config, MetalBackend> for MetalDevice {
    fn transport_pk_to_device(
        &self,
        mpk: &MultiStarkProvingKey<BabyBearPoseidon2Config>,
    ) -> DeviceMultiStarkProvingKey<MetalBackend> {
        let airs = mpk.per_air.iter().zip(self.compile_airs(mpk));
        let per_air = airs.map(|(pk, plan)| DeviceStarkProvingKey {
            air_name: pk.air_name.clone(),
            vk: pk.vk.clone(),
            preprocessed_data: pk
                .preprocessed_data
                .as_ref()
                .zip(pk.vk.preprocessed_data.as_ref())
                .map(|(data, vk)| {
                    let trace = data.mat_view(0).to_matrix();
                    CommittedTraceData {
                        commitment: vk.commit,
                        trace: self.transport_matrix_to_device(&trace),
                        data: Arc::new(self.transport_pcs_data_to_device(data)),
                    }
                }),
            other_data: MetalAirData::new(plan),
        });
        DeviceMultiStarkProvingKey::new(
            per_air.collect(),
            mpk.trace_height_constraints.clone(),
            mpk.max_constraint_degree,
            mpk.params.clone(),
            mpk.vk_pre_hash,
        )
    }

    /// Copies a trace; a failure is returned by the stage that uses it.
    fn transport_matrix_to_device(&self, matrix: &ColMajorMatrix<F>) -> MetalMatrix {
        let (height, width) = (matrix.height(), matrix.width());
        let upload = |gpu| {
            Ok(Columns::upload(
                gpu,
                &matrix.values,
                height,
                width,
                "trace",
            )?)
        };
        MetalMatrix::new(height, width, self.gpu().and_then(upload))
    }

    /// Copies a commitment's data; a failure is returned by the stage that uses it.
    fn transport_pcs_data_to_device(&self, pcs_data: &StackedPcsData<F, Digest>) -> MetalPcsData {
        MetalPcsData::new(self.upload_stack(pcs_data))
    }

    /// Reads a trace back, for tests and debugging.
    ///
    /// # Panics
    /// If it is not on the GPU or cannot be read: the signature has no room for an error.
    /// [`MetalDevice::download`] returns it instead.
    fn transport_matrix_from_device_to_host(&self, matrix: &MetalMatrix) -> ColMajorMatrix<F> {
        match self.download(matrix) {
            Ok(matrix) => matrix,
            Err(error) => panic!("{error}"),
        }
    }
}
