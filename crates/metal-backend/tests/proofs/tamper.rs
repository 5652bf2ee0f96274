//! With proof-of-work, proofs verify under upstream's verifier, and not after a change.

use std::collections::BTreeMap;

use openvm_metal_backend::internals::BabyBearPoseidon2MetalEngine;
use openvm_stark_backend::{
    keygen::types::MultiStarkVerifyingKey,
    p3_field::{BasedVectorSpace, PrimeCharacteristicRing},
    proof::{
        BatchConstraintProof, GkrLayerClaims, GkrProof, Proof, StackingProof, TraceVData, WhirProof,
    },
    test_utils::test_system_params_small_with_poly_len,
    StarkEngine, SystemParams,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::{D_EF, EF, F};
use rand::{rngs::StdRng, Rng, SeedableRng};

use crate::{
    common::statement::{fixtures, mixture, with_proof_of_work, Reference, Sc, Statement},
    production,
};

const POW_BITS: usize = 4;
/// How many elements of each part of the proof are changed, beside its first and its last.
const N_RANDOM: usize = 32;

fn prove(statement: &Statement, params: &SystemParams) -> (MultiStarkVerifyingKey<Sc>, Proof<Sc>) {
    let engine = BabyBearPoseidon2MetalEngine::try_new(params.clone()).unwrap();
    let (pk, vk) = statement.keygen(params);
    (vk, statement.prove(&engine, &pk))
}

fn small_params() -> SystemParams {
    with_proof_of_work(
        test_system_params_small_with_poly_len(2, 7, 3, 0, 3),
        POW_BITS,
    )
}

#[test]
fn proofs_with_proof_of_work_verify() {
    let params = small_params();
    let verifier = Reference::new(params.clone());
    for statement in fixtures(&params) {
        let (vk, proof) = prove(&statement, &params);
        let verified = verifier.verify(&vk, &proof);
        assert_eq!(verified, Ok(()), "{}", statement.name);
    }
}

#[test]
fn proofs_of_production_parameters_verify() {
    for (name, params) in production::parameter_sets(POW_BITS) {
        let (vk, proof) = prove(&mixture(&params), &params);
        let verified = Reference::new(params).verify(&vk, &proof);
        assert_eq!(verified, Ok(()), "{name}");
    }
}

/// One element of the base or of the extension field.
enum Element<'p> {
    Base(&'p mut F),
    Extension(&'p mut EF),
}

impl Element<'_> {
    /// Adds 1 to it, or to one of its coordinates.
    fn change(self, coordinate: usize) {
        match self {
            Self::Base(value) => *value += F::ONE,
            Self::Extension(value) => {
                *value += EF::from_basis_coefficients_fn(|i| F::from_bool(i == coordinate));
            }
        }
    }
}

/// Every element of a proof, with the name of the part that it belongs to.
#[derive(Default)]
struct Elements<'p>(Vec<(&'static str, Element<'p>)>);

impl<'p> Elements<'p> {
    fn base(&mut self, part: &'static str, values: impl IntoIterator<Item = &'p mut F>) {
        let values = values.into_iter().map(|v| (part, Element::Base(v)));
        self.0.extend(values);
    }

    fn extension(&mut self, part: &'static str, values: impl IntoIterator<Item = &'p mut EF>) {
        let values = values.into_iter().map(|v| (part, Element::Extension(v)));
        self.0.extend(values);
    }

    /// All of them; a new part of upstream's proof does not compile here.
    fn of(proof: &'p mut Proof<Sc>) -> Self {
        let Proof {
            common_main_commit,
            trace_vdata,
            public_values,
            gkr_proof,
            batch_constraint_proof,
            stacking_proof,
            whir_proof,
        } = proof;
        let mut elements = Self::default();
        elements.base("common_main_commit", common_main_commit);
        for trace in trace_vdata.iter_mut().flatten() {
            let TraceVData {
                log_height: _, // not an element
                cached_commitments,
            } = trace;
            elements.base(
                "cached_commitments",
                cached_commitments.iter_mut().flatten(),
            );
        }
        elements.base("public_values", public_values.iter_mut().flatten());
        elements.gkr(gkr_proof);
        elements.batch_constraints(batch_constraint_proof);
        elements.stacking(stacking_proof);
        elements.whir(whir_proof);
        elements
    }

    fn gkr(&mut self, proof: &'p mut GkrProof<Sc>) {
        let GkrProof {
            logup_pow_witness,
            q0_claim,
            claims_per_layer,
            sumcheck_polys,
        } = proof;
        self.base("logup_pow_witness", [logup_pow_witness]);
        self.extension("q0_claim", [q0_claim]);
        for layer in claims_per_layer {
            let GkrLayerClaims {
                p_xi_0,
                p_xi_1,
                q_xi_0,
                q_xi_1,
            } = layer;
            self.extension("p_xi_0", [p_xi_0]);
            self.extension("p_xi_1", [p_xi_1]);
            self.extension("q_xi_0", [q_xi_0]);
            self.extension("q_xi_1", [q_xi_1]);
        }
        let sumcheck_polys = sumcheck_polys.iter_mut().flatten().flatten();
        self.extension("gkr.sumcheck_polys", sumcheck_polys);
    }

    fn batch_constraints(&mut self, proof: &'p mut BatchConstraintProof<Sc>) {
        let BatchConstraintProof {
            numerator_term_per_air,
            denominator_term_per_air,
            univariate_round_coeffs,
            sumcheck_round_polys,
            column_openings,
        } = proof;
        self.extension("numerator_term_per_air", numerator_term_per_air);
        self.extension("denominator_term_per_air", denominator_term_per_air);
        self.extension("univariate_round_coeffs", univariate_round_coeffs);
        let sumcheck_round_polys = sumcheck_round_polys.iter_mut().flatten();
        self.extension("sumcheck_round_polys", sumcheck_round_polys);
        let column_openings = column_openings.iter_mut().flatten().flatten();
        self.extension("column_openings", column_openings);
    }

    fn stacking(&mut self, proof: &'p mut StackingProof<Sc>) {
        let StackingProof {
            univariate_round_coeffs,
            sumcheck_round_polys,
            stacking_openings,
        } = proof;
        self.extension("stacking.univariate_round_coeffs", univariate_round_coeffs);
        let sumcheck_round_polys = sumcheck_round_polys.iter_mut().flatten();
        self.extension("stacking.sumcheck_round_polys", sumcheck_round_polys);
        let stacking_openings = stacking_openings.iter_mut().flatten();
        self.extension("stacking_openings", stacking_openings);
    }

    fn whir(&mut self, proof: &'p mut WhirProof<Sc>) {
        let WhirProof {
            mu_pow_witness,
            whir_sumcheck_polys,
            codeword_commits,
            ood_values,
            folding_pow_witnesses,
            query_phase_pow_witnesses,
            initial_round_opened_rows,
            initial_round_merkle_proofs,
            codeword_opened_values,
            codeword_merkle_proofs,
            final_poly,
        } = proof;
        self.base("mu_pow_witness", [mu_pow_witness]);
        let whir_sumcheck_polys = whir_sumcheck_polys.iter_mut().flatten();
        self.extension("whir_sumcheck_polys", whir_sumcheck_polys);
        self.base("codeword_commits", codeword_commits.iter_mut().flatten());
        self.extension("ood_values", ood_values);
        self.base("folding_pow_witnesses", folding_pow_witnesses);
        self.base("query_phase_pow_witnesses", query_phase_pow_witnesses);
        let rows = initial_round_opened_rows.iter_mut().flatten().flatten();
        self.base("initial_round_opened_rows", rows.flatten());
        let paths = initial_round_merkle_proofs.iter_mut().flatten().flatten();
        self.base("initial_round_merkle_proofs", paths.flatten());
        let values = codeword_opened_values.iter_mut().flatten().flatten();
        self.extension("codeword_opened_values", values);
        let paths = codeword_merkle_proofs.iter_mut().flatten().flatten();
        self.base("codeword_merkle_proofs", paths.flatten());
        self.extension("final_poly", final_poly);
    }
}

/// The number of names in [`Elements`].
const N_PARTS: usize = 29;

/// Whatever is changed, the challenges after it change or a Merkle path no longer fits, so that a
/// later check fails but for a chance of about 2^-100. There are exceptions by luck only among the
/// witnesses of proof-of-work: the next one may also be a valid one, with a chance of 2^-[`POW_BITS`],
/// and if it is the very last witness, it might draw the same queries: the proof would then be
/// another valid one. Proof and changes are the same on every machine, so this cannot come and go.
#[test]
fn a_proof_with_one_element_changed_is_rejected() {
    let params = small_params();
    let (vk, mut proof) = prove(&mixture(&params), &params);
    let verifier = Reference::new(params);
    assert_eq!(verifier.verify(&vk, &proof), Ok(()));

    let mut places = BTreeMap::<_, Vec<_>>::new();
    for (place, (part, _)) in Elements::of(&mut proof).0.iter().enumerate() {
        places.entry(*part).or_default().push(place);
    }
    assert_eq!(places.len(), N_PARTS, "{:?}", places.keys());
    let mut rng = StdRng::seed_from_u64(1);
    for (part, places) in places {
        let random = (0..N_RANDOM).map(|_| places[rng.random_range(0..places.len())]);
        let mut chosen: Vec<_> = random
            .chain([places[0], places[places.len() - 1]])
            .collect();
        chosen.sort_unstable();
        chosen.dedup();
        for place in chosen {
            let mut changed = proof.clone();
            let (_, element) = Elements::of(&mut changed).0.swap_remove(place);
            element.change(rng.random_range(0..D_EF));
            let verified = verifier.verify(&vk, &changed);
            assert!(verified.is_err(), "{part}, element {place} of the proof");
        }
    }
}
