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
    leaf: Circuit<MAX_NUM_CHILDREN_LEAF>,
    internal_for_leaf: Circuit<MAX_NUM_CHILDREN_INTERNAL>,
    internal_recursive: Circuit<MAX_NUM_CHILDREN_INTERNAL>,
}

impl Circuits {
    /// The circuits over the app circuit with the key `app_vk`, on the device.
    pub(crate) fn new(
        app_vk: Arc<MultiStarkVerifyingKey<SC>>,
        key: AggProvingKey,
        tree: AggregationTreeConfig,
        device: &MetalDevice,
    ) -> Result<Self, Error> {
        let make = || Ok(AggProver::from_pk(app_vk, key, tree, None));
        let host = caught(|| "setting up aggregation".to_owned(), make)?;
        Ok(Self {
            leaf: Circuit::new(&host.leaf_prover, device),
            internal_for_leaf: Circuit::new(&host.internal_for_leaf_prover, device),
            internal_recursive: Circuit::new(&host.internal_recursive_prover, device),
            host,
        })
    }

    /// The traces of a node over the proofs of its children, on the device.
    pub(crate) fn trace(
        &self,
        node: Node,
        proofs: &[Proof<SC>],
    ) -> Result<ProvingContext<MetalBackend>, Error> {
        let Self {
            host,
            leaf,
            internal_for_leaf,
            internal_recursive,
        } = self;
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

    /// The proof of a node.
    pub(crate) fn prove(
        &self,
        node: Node,
        ctx: ProvingContext<MetalBackend>,
    ) -> Result<Proof<SC>, Error> {
        let proof = match node.layer {
            0 => self.leaf.prove(ctx),
            1 => self.internal_for_leaf.prove(ctx),
            _ => self.internal_recursive.prove(ctx),
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
