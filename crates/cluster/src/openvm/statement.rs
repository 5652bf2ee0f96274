//! A program with its input, to be proven by others.

use std::{collections::BTreeMap, sync::Arc};

use openvm_circuit::arch::instructions::exe::VmExe;
use openvm_metal_sdk::{GuestVm, HostProgram, Node, ProofChecks, SegmentEnds, Tree, F};
use openvm_sdk::{
    config::AggregationTreeConfig,
    keygen::{AggProvingKey, AppProvingKey},
    StdIn,
};
use openvm_stark_backend::p3_field::PrimeField32;
use openvm_stark_sdk::config::baby_bear_poseidon2::Digest;
use serde::Serialize;

use super::{
    codec::{decode, encode, StoredProof},
    facts::facts,
    objects,
};
use crate::{
    coordinator::{Ends, Reached, Statement},
    error::Error,
    hash::Hash,
    job::{Description, Job},
    names::{JobName, VERSION},
};

/// An OpenVM program with its input. Needs no GPU.
pub struct OpenVmStatement<B: GuestVm> {
    program: HostProgram<B>,
    checks: ProofChecks,
    input: StdIn,
    description: Description,
    objects: BTreeMap<String, Vec<u8>>,
}

impl<B: GuestVm<VmConfig: Serialize>> OpenVmStatement<B> {
    /// `exe`, called `name`, with `input`: its segments, or with an aggregation key one proof of all of it.
    ///
    /// # Errors
    /// [`Error::Prover`] if program and keys do not fit each other.
    pub fn new(
        name: &str,
        builder: B,
        key: &AppProvingKey<B::VmConfig>,
        aggregation: Option<(AggProvingKey, AggregationTreeConfig)>,
        exe: VmExe<F>,
        input: StdIn,
    ) -> Result<Self, Error> {
        let mut objects = BTreeMap::from([
            (objects::PROGRAM.to_owned(), encode("the program", &exe)?),
            (objects::INPUT.to_owned(), encode("the input", &input)?),
            (objects::APP_KEY.to_owned(), encode("the app key", key)?),
        ]);
        let with_tree = aggregation.as_ref().map(|(key, tree)| (key, *tree));
        let facts = facts(key, with_tree);
        let mut program = HostProgram::new(builder, key.clone(), Arc::new(exe))?;
        if let Some((key, tree)) = aggregation {
            let tree_and_key = encode(
                "the aggregation key",
                &(tree.num_children_leaf, tree.num_children_internal, &key),
            )?;
            objects.insert(objects::AGGREGATION_KEY.to_owned(), tree_and_key);
            program = program.with_aggregation(key, tree)?;
        }
        let hashes = objects.iter();
        let hashes = hashes.map(|(name, bytes)| (name.clone(), Hash::of(bytes)));
        Ok(Self {
            description: Description {
                version: VERSION.to_owned(),
                program: name.to_owned(),
                objects: hashes.collect(),
                facts,
            },
            checks: program.checks(),
            program,
            input,
            objects,
        })
    }

    /// The program, to verify what comes out.
    pub fn program(&self) -> &HostProgram<B> {
        &self.program
    }
}

impl<B> Statement for OpenVmStatement<B>
where
    B: GuestVm<VmConfig: Serialize>,
    HostProgram<B>: Send + Sync,
{
    fn description(&self) -> &Description {
        &self.description
    }

    fn object(&self, name: &str) -> Result<Vec<u8>, Error> {
        let object = self.objects.get(name).cloned();
        object.ok_or_else(|| Error::Decode {
            what: format!("the {name}"),
            reason: "there is none".to_owned(),
        })
    }

    fn find_segments(
        &self,
        on_segment: &mut dyn FnMut(Job, &Reached<'_>) -> bool,
    ) -> Result<(), Error> {
        let mut number = 0;
        let find = self.program.find_segments(&self.input, |segment, at| {
            let device_bytes = self.program.device_bytes(&segment);
            let job = Job::Segment {
                number,
                start: segment.instret_start,
                instructions: segment.num_insns,
                heights: segment.trace_heights,
                device_bytes,
            };
            number += 1;
            let reached = Reached {
                instructions: at.instructions(),
                state: &|| at.encode(),
            };
            on_segment(job, &reached)
        });
        Ok(find?)
    }

    fn tree(&self) -> Option<Tree<Hash>> {
        self.program.tree()
    }

    fn prepare_checks(&self) -> Result<(), Error> {
        Ok(self.program.exe_commit().map(drop)?)
    }

    fn check(&self, job: JobName, is_last: bool, proof: &[u8]) -> Result<Option<Ends>, Error> {
        let StoredProof {
            proof,
            user_public_values,
        } = decode("the proof", proof)?;
        match job {
            JobName::Segment(_) => {
                let values = user_public_values.as_ref();
                let SegmentEnds { start, end } =
                    self.checks.check_segment(&proof, values, is_last)?;
                Ok(Some(Ends {
                    start: state_hash(start),
                    end: state_hash(end),
                }))
            }
            JobName::Node { layer, index } => {
                self.checks.check_node(Node { layer, index }, &proof)?;
                Ok(None)
            }
        }
    }
}

/// Program counter and memory.
fn state_hash((pc, root): (u32, Digest)) -> Hash {
    let words = root.iter().map(PrimeField32::as_canonical_u32);
    let words = std::iter::once(pc).chain(words);
    Hash::of(&words.flat_map(u32::to_le_bytes).collect::<Vec<u8>>())
}
