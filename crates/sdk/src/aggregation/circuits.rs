//! The three circuits of the aggregation tree.

use std::sync::Arc;

use openvm_continuations::prover::ChildVkKind;
use openvm_metal_backend::{MetalBackend, MetalDevice, MetalError};
use openvm_sdk::{
    config::{AggregationTreeConfig, MAX_NUM_CHILDREN_INTERNAL, MAX_NUM_CHILDREN_LEAF},
    keygen::AggProvingKey,
    prover::AggProver,
};
use openvm_stark_backend::{
    keygen::types::MultiStarkVerifyingKey, proof::Proof, prover::ProvingContext,
};

use super::{circuit::Circuit, Node};
use crate::{panic::caught, Error, SC};

/// The circuits of leaves, internal-for-leaf and internal-recursive nodes.
pub(crate) struct Circuits {
    pub(crate) host: AggProver,
    /// On each device, in the order of the program's.
    on_devices: Vec<DeviceCircuits>,
}

/// Their keys on one device.
struct DeviceCircuits {
    leaf: Circuit<MAX_NUM_CHILDREN_LEAF>,
    internal_for_leaf: Circuit<MAX_NUM_CHILDREN_INTERNAL>,
    internal_recursive: Circuit<MAX_NUM_CHILDREN_INTERNAL>,
}

impl Circuits {
    /// The circuits over the app circuit with the key `app_vk`, on each of the devices.
    pub(crate) fn new(
        app_vk: Arc<MultiStarkVerifyingKey<SC>>,
        key: AggProvingKey,
        tree: AggregationTreeConfig,
        devices: impl Iterator<Item = MetalDevice>,
    ) -> Result<Self, Error> {
        let make = || Ok(AggProver::from_pk(app_vk, key, tree, None));
        let host = caught(|| "setting up aggregation".to_owned(), make)?;
        let on_device = |device| DeviceCircuits {
            leaf: Circuit::new(&host.leaf_prover, &device),
            internal_for_leaf: Circuit::new(&host.internal_for_leaf_prover, &device),
            internal_recursive: Circuit::new(&host.internal_recursive_prover, &device),
        };
        let on_devices = devices.map(on_device).collect();
        Ok(Self { host, on_devices })
    }

    /// The traces of a node over the proofs of its children, on device number `device`.
    pub(crate) fn trace(
        &self,
        device: usize,
        node: Node,
        proofs: &[Proof<SC>],
    ) -> Result<ProvingContext<MetalBackend>, Error> {
        let host = &self.host;
        let DeviceCircuits {
            leaf,
            internal_for_leaf,
            internal_recursive,
        } = &self.on_devices[device];
        let ctx = match node.layer {
            0 => leaf.trace(&host.leaf_prover, proofs, ChildVkKind::App),
            1 => {
                let host = &host.internal_for_leaf_prover;
                internal_for_leaf.trace(host, proofs, ChildVkKind::Standard)
            }
            2 => {
                let host = &host.internal_recursive_prover;
                internal_recursive.trace(host, proofs, ChildVkKind::Standard)
            }
            _ => {
                let host = &host.internal_recursive_prover;
                internal_recursive.trace(host, proofs, ChildVkKind::RecursiveSelf)
            }
        };
        ctx.map_err(|error| failed(node, error))
    }

    /// The proof of a node whose traces are on device number `device`.
    pub(crate) fn prove(
        &self,
        device: usize,
        node: Node,
        ctx: ProvingContext<MetalBackend>,
    ) -> Result<Proof<SC>, Error> {
        let circuits = &self.on_devices[device];
        let proof = match node.layer {
            0 => circuits.leaf.prove(ctx),
            1 => circuits.internal_for_leaf.prove(ctx),
            _ => circuits.internal_recursive.prove(ctx),
        };
        proof.map_err(|error| failed(node, error))
    }
}

fn failed(node: Node, error: MetalError) -> Error {
    Error::Prover {
        what: format!("the {node}"),
        error,
    }
}
