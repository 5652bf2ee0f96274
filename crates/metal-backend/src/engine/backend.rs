//! The backend's types: what of a proof lives on the GPU, and how.

use std::sync::Arc;

use openvm_stark_backend::prover::{DeviceStarkProvingKey, MatrixDimensions, ProverBackend};
use openvm_stark_sdk::config::baby_bear_poseidon2::{Digest, D_EF, EF, F};

use crate::{commit::CommittedStack, constraints::air::AirPlan, gpu::Columns, MetalError};

/// Types of the GPU prover over BabyBear with Poseidon2.
#[derive(Clone, Copy, Debug, Default)]
pub struct MetalBackend;

impl ProverBackend for MetalBackend {
    const CHALLENGE_EXT_DEGREE: u8 = D_EF as u8;

    type Val = F;
    type Challenge = EF;
    type Commitment = Digest;
    type Matrix = MetalMatrix;
    type OtherAirData = MetalAirData;
    type PcsData = MetalPcsData;

    /// The slots of a row: the columns that constraints read, and the virtual ones.
    fn constraint_eval_buffer_size(pk: &DeviceStarkProvingKey<Self>) -> usize {
        pk.other_data.plan().map_or(0, |air| air.all.plan.n_slots())
    }
}

/// The compiled constraints of an AIR, or why there are none. Clones share them.
#[derive(Clone, Debug)]
pub struct MetalAirData(Result<Arc<AirPlan>, MetalError>);

impl MetalAirData {
    pub(crate) fn new(plan: Result<AirPlan, MetalError>) -> Self {
        Self(plan.map(Arc::new))
    }

    /// The compiled constraints, or why there are none.
    #[doc(hidden)]
    pub fn plan(&self) -> Result<&AirPlan, MetalError> {
        self.0.as_deref().map_err(Clone::clone)
    }
}

/// A trace on the GPU: column-major, in natural row order.
///
/// Holds the error instead, if it could not be brought there.
#[derive(Clone, Debug)]
pub struct MetalMatrix {
    height: usize,
    width: usize,
    columns: Result<Columns<F>, MetalError>,
}

impl MetalMatrix {
    pub(crate) fn new(
        height: usize,
        width: usize,
        columns: Result<Columns<F>, MetalError>,
    ) -> Self {
        Self {
            height,
            width,
            columns,
        }
    }

    /// The columns, or why there are none.
    #[doc(hidden)]
    pub fn columns(&self) -> Result<&Columns<F>, MetalError> {
        self.columns.as_ref().map_err(Clone::clone)
    }
}

impl From<Columns<F>> for MetalMatrix {
    /// A trace that was made on the GPU.
    fn from(columns: Columns<F>) -> Self {
        Self {
            height: columns.height(),
            width: columns.width(),
            columns: Ok(columns),
        }
    }
}

impl MatrixDimensions for MetalMatrix {
    fn height(&self) -> usize {
        self.height
    }

    fn width(&self) -> usize {
        self.width
    }
}

/// What was committed to, on the GPU: the stacked matrix and the Merkle tree over its code.
///
/// Holds the error instead, if it could not be brought there.
#[derive(Debug)]
pub struct MetalPcsData(Result<CommittedStack, MetalError>);

impl MetalPcsData {
    pub(crate) fn new(stack: Result<CommittedStack, MetalError>) -> Self {
        Self(stack)
    }

    /// The committed stack, or why there is none.
    pub(crate) fn into_stack(self) -> Result<CommittedStack, MetalError> {
        self.0
    }

    /// The committed stack, or why there is none.
    #[doc(hidden)]
    pub fn stack(&self) -> Result<&CommittedStack, MetalError> {
        self.0.as_ref().map_err(Clone::clone)
    }
}
